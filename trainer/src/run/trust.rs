//! Before anything is written: whether the device can hold the networks, and whether it computes what it should.

use std::time::{Duration, Instant};

use burn::tensor::Device;
use rote_models::Kernels;

use super::{Plan, RunError};
use crate::backend::check::{Answer, CheckError, Precision, Subject, check, probe};
use crate::backend::{DeviceFailure, Division, Limits, Opened, TooLarge};
use crate::progress::Progress;
use crate::record::run_json::CheckRecord;
use crate::train::Population;

/// What a device is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Train, and evaluate afterwards.
    Train,
    /// The same for a run that has begun: its configuration is settled.
    GoOn,
    /// Evaluate alone: how large a step's batch is matters to nobody.
    Evaluate,
}

/// How a device answers for a subject: [`Subject::answer`], or a test's device that answers otherwise.
pub(super) type Answering<'a> = &'a (dyn Fn(&Subject, &Device, Kernels) -> Result<Answer, DeviceFailure> + Sync);

/// A device that may compute.
pub(super) struct Checked {
    /// What it was compared with the CPU on.
    pub(super) records: Vec<CheckRecord>,
    /// What that took of the CPU. The device's part compiles kernels that the run needs anyway.
    pub(super) on_cpu: Duration,
}

/// Makes sure that a device can hold every network, notes how precise a GPU is, and compares it with the CPU on every
/// population, unless the configuration says not to.
///
/// # Errors
/// [`RunError::TooLarge`], [`RunError::Differs`], [`RunError::Unchecked`].
pub(super) fn checked(
    (plan, purpose): (&Plan, Purpose),
    opened: &mut Opened,
    answering: Answering,
    progress: &dyn Progress,
) -> Result<Checked, RunError> {
    let begun = Instant::now();
    let divisions = plan.populations.iter().map(|population| {
        let division = division(population, purpose, opened);
        division.map_err(|error| {
            let (population, backend) = (population.id.clone(), opened.name.clone());
            RunError::TooLarge { population, backend, error }
        })
    });
    let divisions = divisions.collect::<Result<Vec<_>, _>>()?;
    if opened.engine.is_none() {
        return Ok(Checked { records: Vec::new(), on_cpu: Duration::ZERO });
    }
    let config = &plan.resolved.experiment.backend;
    let mut comparing = Comparing { opened, answering, check: config.check, on_device: Duration::ZERO };
    progress.begin(&format!("check {}", comparing.opened.name), "population", plan.populations.len() as u64, 0);
    let compared = plan.populations.iter().zip(divisions).zip(1..).map(|((population, division), done)| {
        let compared = comparing.compare(population, division, plan.resolved.scored);
        progress.advance(done, &String::new);
        compared
    });
    let compared = compared.collect::<Result<Vec<_>, _>>();
    progress.end();
    let on_cpu = begun.elapsed().saturating_sub(comparing.on_device);
    let compared = compared.map_err(|error| refusal(error, opened.name.clone(), (purpose, config.fusion)))?;
    let (precisions, records): (Vec<_>, Vec<_>) = compared.into_iter().unzip();
    if let Some(engine) = &mut opened.engine {
        engine.matmul_precision = precisions.into_iter().min().map(|precision| precision.to_string());
    }
    Ok(Checked { records: records.into_iter().flatten().collect(), on_cpu })
}

fn refusal(error: CheckError, backend: String, (purpose, fusion): (Purpose, bool)) -> RunError {
    let settled = purpose != Purpose::Train;
    let elsewhere = match (settled, fusion) {
        (false, true) => "set backend.fusion = false, or take another backend",
        (false, false) => "take another backend",
        (true, _) => "take another --backend",
    };
    match error {
        CheckError::Differs(difference) => RunError::Differs { backend, difference, fix: elsewhere },
        CheckError::Device(failure) => {
            let fix = match failure {
                DeviceFailure::OutOfMemory(_) if settled => {
                    "end what else holds memory of the device, or take another --backend"
                }
                DeviceFailure::OutOfMemory(_) => {
                    "end what else holds memory of the device, lower seeds, train.facts_per_step or \
                     non_facts.per_step, or take another backend"
                }
                DeviceFailure::Lost(_) => "look into the system's log (dmesg) and try again, or take another backend",
                DeviceFailure::Operation(_) => elsewhere,
            };
            RunError::Unchecked { backend, failure, fix }
        }
    }
}

fn division(population: &Population, purpose: Purpose, opened: &Opened) -> Result<Division, TooLarge> {
    let (limits, shape) = (opened.limits, &population.shape);
    match purpose {
        Purpose::Train | Purpose::GoOn => limits.divide(shape, population.members.len(), population.rows()),
        Purpose::Evaluate => {
            let rows = limits.rows_at_once(shape, population.rows()).max(2);
            // They are halved already.
            Limits { halvings: 0, ..limits }.divide(shape, 1, rows)
        }
    }
}

/// A device beside the CPU.
struct Comparing<'a> {
    opened: &'a Opened,
    answering: Answering<'a>,
    check: bool,
    on_device: Duration,
}

impl Comparing<'_> {
    fn compare(
        &mut self,
        population: &Population,
        division: Division,
        scored: u64,
    ) -> Result<(Precision, Option<CheckRecord>), CheckError> {
        let Opened { device, kernels, limits, .. } = self.opened;
        let extent = population.extent(division, (*kernels, *limits, scored));
        let precision = self.timed(|| probe(device, &population.shape, &extent))?;
        if !self.check {
            return Ok((precision, None));
        }
        let answering = self.answering;
        let record = check(&population.subject(extent), precision, |subject| {
            self.timed(|| answering(subject, device, *kernels))
        });
        Ok((precision, Some(record?)))
    }

    /// Does work on the device and keeps how long it took.
    fn timed<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = work();
        self.on_device += begun.elapsed();
        result
    }
}
