//! Right configurations: their defaults, their completion, and their resolved text.

use std::path::{Path, PathBuf};

use rote_models::{Activation, Kernels};

use super::{SMALLEST, edited, read, read_under};
use crate::config::{
    BackendKind, Encoding, Experiment, FactCounts, FactsPerStep, Format, KEYS, Optimizer, Overrides, Resolved,
    ScoredNonFacts, Sizes, Source, load,
};

const FILE: &str = "-facts.count\n-facts.universe\nfacts.file = \"claims.txt\"\nfacts.format = \"hex\"\n";

fn valid(lines: &str) -> Experiment {
    read(&edited(lines), &[]).unwrap_or_else(|error| panic!("{lines}\n{error}"))
}

fn resolved(lines: &str, universe: u128, trained: u64, never_shown: u64) -> Resolved {
    let counts = FactCounts { universe, trained, never_shown };
    valid(lines).resolve(counts).unwrap_or_else(|error| panic!("{lines}\n{error}"))
}

#[test]
fn the_smallest_file_gets_the_recipe() {
    let experiment = valid("");
    assert_eq!((experiment.name.as_str(), experiment.seeds.as_slice()), ("x", [0].as_slice()));
    assert_eq!(experiment.facts.source, Source::Random { count: 1000, universe: 1 << 32 });
    assert_eq!(experiment.facts.encoding, Encoding::Bits);
    assert_eq!((experiment.non_facts.per_step, experiment.non_facts.held_out), (2048, Some(1 << 24)));
    assert_eq!(experiment.model.sizes, Sizes::Widths(vec![8, 16]));
    assert_eq!((experiment.model.hidden_layers, experiment.model.activation), (2, Activation::Tanh));
    let train = &experiment.train;
    assert_eq!(
        (train.learning_rate.as_slice(), train.negative_weight.as_slice()),
        ([0.05].as_slice(), [1.0].as_slice())
    );
    assert_eq!((train.optimizer, train.facts_per_step), (Optimizer::AdamW, FactsPerStep::All));
    assert_eq!((train.clip.as_ref(), train.stop_below), (None, None));
    assert_eq!((train.checkpoint_every, train.log_every, train.log_first), (1000, 50, 0));
    assert!((train.warmup - 0.03).abs() < 1e-15);
    assert_eq!(experiment.evaluation.non_facts, Some(ScoredNonFacts::Count(1 << 20)));
    assert!(!experiment.evaluation.control);
    assert_eq!((experiment.backend.kind, experiment.backend.kernels), (BackendKind::Flex, Kernels::Fused));
    assert!(experiment.backend.threads >= 1);
}

#[test]
fn the_resolved_text_names_every_key() {
    let experiment = valid("seeds = [5, 3]\nmodel.activation = \"gelu\"\nbackend.threads = 2");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("resolved", experiment.resolved_toml());
    });
    // What is said of GPUs stands there for GPUs only, and what the binary decides nowhere.
    let text = valid("seeds = [5, 3]\nmodel.activation = \"gelu\"\nbackend.name = \"wgpu\"").resolved_toml();
    let conditional =
        ["file", "format", "alphabet", "fraction", "inputs", "parameters", "parameters_per_fact", "autotune"];
    for key in KEYS {
        let leaf = key.name.rsplit('.').next().unwrap();
        let expected = usize::from(!conditional.contains(&leaf));
        let times = text.lines().filter(|line| line.split(" = ").next() == Some(leaf)).count();
        // `name` names the run and the backend, `universe` and the like stand once.
        let expected = if leaf == "name" { 2 } else { expected };
        assert_eq!(times, expected, "{}", key.name);
    }
}

#[test]
fn sizes_may_be_written_in_three_ways() {
    for (typed, size) in [
        ("\"2^64\"", 1 << 64),
        ("\"18446744073709551616\"", 1 << 64),
        ("18446744073709551615", u128::from(u64::MAX)),
        ("\"9223372036854775809\"", (1 << 63) + 1),
        ("0x1_0000", 1 << 16),
    ] {
        let experiment = valid(&format!("facts.universe = {typed}"));
        assert_eq!(experiment.facts.source, Source::Random { count: 1000, universe: size });
        let again = read(&experiment.resolved_toml(), &[]).unwrap();
        assert_eq!(again, experiment, "{typed}");
    }
}

