//! `TensorBoard` event files: scalars only, one file for each member that is shown and one for the mean. The messages
//! are the few fields of TensorFlow's `event.proto` and `summary.proto` that scalars need; the framing is that of
//! `TFRecord`.

use super::RecordError;
use super::append::AppendFile;
use prost::Message;
use std::path::{Path, PathBuf};

/// `TensorBoard` reads every file whose name holds `tfevents`. The name has no time or host in it, so that a resumed
/// run goes on with the same file.
const FILE_NAME: &str = "events.out.tfevents.rote";
/// What the first record of an event file must say.
const FILE_VERSION: &str = "brain.Event:2";

const LENGTH_BYTES: usize = 8;
const CRC_BYTES: usize = 4;

/// One record of an event file.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since 1970, UTC.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// Steps of training done.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// What the record says.
    #[prost(oneof = "What", tags = "3, 5")]
    pub what: Option<What>,
}

/// What a record says.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum What {
    /// The format's version: the first record of every file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    /// Values of a step.
    #[prost(message, tag = "5")]
    Summary(Summary),
}

/// The values of a step.
#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    /// One for each scalar.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<SummaryValue>,
}

/// One scalar.
#[derive(Clone, PartialEq, Message)]
pub struct SummaryValue {
    /// Its name; slashes group scalars.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// Its value. In the `.proto` it belongs to a `oneof`, so a zero is written too, which `optional` does.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
}

/// Appends scalars to the event file of one member, or of a population's mean.
#[derive(Debug)]
pub struct EventsWriter {
    file: AppendFile,
}

impl EventsWriter {
    /// Starts the event file in `folder` afresh. `wall_time` is in seconds since 1970, UTC.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn create(folder: &Path, wall_time: f64) -> Result<Self, RecordError> {
        let mut writer = Self::resume(folder, 0)?;
        writer.append(&Event { wall_time, step: 0, what: Some(What::FileVersion(FILE_VERSION.to_owned())) })?;
        Ok(writer)
    }

    /// Goes on from a checkpoint: cuts the file to the `offset` that it recorded, which is not 0.
    ///
    /// # Errors
    /// [`RecordError::TooShort`] when records before the checkpoint are missing, [`RecordError::Io`].
    pub fn resume(folder: &Path, offset: u64) -> Result<Self, RecordError> {
        Ok(Self { file: AppendFile::resume(&events_file(folder), offset)? })
    }

    /// Appends the scalars of a step as one record, which waits in memory until there is much to write or
    /// [`EventsWriter::flush`].
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn scalars<'a>(
        &mut self,
        step: u64,
        wall_time: f64,
        scalars: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<(), RecordError> {
        let value = scalars
            .into_iter()
            .map(|(tag, value)| SummaryValue { tag: tag.to_owned(), simple_value: Some(value as f32) })
            .collect();
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.append(&Event { wall_time, step, what: Some(What::Summary(Summary { value })) })
    }

    fn append(&mut self, event: &Event) -> Result<(), RecordError> {
        self.file.append(&framed(&event.encode_to_vec()))
    }

    /// Bytes appended so far.
    pub fn offset(&self) -> u64 {
        self.file.offset()
    }

    /// Writes what waits, so that a running `TensorBoard` shows it.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.file.flush()
    }

    /// Forces all records to the disk and returns the offset to record in a checkpoint.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn sync(&mut self) -> Result<u64, RecordError> {
        self.file.sync()
    }
}

/// The event file in a member's folder.
pub fn events_file(folder: &Path) -> PathBuf {
    folder.join(FILE_NAME)
}

/// Reads every record of an event file and verifies its checksums.
///
/// # Errors
/// [`RecordError::EventRecord`] with the offset of the first record that is torn or altered, [`RecordError::Io`].
pub fn read_events(path: &Path) -> Result<Vec<Event>, RecordError> {
    let bytes = std::fs::read(path).map_err(RecordError::io("read", path))?;
    let mut events = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let damaged = |reason: String| RecordError::EventRecord {
            path: path.to_path_buf(),
            offset: (bytes.len() - rest.len()) as u64,
            reason,
        };
        let (data, after) = unframed(rest).map_err(|reason| damaged(reason.to_owned()))?;
        events.push(Event::decode(data).map_err(|error| damaged(error.to_string()))?);
        rest = after;
    }
    Ok(events)
}

/// A `TFRecord`: the length, its checksum, the data, its checksum; all little-endian.
fn framed(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(LENGTH_BYTES + data.len() + 2 * CRC_BYTES);
    record.extend_from_slice(&length);
    record.extend_from_slice(&masked_crc(&length).to_le_bytes());
    record.extend_from_slice(data);
    record.extend_from_slice(&masked_crc(data).to_le_bytes());
    record
}

