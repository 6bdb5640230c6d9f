//! Numbers in JSON as the file formats fix them: integers above 2^53 are decimal strings, because other readers hold
//! numbers as doubles, and what JSON has no number for is a string: "inf", "-inf", "nan".

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// The greatest integer below which a double holds every integer.
const EXACT_IN_A_DOUBLE: u128 = 1 << 53;

/// A floating-point number, infinite ones included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Real(pub f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            finite if finite.is_finite() => serializer.serialize_f64(finite),
            not_a_number if not_a_number.is_nan() => serializer.serialize_str("nan"),
            f64::INFINITY => serializer.serialize_str("inf"),
            _ => serializer.serialize_str("-inf"),
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RealVisitor)
    }
}

struct RealVisitor;

impl Visitor<'_> for RealVisitor {
    type Value = Real;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a number, \"inf\", \"-inf\" or \"nan\"")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Real, E> {
        Ok(Real(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Real, E> {
        Ok(Real(value as f64))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Real, E> {
        Ok(Real(value as f64))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Real, E> {
        match value {
            "inf" => Ok(Real(f64::INFINITY)),
            "-inf" => Ok(Real(f64::NEG_INFINITY)),
            "nan" => Ok(Real(f64::NAN)),
            other => Err(E::invalid_value(Unexpected::Str(other), &self)),
        }
    }
}

/// A whole number of any size up to 2^128.
struct Whole<T>(T);

impl<T: Copy + Into<u128>> Serialize for Whole<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: u128 = self.0.into();
        match u64::try_from(value) {
            Ok(small) if value <= EXACT_IN_A_DOUBLE => serializer.serialize_u64(small),
            _ => serializer.collect_str(&value),
        }
    }
}

impl<'de, T: TryFrom<u128>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor(PhantomData))
    }
}

struct WholeVisitor<T>(PhantomData<T>);

impl<T: TryFrom<u128>> Visitor<'_> for WholeVisitor<T> {
    type Value = Whole<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a whole number, as a number or a decimal string, that fits its field")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Whole<T>, E> {
        let whole = T::try_from(u128::from(value));
        whole.map(Whole).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Whole<T>, E> {
        let whole = value.parse::<u128>().ok().and_then(|parsed| T::try_from(parsed).ok());
        whole.map(Whole).ok_or_else(|| E::invalid_value(Unexpected::Str(value), &self))
    }
}

/// For `#[serde(with)]` on an `f64`.
pub(super) mod real {
    use super::{Deserialize, Deserializer, Real, Serialize, Serializer};

    // The signature is serde's: `with` hands over a reference to the field.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        Real(*value).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Real::deserialize(deserializer).map(|real| real.0)
    }
}

/// For `#[serde(with)]` on an `Option<f64>` whose absence is the absence of the key.
pub(super) mod optional_real {
    use super::{Deserialize, Deserializer, Real, Serialize, Serializer};

    // The signature is serde's: `with` hands over a reference to the field.
    #[allow(clippy::ref_option)]
    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Real).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Real::deserialize(deserializer).map(|real| Some(real.0))
    }
}

/// For `#[serde(with)]` on an unsigned integer of any width.
pub(super) mod whole {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Whole};

    pub fn serialize<T: Copy + Into<u128>, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        Whole(*value).serialize(serializer)
    }

    pub fn deserialize<'de, T: TryFrom<u128>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        Whole::deserialize(deserializer).map(|whole| whole.0)
    }
}

/// For `#[serde(with)]` on an optional unsigned integer whose absence is the absence of the key.
pub(super) mod optional_whole {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Whole};

    // The signature is serde's: `with` hands over a reference to the field.
    #[allow(clippy::ref_option)]
    pub fn serialize<T: Copy + Into<u128>, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Whole).serialize(serializer)
    }

    pub fn deserialize<'de, T: TryFrom<u128>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Whole::deserialize(deserializer).map(|whole| Some(whole.0))
    }
}

/// For `#[serde(with)]` on a list of unsigned integers.
pub(super) mod wholes {
    use super::{Deserialize, Deserializer, Serializer, Whole};

    pub fn serialize<T: Copy + Into<u128>, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().copied().map(Whole))
    }

    pub fn deserialize<'de, T: TryFrom<u128>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        let wholes = Vec::<Whole<T>>::deserialize(deserializer)?;
        Ok(wholes.into_iter().map(|whole| whole.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Sample {
        #[serde(with = "whole")]
        universe: u128,
        #[serde(with = "wholes")]
        seeds: Vec<u64>,
        #[serde(with = "real")]
        loss: f64,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_real")]
        rate: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_whole")]
        scored: Option<u64>,
    }

    #[test]
    fn large_integers_and_infinities_are_strings_and_the_rest_is_not() {
        let sample = Sample {
            universe: 1 << 64,
            seeds: vec![0, 1 << 53, (1 << 53) + 1],
            loss: f64::INFINITY,
            rate: Some(2.5),
            scored: None,
        };
        let text = serde_json::to_string(&sample).unwrap();
        let expected = concat!(
            r#"{"universe":"18446744073709551616","seeds":[0,9007199254740992,"9007199254740993"],"#,
            r#""loss":"inf","rate":2.5}"#
        );
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Sample>(&text).unwrap(), sample);
    }

    #[test]
    fn what_does_not_fit_the_field_is_refused() {
        let text = r#"{"universe":4,"seeds":["18446744073709551616"],"loss":0}"#;
        assert!(serde_json::from_str::<Sample>(text).unwrap_err().to_string().contains("18446744073709551616"));
        let text = r#"{"universe":-4,"seeds":[],"loss":0}"#;
        assert!(serde_json::from_str::<Sample>(text).is_err());
        let text = r#"{"universe":4,"seeds":[],"loss":"Infinity"}"#;
        assert!(serde_json::from_str::<Sample>(text).is_err());
    }

    #[test]
    fn not_a_number_survives() {
        let text = serde_json::to_string(&[Real(f64::NAN), Real(f64::NEG_INFINITY)]).unwrap();
        assert_eq!(text, r#"["nan","-inf"]"#);
        let back: Vec<Real> = serde_json::from_str(&text).unwrap();
        assert!(back[0].0.is_nan());
        assert!(back[1].0 == f64::NEG_INFINITY);
    }

    proptest! {
        /// A resumed run continues from numbers that went through JSON, so they must come back to the last bit;
        /// `serde_json` does that only with its feature `float_roundtrip`.
        #[test]
        fn every_double_comes_back_to_the_bit(bits: u64) {
            let value = f64::from_bits(bits);
            let text = serde_json::to_string(&Real(value)).unwrap();
            let back = serde_json::from_str::<Real>(&text).unwrap().0;
            prop_assert!(back.to_bits() == bits || value.is_nan() && back.is_nan());
        }

        #[test]
        fn every_whole_number_comes_back(value: u128) {
            let text = serde_json::to_string(&Whole(value)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Whole<u128>>(&text).unwrap().0, value);
        }
    }
}
