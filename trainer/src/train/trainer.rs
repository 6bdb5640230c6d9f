//! The loop: batches in, one step of every member, metrics and checkpoints out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use rote_models::{Kernels, Losses};
use rote_theory::{Nats, frontier, rate};

use super::error::TrainError;
use super::groups::Groups;
use super::learner::read;
use super::pace::{Pace, Speed};
use super::population::{Member, Population};
use super::schedule::rate_factor;
use super::state::{HostState, Journal, MemberStatus, Offsets, Trained};
use crate::backend::Limits;
use crate::config::TrainConfig;
use crate::progress::Progress;
use crate::record::{Checkpoint, Checkpoints, LoadedCheckpoint, NamedTensor, RunPaths, TensorFile};
use crate::run::memory::reserved;

/// How to train, the same for every population of a run.
pub struct Recipe<'a> {
    /// The `[train]` table.
    pub config: &'a TrainConfig,
    /// p = n/u, for the bounds beside the losses.
    pub sparsity: f64,
    /// Fused or composed.
    pub kernels: Kernels,
    /// Where to train.
    pub device: &'a Device,
    /// What fits there.
    pub limits: Limits,
}

/// One population in training.
pub struct Trainer<'a> {
    recipe: &'a Recipe<'a>,
    population: &'a Population,
    learner: Groups<'a>,
    members: Vec<MemberStatus>,
    step: u64,
    checkpoints: Checkpoints,
    /// Absent once everything is trained: nothing is appended then, and later populations' lines must stay.
    journal: Option<Journal>,
    /// Where metrics.jsonl ended at the last checkpoint.
    metrics_end: u64,
    pace: Pace,
    /// The most bytes that the device was seen to hold, where it tells.
    device_memory: Option<u64>,
}

type Loaded = LoadedCheckpoint<HostState, Offsets>;

impl<'a> Trainer<'a> {
    /// Takes a population up where its last checkpoint left it, or at the beginning. `metrics_start` is where the lines
    /// of the populations before it end; `begun` is when work on this one began.
    ///
    /// # Errors
    /// [`TrainError`] if the files cannot be opened, the checkpoint belongs to something else, or a single network is too
    /// large for the device.
    pub fn open(
        recipe: &'a Recipe<'a>,
        population: &'a Population,
        paths: &RunPaths,
        metrics_start: u64,
        begun: Instant,
    ) -> Result<Self, TrainError> {
        let checkpoints = Checkpoints::open(&paths.checkpoints(&population.id))?;
        let loaded: Option<Loaded> = checkpoints.load_latest()?;
        for warning in loaded.iter().flat_map(|loaded| &loaded.warnings) {
            tracing::warn!("{warning}");
        }
        let offsets = loaded.as_ref().map(|loaded| &loaded.extra);
        let offsets = offsets.cloned();
        let metrics_end = offsets.as_ref().map_or(metrics_start, |offsets| offsets.metrics);
        let division = recipe.limits.divide(&population.shape, population.members.len(), population.rows())?;
        let how = (recipe.config.optimizer, recipe.kernels);
        let learner = |parameters: &[f32]| Groups::new(population, division, parameters, how, recipe.device);
        let (learner, members, step) = match loaded {
            None => {
                (learner(&population.initial_parameters()), vec![MemberStatus::Active; population.members.len()], 0)
            }
            Some(loaded) => {
                let mut learner = learner(&joined(population, &loaded.model)?);
                learner.restore_optimizer(&loaded.optimiser.tensors, &loaded.state.optimiser)?;
                (learner, loaded.state.members, loaded.step)
            }
        };
        if members.len() != population.members.len() || step > recipe.config.steps {
            return Err(TrainError::State(format!("{} members after {step} steps", members.len())));
        }
        let (journal, device_memory) = (None, None);
        let pace = Pace::new(begun, step, recipe.config.log_first);
        let mut trainer =
            Self { recipe, population, learner, members, step, checkpoints, journal, metrics_end, pace, device_memory };
        if !trainer.is_done() {
            trainer.journal = Some(Journal::open(paths, population, metrics_start, offsets.as_ref())?);
        }
        Ok(trainer)
    }

    /// Where this population's lines of metrics.jsonl end, once it is trained.
    pub fn metrics_end(&self) -> u64 {
        self.metrics_end
    }

    /// How fast it was trained in this process.
    pub fn speed(&self) -> Speed {
        self.pace.speed()
    }

    /// The most bytes that the device was seen to hold, where it tells.
    pub fn device_memory(&self) -> Option<u64> {
        self.device_memory
    }

    /// Whether no step is left to do.
    pub fn is_done(&self) -> bool {
        self.step == self.recipe.config.steps || !self.members.iter().any(|member| member.is_active())
    }

