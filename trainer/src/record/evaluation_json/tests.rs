//! The text of `evaluation.json`, and that it comes back.

use super::*;

fn by_recall(shares: [f64; 4]) -> ByRecall {
    ["0.5", "0.9", "0.95", "0.99"].into_iter().map(str::to_owned).zip(shares).collect()
}

/// A member of which only what it is is known.
fn diverged() -> MemberEvaluation {
    serde_json::from_str(
        r#"{
            "member": 1, "population": "w24", "seed": "18446744073709551615", "status": "diverged",
            "widths": [24, 24], "activation": "tanh", "parameters": 1417, "steps": 310, "facts": 1000,
            "universe": "18446744073709551616", "sparsity": 5e-17, "negative_weight": 1
        }"#,
    )
    .unwrap()
}

fn complete() -> MemberEvaluation {
    MemberEvaluation {
        member: 0,
        population: "w24".into(),
        seed: 3,
        status: MemberStatus::Complete,
        widths: Some(vec![24, 24]),
        activation: Some("tanh".into()),
        parameters: Some(1417),
        steps: Some(1000),
        facts: 1000,
        universe: 1 << 32,
        sparsity: 0.25,
        negative_weight: 1.0,
        fact_loss_nats: Some(0.087),
        non_fact_loss_nats: Some(f64::INFINITY),
        rate_bits_per_fact: Some(3.5),
        regime: Some(Regime::Hallucination),
        information_bits_per_fact: Some(4.25),
        kl_bits_per_fact: Some(4.5),
        information_bias_bits: Some(0.03),
        information_bins: Some(66),
        budget_bits_per_fact: Some(3.4),
        certificate_bits_per_fact: Some(3.0),
        certifiable_bits_per_fact: Some(17.5),
        undersampled: Some(false),
        rate_bits_per_parameter: Some(2.47),
        information_bits_per_parameter: Some(3.0),
        hallucination_at_recall: Some(by_recall([0.01, 0.05, 0.07, 0.1])),
        hallucination_bound_at_recall: Some(by_recall([0.008, 0.04, 0.05, 0.07])),
        hallucination_at_half: Some(0.06),
        recall_at_half: Some(0.97),
        forgetting_rate: Some(0.01),
        brier_score: Some(0.02),
        calibration_error: Some(0.004),
        loss_excess: Some(LossExcess { miscalibration_nats: 0.001, shape_nats: 0.002, capacity_nats: 0.3 }),
        predicted: Some(Predicted { x_star: 0.92, q_star: 0.08 }),
        non_fact_set: Some(NonFactSet::HeldOut),
        non_facts_scored: Some(1 << 60),
        exhaustive: Some(false),
        drawn: Some(NonFactClaims {
            claims: 131_072,
            non_fact_loss_nats: 0.2,
            hallucination_at_recall: by_recall([0.01, 0.05, 0.07, 0.1]),
            hallucination_at_half: 0.05,
            rate_bits_per_fact: Some(3.6),
            information_bits_per_fact: Some(4.3),
            kl_bits_per_fact: Some(4.6),
        }),
        never_shown: None,
        control: Some(FactClaims {
            claims: 1000,
            fact_loss_nats: 6.0,
            reached_at_recall: by_recall([0.01, 0.05, 0.07, 0.1]),
            recall_at_half: 0.06,
            rate_bits_per_fact: Some(0.0),
            information_bits_per_fact: Some(0.04),
            kl_bits_per_fact: Some(0.04),
        }),
        structure_bits_per_fact: None,
        memory_bits_per_fact: None,
        intervals: BTreeMap::from([(
            "fact_loss_nats".into(),
            Interval { low: 0.08, high: f64::INFINITY, level: 0.95, method: "normal".into() },
        )]),
        violations: vec![],
    }
}

