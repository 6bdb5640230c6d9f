//! Bits a key of filters without false negatives.
//!
//! With `l = log2(1/eps)`, the least that any such filter of sparse keys needs (Guo & Li, Theorem 3.1 at `eps_K = 0`):
//!
//! | filter | bits a key | source |
//! |---|---|---|
//! | Bloom, best number of hashes | `l / ln 2` | Bloom 1970; 44 % over as in Graf & Lemire 2022 |
//! | cuckoo, 4 entries a bucket | `(l + 3) / .955` | Fan et al. 2014: `log2(2b)` more bits an entry, 95.5 % full |
//! | cuckoo with sorted buckets | `(l + 2) / .955` | the same: sorting a bucket saves a bit an entry |
//! | rank-and-select quotient | `(l + 2.125) / .95` | Pandey et al. 2017: 2 + 8/64 more bits a slot, 95 % full |
//! | xor | `1.23 l` | Graf & Lemire, *Xor filters*, JEA 25, 2020 |
//! | binary fuse, 3-wise | `1.125 l` | Graf & Lemire, *Binary fuse filters*, JEA 27, 2022, arXiv 2201.01174 |
//! | binary fuse, 4-wise | `1.075 l` | the same |
//! | ribbon, at 5 % overhead | `1.05 l` | Dillinger & Walzer, arXiv 2103.02515, report below 10 % |
//! | `BuRR`, at 1 % overhead | `1.01 l` | Dillinger et al., arXiv 2109.01892, report below 1 % |
//!
//! Fan, Andersen, Kaminsky & Mitzenmacher 2014 is *Cuckoo filter: practically better than Bloom*; Pandey, Bender,
//! Johnson & Patro 2017 is *A general-purpose counting filter* (SIGMOD). These are the sizes of large tables; the
//! fingerprints of real ones are whole bits.

use std::f64::consts::LN_2;

use crate::error::{DomainError, require};
use crate::units::Bits;

/// Bits a key of each filter at one false-positive rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilterBits {
    /// The least possible: `log2(1/eps)`.
    pub optimal: Bits,
    /// Bloom filter with the best number of hashes.
    pub bloom: Bits,
    /// Cuckoo filter with buckets of four.
    pub cuckoo: Bits,
    /// Cuckoo filter with sorted buckets of four.
    pub cuckoo_semisorted: Bits,
    /// Rank-and-select quotient filter.
    pub quotient: Bits,
    /// Xor filter.
    pub xor: Bits,
    /// Binary fuse filter, 3-wise.
    pub binary_fuse_3: Bits,
    /// Binary fuse filter, 4-wise.
    pub binary_fuse_4: Bits,
    /// Ribbon filter at an overhead of 5 %.
    pub ribbon: Bits,
    /// Bumped ribbon retrieval at an overhead of 1 %.
    pub burr: Bits,
}

/// Bits a key of filters that pass the share `false_positive_rate` of the non-facts and every fact.
///
/// # Errors
/// A rate outside `(0, 1)`.
pub fn filters(false_positive_rate: f64) -> Result<FilterBits, DomainError> {
    let valid = false_positive_rate > 0.0 && false_positive_rate < 1.0;
    require(valid, "false_positive_rate", false_positive_rate, "lie in (0, 1)")?;
    let optimal = Bits(-false_positive_rate.log2());
    Ok(FilterBits {
        optimal,
        bloom: optimal / LN_2,
        cuckoo: (optimal + Bits(3.0)) / 0.955,
        cuckoo_semisorted: (optimal + Bits(2.0)) / 0.955,
        quotient: (optimal + Bits(2.125)) / 0.95,
        xor: optimal * 1.23,
        binary_fuse_3: optimal * 1.125,
        binary_fuse_4: optimal * 1.075,
        ribbon: optimal * 1.05,
        burr: optimal * 1.01,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_filter_beats_the_optimum() {
        for rate in [0.9, 0.5, 1.0 / 256.0, 1e-9, 1e-300] {
            let bits = filters(rate).unwrap();
            for (name, found) in [
                ("bloom", bits.bloom),
                ("cuckoo", bits.cuckoo),
                ("cuckoo_semisorted", bits.cuckoo_semisorted),
                ("quotient", bits.quotient),
                ("xor", bits.xor),
                ("binary_fuse_3", bits.binary_fuse_3),
                ("binary_fuse_4", bits.binary_fuse_4),
                ("ribbon", bits.ribbon),
                ("burr", bits.burr),
            ] {
                assert!(found > bits.optimal, "{name} at {rate}: {found}");
            }
        }
    }

    #[test]
    fn the_rate_is_checked_by_name() {
        for rate in [0.0, 1.0, -0.5, f64::NAN] {
            let error = filters(rate).unwrap_err().to_string();
            assert!(error.starts_with(&format!("false_positive_rate = {rate}: must lie in (0, 1)")), "{error}");
        }
    }
}