    /// Trains to the end, or to the next checkpoint once `stop` is set; returns whether it is done.
    ///
    /// # Errors
    /// [`TrainError`] if the device or the disk fails; the last checkpoint stays.
    pub fn run(&mut self, stop: &AtomicBool, progress: &dyn Progress) -> Result<bool, TrainError> {
        let config = self.recipe.config;
        let steps = config.steps;
        if self.is_done() {
            return Ok(true);
        }
        progress.begin(&self.title(), "step", steps, self.step);
        let mut message = String::new();
        let mut saved = false;
        while !self.is_done() && !stop.load(Ordering::Relaxed) {
            let losses = self.take_step();
            saved = false;
            let due = self.step.is_multiple_of(config.log_every) || self.step == steps;
            if due || self.step <= config.log_first {
                message = self.log(&losses, due)?;
            } else if self.pace.asks_for(self.step) {
                self.read_losses(&losses)?;
            }
            if self.step.is_multiple_of(config.checkpoint_every) || self.step == steps {
                self.save()?;
                saved = true;
            }
            progress.advance(self.step, &|| message.clone());
        }
        if !saved {
            self.save()?;
        }
        progress.end();
        Ok(self.is_done())
    }

    fn title(&self) -> String {
        let (members, shape) = (self.population.members.len(), &self.population.shape);
        let onwards = if self.step > 0 { format!(", from step {}", self.step) } else { String::new() };
        format!("train {}: {members} × {} parameters{onwards}", self.population.id, shape.parameters())
    }

    fn take_step(&mut self) -> Vec<Losses> {
        let losses = self.learner.step(self.step, &self.rates());
        self.step += 1;
        losses
    }

    /// The rates of this step: the schedule's share of each member's own, 0 for one that has stopped.
    fn rates(&self) -> Vec<f64> {
        let factor = rate_factor(self.step, self.recipe.config.steps, self.recipe.config.warmup);
        let members = self.population.members.iter().zip(&self.members);
        let rate = |(member, status): (&Member, &MemberStatus)| match status {
            MemberStatus::Stopped(_) => 0.0,
            _ => factor * member.learning_rate,
        };
        members.map(rate).collect()
    }

    /// The losses of each member's facts and non-facts. Once they are here, the device has done the step.
    fn read_losses(&mut self, losses: &[Losses]) -> Result<Vec<f32>, TrainError> {
        let parts = losses.iter().map(|losses| read(losses.parts.clone(), "losses"));
        let parts = parts.collect::<Result<Vec<_>, _>>()?.concat();
        self.pace.reached(self.step);
        Ok(parts)
    }

    /// Reads the losses and writes a line a member. If it is `due`, notes who diverged or is good enough: at other
    /// steps that would make the training depend on how closely it is watched.
    fn log(&mut self, losses: &[Losses], due: bool) -> Result<String, TrainError> {
        let parts = self.read_losses(losses)?;
        if due {
            self.device_memory = self.device_memory.max(reserved(self.recipe.device));
        }
        let factor = rate_factor(self.step - 1, self.recipe.config.steps, self.recipe.config.warmup);
        let mut lines = Vec::with_capacity(self.members.len());
        let (mut sum, mut finite) = (0.0, 0_u32);
        for (index, parts) in parts.chunks_exact(2).enumerate() {
            let (fact, non_fact) = (f64::from(parts[0]), f64::from(parts[1]));
            let member = &self.population.members[index];
            let loss = fact + member.negative_weight * non_fact;
            let status = &mut self.members[index];
            if due && status.is_active() {
                if !loss.is_finite() {
                    tracing::warn!("member {} diverged: its loss is {loss} after {} steps", member.number, self.step);
                    *status = MemberStatus::Diverged(self.step);
                } else if self.recipe.config.stop_below.is_some_and(|limit| loss < limit) {
                    *status = MemberStatus::Stopped(self.step);
                }
            }
            if loss.is_finite() {
                sum += loss;
                finite += 1;
            }
            lines.push(self.line(member.negative_weight, factor * member.learning_rate, fact, non_fact));
        }
        if let Some(journal) = &mut self.journal {
            journal.append(self.step, "train", &lines)?;
        }
        let diverged = self.members.iter().filter(|status| matches!(status, MemberStatus::Diverged(_))).count();
        let diverged = if diverged > 0 { format!(", {diverged} diverged") } else { String::new() };
        let mean = sum / f64::from(finite.max(1));
        let mean = if mean < 1e4 { format!("{mean:.4}") } else { format!("{mean:.2e}") };
        Ok(format!("loss {mean}{diverged}"))
    }

