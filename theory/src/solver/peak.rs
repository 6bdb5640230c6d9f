//! The maximum of a concave function of one positive variable, known by its values, its slopes and the laws behind
//! them.
//!
//! Dual functions have kinks wherever laws tie, and between kinks they are smooth. Three steps take turns, each inside
//! the bracket that the signs of the slopes leave: where the straight line through the two slopes vanishes, which
//! converges fast on smooth stretches; where the two tangents meet (Kelley's cutting plane), which converges fast
//! to kinks; and the middle of the bracket in the order of the floats, which makes the end certain.

use super::laws::Found;

/// The function at one place.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub at: f64,
    pub value: f64,
    pub slope: f64,
    /// The laws whose losses or rate are the slope.
    pub found: Found,
}

/// Where the maximum is.
#[derive(Clone, Debug)]
pub(super) enum Peak {
    /// At a place whose slope is 0 up to the tolerance, or at the end of the floats.
    At(Probe),
    /// Between places a few units in the last place apart, with a positive slope at the first and a negative one at the
    /// second.
    Between([Probe; 2]),
}

/// Finds the maximum; `tolerance` is how far from 0 rounding leaves a slope that should vanish.
pub(super) fn maximum(start: f64, tolerance: f64, probe: impl FnMut(f64) -> Probe) -> Peak {
    let mut search = Search { tolerance, probe };
    match search.bracket(start) {
        Peak::Between(ends) => search.contract(ends),
        found @ Peak::At(_) => found,
    }
}

/// Multipliers stay inside, so that their reciprocals do too.
const RANGE: (f64, f64) = (1e-305, 1e305);

/// Relative width at which a bracket is a point.
const WIDTH: f64 = 4.0 * f64::EPSILON;

struct Search<F> {
    tolerance: f64,
    probe: F,
}

impl<F: FnMut(f64) -> Probe> Search<F> {
    fn is_flat(&self, probe: &Probe) -> bool {
        probe.slope.abs() <= self.tolerance
    }

    /// Steps outwards, by factors that square each time, until the slope changes its sign.
    fn bracket(&mut self, start: f64) -> Peak {
        let mut known = (self.probe)(start.clamp(RANGE.0, RANGE.1));
        let rising = known.slope > 0.0;
        let mut factor = 2.0_f64;
        loop {
            let at_the_end = if rising { known.at >= RANGE.1 } else { known.at <= RANGE.0 };
            if at_the_end || self.is_flat(&known) {
                return Peak::At(known);
            }
            let at = if rising { known.at * factor } else { known.at / factor }.clamp(RANGE.0, RANGE.1);
            let next = (self.probe)(at);
            if !self.is_flat(&next) && (next.slope > 0.0) != rising {
                return Peak::Between(if rising { [known, next] } else { [next, known] });
            }
            known = next;
            factor = (factor * factor).min(1e300);
        }
    }

    fn contract(&mut self, [mut low, mut high]: [Probe; 2]) -> Peak {
        let mut steps = [secant, tangents, middle].into_iter().cycle();
        while high.at > low.at * (1.0 + WIDTH) {
            let step = steps.next().unwrap_or(middle);
            let proposed = step(&low, &high);
            let at = if low.at < proposed && proposed < high.at { proposed } else { middle(&low, &high) };
            let next = (self.probe)(at);
            if self.is_flat(&next) {
                return Peak::At(next);
            }
            if next.slope > 0.0 {
                low = next;
            } else {
                high = next;
            }
        }
        Peak::Between([low, high])
    }
}

fn secant(low: &Probe, high: &Probe) -> f64 {
    low.at + (high.at - low.at) * (low.slope / (low.slope - high.slope))
}

fn tangents(low: &Probe, high: &Probe) -> f64 {
    let fall = high.value - low.value - high.slope * (high.at - low.at);
    low.at + fall / (low.slope - high.slope)
}

/// Positive floats are ordered as their bits are.
fn middle(low: &Probe, high: &Probe) -> f64 {
    f64::from_bits(u64::midpoint(low.at.to_bits(), high.at.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::super::envelope::Multipliers;
    use super::super::laws::Laws;
    use super::super::table::Score;
    use super::*;

    /// Finds the maximum of a function given by value and slope, and counts how often it looked.
    fn find(start: f64, function: impl Fn(f64) -> (f64, f64)) -> (f64, usize) {
        let laws = Laws::constant(Score { index: 0, fact: 0.0, non_fact: 0.0 });
        let found = Found { laws, multipliers: Multipliers { alpha: 0.0, beta: 0.0 } };
        let mut looks = 0;
        let peak = maximum(start, 0.0, |at| {
            looks += 1;
            let (value, slope) = function(at);
            Probe { at, value, slope, found: found.clone() }
        });
        let at = match peak {
            Peak::At(probe) => probe.at,
            Peak::Between([low, high]) => {
                assert!(low.slope > 0.0 && high.slope < 0.0);
                low.at
            }
        };
        (at, looks)
    }

    #[test]
    fn smooth_maxima_take_few_looks() {
        for top in [1e-200_f64, 0.3, 7e90] {
            let (at, looks) = find(1.0, |x| (x.ln() - x / top, 1.0 / x - 1.0 / top));
            assert!((at / top - 1.0).abs() < 1e-14, "{at} for {top}");
            assert!(looks < 60, "{looks} looks for {top}");
        }
    }

    #[test]
    fn kinks_take_few_looks() {
        let top = 0.377;
        let (at, looks) =
            find(
                1.0,
                |x: f64| {
                    if x < top { ((x / top).ln(), 1.0 / x) } else { (-(x - top) * (1.0 + x), -1.0 - 2.0 * x + top) }
                },
            );
        assert!((at / top - 1.0).abs() < 1e-14, "{at}");
        assert!(looks < 60, "{looks} looks");
    }

    #[test]
    fn a_function_without_a_maximum_ends_at_the_last_float() {
        assert_eq!(find(1.0, |x| (x, 1.0)).0, RANGE.1);
        assert_eq!(find(1.0, |x| (-x, -1.0)).0, RANGE.0);
    }
}
