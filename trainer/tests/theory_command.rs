//! `rote theory` from outside: its answers, its messages, its files.

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::Value;
use support::{Bench, code, stderr, stdout};

/// Yes, no, or no answer at a tenth of an error.
const LOSS: &str = "score,fact_distortion,non_fact_distortion\nyes,0,1\nabstain,.1,.1\nno,1,0\n";

const QUESTIONS: [&str; 7] = ["rate", "frontier", "information", "certificate", "filters", "perceptron", "solve"];

fn bench() -> Bench {
    let bench = Bench::new("");
    std::fs::write(bench.path("loss.csv"), LOSS).unwrap();
    bench
}

/// `rote theory` with arguments as typed, blanks between them.
fn ask(bench: &Bench, arguments: &str) -> Output {
    bench.rote(&["theory"].into_iter().chain(arguments.split_whitespace()).collect::<Vec<_>>())
}

fn answered(bench: &Bench, arguments: &str) -> String {
    let output = ask(bench, arguments);
    assert_eq!(code(&output), 0, "{arguments}: {}", stderr(&output));
    assert!(stderr(&output).is_empty(), "{arguments}: {}", stderr(&output));
    stdout(&output)
}

fn json(bench: &Bench, arguments: &str) -> Value {
    serde_json::from_str(&answered(bench, &format!("{arguments} --json"))).expect("JSON alone on stdout")
}

/// Exit code 2, nothing on stdout, and the message.
fn refused(bench: &Bench, arguments: &str) -> String {
    let output = ask(bench, arguments);
    assert_eq!(code(&output), 2, "{arguments}: {}", stderr(&output));
    assert!(stdout(&output).is_empty(), "{arguments}: {}", stdout(&output));
    stderr(&output)
}

