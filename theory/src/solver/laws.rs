//! Pairs of laws on few scores, and mixtures of them.

use super::envelope::Multipliers;
use super::table::{Score, Table};
use crate::divergence::divergence;

/// The weights of one score.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Atom {
    index: usize,
    fact: f64,
    non_fact: f64,
}

/// A pair of laws with what it stores and loses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Laws {
    atoms: Vec<Atom>,
    /// `F_p` in nats a fact; of mixtures the mean, which it equals where both are optimal for the same multipliers.
    pub rate: f64,
    /// `E d_K`, counted from the least distortion in the table.
    pub fact_loss: f64,
    /// `E d_N`, counted from the least distortion in the table.
    pub non_fact_loss: f64,
}

/// Laws and the multipliers that they are optimal for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub laws: Laws,
    pub multipliers: Multipliers,
}

impl Laws {
    /// The same score for every claim.
    pub fn constant(score: Score) -> Self {
        let atoms = vec![Atom { index: score.index, fact: 1.0, non_fact: 1.0 }];
        Self { atoms, rate: 0.0, fact_loss: score.fact, non_fact_loss: score.non_fact }
    }

    /// Laws on two scores of the table; `facts` and `non_facts` are their weights on each.
    pub fn on_two(table: &Table, scores: [Score; 2], facts: [f64; 2], non_facts: [f64; 2]) -> Self {
        let atoms = (0..2).map(|i| Atom { index: scores[i].index, fact: facts[i], non_fact: non_facts[i] }).collect();
        Self {
            atoms,
            rate: divergence([(facts[0], non_facts[0]), (facts[1], non_facts[1])], table.sparsity),
            fact_loss: mean(&facts, &scores.map(|score| score.fact)),
            non_fact_loss: mean(&non_facts, &scores.map(|score| score.non_fact)),
        }
    }

    /// Facts on one score and non-facts on another, wherever these are in the caller's tables.
    pub fn separated(fact_index: usize, non_fact_index: usize, wall: f64) -> Self {
        let atoms = vec![
            Atom { index: fact_index, fact: 1.0, non_fact: 0.0 },
            Atom { index: non_fact_index, fact: 0.0, non_fact: 1.0 },
        ];
        Self { atoms, rate: wall, fact_loss: 0.0, non_fact_loss: 0.0 }
    }

    /// The mixture with `other` in the given weights; two numbers, so that a small one keeps its digits.
    pub fn mixed(&self, other: &Self, [own, others]: [f64; 2]) -> Self {
        let mix = |a: f64, b: f64| own * a + others * b;
        let mut atoms: Vec<Atom> = self
            .atoms
            .iter()
            .map(|atom| Atom { fact: own * atom.fact, non_fact: own * atom.non_fact, ..*atom })
            .collect();
        for atom in &other.atoms {
            let (fact, non_fact) = (others * atom.fact, others * atom.non_fact);
            match atoms.iter_mut().find(|known| known.index == atom.index) {
                Some(known) => (known.fact, known.non_fact) = (known.fact + fact, known.non_fact + non_fact),
                None => atoms.push(Atom { index: atom.index, fact, non_fact }),
            }
        }
        Self {
            atoms,
            rate: mix(self.rate, other.rate),
            fact_loss: mix(self.fact_loss, other.fact_loss),
            non_fact_loss: mix(self.non_fact_loss, other.non_fact_loss),
        }
    }

    /// `F_p` in nats, from the weights.
    pub fn information(&self, sparsity: f64) -> f64 {
        divergence(self.atoms.iter().map(|atom| (atom.fact, atom.non_fact)), sparsity)
    }

    /// `[mu_K, mu_N]` as tables of all scores.
    pub fn over(&self, scores: usize) -> [Vec<f64>; 2] {
        let mut laws = [vec![0.0; scores], vec![0.0; scores]];
        for atom in &self.atoms {
            laws[0][atom.index] += atom.fact;
            laws[1][atom.index] += atom.non_fact;
        }
        laws
    }
}

impl Found {
    /// As [`Laws::mixed`], of laws whose multipliers are equal up to rounding.
    pub fn mixed(&self, other: &Self, weights: [f64; 2]) -> Self {
        let nearer = if weights[0] > weights[1] { self } else { other };
        Self { laws: self.laws.mixed(&other.laws, weights), multipliers: nearer.multipliers }
    }
}

/// `E d`; a distortion without weight costs nothing, even an infinite one.
pub(super) fn mean(law: &[f64], distortions: &[f64]) -> f64 {
    law.iter().zip(distortions).filter(|(weight, _)| **weight > 0.0).map(|(weight, cost)| weight * cost).sum()
}

/// `E d` as the caller sees it: never below the least distortion with weight, as weights that add up to just under 1
/// would make it.
pub(super) fn loss(law: &[f64], distortions: &[f64]) -> f64 {
    let used = law.iter().zip(distortions).filter(|(weight, _)| **weight > 0.0);
    let least = used.clone().map(|(_, &cost)| cost).fold(f64::INFINITY, f64::min);
    // Where no limit is set, one score of infinite distortion may serve all.
    if least.is_infinite() { least } else { least + used.map(|(weight, cost)| weight * (cost - least)).sum::<f64>() }
}
