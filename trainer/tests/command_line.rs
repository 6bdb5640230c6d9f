//! The binary from outside: what it prints, what it refuses, and the exit codes.

mod support;

use support::{Bench, SMALL, code, evaluation, read, stderr, stdout, weights};

#[test]
fn a_run_leaves_every_file_of_the_format() {
    let bench = Bench::new(SMALL);
    let output = bench.rote(&["train", "experiment.toml", "--json", "--out", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let result: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON alone on stdout");
    assert_eq!(result["run"], "run");
    assert_eq!(result["status"], "complete");
    assert_eq!(result["evaluation"]["members"].as_array().unwrap().len(), 4);
    let run = bench.path("run");
    for name in [
        "config.toml",
        "run.json",
        "metrics.jsonl",
        "scores.parquet",
        "evaluation.json",
        "events/w6",
        "checkpoints/w6/latest",
        "checkpoints/w9/step-120/model.safetensors",
        "checkpoints/w9/step-120/manifest.json",
    ] {
        assert!(run.join(name).exists(), "{name} is missing");
    }
    for member in evaluation(&run).members {
        let get = |value: Option<f64>| value.expect("a metric");
        let (budget, rate, kl) =
            (get(member.budget_bits_per_fact), get(member.rate_bits_per_fact), get(member.kl_bits_per_fact));
        assert!(budget - 0.01 <= rate && rate <= kl + 0.02, "C {budget} R {rate} KL {kl}");
        assert!(member.violations.is_empty());
    }
}

#[test]
fn the_recorded_configuration_runs_again_as_it_is() {
    let bench = Bench::new(SMALL);
    let run = bench.train("first", &[]);
    let config = run.join("config.toml");
    let output = bench.rote(&["train", config.to_str().unwrap(), "--quiet", "--out", "second"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(&run, "evaluation.json"), read(&bench.path("second"), "evaluation.json"));
    assert_eq!(read(&run, "config.toml"), read(&bench.path("second"), "config.toml"));
}

#[test]
fn a_later_evaluation_stands_beside_the_first() {
    let bench = Bench::new(SMALL);
    let run = bench.train("run", &[]);
    let first = read(&run, "evaluation.json");
    let output = bench.rote(&["eval", "run", "--non-facts", "1000", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let output = bench.rote(&["eval", "run", "--backend", "ndarray", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(&run, "evaluation.json"), first);
    assert!(read(&run, "evaluations/1.json").contains("\"non_facts_scored\": 1000"));
    let other: rote::record::EvaluationFile = serde_json::from_str(&read(&run, "evaluations/2.json")).unwrap();
    for (a, b) in evaluation(&run).members.iter().zip(&other.members) {
        let (a, b) = (a.rate_bits_per_fact.unwrap(), b.rate_bits_per_fact.unwrap());
        assert!((a - b).abs() < 1e-4, "flex {a}, ndarray {b}");
    }
}

/// Members stop below 1.2 nats at the steps that `train.log_every` names, however many more are written.
#[test]
fn to_watch_the_first_steps_changes_nothing_about_the_training() {
    let bench = Bench::new(SMALL);
    let stops = "train.stop_below=1.2";
    let plain = bench.train("plain", &[stops]);
    let watched = bench.train("watched", &[stops, "train.log_first=60"]);
    for population in ["w6", "w9"] {
        assert!(weights(&watched, population) == weights(&plain, population), "weights of {population} differ");
    }
    assert_eq!(read(&plain, "evaluation.json"), read(&watched, "evaluation.json"));
    assert!(
        evaluation(&plain).members.iter().any(|member| member.steps.is_some_and(|steps| (10..60).contains(&steps))),
        "none stopped early"
    );
    let lines = |run: &str| read(&bench.path(run), "metrics.jsonl").lines().map(str::to_owned).collect::<Vec<_>>();
    let (plain, watched) = (lines("plain"), lines("watched"));
    assert!(plain.iter().all(|line| watched.contains(line)));
    assert_eq!(watched.iter().filter(|line| line.starts_with("{\"step\":7,")).count(), 4);
}

#[test]
fn a_run_tells_its_speed_and_memory() {
    let bench = Bench::new(SMALL);
    let run = bench.train("run", &[]);
    let record = rote::record::RunRecord::read(&run.join("run.json")).expect("a record");
    for timings in record.timings.values() {
        let (first, speed) = (timings.first_step_seconds.expect("a time"), timings.steps_per_second.expect("a speed"));
        assert!(first > 0.0 && first < timings.train_seconds + 60.0, "{first}");
        assert_eq!(timings.measured_steps, 110);
        assert!(speed >= 110.0 / timings.train_seconds, "{speed} steps/s in {} s", timings.train_seconds);
    }
    assert!(!cfg!(target_os = "linux") || record.peak_memory_bytes.expect("Linux tells") > 1 << 20);
    assert_eq!(record.device_memory_bytes, None);
}

#[test]
fn a_dry_run_writes_nothing() {
    let bench = Bench::new(SMALL);
    let output = bench.rote(&["train", "experiment.toml", "--dry-run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("20-9-9-1 tanh"), "{}", stdout(&output));
    let names: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["experiment.toml"]);
}

/// The experiments in `configs/`, and how much work the two for GPUs say they are.
#[test]
fn every_configuration_of_the_repository_resolves() {
    let configs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let bench = Bench::new(SMALL);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(configs).expect("configs/") {
        let path = entry.expect("an entry").path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".toml")) else { continue };
        let head = std::fs::read_to_string(&path).expect("a text");
        assert!(head.starts_with(&format!("# rote train configs/{name}.toml")), "{name} opens with its command");
        let output = bench.rote(&["train", path.to_str().unwrap(), "--dry-run", "--json"]);
        assert_eq!(code(&output), 0, "{name}: {}", stderr(&output));
        let plan: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let work: f64 =
            plan["populations"].as_array().unwrap().iter().map(|each| each["train_gflop"].as_f64().unwrap()).sum();
        match name {
            "gpu-100k" => assert!((1.6e6..1.8e6).contains(&work), "{work} GFLOP are not the 1.7 PFLOP it says"),
            "gpu-1m" => assert!((0.95e7..1.05e7).contains(&work), "{work} GFLOP are not the 10 PFLOP it says"),
            _ => assert!(work > 0.0),
        }
        names.push(name.to_owned());
    }
    for name in ["quick", "gpu-100k", "gpu-1m"] {
        assert!(names.iter().any(|found| found == name), "{name} is missing from {names:?}");
    }
}

/// Exit code 2, a message that says what is allowed, and nothing on the disk.
#[test]
fn a_wrong_request_is_refused_before_anything_is_written() {
    let bench = Bench::new(SMALL);
    std::fs::create_dir(bench.path("full")).unwrap();
    std::fs::write(bench.path("full/precious.txt"), "keep me").unwrap();
    std::fs::write(bench.path("bad.txt"), "00\n0g\n").unwrap();
    std::fs::write(
        bench.path("file.toml"),
        "train.steps = 5\nmodel.widths = [4]\nfacts = { file = 'bad.txt', format = 'hex' }",
    )
    .unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["train", "absent.toml"], "absent.toml"),
        (&["train", "experiment.toml", "--set", "train.step=3"], "train.steps"),
        (&["train", "experiment.toml", "--set", "train.steps=many"], "--set train.steps=many"),
        (&["train", "experiment.toml", "--out", "full"], "not empty"),
        (&["train", "experiment.toml", "--backend", "tpu"], "flex"),
        (&["train", "--resume", "full"], "not a run"),
        (&["eval", "full"], "not a run"),
        (&["train", "file.toml"], "bad.txt:2"),
    ];
    for (arguments, expected) in cases {
        let output = bench.rote(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
    assert!(!bench.path("runs").exists());
    assert_eq!(std::fs::read_dir(bench.path("full")).unwrap().count(), 1);
}

/// Whatever this binary was built without is refused with the command that builds it in, and `devices` says the same.
#[test]
fn a_backend_that_is_not_built_in_is_refused_with_the_command_that_builds_it() {
    let bench = Bench::new(SMALL);
    let built = rote::backend::features();
    let devices = stdout(&bench.rote(&["devices"]));
    for (name, feature) in [("wgpu", "wgpu"), ("wgpu:1", "wgpu"), ("vulkan", "vulkan"), ("cuda:0", "cuda")] {
        if built.contains(&feature) {
            continue;
        }
        let output = bench.rote(&["train", "experiment.toml", "--backend", name]);
        let told = stderr(&output);
        assert_eq!(code(&output), 2, "{told}");
        let features = std::iter::once(feature).chain(built.iter().copied()).collect::<Vec<_>>().join(",");
        for command in ["cargo install --locked --path trainer", "cargo build --release --locked"] {
            assert!(told.contains(&format!("`{command} --features {features}`")), "{told}");
        }
        assert!(told.contains("flex, ndarray"), "{told}");
        assert!(
            devices.contains(&format!("fix: cargo install --locked --path trainer --features {features}")),
            "{devices}"
        );
    }
    assert!(!bench.path("runs").exists());
}

#[test]
fn a_run_goes_on_with_another_backend() {
    let bench = Bench::new(&SMALL.replace("steps = 120", "steps = 4000"));
    let mut child =
        bench.command(&["train", "experiment.toml", "--quiet", "--out", "run"]).spawn().expect("the binary runs");
    while !bench.path("run/checkpoints/w6/latest").exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().expect("a kill");
    child.wait().expect("an end");
    let output = bench.rote(&["train", "--quiet", "--resume", "run", "--backend", "flex+composed"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let record: serde_json::Value = serde_json::from_str(&read(&bench.path("run"), "run.json")).expect("JSON");
    assert_eq!((&record["status"], &record["backend"]), (&"complete".into(), &"flex+composed".into()));
    assert_eq!(record["earlier_backends"][0]["backend"], "flex");
    assert!(read(&bench.path("run"), "config.toml").contains("kernels = \"fused\""), "the experiment is as it was");
}

#[test]
fn devices_and_completions_answer() {
    let bench = Bench::new(SMALL);
    let output = bench.rote(&["devices", "--json"]);
    let devices: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(devices["backends"][0]["backend"], "flex");
    assert_eq!(devices["backends"][0]["available"], true);
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&bench.rote(&["completions", shell])).contains("rote"));
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let bench = Bench::new(SMALL);
    let mut child = bench
        .command(&["train", "--help"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("its end");
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
}
