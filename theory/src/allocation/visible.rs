//! Classes that the claim shows.
//!
//! Class `j` has `n_j` facts of weight `w_j` and is trained at a negative weight `lambda_j`. Given `B_j` bits a fact it
//! hallucinates the share `q_j = 2^-B_j` of its own non-facts, and its loss is `W(lambda_j q_j)`, where
//! `W(o) = ln(1 + o) + o ln(1 + 1/o)`. So the task is to minimise `sum n_j w_j W(lambda_j q_j)` while
//! `sum n_j log2(1/q_j)` is given. Since `dW / d ln o = o ln(1 + 1/o)` falls as bits are added, losses are convex in
//! the bits and the multiplier is the same for every class that has any:
//!
//! `theta = w_j lambda_j q_j ln(1 + 1/(lambda_j q_j))`,
//!
//! the nats of weighted loss that a further nat of memory saves. A class whose first nat saves no more than that, `w_j
//! lambda_j ln(1 + 1/lambda_j) <= theta`, gets nothing: every claim in it, true or not, scores `1/(1+lambda_j)`. As
//! bits are added the classes enter one by one, in the order of what their first nat saves.

use super::require_positive;
use super::slope::{log_odds_at_slope, log_slope};
use crate::error::{DomainError, require_finite_budget};
use crate::separation::rival_losses;
use crate::units::{Bits, Nats};

/// Facts of one weight that can be told from those of another class by the claim alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Number of its facts, or its share of them; budgets and losses in all count by the same measure.
    pub facts: f64,
    /// What a nat of its loss counts.
    pub weight: f64,
    /// Negative weight `lambda` within the class: its loss is `eps_K + lambda eps_N`.
    pub negative_weight: f64,
}

/// What one class gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassShare {
    /// Bits a fact of the class; 0 where its facts are not worth storing.
    pub bits: Bits,
    /// Share `q` of its non-facts that scores as its facts do; 1 where nothing is stored.
    pub hallucinated: f64,
    /// The score `1/(1 + lambda q)` of its facts.
    pub x_star: f64,
    /// `eps_K`, unweighted.
    pub fact_loss: Nats,
    /// `eps_N`, unweighted.
    pub non_fact_loss: Nats,
}

/// The best way to spend bits on classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// Nats of weighted loss that a further nat of memory saves.
    pub theta: f64,
    /// What each class gets, in the order given.
    pub classes: Vec<ClassShare>,
    /// Bits spent in all.
    pub bits: Bits,
    /// Weighted loss in all: `sum n_j w_j (eps_K + lambda_j eps_N)`.
    pub loss: Nats,
}

/// The best allocation of `budget` bits in all.
///
/// Found by bisection on the logarithm of `theta`, to neighbouring floats, between whose allocations it interpolates:
/// where a bit is worth nearly the same whoever gets it, `lambda q >> 1`, one step of `theta` moves many.
///
/// # Errors
/// No classes, a class whose facts, weight or negative weight is not positive and finite, a budget that is negative,
/// infinite or undefined.
pub fn visible_classes(classes: &[Class], budget: Bits) -> Result<Allocation, DomainError> {
    check(classes)?;
    require_finite_budget(budget)?;
    Ok(Problem::new(classes).spend(budget.to_nats().0))
}

/// The best allocation at which a further nat of memory saves `theta` nats of weighted loss; the inverse of
/// [`visible_classes`].
///
/// # Errors
/// No classes, a class whose facts, weight or negative weight is not positive and finite, a `theta` that is not.
pub fn visible_classes_at(classes: &[Class], theta: f64) -> Result<Allocation, DomainError> {
    check(classes)?;
    require_positive("theta", theta)?;
    let problem = Problem::new(classes);
    let level = (theta / problem.heaviest).ln();
    Ok(problem.allocation(theta, &problem.nats(level)))
}

fn check(classes: &[Class]) -> Result<(), DomainError> {
    if classes.is_empty() {
        return Err(DomainError::NoWeight { name: "classes" });
    }
    for class in classes {
        require_positive("facts", class.facts)?;
        require_positive("weight", class.weight)?;
        require_positive("negative_weight", class.negative_weight)?;
    }
    Ok(())
}