/// Texts that users read are reviewed like code: one paragraph a case, what was typed and what came.
fn assert_told(name: &str, cases: &[&str], told: impl Fn(&str) -> String) {
    let mut text = String::new();
    for case in cases {
        let _ = writeln!(text, "$ rote theory {case}\n{}", told(case));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn answers_are_tables_with_units_and_a_sentence() {
    let bench = bench();
    let cases = [
        "rate --fact-loss 0.1 --non-fact-loss 0.1",
        "rate --fact-loss 0.1 --non-fact-loss 0.01 --sparsity 1/10",
        "rate --fact-loss 1.5 --non-fact-loss 0.02 --sparsity 0.1",
        "rate --fact-loss 2 --non-fact-loss 2",
        "rate --fact-loss 0 --non-fact-loss 1 --sparsity 0.5",
        "rate --fact-loss 0 --non-fact-loss 1",
        "rate --loss zero-one --false-negative-rate 0.1 --false-positive-rate 0.01",
        "rate --loss zero-one --false-negative-rate 0.1 --false-positive-rate 0",
        "frontier --bits 4 --negative-weight 10 --sparsity 0.001",
        "frontier --bits 4 --negative-weight 1000 --sparsity 0.01",
        "frontier --bits 4 --negative-weight 99 --sparsity 0.01",
        "frontier --bits 9 --negative-weight 1 --sparsity 0.01",
        "frontier --bits 1,4 --negative-weight 1,10",
        "frontier --loss zero-one --bits 2 --negative-weight 10",
        "frontier --loss brier --bits 2 --negative-weight 10",
        "frontier --loss abstain --bits 3 --negative-weight 1 --abstain-cost 0.1",
        "frontier --loss abstain --bits 1 --negative-weight 1 --abstain-cost 0.1 --abstain-cost-on-non-facts 0",
        "information --facts 70,20,10 --non-facts 10,90,900 --sparsity 0.01",
        "information --facts 1,1 --non-facts 0,1",
        "certificate --fact-hits 4950/5000 --non-fact-hits 97/100000",
        "filters --false-positive-rate 2^-8",
        "filters --false-positive-rate 2^-8 --sparsity 0.1",
        "perceptron --positive-fraction 1/2,0.01",
        "perceptron --positive-fraction 0.001",
        "solve --table loss.csv --bits 3 --negative-weight 1",
        "solve --table loss.csv --fact-limit 0.05 --non-fact-limit 0.01 --sparsity 0.01",
    ];
    // Rounding alone keeps the gap of a certificate from 0, and it need not be the same everywhere.
    let steady = |text: String| {
        let kept = text.lines().filter(|line| !line.starts_with("certificate gap"));
        kept.flat_map(|line| [line, "\n"]).collect::<String>()
    };
    assert_told("theory_answers", &cases, |case| steady(answered(&bench, case)));
}

#[test]
fn messages_name_the_option_its_value_its_domain_and_a_way_out() {
    let bench = bench();
    let cases = [
        "rate --fact-loss -1 --non-fact-loss 0.1",
        "rate --fact-loss 0.1 --non-fact-loss nan",
        "rate --fact-loss 0.1",
        "rate --fact-loss 0.1 --non-fact-loss 0.1 --sparsity 1",
        "rate --fact-loss 0.1 --non-fact-loss 0.1 --sparsity 1e-999",
        "rate --fact-loss 1e999 --non-fact-loss 0.1",
        "rate --fact-loss 0.1 --non-fact-loss 0.1,,0.2",
        "rate --loss hinge --fact-loss 0.1 --non-fact-loss 0.1",
        "rate --loss zeroone --false-negative-rate 0 --false-positive-rate 0.5",
        "rate --loss zero-one --fact-loss 0.1 --false-positive-rate 0.5",
        "rate --loss zero-one --false-negative-rate 1.1 --false-positive-rate 0.5",
        "rate --loss zero-one --false-negative-rate 5% --false-positive-rate 0.5",
        "frontier --bits -3 --negative-weight 1",
        "frontier --bits 3 --negative-weight 0",
        "frontier --bits 3 --negative-weight inf",
        "frontier --bits 3 --negative-weight 1 --abstain-cost 0.1",
        "frontier --loss abstain --bits 3 --negative-weight 1",
        "frontier --loss abstain --bits 3 --negative-weight 1 --abstain-cost -0.1",
        "frontier --loss abstain --bits 3 --negative-weight 1 --abstain-cost 0.1 --abstain-cost-on-non-facts inf",
        "information --facts 1,2 --non-facts 1,2,3",
        "information --facts 1,x --non-facts 1,2",
        "information --facts 1,-2 --non-facts 1,2",
        "information --facts 1,,2 --non-facts 1,2,3",
        "information --facts 0,0 --non-facts 1,2",
        "certificate --fact-hits 7 --non-fact-hits 0/10",
        "certificate --fact-hits 7/5 --non-fact-hits 0/10",
        "certificate --fact-hits 5/5 --non-fact-hits 0/0",
        "certificate --fact-hits 5/5 --non-fact-hits 0/1e6",
        "certificate --fact-hits 5/5 --non-fact-hits 0/10 --confidence 95",
        "filters --false-positive-rate 0",
        "perceptron --positive-fraction 1",
        "perceptron --positive-fraction 0.01 --sparsity 0.1",
        "solve --bits 3 --negative-weight 1",
        "solve --table gone.csv --bits 3 --negative-weight 1",
        "solve --table loss.csv --bits 3",
        "solve --table loss.csv --bits 3 --fact-limit 0.1 --non-fact-limit 0.1",
        "solve --table loss.csv --fact-limit 0.1",
        "solve --table loss.csv --fact-limit -0.1 --non-fact-limit 0.1",
    ];
    assert_told("theory_messages", &cases, |case| refused(&bench, case));
}

/// The name of a file says what is wrong with it.
const FILES: [(&str, &str, &str); 16] = [
    ("rate", "typo.csv", "fact-los,non-fact-loss\n0.1,0.1\n"),
    ("rate", "underscores.csv", "fact_loss,non-fact-loss\n0.1,0.1\n"),
    ("rate", "foreign.csv", "seed,fact-loss,non-fact-loss\n1,0.1,0.1\n"),
    ("rate", "twice.csv", "fact-loss,fact-loss\n0.1,0.1\n"),
    ("rate", "value.csv", "fact-loss,non-fact-loss,sparsity\n0.1,0.1,0\n0.1,0.1,1.5\n"),
    ("rate", "text.csv", "# measured\nfact-loss,non-fact-loss\n0.1,0.1\n\n0.1,low\n"),
    ("rate", "missing.csv", "fact-loss,non-fact-loss\n0.1,\n"),
    ("rate", "useless.csv", "loss,fact-loss,false-negative-rate,false-positive-rate\nzero-one,0.1,0,0.5\n"),
    ("rate", "ragged.csv", "fact-loss,non-fact-loss\n0.1,0.1\n0.1\n"),
    ("rate", "header.csv", "fact-loss,non-fact-loss\n"),
    ("rate", "empty.csv", ""),
    ("certificate", "counts.csv", "fact-hits,non-fact-hits\n9/10,5/4\n"),
    ("solve", "tables.csv", "table,bits,negative-weight\nbad-column.csv,3,1\n"),
    ("solve", "bad-number.csv", "score,fact_distortion,non_fact_distortion\n0,-1,2\n"),
    ("solve", "bad-column.csv", "score,fact_distorsion,non_fact_distortion\n0,1,2\n"),
    ("solve", "no-column.csv", "score,non_fact_distortion\n0,1\n"),
];

#[test]
fn messages_name_the_file_the_line_and_the_column() {
    let bench = bench();
    for (_, name, text) in FILES {
        std::fs::write(bench.path(name), text).unwrap();
    }
    let cases: Vec<String> = FILES
        .iter()
        .map(|(question, name, _)| match *name {
            "bad-number.csv" | "bad-column.csv" | "no-column.csv" => {
                format!("{question} --table {name} --bits 1 --negative-weight 1")
            }
            _ => format!("{question} --csv {name}"),
        })
        .chain(["rate --csv value.csv --sparsity 0.1".to_owned(), "rate --csv gone.csv".to_owned()])
        .collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    assert_told("theory_files", &cases, |case| refused(&bench, case));
}

/// The names that other tools read; more may be there.
#[test]
fn json_has_the_keys_of_the_contract() {
    let bench = bench();
    let log_frontier = ["regime", "fact_loss_nats", "non_fact_loss_nats", "loss_nats"];
    let filters = ["optimal", "bloom", "cuckoo", "xor", "binary_fuse_3", "binary_fuse_4", "ribbon", "burr"];
    let abstain = "frontier --loss abstain --bits 3 --negative-weight 1 --abstain-cost 0.1";
    let rates = ["fact_loss", "non_fact_loss", "loss", "false_negative_rate", "false_positive_rate"];
    let cases: [(&str, &[&str]); 14] = [
        (
            "rate --fact-loss 0.1 --non-fact-loss 0.1 --sparsity 0.1",
            &["rate_bits_per_fact", "regime", "x_star", "q_star", "posterior"],
        ),
        (
            "rate --fact-loss 1.5 --non-fact-loss 0.02 --sparsity 0.1",
            &["rate_bits_per_fact", "regime", "forget", "posterior"],
        ),
        (
            "rate --loss zero-one --false-negative-rate 0.1 --false-positive-rate 0.01",
            &["rate_bits_per_fact", "regime"],
        ),
        ("frontier --bits 4 --negative-weight 1", &[log_frontier.as_slice(), &["x_star", "q_star"]].concat()),
        ("frontier --bits 4 --negative-weight 999 --sparsity 0.1", &[log_frontier.as_slice(), &["forget"]].concat()),
        ("frontier --loss zero-one --bits 4 --negative-weight 1", &rates),
        (
            "frontier --loss brier --bits 4 --negative-weight 1",
            &["fact_loss", "non_fact_loss", "loss", "forget", "q_star"],
        ),
        (abstain, &[rates.as_slice(), &["abstain_lower_bits", "abstain_upper_bits"]].concat()),
        (
            "information --facts 1,0 --non-facts 1/16,15/16",
            &["information_bits_per_fact", "kl_bits_per_fact", "chi_squared"],
        ),
        (
            "certificate --fact-hits 9/10 --non-fact-hits 1/100",
            &["recall_lower", "false_positive_rate_upper", "certificate_bits_per_fact"],
        ),
        ("filters --false-positive-rate 0.01", &filters),
        ("perceptron --positive-fraction 0.1", &["patterns_per_weight", "bits_per_weight", "facts_per_weight"]),
        (
            "solve --table loss.csv --bits 3 --negative-weight 1",
            &["rate_bits_per_fact", "scores", "facts", "non_facts", "certificate_gap"],
        ),
        (
            "solve --table loss.csv --fact-limit 0.1 --non-fact-limit 0.1 --sparsity 0.1",
            &["rate_bits_per_fact", "scores", "facts", "non_facts", "certificate_gap"],
        ),
    ];
    for (arguments, keys) in cases {
        let result = json(&bench, arguments);
        for key in keys {
            assert!(result.get(key).is_some(), "{arguments}: no {key} in {result}");
        }
        assert_eq!(result["sparsity"].as_f64(), Some(if arguments.contains("--sparsity") { 0.1 } else { 0.0 }));
    }
}

const BOUNDED: [&str; 3] = ["--loss zero-one", "--loss brier", "--loss abstain --abstain-cost 0.1"];

/// A parser keeps only the last of two equal keys, so this reads the text.
#[test]
fn a_loss_that_is_an_option_and_a_quantity_is_shown_once_and_as_the_quantity() {
    let bench = bench();
    let keys = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| Some(line.trim().strip_prefix('"')?.split_once("\":")?.0.to_owned())).collect()
    };
    for loss in BOUNDED {
        let arguments = format!("frontier {loss} --bits 4 --negative-weight 1");
        let text = answered(&bench, &format!("{arguments} --json"));
        let mut found = keys(&text);
        let count = found.len();
        found.sort();
        found.dedup();
        assert!(found.len() == count && count > 4, "{text}");
        let result = json(&bench, &arguments);
        let sum = result["fact_loss"].as_f64().unwrap() + result["non_fact_loss"].as_f64().unwrap();
        assert!((result["loss"].as_f64().unwrap() - sum).abs() < 1e-15, "{text}");
    }
    assert_eq!(json(&bench, "frontier --bits 4 --negative-weight 1")["loss"], "log");

    let one = answered(&bench, "frontier --loss zero-one --bits 4 --negative-weight 1 --json");
    let loss = serde_json::from_str::<Value>(&one).unwrap()["loss"].as_f64().unwrap();
    std::fs::write(bench.path("losses.csv"), "loss,bits\nzero-one,4\nbrier,4\n").unwrap();
    let text = answered(&bench, "frontier --csv losses.csv --negative-weight 1");
    let mut header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    assert_eq!(header[..3], ["loss", "bits", "loss_value"]);
    assert!(text.lines().nth(1).unwrap().starts_with(&format!("zero-one,4,{loss:?},")), "{text}");
    header.sort_unstable();
    assert!(header.windows(2).all(|pair| pair[0] != pair[1]), "{text}");

    let abreast = answered(&bench, "frontier --loss zero-one,brier --bits 4 --negative-weight 1");
    let line = |name: &str| abreast.lines().find(|line| line.starts_with(name)).map(str::to_owned).unwrap_or_default();
    assert!(line("loss ").contains("zero-one    brier"), "{abreast}");
    assert!(line("loss L").contains("0.0624999   0.0588235"), "{abreast}");
}

