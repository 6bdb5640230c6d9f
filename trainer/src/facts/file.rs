//! Files of claims: one a line, in a stated format, which also says what universe they come from.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::Path;

use super::{ClaimFormat, FileError, LineProblem, Universe, VERSION};

/// The claims of a file and the universe that they come from.
#[derive(Debug)]
pub struct FileClaims {
    universe: Universe,
    // Sorted, so that which claims a seed trains does not depend on the order of the lines.
    claims: Vec<u64>,
    places: HashMap<u64, usize, BuildHasherDefault<ClaimHasher>>,
}

impl FileClaims {
    /// Reads one claim a line. Blank lines and lines that begin with `#` are skipped, and so is white space around a
    /// claim. The universe follows from the format and the claims' length, except for decimal claims, which need
    /// `universe`; where both name one, they must agree.
    ///
    /// # Errors
    /// [`FileError`], which names the file, the line, what it says, what is allowed and what to do.
    pub fn read(path: &Path, format: &ClaimFormat, universe: Option<Universe>) -> Result<Self, FileError> {
        let bytes = std::fs::read(path).map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            FileError::NotText { path: path.to_owned(), line }
        })?;
        Reader { path, format, given: universe }.claims(text)
    }

    /// The universe that the claims come from.
    pub fn universe(&self) -> Universe {
        self.universe
    }

    /// The claims, in increasing order.
    pub fn claims(&self) -> &[u64] {
        &self.claims
    }

    /// Where `claim` stands among [`FileClaims::claims`], if it does.
    pub fn place(&self, claim: u64) -> Option<usize> {
        self.places.get(&claim).copied()
    }

    /// Names the universe and the claims, whatever the order of the lines.
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_derive_key("rote: a file of claims");
        hasher.update(&VERSION.to_le_bytes()).update(&self.universe.size().to_le_bytes());
        for claim in &self.claims {
            hasher.update(&claim.to_le_bytes());
        }
        hasher.finalize()
    }
}

/// Reads one file: what all its lines have in common.
struct Reader<'a> {
    path: &'a Path,
    format: &'a ClaimFormat,
    given: Option<Universe>,
}

struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl Reader<'_> {
    fn claims(&self, text: &str) -> Result<FileClaims, FileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(place, line)| Line { number: place + 1, text: line.trim() })
            .filter(|line| !line.text.is_empty() && !line.text.starts_with('#'))
            .peekable();
        let first = lines.peek().ok_or_else(|| FileError::Empty { path: self.path.to_owned() })?;
        let (first_line, length) = (first.number, first.text.chars().count());
        let universe = self.universe(first, length)?;

        let mut numbered = Vec::new();
        for line in lines {
            let found = line.text.chars().count();
            let claim = if found == length || *self.format == ClaimFormat::Decimal {
                self.format.parse(line.text, universe.last())
            } else {
                Err(LineProblem::Length { found, expected: length, first_line })
            };
            numbered.push((claim.map_err(|problem| self.wrong(&line, problem))?, line.number));
        }
        numbered.sort_unstable();
        self.refuse_duplicates(&numbered, text)?;
        let claims: Vec<u64> = numbered.into_iter().map(|(claim, _)| claim).collect();
        let places = claims.iter().enumerate().map(|(place, claim)| (*claim, place)).collect();
        Ok(FileClaims { universe, claims, places })
    }

    /// The universe of a file whose first claim is `first`, `length` characters long.
    fn universe(&self, first: &Line<'_>, length: usize) -> Result<Universe, FileError> {
        if *self.format == ClaimFormat::Decimal {
            return self.given.ok_or_else(|| FileError::UniverseNeeded { path: self.path.to_owned() });
        }
        // A bad character is the likelier reason for an odd length, so it is looked for first.
        if let Err(problem @ LineProblem::Character { .. }) = self.format.parse(first.text, u64::MAX) {
            return Err(self.wrong(first, problem));
        }
        let Some(spanned) = self.format.universe(length) else {
            let (most, base) = (self.format.greatest_length(), self.format.base());
            return Err(self.wrong(first, LineProblem::TooLong { found: length, most, base }));
        };
        match self.given {
            Some(given) if given != spanned => Err(FileError::UniverseDisagrees {
                path: self.path.to_owned(),
                format: self.format.to_string(),
                length,
                spanned,
                given,
            }),
            _ => Ok(spanned),
        }
    }

    /// Reports the first line, in the order of the file, that repeats an earlier one. `numbered` is sorted by claim,
    /// then line.
    fn refuse_duplicates(&self, numbered: &[(u64, usize)], text: &str) -> Result<(), FileError> {
        let repeats = numbered.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[1].1, pair[0].1));
        repeats.min().map_or(Ok(()), |(number, earlier)| {
            let text = text.lines().nth(number - 1).unwrap_or_default().trim();
            Err(self.wrong(&Line { number, text }, LineProblem::Duplicate { earlier }))
        })
    }

    fn wrong(&self, line: &Line<'_>, problem: LineProblem) -> FileError {
        const MOST: usize = 80;
        let mut text: String = line.text.chars().take(MOST).collect();
        if line.text.chars().nth(MOST).is_some() {
            text.push('…');
        }
        FileError::Line { path: self.path.to_owned(), line: line.number, text, problem }
    }
}

/// A hash of claims that costs one multiplication: they are looked up for every non-fact drawn, and nobody chooses
/// them to collide.
#[derive(Debug, Default)]
struct ClaimHasher(u64);

impl Hasher for ClaimHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, claim: u64) {
        // The golden ratio's bits; the table reads the low bits, into which the high ones have to come.
        let product = (self.0 ^ claim).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ (product >> 32);
    }
}