    /// A member's metrics on its batch, with the bounds beside them.
    fn line(&self, negative_weight: f64, learning_rate: f64, fact: f64, non_fact: f64) -> Vec<(&'static str, f64)> {
        let loss = fact + negative_weight * non_fact;
        let mut line = vec![
            ("loss_nats", loss),
            ("fact_loss_nats", fact),
            ("non_fact_loss_nats", non_fact),
            ("learning_rate", learning_rate),
        ];
        let sparsity = self.recipe.sparsity;
        if let Ok(rate) = rate::log_loss(Nats(fact), Nats(non_fact), sparsity) {
            line.push(("rate_bits_per_fact", rate.bits.0));
        }
        if let Ok(budget) = frontier::budget(Nats(loss), negative_weight, sparsity) {
            line.push(("budget_bits_per_fact", budget.0));
        }
        line
    }

    fn save(&mut self) -> Result<(), TrainError> {
        let parameters = self.learner.parameters()?;
        let (tensors, optimiser) = self.learner.optimizer_state()?;
        self.pace.reached(self.step);
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let (population, checkpoints) = (self.population, &mut self.checkpoints);
        let (step, members) = (self.step, self.members.clone());
        self.metrics_end = self.pace.away(|| -> Result<u64, TrainError> {
            let offsets = journal.sync()?;
            checkpoints.save(&Checkpoint {
                step,
                model: &split(population, &parameters),
                optimiser: &TensorFile { tensors, ..TensorFile::default() },
                state: &HostState { members, optimiser },
                extra: &offsets,
            })?;
            Ok(offsets.metrics)
        })?;
        tracing::debug!("checkpoint of {} after {} steps", self.population.id, self.step);
        Ok(())
    }

    /// The trained population.
    ///
    /// # Errors
    /// [`TrainError::Device`] if the parameters cannot be read.
    pub fn finish(self) -> Result<Trained, TrainError> {
        let parameters = self.learner.parameters()?;
        let mut members = self.members;
        for (status, parameters) in members.iter_mut().zip(parameters.chunks(self.population.shape.parameters())) {
            if status.is_active() && !parameters.iter().all(|value| value.is_finite()) {
                *status = MemberStatus::Diverged(self.step);
            }
        }
        Ok(Trained { parameters, members, steps: self.step })
    }
}

impl Trained {
    /// The population as its newest checkpoint holds it.
    ///
    /// # Errors
    /// [`TrainError`] if there is none that is whole.
    pub fn load(population: &Population, paths: &RunPaths) -> Result<Self, TrainError> {
        let loaded: Option<Loaded> = Checkpoints::open(&paths.checkpoints(&population.id))?.load_latest()?;
        let loaded = loaded.ok_or_else(|| TrainError::NotTrained {
            population: population.id.clone(),
            run: paths.root().to_path_buf(),
        })?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let parameters = joined(population, &loaded.model)?;
        Ok(Self { parameters, members: loaded.state.members, steps: loaded.step })
    }
}

/// The parameter block of a population as one tensor a layer, `layers.K.weight` `[E, in, out]` and `layers.K.bias`
/// `[E, out]`, so that other tools find what they expect.
fn split(population: &Population, parameters: &[f32]) -> TensorFile {
    let shape = &population.shape;
    let members: Vec<&[f32]> = parameters.chunks_exact(shape.parameters()).collect();
    let gather = |name: String, range: std::ops::Range<usize>, dims: &[usize]| {
        let data = members.iter().flat_map(|member| member[range.clone()].iter().copied()).collect();
        NamedTensor { name, shape: [&[members.len()], dims].concat(), data }
    };
    let tensors = shape.layers().into_iter().enumerate().flat_map(|(index, layer)| {
        [
            gather(format!("layers.{index}.weight"), layer.weights, &[layer.inputs, layer.outputs]),
            gather(format!("layers.{index}.bias"), layer.biases, &[layer.outputs]),
        ]
    });
    let metadata = [("activation".to_owned(), shape.activation.name().to_owned())];
    TensorFile { tensors: tensors.collect(), metadata: metadata.into() }
}

/// The inverse of [`split`].
fn joined(population: &Population, file: &TensorFile) -> Result<Vec<f32>, TrainError> {
    let (shape, members) = (&population.shape, population.members.len());
    let mut parameters = vec![0.0; members * shape.parameters()];
    for (index, layer) in shape.layers().into_iter().enumerate() {
        for (kind, range) in [("weight", layer.weights), ("bias", layer.biases)] {
            let name = format!("layers.{index}.{kind}");
            let tensor = file.tensors.iter().find(|tensor| tensor.name == name);
            let tensor = tensor.filter(|tensor| tensor.data.len() == members * range.len());
            let tensor = tensor.ok_or_else(|| TrainError::State(format!("{name} is missing or of another shape")))?;
            for (block, values) in parameters.chunks_exact_mut(shape.parameters()).zip(tensor.data.chunks(range.len()))
            {
                block[range.clone()].copy_from_slice(values);
            }
        }
    }
    Ok(parameters)
}
