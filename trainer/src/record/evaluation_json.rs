//! `evaluation.json`: what every member's scores say, each number beside its bound. This is the interface to notebooks
//! and to the report; a key that does not apply to a member is absent.

use super::json_file::{read_json, write_json};
use super::{RecordError, SCHEMA_VERSION, number};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationFile {
    /// The version of this format.
    pub schema_version: u32,
    /// How a later evaluation was made. The run's own has none: it is the same whenever and wherever it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// One for each member of the run, by number.
    pub members: Vec<MemberEvaluation>,
}

/// When and on what `rote eval` made an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// UTC, RFC 3339.
    pub time: String,
    /// The version of rote.
    pub version: String,
    /// The backend with its kernels: `flex`, `ndarray`, `flex+composed`, ...
    pub backend: String,
}

impl EvaluationFile {
    pub fn new(members: Vec<MemberEvaluation>) -> Self {
        Self { schema_version: SCHEMA_VERSION, made: None, members }
    }

    /// Replaces the file at `path`.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        write_json(path, self)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`RecordError::Io`], [`RecordError::Json`] with line and column, or [`RecordError::SchemaVersion`].
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        read_json(path)
    }
}

/// Whether a member was trained to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Trained and measured.
    Complete,
    /// Its loss stopped being finite; it has no metrics.
    Diverged,
}

/// Which of the optimal memory's ways of failing the measured losses belong to; see `rote_theory::Regime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    Hallucination,
    Calibrated,
    Forgetting,
    Zero,
    Lossless,
}

/// Which non-facts the headline numbers are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonFactSet {
    /// Those that training never drew.
    HeldOut,
    /// All, those that training drew included.
    All,
}

/// Shares by recall: the keys are recalls of facts as text, "0.5", "0.9", "0.95" and "0.99".
pub type ByRecall = BTreeMap<String, f64>;

/// One member. Units are a part of the names; every key from `fact_loss_nats` on is absent for a diverged member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberEvaluation {
    /// Its number in the run.
    pub member: u32,
    /// The id of its population.
    pub population: String,
    /// The seed of all its random streams.
    #[serde(with = "number::whole")]
    pub seed: u64,
    /// Whether it was trained to the end.
    pub status: MemberStatus,
    /// Widths of the hidden layers, first to last. This key and the next three are absent for a memory that is no
    /// network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widths: Option<Vec<u64>>,
    /// The activation's name in the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    /// P: every weight and bias.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_whole")]
    pub parameters: Option<u64>,
    /// Steps of training done.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_whole")]
    pub steps: Option<u64>,
    /// n: the facts that were trained.
    #[serde(with = "number::whole")]
    pub facts: u64,
    /// u: all plausible claims, at most 2^64.
    #[serde(with = "number::whole")]
    pub universe: u128,
    /// p = n/u.
    pub sparsity: f64,
    /// lambda of the training loss.
    #[serde(with = "number::real")]
    pub negative_weight: f64,

    /// `eps_K` = E[-ln x] over the facts, nats.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub fact_loss_nats: Option<f64>,
    /// `eps_N` = E[-ln(1-x)] over the non-facts, nats.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub non_fact_loss_nats: Option<f64>,
    /// `R_p` at those losses: the least bits per fact that any memory needs for them.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub rate_bits_per_fact: Option<f64>,
    /// Where those losses lie on the optimal memory's map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<Regime>,

    /// `F_p` of the measured score distributions at p = n/u, plug-in, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub information_bits_per_fact: Option<f64>,
    /// `F_0` = KL of the facts' scores from the non-facts', plug-in, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub kl_bits_per_fact: Option<f64>,
    /// By how much the finite number of facts raises the plug-in `F_p` on average, bits per fact; not subtracted from
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub information_bias_bits: Option<f64>,
    /// Bins of the logit histogram that the plug-in values are taken over, the two open tails included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub information_bins: Option<u32>,
    /// C(L): the least bits per fact with which an optimal memory reaches the training loss `eps_K` + lambda `eps_N`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub budget_bits_per_fact: Option<f64>,
    /// What the counts certify at the stated confidence, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub certificate_bits_per_fact: Option<f64>,
    /// The most that so many scored non-facts could certify, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub certifiable_bits_per_fact: Option<f64>,
    /// Whether `R_p` is more than the scored non-facts could certify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undersampled: Option<bool>,
    /// n `R_p` / P.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub rate_bits_per_parameter: Option<f64>,
    /// n `F_p` / P.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub information_bits_per_parameter: Option<f64>,

    /// Share of non-facts whose logit reaches that of the ceil(r n)-th highest fact, ties included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hallucination_at_recall: Option<ByRecall>,
    /// The least that those shares could be for any memory of `F_p` bits a fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hallucination_bound_at_recall: Option<ByRecall>,
    /// Share of non-facts with a confidence of one half or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hallucination_at_half: Option<f64>,
    /// Share of facts with a confidence of one half or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall_at_half: Option<f64>,
    /// f: share of facts that are scored as the typical non-fact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgetting_rate: Option<f64>,
    /// Mean squared error of the confidence, facts and non-facts weighted as in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier_score: Option<f64>,
    /// Mean distance of the confidence from the share of facts at that confidence, weighted as in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_error: Option<f64>,
    /// What the training loss is above the optimum at the measured information, in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_excess: Option<LossExcess>,
    /// What an optimal memory of the measured information would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Predicted>,

    /// Which non-facts the numbers above are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_fact_set: Option<NonFactSet>,
    /// How many of them were scored.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_whole")]
    pub non_facts_scored: Option<u64>,
    /// Whether those are all non-facts of the universe, so that their distribution is exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhaustive: Option<bool>,
    /// Non-facts of the range that training draws from, as a diagnostic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<NonFactClaims>,
    /// Facts of a file that were neither trained nor drawn, scored as facts are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never_shown: Option<FactClaims>,
    /// Fresh claims scored in the place of facts: what a member that knows nothing about them would get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<FactClaims>,
    /// The part of the information that facts which were never shown have too, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub structure_bits_per_fact: Option<f64>,
    /// The rest of it, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub memory_bits_per_fact: Option<f64>,

    /// Intervals of the keys that are estimates, by key; `hallucination_at_recall` with the recall after a dot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub intervals: BTreeMap<String, Interval>,
    /// The bounds that this member is reported to beat: a fault or a leak. Empty, and absent, in every sound run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<String>,
}

