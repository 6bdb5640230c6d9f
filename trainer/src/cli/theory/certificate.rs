//! `rote theory certificate`: what counts above a threshold prove about memory.

use rote_theory::certificate::{certifiable, certificate};

use super::Question;
use super::answer::{Answer, Entry};
use super::field::{FIELD, Field, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::number::{bits_a_fact, percent};

const FACT_HITS: Field = Field {
    name: "fact-hits",
    value: "K/N",
    meaning: "K of N facts score above the threshold",
    unit: "facts above the threshold, of all",
    allowed: "K/N, two whole numbers with N at least 1 and K at most N",
    example: "4950/5000",
    ..FIELD
};

const NON_FACT_HITS: Field = Field {
    name: "non-fact-hits",
    value: "K/N",
    meaning: "K of N non-facts score above it",
    unit: "non-facts above the threshold, of all",
    allowed: "K/N, two whole numbers with N at least 1 and K at most N",
    example: "97/2^20",
    ..FIELD
};

const CONFIDENCE: Field = Field {
    name: "confidence",
    value: "C",
    meaning: "Probability with which the certificate holds, at least",
    unit: "",
    allowed: "a number above 0 and below 1",
    example: "0.95",
    default: Some("0.95"),
    ..FIELD
};

pub(super) const QUESTION: Question = Question {
    name: "certificate",
    about: "The bits a fact that counts above a threshold certify, whatever the scorer",
    manual: "\
Choose a threshold on some facts and non-facts, then count on others how many score above it. With \
delta = 1 - confidence and the exact interval of Clopper and Pearson at delta/2 for each count,

  recall >= recall_lower,  false-positive rate <= false_positive_rate_upper,
  memory >= R_p(1 - recall_lower, false_positive_rate_upper) bits a fact

hold together with the stated confidence, whatever the scorer; R_p as of `rote theory rate --loss zero-one`. The data \
that is counted must not have chosen the threshold. So many non-facts N certify log2(N / ln(1/delta)) bits at the very \
most, which is shown beside it.

Sources: Guo and Li (2026), arXiv 2602.00906, Lemma 3.4; Clopper and Pearson, Biometrika 26 (1934).",
    examples: "\
Examples:
  rote theory certificate --fact-hits 4950/5000 --non-fact-hits 97/100000
  rote theory certificate --fact-hits 5000/5000 --non-fact-hits 0/2^24 --confidence 0.99 --json",
    options: &[&FACT_HITS, &NON_FACT_HITS, &CONFIDENCE, &SPARSITY],
    arguments: &[("facts", "fact-hits"), ("non_facts", "non-fact-hits")],
    answer,
    figure: None,
};

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let ((fact_hits, facts), (non_fact_hits, non_facts)) = (given.counts(&FACT_HITS)?, given.counts(&NON_FACT_HITS)?);
    let (confidence, sparsity) = (given.number(&CONFIDENCE)?, given.number(&SPARSITY)?);
    let found = certificate(fact_hits, facts, non_fact_hits, non_facts, confidence, sparsity)?;
    let most = certifiable(non_facts, confidence)?;
    let passed = found.false_positive_rate_upper;
    let entries = vec![
        Entry::number("recall_lower", "recall", "at least", found.recall_lower),
        Entry::number("false_positive_rate_upper", "false-positive rate", "at most", passed),
        Entry::number("certificate_bits_per_fact", "memory", "bits a fact, at least", found.bits.0),
        Entry::number("certifiable_bits_per_fact", "certifiable", "bits a fact, by so many non-facts at most", most.0),
    ];
    let meaning =
        format!("With confidence {} the memory stores at least {}.", percent(confidence), bits_a_fact(found.bits.0));
    Ok(Answer { entries, meaning })
}
