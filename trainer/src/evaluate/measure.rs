//! From the laws of the logits to the numbers of `evaluation.json`, each beside its bound.

mod certificate;
mod claims;
mod estimate;
mod quality;
mod subject;

pub use subject::{MeasureError, Network, Scores, Subject};

use crate::evaluate::distribution::{Facts, Law, RECALLS, share};
use crate::evaluate::interval::{Bootstrap, LEVEL, clopper_pearson};
use crate::evaluate::verdict::{Evidence, violations};
use crate::record::evaluation_json::{
    ByRecall, Interval, LossExcess, MemberEvaluation, MemberStatus, Predicted, Regime,
};
use estimate::{Estimate, Terms};
use rote_theory::information::PlugIn;
use rote_theory::rate::least_false_positive_rate;
use rote_theory::{Bits, DomainError, Nats, certificate as counts, decomposition, entropy, frontier, information};
use std::collections::BTreeMap;

/// Measures a member. The key seeds the bootstrap; derive it from the member's seed and the purpose `evaluation`.
///
/// A member with a logit that is not finite comes back as [`Subject::diverged`].
///
/// # Errors
/// Facts that are not as many as were trained, no non-facts, non-facts that were compared with other facts, a negative
/// weight or a universe outside the theory's domain.
pub fn measure(subject: &Subject, scores: &Scores<'_>, key: [u8; 32]) -> Result<MemberEvaluation, MeasureError> {
    if !scores.all_finite() {
        return Ok(subject.diverged());
    }
    let member = subject.member;
    if scores.facts.count() != subject.facts {
        return Err(MeasureError::FactCount { member, expected: subject.facts, got: scores.facts.count() });
    }
    if scores.non_facts.count() == 0 {
        return Err(MeasureError::NoNonFacts { member });
    }
    if !scores.compared_with_facts() {
        return Err(MeasureError::OtherFacts { member });
    }
    Measurement::new(subject, scores)
        .and_then(|measurement| measurement.record(key))
        .map_err(|source| MeasureError::Theory { member, source })
}

/// A member's laws with the estimates that most numbers start from.
struct Measurement<'a> {
    subject: &'a Subject,
    scores: &'a Scores<'a>,
    terms: Terms,
    facts: Law,
    non_facts: Law,
    estimate: Estimate,
    plug_in: PlugIn,
    wall: Bits,
}

impl<'a> Measurement<'a> {
    fn new(subject: &'a Subject, scores: &'a Scores<'a>) -> Result<Self, DomainError> {
        let terms = Terms::new(subject.sparsity(), subject.negative_weight, subject.exhaustive);
        let facts = Law::of_facts(scores.facts);
        let non_facts = Law::of_non_facts(scores.non_facts);
        Ok(Self {
            estimate: Estimate::new(&facts, &non_facts, &terms)?,
            plug_in: information::plug_in(&facts.bins, &non_facts.bins, terms.smoothing, terms.sparsity)?,
            wall: entropy::lossless_wall(terms.sparsity)?,
            subject,
            scores,
            terms,
            facts,
            non_facts,
        })
    }

