//! The binary on a GPU: what it lists, what it refuses, and what it records. Any adapter will do, a software one too.
#![cfg(feature = "wgpu")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use rote::compare::ComparisonFile;
use rote::config::{self, Overrides};
use rote::progress::Progress;
use rote::record::{RunRecord, RunStatus, read_metrics};
use rote::run::{self, Plan};
use support::{Bench, SMALL, code, evaluation, has_adapter, read, stderr, stdout};

/// Few steps, since every shape is compiled first.
fn small() -> String {
    SMALL.replace("steps = 120", "steps = 40").replace("widths = [6, 9]", "widths = [6]")
}

/// What `rote devices --json` says of wgpu.
fn listed(bench: &Bench) -> serde_json::Value {
    let output = bench.rote(&["devices", "--json"]);
    let devices: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON alone on stdout");
    devices["backends"].as_array().expect("a list").iter().find(|backend| backend["backend"] == "wgpu").unwrap().clone()
}

#[test]
fn every_adapter_is_listed_with_its_limits() {
    if !has_adapter() {
        return;
    }
    let wgpu = listed(&Bench::new(SMALL));
    assert_eq!(wgpu["built_in"], true);
    for (index, adapter) in wgpu["adapters"].as_array().expect("adapters").iter().enumerate() {
        assert_eq!(adapter["backend"], format!("wgpu:{index}"));
        assert!(!adapter["device"]["name"].as_str().expect("a name").is_empty());
        assert!(adapter["largest_binding_bytes"].as_u64().expect("a limit") >= 1 << 27, "{adapter}");
        assert!(adapter["largest_buffer_bytes"].as_u64().expect("a limit") >= 1 << 27, "{adapter}");
    }
    let table = stdout(&Bench::new(SMALL).rote(&["devices"]));
    assert!(table.contains("wgpu:0: ") && table.contains("largest binding: "), "{table}");
}

#[test]
fn software_is_refused_unless_it_is_allowed_and_no_index_is_invented() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small());
    let adapters = listed(&bench)["adapters"].as_array().expect("adapters").clone();
    for (index, adapter) in adapters.iter().enumerate().filter(|(_, adapter)| adapter["kind"] == "software") {
        let output = bench.rote(&["train", "experiment.toml", "--backend", &format!("wgpu:{index}")]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("--allow-software-gpu"), "{}", stderr(&output));
        assert!(stderr(&output).contains(adapter["device"]["name"].as_str().unwrap()), "{}", stderr(&output));
    }
    let beyond = format!("wgpu:{}", adapters.len());
    let output = bench.rote(&["train", "experiment.toml", "--backend", &beyond, "--allow-software-gpu"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("allowed: wgpu:0 ("), "{}", stderr(&output));
    assert!(!bench.path("runs").exists());
}

