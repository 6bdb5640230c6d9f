//! Two runs of one experiment on two backends, population by population: rounding first, then the final numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finals::{self, Final, Metric};
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
    /// Members that diverged on one of the two backends alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged_on_one: Vec<u32>,
    /// Members that were not trained on the same facts: then nothing else means anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_facts: Vec<u32>,
    /// Whether all of this agrees.
    pub agree: bool,
}

/// Activations whose derivative jumps.
const KINKED: [&str; 2] = ["relu", "triangle"];

/// Compares every population of `reference` with that of `other`, a run of the same experiment.
pub fn agreement(reference: &Finished, other: &Finished) -> BTreeMap<String, Agreement> {
    let populations = reference.record.populations.iter();
    populations
        .map(|population| (population.id.clone(), of_population(reference, other, &population.members)))
        .collect()
}

fn of_population(reference: &Finished, other: &Finished, members: &[u32]) -> Agreement {
    let of = |finished: &Finished| -> BTreeMap<u32, MemberEvaluation> {
        let wanted = finished.evaluation.members.iter().filter(|member| members.contains(&member.member));
        wanted.map(|member| (member.member, member.clone())).collect()
    };
    let (a, b) = (of(reference), of(other));
    let kinked = a.values().any(|member| member.activation.as_deref().is_some_and(|name| KINKED.contains(&name)));
    let coarse = [reference, other].iter().any(|run| is_coarse(run));
    let rounding = rounding::compare(reference, other, members, Tolerance { kinked, coarse });
    let pairs: Vec<(&MemberEvaluation, &MemberEvaluation)> =
        a.iter().filter_map(|(number, member)| Some((member, b.get(number)?))).collect();
    let finals: Vec<Final> = Metric::ALL.into_iter().filter_map(|metric| finals::compare(metric, &pairs)).collect();
    let status = |of: &BTreeMap<u32, MemberEvaluation>, number: &u32| of.get(number).map(|member| member.status);
    let diverged_on_one: Vec<u32> =
        members.iter().copied().filter(|number| status(&a, number) != status(&b, number)).collect();
    let digest = |of: &Finished, number: u32| {
        let member = of.record.members.iter().find(|member| member.member == number);
        member.map(|member| member.fact_set_digest.clone())
    };
    let other_facts: Vec<u32> =
        members.iter().copied().filter(|&number| digest(reference, number) != digest(other, number)).collect();
    let agree = rounding.agree
        && finals.iter().all(|found| found.agree)
        && diverged_on_one.is_empty()
        && other_facts.is_empty();
    Agreement { rounding, finals, diverged_on_one, other_facts, agree }
}

/// Whether matrices were multiplied in less than single precision, as far as that was probed.
fn is_coarse(run: &Finished) -> bool {
    let engine = run.record.engine.as_ref();
    engine.and_then(|engine| engine.matmul_precision.as_deref()).is_some_and(|precision| precision != "f32")
}
