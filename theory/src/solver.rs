//! The least memory for any loss over finitely many scores: two tables of distortions instead of a formula.
//!
//! Derived. Score `a` costs `d_K(a)` on a fact and `d_N(a)` on a non-fact. Writing `r = p mu_K + (1-p) mu_N` for the
//! law of the score of any claim, `p F_p = p KL(mu_K || r) + (1-p) KL(mu_N || r)`, and any other `r` only makes the
//! right side larger. So with multipliers `alpha` and `beta = beta' (1-p)/p` the Lagrangian `F_p + alpha E d_K + beta E
//! d_N` may be minimised over all three laws. Given `r`, the best two are
//!
//! `mu_K = r e^{-alpha d_K} / U`, `mu_N = r e^{-beta' d_N} / V`, `U = E_r[e^{-alpha d_K}]`, `V = E_r[e^{-beta' d_N}]`,
//!
//! and what is left is to maximise `p ln U + (1-p) ln V` over `r`. That depends on the point `(U, V)` alone, which
//! ranges over a polygon: the convex hull of the points of the single scores. The function is strictly concave, so its
//! maximum is one point on one edge, found in closed form; Blahut and Arimoto's iteration `r <- r g` would creep
//! towards it. The point is the maximum exactly if
//!
//! `g(a) = p e^{-alpha d_K(a)} / U + (1-p) e^{-beta' d_N(a)} / V <= 1` for every score,
//!
//! with equality wherever `r` has weight. Even short of the maximum `max g - 1` bounds what is missing, in nats a
//! claim, because `g - 1` is the slope of a concave function.
//!
//! What remains is a search over multipliers ([`Goal`]): one for a budget, since both are then in a fixed proportion,
//! two for limits. Where several scores have `g = 1` and more than one `r` gives the same `(U, V)`, losses jump as a
//! multiplier passes. Laws on the two sides of the jump are both optimal there; losses and `F_p` are linear in `r` at
//! fixed `(U, V)`, and the right mixture meets the goal exactly.
//!
//! As `p -> 0`, `beta'` vanishes like `p` while `beta` stays, `r` becomes `mu_N`, and `((1-p)/p) ln V` becomes
//! `-beta E_r[d_N]`: all formulas below are written so that this limit is no special case.

mod budget;
pub mod certificate;
pub mod envelope;
mod laws;
mod limits;
mod peak;
mod table;

use crate::error::{DomainError, require, require_budget, require_negative_weight, require_sparsity};
use crate::units::{Bits, Nats};
use certificate::Certificate;
use laws::Found;

/// What each score of a finite set costs on a fact and on a non-fact, in any unit, infinity included.
#[derive(Clone, Debug, PartialEq)]
pub struct Distortions {
    on_facts: Vec<f64>,
    on_non_facts: Vec<f64>,
}

impl Distortions {
    /// Tables with one entry a score, in the same order.
    ///
    /// # Errors
    /// No scores, tables of unequal length, a negative or undefined entry, a table without a finite entry (no law would
    /// have a finite loss).
    pub fn new(on_facts: Vec<f64>, on_non_facts: Vec<f64>) -> Result<Self, DomainError> {
        if on_facts.len() != on_non_facts.len() {
            return Err(DomainError::UnequalBins { facts: on_facts.len(), non_facts: on_non_facts.len() });
        }
        require(!on_facts.is_empty(), "scores", 0.0, "be at least 1")?;
        for (name, table) in [("on_facts", &on_facts), ("on_non_facts", &on_non_facts)] {
            for &entry in table {
                require(entry >= 0.0, name, entry, "hold distortions of at least 0 (infinity included)")?;
            }
            require(table.iter().any(|entry| entry.is_finite()), name, f64::INFINITY, "hold a finite distortion")?;
        }
        // Negative zeros, as of -ln 1, would sort before others and show in results.
        let positive = |table: Vec<f64>| table.into_iter().map(f64::abs).collect();
        Ok(Self { on_facts: positive(on_facts), on_non_facts: positive(on_non_facts) })
    }

    /// Number of scores.
    #[must_use]
    pub fn scores(&self) -> usize {
        self.on_facts.len()
    }

    /// `(d_K, d_N)` of each score.
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        self.on_facts.iter().copied().zip(self.on_non_facts.iter().copied())
    }
}

/// What to optimise for. Losses are means of the distortions, in their unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The least `E d_K + negative_weight E d_N` of a memory of `budget` bits a fact.
    Budget {
        /// Bits a fact, at least 0.
        budget: Bits,
        /// Weight of the loss on non-facts, positive and finite.
        negative_weight: f64,
    },
    /// The least memory with `E d_K <= fact_limit` and `E d_N <= non_fact_limit`.
    Limits {
        /// The most that a fact may cost on average.
        fact_limit: f64,
        /// The most that a non-fact may cost on average.
        non_fact_limit: f64,
    },
}