#[test]
fn json_has_exact_numbers_infinities_as_text_and_no_keys_that_do_not_apply() {
    let bench = bench();
    let information = json(&bench, "information --facts 1,0 --non-facts 1/16,15/16");
    assert_eq!(information["information_bits_per_fact"], 4.0);
    assert_eq!(information["non-facts"], serde_json::json!([0.0625, 0.9375]));
    let infinite = json(&bench, "rate --fact-loss 0 --non-fact-loss 0.1");
    assert_eq!((&infinite["rate_bits_per_fact"], &infinite["regime"]), (&"inf".into(), &"lossless".into()));
    let calibrated = json(&bench, "rate --fact-loss 0.1 --non-fact-loss 0.01 --sparsity 0.1");
    assert_eq!(calibrated["regime"], "calibrated");
    for key in ["x_star", "q_star", "x0", "forget", "posterior"] {
        assert!(calibrated.get(key).is_none(), "{key}");
    }
    let expected = 4.415_843_878_123_93;
    let found = calibrated["rate_bits_per_fact"].as_f64().unwrap();
    assert!((found / expected - 1.0).abs() < 1e-12, "{found}");
    let several = json(&bench, "filters --false-positive-rate 0.5,0.25");
    assert_eq!(
        several.as_array().unwrap().iter().map(|one| one["optimal"].as_f64()).collect::<Vec<_>>(),
        [Some(1.0), Some(2.0)]
    );
}

