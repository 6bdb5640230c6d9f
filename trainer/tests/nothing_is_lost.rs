//! Killed, interrupted and resumed at any moment, a run ends as if nothing had happened.

mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use support::{Bench, SMALL, code, evaluation, read, stderr, weights};

/// Longer than [`SMALL`], so that a kill finds it in the middle; every step saves or logs something.
fn longer() -> String {
    SMALL.replace("steps = 120", "steps = 2000").replace("checkpoint_every = 25", "checkpoint_every = 100")
}

#[test]
fn killed_at_random_moments_it_ends_bit_identical() {
    let bench = Bench::new(&longer());
    let whole = bench.train("whole", &[]);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut arguments = vec!["train", "experiment.toml", "--quiet", "--out", "killed"];
    // Twenty kills, each of what the last one left; then to the end.
    let mut kills = 0;
    while kills < 20 {
        let mut child = bench.command(&arguments).stderr(Stdio::null()).spawn().expect("the binary runs");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_millis(3 + random % 120));
        child.kill().expect("a kill");
        let status = child.wait().expect("an end");
        if status.success() {
            // It was done before the kill came: start over, and go on with the kills there.
            std::fs::remove_dir_all(bench.path("killed")).expect("a run to remove");
            arguments = vec!["train", "experiment.toml", "--quiet", "--out", "killed"];
            continue;
        }
        assert_eq!(status.signal(), Some(9), "it failed by itself: {status}");
        kills += 1;
        if bench.path("killed/run.json").exists() {
            arguments = vec!["train", "--quiet", "--resume", "killed"];
        }
    }
    let output = bench.rote(&arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let killed = bench.path("killed");
    for population in ["w6", "w9"] {
        assert!(weights(&killed, population) == weights(&whole, population), "weights of {population} differ");
    }
    assert_eq!(read(&killed, "evaluation.json"), read(&whole, "evaluation.json"));
    assert_eq!(read(&killed, "metrics.jsonl"), read(&whole, "metrics.jsonl"));
    assert_eq!(
        std::fs::read(killed.join("scores.parquet")).unwrap(),
        std::fs::read(whole.join("scores.parquet")).unwrap()
    );
}

#[test]
fn a_signal_checkpoints_and_exits_130_and_resume_ends_bit_identical() {
    let bench = Bench::new(&longer());
    let whole = bench.train("whole", &[]);
    for signal in ["-INT", "-TERM"] {
        let out = format!("stopped{signal}");
        let mut child = bench
            .command(&["train", "experiment.toml", "--quiet", "--json", "--out", &out])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        // Wait until the first lines are written: training is under way, and the signal handlers are in place.
        while !std::fs::metadata(bench.path(&out).join("metrics.jsonl")).is_ok_and(|file| file.len() > 0) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().expect("kill").success());
        assert_eq!(child.wait().expect("an end").code(), Some(130));
        let output = child.wait_with_output().expect("its output");
        assert!(support::stdout(&output).contains("\"interrupted\""));
        assert!(read(&bench.path(&out), "run.json").contains("\"interrupted\""));
        let output = bench.rote(&["train", "--quiet", "--resume", &out]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        for population in ["w6", "w9"] {
            assert!(weights(&bench.path(&out), population) == weights(&whole, population));
        }
        assert_eq!(read(&bench.path(&out), "evaluation.json"), read(&whole, "evaluation.json"));
    }
}

#[test]
fn a_complete_run_is_left_as_it_is() {
    let bench = Bench::new(SMALL);
    let run = bench.train("run", &[]);
    let before = read(&run, "run.json");
    let output = bench.rote(&["train", "--resume", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(&run, "run.json"), before);
}

#[test]
fn a_second_process_cannot_write_the_run() {
    let bench = Bench::new(&longer());
    let mut child =
        bench.command(&["train", "experiment.toml", "--quiet", "--out", "run"]).spawn().expect("the binary runs");
    while !bench.path("run/run.json").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = bench.rote(&["train", "--resume", "run"]);
    child.kill().expect("a kill");
    child.wait().expect("an end");
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("is in use by process"), "{}", stderr(&output));
}

#[test]
fn a_damaged_checkpoint_is_noticed_and_the_one_before_it_serves() {
    let bench = Bench::new(SMALL);
    let whole = bench.train("whole", &[]);
    let run = bench.train("run", &[]);
    // As if the run had been killed before it was evaluated, and the disk had lost a bit of the newest checkpoint.
    let record = read(&run, "run.json").replace("\"complete\"", "\"running\"");
    std::fs::write(run.join("run.json"), record).unwrap();
    let file = support::newest(&run, "w9").join("model.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let output = bench.rote(&["train", "--quiet", "--resume", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("model.safetensors"), "no warning: {}", stderr(&output));
    assert_eq!(read(&run, "evaluation.json"), read(&whole, "evaluation.json"));
    assert_eq!(evaluation(&run).members.len(), 4);
}
