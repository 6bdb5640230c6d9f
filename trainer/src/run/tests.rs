//! Whether a device that computes wrongly is kept from computing. The processor takes its place here, and what it says to
//! the comparison is changed on the way.

use rote_models::Kernels;

use super::*;
use crate::backend::{DeviceFailure, Limits};
use crate::config::{Overrides, from_text};
use crate::progress::Silent;
use crate::record::run_json::EngineRecord;

fn plan(check: bool) -> Plan {
    let text = "seeds = 3\nfacts = { count = 40, universe = '2^16' }\nnon_facts = { per_step = 50, held_out = 500 }\n\
                model = { widths = [5, 7] }\ntrain = { steps = 6 }";
    plan_of(text, check)
}

fn plan_of(text: &str, check: bool) -> Plan {
    let experiment = from_text(text, Path::new("x.toml"), Path::new("."), Overrides::default());
    let mut plan = Plan::new(&experiment.expect("a configuration")).expect("a plan");
    // The setting is one of GPUs; on the processor it is not read.
    plan.resolved.experiment.backend.check = check;
    plan
}

/// The processor in a GPU's place, with no room for more than some members at once.
fn opened(plan: &Plan) -> Opened {
    let engine = EngineRecord {
        compiler: "none".into(),
        api: "none".into(),
        fusion: false,
        autotune: false,
        matmul_precision: None,
    };
    let limits = Limits { largest_tensor: Some(4 * 32 * 90 * 2), ..Limits::default() };
    let opened = backend::open(&plan.resolved.experiment.backend).expect("the processor");
    Opened { kernels: Kernels::Composed, limits, engine: Some(engine), ..opened }
}

fn started(plan: &Plan, directory: &Path, answering: Answering) -> Result<Outcome, RunError> {
    let stop = AtomicBool::new(false);
    start_on((opened(plan), answering), plan, (directory, Instant::now()), &stop, &Silent)
}

#[test]
fn a_device_that_computes_wrongly_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let plan = plan(true);
    let wrong: Answering = &|subject, device, kernels| {
        let mut answer = subject.answer(device, kernels)?;
        // As a kernel that loses the last member's share.
        if subject.population == "w7" {
            let last = answer.gradients.len() - 1;
            answer.gradients[last] = 0.0;
        }
        Ok(answer)
    };
    let Err(error) = started(&plan, &run, wrong) else { panic!("a wrong device computes") };
    assert!(matches!(error, RunError::Differs { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("flex is not trusted") && text.contains("bias[0] of member 1 of w7 is 0e0"), "{text}");
    assert!(text.contains("take another backend; --no-check computes on it all the same"), "{text}");
    assert!(!run.exists());
}

#[test]
fn a_run_that_goes_on_elsewhere_says_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let outcome = start(&plan(true), &run, &AtomicBool::new(true), &Silent).expect("a start");
    assert_eq!(outcome.status, RunStatus::Interrupted);
    let here = RunRecord::read(&run.join("run.json")).expect("a record");
    let elsewhere = RunRecord {
        hostname: "elsewhere".into(),
        features: vec!["other".into()],
        instruction_set: "other".into(),
        git_commit: Some("0ther".into()),
        versions: Versions { rote: "0.0.1".into(), burn: "0.0.1".into() },
        threads: 77,
        ..here.clone()
    };
    elsewhere.write(&run.join("run.json")).expect("a record");
    let outcome = resume(&run, Overrides::default(), &AtomicBool::new(false), &Silent).expect("a run");
    assert_eq!(outcome.status, RunStatus::Complete);
    let record = RunRecord::read(&run.join("run.json")).expect("a record");
    let circumstances = |record: &RunRecord| {
        let (features, set, commit) = (&record.features, &record.instruction_set, &record.git_commit);
        (
            record.hostname.clone(),
            features.clone(),
            set.clone(),
            commit.clone(),
            record.versions.clone(),
            record.threads,
        )
    };
    assert_eq!(circumstances(&record), circumstances(&here));
    let [earlier] = &record.earlier_backends[..] else { panic!("{:?}", record.earlier_backends) };
    assert_eq!(
        (earlier.hostname.as_str(), earlier.threads, earlier.versions.burn.as_str()),
        ("elsewhere", 77, "0.0.1")
    );
}

#[test]
fn without_the_check_it_trains_and_with_a_right_answer_it_is_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    for (check, name) in [(false, "unchecked"), (true, "checked")] {
        let run = folder.path().join(name);
        let answering: Answering = &|subject, device, kernels| {
            assert!(check, "nobody asks without the check");
            subject.answer(device, kernels)
        };
        let outcome = started(&plan(check), &run, answering).expect("a run");
        assert_eq!(outcome.status, RunStatus::Complete);
        let record = RunRecord::read(&run.join("run.json")).expect("a record");
        assert_eq!(record.engine.expect("an engine").matmul_precision.as_deref(), Some("f32"), "it is probed anyway");
        let shapes: Vec<[u32; 3]> =
            record.checks.iter().map(|check| [check.members, check.rows, check.scored_rows]).collect();
        // As the run computes: two members in the largest group.
        assert_eq!(shapes, if check { vec![[2, 90, 180]; 2] } else { Vec::new() });
    }
}

