//! `run.json`: what a run is and how far it has come. Whoever holds the run directory rewrites it whole at each change.

use super::json_file::{read_json, write_json};
use super::{RecordError, number};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// How far a run has come. All but `Complete` can be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Being trained or evaluated; or its process was killed without a chance to say so.
    Running,
    /// Stopped by a signal, after a checkpoint.
    Interrupted,
    /// Stopped by what `reason` says.
    Failed,
    /// Trained and evaluated.
    Complete,
}

/// The whole of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The version of this format.
    pub schema_version: u32,
    /// How far the run has come.
    pub status: RunStatus,
    /// Why it failed or was interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What computed it.
    pub versions: Versions,
    /// The commit that the binary was built from; absent when it was built outside a checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
    /// The Cargo features of the binary.
    pub features: Vec<String>,
    /// The instruction set that the CPU kernels chose.
    pub instruction_set: String,
    /// The backend that computed it last, such as `flex`, `flex+composed` or `wgpu:0`.
    pub backend: String,
    /// The device that the backend found.
    pub device: DeviceRecord,
    /// How the kernels of that device are made; absent on the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineRecord>,
    /// What the device's losses and gradients were compared with before it computed; absent on the CPU, and where the
    /// check was skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRecord>,
    /// The backends, machines and binaries that computed parts of it before, in their order, where it was resumed on
    /// others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_backends: Vec<BackendRecord>,
    /// CPU threads.
    pub threads: usize,
    /// The machine's name.
    pub hostname: String,
    /// The seeds, each once.
    #[serde(with = "number::wholes")]
    pub seeds: Vec<u64>,
    /// Every member of the run, by number.
    pub members: Vec<MemberRecord>,
    /// Every population of the run, in the order of their members.
    pub populations: Vec<PopulationRecord>,
    /// When the run was first started, RFC 3339, UTC.
    pub started: String,
    /// When it became complete, failed or interrupted, RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Time spent on each population, by its id, summed over resumptions.
    pub timings: BTreeMap<String, Timings>,
    /// How many times the run was resumed.
    pub resumed: u32,
    /// The most memory that a process of this run held at once, in bytes; absent where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_whole")]
    pub peak_memory_bytes: Option<u64>,
    /// The most memory that the device was seen to hold for it, in bytes; absent on the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_whole")]
    pub device_memory_bytes: Option<u64>,
    /// How often the work at a time was halved because the device's memory was too small for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub memory_halvings: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Versions of what computed a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// This program.
    pub rote: String,
    /// The engine.
    pub burn: String,
}

/// The identity of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// The model's name as the machine gives it.
    pub name: String,
    /// The driver and its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Memory in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "number::optional_whole")]
    pub memory_bytes: Option<u64>,
}

/// How the engine makes the kernels of a GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineRecord {
    /// The engine's name for runtime and compiler, such as `wgpu<wgsl>`, `wgpu<spirv>` or `cuda`.
    pub compiler: String,
    /// The interface that the device is reached through: `Vulkan`, `Metal`, `DX12` or `CUDA`.
    pub api: String,
    /// Whether operations were joined.
    pub fusion: bool,
    /// Whether kernels were measured and the fastest taken.
    pub autotune: bool,
    /// The precision of matrix products, where it was probed: `f32`, `tf32`, or so many bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matmul_precision: Option<String>,
}

/// A comparison of a device with the CPU, on one population's first batch, in the shapes in which the device trains and
/// scores: distinct members and rows, over and over until they fill these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// The population's id.
    pub population: String,
    /// Members that were compared: as many as are trained at once.
    pub members: u32,
    /// Rows of each: as many as are computed at once.
    pub rows: u32,
    /// Members that differ from each other.
    #[serde(default)]
    pub distinct_members: u32,
    /// Rows of each that do.
    #[serde(default)]
    pub distinct_rows: u32,
    /// Logits of the first member that were compared: as many as are computed at once.
    #[serde(default)]
    pub scored_rows: u32,
    /// Largest difference of a loss from the one computed in double precision, over that loss.
    #[serde(with = "number::real")]
    pub loss_difference: f64,
    /// Largest difference of a gradient from the one computed in double precision, over the largest that facts and
    /// non-facts have in its layer when they do not cancel.
    #[serde(with = "number::real")]
    pub gradient_difference: f64,
    /// Largest difference of a logit, over the sizes of its summands.
    #[serde(default, with = "number::real")]
    pub logit_difference: f64,
    /// Seconds that it took, the first compilation of the kernels included.
    pub seconds: f64,
}

/// A backend that computed a part of a run, with the machine and the binary that it was part of. Each field is as in
/// [`RunRecord`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackendRecord {
    /// Its name.
    pub backend: String,
    /// The device that it found.
    pub device: DeviceRecord,
    /// How the kernels of that device are made; absent on the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineRecord>,
    /// What computed it.
    pub versions: Versions,
    /// The commit that the binary was built from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
    /// The Cargo features of the binary.
    pub features: Vec<String>,
    /// The instruction set of the CPU kernels.
    pub instruction_set: String,
    /// CPU threads.
    pub threads: usize,
    /// The machine's name.
    pub hostname: String,
    /// What it was compared with the CPU on before it computed; none on the CPU and with `--no-check`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRecord>,
}