/// What the training loss is above L*, the least at the measured information; the parts add up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossExcess {
    /// What recalibrating the scores monotonically would remove, nats.
    #[serde(with = "number::real")]
    pub miscalibration_nats: f64,
    /// What stays because the score distributions are not of the optimal shape for lambda, nats.
    #[serde(with = "number::real")]
    pub shape_nats: f64,
    /// L* itself: what only more information would remove, nats.
    #[serde(with = "number::real")]
    pub capacity_nats: f64,
}

/// The optimum at the measured information.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// The confidence that the optimal memory gives to what it takes for a fact.
    pub x_star: f64,
    /// The share of non-facts that it takes for facts.
    pub q_star: f64,
}

/// Claims that are scored as non-facts are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NonFactClaims {
    /// How many were scored.
    #[serde(with = "number::whole")]
    pub claims: u64,
    /// `eps_N` over them, nats.
    #[serde(with = "number::real")]
    pub non_fact_loss_nats: f64,
    /// Share of them whose logit reaches that of the ceil(r n)-th highest trained fact.
    pub hallucination_at_recall: ByRecall,
    /// Share of them with a confidence of one half or more.
    pub hallucination_at_half: f64,
    /// `R_p` at the facts' loss and theirs, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub rate_bits_per_fact: Option<f64>,
    /// `F_p` of the facts' scores and theirs, plug-in, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub information_bits_per_fact: Option<f64>,
    /// `F_0` of the facts' scores and theirs, plug-in, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub kl_bits_per_fact: Option<f64>,
}

/// Claims that are scored as facts are, and are no trained facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactClaims {
    /// How many were scored.
    #[serde(with = "number::whole")]
    pub claims: u64,
    /// `eps_K` over them, nats.
    #[serde(with = "number::real")]
    pub fact_loss_nats: f64,
    /// Share of them whose logit reaches that of the ceil(r n)-th highest trained fact.
    pub reached_at_recall: ByRecall,
    /// Share of them with a confidence of one half or more.
    pub recall_at_half: f64,
    /// `R_p` at their loss and the non-facts', bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub rate_bits_per_fact: Option<f64>,
    /// `F_p` of their scores and the non-facts', plug-in, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub information_bits_per_fact: Option<f64>,
    /// `F_0` of their scores and the non-facts', plug-in, bits per fact.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_real")]
    pub kl_bits_per_fact: Option<f64>,
}

/// An interval for an estimate, given this network; it says nothing about other seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    #[serde(with = "number::real")]
    pub low: f64,
    #[serde(with = "number::real")]
    pub high: f64,
    /// The confidence, such as 0.95.
    pub level: f64,
    /// How it was found, such as `normal` or `clopper_pearson`.
    pub method: String,
}

#[cfg(test)]
mod tests;
