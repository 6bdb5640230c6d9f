//! `scores.parquet`: every member's scores as (logit, count) pairs, streamed out while they are made. A run can have
//! tens of millions of them, so they are stored by column, and columns that say one thing a million times cost nothing.

use super::RecordError;
use super::atomic::AsideFile;
use super::constant_chunk::{ChunkSpace, ConstantChunk, write_constant};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as PhysicalType, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};
use std::io::{BufWriter, IntoInnerError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a row group: enough for columns to compress, few enough to hold in memory.
const ROWS_OF_A_GROUP: usize = 1 << 20;
/// Rows that are handed to the library at once.
pub(super) const ROWS_OF_A_BATCH: usize = 1 << 16;

/// The columns, in the order of the schema.
pub(super) const COLUMNS: [&str; 4] = ["member", "kind", "logit", "count"];

type FileWriter = SerializedFileWriter<BufWriter<AsideFile>>;
type GroupWriter<'a> = SerializedRowGroupWriter<'a, BufWriter<AsideFile>>;

/// Which claims a score belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScoreKind {
    /// The trained facts.
    Fact,
    /// Non-facts that training never drew; or all non-facts, in an experiment that holds none out.
    HeldOut,
    /// Non-facts of the range that training draws from.
    Drawn,
    /// Facts of a file that were neither trained nor drawn.
    NeverShown,
    /// Fresh claims scored in the place of facts.
    Control,
}

impl ScoreKind {
    const ALL: [Self; 5] = [Self::Fact, Self::HeldOut, Self::Drawn, Self::NeverShown, Self::Control];

    /// The word in the column `kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::HeldOut => "held_out",
            Self::Drawn => "drawn",
            Self::NeverShown => "never_shown",
            Self::Control => "control",
        }
    }

    /// The kind that a word in the column `kind` means.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().as_bytes() == word)
    }
}

/// A stretch of buffered rows that share a member and a kind.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    member: u32,
    kind: ScoreKind,
    rows: usize,
}

/// Writes `scores.parquet`. The file takes its name at [`ScoresWriter::finish`]; a writer that is dropped before leaves
/// nothing.
pub struct ScoresWriter {
    path: PathBuf,
    file: FileWriter,
    stretches: Vec<Stretch>,
    logits: Vec<f32>,
    counts: Vec<i64>,
    rows_of_a_group: usize,
    members_before: ConstantChunk<Int32Type>,
    kinds_before: ConstantChunk<ByteArrayType>,
    counts_before: ConstantChunk<Int64Type>,
}

