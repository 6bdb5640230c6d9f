//! Capacities that others report, for the axis of a plot.

use crate::units::Bits;

/// A published number of bits a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedCapacity {
    /// Bits a parameter, or a weight.
    pub bits_per_parameter: Bits,
    /// What stored them, and how it was measured.
    pub what: &'static str,
    /// Where it is reported.
    pub source: &'static str,
}

/// Published capacities, networks before perceptrons. They are of other tasks than membership: the language models
/// reproduce values given keys, the perceptrons labels of random patterns ([`fn@super::perceptron`] has the biased
/// ones).
pub const PUBLISHED: &[PublishedCapacity] = &[
    PublishedCapacity {
        bits_per_parameter: Bits(2.0),
        what: "language models, synthetic tuples shown about 1000 times each; kept when quantised to int8",
        source: ALLEN_ZHU,
    },
    PublishedCapacity {
        bits_per_parameter: Bits(1.0),
        what: "language models, synthetic tuples shown about 100 times each",
        source: ALLEN_ZHU,
    },
    PublishedCapacity {
        bits_per_parameter: Bits(3.6),
        what: "GPT-style models trained to saturation on uniformly random tokens, typical value",
        source: MORRIS,
    },
    PublishedCapacity {
        bits_per_parameter: Bits(3.51),
        what: "GPT-style models trained to saturation on uniformly random tokens, bfloat16 weights",
        source: MORRIS,
    },
    PublishedCapacity {
        bits_per_parameter: Bits(3.83),
        what: "GPT-style models trained to saturation on uniformly random tokens, float32 weights",
        source: MORRIS,
    },
    PublishedCapacity {
        bits_per_parameter: Bits(2.0),
        what: "perceptron with real weights, balanced labels of random patterns, exact",
        source: "Cover, IEEE Trans. Electronic Computers EC-14, 1965; Gardner, J. Phys. A 21, 257, 1988",
    },
    PublishedCapacity {
        bits_per_parameter: Bits(0.833),
        what: "perceptron with weights of +1 and -1, balanced labels of random patterns, replica calculation",
        source: "Krauth & Mézard, J. Physique 50, 3057, 1989; arXiv 2401.15092 on what of it is proved",
    },
];

const ALLEN_ZHU: &str = "Allen-Zhu & Li, Physics of Language Models: Part 3.3, ICLR 2025, arXiv 2404.05405";
const MORRIS: &str = "Morris et al., How much do language models memorize?, 2025, arXiv 2505.24832";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_source_with_a_year() {
        for published in PUBLISHED {
            assert!(published.bits_per_parameter > Bits(0.0) && published.bits_per_parameter < Bits(32.0));
            assert!(!published.what.is_empty());
            assert!(published.source.contains("19") || published.source.contains("20"), "{}", published.source);
        }
    }
}