/// An optimal memory over a finite score set, with the evidence that it is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// `F_p` of the two laws, bits a fact; infinite where no finite memory of a sparse universe meets the limits.
    pub rate: Bits,
    /// `mu_K`: the share of the facts that has each score.
    pub facts: Vec<f64>,
    /// `mu_N`: the share of the non-facts that has each score.
    pub non_facts: Vec<f64>,
    /// `E d_K`, in the unit of the distortions.
    pub fact_loss: f64,
    /// `E d_N`, in the unit of the distortions.
    pub non_fact_loss: f64,
    /// Multiplier of the loss on facts, nats per unit of distortion: one more unit of `fact_limit` saves so many nats a
    /// fact. 0 if nothing need be stored, infinite if the limit is the least that any law has.
    pub alpha: f64,
    /// Multiplier of the loss on non-facts in the optimality conditions; 0 at sparsity 0.
    pub beta_prime: f64,
    /// `beta' (1-p)/p`, which stays positive at sparsity 0: one more unit of `non_fact_limit` saves so many nats a
    /// fact.
    pub beta: f64,
    /// `max g - 1` over the whole score set, from the laws and multipliers above; at sparsity 0, where `g` is 1
    /// everywhere, `rate - rate_bound` in nats.
    pub certificate_gap: f64,
    /// What no memory with these losses goes below, bits a fact: the dual bound at the multipliers above, from the
    /// whole score set. It equals the rate up to rounding.
    pub rate_bound: Bits,
}

/// Finds the optimal laws over a finite score set at any `sparsity`; 0 is the sparse limit.
///
/// For [`Goal::Budget`] the rate is the budget, or less where less buys the least losses these scores allow: 0 if one
/// score is best for facts and non-facts alike, else the lossless wall `h(p)/p`. In a sparse universe no finite budget
/// lets facts use a score whose `d_N` is infinite. Sparsities below 1e-300 count as 0, and budgets above 1000 bits as
/// 1000 where the wall is higher: what they would still gain is below 1e-300.
///
/// For [`Goal::Limits`] the limits are met to rounding, and one that differs from the least distortion of a usable
/// score by no more than rounding counts as that. The rate is 0 with one law for facts and non-facts where such a law
/// meets the limits (a single score if one does). It is infinite, with separated laws, if the universe is sparse and
/// the limits leave facts only scores that no non-fact may have.
///
/// The work is a few hundred passes over the scores for limits, a few dozen for a budget.
///
/// ```
/// use rote_theory::Bits;
/// use rote_theory::solver::{Distortions, Goal, solve};
///
/// // Yes, no, or no answer at a tenth of the price of an error: a small memory abstains on its facts.
/// let answers = Distortions::new(vec![0.0, 1.0, 0.1], vec![1.0, 0.0, 0.1])?;
/// let found = solve(&answers, Goal::Budget { budget: Bits(1.0), negative_weight: 1.0 }, 0.0)?;
/// assert!(found.facts[0] == 0.0 && found.facts[2] > 0.99);
/// assert!(found.rate - found.rate_bound < Bits(1e-12));
/// # Ok::<(), rote_theory::DomainError>(())
/// ```
///
/// # Errors
/// `sparsity` outside `[0, 1)`. For a budget: a negative or undefined one, one too small for a finite loss (no score
/// has a finite distortion on both sides and the budget is below the wall), a `negative_weight` that is not positive
/// and finite. For limits: one below the least distortion in its table.
pub fn solve(distortions: &Distortions, goal: Goal, sparsity: f64) -> Result<Solution, DomainError> {
    require_sparsity(sparsity)?;
    let p = if sparsity < LEAST_SPARSITY { 0.0 } else { sparsity };
    let found = match goal {
        Goal::Budget { budget, negative_weight } => {
            require_budget(budget)?;
            require_negative_weight(negative_weight)?;
            budget::spend(distortions, budget.to_nats().0, negative_weight, p)?
        }
        Goal::Limits { fact_limit, non_fact_limit } => limits::meet(distortions, fact_limit, non_fact_limit, p)?,
    };
    Ok(solution(distortions, &found, p))
}

/// Below it `(1-p)/p` nears the end of the floats.
const LEAST_SPARSITY: f64 = 1e-300;

fn solution(distortions: &Distortions, found: &Found, p: f64) -> Solution {
    let [facts, non_facts] = found.laws.over(distortions.scores());
    let certificate = Certificate::of(distortions, &facts, &non_facts, found.multipliers, p);
    Solution {
        rate: Nats(certificate.rate).to_bits(),
        fact_loss: laws::loss(&facts, &distortions.on_facts),
        non_fact_loss: laws::loss(&non_facts, &distortions.on_non_facts),
        facts,
        non_facts,
        alpha: found.multipliers.alpha,
        beta_prime: found.multipliers.beta_prime(p),
        beta: found.multipliers.beta,
        certificate_gap: certificate.gap,
        rate_bound: Nats(certificate.bound).to_bits(),
    }
}
