//! `rote compare`: backends that agree, backends that do not, and backends that fail.

#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rote::compare::{Agreement, ComparisonFile, Finished, Metric, agreement};
use rote::record::{RunDirectory, RunPaths, RunRecord, RunStatus};
use support::{Bench, SMALL, code, read, stderr, stdout};

const CPU_BACKENDS: &str = "flex,flex+composed,ndarray";

fn file(bench: &Bench) -> ComparisonFile {
    serde_json::from_str(&read(&bench.path("out"), "compare.json")).expect("a comparison")
}

#[test]
fn cpu_backends_agree_and_everything_is_measured() {
    let bench = Bench::new(SMALL);
    let output = bench.rote(&["compare", "experiment.toml", "--backends", CPU_BACKENDS, "--out", "out", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let file = file(&bench);
    let printed: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON alone on stdout");
    assert_eq!(printed["compare"], "out");
    assert_eq!(serde_json::from_value::<ComparisonFile>(printed).expect("a comparison"), file);
    assert_eq!((file.compared_steps, file.backends.len()), (60, 3));
    for (place, backend) in file.backends.iter().enumerate() {
        let run = RunRecord::read(&bench.path("out").join(&backend.run).join("run.json")).expect("a run");
        assert_eq!((run.status, run.backend.as_str()), (RunStatus::Complete, backend.backend.as_str()));
        assert_eq!(backend.agree, (place > 0).then_some(true));
        assert!(!cfg!(target_os = "linux") || backend.peak_memory_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(backend.matmul_unknown.is_some() && backend.device_memory_bytes.is_none());
        for (population, reference) in backend.populations.iter().zip(&file.backends[0].populations) {
            let speed = population.steps_per_second.expect("a speed");
            assert_eq!(population.measured_steps, 60);
            let gflops = speed * population.flops_per_step as f64 / 1e9;
            assert!((population.gflops.expect("work") / gflops - 1.0).abs() < 1e-9);
            let ratio = speed / reference.steps_per_second.expect("a speed");
            assert!((population.speed_ratio.expect("a ratio") / ratio - 1.0).abs() < 1e-9);
            assert!(population.first_step_seconds.is_some_and(|seconds| seconds > 0.0));
            assert_eq!(population.agreement.is_some(), place > 0);
            let agreement =
                population.agreement.iter().all(|found| found.rounding.steps == 60 && found.finals.len() == 4);
            assert!(agreement, "{population:?}");
            for found in population.agreement.iter().flat_map(|agreement| &agreement.finals) {
                assert!(found.largest_difference.0.abs() >= found.difference.0.abs(), "{found:?}");
                assert!(found.largest_difference_member.is_some() && found.seed_degrees_of_freedom == 1, "{found:?}");
            }
        }
    }
    // 20 inputs, 6 + 6 + 1 units: P = 175; 228 rows of each of two members.
    let w6 = &file.backends[0].populations[0];
    assert_eq!((w6.parameters, w6.rows, w6.flops_per_step), (175, 228, (6 * 175 - 2 * 20 * 6) * 228 * 2));
    let csv = read(&bench.path("out"), "compare.csv");
    assert_eq!(csv.lines().count(), 1 + 3 * 2);
    let heading = csv.lines().next().expect("a heading");
    assert!(heading.contains(",rate_difference_bits,") && heading.contains(",rate_largest_difference_bits,"), "{csv}");
    let columns = heading.split(',').count();
    assert!(csv.lines().all(|line| line.split(',').count() == columns), "{csv}");
}

/// At a rate twenty times the recipe's, rounding is multiplied within a few steps until the networks have nothing in
/// common: no recipe whose results could be compared.
#[test]
fn a_disagreement_is_exit_code_1_and_says_what_and_where() {
    let bench = Bench::new(SMALL);
    let output = bench.rote(&[
        "compare",
        "experiment.toml",
        "--backends",
        "flex,ndarray",
        "--out",
        "out",
        "--set",
        "train.learning_rate=1",
    ]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let told = stderr(&output);
    assert!(told.contains("error: ndarray disagrees with flex") && told.contains("what rounding explains"), "{told}");
    assert!(stdout(&output).contains("DISAGREE"), "{}", stdout(&output));
    let file = file(&bench);
    assert_eq!((file.backends[0].agree, file.backends[1].agree), (None, Some(false)));
}

#[test]
fn a_wrong_request_is_refused_before_anything_is_written() {
    let bench = Bench::new(SMALL);
    std::fs::create_dir(bench.path("full")).unwrap();
    std::fs::write(bench.path("full/precious.txt"), "keep me").unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--backends", "flex"], "two backends or more"),
        (&["--backends", "flex,"], "a name is missing"),
        (&["--backends", "flex,flax"], "did you mean \"flex\"?"),
        (&["--backends", "flex,cuda:0"], "cuda:0"),
        (&["--backends", CPU_BACKENDS, "--set", "train.step=3"], "train.steps"),
        (&["--backends", CPU_BACKENDS, "--out", "full"], "not empty"),
        (&["--backends", CPU_BACKENDS, "--set", "facts.count=2000000"], "fewer facts"),
        (&[], "--backends"),
    ];
    for (arguments, expected) in cases {
        if cfg!(feature = "cuda") && expected == "cuda:0" {
            continue;
        }
        let output = bench.rote(&[&["compare", "experiment.toml"], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
    assert!(!bench.path("runs").exists());
    assert_eq!(std::fs::read_dir(bench.path("full")).unwrap().count(), 1);
}

#[test]
fn without_a_directory_it_makes_one_below_runs() {
    let bench = Bench::new(SMALL);
    let sets = ["--set", "train.steps=20", "--set", "seeds=1"];
    let output = bench.rote(&[&["compare", "experiment.toml", "--backends", "flex,flex"][..], &sets].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let names: Vec<_> =
        std::fs::read_dir(bench.path("runs")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 1);
    let folder = bench.path("runs").join(&names[0]);
    assert!(names[0].to_string_lossy().starts_with("small-compare-"), "{names:?}");
    // The same backend twice gives the same bits.
    assert_eq!(read(&folder, "1-flex/metrics.jsonl"), read(&folder, "2-flex/metrics.jsonl"));
    assert!(stdout(&output).contains("agree"), "{}", stdout(&output));
}

/// Longer than [`SMALL`], so that a signal finds it in the middle.
fn longer() -> String {
    SMALL.replace("steps = 120", "steps = 3000").replace("checkpoint_every = 25", "checkpoint_every = 100")
}

fn wait_for_metrics(run: &Path) {
    while !std::fs::metadata(run.join("metrics.jsonl")).is_ok_and(|file| file.len() > 0) {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(name: &str, pid: &str) {
    assert!(Command::new("kill").args([name, pid]).status().expect("kill").success());
}

#[test]
fn a_backend_that_dies_is_exit_code_3_and_the_others_are_reported() {
    let bench = Bench::new(&longer());
    let mut child = bench
        .command(&["compare", "experiment.toml", "--backends", "flex,ndarray,flex+composed", "--out", "out", "--quiet"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let run = bench.path("out/2-ndarray");
    wait_for_metrics(&run);
    // Whoever holds a run writes its process into the lock.
    signal("-KILL", read(&run, "lock").trim());
    assert_eq!(child.wait().expect("an end").code(), Some(3));
    let told = stderr(&child.wait_with_output().expect("its output"));
    assert!(told.contains("error: ndarray failed: its process ended with signal: 9"), "{told}");
    let file = file(&bench);
    let agree: Vec<Option<bool>> = file.backends.iter().map(|backend| backend.agree).collect();
    assert_eq!(agree, [None, None, Some(true)]);
    assert!(file.backends[1].reason.is_some() && file.backends[1].populations[0].steps_per_second.is_none());
    assert!(file.backends[2].populations[1].speed_ratio.is_some());
}

#[test]
fn when_no_member_lives_the_backends_have_failed() {
    let bench = Bench::new(SMALL);
    let wild = ["train.learning_rate=10", "train.negative_weight=1e18", "train.optimizer=sgd", "model.activation=relu"];
    let sets = wild.map(|set| ["--set", set]).concat();
    let output = bench.rote(
        &[&["compare", "experiment.toml", "--backends", "flex,ndarray", "--out", "out", "--quiet"][..], &sets[..]]
            .concat(),
    );
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("error: flex failed: every member diverged"), "{}", stderr(&output));
}

#[test]
fn a_member_that_diverges_on_both_backends_is_no_disagreement() {
    let bench = Bench::new(SMALL);
    let wild = [
        "train.learning_rate=[10,0.05]",
        "train.negative_weight=[1e18,1]",
        "train.optimizer=sgd",
        "model.activation=relu",
    ];
    let sets = wild.map(|set| ["--set", set]).concat();
    let output = bench
        .rote(&[&["compare", "experiment.toml", "--backends", "flex,ndarray", "--out", "out"][..], &sets].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("w6, ndarray: member 0 diverged on both"), "{}", stdout(&output));
    assert!(stdout(&output).contains("no two members differ in the seed alone"), "{}", stdout(&output));
    for (population, diverged) in file(&bench).backends[1].populations.iter().zip([0, 2]) {
        let found = population.agreement.as_ref().expect("the other member is compared");
        assert_eq!((&found.diverged_on_both, found.agree), (&vec![diverged], true));
        let judged: Vec<u32> = found.rounding.members.iter().map(|member| member.member).collect();
        assert_eq!(judged, [diverged + 1]);
        assert!(found.rounding.largest_difference.0.is_finite());
        assert!(found.finals.iter().all(|found| found.members == 1 && found.seed_degrees_of_freedom == 0));
    }
}

#[test]
fn a_signal_stops_the_backend_as_well() {
    for name in ["-INT", "-TERM"] {
        let bench = Bench::new(&longer());
        let mut child = bench
            .command(&["compare", "experiment.toml", "--backends", "ndarray,flex", "--out", "out", "--quiet"])
            .spawn()
            .expect("the binary runs");
        let run = bench.path("out/1-ndarray");
        wait_for_metrics(&run);
        signal(name, &child.id().to_string());
        assert_eq!(child.wait().expect("an end").code(), Some(130));
        // Nobody holds the run any more, and it was left in order.
        let directory = RunDirectory::open(&run).expect("a run without a process");
        let record = RunRecord::read(&directory.paths().run_json()).expect("a record");
        assert_eq!(record.status, RunStatus::Interrupted);
        assert!(!bench.path("out/2-flex").exists() && !bench.path("out/compare.json").exists());
    }
}

/// The first steps of a run, read as a comparison reads them.
fn finished(run: &Path) -> Finished {
    Finished::read(&RunPaths::new(run), 60).expect("a finished run")
}

fn compared(reference: &Path, other: &Path) -> Agreement {
    agreement(&finished(reference), &finished(other)).remove("w9").expect("the population")
}

const WATCHED: &str = "train.log_first=60";

#[test]
fn a_step_of_half_a_percent_too_much_is_caught_in_the_first_steps() {
    let bench = Bench::new(SMALL);
    let reference = bench.train("reference", &[WATCHED]);
    let same = compared(&reference, &bench.train("same", &[WATCHED]));
    assert!(same.agree && same.rounding.largest_difference.0 == 0.0, "{same:?}");
    let other = compared(&reference, &bench.train("other", &[WATCHED, "train.learning_rate=0.05025"]));
    assert!(!other.agree && !other.rounding.agree && other.rounding.largest_share.0 > 1.0, "{other:?}");
    let elsewhere = compared(&reference, &bench.train("elsewhere", &[WATCHED, "seeds=[0, 5]"]));
    assert_eq!((elsewhere.other_facts, elsewhere.agree), (vec![3], false));
}

#[test]
fn a_loss_that_one_member_got_wrong_at_one_step_is_caught_and_rounding_is_not() {
    let bench = Bench::new(SMALL);
    let reference = bench.train("reference", &[WATCHED]);
    let other = bench.train("other", &[WATCHED]);
    let metrics = read(&other, "metrics.jsonl");
    let altered = |by: f64| {
        let lines = metrics.lines().map(|line| {
            let mut value: serde_json::Value = serde_json::from_str(line).expect("a line");
            if value["member"] == 3 && value["step"] == 5 {
                value["non_fact_loss_nats"] =
                    (value["non_fact_loss_nats"].as_f64().expect("a loss") * (1.0 + by)).into();
            }
            format!("{value}\n")
        });
        std::fs::write(other.join("metrics.jsonl"), lines.collect::<String>()).expect("the file");
        compared(&reference, &other)
    };
    let rounding = altered(3e-6);
    assert!(rounding.agree && rounding.rounding.largest_difference.0 > 2e-6, "{rounding:?}");
    let fault = altered(1e-3);
    assert!(!fault.agree && !fault.rounding.agree);
    assert_eq!((fault.rounding.member, fault.rounding.step), (3, 5));
    assert!(fault.rounding.members[0].largest_share.0 < 1.0 && fault.finals.iter().all(|found| found.agree));
    // A step that is missing is no agreement either.
    let kept = metrics.lines().filter(|line| !line.starts_with("{\"step\":7,"));
    let cut: String = kept.flat_map(|line| [line, "\n"]).collect();
    std::fs::write(other.join("metrics.jsonl"), cut).expect("the file");
    assert!(!compared(&reference, &other).agree);
}

#[test]
fn final_numbers_that_moved_more_than_seeds_move_them_are_caught() {
    let bench = Bench::new(SMALL);
    let reference = bench.train("reference", &[WATCHED]);
    let other = bench.train("other", &[WATCHED]);
    let evaluation = read(&other, "evaluation.json");
    let altered = |by: f64| {
        let mut value: serde_json::Value = serde_json::from_str(&evaluation).expect("an evaluation");
        for member in value["members"].as_array_mut().expect("members") {
            member["rate_bits_per_fact"] = (member["rate_bits_per_fact"].as_f64().expect("R") * (1.0 + by)).into();
        }
        std::fs::write(other.join("evaluation.json"), value.to_string()).expect("the file");
        compared(&reference, &other)
    };
    assert!(altered(0.001).agree);
    let fault = altered(0.5);
    assert!(!fault.agree && fault.rounding.agree);
    let wrong: Vec<Metric> = fault.finals.iter().filter(|found| !found.agree).map(|found| found.metric).collect();
    assert_eq!(wrong, [Metric::RateBitsPerFact]);
}

/// Rewrites a run as if members had diverged at step 4: losses that are no numbers, and nothing measured.
fn diverge(run: &Path, members: &[u64]) {
    let has = |value: &serde_json::Value| value["member"].as_u64().is_some_and(|number| members.contains(&number));
    let lines = read(run, "metrics.jsonl");
    let lines = lines.lines().map(|line| {
        let mut value: serde_json::Value = serde_json::from_str(line).expect("a line");
        if has(&value) && value["step"].as_u64() >= Some(4) {
            value["loss_nats"] = "nan".into();
            value["fact_loss_nats"] = "nan".into();
        }
        format!("{value}\n")
    });
    std::fs::write(run.join("metrics.jsonl"), lines.collect::<String>()).expect("the file");
    let mut value: serde_json::Value = serde_json::from_str(&read(run, "evaluation.json")).expect("an evaluation");
    for member in value["members"].as_array_mut().expect("members").iter_mut().filter(|member| has(member)) {
        member["status"] = "diverged".into();
        let member = member.as_object_mut().expect("a member");
        for metric in Metric::ALL {
            member.remove(metric.name());
        }
    }
    std::fs::write(run.join("evaluation.json"), value.to_string()).expect("the file");
}

#[test]
fn a_member_that_diverges_on_one_backend_alone_is_a_disagreement_and_the_others_are_judged() {
    let bench = Bench::new(SMALL);
    let reference = bench.train("reference", &[WATCHED]);
    let other = bench.train("other", &[WATCHED]);
    diverge(&other, &[3]);
    let found = compared(&reference, &other);
    assert_eq!((&found.diverged_on_this_alone, found.agree), (&vec![3], false));
    assert!(found.rounding.agree && found.rounding.largest_difference.0 == 0.0, "{found:?}");
    assert!(found.finals.iter().all(|found| found.agree && found.members == 1), "{found:?}");
    assert_eq!(compared(&other, &reference).diverged_on_reference_alone, [3]);
    // It diverges on both, and is no longer logged on one.
    diverge(&reference, &[3]);
    let lines = read(&reference, "metrics.jsonl");
    let kept = lines.lines().filter(|line| !(line.contains("\"member\":3,") && line.contains("\"nan\"")));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    assert!(kept.len() < lines.len());
    std::fs::write(reference.join("metrics.jsonl"), kept).expect("the file");
    let found = compared(&reference, &other);
    assert_eq!((&found.diverged_on_both, found.agree), (&vec![3], true));
    // Where nobody is left there is nothing to compare.
    diverge(&reference, &[2, 3]);
    diverge(&other, &[2, 3]);
    let all = agreement(&finished(&reference), &finished(&other));
    assert!(all.contains_key("w6") && !all.contains_key("w9"));
}
