//! Reads `scores.parquet` a row group at a time.

use super::scores::{COLUMNS, refused};
use super::{RecordError, ScoreKind};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Some rows of `scores.parquet`, by column; all columns have the same length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreBatch {
    /// The members' numbers in the run.
    pub members: Vec<u32>,
    pub kinds: Vec<ScoreKind>,
    pub logits: Vec<f32>,
    /// How many claims have that logit.
    pub counts: Vec<u64>,
}

/// Opens a scores file and gives its rows in batches of at most about a million.
///
/// # Errors
/// [`RecordError::Io`], [`RecordError::Parquet`] when it is no Parquet file or is cut off, [`RecordError::Scores`] when
/// it has other columns. The batches can fail with the last two as well.
pub fn read_scores(path: &Path) -> Result<impl Iterator<Item = Result<ScoreBatch, RecordError>> + use<>, RecordError> {
    let file = File::open(path).map_err(RecordError::io("open", path))?;
    let reader = SerializedFileReader::new(file).map_err(refused(path))?;
    let columns = reader.metadata().file_metadata().schema_descr().columns();
    let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    if names != COLUMNS {
        return Err(unexpected(path, format!("the columns {COLUMNS:?}"), format!("{names:?}")));
    }
    let path: PathBuf = path.to_path_buf();
    Ok((0..reader.num_row_groups()).map(move |group| {
        let group = reader.get_row_group(group).map_err(refused(&path))?;
        read_group(group.as_ref(), &path)
    }))
}

fn read_group(group: &dyn RowGroupReader, path: &Path) -> Result<ScoreBatch, RecordError> {
    let members = read_column::<Int32Type>(group, 0, path)?;
    let kinds = read_column::<ByteArrayType>(group, 1, path)?;
    let logits = read_column::<FloatType>(group, 2, path)?;
    let counts = read_column::<Int64Type>(group, 3, path)?;
    let kind = |word: &ByteArray| {
        let known = ScoreKind::of(word.data());
        known.ok_or_else(|| unexpected(path, "a known kind".into(), String::from_utf8_lossy(word.data()).into_owned()))
    };
    let count = |&count: &i64| u64::try_from(count).map_err(|_| unexpected(path, "a count".into(), count.to_string()));
    Ok(ScoreBatch {
        members: members.into_iter().map(i32::cast_unsigned).collect(),
        kinds: kinds.iter().map(kind).collect::<Result<_, _>>()?,
        logits,
        counts: counts.iter().map(count).collect::<Result<_, _>>()?,
    })
}

/// Reads a column whole; its place and type are those of the schema.
fn read_column<T: DataType>(group: &dyn RowGroupReader, index: usize, path: &Path) -> Result<Vec<T::T>, RecordError> {
    let description = group.metadata().column(index).column_descr_ptr();
    let (expected, got) = (T::get_physical_type(), description.physical_type());
    if expected != got || description.max_def_level() != 0 {
        let got = format!("{got}, {} definition levels", description.max_def_level());
        return Err(unexpected(path, format!("{} of required {expected}", COLUMNS[index]), got));
    }
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let reader = group.get_column_reader(index).map_err(refused(path))?;
    let mut reader = get_typed_column_reader::<T>(reader);
    let mut values = Vec::with_capacity(rows);
    while values.len() < rows {
        let (read, ..) = reader.read_records(rows - values.len(), None, None, &mut values).map_err(refused(path))?;
        if read == 0 {
            return Err(unexpected(path, format!("{rows} rows"), values.len().to_string()));
        }
    }
    Ok(values)
}

fn unexpected(path: &Path, expected: String, got: String) -> RecordError {
    RecordError::Scores { path: path.to_path_buf(), expected, got }
}
