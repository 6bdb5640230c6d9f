//! How a claim is written: the digits of a number in the base of an alphabet, most significant first.

use std::fmt;
use std::str::FromStr;

use super::{FactsError, LineProblem, Universe};

/// How the claims of a file are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimFormat {
    /// Hexadecimal digits of either case, every claim as long as the first: u = 16^length.
    Hex,
    /// Decimal integers of any length; u must be given.
    Decimal,
    /// Strings of `0` and `1`, every claim as long as the first: u = 2^length.
    Bits,
    /// Strings over an alphabet A, every claim as long as the first: u = |A|^length, and a string is the number whose
    /// digits are its characters' places in A.
    Strings(Alphabet),
}

/// From 2 different characters up, none of which is white space or `#`, which a file uses for other things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet(Vec<char>);

impl ClaimFormat {
    /// How many different characters a claim is made of.
    pub fn base(&self) -> u64 {
        match self {
            Self::Hex => 16,
            Self::Decimal => 10,
            Self::Bits => 2,
            Self::Strings(Alphabet(characters)) => characters.len() as u64,
        }
    }

    /// The universe of all strings of `length` characters; `None` beyond 2^64, and for decimal numbers, whose length
    /// says nothing.
    pub fn universe(&self, length: usize) -> Option<Universe> {
        let size = u128::from(self.base()).checked_pow(u32::try_from(length).ok()?)?;
        if *self == Self::Decimal { None } else { Universe::new(size).ok() }
    }

    /// The longest strings whose universe is not beyond 2^64.
    pub(super) fn greatest_length(&self) -> u32 {
        (1_u128 << 64).ilog(u128::from(self.base()))
    }

    /// The number that `text` writes, which must be at most `last`.
    pub(super) fn parse(&self, text: &str, last: u64) -> Result<u64, LineProblem> {
        let mut claim = Some(0_u64);
        for (place, character) in text.chars().enumerate() {
            let Some(digit) = self.digit(character) else {
                return Err(LineProblem::Character { character, column: place + 1, allowed: self.allowed() });
            };
            claim = claim.and_then(|claim| claim.checked_mul(self.base())?.checked_add(digit));
        }
        claim.filter(|claim| *claim <= last).ok_or(LineProblem::Outside { last })
    }

    fn digit(&self, character: char) -> Option<u64> {
        match self {
            Self::Strings(Alphabet(characters)) => {
                characters.iter().position(|known| *known == character).map(|place| place as u64)
            }
            _ => character.to_digit(self.base() as u32).map(u64::from),
        }
    }

    fn allowed(&self) -> String {
        match self {
            Self::Hex => "hexadecimal digits (0-9, a-f, A-F) without a prefix".to_owned(),
            Self::Decimal => "decimal digits (0-9)".to_owned(),
            Self::Bits => "the digits 0 and 1".to_owned(),
            Self::Strings(Alphabet(characters)) => {
                format!("the characters `{}`", characters.iter().collect::<String>())
            }
        }
    }
}

impl FromStr for ClaimFormat {
    type Err = FactsError;

    /// Reads `hex`, `decimal`, `bits` or `strings:ALPHABET`.
    fn from_str(text: &str) -> Result<Self, FactsError> {
        let wrong = |problem: String| FactsError::Format { text: text.to_owned(), problem };
        match text {
            "hex" => Ok(Self::Hex),
            "decimal" => Ok(Self::Decimal),
            "bits" => Ok(Self::Bits),
            _ => match text.strip_prefix("strings:") {
                Some(alphabet) => alphabet.parse().map(Self::Strings).map_err(wrong),
                None => Err(wrong("there is no such format".to_owned())),
            },
        }
    }
}

impl fmt::Display for ClaimFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hex => f.write_str("hex"),
            Self::Decimal => f.write_str("decimal"),
            Self::Bits => f.write_str("bits"),
            Self::Strings(Alphabet(characters)) => {
                write!(f, "strings:{}", characters.iter().collect::<String>())
            }
        }
    }
}

impl FromStr for Alphabet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let characters: Vec<char> = text.chars().collect();
        if let Some(bad) = characters.iter().find(|character| character.is_whitespace() || **character == '#') {
            return Err(format!("the alphabet holds {bad:?}, which a file of claims uses for other things"));
        }
        if let Some(twice) = (1..characters.len()).find(|place| characters[..*place].contains(&characters[*place])) {
            return Err(format!("the alphabet holds `{}` twice", characters[twice]));
        }
        if characters.len() < 2 {
            return Err("an alphabet has at least 2 characters".to_owned());
        }
        Ok(Self(characters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_back_as_they_are_written() {
        for text in ["hex", "decimal", "bits", "strings:ACGT", "strings:äöü€"] {
            assert_eq!(text.parse::<ClaimFormat>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_unknown_formats_and_alphabets_that_cannot_be_read_back() {
        for (text, reason) in [
            ("HEX", "no such format"),
            ("strings", "no such format"),
            ("strings:", "at least 2"),
            ("strings:A", "at least 2"),
            ("strings:ABCA", "`A` twice"),
            ("strings:A B", "' '"),
            ("strings:A#", "'#'"),
        ] {
            let error = text.parse::<ClaimFormat>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn universes_end_at_two_to_the_64() {
        let format = |text: &str| text.parse::<ClaimFormat>().unwrap();
        assert_eq!(format("hex").universe(16).unwrap().size(), 1 << 64);
        assert_eq!(format("hex").universe(17), None);
        assert_eq!(format("strings:ABC").universe(40).unwrap().size(), 3_u128.pow(40));
        assert_eq!(format("strings:ABC").universe(41), None);
        assert_eq!(format("bits").universe(usize::MAX), None);
        assert_eq!(["hex", "bits", "strings:ABC"].map(|text| format(text).greatest_length()), [16, 64, 40]);
    }

    #[test]
    fn a_string_is_a_number_in_the_base_of_its_alphabet() {
        let format: ClaimFormat = "strings:ACGT".parse().unwrap();
        assert_eq!(format.parse("CGTA", 255).unwrap(), 64 + 2 * 16 + 3 * 4);
        assert_eq!(ClaimFormat::Hex.parse("fF", 255).unwrap(), 255);
    }
}
