//! A filter beside the network.
//!
//! A claim passes if both the network and the filter let it: the filter's hash is independent of what the network
//! learnt, so the shares of the non-facts that pass multiply. A filter of `b` bits a fact lets `2^-b` of them through
//! and so lowers `q` to `q 2^-b`, exactly what `b` further bits a fact inside the network would do. A network that
//! stores `c` bits a parameter needs `b / c` more parameters a fact for it. Retrieval is memory, at its own price.

use super::require_positive;
use crate::error::{DomainError, require, require_rate};
use crate::units::Bits;

/// What a filter beside the network does, and what would do the same inside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExternalFilter {
    /// Share of the non-facts that still passes: `q 2^-b`.
    pub hallucinated: f64,
    /// Parameters a fact with which the network would get there by itself: `b / c`.
    pub parameters_per_fact: f64,
}

/// The exchange rate of a filter of `filter` bits a fact beside a network that hallucinates the share `hallucinated`
/// and stores `per_parameter` bits a parameter.
///
/// The bits are those of an optimal filter, `log2(1/eps)`; [`fn@crate::yardstick::filters`] says how many real ones
/// take for the same `eps`.
///
/// # Errors
/// A share outside `[0, 1]`, filter bits that are negative, infinite or undefined, a capacity that is not positive and
/// finite.
pub fn external_filter(hallucinated: f64, filter: Bits, per_parameter: Bits) -> Result<ExternalFilter, DomainError> {
    require_rate("hallucinated", hallucinated)?;
    require(filter.0 >= 0.0 && filter.0.is_finite(), "filter", filter.0, "be at least 0 bits and finite")?;
    require_positive("per_parameter", per_parameter.0)?;
    Ok(ExternalFilter {
        hallucinated: hallucinated * (-filter.0).exp2(),
        parameters_per_fact: filter.0 / per_parameter.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier;

    #[test]
    fn a_filter_does_what_its_bits_would_do_inside_the_network() {
        let q = |bits: f64| frontier::log_loss(Bits(bits), 1.0, 0.0).unwrap().channel.unwrap().hallucinated();
        let found = external_filter(q(4.0), Bits(6.5), Bits(2.0)).unwrap();
        assert!((found.hallucinated / q(10.5) - 1.0).abs() < 1e-14);
        assert_eq!(found.parameters_per_fact, 3.25);
    }

    #[test]
    fn arguments_are_checked_by_name() {
        let error = |q: f64, b: f64, c: f64| external_filter(q, Bits(b), Bits(c)).unwrap_err().to_string();
        assert!(error(1.5, 1.0, 1.0).starts_with("hallucinated = 1.5"));
        assert!(error(0.5, -1.0, 1.0).starts_with("filter = -1"));
        assert!(error(0.5, 1.0, 0.0).starts_with("per_parameter = 0"));
    }
}