impl ScoresWriter {
    /// Starts a file that will be at `path`.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::with_groups_of(ROWS_OF_A_GROUP, path)
    }

    fn with_groups_of(rows_of_a_group: usize, path: &Path) -> Result<Self, RecordError> {
        let sink = BufWriter::new(AsideFile::create(path)?);
        let file = SerializedFileWriter::new(sink, Arc::new(schema(path)?), Arc::new(properties(path)?))
            .map_err(refused(path))?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            stretches: Vec::new(),
            logits: Vec::with_capacity(rows_of_a_group),
            counts: Vec::with_capacity(rows_of_a_group),
            rows_of_a_group,
            members_before: ConstantChunk::default(),
            kinds_before: ConstantChunk::default(),
            counts_before: ConstantChunk::default(),
        })
    }

    /// Appends scores of one kind of one member: pairs of a logit and how many claims have it, sorted by logit. (Other
    /// orders are kept as well, and compress worse.)
    ///
    /// # Errors
    /// [`RecordError::Scores`] for a count above 2^63; [`RecordError::Parquet`] when the disk is full.
    pub fn append(&mut self, member: u32, kind: ScoreKind, rows: &[(f32, u64)]) -> Result<(), RecordError> {
        let mut rest = rows;
        while !rest.is_empty() {
            let room = self.rows_of_a_group - self.logits.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            for &(logit, count) in now {
                self.logits.push(logit);
                self.counts.push(i64::try_from(count).map_err(|_| RecordError::Scores {
                    path: self.path.clone(),
                    expected: "a count below 2^63".to_owned(),
                    got: count.to_string(),
                })?);
            }
            self.stretches.push(Stretch { member, kind, rows: now.len() });
            if self.logits.len() == self.rows_of_a_group {
                self.write_group()?;
            }
            rest = later;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), RecordError> {
        self.encode_group().map_err(refused(&self.path))?;
        self.stretches.clear();
        self.logits.clear();
        self.counts.clear();
        Ok(())
    }

    /// A column that has one value throughout is spliced in as it was encoded the last time.
    fn encode_group(&mut self) -> Result<(), ParquetError> {
        let Self { file, stretches, logits, counts, .. } = self;
        let rows = logits.len();
        let columns = ChunkSpace::of(file);
        let member = |stretch: &Stretch| stretch.member.cast_signed();
        let kind = |stretch: &Stretch| ByteArray::from(stretch.kind.as_str());
        let members = self.members_before.encoded(&columns, 0, only(stretches.iter().map(member)), rows)?;
        let one_kind = only(stretches.iter().map(|stretch| stretch.kind)).map(|kind| ByteArray::from(kind.as_str()));
        let kinds = self.kinds_before.encoded(&columns, 1, one_kind, rows)?;
        let one_count = only(counts.iter().copied());
        let same_counts = self.counts_before.encoded(&columns, 3, one_count, rows)?;

        let mut group = file.next_row_group()?;
        match members {
            Some(chunk) => chunk.splice(&mut group)?,
            None => write_stretches::<Int32Type>(&mut group, stretches, member)?,
        }
        match kinds {
            Some(chunk) => chunk.splice(&mut group)?,
            None => write_stretches::<ByteArrayType>(&mut group, stretches, kind)?,
        }
        write_column::<FloatType>(&mut group, logits)?;
        match same_counts {
            Some(chunk) => chunk.splice(&mut group)?,
            None => write_column::<Int64Type>(&mut group, counts)?,
        }
        group.close()?;
        Ok(())
    }

    /// Writes the rest, forces the file to the disk and gives it its name.
    ///
    /// # Errors
    /// [`RecordError::Parquet`] or [`RecordError::Io`], after which there is no file.
    pub fn finish(mut self) -> Result<(), RecordError> {
        if !self.logits.is_empty() {
            self.write_group()?;
        }
        let sink = self.file.into_inner().map_err(refused(&self.path))?;
        let file =
            sink.into_inner().map_err(IntoInnerError::into_error).map_err(RecordError::io("write", &self.path))?;
        file.commit()
    }
}

/// The value that all are equal to, if there is one.
fn only<V: PartialEq>(mut values: impl Iterator<Item = V>) -> Option<V> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

fn write_column<T: DataType>(group: &mut GroupWriter<'_>, values: &[T::T]) -> Result<(), ParquetError> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, None, None)?;
        column.close()?;
    }
    Ok(())
}

/// Writes a column that is constant within each stretch.
fn write_stretches<T: DataType>(
    group: &mut GroupWriter<'_>,
    stretches: &[Stretch],
    value: impl Fn(&Stretch) -> T::T,
) -> Result<(), ParquetError> {
    if let Some(mut column) = group.next_column()? {
        for stretch in stretches {
            write_constant(column.typed::<T>(), &value(stretch), stretch.rows)?;
        }
        column.close()?;
    }
    Ok(())
}

fn schema(path: &Path) -> Result<Type, RecordError> {
    let column = |name: &str, physical: PhysicalType, logical: Option<LogicalType>| {
        let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
        builder.with_logical_type(logical).build().map(Arc::new).map_err(refused(path))
    };
    let unsigned = LogicalType::integer(32, false);
    let [member, kind, logit, count] = COLUMNS;
    let fields = vec![
        column(member, PhysicalType::INT32, Some(unsigned))?,
        column(kind, PhysicalType::BYTE_ARRAY, Some(LogicalType::String))?,
        column(logit, PhysicalType::FLOAT, None)?,
        column(count, PhysicalType::INT64, None)?,
    ];
    Type::group_type_builder("scores").with_fields(fields).build().map_err(refused(path))
}

fn properties(path: &Path) -> Result<WriterProperties, RecordError> {
    let fastest = ZstdLevel::try_new(1).map_err(refused(path))?;
    let logit = || ColumnPath::from("logit");
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(fastest))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_write_batch_size(ROWS_OF_A_BATCH)
        .set_data_page_row_count_limit(ROWS_OF_A_GROUP)
        // Neighbouring logits share their high bytes, which this encoding brings together for the compressor.
        .set_column_dictionary_enabled(logit(), false)
        .set_column_encoding(logit(), Encoding::BYTE_STREAM_SPLIT)
        .build())
}

/// Turns an error of the library into one that says which file.
pub(super) fn refused(path: &Path) -> impl FnOnce(ParquetError) -> RecordError {
    move |source| RecordError::Parquet { path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests;
