//! Whether a device that computes wrongly is kept from computing. The processor takes its place here, and what it says to
//! the comparison is changed on the way.

use rote_models::Kernels;

use super::*;
use crate::backend::Limits;
use crate::backend::check::CheckError;
use crate::config::{Overrides, from_text};
use crate::progress::Silent;
use crate::record::run_json::EngineRecord;

fn plan(check: bool) -> Plan {
    let text = "seeds = 3\nfacts = { count = 40, universe = '2^16' }\nnon_facts = { per_step = 50, held_out = 500 }\n\
                model = { widths = [5, 7] }\ntrain = { steps = 6 }";
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
    let limits = Limits { largest_tensor: Some(4 * 32 * 90 * 2), memory: None };
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
    assert!(matches!(error, RunError::Check { error: CheckError::Differs(_), .. }), "{error}");
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
