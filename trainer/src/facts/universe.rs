//! The universe: how many plausible claims there are.

use std::fmt;
use std::str::FromStr;

use super::FactsError;

/// The claims `0..u`, with `1 <= u <= 2^64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Universe {
    // u itself does not fit 64 bits at u = 2^64; the last claim always does.
    last: u64,
}

impl Universe {
    /// The universe of `size` claims.
    ///
    /// # Errors
    /// [`FactsError::Universe`] unless `1 <= size <= 2^64`.
    pub fn new(size: u128) -> Result<Self, FactsError> {
        size.checked_sub(1)
            .and_then(|last| u64::try_from(last).ok())
            .map(|last| Self { last })
            .ok_or_else(|| FactsError::Universe { text: size.to_string() })
    }

    /// The universe of all strings of `bits` bits.
    ///
    /// # Errors
    /// [`FactsError::Universe`] if `bits > 64`.
    pub fn power_of_two(bits: u32) -> Result<Self, FactsError> {
        if bits > 64 {
            return Err(FactsError::Universe { text: format!("2^{bits}") });
        }
        Self::new(1 << bits)
    }

    /// The universe whose last claim is `last`: u = last + 1.
    pub(super) const fn ending_at(last: u64) -> Self {
        Self { last }
    }

    /// u, the number of claims.
    pub fn size(self) -> u128 {
        u128::from(self.last) + 1
    }

    /// The greatest claim, u - 1.
    pub fn last(self) -> u64 {
        self.last
    }

    /// The bits it takes to write any claim: ceil(log2 u), from 0 to 64.
    pub fn bits(self) -> u32 {
        u64::BITS - self.last.leading_zeros()
    }

    /// Whether `claim` is less than u.
    pub fn contains(self, claim: u64) -> bool {
        claim <= self.last
    }

    /// How many claims are held out where the configuration does not say: the lesser of 2^24 and u/2.
    pub fn default_held_out(self) -> u64 {
        (self.size() / 2).min(1 << 24) as u64
    }
}

impl TryFrom<u64> for Universe {
    type Error = FactsError;

    fn try_from(size: u64) -> Result<Self, FactsError> {
        Self::new(u128::from(size))
    }
}

impl FromStr for Universe {
    type Err = FactsError;

    /// Reads a decimal integer or `2^K` with K from 0 to 64.
    fn from_str(text: &str) -> Result<Self, FactsError> {
        let wrong = || FactsError::Universe { text: text.to_owned() };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match text.split_once('^') {
            Some(("2", exponent)) if digits(exponent) => {
                exponent.parse().map_err(|_| wrong()).and_then(Self::power_of_two).map_err(|_| wrong())
            }
            None if digits(text) => text.parse().map_err(|_| wrong()).and_then(Self::new).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Universe {
    /// `2^K` for powers of two from 2^11 on, which nobody recognises in decimal, else the integer. [`FromStr`] reads
    /// both.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.size().is_power_of_two() && self.bits() > 10 {
            write!(f, "2^{}", self.bits())
        } else {
            write!(f, "{}", self.size())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers_and_powers_of_two() {
        for (text, size, bits) in
            [("1", 1, 0), ("2", 2, 1), ("3", 3, 2), ("2^0", 1, 0), ("4294967296", 1 << 32, 32), ("2^64", 1 << 64, 64)]
        {
            let universe: Universe = text.parse().unwrap();
            assert_eq!((universe.size(), universe.bits()), (size, bits), "{text}");
            assert_eq!(universe.to_string().parse::<Universe>().unwrap(), universe, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_size() {
        for text in ["", "0", "2^65", "2^", "3^4", "+5", "-1", "2^+3", "1e9", "18446744073709551617", " 7"] {
            let error = text.parse::<Universe>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn the_default_held_out_share_is_at_most_half() {
        let held_out = |text: &str| text.parse::<Universe>().unwrap().default_held_out();
        assert_eq!([held_out("3"), held_out("2^20"), held_out("2^64")], [1, 1 << 19, 1 << 24]);
    }
}