#[test]
fn options_of_the_command_line_lie_on_top() {
    let sets =
        ["seeds=[7, 9]", "facts.universe=2^20", "name=2026-01-01", "train={ steps = 5, warmup = 0 }", "train.steps=6"];
    let experiment = read(SMALLEST, &sets).unwrap();
    assert_eq!(experiment.seeds, [7, 9]);
    assert_eq!(experiment.facts.source, Source::Random { count: 1000, universe: 1 << 20 });
    // The shell eats the quotes of --set name="2026-01-01": what is left would be a date.
    assert_eq!(experiment.name, "2026-01-01");
    assert_eq!(experiment.train.steps, 6);
    assert!(experiment.train.warmup.abs() < 1e-15);
}

#[test]
fn small_universes_are_scored_whole_and_half_held_out() {
    let experiment = valid("facts.universe = 65536");
    assert_eq!(experiment.non_facts.held_out, Some(32768));
    assert_eq!(experiment.evaluation.non_facts, Some(ScoredNonFacts::All));
    let resolved = experiment.resolve(experiment.facts.counts().unwrap()).unwrap();
    assert_eq!((resolved.held_out, resolved.scored, resolved.inputs), (32768, 32768, 16));
    let all = valid("facts.universe = 65536\nnon_facts.held_out = 0");
    assert_eq!(all.resolve(all.facts.counts().unwrap()).unwrap().scored, 64536);
}

#[test]
fn a_file_is_completed_by_its_counts() {
    let experiment = valid(FILE);
    let Source::File { path, format, fraction, .. } = &experiment.facts.source else { panic!("a file") };
    assert_eq!((path.as_path(), *format), (Path::new("/data/claims.txt"), Format::Hex));
    assert!((fraction - 1.0).abs() < 1e-15);
    assert_eq!((experiment.facts.counts(), experiment.non_facts.held_out), (None, None));
    let lines = format!("{FILE}-model.widths\nmodel.parameters_per_fact = [0.5, 1.0]\nfacts.fraction = 0.5");
    let resolved = resolved(&lines, 1 << 24, 16000, 16527);
    assert_eq!((resolved.inputs, resolved.held_out, resolved.facts_per_step), (24, 1 << 23, 16000));
    for (shape, target) in resolved.shapes.iter().zip([8000usize, 16000]) {
        assert!(shape.parameters().abs_diff(target) <= 200, "{shape:?}");
    }
    assert_eq!(resolved.experiment.evaluation.non_facts, Some(ScoredNonFacts::All));
    let again = read(&resolved.experiment.resolved_toml(), &[]).unwrap();
    assert_eq!(again, resolved.experiment);
}

#[test]
fn a_file_that_fits_no_plan_is_told_with_its_lines() {
    let experiment = valid(&format!(
        "{FILE}non_facts.held_out = 200\ntrain.facts_per_step = 90\nfacts.encoding = \"code\"\nfacts.inputs = 7"
    ));
    let counts = |trained, never_shown| FactCounts { universe: 256, trained, never_shown };
    let error = experiment.resolve(counts(50, 40)).unwrap_err();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("file", error.to_string());
    });
    assert!(experiment.resolve(counts(0, 40)).unwrap_err().to_string().contains("no claim of the file is trained"));
    assert!(experiment.resolve(counts(250, 6)).unwrap_err().to_string().contains("a non-fact is left"));
}

#[test]
fn fused_kernels_are_taken_where_they_exist() {
    let kernels = |lines: &str| valid(lines).backend.kernels;
    for lines in [
        "model.activation = \"relu\"",
        "model.hidden_layers = 3",
        "backend.name = \"cpu\"",
        "backend.kernels = \"fused\"",
    ] {
        assert_eq!(kernels(lines), Kernels::Fused, "{lines}");
    }
    for lines in [
        "model.activation = \"silu\"",
        "model.hidden_layers = 4",
        "backend.name = \"cuda:1\"",
        "backend.name = \"flex+composed\"",
        "backend.kernels = \"composed\"",
        "backend.name = \"ndarray\"",
    ] {
        assert_eq!(kernels(lines), Kernels::Composed, "{lines}");
    }
    assert_eq!(valid("backend.name = \"cuda:12+composed\"").backend.device_name(), "cuda:12");
    assert_eq!(valid("backend.name = \"cpu\"").backend.device_name(), "flex");
}

