//! Memories whose theory is known, through the whole evaluation: the hash store attains the bound, its rival does not.

mod support;

use rote_theory::{Bits, frontier};
use serde_json::Value;
use support::{Bench, SMALL, code, stderr, stdout};

/// 1000 facts of 2^32 claims and 2^20 non-facts; networks are demanded by the format and never made.
const SPARSE: &str = r#"
name = "sparse"
seeds = 2
facts = { count = 1000, universe = "2^32" }
non_facts = { held_out = "2^20" }
model = { widths = [4] }
train = { steps = 1 }
evaluation = { non_facts = "all" }
"#;
const NON_FACTS: f64 = 1_048_576.0;
const SPARSITY: f64 = 1000.0 / 4_294_967_296.0;

fn filters(config: &str, arguments: &[&str]) -> Vec<Value> {
    let bench = Bench::new(config);
    let arguments = [&["filters", "experiment.toml", "--json"], arguments].concat();
    let output = bench.rote(&arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let names: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["experiment.toml"], "nothing is written");
    let result: Value = serde_json::from_str(&stdout(&output)).expect("JSON alone on stdout");
    assert_eq!((&result["schema_version"], &result["status"]), (&Value::from(1), &Value::from("complete")));
    result["filters"].as_array().expect("a list").clone()
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {path} in {value}"))
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} is not {expected} to {tolerance}");
}

/// Standard deviation of a share q of the non-facts, as a part of q.
fn relative_error(q: f64) -> f64 {
    ((1.0 - q) / (NON_FACTS * q)).sqrt()
}

/// The facts' loss is as designed; the non-facts' and the information are so up to 4 standard deviations of the sample.
#[test]
fn the_hash_store_attains_the_frontier() {
    for weight in [1.0, 10.0] {
        let found = filters(SPARSE, &["--set", &format!("train.negative_weight={weight}")]);
        let stores: Vec<_> = found.iter().filter(|filter| filter["filter"] == "hash").collect();
        assert_eq!(stores.len(), 3 * 2, "three budgets at two seeds");
        for store in stores {
            let bits = number(store, "/bits_per_fact");
            let best = frontier::log_loss(Bits(bits), weight, SPARSITY).unwrap();
            let [fact, non_fact] = [best.fact_loss.unwrap().0, best.non_fact_loss.unwrap().0];
            let error = 4.0 * relative_error(bits.exp2().recip());
            let what = format!("B = {bits}, lambda = {weight}");
            assert_eq!(number(store, "/frontier/loss_nats").to_bits(), best.loss.0.to_bits());
            close(number(store, "/evaluation/fact_loss_nats"), fact, 1e-4 * fact, &what);
            close(number(store, "/evaluation/non_fact_loss_nats"), non_fact, (error + 1e-4) * non_fact, &what);
            close(number(store, "/loss_nats"), best.loss.0, (error + 1e-4) * weight * non_fact, &what);
            let of_bits = 2.0 * error / std::f64::consts::LN_2;
            for estimate in ["rate", "information", "budget"] {
                let path = format!("/evaluation/{estimate}_bits_per_fact");
                close(number(store, &path), bits, of_bits, &format!("{what}, {estimate}"));
            }
            let [ideal, real] = ["/nominal_bits_per_fact", "/stored_bits_per_fact"].map(|path| number(store, path));
            close(ideal, bits, 1e-12, &what);
            assert!(real > bits && real < 1.12 * bits + 0.2, "{what}: stored in {real}");
        }
    }
}

#[test]
fn the_rival_forgets_and_loses_more() {
    let found = filters(SPARSE, &[]);
    for pair in found[..6].iter().zip(&found[6..]) {
        let (store, rival) = pair;
        assert_eq!((&rival["filter"], &rival["bits_per_fact"]), (&Value::from("forgetting"), &store["bits_per_fact"]));
        let bits = number(rival, "/bits_per_fact");
        let forgotten = number(rival, "/design/forgotten");
        close(number(rival, "/evaluation/forgetting_rate"), forgotten, 1e-12, "share of the facts forgotten");
        close(number(rival, "/evaluation/fact_loss_nats"), forgotten * (1.0 / forgotten).ln_1p(), 1e-6, "facts");
        close(number(rival, "/evaluation/non_fact_loss_nats"), forgotten.ln_1p(), 1e-6, "non-facts");
        close(number(rival, "/evaluation/hallucination_at_half"), 0.0, 0.0, "non-facts that it takes for facts");
        let [ideal, real] = ["/nominal_bits_per_fact", "/stored_bits_per_fact"].map(|path| number(rival, path));
        assert!(ideal <= bits && ideal > bits - 0.03 && real < bits + 0.4, "B = {bits}: {ideal}, stored in {real}");
        let price = number(rival, "/loss_nats") - number(store, "/loss_nats");
        assert!(price > 0.7, "B = {bits}: forgetting costs {price} nats");
    }
}

#[test]
fn a_mixed_budget_lies_just_above_the_frontier() {
    let found = filters(SPARSE, &["--bits", "2.5"]);
    let excess = number(&found[0], "/loss_nats") - number(&found[0], "/frontier/loss_nats");
    assert!(excess > 0.01 && excess < 0.03, "{excess}");
    close(number(&found[0], "/nominal_bits_per_fact"), 2.5, 0.07, "bits");
}

#[test]
fn nothing_stored_is_a_constant_score() {
    for filter in filters(SMALL, &["--bits", "0"]) {
        close(number(&filter, "/loss_nats"), 4.0_f64.ln(), 1e-6, "2 ln 2");
        close(number(&filter, "/evaluation/rate_bits_per_fact"), 0.0, 1e-6, "bits that the losses need");
        assert!(filter["evaluation"].get("parameters").is_none() && filter["evaluation"].get("widths").is_none());
    }
}

#[test]
fn the_table_shows_every_memory_beside_the_frontier() {
    let bench = Bench::new(SMALL);
    let output = bench.rote(&["filters", "experiment.toml", "--bits", "2,4", "--quiet"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""));
    let output = bench.rote(&["filters", "experiment.toml", "--bits", "2,4"]);
    let table = stdout(&output);
    for row in ["hash seed 0", "hash seed 1", "hash mean", "forgetting seed 0", "forgetting mean", "sd, 2 seeds"] {
        assert_eq!(table.matches(row).count(), if row.starts_with("sd") { 4 } else { 2 }, "{row} in\n{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
}

#[test]
fn a_wrong_budget_says_what_is_allowed() {
    let bench = Bench::new(SMALL);
    for bits in ["33", "-1", "many", "nan"] {
        let output = bench.rote(&["filters", "experiment.toml", &format!("--bits={bits}")]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("from 0 to 32"), "{}", stderr(&output));
    }
    assert_eq!(code(&bench.rote(&["filters", "absent.toml"])), 2);
}
