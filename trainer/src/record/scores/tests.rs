//! Round trips, damage, and what a row costs.

#![allow(clippy::print_stderr, reason = "a measurement to be read with --nocapture")]

use super::*;
use crate::record::{ScoreBatch, read_scores};
use std::fs;

fn read_all(path: &Path) -> ScoreBatch {
    let mut all = ScoreBatch::default();
    for batch in read_scores(path).unwrap() {
        let batch = batch.unwrap();
        all.members.extend(batch.members);
        all.kinds.extend(batch.kinds);
        all.logits.extend(batch.logits);
        all.counts.extend(batch.counts);
    }
    all
}

/// Sorted logits as a trained network gives them: about normal. The generator is a plain Weyl sequence; only the spread
/// matters here.
fn logits(rows: usize, mean: f32) -> Vec<(f32, u64)> {
    let uniform = |index: usize, step: u64| (index as u64).wrapping_mul(step).wrapping_add(step >> 7) as u32;
    let mut rows: Vec<(f32, u64)> = (0..rows)
        .map(|index| {
            let parts = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x27d4_eb2f_1656_67c5];
            let sum: f32 = parts.into_iter().map(|step| uniform(index, step) as f32 / u32::MAX as f32 - 0.5).sum();
            (mean + 4.0 * sum, 1)
        })
        .collect();
    rows.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    rows
}

#[test]
fn rows_come_back_over_members_kinds_and_row_groups() {
    const GROUP: usize = 500;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    let mut writer = ScoresWriter::with_groups_of(GROUP, &path).unwrap();
    let mut expected = ScoreBatch::default();
    // Whole groups of one member and kind, which are spliced from the group before; then groups that change within; an
    // empty stretch; counts that differ; a member that INT32 holds as negative; and the first member again.
    let parts = [
        (0, ScoreKind::Fact, logits(3 * GROUP, 3.0)),
        (0, ScoreKind::HeldOut, logits(2 * GROUP + 17, -3.0)),
        (1, ScoreKind::Fact, Vec::new()),
        (1, ScoreKind::Drawn, vec![(f32::NEG_INFINITY, 1), (-16.0, 1 << 40), (f32::INFINITY, 2)]),
        (u32::MAX, ScoreKind::NeverShown, logits(GROUP, 0.0)),
        (u32::MAX, ScoreKind::Control, logits(2 * GROUP, 0.0)),
        (0, ScoreKind::Fact, logits(2 * GROUP, 3.0)),
    ];
    for (member, kind, rows) in parts {
        writer.append(member, kind, &rows).unwrap();
        for (logit, count) in rows {
            expected.members.push(member);
            expected.kinds.push(kind);
            expected.logits.push(logit);
            expected.counts.push(count);
        }
    }
    assert!(!path.exists(), "the file must not have its name before it is whole");
    writer.finish().unwrap();
    assert!(read_all(&path) == expected);
    assert_eq!(read_scores(&path).unwrap().count(), expected.logits.len().div_ceil(GROUP));
}

#[test]
fn a_file_without_rows_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    ScoresWriter::create(&path).unwrap().finish().unwrap();
    assert_eq!(read_all(&path), ScoreBatch::default());
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    let mut writer = ScoresWriter::create(&path).unwrap();
    writer.append(0, ScoreKind::Fact, &logits(10, 0.0)).unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_cut_off_file_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    let mut writer = ScoresWriter::create(&path).unwrap();
    writer.append(0, ScoreKind::Fact, &logits(1000, 0.0)).unwrap();
    writer.finish().unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = read_scores(&path).err().unwrap();
    assert!(matches!(&error, RecordError::Parquet { path: named, .. } if *named == path), "{error}");
}

#[test]
fn a_count_that_the_column_cannot_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ScoresWriter::create(&folder.path().join("scores.parquet")).unwrap();
    let error = writer.append(0, ScoreKind::Fact, &[(0.0, 1 << 63)]).unwrap_err();
    assert!(matches!(error, RecordError::Scores { .. }), "{error}");
}

/// Nothing but the logits may take room: the other columns say one thing a million times.
#[test]
fn a_row_costs_little_more_than_its_logit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    let rows = logits(200_000, -3.0);
    let mut writer = ScoresWriter::create(&path).unwrap();
    writer.append(7, ScoreKind::HeldOut, &rows).unwrap();
    writer.finish().unwrap();
    let bytes = fs::metadata(&path).unwrap().len();
    assert!(bytes < 4 * rows.len() as u64, "{bytes} bytes for {} rows", rows.len());
}

#[test]
#[ignore = "a measurement: run it with --release --nocapture"]
fn rows_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    let rows = logits(4_000_000, -3.0);
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let mut writer = ScoresWriter::create(&path).unwrap();
        writer.append(0, ScoreKind::HeldOut, &rows).unwrap();
        writer.finish().unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let bytes = fs::metadata(&path).unwrap().len() as f64;
        let rows = rows.len() as f64;
        eprintln!("{:.1} million rows/s, {:.3} bytes/row", rows / seconds / 1e6, bytes / rows);
    }
}
