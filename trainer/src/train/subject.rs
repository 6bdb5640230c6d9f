//! What a GPU is compared with the CPU on: a population's first batch, or as much of it as the CPU does in a second.

use super::population::{Member, Population};
use crate::backend::Limits;
use crate::backend::check::{Subject, row};

/// Operations that the comparison may take on the CPU.
const WORK: f64 = 1e9;
/// Rows of a member below which members are left out instead.
const LEAST_ROWS: usize = 16;
/// Rows whose hidden units come nearer to a bend of the activation are left out: there rounding alone decides gradients.
const MARGIN: f64 = 1e-5;

impl Population {
    /// The first members of the population with their initial parameters and rows of their first batch, as many as a
    /// device of these limits computes at once.
    pub fn subject(&self, limits: &Limits) -> Subject {
        let work = (WORK / self.shape.flops_per_row() as f64).max(1.0);
        let at_once = limits.rows_at_once(&self.shape, work as usize);
        let affordable = |each: usize| (at_once / each).max(1);
        let members = self.members.len().min(affordable(LEAST_ROWS));
        let rows = affordable(members).clamp(LEAST_ROWS.min(self.rows()), self.rows());
        let facts = (rows * self.facts_per_step() / self.rows()).clamp(1, self.facts_per_step());
        let non_facts = (rows - facts.min(rows - 1)).clamp(1, self.rows() - self.facts_per_step());
        let parameters = self.initial_parameters();
        let blocks = parameters.chunks_exact(self.shape.parameters());
        let chosen = self.members.iter().zip(blocks).take(members);
        let chosen: Vec<[Vec<u32>; 2]> = chosen
            .map(|(member, parameters)| {
                let mut words = vec![0; self.rows() * self.words_per_row()];
                member.batches.fill(0, &mut words);
                let (of_facts, others) = words.split_at(self.facts_per_step() * self.words_per_row());
                [self.usable(of_facts, parameters, facts), self.usable(others, parameters, non_facts)]
            })
            .collect();
        // Members stand beside each other in one tensor, so all have as many rows as the one with the fewest.
        let fewest = |kind: usize| chosen.iter().map(|words| words[kind].len()).min().unwrap_or(0);
        let lengths = [fewest(0), fewest(1)];
        let words =
            chosen.iter().flat_map(|words| words.iter().zip(lengths)).flat_map(|(words, length)| &words[..length]);
        Subject {
            population: self.id.clone(),
            shape: self.shape.clone(),
            facts: lengths[0] / self.words_per_row(),
            negative_weights: self.members[..members].iter().map(weight).collect(),
            words: words.copied().collect(),
            parameters: parameters[..members * self.shape.parameters()].to_vec(),
        }
    }

    /// The first `count` rows that are far from every bend; the first row if none is.
    fn usable(&self, words: &[u32], parameters: &[f32], count: usize) -> Vec<u32> {
        let width = self.words_per_row();
        let smooth = |words: &&[u32]| row(&self.shape, words, parameters).margin > MARGIN;
        let far = words.chunks_exact(width).filter(smooth).take(count).flatten().copied().collect::<Vec<_>>();
        if far.is_empty() { words[..width].to_vec() } else { far }
    }
}

fn weight(member: &Member) -> f32 {
    member.negative_weight as f32
}
