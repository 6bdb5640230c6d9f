//! Claims with a public feature.
//!
//! Facts have the feature `z` with probability `P_K(z)`, non-facts with probability `P_N(z)`, and the store need not
//! say what `z` is, since the claim shows it. A filter that passes the share `q_z` of the non-facts with feature `z`
//! costs `sum P_K(z) log2(1/q_z)` bits a fact and has the false-positive rate `sum P_N(z) q_z`. At a given rate `eps`
//! the memory is least where `P_K(z) / q_z` is the same multiple of `P_N(z)` for every `z`, so that
//!
//! `q_z = kappa P_K(z) / P_N(z)`, but at most 1.
//!
//! As long as nothing is capped, `kappa = eps` and the memory is `log2(1/eps) - KL(P_K || P_N)`: what the feature tells
//! is saved. Where a feature is so typical of facts that its share would exceed 1, all claims that have it pass for
//! free, and the rest must do with what is left of `eps`: with `C` the capped features, `kappa = (eps - P_N(C)) /
//! P_K(not C)`. Features are capped in the order of `P_K / P_N`. This is the saving of learned filters (Kraska et al.
//! 2018; Vaidya et al., *Partitioned learned Bloom filter*, ICLR 2021, arXiv 2006.03176), and why the divergence
//! measured on a trained network is structure plus memory.
//!
//! The same shares are best under log-loss: with features as the classes of [`super::visible_classes`], all of weight
//! 1, at the negative weights `lambda P_N(z) / P_K(z)`, the common level makes `lambda q_z P_N(z) / P_K(z)` the same.

use std::cmp::Ordering;

use crate::error::{DomainError, require};
use crate::information::laws;
use crate::units::{Bits, Nats};

/// The best filter for claims with a public feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Structured {
    /// Share of the non-facts with each feature that passes: `min(1, kappa P_K / P_N)`, and 0 where no fact has it.
    pub shares: Vec<f64>,
    /// `kappa`; infinite where every feature that facts have is passed whole.
    pub kappa: f64,
    /// Bits a fact.
    pub bits: Bits,
    /// `log2(1/eps)` less these bits: what a filter that ignores the feature would need more; `KL(P_K || P_N)` as long
    /// as nothing is capped, and never more than that.
    pub saving: Bits,
}

/// The least memory of a filter with the given `false_positive_rate` over all non-facts, when facts and non-facts have
/// a public feature with weights `facts` and `non_facts` (counts or probabilities, one entry a feature).
///
/// # Errors
/// As [`crate::information::information`] for the weights; a `false_positive_rate` outside `(0, 1]`.
pub fn structured(facts: &[f64], non_facts: &[f64], false_positive_rate: f64) -> Result<Structured, DomainError> {
    let valid = false_positive_rate > 0.0 && false_positive_rate <= 1.0;
    require(valid, "false_positive_rate", false_positive_rate, "lie in (0, 1]")?;
    let laws = laws(facts, non_facts)?;
    let kappa = level(&laws, false_positive_rate);
    let uncapped = laws.iter().filter(|law| law.0 > 0.0 && kappa * law.0 < law.1);
    let nats: f64 = uncapped.map(|&(fact, non_fact)| fact * ((non_fact / fact).ln() - kappa.ln())).sum();
    let shares = laws.iter().map(|&law| share(law, kappa)).collect();
    Ok(Structured {
        shares,
        kappa,
        bits: Nats(nats).to_bits(),
        saving: Nats(-false_positive_rate.ln() - nats).to_bits(),
    })
}

fn share((fact, non_fact): (f64, f64), kappa: f64) -> f64 {
    if fact == 0.0 {
        0.0
    } else if kappa.is_infinite() || kappa * fact >= non_fact {
        1.0
    } else {
        kappa * fact / non_fact
    }
}

/// `kappa` of `sum P_N min(1, kappa P_K / P_N) = eps`.
fn level(laws: &[(f64, f64)], false_positive_rate: f64) -> f64 {
    let mut known: Vec<(f64, f64)> = laws.iter().copied().filter(|law| law.0 > 0.0).collect();
    known.sort_by(by_falling_ratio);
    // Sums over the features from this one on, so that no share is what a subtraction from 1 has left.
    let mut facts_left: Vec<f64> = known.iter().map(|law| law.0).collect();
    for index in (1..known.len()).rev() {
        facts_left[index - 1] += facts_left[index];
    }
    let mut capped = 0.0;
    for (index, &(fact, non_fact)) in known.iter().enumerate() {
        let kappa = (false_positive_rate - capped) / facts_left[index];
        if kappa * fact <= non_fact {
            return kappa;
        }
        capped += non_fact;
    }
    f64::INFINITY
}

/// Orders by `P_K / P_N` from the largest, infinite where no non-fact has the feature.
fn by_falling_ratio(one: &(f64, f64), other: &(f64, f64)) -> Ordering {
    (other.0 / other.1).total_cmp(&(one.0 / one.1))
}

