//! Random bits that belong to a claim: the hash functions of memories that are no networks.

use super::stream::{StreamKey, derive, threefry};

/// A keyed function of claims whose values look independent of the claims and of those of every other key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimHash {
    key: [u32; 2],
}

impl ClaimHash {
    /// The function that `label` and `number` name below `key`.
    pub fn new(key: &StreamKey, label: &str, number: u64) -> Self {
        Self { key: derive(key, label, u128::from(number)) }
    }

    /// 64 bits that belong to `claim`.
    pub fn of(&self, claim: u64) -> u64 {
        let [low, high] = threefry(self.key, [claim as u32, (claim >> 32) as u32]);
        u64::from(high) << 32 | u64::from(low)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{purpose, stream_key};
    use super::*;

    #[test]
    fn labels_and_numbers_name_different_functions() {
        let key = stream_key(3, purpose::FILTERS);
        let value = |label, number| ClaimHash::new(&key, label, number).of(17);
        assert_eq!(value("places", 0), value("places", 0));
        assert_ne!(value("places", 0), value("places", 1));
        assert_ne!(value("places", 0), value("fingerprints", 0));
    }

    /// Each of the 64 bits is set for half of the claims; the limit is 5 standard deviations of a fair coin.
    #[test]
    fn neighbouring_claims_have_fair_bits() {
        const CLAIMS: u64 = 1 << 14;
        let hash = ClaimHash::new(&stream_key(0, purpose::FILTERS), "fair", 0);
        let mut set = [0_u32; 64];
        for claim in 0..CLAIMS {
            let value = hash.of(claim);
            set.iter_mut().enumerate().for_each(|(bit, count)| *count += u32::from(value >> bit & 1 == 1));
        }
        let limit = 5.0 * (CLAIMS as f64 / 4.0).sqrt();
        assert!(set.iter().all(|&count| (f64::from(count) - CLAIMS as f64 / 2.0).abs() < limit), "{set:?}");
    }
}
