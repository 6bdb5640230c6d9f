//! Two runs of one experiment on two backends, population by population: rounding first, then the final numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finals::{self, Final, Metric, Pair};
use super::finished::Finished;
use super::rounding::{self, Rounding, Tolerance};
use crate::record::MemberEvaluation;

/// How one population on a backend compares with the same on the first backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Losses of the first steps.
    pub rounding: Rounding,
    /// Final numbers; one that no member has on both backends is left out.
    pub finals: Vec<Final>,
    /// Members that diverged on the first backend alone: a disagreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged_on_reference_alone: Vec<u32>,
    /// Members that diverged on this backend alone: a disagreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged_on_this_alone: Vec<u32>,
    /// Members that diverged on both, of which nothing is compared: no disagreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged_on_both: Vec<u32>,
    /// Members that were not trained on the same facts: then nothing else means anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_facts: Vec<u32>,
    /// Whether all of this agrees.
    pub agree: bool,
}

/// Activations whose derivative jumps.
const KINKED: [&str; 2] = ["relu", "triangle"];

/// Compares every population of `reference` with that of `other`, a run of the same experiment. One whose members all
/// diverged on both is left out: there is nothing to agree on.
pub fn agreement(reference: &Finished, other: &Finished) -> BTreeMap<String, Agreement> {
    let populations = reference.record.populations.iter();
    populations
        .filter_map(|population| Some((population.id.clone(), of_population(reference, other, &population.members)?)))
        .collect()
}

fn of_population(reference: &Finished, other: &Finished, members: &[u32]) -> Option<Agreement> {
    let diverged = |on_reference, on_other| -> Vec<u32> {
        let status = |member| (reference.has_diverged(member), other.has_diverged(member));
        members.iter().copied().filter(|&member| status(member) == (on_reference, on_other)).collect()
    };
    let diverged_on_both = diverged(true, true);
    if diverged_on_both.len() == members.len() {
        return None;
    }
    let (diverged_on_reference_alone, diverged_on_this_alone) = (diverged(true, false), diverged(false, true));
    let of = |finished: &Finished| -> BTreeMap<u32, MemberEvaluation> {
        let wanted = finished.evaluation.members.iter().filter(|member| members.contains(&member.member));
        wanted.map(|member| (member.member, member.clone())).collect()
    };
    let (a, b) = (of(reference), of(other));
    let kinked = a.values().any(|member| member.activation.as_deref().is_some_and(|name| KINKED.contains(&name)));
    let coarse = [reference, other].iter().any(|run| is_coarse(run));
    let rounding = rounding::compare(reference, other, members, Tolerance { kinked, coarse });
    let pairs = a.iter().filter_map(|(number, member)| {
        let setting = *reference.settings.get(&member.seed)?;
        Some(Pair { setting, reference: member, other: b.get(number)? })
    });
    let pairs: Vec<Pair> = pairs.collect();
    let finals: Vec<Final> = Metric::ALL.into_iter().filter_map(|metric| finals::compare(metric, &pairs)).collect();
    let other_facts = other_facts(reference, other, members);
    let agree = rounding.agree
        && finals.iter().all(|found| found.agree)
        && diverged_on_reference_alone.is_empty()
        && diverged_on_this_alone.is_empty()
        && other_facts.is_empty();
    Some(Agreement {
        rounding,
        finals,
        diverged_on_reference_alone,
        diverged_on_this_alone,
        diverged_on_both,
        other_facts,
        agree,
    })
}

fn other_facts(reference: &Finished, other: &Finished, members: &[u32]) -> Vec<u32> {
    let digest = |of: &Finished, number: u32| {
        let member = of.record.members.iter().find(|member| member.member == number);
        member.map(|member| member.fact_set_digest.clone())
    };
    members.iter().copied().filter(|&number| digest(reference, number) != digest(other, number)).collect()
}

/// Whether matrices were multiplied in less than single precision, as far as that was probed.
fn is_coarse(run: &Finished) -> bool {
    let engine = run.record.engine.as_ref();
    engine.and_then(|engine| engine.matmul_precision.as_deref()).is_some_and(|precision| precision != "f32")
}
