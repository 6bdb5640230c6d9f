//! What a training is besides tensors: how each member stands, and how far the files that it appends to have come.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::optimizer::Scalars;
use super::population::Population;
use crate::record::{EventsWriter, MetricsRecord, MetricsWriter, RecordError, RunPaths};

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Still training, or trained to the last step.
    Active,
    /// Its loss fell below the limit after so many steps; its parameters stay as they were then.
    Stopped(u64),
    /// Its loss was no finite number after so many steps.
    Diverged(u64),
}

impl MemberStatus {
    /// Whether further steps would change it.
    pub fn is_active(self) -> bool {
        self == Self::Active
    }

    /// Whether its loss stopped being a finite number.
    pub fn is_diverged(self) -> bool {
        matches!(self, Self::Diverged(_))
    }

    /// Steps of training done when the population has done `steps`.
    pub fn steps(self, steps: u64) -> u64 {
        match self {
            Self::Active => steps,
            Self::Stopped(step) | Self::Diverged(step) => step,
        }
    }
}

/// The host's part of a checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HostState {
    pub(super) members: Vec<MemberStatus>,
    /// Scalars of the optimiser's state.
    pub(super) optimiser: Scalars,
}

/// How long the appended files were at a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offsets {
    pub(super) metrics: u64,
    /// By the name of the folder below the population's.
    pub(super) events: BTreeMap<String, u64>,
}

/// A population after its last step.
pub struct Trained {
    /// Parameters of all members `[E, P]`, row-major.
    pub parameters: Vec<f32>,
    /// How each member ended.
    pub members: Vec<MemberStatus>,
    /// Steps that the population did.
    pub steps: u64,
}

/// The appended files of one population: its lines of metrics.jsonl and its event files.
pub struct Journal {
    metrics: MetricsWriter,
    mean: EventsWriter,
    members: Vec<EventsWriter>,
    numbers: Vec<u32>,
}

impl Journal {
    /// Opens the files at the given lengths, or afresh where there are none; `metrics_start` is where this population's
    /// lines begin.
    pub(super) fn open(
        paths: &RunPaths,
        population: &Population,
        metrics_start: u64,
        offsets: Option<&Offsets>,
    ) -> Result<Self, RecordError> {
        let events = |member: Option<u32>| {
            let folder = paths.events(&population.id, member);
            let offset = offsets.and_then(|offsets| offsets.events.get(&event_key(member)).copied());
            match offset {
                Some(offset) => EventsWriter::resume(&folder, offset),
                None => EventsWriter::create(&folder, now()),
            }
        };
        let numbers: Vec<u32> = population.members.iter().map(|member| member.number).collect();
        Ok(Self {
            metrics: MetricsWriter::resume(&paths.metrics(), offsets.map_or(metrics_start, |offsets| offsets.metrics))?,
            mean: events(None)?,
            members: numbers.iter().map(|&number| events(Some(number))).collect::<Result<_, _>>()?,
            numbers,
        })
    }

    /// Appends one line a member; `values` are in the order of the members.
    pub(super) fn append(
        &mut self,
        step: u64,
        split: &str,
        values: &[Vec<(&'static str, f64)>],
    ) -> Result<(), RecordError> {
        let time = now();
        let records = self.numbers.iter().zip(values);
        let records = records.map(|(&number, values)| MetricsRecord::new(step, number, split, values.iter().copied()));
        self.metrics.append(&records.collect::<Vec<_>>())?;
        for (writer, values) in self.members.iter_mut().zip(values) {
            writer.scalars(step, time, values.iter().copied())?;
        }
        let Some(first) = values.first() else { return Ok(()) };
        let mean = first.iter().enumerate().map(|(index, &(name, _))| {
            let finite = values.iter().filter_map(|values| values.get(index)).map(|&(_, value)| value);
            let finite: Vec<f64> = finite.filter(|value| value.is_finite()).collect();
            (name, finite.iter().sum::<f64>() / finite.len().max(1) as f64)
        });
        self.mean.scalars(step, time, mean)
    }

    /// Forces everything to the disk and tells how long the files are.
    pub(super) fn sync(&mut self) -> Result<Offsets, RecordError> {
        let mut events = BTreeMap::from([(event_key(None), self.mean.sync()?)]);
        for (&number, writer) in self.numbers.iter().zip(&mut self.members) {
            events.insert(event_key(Some(number)), writer.sync()?);
        }
        Ok(Offsets { metrics: self.metrics.sync()?, events })
    }
}

fn event_key(member: Option<u32>) -> String {
    member.map_or_else(|| "mean".to_owned(), |number| number.to_string())
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
