//! `rote theory solve`: the optimal memory for a loss of the user's own.

mod figure;
mod table;

use rote_theory::Bits;
use rote_theory::solver::{Goal, Solution, solve};

use self::table::Table;
use super::answer::{Answer, Entry, Value};
use super::field::{BITS, FIELD, Field, NEGATIVE_WEIGHT, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::number::{self, bits_a_fact, significant};
use super::{Drawing, Question};

const TABLE: Field = Field {
    name: "table",
    value: "FILE.csv",
    meaning: "What each score costs: columns score, fact_distortion, non_fact_distortion; - reads standard input",
    allowed: "a CSV file with the columns score, fact_distortion, non_fact_distortion and one line for each score",
    example: "loss.csv",
    is_list: true,
    ..FIELD
};

const FACT_LIMIT: Field = Field {
    name: "fact-limit",
    value: "COST",
    meaning: "The most that a fact may cost on average, in the unit of the table",
    unit: "mean distortion of facts, at most",
    allowed: "a number that is not below the least fact_distortion; inf too",
    example: "0.1",
    ..FIELD
};

const NON_FACT_LIMIT: Field = Field {
    name: "non-fact-limit",
    value: "COST",
    meaning: "The most that a non-fact may cost on average",
    unit: "mean distortion of non-facts, at most",
    allowed: "a number that is not below the least non_fact_distortion; inf too",
    example: "0.01",
    ..FIELD
};

pub(super) const QUESTION: Question = Question {
    name: "solve",
    about: "The optimal memory for a loss of your own, given as a table of costs of each score",
    manual: "\
Over all laws mu_K of a fact's score and mu_N of a non-fact's on the scores of the table, either of

  --bits B --negative-weight LAMBDA    minimises E_K[d_K] + lambda E_N[d_N]
                                       with F_p(mu_K, mu_N) <= B bits a fact
  --fact-limit A --non-fact-limit C    minimises F_p(mu_K, mu_N)
                                       with E_K[d_K] <= A and E_N[d_N] <= C

The table has one line for each score, a number or a name, with what it costs on a fact, d_K, and on a non-fact, d_N, \
in any unit; inf is allowed. The result is its own proof: with its multipliers alpha, beta' and constants U, V, optimal \
laws are those with

  g(x) = p e^(-alpha d_K(x)) / U + (1-p) e^(-beta' d_N(x)) / V <= 1 at every score,

and certificate_gap is max g - 1, what could still be gained at most in nats a claim; at p = 0, where g is 1 \
everywhere, the rate less rate_bound_bits_per_fact in nats a fact. It is 0 but for rounding. beta is beta' (1-p)/p, \
which stays positive at p = 0.

Source: optimality conditions of Guo and Li (2026), arXiv 2602.00906, at any sparsity; derived in the crate rote-theory.",
    examples: "\
Examples:
  rote theory solve --table loss.csv --bits 3 --negative-weight 1
  rote theory solve --table loss.csv --fact-limit 0.05 --non-fact-limit 0.01 --sparsity 0.01

loss.csv, errors cost 1 and no answer .1:
  score,fact_distortion,non_fact_distortion
  yes,0,1
  abstain,.1,.1
  no,1,0",
    options: &[&TABLE, &BITS, &NEGATIVE_WEIGHT, &FACT_LIMIT, &NON_FACT_LIMIT, &SPARSITY],
    arguments: &[("budget", "bits"), ("scores", "table"), ("on_facts", "table"), ("on_non_facts", "table")],
    answer,
    figure: Some(Drawing {
        shows: "the losses against the memory, or the rate against the limit on non-facts",
        panels: figure::panels,
    }),
};

/// What is optimised, from options of which two sets exclude each other.
fn goal(given: &mut Given) -> Result<Goal, Mistake> {
    let limits = [&FACT_LIMIT, &NON_FACT_LIMIT].into_iter().any(|field| given.text(field).is_some());
    if limits {
        given.only("beside limits", &[&TABLE, &FACT_LIMIT, &NON_FACT_LIMIT, &SPARSITY])?;
        let fact_limit = given.number(&FACT_LIMIT)?;
        return Ok(Goal::Limits { fact_limit, non_fact_limit: given.number(&NON_FACT_LIMIT)? });
    }
    let budget = Bits(given.number(&BITS)?);
    Ok(Goal::Budget { budget, negative_weight: given.number(&NEGATIVE_WEIGHT)? })
}

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    let goal = goal(given)?;
    let table = Table::read(given)?;
    let found = solve(&table.distortions, goal, given.number(&SPARSITY)?)?;
    let meaning = meaning(goal, &found);
    let loss = match goal {
        Goal::Budget { negative_weight, .. } => Some(found.fact_loss + negative_weight * found.non_fact_loss),
        Goal::Limits { .. } => None,
    };
    let entries = vec![
        Entry::number("rate_bits_per_fact", "rate R", "bits a fact", found.rate.0),
        Entry::number("loss", "loss L", "loss on facts + lambda * loss on non-facts", loss),
        Entry::number("fact_loss", "loss on facts", "", found.fact_loss),
        Entry::number("non_fact_loss", "loss on non-facts", "", found.non_fact_loss),
        Entry::number("alpha", "alpha", "nats a fact saved by a unit of loss on facts", found.alpha),
        Entry::number("beta", "beta", "nats a fact saved by a unit of loss on non-facts", found.beta),
        Entry::number("beta_prime", "beta'", "beta p/(1-p), the multiplier in g", found.beta_prime),
        Entry::number(
            "certificate_gap",
            "certificate gap",
            "max g - 1; at p = 0 rate less bound, nats",
            found.certificate_gap,
        ),
        Entry::number("rate_bound_bits_per_fact", "bound", "bits a fact that no memory goes below", found.rate_bound.0),
        Entry::law("scores", "score", names(table.scores)),
        Entry::law("facts", "facts", Value::List(found.facts)),
        Entry::law("non_facts", "non-facts", Value::List(found.non_facts)),
    ];
    Ok(Answer { entries, meaning })
}

/// Numbers where all are; otherwise names.
fn names(scores: Vec<String>) -> Value {
    let numbers: Option<Vec<f64>> = scores.iter().map(|score| number::parse(score).ok()).collect();
    numbers.map_or(Value::Names(scores), Value::List)
}

fn meaning(goal: Goal, found: &Solution) -> String {
    let rate = bits_a_fact(found.rate.0);
    match goal {
        Goal::Budget { negative_weight, .. } => format!(
            "No memory of {rate} has a loss below {}.",
            significant(found.fact_loss + negative_weight * found.non_fact_loss, 4)
        ),
        Goal::Limits { .. } => format!("Any memory within these limits stores at least {rate}."),
    }
}