    fn record(&self, key: [u8; 32]) -> Result<MemberEvaluation, DomainError> {
        let Scores { facts, non_facts, .. } = *self.scores;
        let Estimate { rate, budget, information, brier } = self.estimate;
        let certifiable = self.certifiable()?;
        let mut record = MemberEvaluation {
            fact_loss_nats: Some(self.facts.loss),
            non_fact_loss_nats: Some(self.non_facts.loss),
            rate_bits_per_fact: Some(rate.bits.0),
            regime: Some(recorded(rate.regime)),
            information_bits_per_fact: Some(information.bits.0),
            kl_bits_per_fact: Some(information.kl_bits.0),
            information_bias_bits: Some(self.plug_in.bias_bits.0),
            information_bins: Some(self.facts.bins.len() as u32),
            budget_bits_per_fact: Some(budget.0),
            certificate_bits_per_fact: Some(certificate::certified(facts, non_facts, self.terms.sparsity)?.0),
            certifiable_bits_per_fact: Some(certifiable.0),
            undersampled: Some(!self.subject.exhaustive && rate.bits > certifiable),
            rate_bits_per_parameter: self.per_parameter(rate.bits),
            information_bits_per_parameter: self.per_parameter(information.bits),
            hallucination_at_recall: Some(by_recall(facts, |threshold| non_facts.share_reaching(threshold))),
            hallucination_bound_at_recall: Some(self.hallucination_bounds()?),
            hallucination_at_half: Some(non_facts.share_reaching(0.0)),
            recall_at_half: Some(share(facts.reaching(0.0), facts.count())),
            forgetting_rate: non_facts.median_cell().map(|median| facts.share_up_to_cell(median)),
            brier_score: Some(brier),
            calibration_error: Some(quality::calibration_error(facts, non_facts, &self.terms)),
            loss_excess: Some(self.loss_excess()?),
            predicted: self.predicted()?,
            non_fact_set: Some(self.subject.non_fact_set),
            non_facts_scored: Some(self.non_facts.count),
            exhaustive: Some(self.subject.exhaustive),
            violations: violations(&self.evidence()?),
            ..self.subject.record(MemberStatus::Complete)
        };
        self.add_other_claims(&mut record)?;
        if !self.subject.exhaustive {
            record.intervals = self.intervals(key)?;
        }
        Ok(record)
    }

    /// What a memory of this information passes at least of the non-facts, at each recall.
    fn hallucination_bounds(&self) -> Result<ByRecall, DomainError> {
        let (bits, sparsity) = (self.estimate.information.bits, self.terms.sparsity);
        let bound = |(key, percent): (&str, u32)| {
            let missed = 1.0 - f64::from(percent) / 100.0;
            Ok((key.to_owned(), least_false_positive_rate(bits, missed, sparsity)?))
        };
        RECALLS.into_iter().map(bound).collect()
    }

    fn per_parameter(&self, bits: Bits) -> Option<f64> {
        let network = self.subject.network.as_ref()?;
        Some(bits.0 * self.subject.facts as f64 / network.parameters as f64)
    }

    /// What so many non-facts could certify; all of them leave nothing uncertain but what no memory exceeds.
    fn certifiable(&self) -> Result<Bits, DomainError> {
        if self.subject.exhaustive { Ok(self.wall) } else { counts::certifiable(self.non_facts.count, LEVEL) }
    }

    /// The parts of the loss, from the laws that the information was taken of: so the shape costs exactly nothing at
    /// `lambda = 1/p - 1`.
    fn loss_excess(&self) -> Result<LossExcess, DomainError> {
        let parts = decomposition::loss_excess(
            &self.facts.weights(0.0),
            &self.non_facts.weights(self.terms.smoothing),
            Nats(self.facts.loss),
            Nats(self.non_facts.loss),
            self.terms.negative_weight,
            self.terms.sparsity,
        )?;
        Ok(LossExcess {
            miscalibration_nats: parts.miscalibration.0,
            shape_nats: parts.shape.0,
            capacity_nats: parts.capacity.0,
        })
    }

    /// What an optimal memory of this information would do, where it hallucinates or knows everything.
    fn predicted(&self) -> Result<Option<Predicted>, DomainError> {
        let Terms { negative_weight, sparsity, .. } = self.terms;
        let optimum = frontier::log_loss(self.estimate.information.bits, negative_weight, sparsity)?;
        Ok(match optimum.regime {
            rote_theory::Regime::Hallucination | rote_theory::Regime::Lossless => optimum
                .channel
                .map(|channel| Predicted { x_star: channel.shared_score(), q_star: channel.hallucinated() }),
            _ => None,
        })
    }

    fn add_other_claims(&self, record: &mut MemberEvaluation) -> Result<(), DomainError> {
        let Scores { facts, non_facts, drawn, never_shown, control } = *self.scores;
        let compared = claims::Compared { facts, non_facts, terms: &self.terms };
        record.drawn = drawn.and_then(|drawn| compared.as_non_facts(drawn).transpose()).transpose()?;
        record.never_shown = never_shown.and_then(|claims| compared.as_facts(claims).transpose()).transpose()?;
        record.control = control.and_then(|claims| compared.as_facts(claims).transpose()).transpose()?;
        record.structure_bits_per_fact =
            record.never_shown.as_ref().and_then(|claims| claims.information_bits_per_fact);
        let information = self.estimate.information.bits.0;
        record.memory_bits_per_fact = record.structure_bits_per_fact.map(|structure| information - structure);
        Ok(())
    }

