//! Small experiments, and the real binary that runs them.

#![allow(dead_code, reason = "every test file compiles this module and uses a part of it")]

mod environment;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rote::record::{EvaluationFile, TensorFile};

/// An experiment that takes a fraction of a second.
pub const SMALL: &str = r#"
name = "small"
seeds = 2
facts = { count = 100, universe = "2^20" }
non_facts = { per_step = 128, held_out = 8192 }
model = { widths = [6, 9] }
train = { steps = 120, learning_rate = 0.05, checkpoint_every = 25, log_every = 10 }
evaluation = { non_facts = "all" }
"#;

/// A folder for one test, with a configuration in it.
pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("experiment.toml"), config).expect("a configuration");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary with these arguments, in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rote"));
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    pub fn rote(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Trains into the folder `out`, with settings, and expects success.
    pub fn train(&self, out: &str, sets: &[&str]) -> PathBuf {
        let mut arguments = vec!["train", "experiment.toml", "--quiet", "--out", out];
        for set in sets {
            arguments.extend(["--set", set]);
        }
        let output = self.rote(&arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        self.path(out)
    }
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The bytes of the weights that a population's newest checkpoint holds.
pub fn weights(run: &Path, population: &str) -> Vec<u8> {
    std::fs::read(newest(run, population).join("model.safetensors")).expect("a checkpoint")
}

pub fn newest(run: &Path, population: &str) -> PathBuf {
    let folder = run.join("checkpoints").join(population);
    let latest = std::fs::read_to_string(folder.join("latest")).expect("a latest checkpoint");
    folder.join(latest.trim())
}

/// One member's block of every tensor.
pub fn member_weights(run: &Path, population: &str, place: usize) -> Vec<Vec<f32>> {
    let file = TensorFile::read(&newest(run, population).join("model.safetensors")).expect("tensors");
    let block = |data: &[f32], members: usize| {
        let len = data.len() / members;
        data[place * len..][..len].to_vec()
    };
    file.tensors.iter().map(|tensor| block(&tensor.data, tensor.shape[0])).collect()
}

pub fn evaluation(run: &Path) -> EvaluationFile {
    EvaluationFile::read(&run.join("evaluation.json")).expect("an evaluation")
}

pub fn read(run: &Path, name: &str) -> String {
    std::fs::read_to_string(run.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether the machine has an adapter that `wgpu` can use. Where it has none, it says so, and `ROTE_REQUIRE_GPU=1` makes that a
/// failure.
pub fn has_adapter() -> bool {
    let wgpu = rote::backend::list().into_iter().find(|listing| listing.backend == "wgpu").expect("wgpu is listed");
    if wgpu.available {
        return true;
    }
    let unusable = wgpu.adapters.into_iter().filter_map(|adapter| adapter.unusable);
    let missing: Vec<String> = unusable.chain(wgpu.missing.into_iter().map(|missing| missing.what)).collect();
    assert!(!environment::is_set("ROTE_REQUIRE_GPU"), "no adapter: {missing:?}");
    // Past the test harness, which hides what passing tests print.
    let _ = writeln!(std::io::stderr(), "skipped: there is no adapter; missing: {}", missing.join("; "));
    false
}
