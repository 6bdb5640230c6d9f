//! A run from its configuration to its evaluation: facts drawn, populations trained one after another, every member
//! evaluated, everything recorded. Killed at any moment it goes on from its last checkpoint.

mod error;
pub(crate) mod memory;
mod trust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use rayon::ThreadPool;
use rote_models::kernels::simd::Isa;

pub use self::error::RunError;
use self::trust::{Answering, Purpose, checked};
use crate::backend::check::Subject;
use crate::backend::{self, Opened, guarded, guarded_on};
use crate::config::{self, Experiment, FactCounts, Overrides, Resolved};
use crate::evaluate::Evaluation;
use crate::facts::{ClaimFormat, FactsError, FileClaims, Universe, trained_share};
use crate::progress::Progress;
use crate::record::evaluation_json::Made;
use crate::record::run_json::{BackendRecord, MemberRecord, PopulationRecord, Timings, Versions};
use crate::record::{
    EvaluationFile, RunDirectory, RunPaths, RunRecord, RunState, RunStatus, SCHEMA_VERSION, utc_compact, utc_rfc3339,
};
use crate::train::{Population, Recipe, Trained, Trainer};

/// An experiment with its facts: all that a run needs but a place.
pub struct Plan {
    /// The experiment with nothing left open.
    pub resolved: Resolved,
    /// What is trained, in this order.
    pub populations: Vec<Population>,
}

impl Plan {
    /// Reads the file of facts if there is one, resolves what depends on it, and draws every member's facts.
    ///
    /// # Errors
    /// [`RunError`] where the configuration, the file or the facts are wrong.
    pub fn new(experiment: &Experiment) -> Result<Self, RunError> {
        let claims = read_claims(experiment)?;
        let counts = match (&experiment.facts.source, &claims) {
            (config::Source::File { fraction, .. }, Some(claims)) => {
                let total = claims.claims().len() as u64;
                let trained = trained_share(total, *fraction);
                FactCounts { universe: claims.universe().size(), trained, never_shown: total - trained }
            }
            (config::Source::Random { count, universe }, _) => {
                FactCounts { universe: *universe, trained: *count, never_shown: 0 }
            }
            (config::Source::File { .. }, None) => unreachable!("a file source was read above"),
        };
        let resolved = experiment.resolve(counts)?;
        let populations = Population::of(&resolved, claims.as_ref())?;
        if experiment.evaluation.control {
            for member in populations.iter().flat_map(|population| &population.members) {
                member.batches.facts().split_control()?;
            }
        }
        Ok(Self { resolved, populations })
    }

    /// p = n/u.
    pub fn sparsity(&self) -> f64 {
        self.resolved.facts as f64 / self.resolved.universe as f64
    }

    /// `runs/<name>-<time>-<digest>`: where a run goes if nothing is said.
    pub fn default_directory(&self, time: SystemTime) -> PathBuf {
        let experiment = &self.resolved.experiment;
        let digest = experiment.digest();
        Path::new("runs").join(format!("{}-{}-{}", experiment.name, utc_compact(time), &digest[..6]))
    }
}

fn read_claims(experiment: &Experiment) -> Result<Option<Arc<FileClaims>>, RunError> {
    let config::Source::File { path, format, alphabet, universe, .. } = &experiment.facts.source else {
        return Ok(None);
    };
    let format = alphabet.as_ref().map_or_else(|| format.name().to_owned(), |a| format!("{}:{a}", format.name()));
    let format = format.parse::<ClaimFormat>()?;
    let universe = universe.map(Universe::new).transpose()?;
    let claims = FileClaims::read(path, &format, universe).map_err(FactsError::from)?;
    Ok(Some(Arc::new(claims)))
}

/// How a run ended.
pub struct Outcome {
    /// Its directory.
    pub directory: PathBuf,
    /// Complete, interrupted or failed.
    pub status: RunStatus,
    /// Why, where it is not complete.
    pub reason: Option<String>,
    /// What was measured, once all is trained.
    pub evaluation: Option<EvaluationFile>,
    /// Where that was written.
    pub written: Option<PathBuf>,
    /// Whether the run was complete already, so that nothing was done.
    pub was_complete: bool,
}

/// Starts a run in a new directory.
///
/// # Errors
/// [`RunError`]; if [`RunError::is_request`], nothing was written.
pub fn start(plan: &Plan, directory: &Path, stop: &AtomicBool, progress: &dyn Progress) -> Result<Outcome, RunError> {
    let begun = Instant::now();
    let opened = backend::open(&plan.resolved.experiment.backend)?;
    start_on((opened, &Subject::answer), plan, (directory, begun), stop, progress)
}

