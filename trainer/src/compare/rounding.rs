//! Whether two backends' losses differ by more than rounding, step by step.
//!
//! At step 1 all networks are the initial ones, so what differs is one forward pass: 2e-7 between the CPU backends, and
//! GPUs whose `tanh` and `exp` err by some units in the last place are allowed fifty times that. From then on rounding is
//! multiplied. The first steps of an adaptive optimiser move a parameter by the whole learning rate in the direction of
//! its gradient's sign, which rounding decides where the gradient is nearly zero; that made up to 1e-5 of 2e-7 within ten
//! steps. After it differences grow exponentially: by 7000 in 100 steps where that was first measured, between the same
//! data in two orders. They saturate where nothing is left to compare, at about 8 %.
//!
//! The tolerance follows that: 1e-5 at step 1, then 1e-4 times 7000 for every 100 steps; steps at which it would exceed
//! 8 % are not judged. Networks of kinked activations get 10 steps in the place of 100, since there rounding decides on
//! which side of a kink a claim lies: two exact references were seen to differ by 5e-3 at step 10. A GPU that multiplies
//! matrices in less than single precision (TF32 keeps 10 bits of 23) is granted 200 times the tolerance.
//!
//! A member that diverged on both backends is not judged: how it blew up is rounding. Of one that diverged on one of them
//! the steps before its losses stopped being finite are.

use serde::{Deserialize, Serialize};

use super::finished::{Finished, LOSSES};
use crate::record::Real;

/// Largest relative difference of the losses of the initial networks.
const OF_THE_FIRST_STEP: f64 = 1e-5;
/// What the first steps of an optimiser can make of it.
const OF_THE_FIRST_UPDATES: f64 = 1e-4;
/// How much it grows in a period.
const GROWTH: f64 = 7000.0;
/// The period in steps, with smooth activations and with kinked ones.
const PERIODS: [f64; 2] = [100.0, 10.0];
/// Where differences stop growing, and comparing ends.
const SATURATED: f64 = 0.08;
/// How much more is allowed where matrices are multiplied in less than single precision: 2e-3 at step 1, which is two units
/// of the last bit that TF32 keeps of a factor.
const COARSENESS: f64 = 200.0;
/// Losses below this many nats are compared as if they were so large: `softplus` in `f32` errs by up to 6e-8 whatever the
/// result.
const SMALLEST_LOSS: f64 = 0.01;

/// How the losses of one population's first steps compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rounding {
    /// Steps that were compared.
    pub steps: u64,
    /// The first of them, which were judged; later ones differ by more than can be told from a fault.
    pub judged_steps: u64,
    /// The largest relative difference over all compared steps, members and losses.
    pub largest_difference: Real,
    /// The difference that used up the largest share of its tolerance, in parts of the tolerance: above 1 is a
    /// disagreement.
    pub largest_share: Real,
    /// The step where that was.
    pub step: u64,
    /// The member where it was.
    pub member: u32,
    /// Every member by itself, without those that diverged on both backends.
    pub members: Vec<MemberRounding>,
    /// Whether every judged difference is within its tolerance.
    pub agree: bool,
}

/// One member of [`Rounding`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberRounding {
    /// Its number.
    pub member: u32,
    /// The largest relative difference of its losses.
    pub largest_difference: Real,
    /// The largest share of a tolerance.
    pub largest_share: Real,
    /// The step where that was.
    pub step: u64,
}

/// What counts as rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Whether the activation has kinks.
    pub kinked: bool,
    /// Whether one of the two multiplies matrices in less than single precision.
    pub coarse: bool,
}

impl Tolerance {
    /// The largest relative difference of two losses of that step, the first being 1; `None` where nothing can be told
    /// any more.
    pub fn at(self, step: u64) -> Option<f64> {
        let coarseness = if self.coarse { COARSENESS } else { 1.0 };
        if step <= 1 {
            return Some(OF_THE_FIRST_STEP * coarseness);
        }
        let grown = OF_THE_FIRST_UPDATES * coarseness * GROWTH.powf(step as f64 / PERIODS[usize::from(self.kinked)]);
        (grown <= SATURATED).then_some(grown)
    }
}

