//! The filter at a multiplier, and the multiplier of a budget.

use crate::divergence::divergence;

/// Pairs of share and weight, the heaviest weight being 1, and the price of false positives in that measure.
pub(super) struct Problem {
    pub(super) shares: Vec<(f64, f64)>,
    pub(super) negative_weight: f64,
}

/// The rates of a filter; hits are kept beside misses so that neither is a difference.
pub(super) struct Filter {
    pub(super) false_positive_rate: f64,
    hits: Vec<f64>,
    pub(super) misses: Vec<f64>,
}

/// One class's rates: hits, misses, false positives.
pub(super) type Rates = [f64; 3];

/// `kl(1 - e || b)` in nats a fact.
pub(super) fn memory([hits, misses, false_positives]: Rates) -> f64 {
    divergence([(hits, false_positives), (misses, 1.0 - false_positives)], 0.0)
}

impl Filter {
    pub(super) fn classes(&self) -> impl Iterator<Item = Rates> {
        self.hits.iter().zip(&self.misses).map(|(&hits, &misses)| [hits, misses, self.false_positive_rate])
    }
}

impl Problem {
    /// The best filter of `budget` nats a fact.
    pub(super) fn solve(&self, budget: f64) -> Filter {
        let log_weight = self.negative_weight.ln();
        let (mut low, mut high) = (-LARGEST - log_weight.max(0.0), LARGEST - log_weight.max(0.0));
        // Memory increases with alpha from 0; halving ends where no float lies between.
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return self.filter(low.exp());
            }
            if self.memory(&self.filter(middle.exp())) > budget {
                high = middle;
            } else {
                low = middle;
            }
        }
    }

    /// The best filter at a multiplier.
    fn filter(&self, alpha: f64) -> Filter {
        let rate = self.false_positive_rate(alpha);
        let split = self.shares.iter().map(|&(_, weight)| {
            let discounted = (1.0 - rate) * (-alpha * weight).exp();
            [rate / (rate + discounted), discounted / (rate + discounted)]
        });
        let (hits, misses) = split.map(|[hit, miss]| (hit, miss)).unzip();
        Filter { false_positive_rate: rate, hits, misses }
    }

    /// `b` with `sum pi_j / (b + c_j) = alpha lambda`, or the end of `[0, 1]` that is nearest to it.
    ///
    /// Newton's iteration on the reciprocal of the sum, which is concave and, with a single class, linear: from the
    /// left it increases to the root. One class alone, or all with their mean `c`, bound the root from the left.
    fn false_positive_rate(&self, alpha: f64) -> f64 {
        let price = alpha * self.negative_weight;
        let gain_at_0: f64 = self.shares.iter().map(|(share, weight)| share * (alpha * weight).exp_m1()).sum();
        let gain_at_1: f64 = self.shares.iter().map(|(share, weight)| -share * (-alpha * weight).exp_m1()).sum();
        if gain_at_0 <= price {
            return 0.0;
        }
        if gain_at_1 >= price {
            return 1.0;
        }
        let terms: Vec<(f64, f64)> =
            self.shares.iter().map(|&(share, weight)| (share, 1.0 / (alpha * weight).exp_m1())).collect();
        let mean: f64 = terms.iter().map(|(share, offset)| share * offset).sum();
        let alone = terms.iter().map(|(share, offset)| share / price - offset);
        let mut rate = alone.fold((1.0 / price - mean).max(0.0), f64::max);
        for _ in 0..MAX_STEPS {
            let sum: f64 = terms.iter().map(|(share, offset)| share / (rate + offset)).sum();
            let slope: f64 = terms.iter().map(|(share, offset)| share * (sum * (rate + offset)).powi(-2)).sum();
            let step = (1.0 / sum - 1.0 / price) / slope;
            rate = (rate - step).clamp(0.0, 1.0);
            if step.abs() <= f64::EPSILON * rate {
                break;
            }
        }
        rate
    }

    /// Nats a fact.
    fn memory(&self, filter: &Filter) -> f64 {
        self.shares.iter().zip(filter.classes()).map(|(&(share, _), rates)| share * memory(rates)).sum()
    }

    pub(super) fn loss(&self, filter: &Filter) -> f64 {
        let forgotten: f64 =
            self.shares.iter().zip(&filter.misses).map(|((share, weight), miss)| share * weight * miss).sum();
        forgotten + self.negative_weight * filter.false_positive_rate
    }
}

/// `ln` of the largest multiplier and of the largest price of false positives that are tried.
const LARGEST: f64 = 700.0;

/// Convergence is quadratic; the limit only stops two values from taking turns.
const MAX_STEPS: usize = 60;