/// The same on a device that is open.
fn start_on(
    (mut opened, answering): (Opened, Answering),
    plan: &Plan,
    (directory, begun): (&Path, Instant),
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Outcome, RunError> {
    let pool = pool(plan.resolved.experiment.backend.threads)?;
    RunPaths::new(directory).require_free().map_err(RunError::Directory)?;
    let checked =
        pool.install(|| in_pieces(&mut opened, |opened| checked((plan, Purpose::Train), opened, answering, progress)))?;
    let directory = RunDirectory::create(directory).map_err(RunError::Directory)?;
    let record = RunRecord { checks: checked.records, ..describe(plan, &opened) };
    directory.begin(&plan.resolved.experiment.resolved_toml(), &record)?;
    let begun = begun + checked.on_cpu;
    pool.install(|| go_on(plan, opened, &directory, (record, begun), stop, progress))
}

/// Goes on with a run where its last checkpoints left it, with `overrides` laid over its configuration: on which backend
/// an experiment is computed is no part of it. A complete run is left as it is.
///
/// # Errors
/// [`RunError`]; if [`RunError::is_request`], nothing was written.
pub fn resume(
    path: &Path,
    overrides: Overrides,
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Outcome, RunError> {
    let paths = RunPaths::new(path);
    if let RunState::Complete(_) = paths.state().map_err(RunError::Directory)? {
        let evaluation = EvaluationFile::read(&paths.evaluation())?;
        let directory = path.to_path_buf();
        return Ok(Outcome {
            directory,
            status: RunStatus::Complete,
            reason: None,
            evaluation: Some(evaluation),
            written: Some(paths.evaluation()),
            was_complete: true,
        });
    }
    let directory = RunDirectory::open(path).map_err(RunError::Directory)?;
    let (plan, mut record) = reopen(&paths, overrides)?;
    let begun = Instant::now();
    let mut opened = backend::open(&plan.resolved.experiment.backend)?;
    let pool = pool(plan.resolved.experiment.backend.threads)?;
    let checked = pool.install(|| {
        in_pieces(&mut opened, |opened| checked((&plan, Purpose::GoOn), opened, &Subject::answer, progress))
    })?;
    let begun = begun + checked.on_cpu;
    record.move_to(backend_record(&plan, &opened));
    record.checks = checked.records;
    record.memory_halvings = record.memory_halvings.max(opened.limits.halvings);
    record.resumed += 1;
    record.status = RunStatus::Running;
    record.reason = None;
    record.finished = None;
    record.write(&paths.run_json())?;
    pool.install(|| go_on(&plan, opened, &directory, (record, begun), stop, progress))
}

/// The plan and record of an existing run, its facts compared with those that it was made from.
///
/// # Errors
/// [`RunError`] if it cannot be read or its facts are not those recorded.
fn reopen(paths: &RunPaths, overrides: Overrides) -> Result<(Plan, RunRecord), RunError> {
    let record = RunRecord::read(&paths.run_json())?;
    let plan = Plan::new(&config::load(&paths.config(), overrides)?)?;
    for (expected, member) in record.members.iter().zip(plan.populations.iter().flat_map(|p| &p.members)) {
        let found = member.batches.facts().digest().to_string();
        if found != expected.fact_set_digest {
            return Err(RunError::OtherFacts {
                path: paths.root().to_path_buf(),
                member: expected.member,
                expected: expected.fact_set_digest.clone(),
                found,
            });
        }
    }
    Ok((plan, record))
}

/// Runs work on a pool of so many threads.
///
/// # Errors
/// [`RunError::Threads`] if the system does not give them.
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, RunError> {
    Ok(pool(threads)?.install(work))
}

fn pool(threads: usize) -> Result<ThreadPool, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| RunError::Threads { threads, reason: error.to_string() })
}

