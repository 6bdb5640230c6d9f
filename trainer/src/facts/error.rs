//! What can be wrong with a request for facts or with a file of them, each error with its fix.

use std::path::PathBuf;

use super::Universe;

/// A set of facts, an encoding or a batch that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// Not a size of a universe.
    #[error("the universe `{text}` is not a size from 1 to 2^64: give an integer or \"2^K\" with K from 0 to 64")]
    Universe {
        /// What was given.
        text: String,
    },
    /// Not a format of claims.
    #[error(
        "`{text}` is not a format of claims: {problem}; give hex, decimal, bits or strings:ALPHABET (as strings:ACGT)"
    )]
    Format {
        /// What was given.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An empty set of facts.
    #[error("no facts to train: facts.count must be at least 1")]
    NoFacts,
    /// More facts than claims.
    #[error("{count} facts do not fit a universe of {universe} claims: lower facts.count or raise facts.universe")]
    TooManyFacts {
        /// Facts asked for.
        count: u64,
        /// Where they should lie.
        universe: Universe,
    },
    /// No claim is left that training could draw as a non-fact.
    #[error(
        "{members} facts and {held_out} held-out claims leave no non-fact to train on in a universe of {universe} \
         claims: lower non_facts.held_out (0 trains on and scores every non-fact) or raise facts.universe"
    )]
    NothingToDraw {
        /// Facts, or all claims of the file.
        members: u64,
        /// Claims set aside.
        held_out: u64,
        /// All claims.
        universe: Universe,
    },
    /// Every held-out claim is in the file.
    #[error(
        "all {held_out} held-out claims are claims of the file, so that no non-fact is held out: raise \
         non_facts.held_out, or set it to 0 to train on and score every non-fact"
    )]
    NothingToScore {
        /// Claims set aside.
        held_out: u64,
    },
    /// Not a share of a file that leaves a fact.
    #[error(
        "a share of {fraction} of {claims} claims is no set of facts: facts.fraction must be above 0, at most 1, \
         and large enough to leave one fact"
    )]
    Fraction {
        /// What was given.
        fraction: f64,
        /// Claims in the file.
        claims: usize,
    },
    /// Not enough non-facts to take the facts' places.
    #[error(
        "a control of {wanted} fresh claims needs more than that many scored non-facts, and there are {available}: \
         raise non_facts.held_out or set evaluation.control = false"
    )]
    ControlTooLarge {
        /// Facts, each of which needs a fresh claim.
        wanted: u64,
        /// Non-facts that are scored.
        available: u128,
    },
    /// Two claims would share a code.
    #[error(
        "codes of {inputs} bits cannot tell {universe} claims apart: facts.inputs must be at least {needed}",
        needed = universe.bits()
    )]
    CodeTooNarrow {
        /// Bits a code.
        inputs: usize,
        /// Claims to encode.
        universe: Universe,
    },
    /// A minibatch of more facts than there are, or of none.
    #[error("train.facts_per_step = {given} must lie from 1 to the number of facts, {facts}")]
    FactsPerStep {
        /// What was given.
        given: usize,
        /// Facts in the set.
        facts: u64,
    },
    /// More draws a step than their 32-bit index can count.
    #[error("non_facts.per_step = {given} must be at most 2^32")]
    NonFactsPerStep {
        /// What was given.
        given: usize,
    },
    /// A file of claims that cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A file of claims that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It could not be read.
    #[error("{path}: {source}; check facts.file, which is relative to the configuration", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not text.
    #[error("{path}:{line}: not UTF-8; save the file as UTF-8 text, one claim a line", path = path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first line that is not UTF-8, from 1.
        line: usize,
    },
    /// It holds nothing but blank lines and remarks.
    #[error(
        "{path}: no claims; write one claim a line (blank lines and lines that begin with # do not count)",
        path = path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// One line is wrong.
    #[error("{path}:{line}: `{text}`: {problem}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What it says, cut if it is long.
        text: String,
        /// What is wrong with it.
        problem: LineProblem,
    },
    /// Decimal claims without a universe.
    #[error("{path}: decimal claims do not say how many there could be; set facts.universe", path = path.display())]
    UniverseNeeded {
        /// The file.
        path: PathBuf,
    },
    /// The configuration and the file name different universes.
    #[error(
        "{path}: claims of {length} characters in the format {format} span a universe of {spanned}, but facts.universe \
         is {given}; remove facts.universe or correct the file",
        path = path.display()
    )]
    UniverseDisagrees {
        /// The file.
        path: PathBuf,
        /// The format it was read in.
        format: String,
        /// Characters a claim.
        length: usize,
        /// The universe of such claims.
        spanned: Universe,
        /// The universe that was asked for.
        given: Universe,
    },
}

/// What is wrong with one line of a file of claims.
#[derive(Debug, thiserror::Error)]
pub enum LineProblem {
    /// A character that is no digit.
    #[error("`{character}` at column {column} is not allowed; a claim here is written in {allowed}")]
    Character {
        /// The character.
        character: char,
        /// Its place in the line, from 1.
        column: usize,
        /// The digits, in words.
        allowed: String,
    },
    /// A claim of another length than the first.
    #[error(
        "{found} characters, but the first claim (line {first_line}) has {expected}; all must have the same length"
    )]
    Length {
        /// Characters here.
        found: usize,
        /// Characters of the first claim.
        expected: usize,
        /// Where the first claim stands.
        first_line: usize,
    },
    /// Claims so long that their universe exceeds 2^64.
    #[error(
        "{found} characters span more than 2^64 claims; at most {most} are possible with {base} different characters"
    )]
    TooLong {
        /// Characters here.
        found: usize,
        /// Characters that still fit.
        most: u32,
        /// Size of the alphabet.
        base: u64,
    },
    /// A decimal claim that is not below u.
    #[error("outside the universe: claims lie from 0 to {last}; correct the claim or raise facts.universe")]
    Outside {
        /// The greatest claim allowed.
        last: u64,
    },
    /// A claim that stands in the file already.
    #[error("the same claim as in line {earlier}; remove one of the two")]
    Duplicate {
        /// The line where it stands first, from 1.
        earlier: usize,
    },
}
