//! `rote theory rate`: the least memory for given losses.

mod figure;

use rote_theory::rate::{LogLossRate, ZeroOneRegime, log_loss, zero_one};
use rote_theory::{Channel, Nats, Regime};

use super::answer::{Answer, Entry};
use super::field::{FACT_LOSS, FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, FIELD, Field, NON_FACT_LOSS, SPARSITY};
use super::given::Given;
use super::mistake::Mistake;
use super::number::{bits_a_fact, percent, significant};
use super::{Drawing, Question};

const LOSS: Field = Field {
    name: "loss",
    value: "LOSS",
    meaning: "How scores are judged",
    allowed: "log, zero-one",
    example: "log",
    default: Some("log"),
    ..FIELD
};

const LOG: &[&Field] = &[&LOSS, &FACT_LOSS, &NON_FACT_LOSS, &SPARSITY];
const ZERO_ONE: &[&Field] = &[&LOSS, &FALSE_NEGATIVE_RATE, &FALSE_POSITIVE_RATE, &SPARSITY];

pub(super) const QUESTION: Question = Question {
    name: "rate",
    about: "The least bits a fact that any memory with given losses stores",
    manual: "\
A memory of n facts among u claims gives every claim a score x. R_p is the least memory, in bits a fact, of any that \
has mean losses eps_K on facts and eps_N on non-facts, at sparsity p = n/u. No training and no architecture goes below.

--loss log: losses in nats, eps_K = E[-ln x] on facts, eps_N = E[-ln(1-x)] on non-facts. The regimes:

  hallucination  facts all score x* = e^-eps_K, and so does a share
                 q* = eps_N / -ln(1-x*) of the non-facts; R_0 = log2(1/q*)
  forgetting     the mirror image: non-facts all score x0, and so does
                 a share f of the facts
  calibrated     between them, by every calibrated scorer:
                 R_p = (h(p) - p eps_K - (1-p) eps_N) / (p ln 2)
  zero           e^-eps_K + e^-eps_N <= 1: one constant score will do
  lossless       a loss is 0: perfect separation, H2(p)/p bits a fact

In the sparse limit, p = 0, all between zero and lossless is hallucination.

--loss zero-one: with a = 1 - FNR and b = FPR, R_0 = a log2(a/b) + (1-a) log2((1-a)/(1-b)); at p > 0 it is \
I(fact; answer) / p. It serves linear losses 1-x and x, too.

Source: Guo and Li (2026), arXiv 2602.00906, Theorems 3.1 and 4.1; p > 0 derived in the crate rote-theory.",
    examples: "\
Examples:
  rote theory rate --fact-loss 0.1 --non-fact-loss 0.01 --sparsity 1/1000 --plot rate.svg
  rote theory rate --loss zero-one --false-negative-rate 0.1 --false-positive-rate 2^-8",
    options: &[&LOSS, &FACT_LOSS, &NON_FACT_LOSS, &FALSE_NEGATIVE_RATE, &FALSE_POSITIVE_RATE, &SPARSITY],
    arguments: &[],
    answer,
    figure: Some(Drawing {
        shows: "the rate against the loss on non-facts, in the sparse limit and at this sparsity, with its regimes",
        panels: figure::panels,
    }),
};

/// Whether the loss is the log-loss; refuses the options of the other one.
fn is_log(given: &mut Given) -> Result<bool, Mistake> {
    let log = given.choice(&LOSS, &["log", "zero-one"])? == "log";
    let (because, fields) = if log { ("with --loss log", LOG) } else { ("with --loss zero-one", ZERO_ONE) };
    given.only(because, fields)?;
    Ok(log)
}

fn answer(given: &mut Given) -> Result<Answer, Mistake> {
    if is_log(given)? { of_log_loss(given) } else { of_zero_one(given) }
}