fn go_on(
    plan: &Plan,
    mut opened: Opened,
    directory: &RunDirectory,
    (mut record, begun): (RunRecord, Instant),
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Outcome, RunError> {
    // What an attempt that failed took is no part of the next one's first step.
    let mut first = Some(begun);
    let worked = in_pieces(&mut opened, |opened| {
        let begun = first.take().unwrap_or_else(Instant::now);
        guarded_on(&opened.device, || work(plan, opened, directory, (&mut record, begun), stop, progress))?
    });
    record.peak_memory_bytes = record.peak_memory_bytes.max(memory::peak());
    record.memory_halvings = record.memory_halvings.max(opened.limits.halvings);
    let (status, reason, evaluation) = match worked {
        Ok(Some(evaluation)) => match failure(&evaluation) {
            Some(reason) => (RunStatus::Failed, Some(reason), Some(evaluation)),
            None => (RunStatus::Complete, None, Some(evaluation)),
        },
        Ok(None) => (RunStatus::Interrupted, Some("stopped by a signal".to_owned()), None),
        Err(error) if error.is_of_device() => {
            let run = directory.paths().root().display();
            let advice = format!("go on from the last checkpoint with: rote train --resume {run} --backend flex");
            let choice = "(or another backend; without --backend it goes on with that of config.toml)";
            (RunStatus::Failed, Some(format!("{error}; {advice} {choice}")), None)
        }
        Err(error) => {
            record.status = RunStatus::Failed;
            record.reason = Some(error.to_string());
            record.finished = Some(utc_rfc3339(SystemTime::now()));
            // The error that stopped the run is the one to tell; a disk that is full cannot take this note either.
            let _ = record.write(&directory.paths().run_json());
            return Err(error);
        }
    };
    record.status = status;
    record.reason.clone_from(&reason);
    record.finished = Some(utc_rfc3339(SystemTime::now()));
    record.write(&directory.paths().run_json())?;
    let written = evaluation.is_some().then(|| directory.paths().evaluation());
    Ok(Outcome {
        directory: directory.paths().root().to_path_buf(),
        status,
        reason,
        evaluation,
        written,
        was_complete: false,
    })
}

/// Does work on a device, once more with half as much at a time whenever its memory was too small: how much of it is
/// free is not always known before, and may change. Training goes on from its last checkpoint.
fn in_pieces<T>(opened: &mut Opened, mut work: impl FnMut(&mut Opened) -> Result<T, RunError>) -> Result<T, RunError> {
    loop {
        match work(opened) {
            Err(error) if error.is_out_of_memory() && opened.limits.halve() => {
                tracing::warn!("{error}; once more with half as much at a time");
                // What it cannot give back it could not have used either.
                let _ = guarded(|| opened.device.memory_cleanup());
            }
            done => return done,
        }
    }
}

/// Every member diverged.
fn failure(evaluation: &EvaluationFile) -> Option<String> {
    use crate::record::evaluation_json::MemberStatus;
    let all = evaluation.members.iter().all(|member| member.status == MemberStatus::Diverged);
    all.then(|| "every member diverged; lower train.learning_rate or set train.clip".to_owned())
}

/// Trains what is not trained and evaluates all; `None` if it was stopped before.
fn work(
    plan: &Plan,
    opened: &Opened,
    directory: &RunDirectory,
    (record, mut begun): (&mut RunRecord, Instant),
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Option<EvaluationFile>, RunError> {
    let experiment = &plan.resolved.experiment;
    let (kernels, device) = (opened.kernels, &opened.device);
    let limits = opened.limits;
    let recipe = Recipe { config: &experiment.train, sparsity: plan.sparsity(), kernels, device, limits };
    let mut trained = Vec::with_capacity(plan.populations.len());
    let mut metrics_end = 0;
    for population in &plan.populations {
        let start = Instant::now();
        let mut trainer = Trainer::open(&recipe, population, directory.paths(), metrics_end, begun)?;
        let done = trainer.run(stop, progress);
        record.device_memory_bytes = record.device_memory_bytes.max(trainer.device_memory());
        let (speed, timings) = (trainer.speed(), timings(record, population));
        timings.train_seconds += start.elapsed().as_secs_f64();
        timings.add(speed.first_step_seconds, speed.measured_steps, speed.measured_seconds);
        let done = done?;
        metrics_end = trainer.metrics_end();
        begun = Instant::now();
        if !done {
            return Ok(None);
        }
        trained.push(trainer.finish()?);
    }
    let evaluation = Evaluation { plan, kernels, device, limits };
    let starts = Instant::now();
    let Some(file) = evaluation.run(&trained, Some(&directory.paths().scores()), stop, progress)? else {
        return Ok(None);
    };
    record.device_memory_bytes = record.device_memory_bytes.max(memory::reserved(device));
    file.write(&directory.paths().evaluation())?;
    // Members of all populations are evaluated in one sweep; each population bears its share of the parameters.
    let work = |population: &Population| (population.members.len() * population.shape.parameters()) as f64;
    let total: f64 = plan.populations.iter().map(work).sum();
    for population in &plan.populations {
        timings(record, population).evaluate_seconds += starts.elapsed().as_secs_f64() * work(population) / total;
    }
    Ok(Some(file))
}

fn timings<'a>(record: &'a mut RunRecord, population: &Population) -> &'a mut Timings {
    record.timings.entry(population.id.clone()).or_default()
}

