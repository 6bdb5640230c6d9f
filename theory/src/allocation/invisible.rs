//! Classes that the claim does not show.
//!
//! Under zero-one loss. The store is made by one who knows that fact `i` of class `j` weighs `w_j`; whoever asks shows
//! a claim and nothing else, so all non-facts meet the same answers: one false-positive rate `b`. What can differ is
//! the rate `e_j` at which facts of class `j` are forgotten. With shares `pi_j` of the facts, the loss is
//!
//! `sum pi_j w_j e_j + lambda b`,
//!
//! and the memory is the information that answers carry about the labelled facts. A claim is a non-fact, or a fact of
//! class `j` with probability `p pi_j`; in the sparse limit `I(X; answer) / p` is the mean divergence of the classes'
//! laws of the answer from that of the non-facts,
//!
//! `sum pi_j kl2(1 - e_j || b)` bits a fact.
//!
//! **The optimum.** Minimise memory in nats plus `alpha` times the loss. For a given `b` each class decides for itself:
//! `(1-e_j) : e_j = b : (1-b) e^{-alpha w_j}`, the law of a non-fact's answer with errors discounted by their weight;
//! and what the class then contributes is `-ln(b + (1-b) e^{-alpha w_j})`. The sum of these and of `alpha lambda b` is
//! convex in `b`, and stationary where
//!
//! `sum pi_j / (b + c_j) = alpha lambda`, `c_j = 1 / (e^{alpha w_j} - 1)`.
//!
//! With one class that is the closed form `b = 1/(alpha lambda) - 1/(e^alpha - 1)` of the zero-one frontier. If the
//! left side is below the right even at `b = 0` the best answer is always no, if it is above at `b = 1` always yes, and
//! nothing is stored. Memory increases with `alpha`, from 0; the budget fixes `alpha`. Light facts are forgotten first:
//! `e_j` falls from near `1 - b` for `w_j << 1/alpha` to `(1-b) e^{-alpha w_j} / b` for `w_j >> 1/alpha`.

use super::require_positive;
use crate::error::{DomainError, require, require_finite_budget, require_negative_weight};
use crate::units::{Bits, Nats};

mod solve;

use solve::{Problem, memory};

/// Facts of one weight that the claim does not tell from others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HiddenClass {
    /// Number of its facts, or its share of them; the budget in all counts by the same measure.
    pub facts: f64,
    /// What forgetting one of them costs.
    pub weight: f64,
}

/// The best one filter for facts of unequal weight.
#[derive(Clone, Debug, PartialEq)]
pub struct InvisibleAllocation {
    /// Share of the non-facts that is taken for facts.
    pub false_positive_rate: f64,
    /// Share of each class that is forgotten, in the order given.
    pub false_negative_rates: Vec<f64>,
    /// Bits spent on a fact of each class, in the order given.
    pub bits_per_fact: Vec<Bits>,
    /// Bits spent in all.
    pub bits: Bits,
    /// Loss a fact: `sum pi_j w_j e_j + lambda b`, of no unit but that of the weights.
    pub loss: f64,
}

/// The largest mean budget a fact that is solved for; beyond it rates leave the range of a float.
const MOST_BITS: f64 = 900.0;