/// The reference values of the crate, through the command line and back.
#[test]
fn a_csv_file_comes_back_with_the_results_added() {
    let bench = bench();
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../theory/tests/vectors/logloss_rp.csv");
    let vectors = std::fs::read_to_string(vectors).expect("reference vectors");
    let rows: Vec<Vec<&str>> = vectors.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut text = String::from("fact-loss,non-fact-loss,sparsity\n");
    for row in &rows {
        let _ = writeln!(text, "{}", row[..3].join(","));
    }
    std::fs::write(bench.path("rows.csv"), text).unwrap();
    let answers = answered(&bench, "rate --csv rows.csv");
    let mut lines = answers.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(header[..5], ["fact-loss", "non-fact-loss", "sparsity", "rate_bits_per_fact", "regime"]);
    let mut compared = 0;
    for (row, line) in rows.iter().zip(lines) {
        let found: Vec<&str> = line.split(',').collect();
        assert_eq!(found[..3], row[..3]);
        let (found, expected): (f64, f64) = (found[3].parse().unwrap(), row[3].parse().unwrap());
        assert!(
            found.to_bits() == expected.to_bits() || (found / expected - 1.0).abs() < 1e-12,
            "{line}: expected {expected}"
        );
        compared += 1;
    }
    assert_eq!(compared, rows.len());
    let objects = json(&bench, "rate --csv rows.csv");
    assert_eq!(objects.as_array().unwrap().len(), rows.len());
}

