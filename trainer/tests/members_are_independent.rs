//! What a member becomes does not depend on threads, on company, or on how others fare; and kernels and backends agree.

mod support;

use rote::record::evaluation_json::MemberStatus;
use rote::record::read_metrics;
use support::{Bench, SMALL, code, evaluation, member_weights, stderr, weights};

#[test]
fn alone_in_company_and_on_any_number_of_threads_bit_identical() {
    let bench = Bench::new(SMALL);
    let company = bench.train("company", &["seeds=8", "backend.threads=1"]);
    let two = bench.train("two", &["seeds=8", "backend.threads=2"]);
    let alone = bench.train("alone", &["seeds=[5]", "backend.threads=2"]);
    for population in ["w6", "w9"] {
        assert!(weights(&company, population) == weights(&two, population), "threads changed {population}");
        assert_eq!(member_weights(&company, population, 5), member_weights(&alone, population, 0));
    }
    // The evaluation of that member is the same too, but for its number.
    let mut inside = evaluation(&company).members[5].clone();
    inside.member = 0;
    assert_eq!(inside, evaluation(&alone).members[0]);
}

/// Steps of the composed kernels and of another backend differ by rounding alone for about a hundred steps.
#[test]
fn kernels_and_backends_follow_the_same_path_for_100_steps() {
    let bench = Bench::new(SMALL);
    let sets = ["train.steps=100", "train.log_every=1", "train.warmup=0.3"];
    let losses = |run: &std::path::Path| -> Vec<f64> {
        let lines = read_metrics(&run.join("metrics.jsonl")).expect("metrics");
        lines.iter().map(|line| line.values["loss_nats"].0).collect()
    };
    let fused = losses(&bench.train("fused", &sets));
    assert_eq!(fused.len(), 400);
    for backend in ["flex+composed", "ndarray"] {
        let name = format!("backend.name={backend}");
        let other = losses(&bench.train(backend, &[&sets[..], &[&name]].concat()));
        for (index, (a, b)) in fused.iter().zip(&other).enumerate() {
            assert!((a - b).abs() < 1e-5 * a.abs().max(1.0), "{backend}, line {index}: {a} and {b}");
        }
    }
}

#[test]
fn a_diverging_member_does_no_harm_and_says_so() {
    let bench = Bench::new(SMALL);
    let sets = [
        "train.optimizer=sgd",
        "train.learning_rate=0.5",
        "model.activation=relu",
        "model.hidden_layers=3",
        "model.widths=[9]",
    ];
    let with = |name, rates: &'static str| bench.train(name, &[&sets[..], &[rates]].concat());
    let sound = with("sound", "train.negative_weight=[1.0, 1.0]");
    let mixed = with("mixed", "train.negative_weight=[1.0, 1e18]");
    let members = evaluation(&mixed).members;
    assert_eq!(members[1].status, MemberStatus::Diverged);
    assert_eq!(members[1].fact_loss_nats, None);
    assert_eq!(members[0], evaluation(&sound).members[0]);
    let output = bench.rote(&[
        "train",
        "experiment.toml",
        "--quiet",
        "--out",
        "none",
        "--set",
        "train.optimizer=sgd",
        "--set",
        "train.negative_weight=1e18",
        "--set",
        "model.activation=relu",
        "--set",
        "model.hidden_layers=3",
        "--set",
        "seeds=[1]",
        "--set",
        "model.widths=[9]",
    ]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("every member diverged"), "{}", stderr(&output));
}

#[test]
fn a_member_that_is_good_enough_stops_and_the_others_go_on() {
    let bench = Bench::new(SMALL);
    let sets = ["model.widths=[24]", "train.steps=400", "train.learning_rate=[0.05, 0.001]"];
    let run = bench.train("stopped", &[&sets[..], &["train.stop_below=0.2"]].concat());
    let members = evaluation(&run).members;
    let stopped = members[0].steps.expect("a network");
    assert!(stopped < 400, "it never stopped");
    assert_eq!(members[1].steps, Some(400));
    // What it was when it stopped is what a run with the same schedule had then.
    let lines = read_metrics(&run.join("metrics.jsonl")).expect("metrics");
    let loss = |step| lines.iter().find(|line| line.member == 0 && line.step == step).unwrap().values["loss_nats"].0;
    assert!(loss(stopped) < 0.2 && loss(stopped - 10) >= 0.2);
}

#[test]
fn every_optimizer_learns_and_resumes() {
    let bench = Bench::new(SMALL);
    for (optimizer, rate) in [("adamw", "0.05"), ("muon", "0.1"), ("sgd", "1.0")] {
        let (name, rate) = (format!("train.optimizer={optimizer}"), format!("train.learning_rate={rate}"));
        let sets = [name.as_str(), rate.as_str(), "train.steps=300", "model.widths=[16]", "train.clip=5"];
        let whole = bench.train(&format!("{optimizer}-whole"), &sets);
        let member = &evaluation(&whole).members[0];
        assert!(member.rate_bits_per_fact.unwrap() > 1.0, "{optimizer}: {:?}", member.rate_bits_per_fact);
        // The same from the checkpoint after 200 steps, by throwing the later ones away.
        let run = bench.train(&format!("{optimizer}-again"), &sets);
        let folder = run.join("checkpoints/w16");
        std::fs::remove_dir_all(folder.join("step-300")).unwrap();
        std::fs::write(folder.join("latest"), "step-275\n").unwrap();
        let record = support::read(&run, "run.json").replace("\"complete\"", "\"running\"");
        std::fs::write(run.join("run.json"), record).unwrap();
        let output = bench.rote(&["train", "--quiet", "--resume", run.to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(weights(&run, "w16") == weights(&whole, "w16"), "{optimizer} resumes differently");
    }
}

/// After the first hundred steps trajectories part by rounding; what they end at must not.
#[test]
fn kernels_end_alike_over_ten_seeds() {
    let bench = Bench::new(SMALL);
    let sets = ["seeds=10", "model.widths=[9]", "train.steps=400"];
    let rates = |name: &str, sets: &[&str]| -> Vec<f64> {
        let members = evaluation(&bench.train(name, sets)).members;
        members.iter().map(|member| member.rate_bits_per_fact.expect("a rate")).collect()
    };
    let fused = rates("fused", &sets);
    let composed = rates("composed", &[&sets[..], &["backend.kernels=composed"]].concat());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance = |values: &[f64]| {
        let mean = mean(values);
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
    };
    let error = ((variance(&fused) + variance(&composed)) / 10.0).sqrt();
    let difference = (mean(&fused) - mean(&composed)).abs();
    assert!(difference < 3.0 * error, "R differs by {difference:.4} with a standard error of {error:.4}");
    assert!(error < 0.05 * mean(&fused), "too noisy to tell anything: {error}");
}

#[test]
fn a_member_at_a_rate_of_its_own_is_what_it_is_alone() {
    let bench = Bench::new(SMALL);
    let sets =
        ["seeds=[4, 5]", "train.learning_rate=[0.05, 0.02]", "train.negative_weight=[1.0, 4.0]", "train.clip=[2, 0.5]"];
    let company = bench.train("company", &sets);
    let alone = ["seeds=[5]", "train.learning_rate=0.02", "train.negative_weight=4.0", "train.clip=0.5"];
    let alone = bench.train("alone", &alone);
    assert_eq!(member_weights(&company, "w9", 1), member_weights(&alone, "w9", 0));
}