fn unframed(bytes: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    const TORN: &str = "the file ends within it";
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>().ok_or(TORN)?;
    let (crc, rest) = rest.split_first_chunk::<CRC_BYTES>().ok_or(TORN)?;
    if u32::from_le_bytes(*crc) != masked_crc(length) {
        return Err("the checksum of its length does not match");
    }
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| TORN)?;
    let (data, rest) = rest.split_at_checked(length).ok_or(TORN)?;
    let (crc, rest) = rest.split_first_chunk::<CRC_BYTES>().ok_or(TORN)?;
    if u32::from_le_bytes(*crc) != masked_crc(data) {
        return Err("the checksum of its data does not match");
    }
    Ok((data, rest))
}

/// CRC-32C, rotated and shifted as the format asks: the checksum of data that holds checksums would be weak otherwise.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn step_event(step: i64, wall_time: f64, scalars: &[(&str, f32)]) -> Event {
        let value = scalars
            .iter()
            .map(|&(tag, value)| SummaryValue { tag: tag.to_owned(), simple_value: Some(value) })
            .collect();
        Event { wall_time, step, what: Some(What::Summary(Summary { value })) }
    }

    #[test]
    fn records_come_back_with_zeros_and_infinities() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventsWriter::create(folder.path(), 1000.5).unwrap();
        writer.scalars(0, 1001.0, [("train/loss_nats", 0.0), ("train/rate_bits_per_fact", 2.5)]).unwrap();
        writer.scalars(100, 1002.0, [("train/loss_nats", f64::INFINITY)]).unwrap();
        writer.flush().unwrap();
        let events = read_events(&events_file(folder.path())).unwrap();
        let version = Event { wall_time: 1000.5, step: 0, what: Some(What::FileVersion("brain.Event:2".into())) };
        let expected = [
            version,
            step_event(0, 1001.0, &[("train/loss_nats", 0.0), ("train/rate_bits_per_fact", 2.5)]),
            step_event(100, 1002.0, &[("train/loss_nats", f32::INFINITY)]),
        ];
        assert_eq!(events, expected);
        assert_eq!(writer.offset(), fs::metadata(events_file(folder.path())).unwrap().len());
    }

    /// The layout as the format's documentation gives it, worked out by hand.
    #[test]
    fn the_first_record_byte_for_byte() {
        let event = Event { wall_time: 0.0, step: 0, what: Some(What::FileVersion(FILE_VERSION.to_owned())) };
        let record = framed(&event.encode_to_vec());
        assert_eq!(record[..8], 15_u64.to_le_bytes());
        assert_eq!(record[12..14], [0x1a, 13]);
        assert_eq!(&record[14..27], b"brain.Event:2");
        assert_eq!(record.len(), 31);
        // CRC-32C has the published check value e3069283 for "123456789", which masked by hand is this.
        assert_eq!(masked_crc(b"123456789"), 0xc78a_b0e5);
    }

    #[test]
    fn resume_cuts_what_came_after_the_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let path = events_file(folder.path());
        let mut writer = EventsWriter::create(folder.path(), 0.0).unwrap();
        writer.scalars(10, 1.0, [("loss", 1.0)]).unwrap();
        let checkpoint = writer.sync().unwrap();
        writer.scalars(20, 2.0, [("loss", 0.5)]).unwrap();
        drop(writer);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        assert!(matches!(
            read_events(&path).unwrap_err(),
            RecordError::EventRecord { offset, .. } if offset == checkpoint
        ));

        let mut writer = EventsWriter::resume(folder.path(), checkpoint).unwrap();
        writer.scalars(20, 9.0, [("loss", 0.5)]).unwrap();
        drop(writer);
        let steps: Vec<i64> = read_events(&path).unwrap().iter().map(|event| event.step).collect();
        assert_eq!(steps, [0, 10, 20]);
        fs::write(&path, &whole[..4]).unwrap();
        assert!(matches!(
            EventsWriter::resume(folder.path(), checkpoint).unwrap_err(),
            RecordError::TooShort { got: 4, .. }
        ));
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = events_file(folder.path());
        let mut writer = EventsWriter::create(folder.path(), 0.0).unwrap();
        writer.scalars(10, 1.0, [("loss", 1.0)]).unwrap();
        writer.flush().unwrap();
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut altered = whole.clone();
            altered[index] ^= 1;
            fs::write(&path, altered).unwrap();
            assert!(matches!(read_events(&path).unwrap_err(), RecordError::EventRecord { .. }), "byte {index}");
        }
    }

    /// A thousand members must not need a thousand open files.
    #[test]
    fn many_writers_hold_no_files_open() {
        let folder = tempfile::tempdir().unwrap();
        let mut writers = Vec::new();
        for member in 0..1500 {
            let mut writer = EventsWriter::create(&folder.path().join(member.to_string()), 0.0).unwrap();
            writer.scalars(1, 1.0, [("loss", f64::from(member))]).unwrap();
            writers.push(writer);
        }
        drop(writers);
        assert_eq!(read_events(&events_file(&folder.path().join("1499"))).unwrap().len(), 2);
    }
}
