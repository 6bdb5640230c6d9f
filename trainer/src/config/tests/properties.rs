//! What holds for every configuration: nothing panics, and what is valid reads back as itself.

use proptest::prelude::*;
use rote_models::{Activation, Shape};

use super::{SMALLEST, edited, read};
use crate::config::{KEYS, Sizes};

/// Values of every kind, right and wrong, near the bounds and far from them.
fn value() -> impl Strategy<Value = String> {
    let edge = prop::sample::select(vec![
        "0",
        "1",
        "-1",
        "2",
        "16",
        "1024",
        "4096",
        "16384",
        "65537",
        "4294967296",
        "9223372036854775807",
        "18446744073709551616",
        "0.5",
        "1.0",
        "-0.0",
        "1e-300",
        "1e300",
        "1e999",
        "inf",
        "nan",
        "true",
        "\"\"",
        "\"all\"",
        "\"none\"",
        "\"2^0\"",
        "\"2^64\"",
        "\"2^127\"",
        "\"2^128\"",
        "\"2^\"",
        "\"2^-1\"",
        "\"+5\"",
        "\"hex\"",
        "\"strings\"",
        "\"decimal\"",
        "\"code\"",
        "\"gelu\"",
        "\"fused\"",
        "\"cuda:1+composed\"",
        "\"cuda:+1\"",
        "[]",
        "[[]]",
        "{}",
        "{ a = 1 }",
        "[1, 2]",
        "[0.5, 1e6]",
        "[4294967296]",
        "1979-05-27",
        "[1, \"a\", { b = 2 }]",
        "\"\\u0000\"",
    ]);
    let integer = any::<i64>().prop_map(|number| number.to_string());
    let float = any::<f64>().prop_map(|number| format!("{number:?}").to_lowercase());
    let text = "[ -~]{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', "")));
    prop_oneof![4 => edge.prop_map(str::to_owned), 1 => integer, 1 => float, 1 => text]
}

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(KEYS.iter().map(|key| key.name).collect::<Vec<_>>())
}

/// A setting that is right for [`SMALLEST`], whatever the others are; some in several forms.
fn right() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..50u32).prop_map(|count| format!("seeds = {count}")),
        prop::collection::btree_set(0..=i64::MAX, 1..5)
            .prop_map(|seeds| format!("seeds = {seeds:?}").replace(['{'], "[").replace('}', "]")),
        (1..=1000u32).prop_map(|count| format!("facts.count = {count}")),
        ((1u128 << 26)..=(1 << 64)).prop_map(|universe| format!("facts.universe = \"{universe}\"")),
        (27..=64u32).prop_map(|power| format!("facts.universe = \"2^{power}\"")),
        (0..=(1u32 << 20)).prop_map(|count| format!("non_facts.per_step = {}", count + 1)),
        ((1u32 << 20)..(1 << 25)).prop_map(|count| format!("non_facts.held_out = {count}")),
        (1..=16u32).prop_map(|layers| format!("model.hidden_layers = {layers}")),
        prop::sample::select(vec!["tanh", "gelu", "silu", "relu", "triangle"])
            .prop_map(|name| format!("model.activation = \"{name}\"")),
        (1..=1_000_000_000u32).prop_map(|steps| format!("train.steps = {steps}")),
        (1e-12..10.0f64).prop_map(|rate| format!("train.learning_rate = {rate:?}")),
        (1e-12..1e18f64).prop_map(|weight| format!("train.negative_weight = {weight:?}")),
        (0.0..0.999f64).prop_map(|share| format!("train.warmup = {share:?}")),
        (1e-12..1e18f64).prop_map(|norm| format!("train.clip = {norm:?}")),
        (1e-12..1e18f64).prop_map(|loss| format!("train.stop_below = {loss:?}")),
        prop::sample::select(vec!["adamw", "muon", "sgd"]).prop_map(|name| format!("train.optimizer = \"{name}\"")),
        (1..=(1u32 << 20)).prop_map(|count| format!("evaluation.non_facts = {count}")),
        any::<bool>().prop_map(|control| format!("evaluation.control = {control}")),
        prop::sample::select(vec!["cpu", "ndarray", "wgpu:3", "cuda+composed"])
            .prop_map(|name| format!("backend.name = \"{name}\"")),
        (1..=1024u32).prop_map(|threads| format!("backend.threads = {threads}")),
        (prop::sample::select(vec!["fusion", "allow_software_gpu", "check"]), any::<bool>())
            .prop_map(|(key, value)| format!("backend.{key} = {value}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_panics(text in any::<String>(), set in any::<String>()) {
        _ = read(&text, &[set.as_str()]).map_err(|error| error.to_string());
    }

    #[test]
    fn no_line_noise_panics(lines in prop::collection::vec("[a-z_.\\[\\]={}\"'# 0-9\n^-]{0,24}", 0..8)) {
        let text = lines.join("\n");
        let error = read(&text, &[]).map_err(|error| (error.problems().len(), error.to_string()));
        prop_assert!(error.is_err_and(|(problems, message)| problems > 0 && message.starts_with("error: ")));
    }

    #[test]
    fn no_value_of_a_key_panics(lines in prop::collection::vec((key(), value()), 1..6)) {
        let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        for text in [edited(&lines.join("\n")), edited(&lines[0])] {
            match read(&text, &[]) {
                Ok(experiment) => {
                    let again = read(&experiment.resolved_toml(), &[]).map_err(|error| error.to_string());
                    prop_assert_eq!(again.as_ref(), Ok(&experiment));
                }
                Err(error) => prop_assert!(error.to_string().starts_with("error: x.toml")),
            }
        }
        let sets: Vec<String> = lines.iter().map(|line| line.replace(" = ", "=")).collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        _ = read(SMALLEST, &sets).map_err(|error| error.to_string());
    }

    #[test]
    fn what_is_valid_reads_back_as_itself(lines in prop::collection::vec(right(), 0..12)) {
        // TOML takes no key twice, so the later line of a key stands.
        let mut kept: Vec<&String> = Vec::new();
        for line in &lines {
            kept.retain(|other| other.split('=').next() != line.split('=').next());
            kept.push(line);
        }
        let text: Vec<&str> = kept.iter().map(|line| line.as_str()).collect();
        let experiment = read(&edited(&text.join("\n")), &[]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let written = experiment.resolved_toml();
        let again = read(&written, &[]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&again, &experiment);
        prop_assert_eq!(again.resolved_toml(), written);
        prop_assert_eq!(again.digest(), experiment.digest());
    }

    #[test]
    fn solved_widths_are_the_nearest(target in 100..500_000usize, layers in 1..5usize) {
        let text = edited(&format!("-model.widths\nmodel.parameters = [{target}]\nmodel.hidden_layers = {layers}"));
        let experiment = read(&text, &[]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let Sizes::Widths(widths) = &experiment.model.sizes else { return Err(TestCaseError::fail("not solved")) };
        let miss = |width| Shape::uniform(32, layers, width, Activation::Tanh).parameters().abs_diff(target);
        let (width, best) = (widths[0], miss(widths[0]));
        prop_assert!(best <= miss(width + 1) && (width == 1 || best <= miss(width - 1)));
        let resolved = experiment.facts.counts().and_then(|counts| experiment.resolve(counts).ok());
        prop_assert_eq!(resolved.map(|resolved| resolved.shapes[0].parameters().abs_diff(target)), Some(best));
    }
}