/// One member of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRecord {
    /// Its number in the run.
    pub member: u32,
    /// The id of its population.
    pub population: String,
    /// The seed of all its random streams.
    #[serde(with = "number::whole")]
    pub seed: u64,
    /// BLAKE3 of its fact set, in hexadecimal.
    pub fact_set_digest: String,
}

/// One population of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationRecord {
    /// Its id: the name of its folder under `checkpoints/` and `events/`.
    pub id: String,
    /// The shape of its networks, inputs to output.
    pub shape: String,
    /// The numbers of its members.
    pub members: Vec<u32>,
    /// Parameters of one member: every weight and bias.
    #[serde(with = "number::whole")]
    pub parameters: u64,
}

/// Wall-clock time spent on a population.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Seconds of training, checkpoints included.
    pub train_seconds: f64,
    /// Seconds of scoring and measuring.
    pub evaluate_seconds: f64,
    /// Seconds from the start of the run (of a population that is not the first: from the end of the one before it) to
    /// the losses of its first step: opening the device, compiling and choosing kernels included, which the comparison
    /// with the CPU begins. What that takes of the CPU is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_step_seconds: Option<f64>,
    /// Steps a second of the whole population once it was warm, without the writing of checkpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_per_second: Option<f64>,
    /// The steps over which that was measured.
    #[serde(default, with = "number::whole")]
    pub measured_steps: u64,
}

impl Timings {
    /// Adds what one process measured: the time of its first step if it was the first process, and its steps after the
    /// warm-up.
    pub fn add(&mut self, first_step_seconds: Option<f64>, steps: u64, seconds: f64) {
        self.first_step_seconds = self.first_step_seconds.or(first_step_seconds);
        if steps > 0 && seconds > 0.0 {
            let before = self.steps_per_second.map_or(0.0, |speed| self.measured_steps as f64 / speed);
            self.measured_steps += steps;
            self.steps_per_second = Some(self.measured_steps as f64 / (before + seconds));
        }
    }
}

impl BackendRecord {
    /// Whether both are one and the same; how precise and how right it is may have been found once and not the other
    /// time.
    fn is(&self, other: &Self) -> bool {
        let engine = |of: &Self| of.engine.clone().map(|engine| EngineRecord { matmul_precision: None, ..engine });
        engine(self) == engine(other)
            && Self { engine: other.engine.clone(), checks: other.checks.clone(), ..self.clone() } == *other
    }
}

impl RunRecord {
    /// What computes it now.
    fn present(&self) -> BackendRecord {
        BackendRecord {
            backend: self.backend.clone(),
            device: self.device.clone(),
            engine: self.engine.clone(),
            versions: self.versions.clone(),
            git_commit: self.git_commit.clone(),
            features: self.features.clone(),
            instruction_set: self.instruction_set.clone(),
            threads: self.threads,
            hostname: self.hostname.clone(),
            checks: self.checks.clone(),
        }
    }

    /// Notes what goes on with the run: backend, machine and binary; and what did before, if anything is different.
    pub fn move_to(&mut self, next: BackendRecord) {
        let now = self.present();
        if !now.is(&next) {
            self.earlier_backends.push(now);
        }
        self.checks.clear();
        (self.backend, self.device, self.engine) = (next.backend, next.device, next.engine);
        (self.versions, self.git_commit, self.features) = (next.versions, next.git_commit, next.features);
        (self.instruction_set, self.threads, self.hostname) = (next.instruction_set, next.threads, next.hostname);
    }

    /// Replaces the file at `path`.
    ///
    /// # Errors
    /// [`RecordError::Io`] when it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        write_json(path, self)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`RecordError::Io`], [`RecordError::Json`] with line and column, or [`RecordError::SchemaVersion`].
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        read_json(path)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::record::SCHEMA_VERSION;

    pub(in crate::record) fn sample() -> RunRecord {
        RunRecord {
            schema_version: SCHEMA_VERSION,
            status: RunStatus::Running,
            reason: None,
            versions: Versions { rote: "0.1.0".into(), burn: "0.22.1".into() },
            git_commit: Some("1f0c2a9".into()),
            features: vec!["default".into()],
            instruction_set: "avx512".into(),
            backend: "flex".into(),
            device: DeviceRecord { name: "a processor".into(), driver: None, memory_bytes: Some(1 << 34) },
            engine: None,
            checks: Vec::new(),
            earlier_backends: Vec::new(),
            threads: 2,
            hostname: "bench".into(),
            seeds: vec![0, u64::MAX],
            members: vec![
                MemberRecord { member: 0, population: "w8".into(), seed: 0, fact_set_digest: "00ff".into() },
                MemberRecord { member: 1, population: "w8".into(), seed: u64::MAX, fact_set_digest: "ff00".into() },
            ],
            populations: vec![PopulationRecord {
                id: "w8".into(),
                shape: "32-8-8-1 tanh".into(),
                members: vec![0, 1],
                parameters: 345,
            }],
            started: "2026-03-01T14:05:09Z".into(),
            finished: None,
            timings: BTreeMap::from([(
                "w8".into(),
                Timings {
                    train_seconds: 1.5,
                    evaluate_seconds: 0.25,
                    first_step_seconds: Some(0.125),
                    steps_per_second: Some(400.0),
                    measured_steps: 500,
                },
            )]),
            resumed: 0,
            peak_memory_bytes: Some(1 << 26),
            device_memory_bytes: None,
            memory_halvings: 0,
        }
    }