#[cfg(test)]
mod tests {
    use super::super::{Class, visible_classes_at};
    use super::*;
    use crate::information::information;
    use crate::separation::slope;

    const FACTS: [f64; 4] = [0.5, 0.3, 0.2, 0.0];
    const NON_FACTS: [f64; 4] = [0.001, 0.05, 0.249, 0.7];

    fn passed(found: &Structured) -> f64 {
        found.shares.iter().zip(NON_FACTS).map(|(share, non_fact)| share * non_fact).sum()
    }

    #[test]
    fn without_a_cap_the_divergence_of_the_classes_is_saved() {
        let found = structured(&FACTS, &NON_FACTS, 1e-4).unwrap();
        let divergence = information(&FACTS, &NON_FACTS, 0.0).unwrap().kl_bits;
        assert!((found.saving.0 - divergence.0).abs() < 1e-13, "{} for {divergence}", found.saving);
        assert!((found.bits.0 - (1e4_f64.log2() - divergence.0)).abs() < 1e-13);
        assert_eq!(found.kappa, 1e-4);
    }

    #[test]
    fn a_cap_leaves_the_rest_of_the_rate_to_the_others() {
        let found = structured(&FACTS, &NON_FACTS, 0.01).unwrap();
        assert_eq!((found.shares[0], found.shares[3]), (1.0, 0.0));
        assert!((found.kappa - 0.009 / 0.5).abs() < 1e-15);
        assert!((passed(&found) - 0.01).abs() < 1e-16);
        let expected = 0.3 * (0.05 / (0.018 * 0.3_f64)).log2() + 0.2 * (0.249 / (0.018 * 0.2_f64)).log2();
        assert!((found.bits.0 - expected).abs() < 1e-14);
        assert!(found.saving < information(&FACTS, &NON_FACTS, 0.0).unwrap().kl_bits);
    }

    #[test]
    fn once_all_facts_may_pass_nothing_is_stored() {
        for rate in [0.31, 1.0] {
            let found = structured(&FACTS, &NON_FACTS, rate).unwrap();
            assert_eq!((found.shares.as_slice(), found.bits), (&[1.0, 1.0, 1.0, 0.0][..], Bits(0.0)));
        }
        // A feature that no non-fact has passes for free, whatever is left for the others.
        let free = structured(&[0.5, 0.5], &[0.0, 1.0], 0.125).unwrap();
        assert_eq!(free.shares, [1.0, 0.125]);
        assert!((free.bits.0 - 1.5).abs() < 1e-15);
    }

    /// No other shares with the same false-positive rate take less memory: moved along every pair of features.
    #[test]
    fn no_other_shares_need_fewer_bits() {
        for rate in [1e-6, 0.003, 0.05, 0.2] {
            let found = structured(&FACTS, &NON_FACTS, rate).unwrap();
            let bits = |shares: &[f64]| -> f64 { (0..3).map(|z| -FACTS[z] * shares[z].log2()).sum() };
            assert!((bits(&found.shares) - found.bits.0).abs() < 1e-12);
            assert!((passed(&found) - rate).abs() < 1e-15);
            for (from, to) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)] {
                let mut moved = found.shares.clone();
                let amount = (0.01 * moved[from] * NON_FACTS[from]).min((1.0 - moved[to]) * NON_FACTS[to]);
                moved[from] -= amount / NON_FACTS[from];
                moved[to] += amount / NON_FACTS[to];
                assert!(bits(&moved) >= found.bits.0 - 1e-12, "{rate}: {from} to {to}");
            }
        }
    }

    #[test]
    fn log_loss_over_visible_classes_chooses_the_same_shares() {
        let lambda = 3.0;
        for rate in [1e-6, 0.003, 0.05] {
            let found = structured(&FACTS, &NON_FACTS, rate).unwrap();
            let classes = [0, 1, 2].map(|z| Class {
                facts: FACTS[z],
                weight: 1.0,
                negative_weight: lambda * NON_FACTS[z] / FACTS[z],
            });
            let allocation = visible_classes_at(&classes, slope(lambda * found.kappa)).unwrap();
            assert!((allocation.bits.0 - found.bits.0).abs() < 1e-11, "{} for {}", allocation.bits, found.bits);
            for (share, expected) in allocation.classes.iter().zip(&found.shares) {
                assert!((share.hallucinated / expected - 1.0).abs() < 1e-11);
            }
        }
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error = |facts: &[f64], rate: f64| structured(facts, &NON_FACTS, rate).unwrap_err().to_string();
        assert!(error(&FACTS, 0.0).starts_with("false_positive_rate = 0"));
        assert!(error(&FACTS, 1.5).starts_with("false_positive_rate = 1.5"));
        assert!(error(&FACTS[..2], 0.5).starts_with("2 bins of facts but 4"));
        assert!(error(&[0.0; 4], 0.5).starts_with("facts has no weight"));
    }
}