/// Evaluates the networks of a run again, from its newest checkpoints, with `overrides` laid over its configuration;
/// writes `evaluations/<n>.json`.
///
/// # Errors
/// [`RunError`]; if [`RunError::is_request`], nothing was written.
pub fn evaluate_again(
    run: &Path,
    overrides: Overrides,
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Outcome, RunError> {
    let directory = RunDirectory::open(run).map_err(RunError::Directory)?;
    let paths = directory.paths();
    let (plan, _) = reopen(paths, overrides)?;
    let mut opened = backend::open(&plan.resolved.experiment.backend)?;
    let threads = plan.resolved.experiment.backend.threads;
    with_threads(threads, || {
        in_pieces(&mut opened, |opened| checked((&plan, Purpose::Evaluate), opened, &Subject::answer, progress))
    })??;
    let trained = plan.populations.iter().map(|population| Trained::load(population, paths));
    let trained = trained.collect::<Result<Vec<_>, _>>()?;
    let evaluated = |opened: &mut Opened| {
        let (kernels, limits) = (opened.kernels, opened.limits);
        let evaluation = Evaluation { plan: &plan, kernels, device: &opened.device, limits };
        Ok(guarded_on(&opened.device, || evaluation.run(&trained, None, stop, progress))??)
    };
    let file = with_threads(threads, || in_pieces(&mut opened, evaluated))??;
    let status = if file.is_some() { RunStatus::Complete } else { RunStatus::Interrupted };
    let made = Made {
        time: utc_rfc3339(SystemTime::now()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: opened.name.clone(),
    };
    let file = file.map(|file| EvaluationFile { made: Some(made), ..file });
    let written = file.as_ref().map(|file| directory.add_evaluation(file)).transpose()?;
    Ok(Outcome {
        directory: paths.root().to_path_buf(),
        status,
        reason: None,
        evaluation: file,
        written,
        was_complete: false,
    })
}

fn describe(plan: &Plan, opened: &Opened) -> RunRecord {
    let experiment = &plan.resolved.experiment;
    let members = plan.populations.iter().flat_map(|population| {
        population.members.iter().map(|member| MemberRecord {
            member: member.number,
            population: population.id.clone(),
            seed: member.seed,
            fact_set_digest: member.batches.facts().digest().to_string(),
        })
    });
    let populations = plan.populations.iter().map(|population| PopulationRecord {
        id: population.id.clone(),
        shape: population.shape.to_string(),
        members: population.members.iter().map(|member| member.number).collect(),
        parameters: population.shape.parameters() as u64,
    });
    let with = backend_record(plan, opened);
    RunRecord {
        schema_version: SCHEMA_VERSION,
        status: RunStatus::Running,
        reason: None,
        versions: with.versions,
        git_commit: with.git_commit,
        features: with.features,
        instruction_set: with.instruction_set,
        backend: with.backend,
        device: with.device,
        engine: with.engine,
        checks: Vec::new(),
        earlier_backends: Vec::new(),
        threads: with.threads,
        hostname: with.hostname,
        seeds: experiment.seeds.clone(),
        members: members.collect(),
        populations: populations.collect(),
        started: utc_rfc3339(SystemTime::now()),
        finished: None,
        timings: BTreeMap::new(),
        resumed: 0,
        peak_memory_bytes: None,
        device_memory_bytes: None,
        memory_halvings: opened.limits.halvings,
    }
}

fn backend_record(plan: &Plan, opened: &Opened) -> BackendRecord {
    BackendRecord {
        backend: opened.name.clone(),
        device: opened.identity.clone(),
        engine: opened.engine.clone(),
        versions: Versions { rote: env!("CARGO_PKG_VERSION").to_owned(), burn: BURN_VERSION.to_owned() },
        git_commit: option_env!("ROTE_GIT_COMMIT").map(str::to_owned),
        features: backend::features().into_iter().map(str::to_owned).collect(),
        instruction_set: Isa::best().name().to_owned(),
        threads: plan.resolved.experiment.backend.threads,
        hostname: hostname(),
        checks: Vec::new(),
    }
}

/// The engine's version, which the root manifest pins.
const BURN_VERSION: &str = "0.22.1";

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    name.or_else(|| std::env::var("HOSTNAME").ok()).map_or_else(|| "unknown".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests;