/// The best filter of `budget` bits in all, where a false positive costs `negative_weight` times its rate.
///
/// Found by bisection on the multiplier, to the last bits, around a Newton iteration for the false-positive rate.
///
/// # Errors
/// No classes, a class whose facts or weight is not positive and finite, a `negative_weight` that is not, a budget that
/// is negative, undefined or above 900 bits a fact.
pub fn invisible_classes(
    classes: &[HiddenClass],
    negative_weight: f64,
    budget: Bits,
) -> Result<InvisibleAllocation, DomainError> {
    if classes.is_empty() {
        return Err(DomainError::NoWeight { name: "classes" });
    }
    for class in classes {
        require_positive("facts", class.facts)?;
        require_positive("weight", class.weight)?;
    }
    require_negative_weight(negative_weight)?;
    require_finite_budget(budget)?;
    let facts: f64 = classes.iter().map(|class| class.facts).sum();
    require(budget.0 <= MOST_BITS * facts, "budget", budget.0, "be at most 900 bits times the facts")?;

    let heaviest = classes.iter().fold(0.0_f64, |heaviest, class| heaviest.max(class.weight));
    let shares = classes.iter().map(|class| (class.facts / facts, class.weight / heaviest)).collect();
    let problem = Problem { shares, negative_weight: negative_weight / heaviest };
    let filter = problem.solve(budget.to_nats().0 / facts);
    let bits_per_fact: Vec<Bits> = filter.classes().map(|rates| Nats(memory(rates)).to_bits()).collect();
    Ok(InvisibleAllocation {
        bits: classes.iter().zip(&bits_per_fact).map(|(class, &bits)| bits * class.facts).sum(),
        loss: heaviest * problem.loss(&filter),
        false_positive_rate: filter.false_positive_rate,
        false_negative_rates: filter.misses,
        bits_per_fact,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::zero_one;

    const CLASSES: [HiddenClass; 3] = [
        HiddenClass { facts: 10.0, weight: 5.0 },
        HiddenClass { facts: 30.0, weight: 1.0 },
        HiddenClass { facts: 60.0, weight: 0.05 },
    ];

    fn best(negative_weight: f64, bits_per_fact: f64) -> InvisibleAllocation {
        invisible_classes(&CLASSES, negative_weight, Bits(100.0 * bits_per_fact)).unwrap()
    }

    /// With one class the optimum is the closed form of `frontier::zero_one`, here checked by its own conditions: rate
    /// and stationarity.
    #[test]
    fn a_single_class_is_the_zero_one_frontier() {
        for (lambda, alpha) in [(1.0, 3.0), (1.0, 16.0), (10.0, 40.0), (0.1, 2.0_f64)] {
            let (hit_rival, discount) = (1.0 / (alpha * lambda) - 1.0 / alpha.exp_m1(), (-alpha).exp());
            let missed = (1.0 - hit_rival) * discount / (hit_rival + (1.0 - hit_rival) * discount);
            if !(0.0..1.0).contains(&hit_rival) {
                continue;
            }
            let budget = zero_one(missed, hit_rival, 0.0).unwrap().bits;
            let class = HiddenClass { facts: 1.0, weight: 1.0 };
            let found = invisible_classes(&[class], lambda, budget).unwrap();
            assert!((found.false_positive_rate / hit_rival - 1.0).abs() < 1e-10, "{lambda} {alpha}: {found:?}");
            assert!((found.false_negative_rates[0] / missed - 1.0).abs() < 1e-9, "{lambda} {alpha}: {found:?}");
        }
    }

    #[test]
    fn the_budget_is_spent_and_light_facts_are_forgotten_first() {
        for lambda in [0.1, 1.0, 100.0] {
            let mut last = f64::INFINITY;
            for bits in [0.01, 0.5, 2.0, 6.0, 12.0, 40.0] {
                let found = best(lambda, bits);
                assert!((found.bits.0 / (100.0 * bits) - 1.0).abs() < 1e-11, "{lambda} {bits}: {}", found.bits);
                let rates = &found.false_negative_rates;
                assert!(rates[0] <= rates[1] && rates[1] <= rates[2], "{rates:?}");
                assert!(found.loss < last, "{lambda} {bits}: {} after {last}", found.loss);
                last = found.loss;
            }
        }
        let frugal = best(1.0, 2.0);
        assert!(frugal.false_negative_rates[0] < 1e-3 && frugal.false_negative_rates[2] > 0.5, "{frugal:?}");
    }

    #[test]
    fn without_a_budget_the_answer_is_constant() {
        let yes = best(0.5, 0.0);
        assert!(yes.false_positive_rate > 1.0 - 1e-6 && yes.false_negative_rates.iter().all(|rate| *rate < 1e-6));
        let no = best(3.0, 0.0);
        assert!(no.false_positive_rate < 1e-6 && no.false_negative_rates.iter().all(|rate| *rate > 1.0 - 1e-6));
        assert_eq!((yes.bits, no.bits), (Bits(0.0), Bits(0.0)));
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let class = |facts: f64, weight: f64| HiddenClass { facts, weight };
        let error = |classes: &[HiddenClass], lambda: f64, budget: f64| {
            invisible_classes(classes, lambda, Bits(budget)).unwrap_err().to_string()
        };
        assert!(error(&[], 1.0, 1.0).starts_with("classes has no weight"));
        assert!(error(&[class(0.0, 1.0)], 1.0, 1.0).starts_with("facts = 0"));
        assert!(error(&[class(1.0, f64::NAN)], 1.0, 1.0).starts_with("weight = NaN"));
        assert!(error(&CLASSES, 0.0, 1.0).starts_with("negative_weight = 0"));
        assert!(error(&CLASSES, 1.0, -1.0).starts_with("budget = -1"));
        assert!(error(&CLASSES, 1.0, 1e6).starts_with("budget = 1000000: must be at most 900"));
    }
}