    fn evidence(&self) -> Result<Evidence, DomainError> {
        let slope = self.estimate.rate.slopes.map_or(0.0, |slopes| slopes.by_non_fact_loss);
        let loss_error = if self.subject.exhaustive { 0.0 } else { self.scores.non_facts.standard_error_of_loss() };
        Ok(Evidence {
            facts: self.subject.facts,
            rate: self.estimate.rate.bits.0,
            rate_standard_error: slope.abs() * loss_error,
            information: self.estimate.information.bits.0,
            information_standard_error: self.plug_in.standard_error_bits.0,
            resolved_information: quality::resolved_information(self.scores, self.terms.sparsity)?.0,
            wall: self.wall.0,
            exhaustive: self.subject.exhaustive,
            stored_bits: self.subject.stored_bits,
        })
    }

    fn intervals(&self, key: [u8; 32]) -> Result<BTreeMap<String, Interval>, DomainError> {
        let mut intervals = BTreeMap::new();
        let Scores { facts, non_facts, .. } = *self.scores;
        let of_share = |threshold| clopper_pearson(non_facts.reaching(threshold).unwrap_or(0), non_facts.count());
        for (recall, percent) in RECALLS {
            let key = format!("hallucination_at_recall.{recall}");
            intervals.insert(key, of_share(facts.threshold(percent))?);
        }
        intervals.insert("hallucination_at_half".to_owned(), of_share(0.0)?);

        let found = Bootstrap::new(non_facts).intervals(key, |resample| {
            let Estimate { rate, budget, information, brier } = Estimate::new(&self.facts, resample, &self.terms)?;
            Ok([resample.loss, rate.bits.0, budget.0, information.bits.0, information.kl_bits.0, brier])
        })?;
        intervals.extend(BOOTSTRAPPED.map(str::to_owned).into_iter().zip(found));
        for (key, of) in PER_PARAMETER {
            if let Some(scaled) = intervals.get(of).and_then(|interval| self.interval_per_parameter(interval)) {
                intervals.insert(key.to_owned(), scaled);
            }
        }
        Ok(intervals)
    }

    fn interval_per_parameter(&self, interval: &Interval) -> Option<Interval> {
        let low = self.per_parameter(Bits(interval.low))?;
        let high = self.per_parameter(Bits(interval.high))?;
        Some(Interval { low, high, ..interval.clone() })
    }
}

/// The keys whose intervals the bootstrap finds, in the order of its statistics.
const BOOTSTRAPPED: [&str; 6] = [
    "non_fact_loss_nats",
    "rate_bits_per_fact",
    "budget_bits_per_fact",
    "information_bits_per_fact",
    "kl_bits_per_fact",
    "brier_score",
];

/// Keys that are others times n/P, and so are their intervals.
const PER_PARAMETER: [(&str, &str); 2] = [
    ("rate_bits_per_parameter", "rate_bits_per_fact"),
    ("information_bits_per_parameter", "information_bits_per_fact"),
];

/// A share at the threshold of each recall.
fn by_recall(facts: &Facts, share: impl Fn(f32) -> f64) -> ByRecall {
    RECALLS.map(|(key, percent)| (key.to_owned(), share(facts.threshold(percent)))).into()
}

fn recorded(regime: rote_theory::Regime) -> Regime {
    match regime {
        rote_theory::Regime::Hallucination => Regime::Hallucination,
        rote_theory::Regime::Calibrated => Regime::Calibrated,
        rote_theory::Regime::Forgetting => Regime::Forgetting,
        rote_theory::Regime::Zero => Regime::Zero,
        rote_theory::Regime::Lossless => Regime::Lossless,
    }
}

#[cfg(test)]
mod tests;
