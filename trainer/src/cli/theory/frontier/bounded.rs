//! The frontiers under losses that are bounded: zero-one, Brier, and zero-one with the choice to abstain.

use rote_theory::DomainError;
use rote_theory::frontier::{AbstainCost, AbstainPhases, abstain, brier, critical_abstain_cost, zero_one};

use super::Asked;
use crate::cli::theory::answer::{Answer, Entry};
use crate::cli::theory::mistake::Mistake;
use crate::cli::theory::number::{bits_a_fact, percent, significant};

/// Which loss.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    ZeroOne,
    Brier,
    Abstain { on_fact: f64, on_non_fact: f64 },
}

/// A point of any of these frontiers.
pub(super) struct Point {
    pub loss: f64,
    pub fact_loss: f64,
    pub non_fact_loss: f64,
    /// The shares that make up the loss, each with its name in a legend.
    pub shares: Vec<(&'static str, f64)>,
    /// Quantities of this loss only.
    own: Vec<Entry>,
    pub phases: Option<AbstainPhases>,
    meaning: String,
}

pub(super) fn answer(kind: Kind, asked: Asked) -> Result<Answer, Mistake> {
    let Point { loss, fact_loss, non_fact_loss, own, phases, meaning, .. } = point(kind, asked)?;
    let mut entries = vec![
        Entry::number("loss", "loss L", "loss on facts + lambda * loss on non-facts", loss),
        Entry::number("fact_loss", "loss on facts", "", fact_loss),
        Entry::number("non_fact_loss", "loss on non-facts", "", non_fact_loss),
    ];
    entries.extend(own);
    if let Some(phases) = phases {
        let critical = critical_abstain_cost(asked.bits, asked.negative_weight, asked.sparsity)?;
        entries.extend([
            Entry::number("abstain_lower_bits", "B1, abstaining displaced from", "bits a fact", phases.lower.0),
            Entry::number("abstain_upper_bits", "B2, abstaining gone from", "bits a fact", phases.upper.0),
            Entry::number(
                "critical_abstain_cost",
                "critical cost",
                "one cost for all, below which abstaining helps",
                critical,
            ),
        ]);
    }
    let bits = bits_a_fact(asked.bits.0);
    let meaning = format!("With {bits} no loss is below {}; {meaning}", significant(loss, 4));
    Ok(Answer { entries, meaning })
}

pub(super) fn point(kind: Kind, asked: Asked) -> Result<Point, DomainError> {
    match kind {
        Kind::ZeroOne => of_zero_one(asked),
        Kind::Brier => of_brier(asked),
        Kind::Abstain { on_fact, on_non_fact } => of_abstaining(AbstainCost { on_fact, on_non_fact }, asked),
    }
}

fn of_zero_one(asked: Asked) -> Result<Point, DomainError> {
    let found = zero_one(asked.bits, asked.negative_weight, asked.sparsity)?;
    let (missed, passed) = (found.false_negative_rate, found.false_positive_rate);
    Ok(Point {
        loss: found.loss,
        fact_loss: missed,
        non_fact_loss: passed,
        shares: vec![(PASSED, passed), (MISSED, missed)],
        own: error_rates(missed, passed).into(),
        phases: None,
        meaning: format!(
            "the best filter misses {} of the facts and passes {} of the non-facts.",
            percent(missed),
            percent(passed)
        ),
    })
}

fn of_brier(asked: Asked) -> Result<Point, DomainError> {
    let found = brier(asked.bits, asked.negative_weight, asked.sparsity)?;
    let own = vec![
        Entry::number("q_star", "hallucinated q*", "share of the non-facts with the higher score", found.q_star),
        Entry::number("forget", "forgotten f", "share of the facts with the lower score", found.forget),
        Entry::number("x_high", "higher score", "of most facts", found.x_high),
        Entry::number("x_low", "lower score", "of most non-facts", found.x_low),
    ];
    let meaning = format!(
        "the best memory scores {} of the facts and {} of the non-facts {}, and all others {}.",
        percent(1.0 - found.forget),
        percent(found.q_star),
        significant(found.x_high, 3),
        significant(found.x_low, 3)
    );
    let (loss, fact_loss, non_fact_loss) = (found.loss, found.fact_loss, found.non_fact_loss);
    let shares = vec![("non-facts with the higher score", found.q_star), ("facts with the lower score", found.forget)];
    Ok(Point { loss, fact_loss, non_fact_loss, shares, own, phases: None, meaning })
}

fn of_abstaining(cost: AbstainCost, asked: Asked) -> Result<Point, DomainError> {
    let found = abstain(asked.bits, asked.negative_weight, cost, asked.sparsity)?;
    let ([missed, _], [_, passed]) = (found.no, found.yes);
    let [facts, non_facts] = found.abstain;
    let mut own = Vec::from(error_rates(missed, passed));
    own.extend([
        Entry::number("abstain_on_facts", "abstaining on facts", "share of the facts without answer", facts),
        Entry::number(
            "abstain_on_non_facts",
            "abstaining on non-facts",
            "share of the non-facts without answer",
            non_facts,
        ),
    ]);
    let meaning = format!(
        "the best memory abstains on {} of the facts and {} of the non-facts, misses {} of the facts and passes {} of \
         the non-facts.",
        percent(facts),
        percent(non_facts),
        percent(missed),
        percent(passed)
    );
    let (loss, fact_loss, non_fact_loss) = (found.loss, found.fact_loss, found.non_fact_loss);
    let abstained = [("facts without answer", facts), ("non-facts without answer", non_facts)];
    let shares = [(PASSED, passed), (MISSED, missed)].into_iter().chain(abstained).collect();
    Ok(Point { loss, fact_loss, non_fact_loss, shares, own, phases: Some(found.phases), meaning })
}

const PASSED: &str = "non-facts answered yes";
const MISSED: &str = "facts answered no";

fn error_rates(missed: f64, passed: f64) -> [Entry; 2] {
    [
        Entry::number("false_negative_rate", "missed", "share of the facts answered no", missed),
        Entry::number("false_positive_rate", "passed", "share of the non-facts answered yes", passed),
    ]
}
