//! The learning rate over a run: linear warm-up, then half a cosine down to 0.

/// The share of the full learning rate in a step (counted from 0).
pub(crate) fn rate_factor(step: u64, steps: u64, warmup: f64) -> f64 {
    let warm = warmup * steps as f64;
    let position = step as f64 + 1.0;
    if position <= warm {
        return position / warm;
    }
    let progress = (step as f64 - warm).max(0.0) / (steps as f64 - warm).max(1.0);
    0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::rate_factor;

    #[test]
    fn warms_up_linearly_and_ends_near_zero() {
        let factors: Vec<f64> = (0..1000).map(|step| rate_factor(step, 1000, 0.03)).collect();
        assert!((factors[14] - 0.5).abs() < 1e-12);
        assert!((factors[29] - 1.0).abs() < 1e-12);
        assert!(factors[30..].windows(2).all(|pair| pair[1] < pair[0]));
        assert!(factors[999] < 1e-5 && factors[999] > 0.0);
    }

    #[test]
    fn a_single_step_without_warmup_runs_at_the_full_rate() {
        assert!((rate_factor(0, 1, 0.0) - 1.0).abs() < 1e-12);
    }
}
