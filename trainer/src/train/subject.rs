//! What a GPU is compared with the CPU on: a population's first batch, or as much of it as the CPU does in a second,
//! over and over until it fills what the device computes at once.

use rote_models::Kernels;

use super::groups::at_once;
use super::population::{Member, Population};
use crate::backend::check::{Extent, Subject, row};
use crate::backend::{Division, Limits};
use crate::evaluate::claims_at_once;

/// Operations that the comparison may take on the CPU.
const WORK: f64 = 1e9;
/// Rows of a member below which members are left out instead.
const LEAST_ROWS: usize = 16;
/// Rows whose hidden units come nearer to a bend of the activation are left out: there rounding alone decides gradients.
const MARGIN: f64 = 1e-5;

impl Population {
    /// What a device computes at once of a population that is divided so, and of which each member is scored on
    /// `scored` non-facts.
    pub fn extent(&self, division: Division, (kernels, limits, scored): (Kernels, Limits, u64)) -> Extent {
        let (members, piece) = at_once(self, division);
        let scored = claims_at_once(&self.shape, kernels, limits).min(scored.max(1) as usize);
        Extent { members, facts: piece.facts.len(), non_facts: piece.non_facts.len(), scored }
    }

    /// The first members of the population with their initial parameters and rows of their first batch, as many as are
    /// computed at once, or less where the CPU would take too long.
    pub fn subject(&self, extent: Extent) -> Subject {
        let work = (WORK / self.shape.flops_per_row() as f64).max(1.0);
        let affordable = |each: usize| (work as usize / each).max(1);
        let members = extent.members.min(affordable(LEAST_ROWS));
        let rows = affordable(members).clamp(LEAST_ROWS.min(extent.rows()), extent.rows());
        let facts = (rows * extent.facts / extent.rows()).clamp(1, extent.facts);
        let non_facts = (rows - facts.min(rows - 1)).clamp(1, extent.non_facts);
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
            extent,
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Overrides, from_text};
    use crate::run::Plan;

    fn plan(facts: u32, non_facts: u32, width: u32) -> Plan {
        let text = format!(
            "seeds = 7\nfacts = {{ count = {facts}, universe = '2^40' }}\nnon_facts = {{ per_step = {non_facts} }}\n\
             model = {{ widths = [{width}], activation = 'relu' }}\ntrain = {{ steps = 1 }}\nbackend = {{ kernels = 'composed' }}"
        );
        let experiment = from_text(&text, Path::new("x.toml"), Path::new("."), Overrides::default());
        Plan::new(&experiment.expect("a configuration")).expect("a plan")
    }

    #[test]
    fn what_is_compared_fits_and_is_what_is_trained() {
        for (facts, non_facts, width) in [(30, 70, 5), (64, 900, 300), (2000, 1000, 64)] {
            let plan = plan(facts, non_facts, width);
            let population = &plan.populations[0];
            let row = 4 * u64::from(width).max(64);
            for bits in 12..30 {
                let limits = Limits { largest_tensor: Some(1 << bits), ..Limits::default() };
                let rows = population.rows();
                let Ok(division) = limits.divide(&population.shape, population.members.len(), rows) else { continue };
                let extent = population.extent(division, (Kernels::Composed, limits, plan.resolved.scored));
                let bytes = |count: usize| row * count as u64;
                assert!(bytes(extent.members * extent.rows()) <= 1 << bits, "{bits} bits: {extent:?}");
                assert!(bytes(extent.scored) <= 1 << bits, "{bits} bits: {extent:?}");
                assert!(extent.members <= division.members && extent.rows() <= division.rows);
                // Groups and pieces are as large as can be and as equal as can be.
                assert_eq!(extent.members, 7_usize.div_ceil(7_usize.div_ceil(division.members)));
                assert!(extent.rows() == rows || extent.members == 1);
            }
        }
    }

    #[test]
    fn the_processor_does_as_much_as_it_can_in_a_second() {
        for (facts, non_facts, width, distinct) in [(30, 70, 5, (7, 100)), (2000, 1000, 64, (7, 3000))] {
            let plan = plan(facts, non_facts, width);
            let population = &plan.populations[0];
            let whole = Division { members: 7, rows: population.rows() };
            let extent = population.extent(whole, (Kernels::Composed, Limits::default(), 1 << 20));
            assert_eq!((extent.members, extent.rows(), extent.scored), (7, population.rows(), 1 << 14));
            let subject = population.subject(extent);
            let rows = subject.words.len() / subject.negative_weights.len() / 2;
            // Rows near the bend of an activation are left out.
            assert!(subject.negative_weights.len() == distinct.0 && rows <= distinct.1 && rows * 10 > distinct.1 * 9);
        }
        let wide = plan(2000, 1000, 1024);
        let population = &wide.populations[0];
        let whole = Division { members: 7, rows: population.rows() };
        let subject = population.subject(population.extent(whole, (Kernels::Composed, Limits::default(), 1 << 20)));
        let rows = subject.words.len() / 2;
        assert!((rows * population.shape.flops_per_row()) as f64 <= WORK, "{rows} rows");
        assert!(subject.facts >= 1 && rows > subject.facts * subject.negative_weights.len());
    }
}