// The text of the file is what makes it long.
#[allow(clippy::too_many_lines)]
#[test]
fn the_file_as_other_tools_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evaluation.json");
    let file = EvaluationFile::new(vec![complete(), diverged()]);
    file.write(&path).unwrap();
    assert_eq!(EvaluationFile::read(&path).unwrap(), file);
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
    {
      "schema_version": 1,
      "members": [
        {
          "member": 0,
          "population": "w24",
          "seed": 3,
          "status": "complete",
          "widths": [
            24,
            24
          ],
          "activation": "tanh",
          "parameters": 1417,
          "steps": 1000,
          "facts": 1000,
          "universe": 4294967296,
          "sparsity": 0.25,
          "negative_weight": 1.0,
          "fact_loss_nats": 0.087,
          "non_fact_loss_nats": "inf",
          "rate_bits_per_fact": 3.5,
          "regime": "hallucination",
          "information_bits_per_fact": 4.25,
          "kl_bits_per_fact": 4.5,
          "information_bias_bits": 0.03,
          "information_bins": 66,
          "budget_bits_per_fact": 3.4,
          "certificate_bits_per_fact": 3.0,
          "certifiable_bits_per_fact": 17.5,
          "undersampled": false,
          "rate_bits_per_parameter": 2.47,
          "information_bits_per_parameter": 3.0,
          "hallucination_at_recall": {
            "0.5": 0.01,
            "0.9": 0.05,
            "0.95": 0.07,
            "0.99": 0.1
          },
          "hallucination_bound_at_recall": {
            "0.5": 0.008,
            "0.9": 0.04,
            "0.95": 0.05,
            "0.99": 0.07
          },
          "hallucination_at_half": 0.06,
          "recall_at_half": 0.97,
          "forgetting_rate": 0.01,
          "brier_score": 0.02,
          "calibration_error": 0.004,
          "loss_excess": {
            "miscalibration_nats": 0.001,
            "shape_nats": 0.002,
            "capacity_nats": 0.3
          },
          "predicted": {
            "x_star": 0.92,
            "q_star": 0.08
          },
          "non_fact_set": "held_out",
          "non_facts_scored": "1152921504606846976",
          "exhaustive": false,
          "drawn": {
            "claims": 131072,
            "non_fact_loss_nats": 0.2,
            "hallucination_at_recall": {
              "0.5": 0.01,
              "0.9": 0.05,
              "0.95": 0.07,
              "0.99": 0.1
            },
            "hallucination_at_half": 0.05,
            "rate_bits_per_fact": 3.6,
            "information_bits_per_fact": 4.3,
            "kl_bits_per_fact": 4.6
          },
          "control": {
            "claims": 1000,
            "fact_loss_nats": 6.0,
            "reached_at_recall": {
              "0.5": 0.01,
              "0.9": 0.05,
              "0.95": 0.07,
              "0.99": 0.1
            },
            "recall_at_half": 0.06,
            "rate_bits_per_fact": 0.0,
            "information_bits_per_fact": 0.04,
            "kl_bits_per_fact": 0.04
          },
          "intervals": {
            "fact_loss_nats": {
              "low": 0.08,
              "high": "inf",
              "level": 0.95,
              "method": "normal"
            }
          }
        },
        {
          "member": 1,
          "population": "w24",
          "seed": "18446744073709551615",
          "status": "diverged",
          "widths": [
            24,
            24
          ],
          "activation": "tanh",
          "parameters": 1417,
          "steps": 310,
          "facts": 1000,
          "universe": "18446744073709551616",
          "sparsity": 5e-17,
          "negative_weight": 1.0
        }
      ]
    }
    "#);
}

#[test]
fn a_diverged_member_has_no_metrics() {
    let member = diverged();
    assert_eq!((member.seed, member.universe), (u64::MAX, 1 << 64));
    assert!(member.fact_loss_nats.is_none() && member.intervals.is_empty());
}

#[test]
fn a_network_without_a_step_is_not_taken_for_a_memory_that_is_no_network() {
    let mut member = diverged();
    member.steps = Some(0);
    let text = serde_json::to_string(&member).unwrap();
    assert!(text.contains(r#""steps":0,"#), "{text}");
    assert_eq!(serde_json::from_str::<MemberEvaluation>(&text).unwrap(), member);
    member = MemberEvaluation { widths: None, activation: None, parameters: None, steps: None, ..member };
    let text = serde_json::to_string(&member).unwrap();
    assert!(["widths", "activation", "parameters", "steps"].iter().all(|key| !text.contains(key)), "{text}");
    assert_eq!(serde_json::from_str::<MemberEvaluation>(&text).unwrap(), member);
}

#[test]
fn what_a_filed_corpus_and_a_broken_bound_add_comes_back() {
    let mut member = complete();
    member.never_shown = member.control.clone();
    member.structure_bits_per_fact = Some(0.04);
    member.memory_bits_per_fact = Some(4.21);
    member.non_fact_set = Some(NonFactSet::All);
    member.violations = vec!["rate_bits_per_fact 9.1 exceeds information_bits_per_fact 4.25".into()];
    let text = serde_json::to_string(&member).unwrap();
    assert!(text.contains(r#""non_fact_set":"all""#) && text.contains(r#""violations":["#));
    assert_eq!(serde_json::from_str::<MemberEvaluation>(&text).unwrap(), member);
}

#[test]
fn a_file_without_what_every_member_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evaluation.json");
    std::fs::write(&path, r#"{"schema_version": 1, "members": [{"member": 0}]}"#).unwrap();
    let error = EvaluationFile::read(&path).unwrap_err();
    assert!(error.to_string().contains("missing field `population`"), "{error}");
}