#[test]
fn a_backend_on_the_command_line_brings_its_own_kernels() {
    let backend = |file: &str, sets: &[String], backend| {
        let overrides = Overrides { sets, backend: Some(backend), non_facts: None };
        read_under(&edited(file), overrides).map(|experiment| experiment.backend.kernels)
    };
    let fused = "backend.kernels = \"fused\"";
    assert_eq!(backend(fused, &[], "ndarray").unwrap(), Kernels::Composed);
    assert_eq!(backend(fused, &[], "flex+composed").unwrap(), Kernels::Composed);
    assert_eq!(
        backend("backend.name = \"ndarray\"\nbackend.kernels = \"composed\"", &[], "flex").unwrap(),
        Kernels::Fused
    );
    let asked = ["backend.kernels=fused".to_owned()];
    assert!(backend("", &asked, "ndarray").is_err(), "what was asked for beside it still counts");
}

#[test]
fn what_is_said_of_gpus_has_no_effect_on_the_processor() {
    let lines = "backend.fusion = true\nbackend.allow_software_gpu = true\nbackend.check = false";
    let gpu = |lines: &str| {
        let backend = valid(lines).backend;
        (backend.fusion, backend.allow_software_gpu, backend.check)
    };
    assert_eq!(gpu(lines), (false, false, true));
    assert_eq!(gpu(&format!("{lines}\nbackend.name = \"ndarray\"")), (false, false, true));
    assert_eq!(gpu(&format!("{lines}\nbackend.name = \"wgpu:1\"")), (true, true, false));
    assert_eq!(gpu("backend.name = \"cuda\""), (false, false, true));
    let written = valid(&format!("{lines}\nbackend.name = \"wgpu\"")).resolved_toml();
    assert!(written.ends_with("fusion = true\nallow_software_gpu = true\ncheck = false\n"), "{written}");
    assert!(!valid(lines).resolved_toml().contains("fusion"), "the processor's configuration is as it was");
}

#[test]
fn autotune_is_a_matter_of_the_build() {
    let asked = |autotune: bool, name: &str| {
        read(&edited(&format!("backend.autotune = {autotune}\nbackend.name = \"{name}\"")), &[])
    };
    let built = crate::config::AUTOTUNE;
    assert!(asked(built, "wgpu").is_ok() && asked(built, "flex").is_ok());
    let error = asked(!built, "cuda").unwrap_err().to_string();
    let features = if built { "--features cuda`" } else { "--features cuda,autotune`" };
    assert!(
        error.contains(&format!("fix: build it so with `cargo install --locked --path trainer {features}")),
        "{error}"
    );
    assert!(asked(!built, "flex").unwrap_err().to_string().contains("--features wgpu"));
}

#[test]
fn the_digest_leaves_out_where_it_runs_and_nothing_else() {
    let digest = |lines: &str| valid(lines).digest();
    let plain = digest("");
    assert_eq!(plain.len(), 64);
    assert_eq!(plain, digest("backend.name = \"ndarray\"\nbackend.threads = 3"));
    assert_eq!(plain, digest("backend.name = \"wgpu\"\nbackend.fusion = true\nbackend.check = false"));
    assert_eq!(plain, digest("train.learning_rate = 0.05"));
    for lines in ["name = \"y\"", "seeds = 2", "train.steps = 101", "facts.count = 999", "train.clip = 1"] {
        assert_ne!(plain, digest(lines), "{lines}");
    }
}

#[test]
fn the_experiments_that_come_along_are_valid() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let experiment = load(&path, Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(path.file_stem().unwrap().to_str(), Some(experiment.name.as_str()));
        if let Source::File { path, .. } = &experiment.facts.source {
            assert!(path.is_file(), "{}", path.display());
            let counts = FactCounts { universe: 1 << 24, trained: 16264, never_shown: 16263 };
            experiment.resolve(counts).unwrap_or_else(|error| panic!("{error}"));
        }
        let command = format!("rote train configs/{}", path.file_name().unwrap().to_str().unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        assert!(first.strip_suffix(" --backend wgpu").unwrap_or(first).ends_with(&command), "{command}");
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn a_misspelt_key_is_looked_for_in_its_own_table_first() {
    assert_eq!(crate::config::keys::meant("nmae"), Some("name"));
    assert_eq!(crate::config::keys::meant("train.step"), Some("train.steps"));
}
