//! Numbers as people type them, and as they are shown.

/// Reads `0.05`, `1e-3`, `2^-20`, `1/1000`, `1/2^20` or `inf`; otherwise says what is wrong.
pub(super) fn parse(text: &str) -> Result<f64, &'static str> {
    let value = match text.split_once('/') {
        None => power(text)?,
        Some((above, below)) => {
            let (above, below) = (power(above)?, power(below)?);
            if below == 0.0 {
                return Err("a fraction over 0");
            }
            in_range(above / below, above == 0.0 || below.is_infinite(), above.is_infinite())?
        }
    };
    // Never -0, which would be shown as such.
    Ok(value + 0.0)
}

/// Reads a whole number, also as `2^20`.
pub(super) fn parse_count(text: &str) -> Result<u64, &'static str> {
    let text = text.trim();
    let problem = "not a whole number below 2^64";
    match text.split_once('^') {
        None => text.parse().map_err(|_| problem),
        Some((base, exponent)) => {
            let (base, exponent) = (base.trim().parse::<u64>(), exponent.trim().parse::<u32>());
            base.ok().zip(exponent.ok()).and_then(|(base, exponent)| base.checked_pow(exponent)).ok_or(problem)
        }
    }
}

fn power(text: &str) -> Result<f64, &'static str> {
    let Some((base, exponent)) = text.split_once('^') else { return decimal(text) };
    let (base_value, exponent_value) = (decimal(base)?, decimal(exponent)?);
    if base_value <= 0.0 || base_value.is_infinite() || exponent_value.is_infinite() {
        return Err("not a power of a positive number");
    }
    if base.trim() == "10" && exponent.trim().parse::<i32>().is_ok() {
        // The nearest double, which a power of 10 is not always.
        return decimal(&format!("1e{}", exponent.trim()));
    }
    in_range(base_value.powf(exponent_value), false, false)
}

fn decimal(text: &str) -> Result<f64, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a number is missing");
    }
    let value: f64 = text.parse().map_err(|_| "not a number")?;
    let digits = text.split(['e', 'E']).next().unwrap_or("");
    in_range(value, !digits.contains(|c: char| ('1'..='9').contains(&c)), text.to_ascii_lowercase().contains("inf"))
}

/// Refuses what became 0 or infinite only because a double cannot hold it: both mean something here.
fn in_range(value: f64, may_vanish: bool, may_be_infinite: bool) -> Result<f64, &'static str> {
    if value.is_nan() {
        Err("not a number")
    } else if value == 0.0 && !may_vanish {
        Err("too small for a double; write 0 if you mean that")
    } else if value.is_infinite() && !may_be_infinite {
        Err("too large for a double; write inf if you mean that")
    } else {
        Ok(value)
    }
}

/// A number for reading: six digits, without zeros that say nothing.
pub(super) fn shown(value: f64) -> String {
    significant(value, 6)
}

/// A number with so many significant digits at most.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan"
        } else if value > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return format!("{value}");
    }
    let rounded = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        without_trailing_zeros(&format!("{value:.decimals$}")).to_owned()
    } else {
        format!("{}e{exponent}", without_trailing_zeros(mantissa))
    }
}

/// An amount of memory, as sentences name it.
pub(super) fn bits_a_fact(bits: f64) -> String {
    let amount = significant(bits, 4);
    format!("{amount} {} a fact", if amount == "1" { "bit" } else { "bits" })
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0, 3))
}

/// A sparsity, as figures name it.
pub(super) fn sparsity_name(sparsity: f64) -> String {
    if sparsity == 0.0 { "p → 0".to_owned() } else { format!("p = {}", shown(sparsity)) }
}

fn without_trailing_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_form() {
        for (text, value) in [
            ("0.05", 0.05),
            (" 1e-3 ", 1e-3),
            ("2^-20", 1.0 / 1_048_576.0),
            ("2^0.5", std::f64::consts::SQRT_2),
            ("10^-3", 1e-3),
            ("10^-23", 1e-23),
            ("1/1000", 1e-3),
            ("255/256", 255.0 / 256.0),
            ("1/2^20", 1.0 / 1_048_576.0),
            ("3/inf", 0.0),
            ("inf", f64::INFINITY),
            ("Infinity", f64::INFINITY),
            ("0/7", 0.0),
            ("0e5", 0.0),
            ("-0.25", -0.25),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
        assert!(parse("-0").unwrap().is_sign_positive());
    }

    #[test]
    fn what_is_no_number_says_why() {
        for (text, problem) in [
            ("", "a number is missing"),
            ("1/", "a number is missing"),
            ("nan", "not a number"),
            ("0,5", "not a number"),
            ("5%", "not a number"),
            ("1/2/3", "not a number"),
            ("2^2^2", "not a number"),
            ("inf/inf", "not a number"),
            ("1/0", "a fraction over 0"),
            ("-2^2", "not a power of a positive number"),
            ("1e999", "too large for a double; write inf if you mean that"),
            ("2^5000", "too large for a double; write inf if you mean that"),
            ("1e-999", "too small for a double; write 0 if you mean that"),
            ("2^-5000", "too small for a double; write 0 if you mean that"),
            ("1e-300/1e300", "too small for a double; write 0 if you mean that"),
        ] {
            assert_eq!(parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(parse_count("97"), Ok(97));
        assert_eq!(parse_count("2^24"), Ok(1 << 24));
        for text in ["", "-1", "1.5", "1e6", "2^64", "2^-1", "18446744073709551616"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_shown_with_six_digits() {
        for (value, text) in [
            (4.555_919_123, "4.55592"),
            (0.1, "0.1"),
            (8.0, "8"),
            (1_048_576.0, "1048576"),
            (0.000_015_258_9, "1.52589e-5"),
            (0.000_152_589_1, "0.000152589"),
            (0.999_999_96, "1"),
            (123_456.7, "123457"),
            (1.5e300, "1.5e300"),
            (f64::INFINITY, "inf"),
            (0.0, "0"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(shown(value), text);
        }
        assert_eq!(percent(0.042_518_6), "4.25 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!([bits_a_fact(1.0), bits_a_fact(0.5)], ["1 bit a fact", "0.5 bits a fact"]);
    }
}
