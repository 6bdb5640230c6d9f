//! What is asked for: the options of the questions, with the meaning, the domain and an example of each. Help texts,
//! messages and the columns of CSV files all take theirs from here.

/// An option of one or more questions; in a CSV file, a column.
#[derive(Debug)]
pub(super) struct Field {
    /// The name without dashes in front.
    pub name: &'static str,
    /// What stands for its value in a usage line.
    pub value: &'static str,
    /// What it means, for help.
    pub meaning: &'static str,
    /// Its unit, or what it counts, in few words.
    pub unit: &'static str,
    /// What it may be.
    pub allowed: &'static str,
    /// A value that is allowed.
    pub example: &'static str,
    /// What it is where it is not given.
    pub default: Option<&'static str>,
    /// Whether a comma separates parts of one value, not several values.
    pub is_list: bool,
}

/// From which the others are made.
pub(super) const FIELD: Field =
    Field { name: "", value: "X", meaning: "", unit: "", allowed: "", example: "", default: None, is_list: false };

pub(super) const SPARSITY: Field = Field {
    name: "sparsity",
    value: "P",
    meaning: "Facts over claims, p = n/u; 0 is the sparse limit, u without end at fixed n",
    unit: "facts over claims",
    allowed: "a number from 0 (the sparse limit) to below 1",
    example: "1/1000",
    default: Some("0"),
    ..FIELD
};

pub(super) const FACT_LOSS: Field = Field {
    name: "fact-loss",
    value: "NATS",
    meaning: "Mean log-loss on facts, eps_K = E[-ln x]",
    unit: "nats",
    allowed: "a number of at least 0, in nats; inf too",
    example: "0.1",
    ..FIELD
};

pub(super) const NON_FACT_LOSS: Field = Field {
    name: "non-fact-loss",
    value: "NATS",
    meaning: "Mean log-loss on non-facts, eps_N = E[-ln(1-x)]",
    unit: "nats",
    allowed: "a number of at least 0, in nats; inf too",
    example: "0.01",
    ..FIELD
};

pub(super) const FALSE_NEGATIVE_RATE: Field = Field {
    name: "false-negative-rate",
    value: "SHARE",
    meaning: "Share of the facts that are answered no",
    unit: "share of the facts",
    allowed: "a number from 0 to 1",
    example: "0.1",
    ..FIELD
};

pub(super) const FALSE_POSITIVE_RATE: Field = Field {
    name: "false-positive-rate",
    value: "SHARE",
    meaning: "Share of the non-facts that are answered yes",
    unit: "share of the non-facts",
    allowed: "a number from 0 to 1",
    example: "2^-8",
    ..FIELD
};

pub(super) const BITS: Field = Field {
    name: "bits",
    value: "B",
    meaning: "Memory, bits a fact",
    unit: "bits a fact",
    allowed: "a number of at least 0, in bits a fact; inf too",
    example: "4",
    ..FIELD
};

pub(super) const NEGATIVE_WEIGHT: Field = Field {
    name: "negative-weight",
    value: "LAMBDA",
    meaning: "Weight of the loss on non-facts: L = fact loss + lambda * non-fact loss. Compare with (1-p)/p",
    unit: "non-facts weighted per fact",
    allowed: "a positive finite number",
    example: "1",
    ..FIELD
};
