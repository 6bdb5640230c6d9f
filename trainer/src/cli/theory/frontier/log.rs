//! The frontier under log-loss, with the rival that errs the other way.

use rote_theory::entropy::lossless_wall;
use rote_theory::frontier::{FrontierPoint, Rivals, log_loss, rivals};
use rote_theory::{Channel, Regime};

use super::Asked;
use crate::cli::theory::answer::{Answer, Entry};
use crate::cli::theory::mistake::Mistake;
use crate::cli::theory::number::{bits_a_fact, percent, significant};
use crate::cli::theory::rate::ChannelEntries;

/// The score at which a yes is read off by default.
pub(super) const HALF: f64 = 0.5;

pub(super) fn answer(asked: Asked) -> Result<Answer, Mistake> {
    let point = log_loss(asked.bits, asked.negative_weight, asked.sparsity)?;
    let rivals = rivals(asked.bits, asked.negative_weight, asked.sparsity)?;
    // Where the two tie, their difference is rounding.
    let tie = point.regime == Regime::Calibrated;
    let price = if tie { 0.0 } else { rivals.price_of_forgetting().0 };
    let wall = lossless_wall(asked.sparsity)?;
    let channel = ChannelEntries::of(point.channel);
    let at_half = |share: fn(Channel, f64) -> f64| point.channel.map(|channel| share(channel, HALF));
    let entries = vec![
        Entry::text("regime", "regime", point.regime.as_str()),
        Entry::number("loss_nats", "loss L", "nats", point.loss.0),
        Entry::number("fact_loss_nats", "loss on facts", "nats", point.fact_loss.map(|loss| loss.0)),
        Entry::number("non_fact_loss_nats", "loss on non-facts", "nats", point.non_fact_loss.map(|loss| loss.0)),
        channel.x_star,
        channel.q_star,
        channel.x0,
        channel.forget,
        Entry::number(
            "hallucination_at_half",
            "hallucination at 1/2",
            "share of the non-facts",
            at_half(Channel::hallucination_at),
        ),
        Entry::number("recall_at_half", "recall at 1/2", "share of the facts", at_half(Channel::recall_at)),
        Entry::number("hallucinating_loss_nats", "L if hallucinating", "nats", rivals.hallucinating.loss.0),
        Entry::number("forgetting_loss_nats", "L if forgetting", "nats", rivals.forgetting.loss.0),
        Entry::number("price_of_forgetting_nats", "price of forgetting", "nats", price),
        Entry::number("wall_bits_per_fact", "lossless wall", "bits a fact", wall.0),
    ];
    Ok(Answer { entries, meaning: meaning(asked, &point, rivals, wall.0) })
}

fn meaning(asked: Asked, point: &FrontierPoint, rivals: Rivals, wall: f64) -> String {
    let bits = bits_a_fact(asked.bits.0);
    let least = format!("With {bits} no loss is below {} nats", significant(point.loss.0, 4));
    let price = significant(rivals.price_of_forgetting().0.abs(), 3);
    match (point.regime, point.channel) {
        (_, Some(Channel::Hallucination { x_star, q_star })) => format!(
            "{least}; the best memory scores all facts {} and {} of the non-facts the same. Forgetting instead would \
             lose {price} nats more.",
            significant(x_star, 3),
            percent(q_star)
        ),
        (_, Some(Channel::Forgetting { x0, forget })) => format!(
            "{least}; the best memory scores all non-facts {} and {} of the facts the same. Hallucinating instead \
             would lose {price} nats more.",
            significant(x0, 3),
            percent(forget)
        ),
        (Regime::Calibrated, _) => format!(
            "{least}: the negative weight is (1-p)/p, so hallucinating, forgetting and every calibrated scorer between \
             them tie."
        ),
        _ => format!("{bits} suffice to tell facts from non-facts perfectly; the wall is at {}.", significant(wall, 4)),
    }
}
