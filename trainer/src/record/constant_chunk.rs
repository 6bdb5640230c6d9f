//! Columns of a Parquet row group that hold one value throughout. Most of a scores file is such columns, and encoding
//! one a million rows long takes longer than its logits; so it is done once and the bytes are used again.

use super::scores::ROWS_OF_A_BATCH;
use parquet::column::writer::{ColumnCloseResult, ColumnWriterImpl, get_column_writer, get_typed_column_writer};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
// The type that the Parquet library reads spliced chunks from, by way of another dependency that exports it.
use prost::bytes::Bytes;
use std::io::Write;

/// What a column needs to know of its file to be encoded outside it.
pub(super) struct ChunkSpace {
    columns: Vec<ColumnDescPtr>,
    properties: WriterPropertiesPtr,
}

impl ChunkSpace {
    pub(super) fn of<W: Write + Send>(file: &SerializedFileWriter<W>) -> Self {
        Self { columns: file.schema_descr().columns().to_vec(), properties: file.properties().clone() }
    }
}

/// The last constant chunk of one column.
pub(super) struct ConstantChunk<T: DataType> {
    last: Option<(T::T, usize, EncodedChunk)>,
}

/// A chunk as it stands in a file.
#[derive(Clone)]
pub(super) struct EncodedChunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl<T: DataType> Default for ConstantChunk<T> {
    fn default() -> Self {
        Self { last: None }
    }
}

impl<T: DataType> ConstantChunk<T> {
    /// The chunk of the column with that index which holds `value` in all its `rows`; none without a value.
    pub(super) fn encoded(
        &mut self,
        space: &ChunkSpace,
        index: usize,
        value: Option<T::T>,
        rows: usize,
    ) -> Result<Option<EncodedChunk>, ParquetError> {
        let Some(value) = value else { return Ok(None) };
        if let Some((of, long, chunk)) = &self.last
            && (of, long) == (&value, &rows)
        {
            return Ok(Some(chunk.clone()));
        }
        let mut sink = TrackedWrite::new(Vec::new());
        let pages = Box::new(SerializedPageWriter::new(&mut sink));
        let column = get_column_writer(space.columns[index].clone(), space.properties.clone(), pages);
        let mut column = get_typed_column_writer::<T>(column);
        write_constant(&mut column, &value, rows)?;
        let close = column.close()?;
        let chunk = EncodedChunk { bytes: Bytes::from(sink.into_inner()?), close };
        self.last = Some((value, rows, chunk.clone()));
        Ok(Some(chunk))
    }
}

impl EncodedChunk {
    /// Writes the chunk as the next column of a row group.
    pub(super) fn splice<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        group.append_column(&self.bytes, self.close)
    }
}

/// Writes `value` into that many rows.
pub(super) fn write_constant<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    value: &T::T,
    rows: usize,
) -> Result<(), ParquetError> {
    let batch = vec![value.clone(); rows.min(ROWS_OF_A_BATCH)];
    let mut rest = rows;
    while rest > 0 {
        let now = rest.min(ROWS_OF_A_BATCH);
        column.write_batch(&batch[..now], None, None)?;
        rest -= now;
    }
    Ok(())
}
