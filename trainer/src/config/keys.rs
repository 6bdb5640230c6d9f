//! The list of all keys, which help texts print and messages quote, and the search for the key that was meant.

use super::backend::AUTOTUNE;

/// One key of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The dotted name.
    pub name: &'static str,
    /// What it sets.
    pub meaning: &'static str,
    /// The values it takes.
    pub allowed: &'static str,
    /// What holds where it is absent.
    pub default: &'static str,
    /// How to choose a value: the fix that a message about a wrong one proposes.
    pub advice: &'static str,
}

/// Every key, table by table, in the order of a resolved configuration.
pub const KEYS: &[Key] = &[
    Key {
        name: "name",
        meaning: "names the run",
        allowed: "1 to 100 letters, digits, dots, hyphens and underscores, in quotes",
        default: "the file's name without .toml",
        advice: "write it like \"quick-32\"",
    },
    Key {
        name: "seeds",
        meaning: "a count N for the seeds 0 to N-1, or a list; every shape is trained at every seed",
        allowed: "a whole number from 1 to 65,536, or a list of different whole numbers from 0 to 2^63-1",
        default: "1",
        advice: "write it like 10 or [3, 7]",
    },
    Key {
        name: "facts.count",
        meaning: "n, the facts of each member",
        allowed: "a whole number from 1 to 2^32, as 1000 or \"2^10\"",
        default: "none: required without facts.file",
        advice: "set it to 1000 for networks below 10,000 parameters, or read facts from a file with facts.file",
    },
    Key {
        name: "facts.universe",
        meaning: "u, the plausible claims",
        allowed: "a whole number from 2 to 2^64, as 4294967296, \"2^32\" or \"4294967296\"",
        default: "none: required without facts.file, and for format = \"decimal\"",
        advice: "set it to \"2^32\" for claims of 32 bits",
    },
    Key {
        name: "facts.file",
        meaning: "reads the facts from a file, one claim a line, in place of random ones",
        allowed: "a path relative to the configuration's folder, in quotes",
        default: "none: random facts",
        advice: "write it like \"data/claims.txt\"",
    },
    Key {
        name: "facts.format",
        meaning: "how facts.file writes its claims",
        allowed: "\"hex\", \"decimal\", \"bits\" or \"strings\"",
        default: "none: required with facts.file",
        advice: "take \"hex\" for lines like 00a0f3",
    },
    Key {
        name: "facts.alphabet",
        meaning: "the characters of format = \"strings\", which span its universe",
        allowed: "2 or more different characters, none of them white space or #, in quotes",
        default: "none: required with format = \"strings\"",
        advice: "write each character once, like \"abcdef\"",
    },
    Key {
        name: "facts.fraction",
        meaning: "the share of the file that is trained, drawn by seed; the rest is never shown",
        allowed: "a number above 0, at most 1",
        default: "1",
        advice: "set it to 0.5 to keep half of the claims unseen",
    },
    Key {
        name: "facts.encoding",
        meaning: "what a network is given of a claim: its own bits, or a random code",
        allowed: "\"bits\" or \"code\"",
        default: "\"bits\"",
        advice: "take \"bits\"",
    },
    Key {
        name: "facts.inputs",
        meaning: "the width of encoding = \"code\", in bits",
        allowed: "a whole number from 1 to 4,096 with 2^inputs >= universe",
        default: "none: required with encoding = \"code\"",
        advice: "set it to the bits of the universe or more",
    },
    Key {
        name: "non_facts.per_step",
        meaning: "non-facts drawn fresh at each step",
        allowed: "a whole number from 1 to 16,777,216",
        default: "2048",
        advice: "set it near 2048",
    },
    Key {
        name: "non_facts.held_out",
        meaning: "non-facts set aside before training; 0 trains on and scores every non-fact",
        allowed: "a whole number from 0 to 2^64-1 that leaves a non-fact to draw, as 4096 or \"2^12\"",
        default: "the lesser of 2^24 and half the universe",
        advice: "set it to \"2^20\", or to 0 to train on every non-fact",
    },
    Key {
        name: "model.hidden_layers",
        meaning: "hidden layers of each network",
        allowed: "a whole number from 1 to 16",
        default: "2",
        advice: "set it to 2",
    },
    Key {
        name: "model.widths",
        meaning: "units of each hidden layer; one population for each width",
        allowed: "a list of different whole numbers from 1 to 16,384",
        default: "none: one of widths, parameters and parameters_per_fact is required",
        advice: "write it like [8, 16, 32]",
    },
    Key {
        name: "model.parameters",
        meaning: "in place of widths: the parameters of each shape, met as nearly as a width can",
        allowed: "a list of different whole numbers from 1 to 2^32",
        default: "none: one of widths, parameters and parameters_per_fact is required",
        advice: "write it like [500, 1000, 2000]",
    },
    Key {
        name: "model.parameters_per_fact",
        meaning: "in place of widths: the parameters of each shape over the trained facts",
        allowed: "a list of different numbers above 0, at most 1,000,000",
        default: "none: one of widths, parameters and parameters_per_fact is required",
        advice: "write it like [0.5, 1, 2]",
    },
    Key {
        name: "model.activation",
        meaning: "activation of the hidden layers",
        allowed: "\"tanh\", \"gelu\", \"silu\", \"relu\" or \"triangle\"",
        default: "\"tanh\"",
        advice: "take \"tanh\", which stores most",
    },
    Key {
        name: "train.steps",
        meaning: "optimiser steps",
        allowed: "a whole number from 1 to 1,000,000,000",
        default: "none: required",
        advice: "set it to 1000 for a first look; more steps keep helping",
    },
    Key {
        name: "train.learning_rate",
        meaning: "peak learning rate, or a list with one for each seed",
        allowed: "a number above 0, at most 10, or a list with one for each seed",
        default: "0.05",
        advice: "set it near 0.05 for networks below 10,000 parameters",
    },
    Key {
        name: "train.negative_weight",
        meaning: "lambda, the weight of the non-fact loss, or a list with one for each seed",
        allowed: "a number above 0, at most 10^18, or a list with one for each seed",
        default: "1.0",
        advice: "set it to 1.0; compare it with universe / count - 1",
    },
    Key {
        name: "train.optimizer",
        meaning: "AdamW, Muon, or SGD with Nesterov momentum 0.9",
        allowed: "\"adamw\", \"muon\" or \"sgd\"",
        default: "\"adamw\"",
        advice: "take \"adamw\"",
    },
    Key {
        name: "train.facts_per_step",
        meaning: "facts in each step's batch",
        allowed: "a whole number from 1 to the trained facts, or \"all\"",
        default: "\"all\"",
        advice: "set it to \"all\", or near 4096 for large fact sets",
    },
    Key {
        name: "train.warmup",
        meaning: "share of the steps over which the learning rate rises from 0",
        allowed: "a number from 0 up to but without 1",
        default: "0.03",
        advice: "set it near 0.03",
    },
    Key {
        name: "train.clip",
        meaning: "largest gradient norm of a member, or a list with one for each seed",
        allowed: "a number above 0, at most 10^18, a list with one for each seed, or \"none\"",
        default: "\"none\"",
        advice: "set it near 1.0, or leave it out",
    },
    Key {
        name: "train.checkpoint_every",
        meaning: "steps from one checkpoint to the next",
        allowed: "a whole number from 1 to 1,000,000,000",
        default: "1000",
        advice: "set it near 1000",
    },
    Key {
        name: "train.log_every",
        meaning: "steps from one line of metrics to the next",
        allowed: "a whole number from 1 to 1,000,000,000",
        default: "50",
        advice: "set it near 50",
    },
    Key {
        name: "train.log_first",
        meaning: "first steps that each get a line of metrics, whatever train.log_every is",
        allowed: "a whole number from 0 to 1,000,000,000",
        default: "0",
        advice: "set it to 100 to see the first steps one by one",
    },
    Key {
        name: "train.stop_below",
        meaning: "training loss in nats below which a member stops early",
        allowed: "a number above 0, at most 10^18, or \"none\"",
        default: "\"none\"",
        advice: "set it near 0.001, or leave it out",
    },
    Key {
        name: "evaluation.non_facts",
        meaning: "non-facts that each member is scored on",
        allowed: "a whole number from 1 to 2^32, as 4096 or \"2^12\", at most the held-out ones, or \"all\"",
        default: "\"all\" for universes up to 2^24, else 2^20 or all held-out ones if fewer",
        advice: "set it to \"2^20\", or to \"all\"",
    },
    Key {
        name: "evaluation.control",
        meaning: "whether fresh claims are scored in the place of facts as well",
        allowed: "true or false",
        default: "false",
        advice: "write true or false without quotes",
    },
    Key {
        name: "backend.name",
        meaning: "where the tensors live; NAME+composed forces the reference kernels",
        allowed: "\"flex\", \"cpu\", \"ndarray\", \"wgpu\", \"vulkan\" or \"cuda\"; \
                  the last three also as NAME:INDEX, each also as NAME+composed",
        default: "\"flex\"",
        advice: "take \"flex\" for the CPU",
    },
    Key {
        name: "backend.kernels",
        meaning: "how loss and gradients are computed: by one fused operation, or by Burn's own operations",
        allowed: "\"composed\" everywhere; \"fused\" on flex with tanh, relu or triangle and 1 to 3 hidden layers",
        default: "\"fused\" where it exists, else \"composed\"",
        advice: "leave it out",
    },
    Key {
        name: "backend.threads",
        meaning: "CPU threads",
        allowed: "a whole number from 1 to 1,024",
        default: "all cores",
        advice: "leave it out to use all cores",
    },
    Key {
        name: "backend.fusion",
        meaning: "on GPUs: whether the engine joins operations into kernels of its own",
        allowed: "true or false",
        default: "false",
        advice: "write true or false without quotes",
    },
    Key {
        name: "backend.autotune",
        meaning: "on GPUs: whether the engine measures kernels and takes the fastest; must be what the binary was \
                  built with",
        allowed: AUTOTUNE_ALLOWED,
        default: "as the binary was built: with or without the feature autotune",
        advice: "leave it out",
    },
    Key {
        name: "backend.allow_software_gpu",
        meaning: "whether a GPU that a processor imitates will do; as --allow-software-gpu",
        allowed: "true or false",
        default: "false",
        advice: "write true or false without quotes",
    },
    Key {
        name: "backend.check",
        meaning: "on GPUs: whether losses, gradients and logits are compared with the CPU's before a run or an \
                  evaluation; --no-check sets it to false",
        allowed: "true or false",
        default: "true",
        advice: "write true or false without quotes",
    },
];

