//! One bin's share of `F_p`, computed so that neither a tiny sparsity nor nearly equal laws cost digits.
//!
//! With `k`, `n` a bin's weights under `mu_K`, `mu_N` and `m = p k + (1-p) n`, the share is
//! `k ln(k/m) + ((1-p)/p) n ln(n/m)`. Both terms are of order `k - n` and nearly cancel, and the second divides by `p`.
//! In terms of `r(t) = ln(1+t)/t` and `d = k - n` the same sum reads
//! `(1-p) d [ r(-(1-p) d / k) - r(p d / n) ]`: no division by `p`, and no bin's share is negative.

/// The share of one bin in nats, for weights `>= 0` and a sparsity in `[0, 1)`; at sparsity 0 the limit
/// `k ln(k/n) - k + n`, whose last two terms cancel over all bins. Infinite where a fact has no rival and `p = 0`.
pub(crate) fn bin_share(fact: f64, non_fact: f64, sparsity: f64) -> f64 {
    let gap = fact - non_fact;
    if gap == 0.0 {
        return 0.0;
    }
    if non_fact == 0.0 {
        return -fact * sparsity.ln();
    }
    let mixture = sparsity * fact + (1.0 - sparsity) * non_fact;
    let from_facts = ratio_excess(-(1.0 - sparsity) * gap / fact, mixture / fact);
    let from_non_facts = ratio_excess(sparsity * gap / non_fact, mixture / non_fact);
    (1.0 - sparsity) * gap * (from_facts - from_non_facts)
}

/// `sum_j bin_share(k_j, n_j, p)`: all of `F_p` in nats.
pub(crate) fn divergence(bins: impl IntoIterator<Item = (f64, f64)>, sparsity: f64) -> f64 {
    bins.into_iter().map(|(fact, non_fact)| bin_share(fact, non_fact, sparsity)).sum()
}

/// `ln(1+t)/t - 1` for `t > -1`, given `1 + t` too, which the caller knows without rounding error near 0.
pub(crate) fn ratio_excess(t: f64, one_plus_t: f64) -> f64 {
    if t.is_infinite() || one_plus_t.is_infinite() {
        return -1.0;
    }
    if t.abs() >= SERIES_BELOW {
        return one_plus_t.ln() / t - 1.0;
    }
    // ln(1+t) = 2 artanh(s) with s = t/(2+t); the first term leaves -s exactly, the others are below s/10.
    let s = t / (2.0 + t);
    let square = s * s;
    let mut tail = 0.0;
    for odd in [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        tail = square * (tail + 1.0 / odd);
    }
    2.0 / (2.0 + t) * tail - s
}

/// Ten terms of the series reach 1e-18 below this bound; the logarithm loses under three bits above it.
const SERIES_BELOW: f64 = 0.25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_branches_of_the_ratio_meet() {
        for t in [-0.25_f64, 0.25] {
            let below = ratio_excess(t * (1.0 - 1e-16), 1.0 + t);
            let direct = t.ln_1p() / t - 1.0;
            assert!((below - direct).abs() < 4e-16, "{below} against {direct}");
        }
        assert!((ratio_excess(1e-12, 1.0 + 1e-12) + 0.5e-12).abs() < 1e-24);
    }

    #[test]
    fn a_share_equals_its_definition_where_that_is_accurate() {
        for (k, n, p) in [(0.7, 0.1, 0.3), (0.1, 0.7, 0.3), (0.5, 0.4, 0.9), (0.2, 0.9, 0.01)] {
            let m = p * k + (1.0 - p) * n;
            let definition: f64 = k * f64::ln(k / m) + (1.0 - p) / p * n * f64::ln(n / m);
            assert!((bin_share(k, n, p) - definition).abs() < 1e-14, "{k} {n} {p}");
        }
    }

    #[test]
    fn empty_bins_follow_the_limits() {
        let p = 0.2_f64;
        assert!((bin_share(0.6, 0.0, p) + 0.6 * p.ln()).abs() < 1e-15);
        assert!((bin_share(0.0, 0.6, p) + 0.6 * (1.0 - p) / p * (-p).ln_1p()).abs() < 1e-15);
        assert_eq!(bin_share(0.0, 0.0, 0.0), 0.0);
        assert_eq!(bin_share(0.1, 0.0, 0.0), f64::INFINITY);
        assert!((bin_share(0.0, 0.3, 0.0) - 0.3).abs() < 1e-16);
    }
}
