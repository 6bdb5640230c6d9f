//! `metrics.jsonl`: one JSON object a line with the keys `step`, `member`, `split` and flat metrics. No line holds a
//! time, so that the lines after a checkpoint come out identical when a resumed run writes them again.

use super::append::AppendFile;
use super::{RecordError, number::Real};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::path::Path;

const KEYS_OF_EVERY_LINE: [&str; 3] = ["step", "member", "split"];

/// One line.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MetricsRecord {
    /// Steps of training done.
    pub step: u64,
    /// The member's number in the run.
    pub member: u32,
    /// What was measured on: `train` for the step's own batch, or the name of a scored set.
    pub split: String,
    /// The metrics by name, the unit being a part of the name.
    #[serde(flatten)]
    pub values: BTreeMap<String, Real>,
}

impl MetricsRecord {
    pub fn new<'a>(step: u64, member: u32, split: &str, values: impl IntoIterator<Item = (&'a str, f64)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), Real(value))).collect();
        Self { step, member, split: split.to_owned(), values }
    }
}

impl Serialize for MetricsRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(KEYS_OF_EVERY_LINE.len() + self.values.len()))?;
        map.serialize_entry("step", &self.step)?;
        map.serialize_entry("member", &self.member)?;
        map.serialize_entry("split", &self.split)?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Appends lines to `metrics.jsonl`.
#[derive(Debug)]
pub struct MetricsWriter {
    file: AppendFile,
}

impl MetricsWriter {
    /// Starts the file afresh.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::resume(path, 0)
    }

    /// Goes on from a checkpoint: cuts the file to the `offset` that it recorded.
    ///
    /// # Errors
    /// [`RecordError::TooShort`] when lines before the checkpoint are missing, [`RecordError::Io`].
    pub fn resume(path: &Path, offset: u64) -> Result<Self, RecordError> {
        Ok(Self { file: AppendFile::resume(path, offset)? })
    }

    /// Appends the lines, all in one write, and leaves them where a reader sees them.
    ///
    /// # Errors
    /// [`RecordError::ReservedMetric`], before anything is written, when a metric is named as a key of every line;
    /// [`RecordError::Io`], after which the file holds none of the lines.
    pub fn append(&mut self, records: &[MetricsRecord]) -> Result<(), RecordError> {
        let mut lines = Vec::new();
        for record in records {
            if let Some(key) = KEYS_OF_EVERY_LINE.into_iter().find(|key| record.values.contains_key(*key)) {
                return Err(RecordError::ReservedMetric { path: self.file.path().to_path_buf(), key: key.to_owned() });
            }
            serde_json::to_writer(&mut lines, record).map_err(RecordError::json(self.file.path()))?;
            lines.push(b'\n');
        }
        self.file.append(&lines)?;
        self.file.flush()
    }

    /// Bytes appended so far.
    pub fn offset(&self) -> u64 {
        self.file.offset()
    }

    /// Forces all lines to the disk and returns the offset to record in a checkpoint.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn sync(&mut self) -> Result<u64, RecordError> {
        self.file.sync()
    }
}

/// Reads all lines. A last line without its end was cut off by a kill and is left out.
///
/// # Errors
/// [`RecordError::Io`], or [`RecordError::Json`] for a line that is not a metrics record.
pub fn read_metrics(path: &Path) -> Result<Vec<MetricsRecord>, RecordError> {
    let text = std::fs::read(path).map_err(RecordError::io("read", path))?;
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    let lines = text[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(RecordError::json(path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn line(step: u64, member: u32) -> MetricsRecord {
        let loss = 1.0 / (step + 1) as f64;
        MetricsRecord::new(step, member, "train", [("loss_nats", loss), ("fact_loss_nats", loss / 3.0)])
    }

    #[test]
    fn lines_are_flat_objects_and_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut writer = MetricsWriter::create(&path).unwrap();
        let diverged = MetricsRecord::new(0, 1, "held_out", [("non_fact_loss_nats", f64::INFINITY)]);
        writer.append(&[line(0, 0), diverged.clone()]).unwrap();
        insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
        {"step":0,"member":0,"split":"train","fact_loss_nats":0.3333333333333333,"loss_nats":1.0}
        {"step":0,"member":1,"split":"held_out","non_fact_loss_nats":"inf"}
        "#);
        assert_eq!(read_metrics(&path).unwrap(), [line(0, 0), diverged]);
        assert_eq!(writer.offset(), fs::metadata(&path).unwrap().len());
    }

    /// A run that is killed at any byte after its checkpoint, and resumed, leaves the file of a run that was not.
    #[test]
    fn a_kill_at_any_byte_leaves_no_duplicate_and_no_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut writer = MetricsWriter::create(&path).unwrap();
        writer.append(&[line(0, 0), line(0, 1)]).unwrap();
        let checkpoint = writer.sync().unwrap();
        let rest = [line(1, 0), line(1, 1), line(2, 0), line(2, 1)];
        writer.append(&rest).unwrap();
        let undisturbed = fs::read(&path).unwrap();

        for cut in checkpoint as usize..=undisturbed.len() {
            fs::write(&path, &undisturbed[..cut]).unwrap();
            let seen = read_metrics(&path).unwrap();
            assert!(seen.len() >= 2 && seen.len() <= 6);
            let mut writer = MetricsWriter::resume(&path, checkpoint).unwrap();
            writer.append(&rest).unwrap();
            assert!(fs::read(&path).unwrap() == undisturbed, "killed at byte {cut}");
        }
        fs::write(&path, &undisturbed[..checkpoint as usize - 1]).unwrap();
        assert!(matches!(MetricsWriter::resume(&path, checkpoint).unwrap_err(), RecordError::TooShort { .. }));
    }

    #[test]
    fn a_metric_cannot_hide_a_key_of_every_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut writer = MetricsWriter::create(&path).unwrap();
        let bad = MetricsRecord::new(0, 0, "train", [("member", 4.0)]);
        assert!(matches!(writer.append(&[line(0, 0), bad]).unwrap_err(), RecordError::ReservedMetric { .. }));
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    }

    #[test]
    fn an_altered_line_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, "{\"step\":0,\"member\":0}\n").unwrap();
        assert!(matches!(read_metrics(&path).unwrap_err(), RecordError::Json { .. }));
    }
}