/// What `rote theory` does with a text on standard input.
fn fed(bench: &Bench, arguments: &str, text: &str) -> Output {
    let mut child = bench
        .command(&["theory"].into_iter().chain(arguments.split_whitespace()).collect::<Vec<_>>())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().expect("its end")
}

#[test]
fn a_table_on_standard_input_serves_every_answer_and_the_figure() {
    let bench = bench();
    for rest in ["--bits 1,2 --negative-weight 1", "--bits 1 --negative-weight 1 --plot piped.svg"] {
        let piped = fed(&bench, &format!("solve --table - {rest}"), LOSS);
        assert_eq!(code(&piped), 0, "{}", stderr(&piped));
        let from_file = answered(&bench, &format!("solve --table loss.csv {rest}"));
        assert_eq!(squeezed(&stdout(&piped)), squeezed(&from_file.replace("loss.csv", "-")));
    }
    for (arguments, rows) in [
        ("solve --csv - --table -", "bits,negative-weight\n1,1\n"),
        ("solve --csv -", "table,bits,negative-weight\n-,1,1\n"),
    ] {
        let refused = fed(&bench, arguments, rows);
        assert_eq!((code(&refused), stdout(&refused)), (2, String::new()));
        assert!(stderr(&refused).contains("standard input holds the rows of --csv"), "{}", stderr(&refused));
    }
}

/// Without the blanks that align columns.
fn squeezed(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn a_csv_file_may_mix_losses_and_leave_cells_empty() {
    let bench = bench();
    let rows = "loss,fact-loss,non-fact-loss,false-negative-rate,false-positive-rate\n\
                log,0.1,0.1,,\n# the same data, judged by its errors\nzero-one,,,0.5,0.25\n";
    let text = stdout(&fed(&bench, "rate --csv - --sparsity 1/10", rows));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with("false-positive-rate,rate_bits_per_fact,regime,x_star,q_star,x0,forget,posterior,slope_by_fact_loss,slope_by_non_fact_loss"), "{text}");
    assert!(lines[1].starts_with("log,0.1,0.1,,,3.5133"), "{text}");
    assert!(lines[2].starts_with("zero-one,,,0.5,0.25,") && lines[2].ends_with(",interior,,,,,,,"), "{text}");
    assert_eq!(lines.len(), 3);
    std::fs::write(bench.path("bins.csv"), "facts,non-facts\n\"1,0\",\"1,3\"\n1;0,1;3\n").unwrap();
    let bins = answered(&bench, "information --csv bins.csv");
    assert_eq!(bins.lines().nth(1).unwrap(), "\"1,0\",\"1,3\",2.0,2.0,3.0");
    assert_eq!(bins.lines().nth(2).unwrap(), "1;0,1;3,2.0,2.0,3.0");
}

