//! Checkpoints against damage and kills, simulated and real.

use super::*;
use crate::record::NamedTensor;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

type Loaded = LoadedCheckpoint<Vec<f64>, u64>;

/// A checkpoint whose content follows from its step, so that a mixture of two would be noticed.
fn content(step: u64) -> (TensorFile, TensorFile, Vec<f64>, u64) {
    let tensor = |name: &str, scale: f32| NamedTensor {
        name: name.into(),
        shape: vec![2, 3],
        data: (0..6_u16).map(|index| scale * (step as f32 + f32::from(index))).collect(),
    };
    let metadata = BTreeMap::from([("population".into(), "w8".into()), ("activation".into(), "tanh".into())]);
    let model = TensorFile { tensors: vec![tensor("bias", 1.0), tensor("weight", -0.5)], metadata };
    let optimiser = TensorFile { tensors: vec![tensor("first_moment", 0.25)], metadata: BTreeMap::new() };
    (model, optimiser, vec![1.0 / (step as f64 + 3.0), 0.1], 1000 * step)
}

fn save(store: &Checkpoints, step: u64) -> PathBuf {
    let (model, optimiser, state, extra) = content(step);
    let checkpoint = Checkpoint { step, model: &model, optimiser: &optimiser, state: &state, extra: &extra };
    store.save(&checkpoint).unwrap()
}

fn assert_is(loaded: &Loaded, step: u64) {
    let (model, optimiser, state, extra) = content(step);
    let warnings = loaded.warnings.clone();
    assert_eq!(*loaded, LoadedCheckpoint { step, model, optimiser, state, extra, warnings });
}

fn load(store: &Checkpoints) -> Loaded {
    store.load_latest().unwrap().unwrap()
}

#[test]
fn the_latest_comes_back_and_two_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(&folder.path().join("w8")).unwrap();
    assert!(store.load_latest::<Vec<f64>, u64>().unwrap().is_none());
    for step in [0, 9, 10, 100] {
        save(&store, step);
        let loaded = load(&store);
        assert_is(&loaded, step);
        assert!(loaded.warnings.is_empty());
    }
    assert_eq!(names_in(&folder.path().join("w8")).unwrap(), ["latest", "step-10", "step-100"]);
    assert_eq!(fs::read_to_string(folder.path().join("w8/latest")).unwrap(), "step-100\n");
    assert_is(&store.load(10).unwrap(), 10);
}

#[test]
fn the_manifest_as_other_tools_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    let path = save(&store, 100);
    insta::assert_snapshot!(fs::read_to_string(path.join(MANIFEST)).unwrap(), @r#"
    {
      "digest": "24f87d08637de576439bf3b315381cb2ab7b49e24c63e529940c7b2d7ba98fa2",
      "schema_version": 1,
      "step": 100,
      "files": [
        {
          "name": "model.safetensors",
          "bytes": 240,
          "blake3": "ee2b1ab13f91f3b7a8ae20ff71b021a4ad1f72092e2e236d0b88206427382dd0"
        },
        {
          "name": "optimiser.safetensors",
          "bytes": 104,
          "blake3": "3c22cbb20997e7adf7a27b212abb4e12d2bd6788a42a8dd817c0e29a5e06ef8d"
        },
        {
          "name": "state.json",
          "bytes": 33,
          "blake3": "d26827102c5ccb198e170b332fa6305d9a55510fec41da1d10cd3a1839769da5"
        }
      ],
      "extra": 100000
    }
    "#);
}

#[test]
fn every_altered_byte_of_every_file_is_noticed_and_the_checkpoint_before_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    let newest = save(&store, 200);
    let files = names_in(&newest).unwrap();
    assert_eq!(files, [MANIFEST, MODEL, OPTIMISER, STATE]);
    for name in files {
        let path = newest.join(&name);
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut altered = whole.clone();
            altered[index] ^= 1;
            fs::write(&path, altered).unwrap();
            let error = store.load::<Vec<f64>, u64>(200).unwrap_err();
            let RecordError::Checkpoint { path: named, .. } = &error else { panic!("{name} byte {index}: {error}") };
            assert_eq!(*named, path);
        }
        let loaded = load(&store);
        assert_is(&loaded, 100);
        assert!(
            loaded.warnings[0].contains(&name) && loaded.warnings[1] == "the checkpoint of step 100 takes its place"
        );
        fs::write(&path, &whole).unwrap();
        assert_is(&load(&store), 200);
    }
}

#[test]
fn a_truncated_or_missing_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    let newest = save(&store, 200);
    for name in [MANIFEST, MODEL, OPTIMISER, STATE] {
        let path = newest.join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert_is(&load(&store), 100);
        fs::remove_file(&path).unwrap();
        let loaded = load(&store);
        assert_is(&loaded, 100);
        assert!(loaded.warnings[0].contains("expected a file, got none"), "{:?}", loaded.warnings);
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn files_of_another_step_are_not_taken_for_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    let old = save(&store, 100);
    let new = save(&store, 200);
    fs::copy(old.join(MODEL), new.join(MODEL)).unwrap();
    assert_is(&load(&store), 100);
    fs::remove_dir_all(&new).unwrap();
    fs::rename(&old, &new).unwrap();
    let error = store.load_latest::<Vec<f64>, u64>().unwrap_err();
    assert!(error.to_string().contains("expected step 200, got step 100"), "{error}");
}

