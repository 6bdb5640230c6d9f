//! The `[train]` table: the recipe.

use super::reader::{Noted, Reader, Refused};
use super::rules::{Reading, choice, list, number, positive, unless, whole};
use super::value::{Typed, Value};

/// The recipe of a training. Lists hold one number for each seed, in the order of the seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainConfig {
    /// Optimiser steps.
    pub steps: u64,
    /// Peak learning rates, in (0, 10].
    pub learning_rate: Vec<f64>,
    /// Lambda: training loss = fact loss + lambda times non-fact loss, both in nats.
    pub negative_weight: Vec<f64>,
    /// The optimiser.
    pub optimizer: Optimizer,
    /// Facts in each step's batch.
    pub facts_per_step: FactsPerStep,
    /// Share of the steps over which the learning rate rises from 0, in [0, 1).
    pub warmup: f64,
    /// Largest norms of a member's gradient; `None`: no clipping.
    pub clip: Option<Vec<f64>>,
    /// Steps from one checkpoint to the next.
    pub checkpoint_every: u64,
    /// Steps from one line of metrics to the next.
    pub log_every: u64,
    /// First steps that each get a line of metrics as well. They change nothing about the training: members are not
    /// stopped on their account.
    pub log_first: u64,
    /// Training loss in nats below which a member stops early.
    pub stop_below: Option<f64>,
}

/// The optimisers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimizer {
    /// Adam with decoupled weight decay.
    AdamW,
    /// Momentum, orthogonalised layer by layer.
    Muon,
    /// Stochastic gradient descent with Nesterov momentum 0.9.
    Sgd,
}

/// Facts in a step's batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactsPerStep {
    /// All of them.
    All,
    /// So many, at most the trained facts.
    Count(u64),
}

impl Optimizer {
    pub(super) const NAMES: [&'static str; 3] = ["adamw", "muon", "sgd"];
    const ALL: [Self; 3] = [Self::AdamW, Self::Muon, Self::Sgd];

    /// The name in configurations and records.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Reads the table. `seeds`: how many there are, where they could be read.
pub(super) fn read(reader: &mut Reader, seeds: Option<usize>) -> Noted<TrainConfig> {
    let count = || whole(1..=1_000_000_000);
    let steps = reader.required("train.steps", count());
    let rate = number(|rate| rate > 0.0 && rate <= 10.0);
    let rates = reader.or("train.learning_rate", Numbers::One(0.05), one_or_list(rate));
    let learning_rate = per_seed(reader, "train.learning_rate", rates, seeds);
    let weights = reader.or("train.negative_weight", Numbers::One(1.0), one_or_list(positive));
    let negative_weight = per_seed(reader, "train.negative_weight", weights, seeds);
    let optimizer = reader.or("train.optimizer", "adamw", choice(&Optimizer::NAMES));
    let facts_per_step = reader.or("train.facts_per_step", None, unless("all", whole(1..=1 << 32)));
    let warmup = reader.or("train.warmup", 0.03, number(|share| (0.0..1.0).contains(&share)));
    let clip = read_clip(reader, seeds);
    let checkpoint_every = reader.or("train.checkpoint_every", 1000, count());
    let log_every = reader.or("train.log_every", 50, count());
    let log_first = reader.or("train.log_first", 0, whole(0..=1_000_000_000));
    let stop_below = reader.or("train.stop_below", None, unless("none", positive));
    let optimizer = optimizer?;
    Ok(TrainConfig {
        steps: steps?,
        learning_rate: learning_rate?,
        negative_weight: negative_weight?,
        optimizer: Optimizer::ALL.into_iter().find(|one| one.name() == optimizer).ok_or(Refused)?,
        facts_per_step: facts_per_step?.map_or(FactsPerStep::All, FactsPerStep::Count),
        warmup: warmup?,
        clip: clip?,
        checkpoint_every: checkpoint_every?,
        log_every: log_every?,
        log_first: log_first?,
        stop_below: stop_below?,
    })
}

fn read_clip(reader: &mut Reader, seeds: Option<usize>) -> Noted<Option<Vec<f64>>> {
    match reader.or("train.clip", None, unless("none", one_or_list(positive)))? {
        Some(norms) => per_seed(reader, "train.clip", Ok(norms), seeds).map(Some),
        None => Ok(None),
    }
}

/// A number for all seeds, or one for each.
enum Numbers {
    One(f64),
    List(Vec<f64>),
}

fn one_or_list(rule: impl Fn(&Typed) -> Reading<f64>) -> impl Fn(&Typed) -> Reading<Numbers> {
    move |typed| match typed.value {
        Value::List(_) => list(&rule)(typed).map(Numbers::List),
        _ => rule(typed).map(Numbers::One),
    }
}

/// One number for each seed.
fn per_seed(reader: &mut Reader, key: &str, numbers: Noted<Numbers>, seeds: Option<usize>) -> Noted<Vec<f64>> {
    let seeds = seeds.ok_or(Refused)?;
    match numbers? {
        Numbers::One(number) => Ok(vec![number; seeds]),
        Numbers::List(list) if list.len() == seeds => Ok(list),
        Numbers::List(list) => {
            let allowed = format!("one number, or a list with one for each seed: {seeds}, not {}", list.len());
            let fix = if list.len() < seeds { "lengthen the list" } else { "shorten the list" };
            let fix = format!("{fix}, or write one number for all seeds");
            reader.conflict(key, ("seeds", "1, the default"), &allowed, &fix);
            Err(Refused)
        }
    }
}
