//! Tails of the binomial law and the success rates at which they take a given value, to full relative accuracy at any
//! number of trials.
//!
//! The usual route over the incomplete beta function loses digits once its log-gammas are large: at 2^24 trials they
//! reach 1e8 and leave seven digits. Loader's saddle-point form of one term and a sum of positive terms lose none.

use std::f64::consts::PI;

use crate::divergence::bin_share;

/// `ln n! - ln( sqrt(2 pi n) (n/e)^n )`, the remainder of Stirling's formula; 0 for `n = 0` by convention.
pub(crate) fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n == 0 {
        0.0
    } else if n <= 15 {
        let factorial: f64 = (1..=n).map(|i| i as f64).product();
        factorial.ln() - (x + 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln()
    } else {
        let s = 1.0 / (x * x);
        let series = 1.0 / 1188.0 - s * (691.0 / 360_360.0 - s / 156.0);
        (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * series)))) / x
    }
}

/// The log of a success rate, at which at least `hits` of `trials` succeed with probability `tail`.
///
/// For `0 < hits <= trials` and `0 < tail < 1`. Newton's iteration in `v = ln x`: there `ln P` is increasing and
/// concave, since `d ln P / dv` is `hits` over a sum that grows with `x`, so that it converges from any start, and from
/// the left monotonically.
pub(crate) fn log_success_rate(hits: u64, trials: u64, tail: f64) -> f64 {
    let (k, n) = (hits as f64, trials as f64);
    if hits == trials {
        return tail.ln() / n;
    }
    // ln(k/n) by way of the misses, which keeps the digits of rates near 1.
    let mut v = (-((trials - hits) as f64) / n).ln_1p();
    for _ in 0..MAX_STEPS {
        let odds = -v.exp() / v.exp_m1();
        let terms = terms_over_first(hits, trials, odds);
        let step = (log_term(hits, trials, v) + terms.ln() - tail.ln()) * terms / k;
        v -= step;
        if step.abs() <= 4.0 * f64::EPSILON * v.abs() {
            break;
        }
    }
    v
}

/// Convergence is quadratic; the limit only stops two values from taking turns.
const MAX_STEPS: usize = 60;

/// `ln` of the probability of exactly `hits` successes at the success rate `e^v`, for `0 < hits < trials` (Loader,
/// *Fast and accurate computation of binomial probabilities*, 2000).
fn log_term(hits: u64, trials: u64, v: f64) -> f64 {
    let misses = trials - hits;
    let (k, m, n) = (hits as f64, misses as f64, trials as f64);
    let remainders = stirling_error(trials) - stirling_error(hits) - stirling_error(misses);
    let deviance = bin_share(k, n * v.exp(), 0.0) + bin_share(m, -n * v.exp_m1(), 0.0);
    remainders - deviance - 0.5 * (2.0 * PI * k * (m / n)).ln()
}

/// `P(at least hits) / P(exactly hits)`: the sum of the binomial terms over the first.
fn terms_over_first(hits: u64, trials: u64, odds: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for i in hits..trials {
        term *= (trials - i) as f64 / (i + 1) as f64 * odds;
        sum += term;
        // Terms fall ever faster, so all that are left together are below twice this one once they halve.
        if term <= 1e-18 * sum {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_of_the_stirling_error_meet() {
        // (n+1/2) ln(1+1/n) - 1 is the difference of neighbouring errors, whichever form each has.
        for n in [5_u64, 14, 15, 16, 40] {
            let x = n as f64;
            let difference = stirling_error(n) - stirling_error(n + 1);
            assert!((difference - ((x + 0.5) * (1.0 / x).ln_1p() - 1.0)).abs() < 1e-14, "{n}");
        }
    }

    #[test]
    fn small_tails_match_a_direct_sum() {
        for (hits, trials) in [(1_u64, 10_u64), (3, 10), (9, 10), (10, 10), (20, 60)] {
            for tail in [0.025, 1e-6, 0.4] {
                let x = log_success_rate(hits, trials, tail).exp();
                let mut coefficient = 1.0;
                let mut sum = 0.0;
                for i in 0..=trials {
                    if i >= hits {
                        sum += coefficient * x.powf(i as f64) * (1.0 - x).powf((trials - i) as f64);
                    }
                    coefficient *= (trials - i) as f64 / (i + 1) as f64;
                }
                assert!((sum / tail - 1.0).abs() < 1e-12, "{hits}/{trials} at {tail}: {sum}");
            }
        }
    }
}