    #[test]
    fn the_file_as_other_tools_see_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        sample().write(&path).unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
        {
          "schema_version": 1,
          "status": "running",
          "versions": {
            "rote": "0.1.0",
            "burn": "0.22.1"
          },
          "git_commit": "1f0c2a9",
          "features": [
            "default"
          ],
          "instruction_set": "avx512",
          "backend": "flex",
          "device": {
            "name": "a processor",
            "memory_bytes": 17179869184
          },
          "threads": 2,
          "hostname": "bench",
          "seeds": [
            0,
            "18446744073709551615"
          ],
          "members": [
            {
              "member": 0,
              "population": "w8",
              "seed": 0,
              "fact_set_digest": "00ff"
            },
            {
              "member": 1,
              "population": "w8",
              "seed": "18446744073709551615",
              "fact_set_digest": "ff00"
            }
          ],
          "populations": [
            {
              "id": "w8",
              "shape": "32-8-8-1 tanh",
              "members": [
                0,
                1
              ],
              "parameters": 345
            }
          ],
          "started": "2026-03-01T14:05:09Z",
          "timings": {
            "w8": {
              "train_seconds": 1.5,
              "evaluate_seconds": 0.25,
              "first_step_seconds": 0.125,
              "steps_per_second": 400.0,
              "measured_steps": 500
            }
          },
          "resumed": 0,
          "peak_memory_bytes": 67108864
        }
        "#);
        assert_eq!(RunRecord::read(&path).unwrap(), sample());
    }

    #[test]
    fn the_speed_of_several_processes_is_that_of_all_their_steps() {
        let mut timings = Timings::default();
        timings.add(Some(2.0), 0, 0.0);
        assert_eq!((timings.first_step_seconds, timings.steps_per_second), (Some(2.0), None));
        timings.add(Some(9.0), 100, 1.0);
        timings.add(Some(9.0), 300, 7.0);
        assert_eq!(timings.first_step_seconds, Some(2.0));
        assert_eq!((timings.steps_per_second, timings.measured_steps), (Some(50.0), 400));
    }

    #[test]
    fn a_record_from_before_speeds_were_measured_still_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        sample().write(&path).unwrap();
        let mut value: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        value["timings"]["w8"] = serde_json::json!({ "train_seconds": 1.5, "evaluate_seconds": 0.25 });
        value.as_object_mut().unwrap().remove("peak_memory_bytes");
        std::fs::write(&path, value.to_string()).unwrap();
        let record = RunRecord::read(&path).unwrap();
        assert_eq!((record.peak_memory_bytes, record.timings["w8"].steps_per_second), (None, None));
    }

    #[test]
    fn a_run_that_moves_keeps_where_it_was() {
        let mut record = sample();
        let flex = record.present();
        record.move_to(flex.clone());
        assert_eq!(record, sample(), "the same backend is no move");
        let engine = EngineRecord {
            compiler: "wgpu<wgsl>".into(),
            api: "Vulkan".into(),
            fusion: false,
            autotune: true,
            matmul_precision: Some("f32".into()),
        };
        let device = DeviceRecord { name: "a GPU".into(), driver: Some("driver 1".into()), memory_bytes: None };
        let hostname = "elsewhere".to_owned();
        record.move_to(BackendRecord {
            backend: "wgpu:0".into(),
            device,
            engine: Some(engine),
            hostname,
            ..flex.clone()
        });
        assert_eq!(record.earlier_backends, [flex]);
        assert_eq!((record.backend.as_str(), record.hostname.as_str()), ("wgpu:0", "elsewhere"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        record.write(&path).unwrap();
        assert_eq!(RunRecord::read(&path).unwrap(), record);
        let text = serde_json::to_string_pretty(&record.engine).unwrap();
        insta::assert_snapshot!(text, @r#"
        {
          "compiler": "wgpu<wgsl>",
          "api": "Vulkan",
          "fusion": false,
          "autotune": true,
          "matmul_precision": "f32"
        }
        "#);
    }

    #[test]
    fn a_later_format_is_refused_for_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        std::fs::write(&path, r#"{"schema_version": 2, "state": "running"}"#).unwrap();
        let error = RunRecord::read(&path).unwrap_err();
        assert!(matches!(error, RecordError::SchemaVersion { expected: 1, got: 2, .. }), "{error}");
    }

    #[test]
    fn a_torn_file_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        std::fs::write(&path, r#"{"schema_version": 1, "sta"#).unwrap();
        let error = RunRecord::read(&path).unwrap_err();
        assert!(matches!(error, RecordError::Json { .. }) && error.to_string().contains("run.json"), "{error}");
    }
}