#[test]
fn when_all_are_damaged_the_error_names_each() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    for step in [100, 200] {
        fs::write(save(&store, step).join(STATE), "[]").unwrap();
    }
    let error = store.load_latest::<Vec<f64>, u64>().unwrap_err();
    assert!(matches!(error, RecordError::NoWholeCheckpoint { .. }));
    let text = error.to_string();
    assert!(text.contains("step-100/state.json") && text.contains("step-200/state.json"), "{text}");
}

#[test]
fn a_lost_or_altered_latest_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    save(&store, 200);
    for text in ["", "step-", "step-+200", "stap-200\n", "step-300\n"] {
        fs::write(folder.path().join(LATEST), text).unwrap();
        let loaded = load(&store);
        assert_is(&loaded, 200);
        assert_eq!(loaded.warnings.len(), 2, "{text:?}: {:?}", loaded.warnings);
    }
    fs::remove_file(folder.path().join(LATEST)).unwrap();
    assert_is(&load(&store), 200);
}

#[test]
fn a_checkpoint_of_another_kind_of_state_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    let error = store.load_latest::<String, u64>().unwrap_err();
    assert!(matches!(&error, RecordError::Json { path, .. } if path.ends_with(STATE)), "{error}");
}

/// The states of the folder that a kill can leave, in the order in which `save` passes through them.
#[test]
fn a_kill_between_any_two_acts_leaves_a_whole_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    save(&store, 200);

    // While the folder aside is written.
    fs::create_dir(at("step-300.tmp")).unwrap();
    fs::write(at("step-300.tmp/model.safetensors"), b"half").unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    assert_is(&load(&store), 200);

    // After its rename, before `latest` is replaced.
    save(&store, 300);
    fs::write(at(LATEST), "step-200\n").unwrap();
    assert_is(&load(&store), 200);

    // While the checkpoint of a step that is reached again replaces the one that was there: first rename, second.
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 300);
    fs::rename(at("step-300"), at("step-300.replaced")).unwrap();
    fs::create_dir(at("step-300.tmp")).unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    assert_is(&load(&store), 300);
    assert!(load(&store).warnings.is_empty());
    fs::create_dir(at("step-300.replaced")).unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    assert_is(&load(&store), 300);

    // While an old one is removed.
    fs::rename(at("step-200"), at("step-200.tmp")).unwrap();
    fs::remove_file(at("step-200.tmp/manifest.json")).unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    assert_is(&load(&store), 300);
    assert_eq!(names_in(folder.path()).unwrap(), ["latest", "step-300"]);
}

#[test]
fn going_on_from_an_earlier_one_removes_the_damaged_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    let newest = save(&store, 200);
    fs::write(newest.join(MODEL), b"").unwrap();
    assert_is(&load(&store), 100);
    save(&store, 150);
    assert_eq!(store.steps().unwrap(), [100, 150]);
    assert_is(&load(&store), 150);
}

#[test]
fn a_tensor_that_cannot_be_written_leaves_the_old_checkpoints_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(folder.path()).unwrap();
    save(&store, 100);
    let (mut model, optimiser, state, extra) = content(200);
    model.tensors[0].data.pop();
    let checkpoint = Checkpoint { step: 200, model: &model, optimiser: &optimiser, state: &state, extra: &extra };
    assert!(matches!(store.save(&checkpoint).unwrap_err(), RecordError::Tensor { .. }));
    assert_eq!(names_in(folder.path()).unwrap(), ["latest", "step-100"]);
    assert_is(&load(&store), 100);
}

const FOLDER_OF_CHILD: &str = "ROTE_TEST_CHECKPOINT_FOLDER";

/// Saves for ever, each step twice, so that kills fall into replacements too.
#[test]
#[ignore = "never ends: a_process_killed_at_any_moment_can_go_on starts it and kills it"]
fn saves_until_killed() {
    let folder = std::env::var(FOLDER_OF_CHILD).unwrap();
    let store = Checkpoints::open(Path::new(&folder)).unwrap();
    let first = store.load_latest::<Vec<f64>, u64>().unwrap().map_or(1, |loaded| loaded.step);
    for step in first.. {
        save(&store, step);
        save(&store, step);
    }
}

#[test]
fn a_process_killed_at_any_moment_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (_, module) = module_path!().split_once("::").unwrap();
    let latest = || fs::read_to_string(folder.path().join(LATEST)).unwrap_or_default();
    let mut reached = 0;
    for round in 0..12 {
        let before = latest();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", &format!("{module}::saves_until_killed")])
            .env(FOLDER_OF_CHILD, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // A loaded machine can take seconds to come so far; a child that fails never does.
        while latest() == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Checkpoints::open(folder.path()).unwrap();
        let loaded = load(&store);
        assert_is(&loaded, loaded.step);
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert!(loaded.step > reached, "no progress in round {round}");
        reached = loaded.step;
    }
}