#[test]
fn a_run_is_checked_recorded_and_as_good_as_on_the_processor() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small());
    let train = |out: &str, more: &[&str]| {
        let arguments = [&["train", "experiment.toml", "--quiet", "--out", out], more].concat();
        let output = bench.rote(&arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(stderr(&output), "", "nothing but what went wrong belongs there");
        bench.path(out)
    };
    let flex = train("flex", &[]);
    let gpu = train("gpu", &["--backend", "wgpu:0", "--allow-software-gpu"]);
    let record = RunRecord::read(&gpu.join("run.json")).expect("a record");
    assert_eq!(record.backend, "wgpu:0");
    let engine = record.engine.clone().expect("an engine");
    assert!(engine.compiler.starts_with("wgpu<") && !engine.fusion, "{engine:?}");
    assert_eq!(engine.matmul_precision.as_deref(), Some("f32"));
    assert_eq!(record.checks.len(), 1);
    assert!(record.checks[0].loss_difference < 1e-5 && record.checks[0].gradient_difference < 5e-4, "{record:?}");
    assert!(read(&gpu, "config.toml").contains("allow_software_gpu = true"));
    let losses = |run: &std::path::Path| {
        let lines = read_metrics(&run.join("metrics.jsonl")).expect("metrics");
        lines.iter().map(|line| line.values["loss_nats"].0).collect::<Vec<f64>>()
    };
    for (got, expected) in losses(&gpu).into_iter().zip(losses(&flex)) {
        assert!((got - expected).abs() < 1e-4, "{got} on the GPU, {expected} on the processor");
    }
    for (got, expected) in evaluation(&gpu).members.iter().zip(&evaluation(&flex).members) {
        let (got, expected) = (got.rate_bits_per_fact.unwrap(), expected.rate_bits_per_fact.unwrap());
        assert!((got - expected).abs() < 1e-3, "{got} on the GPU, {expected} on the processor");
    }
    // Another evaluation, on the other side.
    let output = bench.rote(&["eval", "flex", "--backend", "wgpu:0", "--allow-software-gpu", "--no-check", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

/// Asks for an end when so many steps are done.
struct StopsAt<'a>(u64, &'a AtomicBool);

impl Progress for StopsAt<'_> {
    fn begin(&self, _title: &str, _unit: &'static str, _total: u64, _done: u64) {}
    fn advance(&self, done: u64, _message: &dyn Fn() -> String) {
        if done == self.0 {
            self.1.store(true, Ordering::Relaxed);
        }
    }
    fn end(&self) {}
}

#[test]
fn a_run_that_began_on_the_processor_goes_on_on_the_gpu() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small());
    bench.train("flex", &[]);
    let experiment = config::load(&bench.path("experiment.toml"), Overrides::default()).expect("a configuration");
    let (plan, stop) = (Plan::new(&experiment).expect("a plan"), AtomicBool::new(false));
    let moved = run::start(&plan, &bench.path("moved"), &stop, &StopsAt(20, &stop)).expect("a start");
    assert_eq!(moved.status, RunStatus::Interrupted);
    let output = bench.rote(&["train", "--resume", "moved", "--backend", "wgpu:0", "--allow-software-gpu", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let record = RunRecord::read(&bench.path("moved/run.json")).expect("a record");
    assert_eq!((record.backend.as_str(), record.resumed, record.checks.len()), ("wgpu:0", 1, 1));
    assert_eq!(record.earlier_backends[0].backend, "flex");
    for (got, expected) in evaluation(&bench.path("moved")).members.iter().zip(&evaluation(&bench.path("flex")).members)
    {
        let (got, expected) = (got.rate_bits_per_fact.unwrap(), expected.rate_bits_per_fact.unwrap());
        assert!((got - expected).abs() < 1e-3, "{got} half on the GPU, {expected} on the processor");
    }
}

#[test]
fn a_network_that_no_division_makes_fit_is_refused_before_anything_is_written() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small().replace("widths = [6]", "widths = [6000]"));
    // 6000 · 6000 weights between the hidden layers alone. A GPU's limit is beyond what a test should hold.
    if listed(&bench)["adapters"][0]["largest_binding_bytes"].as_u64().unwrap() > 4 * 6000 * 6000 {
        return;
    }
    let output =
        bench.rote(&["train", "experiment.toml", "--out", "out", "--backend", "wgpu:0", "--allow-software-gpu"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("w6000 on wgpu:0: the parameters of one network take"), "{}", stderr(&output));
    assert!(stderr(&output).contains("fix: lower model.widths, or take --backend flex"), "{}", stderr(&output));
    assert!(!bench.path("out").exists());
}

#[test]
fn fusion_changes_nothing_but_the_rounding() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small());
    let mut found = Vec::new();
    for fusion in ["false", "true"] {
        let set = format!("backend.fusion={fusion}");
        let out = format!("fusion-{fusion}");
        let arguments =
            ["train", "experiment.toml", "--quiet", "--out", &out, "--backend", "wgpu:0", "--allow-software-gpu"];
        let output = bench.rote(&[&arguments[..], &["--set", &set]].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let run = bench.path(&out);
        let record = RunRecord::read(&run.join("run.json")).expect("a record");
        assert_eq!(record.engine.expect("an engine").fusion.to_string(), fusion);
        found.push(evaluation(&run).members[0].rate_bits_per_fact.unwrap());
    }
    assert!((found[0] - found[1]).abs() < 1e-3, "{found:?}");
}

