//! The message of each kind of wrong configuration, as a snapshot: text that users read is reviewed like code.

use super::{edited, read, read_under};
use crate::config::Overrides;

/// One paragraph a case: what was typed, then the message.
fn messages(cases: &[(&str, &str)]) -> String {
    let message = |&(title, lines): &(&str, &str)| told(title, &edited(lines), &[], lines);
    cases.iter().map(message).collect::<Vec<_>>().join("\n")
}

fn told(title: &str, text: &str, sets: &[&str], shown: &str) -> String {
    let message = read(text, sets).expect_err(title);
    let shown: String = shown.lines().flat_map(|line| ["| ", line, "\n"]).collect();
    format!("# {title}\n{shown}{message}\n")
}

/// Compares with `snapshots/NAME.snap`; the cases themselves are part of that text already.
fn assert_told(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn values_out_of_range_name_what_is_allowed() {
    assert_told(
        "values",
        &messages(&[
            ("a learning rate below zero", "train.learning_rate = -0.05"),
            ("a learning rate that is no number", "train.learning_rate = nan"),
            ("no steps at all", "train.steps = 0"),
            ("steps in quotes", "train.steps = \"1000\""),
            ("steps as a fraction", "train.steps = 10.5"),
            ("steps with an exponent", "train.steps = 1e3"),
            ("a date", "train.steps = 2026-01-01"),
            ("a number beyond 128 bits", "train.steps = 999999999999999999999999999999999999999999"),
            ("no facts", "facts.count = 0"),
            ("a universe of one claim", "facts.universe = 1"),
            ("a universe above 2^64", "facts.universe = \"2^65\""),
            ("a universe that is no number", "facts.universe = \"2^x\""),
            ("a name with a slash", "name = \"runs/a\""),
            ("no seeds", "seeds = []"),
            ("a seed twice", "seeds = [4, 7, 4]"),
            ("a negative seed", "seeds = [4, -7]"),
            ("a width of zero", "model.widths = [\n  8,\n  0,\n]"),
            ("a width outside a list", "model.widths = 8"),
            ("a width twice", "model.widths = [8, 16, 8]"),
            ("an unknown activation", "model.activation = \"swish\""),
            ("a misspelt activation", "model.activation = \"Tahn\""),
            ("too many layers", "model.hidden_layers = 17"),
            ("a misspelt optimiser", "train.optimizer = \"adam\""),
            ("warm-up over all steps", "train.warmup = 1.0"),
            ("a weight of zero", "train.negative_weight = 0"),
            ("a weight of zero for one seed", "seeds = 2\ntrain.negative_weight = [1, 0]"),
            ("clipping to nothing", "train.clip = 0.0"),
            ("a flag in quotes", "evaluation.control = \"yes\""),
            ("a table in a list", "model.widths = [{ width = 8 }]"),
            (
                "a long value",
                "name = \"a name that goes on and on, far beyond the end of any line that could be read\"",
            ),
        ]),
    );
}

#[test]
fn unknown_and_missing_keys_get_a_proposal() {
    assert_told(
        "keys",
        &messages(&[
            ("a misspelt key", "train.learning_rat = 0.1"),
            ("the key of another program", "train.lr = 0.1"),
            ("a key outside its table", "learning_rate = 0.1"),
            ("a required key outside its table is not missing as well", "-train.steps\nsteps = 100"),
            ("a key in the wrong table", "train.activation = \"relu\""),
            ("a misspelt table", "trian.log_every = 10"),
            ("a misspelt required key is not missing as well", "-model.widths\nmodel.width = [8]"),
            ("a key like no other", "model.dropout = 0.1"),
            ("a key with a dot in it", "\"train.steps\" = 5"),
            ("an empty table", "[extras]"),
            ("a misspelt empty table", "[evalution]"),
            ("a value in the place of a table", "-train.steps\ntrain = 100"),
            ("tables in the place of a table", "-train.steps\n[[train]]\nsteps = 100"),
            ("a table in the place of a value", "seeds.first = 3"),
            ("a sweep", "sweep.grid.\"train.learning_rate\" = [0.1, 0.2]"),
            ("steps missing", "-train.steps"),
            ("facts missing", "-facts.count\n-facts.universe"),
            ("sizes missing", "-model.widths"),
        ]),
    );
}

#[test]
fn contradictions_name_both_sides() {
    assert_told(
        "contradictions",
        &messages(&[
            ("random facts and a file", "-facts.universe\nfacts.file = \"a.txt\"\nfacts.format = \"hex\""),
            ("a file without its format", "-facts.count\n-facts.universe\nfacts.file = \"a.txt\""),
            (
                "a decimal file without universe",
                "-facts.count\n-facts.universe\nfacts.file = \"a\"\nfacts.format = \"decimal\"",
            ),
            ("a universe beside hexadecimal claims", "-facts.count\nfacts.file = \"a.txt\"\nfacts.format = \"hex\""),
            ("a fraction without a file", "facts.fraction = 0.5"),
            ("a format without a file", "facts.format = \"hex\""),
            (
                "an alphabet for bits",
                "-facts.count\n-facts.universe\nfacts.file = \"a\"\nfacts.format = \"bits\"\nfacts.alphabet = \"01\"",
            ),
            (
                "an alphabet with a letter twice",
                "-facts.count\n-facts.universe\nfacts.file = \"a\"\nfacts.format = \"strings\"\n\
                 facts.alphabet = \"aba\"",
            ),
            ("a path that is empty", "-facts.count\n-facts.universe\nfacts.file = \"\"\nfacts.format = \"bits\""),
            ("inputs without a code", "facts.inputs = 64"),
            ("a code without inputs", "facts.encoding = \"code\""),
            ("a code too narrow", "facts.encoding = \"code\"\nfacts.inputs = 31"),
            ("as many facts as claims", "facts.universe = 1000"),
            ("held out beyond the universe", "facts.universe = 4096\nnon_facts.held_out = 3096"),
            ("the default held out beyond the universe", "facts.universe = 1900"),
            ("more scored than held out", "non_facts.held_out = 4096\nevaluation.non_facts = 5000"),
            (
                "more scored than there are",
                "facts.universe = 4096\nnon_facts.held_out = 0\nevaluation.non_facts = 4000",
            ),
            (
                "all of too large a universe",
                "non_facts.held_out = 0\nfacts.universe = \"2^40\"\nevaluation.non_facts = \"all\"",
            ),
            ("more facts a step than there are", "train.facts_per_step = 1001"),
            ("too short a list", "seeds = 3\ntrain.learning_rate = [0.1, 0.2]"),
            ("a list without seeds", "train.clip = [1.0, 2.0]"),
            ("widths and parameters", "model.parameters = [500]"),
            ("three ways to give the size", "model.parameters = [500]\nmodel.parameters_per_fact = [1.0]"),
            ("parameters below the smallest network", "-model.widths\nmodel.parameters = [500, 20]"),
            ("parameters above the largest network", "-model.widths\nmodel.parameters_per_fact = [1e6]"),
            ("parameters that give one width twice", "-model.widths\nmodel.parameters = [500, 501]"),
        ]),
    );
}

#[test]
fn backends_say_what_they_cannot() {
    assert_told(
        "backends",
        &messages(&[
            ("an unknown backend", "backend.name = \"tpu\""),
            ("a misspelt backend", "backend.name = \"vulcan:1+composed\""),
            ("an index on the CPU", "backend.name = \"cpu:0\""),
            ("an index that is no number", "backend.name = \"cuda:first\""),
            ("an empty index", "backend.name = \"cuda:\""),
            ("an unknown suffix", "backend.name = \"flex+fused\""),
            ("fused against the name", "backend.name = \"flex+composed\"\nbackend.kernels = \"fused\""),
            ("fused on a GPU", "backend.name = \"wgpu\"\nbackend.kernels = \"fused\""),
            ("fused with gelu", "model.activation = \"gelu\"\nbackend.kernels = \"fused\""),
            ("fused and deep", "model.hidden_layers = 4\nbackend.kernels = \"fused\""),
            ("no threads", "backend.threads = 0"),
            ("fusion in quotes", "backend.fusion = \"on\""),
            ("a number for a permission", "backend.allow_software_gpu = 1"),
            ("a misspelt key", "backend.chekc = false"),
        ]),
    );
}

#[test]
fn syntax_errors_show_line_and_column() {
    assert_told(
        "syntax",
        &messages(&[
            ("a value missing", "train.warmup ="),
            ("a word without quotes", "model.activation = tanh"),
            ("a string without its end", "name = \"abc"),
            ("a key twice", "seeds = 1\nseeds = 2"),
            ("a table twice", "[backend]\nname = \"flex\"\n[backend]\nthreads = 1"),
            ("several errors", "name = \nseeds = ]\n= 5"),
        ]),
    );
}

#[test]
fn options_of_the_command_line_are_their_own_place() {
    let cases: [(&str, &[&str]); 8] = [
        ("a word for a number", &["train.steps=abc"]),
        ("no value", &["train.steps"]),
        ("no key", &["=5"]),
        ("an unknown key", &["steps=5"]),
        ("an entry of a list", &["model.widths=[8, 0]"]),
        ("a table", &["train={ steps = 0 }"]),
        ("a contradiction with the file", &["facts.universe=2^9"]),
        ("several, in their order", &["seeds=0", "backend.threads=0"]),
    ];
    let message = |(title, sets): &(&str, &[&str])| {
        told(title, super::SMALLEST, sets, &format!("--set {}", sets.join(" --set ")))
    };
    assert_told("command_line", &cases.iter().map(message).collect::<Vec<_>>().join("\n"));
}

#[test]
fn options_that_stand_for_a_key_are_named_as_they_were_typed() {
    let overrides = Overrides { backend: Some("vulcan"), non_facts: Some("2^65"), ..Overrides::default() };
    let message = read_under(super::SMALLEST, overrides).expect_err("two wrong options");
    assert_told("options", &message.to_string());
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_their_lines() {
    let lines = "-train.steps\nname = \"\"\ntrain.warmup = 2\nfacts.cuont = 5\nbackend.name = \"gpu\"";
    let message = told("many", &edited(lines), &["seeds=0"], &format!("{lines}\n--set seeds=0"));
    assert_told("many", &message);
}

#[test]
fn an_unreadable_file_is_told() {
    let error = crate::config::load(std::path::Path::new("no/such/file.toml"), Overrides::default()).unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert!(error.to_string().starts_with("error: no/such/file.toml: cannot be read: "), "{error}");
}