#[test]
fn figures_are_drawn_and_only_figures_are_drawn_over() {
    let bench = bench();
    let cases = [
        ("rate --fact-loss 0.1 --non-fact-loss 0.001 --sparsity 1/1000", "p = 0.001, calibrated"),
        ("rate --loss zero-one --false-negative-rate 0.1 --false-positive-rate 0.01", "false-positive rate"),
        ("frontier --bits 4 --negative-weight 10 --sparsity 0.001", "L, forgetting (rival)"),
        ("frontier --loss zero-one --bits 4 --negative-weight 10", "facts answered no"),
        ("frontier --loss brier --bits 4 --negative-weight 10", "facts with the lower score"),
        ("frontier --loss abstain --bits 4 --negative-weight 1 --abstain-cost 0.1", "facts without answer"),
        ("information --facts 70,20,10 --non-facts 10,90,900 --sparsity 0.01", "lossless wall"),
        ("filters --false-positive-rate 2^-8", "binary fuse, 3-wise"),
        ("filters --false-positive-rate 2^-8 --sparsity 0.1", ">500</text>"),
        ("perceptron --positive-fraction 0.01", "capacity (bits a weight)"),
        ("solve --table loss.csv --bits 3 --negative-weight 1", "memory B (bits a fact)"),
        ("solve --table loss.csv --fact-limit 0.1 --non-fact-limit 0.1 --sparsity 0.01", "rate R (bits a fact)"),
    ];
    for (arguments, name) in cases {
        // Each is drawn over the one before.
        assert!(answered(&bench, &format!("{arguments} --plot a.svg")).ends_with("drawn to a.svg\n"));
        let drawn = std::fs::read_to_string(bench.path("a.svg")).unwrap();
        assert!(drawn.contains(name), "{arguments}: no {name}");
        assert!(drawn.contains(&format!(": rote theory {arguments}</desc>")), "{arguments}");
        assert!(!drawn.contains("NaN") && !drawn.contains("inf,"), "{arguments}");
    }
    assert!(answered(&bench, "filters --false-positive-rate 0.1 --plot a.svg --quiet").is_empty());
    std::fs::write(bench.path("notes.svg"), "<svg/>").unwrap();
    std::fs::write(bench.path("rows.csv"), "false-positive-rate\n0.1\n").unwrap();
    let cases = [
        "filters --false-positive-rate 0.1 --plot notes.svg",
        "filters --false-positive-rate 0.1 --plot a.png",
        "filters --false-positive-rate 0.1 --plot gone/a.svg",
        "filters --false-positive-rate 0.1,0.2 --plot b.svg",
        "filters --csv rows.csv --plot b.svg",
        "filters --false-positive-rate 2 --plot b.svg",
    ];
    assert_told("theory_figures", &cases, |case| refused(&bench, case));
    assert_eq!(std::fs::read_to_string(bench.path("notes.svg")).unwrap(), "<svg/>");
    assert!(!bench.path("b.svg").exists());
}

#[test]
fn help_teaches_and_its_examples_run() {
    let bench = bench();
    for question in QUESTIONS {
        let help = answered(&bench, &format!("{question} --help"));
        assert!(help.contains("Source") && help.contains("--csv") && help.contains("[default: 0]"), "{question}");
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  rote theory ")).collect();
        assert!(examples.len() >= 2, "{question}: {help}");
        for example in examples {
            assert!(!answered(&bench, example).is_empty(), "{example}");
        }
    }
}

#[test]
fn misspelt_options_get_a_proposal() {
    let bench = bench();
    let message = refused(&bench, "rate --fact-los 0.1 --non-fact-loss 0.1");
    assert!(message.contains("--fact-loss"), "{message}");
    assert!(refused(&bench, "rates").contains("rate"));
}