/// Compares the losses of some members. A step that only one of the two wrote is a difference without limit, unless the
/// member diverged.
pub(super) fn compare(reference: &Finished, other: &Finished, members: &[u32], tolerance: Tolerance) -> Rounding {
    let alive = members.iter().filter(|&&member| !(reference.has_diverged(member) && other.has_diverged(member)));
    let members: Vec<MemberRounding> =
        alive.map(|&member| compare_member(reference, other, member, tolerance)).collect();
    let last = |finished: &Finished| finished.losses.keys().map(|&(_, step)| step).max().unwrap_or(0);
    let steps = last(reference).max(last(other));
    let worst = members.iter().max_by(|a, b| a.largest_share.0.total_cmp(&b.largest_share.0));
    let (largest_share, step, member) =
        worst.map_or((0.0, 0, 0), |worst| (worst.largest_share.0, worst.step, worst.member));
    let largest_difference = members.iter().map(|member| member.largest_difference.0).fold(0.0, f64::max);
    Rounding {
        steps,
        judged_steps: (1..=steps).take_while(|&step| tolerance.at(step).is_some()).count() as u64,
        largest_difference: Real(largest_difference),
        largest_share: Real(largest_share),
        step,
        member,
        members,
        agree: largest_share <= 1.0 && steps > 0,
    }
}

fn compare_member(reference: &Finished, other: &Finished, member: u32, tolerance: Tolerance) -> MemberRounding {
    let of = |finished: &Finished| -> Vec<(u64, [f64; LOSSES.len()])> {
        let range = finished.losses.range((member, 0)..=(member, u64::MAX));
        range.map(|(&(_, step), &losses)| (step, losses)).collect()
    };
    let (mut a, mut b) = (of(reference), of(other));
    if reference.has_diverged(member) || other.has_diverged(member) {
        let finite = |line: &(u64, [f64; LOSSES.len()])| line.1.iter().all(|loss| loss.is_finite());
        let both = a.iter().zip(&b).take_while(|(a, b)| finite(a) && finite(b)).count();
        a.truncate(both);
        b.truncate(both);
    }
    let mut found = MemberRounding { member, largest_difference: Real(0.0), largest_share: Real(0.0), step: 0 };
    if a.iter().map(|line| line.0).ne(b.iter().map(|line| line.0)) {
        found.largest_difference = Real(f64::INFINITY);
        found.largest_share = Real(f64::INFINITY);
        return found;
    }
    for ((step, a), (_, b)) in a.into_iter().zip(b) {
        let difference = a.into_iter().zip(b).map(|(a, b)| relative_difference(a, b)).fold(0.0, f64::max);
        found.largest_difference = Real(found.largest_difference.0.max(difference));
        let share = tolerance.at(step).map_or(0.0, |tolerance| difference / tolerance);
        if share > found.largest_share.0 {
            (found.largest_share, found.step) = (Real(share), step);
        }
    }
    found
}

fn relative_difference(a: f64, b: f64) -> f64 {
    let alike = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    if alike {
        0.0
    } else if a.is_finite() && b.is_finite() {
        (a - b).abs() / a.abs().max(SMALLEST_LOSS)
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tolerance_starts_at_rounding_and_ends_where_nothing_can_be_told() {
        let (smooth, kinked) = (Tolerance::default(), Tolerance { kinked: true, coarse: false });
        let coarse = Tolerance { kinked: false, coarse: true };
        assert_eq!([smooth, kinked, coarse].map(|tolerance| tolerance.at(1)), [Some(1e-5), Some(1e-5), Some(2e-3)]);
        let judged = |tolerance: Tolerance| (1..=100).take_while(|&step| tolerance.at(step).is_some()).count();
        assert_eq!([smooth, kinked, coarse].map(judged), [75, 7, 15]);
        let smooth: Vec<f64> = (1..=100).map_while(|step| smooth.at(step)).collect();
        assert!(smooth.windows(2).all(|pair| pair[1] > pair[0]) && smooth[19] < 1e-3);
    }

    #[test]
    fn losses_that_are_no_numbers_differ_from_numbers_alone() {
        assert!(relative_difference(f64::INFINITY, f64::INFINITY) == 0.0);
        assert!(relative_difference(f64::NAN, f64::NAN) == 0.0);
        assert!(relative_difference(1.0, f64::NAN) == f64::INFINITY);
        assert!(relative_difference(f64::INFINITY, 2.0) == f64::INFINITY);
        assert!((relative_difference(0.5, 0.6) - 0.2).abs() < 1e-12);
        // Below a hundredth of a nat it is the absolute difference that counts.
        assert!((relative_difference(1e-6, 0.0) - 1e-4).abs() < 1e-12);
    }
}