/// The classes with what does not change with the level `ln(theta / heaviest)`: measured from the heaviest weight, the
/// level of a class that a bit hardly helps is near 0, where floats are dense.
struct Problem<'a> {
    classes: &'a [Class],
    heaviest: f64,
    /// `ln(w / heaviest)`, `ln lambda` and the level at which the class gets its first bit.
    known: Vec<[f64; 3]>,
}

impl<'a> Problem<'a> {
    fn new(classes: &'a [Class]) -> Self {
        let heaviest = classes.iter().fold(0.0, |heaviest, class| class.weight.max(heaviest));
        let known = classes.iter().map(|class| {
            let (log_weight, log_lambda) = ((class.weight / heaviest).ln(), class.negative_weight.ln());
            [log_weight, log_lambda, log_weight + log_slope(log_lambda)[0]]
        });
        Self { classes, heaviest, known: known.collect() }
    }

    /// Nats a fact of each class at a level.
    fn nats(&self, level: f64) -> Vec<f64> {
        let of_class = |&[log_weight, log_lambda, entry]: &[f64; 3]| {
            if level >= entry { 0.0 } else { (log_lambda - log_odds_at_slope(level - log_weight)).max(0.0) }
        };
        self.known.iter().map(of_class).collect()
    }

    fn in_all(&self, nats: &[f64]) -> f64 {
        self.classes.iter().zip(nats).map(|(class, nats)| class.facts * nats).sum()
    }

    fn spend(&self, target: f64) -> Allocation {
        if target == 0.0 {
            let highest = self.known.iter().fold(f64::NEG_INFINITY, |highest, known| known[2].max(highest));
            return self.allocation(highest.exp() * self.heaviest, &vec![0.0; self.classes.len()]);
        }
        // Levels are at most 0, and floats of one sign are ordered as their bits are: 63 halvings end at neighbours.
        let level = |depth: u64| -f64::from_bits(depth);
        let (mut too_little, mut enough) = (0, f64::MAX.to_bits());
        while enough - too_little > 1 {
            let middle = u64::midpoint(too_little, enough);
            if self.in_all(&self.nats(level(middle))) < target {
                too_little = middle;
            } else {
                enough = middle;
            }
        }
        let [less, more] = [too_little, enough].map(|depth| self.nats(level(depth)));
        let [spent, over] = [&less, &more].map(|nats| self.in_all(nats));
        let part = if over > spent { (target - spent) / (over - spent) } else { 1.0 };
        let nats: Vec<f64> = less.iter().zip(&more).map(|(less, more)| less + part * (more - less)).collect();
        self.allocation(level(enough).exp() * self.heaviest, &nats)
    }

    fn allocation(&self, theta: f64, nats: &[f64]) -> Allocation {
        let classes: Vec<ClassShare> = self.classes.iter().zip(nats).map(|(class, &nats)| share(class, nats)).collect();
        let of_all = |value: &dyn Fn(&Class, &ClassShare) -> f64| {
            self.classes.iter().zip(&classes).map(|(class, share)| class.facts * value(class, share)).sum()
        };
        let bits = Bits(of_all(&|_, share| share.bits.0));
        let loss = Nats(of_all(&|class, share| {
            class.weight * (share.fact_loss + share.non_fact_loss * class.negative_weight).0
        }));
        Allocation { theta, classes, bits, loss }
    }
}

