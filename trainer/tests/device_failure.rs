//! A device that fails: out of memory, then lost in the middle of a run, which ends as failed and goes on elsewhere. One
//! test, since a lost device is lost to the whole process.
#![cfg(feature = "wgpu")]

mod support;

use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, Tensor};
use rote::backend::{self, DeviceFailure, guarded};
use rote::config::{self, Overrides};
use rote::progress::Progress;
use rote::record::{RunRecord, RunStatus};
use rote::run::{self, Plan};
use support::{Bench, SMALL, code, evaluation, has_adapter, stderr};

/// Takes the device away when so many steps are done.
struct LosesAt(u64);

impl Progress for LosesAt {
    fn begin(&self, _title: &str, _unit: &'static str, _total: u64, _done: u64) {}
    fn advance(&self, done: u64, _message: &dyn Fn() -> String) {
        if done == self.0 {
            backend::lose_devices();
        }
    }
    fn end(&self) {}
}

fn filled(numbers: usize, device: &Device) -> Result<Vec<f32>, DeviceFailure> {
    guarded(|| backend::read(Tensor::<1>::ones([numbers], device) * 2.0)).flatten()
}

#[test]
fn a_device_that_fails_ends_a_run_that_goes_on_elsewhere() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&SMALL.replace("widths = [6, 9]", "widths = [6]"));
    let sets = ["backend.allow_software_gpu=true".to_owned()];
    let overrides = Overrides { sets: &sets, backend: Some("wgpu:0"), non_facts: None };
    let experiment = config::load(&bench.path("experiment.toml"), overrides).expect("a configuration");
    let plan = Plan::new(&experiment).expect("a plan");
    let opened = backend::open(&experiment.backend).expect("an adapter");

    let most = opened.limits.largest_tensor.expect("a limit") as usize / 4;
    let failure = filled(most + (1 << 20), &opened.device).expect_err("no such buffer");
    assert!(matches!(failure, DeviceFailure::OutOfMemory(_)), "{failure:?}");
    assert_eq!(filled(3, &opened.device), Ok(vec![2.0; 3]), "a device that was too small goes on");

    let run = bench.path("run");
    let outcome = run::start(&plan, &run, &AtomicBool::new(false), &LosesAt(60)).expect("an outcome");
    assert_eq!(outcome.status, RunStatus::Failed);
    let reason = outcome.reason.expect("a reason");
    assert!(reason.contains("the device was lost") && reason.contains("--resume"), "{reason}");
    let record = RunRecord::read(&run.join("run.json")).expect("a record");
    assert_eq!((record.status, record.reason.as_deref()), (RunStatus::Failed, Some(reason.as_str())));
    assert!(run.join("checkpoints/w6/step-50/manifest.json").exists());
    assert!(matches!(filled(3, &opened.device), Err(DeviceFailure::Lost(_))), "it stays lost");

    let output = bench.rote(&["train", "--quiet", "--resume", "run", "--backend", "flex"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let record = RunRecord::read(&run.join("run.json")).expect("a record");
    assert_eq!((record.status, record.backend.as_str(), record.resumed), (RunStatus::Complete, "flex", 1));
    assert_eq!(record.earlier_backends.len(), 1);
    assert_eq!(record.earlier_backends[0].backend, "wgpu:0");
    assert!(record.checks.is_empty() && record.engine.is_none());
    assert!(evaluation(&run).members.iter().all(|member| member.rate_bits_per_fact.is_some()));
}
