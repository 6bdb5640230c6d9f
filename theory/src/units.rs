//! Units of information as types, so that a loss in nats cannot pass for a memory in bits.

use std::f64::consts::LN_2;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// An amount of information or a log-loss, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Nats(pub f64);

/// An amount of memory or information, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bits(pub f64);

impl Nats {
    /// The same amount in bits: nats over `ln 2`.
    #[must_use]
    pub fn to_bits(self) -> Bits {
        Bits(self.0 / LN_2)
    }
}

impl Bits {
    /// The same amount in nats: bits times `ln 2`.
    #[must_use]
    pub fn to_nats(self) -> Nats {
        Nats(self.0 * LN_2)
    }
}

macro_rules! arithmetic_of {
    ($unit:ident, $name:literal) => {
        impl Add for $unit {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $unit {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Neg for $unit {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl Mul<f64> for $unit {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Div<f64> for $unit {
            type Output = Self;
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }

        impl Sum for $unit {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                Self(amounts.map(|amount| amount.0).sum())
            }
        }

        impl fmt::Display for $unit {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)?;
                f.write_str(concat!(" ", $name))
            }
        }
    };
}

arithmetic_of!(Nats, "nats");
arithmetic_of!(Bits, "bits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_ln_2_nats() {
        assert_eq!(Bits(1.0).to_nats(), Nats(LN_2));
        assert_eq!(Nats(LN_2).to_bits(), Bits(1.0));
    }

    #[test]
    fn display_shows_the_unit_and_keeps_the_precision() {
        assert_eq!(format!("{}", Nats(0.5)), "0.5 nats");
        assert_eq!(format!("{:.2}", Bits(1.0 / 3.0)), "0.33 bits");
    }

    #[test]
    fn amounts_of_one_unit_add_up() {
        let total: Bits = [Bits(1.0), Bits(2.5), -Bits(0.5)].into_iter().sum();
        assert_eq!(total - Bits(1.0) + Bits(2.0) * 3.0 / 2.0, Bits(5.0));
    }
}
