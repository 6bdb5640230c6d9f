//! `rote theory frontier`: the least losses that a memory of given size can have.

mod bounded;
mod figure;
mod log;

use rote_theory::Bits;

use super::answer::Answer;
use super::field::{BITS, FIELD, Field, NEGATIVE_WEIGHT, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::{Drawing, Question};

const LOSS: Field = Field {
    name: "loss",
    value: "LOSS",
    meaning: "How scores are judged",
    allowed: "log, zero-one, brier, abstain",
    example: "log",
    default: Some("log"),
    ..FIELD
};

const ABSTAIN_COST: Field = Field {
    name: "abstain-cost",
    value: "C",
    meaning: "What no answer costs where a wrong one costs 1; for --loss abstain",
    unit: "of an error",
    allowed: "a finite number of at least 0; of no use where the two costs sum to 1 or more",
    example: "0.1",
    ..FIELD
};

const ABSTAIN_COST_ON_NON_FACTS: Field = Field {
    name: "abstain-cost-on-non-facts",
    value: "C",
    meaning: "The same on non-facts, where it differs",
    unit: "of an error",
    allowed: "a finite number of at least 0",
    example: "0.05",
    ..FIELD
};

const PLAIN: &[&Field] = &[&LOSS, &BITS, &NEGATIVE_WEIGHT, &SPARSITY];
const ALL: &[&Field] = &[&LOSS, &BITS, &NEGATIVE_WEIGHT, &ABSTAIN_COST, &ABSTAIN_COST_ON_NON_FACTS, &SPARSITY];

pub(super) const QUESTION: Question = Question {
    name: "frontier",
    about: "The least losses of a memory with given bits a fact, and what it looks like",
    manual: "\
Minimises L = (loss on facts) + lambda (loss on non-facts) over all memories of B bits a fact, at sparsity p = n/u.

--loss log: -ln x on facts, -ln(1-x) on non-facts, in nats. What decides is lambda against (1-p)/p:

  lambda < (1-p)/p  hallucinate: facts all score x* = 1/(1 + lambda q*), and
                    so does a share q* of the non-facts; q* = 2^-B as p -> 0
  lambda > (1-p)/p  forget, the mirror image: a share f of the facts scores
                    as all non-facts do
  lambda = (1-p)/p  a tie of every calibrated scorer: L = h(p)/p - B ln 2

From the lossless wall on, H2(p)/p bits a fact, nothing need be lost. The price of forgetting is what the best memory \
that never claims what is not so loses more than one that hallucinates. The share of the non-facts that score 1/2 or \
more is no measure of memory: as p -> 0 it is 0 up to log2(lambda) bits, jumps to 1/lambda, and falls from there.

--loss zero-one: answers yes or no; L = FNR + lambda FPR.

--loss brier: (1-x)^2 on facts, x^2 on non-facts. Two scores are used; a share of either kind has the wrong one.

--loss abstain: yes, no, or no answer at a cost C where an error costs 1. Up to B1 bits abstaining takes the place of \
one of the answers, from B2 on it is never used, and between them the loss falls linearly.

With --json, loss is the value of L under these three losses. So is the column loss with --csv; it is called \
loss_value where the file has a column loss of its own.

Source: Guo and Li (2026), arXiv 2602.00906, Theorem 4.1; the rest derived in the crate rote-theory.",
    examples: "\
Examples:
  rote theory frontier --bits 1,2,4,8 --negative-weight 1
  rote theory frontier --loss abstain --bits 3 --negative-weight 1 --abstain-cost 0.1",
    options: ALL,
    arguments: &[
        ("budget", "bits"),
        ("cost.on_fact", "abstain-cost"),
        ("cost.on_non_fact", "abstain-cost-on-non-facts"),
    ],
    answer,
    figure: Some(Drawing {
        shows: "losses and shares against the memory, from nothing to the wall",
        panels: figure::panels,
    }),
};

/// What is minimised, over what.
#[derive(Clone, Copy)]
struct Asked {
    loss: Loss,
    bits: Bits,
    negative_weight: f64,
    sparsity: f64,
}

#[derive(Clone, Copy)]
enum Loss {
    Log,
    Bounded(bounded::Kind),
}

fn asked(given: &mut Given) -> Result<Asked, Mistake> {
    let name = given.choice(&LOSS, &["log", "zero-one", "brier", "abstain"])?;
    match name {
        "log" => given.only("with --loss log", PLAIN)?,
        "zero-one" => given.only("with --loss zero-one", PLAIN)?,
        "brier" => given.only("with --loss brier", PLAIN)?,
        _ => {}
    }
    let bits = Bits(given.number(&BITS)?);
    let negative_weight = given.number(&NEGATIVE_WEIGHT)?;
    let loss = match name {
        "log" => Loss::Log,
        "zero-one" => Loss::Bounded(bounded::Kind::ZeroOne),
        "brier" => Loss::Bounded(bounded::Kind::Brier),
        _ => {
            let on_fact = given.number(&ABSTAIN_COST)?;
            let on_non_fact = given.optional_number(&ABSTAIN_COST_ON_NON_FACTS)?.unwrap_or(on_fact);
            Loss::Bounded(bounded::Kind::Abstain { on_fact, on_non_fact })
        }
    };
    Ok(Asked { loss, bits, negative_weight, sparsity: given.number(&SPARSITY)? })
}

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let asked = asked(given)?;
    match asked.loss {
        Loss::Log => log::answer(asked),
        Loss::Bounded(kind) => bounded::answer(kind, asked),
    }
}
