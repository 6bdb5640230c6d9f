//! Logits counted where they are: one `CubeCL` kernel adds them to a histogram of integers that stays on the device, so
//! that what is read of an evaluation hardly grows with the claims that are scored. Integers add up alike in every order,
//! so the counts are those that a processor finds in the same logits, and sums of losses follow from the cells.

mod kernel;

use burn::tensor::{Device, Int, Tensor};

use super::distribution::counted::{Counted, MOST};
use super::distribution::{Facts, NonFacts};
use super::evaluation::EvaluateError;
use super::scorer::{Counter, Keep, NetworkScorer};
use crate::backend::{self, DeviceFailure};

/// Logits that are counted between two reads, and the most that are kept.
const CAPACITY: usize = 1 << 22;
const _: () = assert!(CAPACITY <= MOST);

/// Counts what a network on a GPU says of claims.
pub(super) struct DeviceCounter<'a> {
    scorer: &'a NetworkScorer<'a>,
    histogram: Histogram<'a>,
    counted: NonFacts,
    /// What the first chunk is counted with a second time, to be compared with the processor's counts.
    trial: Option<(Histogram<'a>, NonFacts)>,
}

impl<'a> DeviceCounter<'a> {
    pub(super) fn new(scorer: &'a NetworkScorer<'a>, device: &'a Device, facts: &Facts, keep: bool) -> Self {
        let empty = || (Histogram::new(device, facts, keep), NonFacts::new(facts));
        let (histogram, counted) = empty();
        Self { scorer, histogram, counted, trial: Some(empty()) }
    }
}

impl Counter for DeviceCounter<'_> {
    fn add(&mut self, claims: &[u64], keep: Keep) -> Result<(), EvaluateError> {
        for logits in self.scorer.logits(claims) {
            if let Some((histogram, counted)) = self.trial.take() {
                compare_with_processor(histogram, counted, logits.clone())?;
            }
            if self.histogram.since_read + logits.shape().num_elements() > CAPACITY {
                self.histogram.read(&mut self.counted, keep)?;
            }
            self.histogram.add(logits);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, keep: Keep) -> Result<NonFacts, EvaluateError> {
        self.histogram.read(&mut self.counted, keep)?;
        self.counted.sum_cells();
        Ok(self.counted)
    }
}

/// Counts some logits on the device and once more on the processor: additions to counters that all threads share are
/// what nothing else in a run tries out, and a network's numbers rest on them.
///
/// # Shapes
/// `logits` `[1, B]`.
fn compare_with_processor(
    mut histogram: Histogram,
    mut counted: NonFacts,
    logits: Tensor<2>,
) -> Result<(), EvaluateError> {
    let mut expected = counted.clone();
    histogram.add(logits.clone());
    let mut kept = Vec::new();
    histogram.read(&mut counted, &mut |logits| {
        kept.extend_from_slice(logits);
        Ok(())
    })?;
    let mut reaching = backend::read(logits)?;
    let count = reaching.len();
    expected.add(&reaching, 0);
    reaching.retain(|&logit| logit.is_finite() && order(logit) >= histogram.keep_from);
    reaching.sort_unstable_by(f32::total_cmp);
    if counted.counts_as(&expected) && kept == reaching {
        return Ok(());
    }
    let why = format!("of the first {count} logits it counts others than the CPU does");
    Err(DeviceFailure::Operation(why).into())
}

/// Logits that are counted on a device.
struct Histogram<'a> {
    device: &'a Device,
    /// `[T]`, ascending.
    thresholds: Tensor<1, Int>,
    /// The [`order`] of the least logit that is kept.
    keep_from: i32,
    /// The row of [`Counted`], and `[C]` bit patterns of the logits that are kept; none while nothing is counted.
    rows: Option<[Tensor<1, Int>; 2]>,
    /// Logits that were counted since the last read.
    since_read: usize,
    /// Whether the next one's index is odd.
    odd: bool,
}

impl<'a> Histogram<'a> {
    fn new(device: &'a Device, facts: &Facts, keep: bool) -> Self {
        let thresholds: Vec<i32> = facts.thresholds().iter().copied().map(order).collect();
        Self {
            device,
            thresholds: Tensor::from_data(thresholds.as_slice(), device),
            // Nothing finite reaches the greatest.
            keep_from: if keep { order(facts.lowest()) } else { i32::MAX },
            rows: None,
            since_read: 0,
            odd: false,
        }
    }

    /// # Shapes
    /// `logits` `[1, B]`.
    fn add(&mut self, logits: Tensor<2>) {
        let count = logits.shape().num_elements();
        let rows = self.rows.take().unwrap_or_else(|| {
            let [thresholds] = self.thresholds.dims();
            let kept = if self.keep_from == i32::MAX { 1 } else { CAPACITY };
            [Counted::len(thresholds), kept].map(|length| Tensor::zeros([length], self.device))
        });
        self.rows = Some(kernel::add(logits, self.thresholds.clone(), rows, u32::from(self.odd), self.keep_from));
        self.since_read += count;
        self.odd ^= count % 2 == 1;
    }

    /// Adds what was counted since the last read, and begins anew.
    fn read(&mut self, counted: &mut NonFacts, keep: Keep) -> Result<(), EvaluateError> {
        let Some([row, kept]) = self.rows.take() else { return Ok(()) };
        let given = std::mem::take(&mut self.since_read) as u64;
        let [capacity] = kept.dims();
        let row = Counted::new(bytemuck::allocation::cast_vec(backend::read_integers(row)?));
        // A device that loses an addition must not make a smaller evaluation.
        let [found, reached] = row.totals();
        if found + row.not_finite() != given || reached != found || row.kept() > capacity {
            let why = format!(
                "of {given} logits the device counted {found} and {reached} in two ways, and {} to be kept",
                row.kept()
            );
            return Err(DeviceFailure::Operation(why).into());
        }
        counted.add_counted(&row);
        if row.kept() > 0 {
            let patterns = backend::read_integers(kept.slice(0..row.kept()))?;
            let mut logits: Vec<f32> = bytemuck::allocation::cast_vec(patterns);
            // They were written in no order.
            logits.sort_unstable_by(f32::total_cmp);
            keep(&logits)?;
        }
        Ok(())
    }
}

/// A number whose order among others is that of the logit; both zeros have the same.
fn order(logit: f32) -> i32 {
    let magnitude = logit.abs().to_bits().cast_signed();
    if logit.is_sign_negative() { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests;