fn of_log_loss(given: &mut Given) -> Result<Answer, Mistake> {
    let (on_facts, on_non_facts) = (given.number(&FACT_LOSS)?, given.number(&NON_FACT_LOSS)?);
    let rate = log_loss(Nats(on_facts), Nats(on_non_facts), given.number(&SPARSITY)?)?;
    let channel = ChannelEntries::of(rate.channel);
    let slopes = rate.slopes;
    let entries = vec![
        Entry::number("rate_bits_per_fact", "rate R", "bits a fact", rate.bits.0),
        Entry::text("regime", "regime", rate.regime.as_str()),
        channel.x_star,
        channel.q_star,
        channel.x0,
        channel.forget,
        Entry::number("posterior", "posterior", "that a claim with the shared score is a fact", rate.posterior),
        Entry::number(
            "slope_by_fact_loss",
            "dR/d eps_K",
            "bits a nat of loss on facts",
            slopes.map(|slopes| slopes.by_fact_loss),
        ),
        Entry::number(
            "slope_by_non_fact_loss",
            "dR/d eps_N",
            "bits a nat of loss on non-facts",
            slopes.map(|slopes| slopes.by_non_fact_loss),
        ),
    ];
    Ok(Answer { entries, meaning: meaning(&rate) })
}

/// What the optimal laws look like, as entries that `rate` and `frontier` share.
pub(super) struct ChannelEntries {
    pub x_star: Entry,
    pub q_star: Entry,
    pub x0: Entry,
    pub forget: Entry,
}

impl ChannelEntries {
    pub(super) fn of(channel: Option<Channel>) -> Self {
        let (x_star, q_star, x0, forget) = match channel {
            Some(Channel::Hallucination { x_star, q_star }) => (Some(x_star), Some(q_star), None, None),
            Some(Channel::Forgetting { x0, forget }) => (None, None, Some(x0), Some(forget)),
            Some(Channel::Perfect) => (Some(1.0), Some(0.0), None, Some(0.0)),
            None => (None, None, None, None),
        };
        Self {
            x_star: Entry::number("x_star", "score x*", "of every fact", x_star),
            q_star: Entry::number("q_star", "hallucinated q*", "share of the non-facts that score as facts do", q_star),
            x0: Entry::number("x0", "score x0", "of every non-fact", x0),
            forget: Entry::number("forget", "forgotten f", "share of the facts that score as non-facts do", forget),
        }
    }
}

fn meaning(rate: &LogLossRate) -> String {
    let least = format!("Any memory with these losses stores at least {}", bits_a_fact(rate.bits.0));
    match (rate.regime, rate.channel) {
        (_, Some(Channel::Hallucination { x_star, q_star })) => format!(
            "{least}; the best one scores all facts {} and {} of the non-facts the same.",
            significant(x_star, 3),
            percent(q_star)
        ),
        (_, Some(Channel::Forgetting { x0, forget })) => format!(
            "{least}; the best one scores all non-facts {} and {} of the facts the same.",
            significant(x0, 3),
            percent(forget)
        ),
        (Regime::Calibrated, _) => format!("{least}; every calibrated scorer with these losses needs no more."),
        (Regime::Zero, _) => "One constant score has these losses, so nothing need be stored.".to_owned(),
        _ if rate.bits.0.is_infinite() => "Only a memory that separates facts from non-facts perfectly has such \
                                           losses, and in a universe without end no finite memory does."
            .to_owned(),
        _ => format!("{least}: only one that separates facts from non-facts perfectly has such losses."),
    }
}

fn of_zero_one(given: &mut Given) -> Result<Answer, Mistake> {
    let (missed, passed) = (given.number(&FALSE_NEGATIVE_RATE)?, given.number(&FALSE_POSITIVE_RATE)?);
    let rate = zero_one(missed, passed, given.number(&SPARSITY)?)?;
    let entries = vec![
        Entry::number("rate_bits_per_fact", "rate R", "bits a fact", rate.bits.0),
        Entry::text("regime", "regime", rate.regime.as_str()),
    ];
    let filter = format!(
        "A filter that misses {} of the facts and passes {} of the non-facts",
        percent(missed),
        percent(passed)
    );
    let meaning = match rate.regime {
        ZeroOneRegime::Zero => format!("{filter} need store nothing: it can answer at random."),
        ZeroOneRegime::Interior => format!("{filter} stores at least {}.", bits_a_fact(rate.bits.0)),
        ZeroOneRegime::Lossless => format!("{filter} stores the set itself: {}.", bits_a_fact(rate.bits.0)),
        ZeroOneRegime::Infinite => {
            format!("{filter} would have to tell a universe without end apart: no finite memory does.")
        }
    };
    Ok(Answer { entries, meaning })
}