fn share(class: &Class, nats: f64) -> ClassShare {
    let hallucinated = (-nats).exp();
    let odds = class.negative_weight * hallucinated;
    let [on_fact, on_rivals] = rival_losses(odds);
    ClassShare {
        bits: Nats(nats).to_bits(),
        hallucinated,
        x_star: 1.0 / (1.0 + odds),
        fact_loss: Nats(on_fact),
        non_fact_loss: Nats(on_rivals / class.negative_weight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier;

    const CLASSES: [Class; 4] = [
        Class { facts: 100.0, weight: 1.0, negative_weight: 1.0 },
        Class { facts: 300.0, weight: 0.5, negative_weight: 10.0 },
        Class { facts: 1000.0, weight: 0.1, negative_weight: 1e4 },
        Class { facts: 5000.0, weight: 0.02, negative_weight: 0.1 },
    ];

    #[test]
    fn a_single_class_is_the_frontier() {
        let class = Class { facts: 7.0, weight: 3.0, negative_weight: 20.0 };
        let found = visible_classes(&[class], Bits(7.0 * 5.0)).unwrap();
        let frontier = frontier::log_loss(Bits(5.0), 20.0, 0.0).unwrap();
        assert!((found.loss.0 / (21.0 * frontier.loss.0) - 1.0).abs() < 1e-14);
        assert!((found.classes[0].x_star - frontier.channel.unwrap().shared_score()).abs() < 1e-15);
    }

    #[test]
    fn the_budget_is_spent_to_the_last_bit_and_theta_leads_back() {
        for budget in [0.0, 1e-6, 1.0, 500.0, 3000.0, 1e4, 1e5, 1e6] {
            let found = visible_classes(&CLASSES, Bits(budget)).unwrap();
            assert!((found.bits.0 - budget).abs() <= 1e-12 * (1.0 + budget), "{budget}: {}", found.bits);
            let back = visible_classes_at(&CLASSES, found.theta).unwrap();
            assert!((back.bits.0 - budget).abs() <= 1e-9 * budget + 1e-9, "{budget} came back as {}", back.bits);
        }
    }

    #[test]
    fn nothing_moved_between_two_classes_lowers_the_loss() {
        for budget in [50.0, 800.0, 5000.0, 40_000.0] {
            let found = visible_classes(&CLASSES, Bits(budget)).unwrap();
            let loss = |class: usize, bits: f64| {
                let Class { facts, weight, negative_weight } = CLASSES[class];
                let nats = (found.classes[class].bits + Bits(bits / facts)).to_nats().0;
                let after = super::share(&CLASSES[class], nats);
                facts * weight * (after.fact_loss + after.non_fact_loss * negative_weight).0
            };
            let pairs = (0..4).flat_map(|from| (0..4).map(move |to| (from, to)));
            for (from, to) in pairs.filter(|(from, to)| from != to) {
                let moved = found.classes[from].bits.0.min(0.01) * CLASSES[from].facts;
                let change = loss(from, -moved) + loss(to, moved) - loss(from, 0.0) - loss(to, 0.0);
                assert!(change >= -1e-11 * found.loss.0, "{budget} bits, {from} to {to}: {change}");
            }
        }
    }

    #[test]
    fn light_classes_get_nothing_and_score_the_base_rate() {
        let found = visible_classes_at(&CLASSES, 0.3).unwrap();
        let left_out = found.classes[3];
        assert_eq!((left_out.bits, left_out.hallucinated), (Bits(0.0), 1.0));
        assert!((left_out.x_star - 1.0 / 1.1).abs() < 1e-15);
        assert!(found.classes[0].bits > Bits(0.0));
        assert_eq!(visible_classes(&CLASSES, Bits(0.0)).unwrap().bits, Bits(0.0));
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let class = |facts: f64, weight: f64, negative_weight: f64| Class { facts, weight, negative_weight };
        let error = |classes: &[Class], budget: f64| visible_classes(classes, Bits(budget)).unwrap_err().to_string();
        assert!(error(&[], 1.0).starts_with("classes has no weight"));
        assert!(error(&[class(0.0, 1.0, 1.0)], 1.0).starts_with("facts = 0: must be positive"));
        assert!(error(&[class(1.0, -1.0, 1.0)], 1.0).starts_with("weight = -1"));
        assert!(error(&[class(1.0, 1.0, f64::INFINITY)], 1.0).starts_with("negative_weight = inf"));
        assert!(error(&CLASSES, -1.0).starts_with("budget = -1"));
        assert!(visible_classes_at(&CLASSES, 0.0).unwrap_err().to_string().starts_with("theta = 0"));
    }
}