/// What `backend.autotune` may be in this binary.
const AUTOTUNE_ALLOWED: &str =
    if AUTOTUNE { "true: this binary has the feature autotune" } else { "false: this binary has no feature autotune" };

/// Names that other programs and the theory give to keys of ours.
const OTHER_NAMES: [(&str, &str); 9] = [
    ("seed", "seeds"),
    ("lr", "train.learning_rate"),
    ("lambda", "train.negative_weight"),
    ("epochs", "train.steps"),
    ("batch_size", "train.facts_per_step"),
    ("device", "backend.name"),
    ("layers", "model.hidden_layers"),
    ("depth", "model.hidden_layers"),
    ("hidden_size", "model.widths"),
];

/// Likeness from which two names are taken for one and the same, misspelt.
const ALIKE: f64 = 0.7;

/// The entry of a key of ours.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether keys stand in a table of that name.
pub(super) fn is_table(name: &str) -> bool {
    KEYS.iter().any(|key| table_of(key.name) == Some(name))
}

/// The table a key stands in; `None` at the top level.
pub(super) fn table_of(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(table, _)| table)
}

/// A key without its table.
pub(super) fn leaf_of(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The tables, or the keys of one table, as a list for a message.
pub(super) fn listed(table: Option<&str>) -> String {
    let keys = KEYS.iter().filter(|key| table_of(key.name) == table).map(|key| leaf_of(key.name));
    let mut names: Vec<String> = keys.map(str::to_owned).collect();
    if table.is_none() {
        let mut tables: Vec<&str> = KEYS.iter().filter_map(|key| table_of(key.name)).collect();
        tables.dedup();
        names.extend(tables.iter().map(|table| format!("[{table}]")));
    }
    names.join(", ")
}

/// The key that `typed` was probably meant to be: one of the same name in another table, one known elsewhere by that
/// name, or the most alike.
pub(super) fn meant(typed: &str) -> Option<&'static str> {
    let typed = typed.replace('"', "").replace('-', "_").to_lowercase();
    if let Some(key) = find(&typed) {
        return Some(key.name);
    }
    let leaf = leaf_of(&typed);
    if let Some(key) = KEYS.iter().find(|key| leaf_of(key.name) == leaf) {
        return Some(key.name);
    }
    if let Some((_, name)) = OTHER_NAMES.iter().find(|(other, _)| *other == leaf) {
        return Some(name);
    }
    let likeness = |name: &str| {
        let whole = strsim::normalized_damerau_levenshtein(&typed, name);
        let alike = whole.max(strsim::normalized_damerau_levenshtein(leaf, leaf_of(name)));
        // Of keys equally alike, the one in the table that it was typed in.
        if table_of(&typed) == table_of(name) { alike + 0.01 } else { alike }
    };
    nearest(KEYS.iter().map(|key| key.name), likeness)
}

/// The table that `typed` was probably meant to be.
pub(super) fn meant_table(typed: &str) -> Option<&'static str> {
    let tables = KEYS.iter().filter_map(|key| table_of(key.name));
    nearest(tables, |table| strsim::normalized_damerau_levenshtein(typed, table))
}

/// The choice that `typed` was probably meant to be.
pub(super) fn meant_choice(typed: &str, choices: &[&'static str]) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    nearest(choices.iter().copied(), |choice| strsim::normalized_damerau_levenshtein(&typed, choice))
}

fn nearest(names: impl Iterator<Item = &'static str>, likeness: impl Fn(&str) -> f64) -> Option<&'static str> {
    let rated = names.map(|name| (likeness(name), name));
    rated.filter(|(rate, _)| *rate >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