/// More rows of all members than the largest tensor of a software adapter holds: 128 MiB there. Each has fewer than 65535,
/// since a software adapter ends longer loops early.
#[test]
fn what_exceeds_the_largest_tensor_is_divided() {
    if !has_adapter() {
        return;
    }
    let config = small()
        .replace("per_step = 128", "per_step = 64000")
        .replace("seeds = 2", "seeds = 17")
        .replace("universe = \"2^20\"", "universe = \"2^24\"")
        .replace("widths = [6]", "widths = [2]")
        .replace("steps = 40", "steps = 1")
        .replace("log_every = 10", "log_every = 1")
        .replace("non_facts = \"all\"", "non_facts = 10");
    let bench = Bench::new(&config);
    let gpu = ["--backend", "wgpu:0", "--allow-software-gpu", "--log", "rote=info"];
    let output = bench.rote(&[&["train", "experiment.toml", "--quiet", "--out", "gpu"], &gpu[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let limit = listed(&bench)["adapters"][0]["largest_binding_bytes"].as_u64().unwrap();
    if limit < 17 * 64_100 * 128 {
        assert!(stderr(&output).contains("w2: 2 groups of members, 64100 rows at a time"), "{}", stderr(&output));
    }
    bench.train("flex", &[]);
    let losses = |run: &str| {
        let lines = read_metrics(&bench.path(run).join("metrics.jsonl")).expect("metrics");
        lines.iter().map(|line| line.values["loss_nats"].0).collect::<Vec<f64>>()
    };
    assert_eq!(losses("gpu").len(), 17);
    for (got, expected) in losses("gpu").into_iter().zip(losses("flex")) {
        assert!((got - expected).abs() < 1e-5, "{got} on the GPU, {expected} on the processor");
    }
}

#[test]
fn a_comparison_with_the_processor_tells_speed_memory_and_agreement() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small());
    let output = bench.rote(&[
        "compare",
        "experiment.toml",
        "--backends",
        "flex,wgpu:0",
        "--allow-software-gpu",
        "--out",
        "out",
        "--quiet",
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let file: ComparisonFile = serde_json::from_str(&read(&bench.path("out"), "compare.json")).expect("a comparison");
    let wgpu = &file.backends[1];
    assert_eq!((wgpu.run.as_str(), wgpu.agree), ("2-wgpu-0", Some(true)));
    assert!(wgpu.device_memory_bytes.expect("a GPU tells") > 0 && wgpu.engine.is_some());
    let population = &wgpu.populations[0];
    assert!(population.steps_per_second.expect("a speed") > 0.0 && population.measured_steps == 20);
    match (population.matmul_share, &wgpu.matmul_unknown) {
        (Some(share), None) => assert!(share > 0.0 && share < 1.0, "{share}"),
        (None, Some(reason)) => assert!(reason.contains("does not time its kernels"), "{reason}"),
        odd => panic!("{odd:?}"),
    }
}

#[test]
fn a_comparison_with_a_missing_device_is_refused_before_anything_is_computed() {
    if !has_adapter() {
        return;
    }
    let bench = Bench::new(&small());
    let adapters = listed(&bench)["adapters"].as_array().expect("adapters").clone();
    let beyond = format!("flex,wgpu:{}", adapters.len());
    let mut requests = vec![(vec!["--allow-software-gpu", "--backends", &beyond], "allowed: wgpu:0 (")];
    if adapters[0]["kind"] == "software" {
        requests.push((vec!["--backends", "flex,wgpu:0"], "--allow-software-gpu"));
    }
    for (arguments, expected) in requests {
        let output = bench.rote(&[&["compare", "experiment.toml", "--out", "out"], arguments.as_slice()].concat());
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(!bench.path("out").exists());
    }
}
