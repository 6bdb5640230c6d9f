//! The `[facts]` table: which claims are facts, in which universe, and what a network is given of a claim.

use std::path::{Path, PathBuf};

use super::reader::{Noted, Reader, Refused};
use super::rules::{Fault, Reading, choice, number, size, text, whole};
use super::value::{Typed, quoted};

/// Which claims are facts, and what a network sees of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct FactsConfig {
    /// Where the facts come from.
    pub source: Source,
    /// What a network is given of a claim.
    pub encoding: Encoding,
}

/// Where facts come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Drawn by seed, without replacement, from the claims `0..universe`.
    Random {
        /// n, from 1 and below `universe`.
        count: u64,
        /// u, at most 2^64.
        universe: u128,
    },
    /// Read from a file, one claim a line.
    File {
        /// Absolute path.
        path: PathBuf,
        /// How a line writes its claim.
        format: Format,
        /// The characters that span the universe of [`Format::Strings`]; `None` for the other formats.
        alphabet: Option<String>,
        /// The universe of [`Format::Decimal`], which the digits alone do not tell; `None` for the other formats.
        universe: Option<u128>,
        /// Share of the claims that is trained, in (0, 1].
        fraction: f64,
    },
}

/// How a file writes its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Hexadecimal digits; as many on each line as span the universe.
    Hex,
    /// Decimal numbers.
    Decimal,
    /// Zeros and ones; as many on each line as span the universe.
    Bits,
    /// Strings over an alphabet.
    Strings,
}

/// What a network is given of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The claim's own bits.
    Bits,
    /// A random code.
    Code {
        /// Its width; `2^inputs` is at least the universe.
        inputs: usize,
    },
}

/// How many claims there are of each kind: known from the start for random facts, and once the file is read for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactCounts {
    /// u.
    pub universe: u128,
    /// n, the facts that each member trains on.
    pub trained: u64,
    /// Facts that are never shown: neither trained, nor drawn, nor held out.
    pub never_shown: u64,
}

impl FactsConfig {
    /// The counts, where they need no file.
    pub fn counts(&self) -> Option<FactCounts> {
        match self.source {
            Source::Random { count, universe } => Some(FactCounts { universe, trained: count, never_shown: 0 }),
            Source::File { .. } => None,
        }
    }
}

impl Format {
    pub(super) const NAMES: [&'static str; 4] = ["hex", "decimal", "bits", "strings"];
    const ALL: [Self; 4] = [Self::Hex, Self::Decimal, Self::Bits, Self::Strings];

    /// The name in configurations and records.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl Encoding {
    /// d, the input features of a network on a universe of that size.
    pub fn inputs(self, universe: u128) -> usize {
        match self {
            Self::Bits => (u128::BITS - universe.saturating_sub(1).leading_zeros()).max(1) as usize,
            Self::Code { inputs } => inputs,
        }
    }
}

pub(super) fn read(reader: &mut Reader, folder: &Path) -> Noted<FactsConfig> {
    let source = if reader.given("facts.file") { read_file(reader, folder) } else { read_random(reader) };
    let encoding = read_encoding(reader);
    Ok(FactsConfig { source: source?, encoding: encoding? })
}

fn read_random(reader: &mut Reader) -> Noted<Source> {
    for key in ["facts.format", "facts.alphabet", "facts.fraction"] {
        let fix = format!("remove {key}, or add facts.file");
        reader.refuse(key, ("facts.file", "not set"), "only beside facts.file", &fix);
    }
    let count = reader.required("facts.count", size(1..=1 << 32));
    let universe = reader.required("facts.universe", universe);
    let (count, universe) = (count?, universe?);
    Ok(Source::Random { count: count as u64, universe })
}

fn universe(typed: &Typed) -> Reading<u128> {
    size(2..=1 << 64)(typed)
}

fn read_file(reader: &mut Reader, folder: &Path) -> Noted<Source> {
    let either = "random facts (count and universe) or those of a file, not both";
    let fix = "remove facts.file, or facts.count and facts.universe";
    reader.refuse("facts.count", ("facts.file", "not set"), either, fix);
    let path = reader.required("facts.file", |typed| absolute(&text(typed)?, folder));
    let format = reader.required("facts.format", choice(&Format::NAMES));
    let known = format.ok().and_then(|name| Format::ALL.into_iter().find(|format| format.name() == name));
    let universe = read_universe(reader, known);
    let alphabet = read_alphabet(reader, known);
    let fraction = reader.or("facts.fraction", 1.0, number(|share| share > 0.0 && share <= 1.0));
    Ok(Source::File {
        path: path?,
        format: known.ok_or(Refused)?,
        alphabet: alphabet?,
        universe: universe?,
        fraction: fraction?,
    })
}

/// The universe beside a file; only decimal claims need it, for the other formats the lines' length tells it.
fn read_universe(reader: &mut Reader, format: Option<Format>) -> Noted<Option<u128>> {
    match format {
        Some(Format::Decimal) => reader.required("facts.universe", universe).map(Some),
        Some(format) => {
            let allowed = format!("only format = \"decimal\": {} claims span their universe", format.name());
            let format = ("facts.format", "not set");
            reader.refuse("facts.universe", format, &allowed, "remove facts.universe");
            Ok(None)
        }
        None => reader.optional("facts.universe", universe),
    }
}

fn read_alphabet(reader: &mut Reader, format: Option<Format>) -> Noted<Option<String>> {
    match format {
        Some(Format::Strings) => reader.required("facts.alphabet", alphabet).map(Some),
        None => reader.optional("facts.alphabet", alphabet),
        Some(_) => {
            let format = ("facts.format", "not set");
            reader.refuse("facts.alphabet", format, "only format = \"strings\"", "remove facts.alphabet");
            Ok(None)
        }
    }
}

fn alphabet(typed: &Typed) -> Reading<String> {
    let letters = text(typed)?;
    let mut sorted: Vec<char> = letters.chars().collect();
    sorted.sort_unstable();
    if sorted.len() < 2 || sorted.iter().any(|letter| letter.is_whitespace() || *letter == '#') {
        return Err(Fault::default());
    }
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Fault::fix(format!("write {} once", quoted(&pair[0].to_string())))),
        None => Ok(letters),
    }
}

fn absolute(path: &str, folder: &Path) -> Reading<PathBuf> {
    let path = if path.is_empty() { None } else { std::path::absolute(folder.join(path)).ok() };
    // The resolved configuration is TOML, which can hold a path only if it is Unicode.
    path.filter(|path| path.to_str().is_some()).ok_or_else(Fault::default)
}

fn read_encoding(reader: &mut Reader) -> Noted<Encoding> {
    let encoding = reader.or("facts.encoding", "bits", choice(&["bits", "code"]))?;
    let inputs = whole(1..=4096);
    if encoding == "code" {
        return Ok(Encoding::Code { inputs: reader.required("facts.inputs", inputs)? as usize });
    }
    let fix = "set facts.encoding = \"code\", or remove facts.inputs";
    reader.refuse("facts.inputs", ("facts.encoding", "\"bits\", the default"), "only encoding = \"code\"", fix);
    Ok(Encoding::Bits)
}