#[test]
fn what_finds_no_memory_is_done_by_halves_until_nothing_is_left_to_halve() {
    let folder = tempfile::tempdir().expect("a folder");
    let short = |most: usize| {
        move |subject: &Subject, device: &burn::tensor::Device, kernels| {
            if subject.extent.members * subject.extent.rows() > most {
                return Err(DeviceFailure::OutOfMemory("no such buffer".into()));
            }
            subject.answer(device, kernels)
        }
    };
    let run = folder.path().join("halved");
    let outcome = started(&plan(true), &run, &short(50)).expect("a run");
    assert_eq!(outcome.status, RunStatus::Complete);
    let record = RunRecord::read(&run.join("run.json")).expect("a record");
    // Three members of 90 rows, of which 180 rows fit as tensors go: 90, then 45.
    let shapes: Vec<[u32; 2]> = record.checks.iter().map(|check| [check.members, check.rows]).collect();
    assert_eq!((shapes, record.memory_halvings), (vec![[1, 45]; 2], 2));

    let run = folder.path().join("nothing");
    let Err(error) = started(&plan(true), &run, &short(0)) else { panic!("it computes in no memory") };
    let text = error.to_string();
    assert!(text.starts_with("flex failed in its first computations: the device is out of memory"), "{text}");
    assert!(text.contains("no such buffer\n  fix: end what else holds memory"), "{text}");
    assert!(!run.exists());
}

/// On a software adapter, whose largest tensor has 128 MiB; a GPU may hold all of it at once, and must be as right.
#[cfg(feature = "wgpu")]
#[test]
fn what_a_device_of_unknown_limits_cannot_hold_is_halved_until_it_can() {
    let _turn = backend::TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some((device, limits)) = backend::for_tests() else { return };
    let text = "seeds = 17\nfacts = { count = 100, universe = '2^24' }\n\
                non_facts = { per_step = 64000, held_out = 1000 }\nmodel = { widths = [2] }\n\
                train = { steps = 1, log_every = 1 }\nevaluation = { non_facts = 10 }";
    let plan = plan_of(text, false);
    let folder = tempfile::tempdir().expect("a folder");
    let losses = |name: &str, opened: Opened| {
        let (run, stop) = (folder.path().join(name), AtomicBool::new(false));
        let begun = Instant::now();
        let outcome = start_on((opened, &Subject::answer), &plan, (&run, begun), &stop, &Silent).expect("a run");
        assert_eq!(outcome.status, RunStatus::Complete, "{:?}", outcome.reason);
        let lines = crate::record::read_metrics(&run.join("metrics.jsonl")).expect("metrics");
        let losses: Vec<f64> = lines.iter().map(|line| line.values["loss_nats"].0).collect();
        (losses, RunRecord::read(&run.join("run.json")).expect("a record").memory_halvings)
    };
    let unknown = Limits::default();
    let (on_cpu, none) = losses("processor", Opened { limits: unknown, engine: None, ..opened(&plan) });
    let (on_device, halvings) = losses("device", Opened { device, limits: unknown, ..opened(&plan) });
    let is_small = limits.largest_tensor.is_some_and(|largest| largest < 17 * 64_100 * 128);
    assert_eq!((none, halvings > 0), (0, is_small));
    assert_eq!(on_device.len(), 17);
    for (got, expected) in on_device.into_iter().zip(on_cpu) {
        assert!((got - expected).abs() < 1e-5, "{got} on the device, {expected} on the processor");
    }
}

/// Finds the device full once, when so many steps are done.
#[cfg(feature = "wgpu")]
struct FullAt(u64, AtomicBool);

#[cfg(feature = "wgpu")]
impl Progress for FullAt {
    fn begin(&self, _title: &str, _unit: &'static str, _total: u64, _done: u64) {}
    fn advance(&self, done: u64, _message: &dyn Fn() -> String) {
        let full = done == self.0 && !self.1.swap(true, std::sync::atomic::Ordering::Relaxed);
        // As an engine's allocation fails.
        assert!(!full, "out of memory");
    }
    fn end(&self) {}
}

#[cfg(feature = "wgpu")]
#[test]
fn a_training_that_finds_the_device_full_goes_on_from_its_checkpoint_and_repeats_no_line() {
    let _turn = backend::TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some((device, _)) = backend::for_tests() else { return };
    let text = "seeds = 2\nfacts = { count = 40, universe = '2^16' }\nnon_facts = { per_step = 50, held_out = 500 }\n\
                model = { widths = [5] }\ntrain = { steps = 30, log_every = 5, checkpoint_every = 10 }";
    let plan = plan_of(text, false);
    let folder = tempfile::tempdir().expect("a folder");
    let trained = |name: &str, progress: &dyn Progress| {
        let (run, stop) = (folder.path().join(name), AtomicBool::new(false));
        let on = Opened { device: device.clone(), limits: Limits::default(), ..opened(&plan) };
        let begun = Instant::now();
        let outcome = start_on((on, &Subject::answer), &plan, (&run, begun), &stop, progress).expect("a run");
        assert_eq!(outcome.status, RunStatus::Complete, "{:?}", outcome.reason);
        let lines = crate::record::read_metrics(&run.join("metrics.jsonl")).expect("metrics");
        let record = RunRecord::read(&run.join("run.json")).expect("a record");
        assert!(record.timings["w5"].train_seconds > 0.0);
        (lines, record.memory_halvings)
    };
    let (undisturbed, none) = trained("undisturbed", &Silent);
    let (halved, halvings) = trained("halved", &FullAt(15, AtomicBool::new(false)));
    assert_eq!((none, halvings, halved.len()), (0, 1, undisturbed.len()));
    for (got, expected) in halved.iter().zip(&undisturbed) {
        assert_eq!((got.step, got.member), (expected.step, expected.member));
        let (got, expected) = (got.values["loss_nats"].0, expected.values["loss_nats"].0);
        assert!((got - expected).abs() < 1e-5, "{got} and {expected}");
    }
}
