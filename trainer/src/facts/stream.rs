//! Random streams: a key for every purpose of every member, and draws that are functions of (key, counter), so that
//! neither the order of the work nor the backend can change them.

use super::VERSION;

/// The key of one random stream.
pub type StreamKey = [u32; 8];

/// The purposes for which a member draws random numbers, one stream each.
pub mod purpose {
    /// Which claims are facts.
    pub const FACTS: &str = "facts";
    /// The non-facts of each training step.
    pub const NEGATIVES: &str = "negatives";
    /// Initial weights.
    pub const INIT: &str = "init";
    /// The order of the facts in minibatches.
    pub const BATCHES: &str = "batches";
    /// Samples taken by evaluation.
    pub const EVALUATION: &str = "evaluation";
    /// Random codes of claims.
    pub const CODES: &str = "codes";
    /// The hash functions of memories that are no networks.
    pub const FILTERS: &str = "filters";
}

/// The key of the stream for `purpose` of the member with this `seed`: BLAKE3 in key derivation mode. Streams of
/// different seeds, purposes or [`VERSION`]s are independent.
pub fn stream_key(seed: u64, purpose: &str) -> StreamKey {
    let mut hasher = blake3::Hasher::new_derive_key("rote: the random streams of one member");
    hasher.update(&VERSION.to_le_bytes()).update(&seed.to_le_bytes()).update(purpose.as_bytes());
    words(&mut hasher.finalize_xof())
}

/// `N` words that depend on all of `key`, `label` and `number`: the way from a stream's key to the keys below it.
pub(super) fn derive<const N: usize>(key: &StreamKey, label: &str, number: u128) -> [u32; N] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.chunks_exact_mut(4).zip(key) {
        four.copy_from_slice(&word.to_le_bytes());
    }
    let mut hasher = blake3::Hasher::new_keyed(&bytes);
    hasher.update(&number.to_le_bytes()).update(label.as_bytes());
    words(&mut hasher.finalize_xof())
}

fn words<const N: usize>(output: &mut blake3::OutputReader) -> [u32; N] {
    std::array::from_fn(|_| {
        let mut bytes = [0; 4];
        output.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    })
}

/// The key of one step of a stream. Different steps of one stream have different keys, since each of the two blocks
/// is a bijection of the step.
pub(super) fn step_key(key: &StreamKey, step: u64) -> [u32; 2] {
    let [a, b, c, d, ..] = *key;
    threefry([c, d], threefry([a, b], [step as u32, (step >> 32) as u32]))
}

/// Threefry-2x32 with 20 rounds: 64 random bits for a 64-bit counter, in additions, rotations and exclusive ors of 32
/// bits, which every GPU has. Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "it must be compiled for the instruction set that its caller's loop is dispatched to"
)]
pub(super) fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    const EVEN: [u32; 4] = [13, 15, 26, 6];
    const ODD: [u32; 4] = [17, 29, 16, 24];
    let [k, l] = key;
    let m = k ^ l ^ 0x1BD1_1BDA;
    // Written out, because a loop in here would keep the caller's loop from becoming vector instructions.
    let words = [counter[0].wrapping_add(k), counter[1].wrapping_add(l)];
    let words = four_rounds(words, EVEN, [l, m.wrapping_add(1)]);
    let words = four_rounds(words, ODD, [m, k.wrapping_add(2)]);
    let words = four_rounds(words, EVEN, [k, l.wrapping_add(3)]);
    let words = four_rounds(words, ODD, [l, m.wrapping_add(4)]);
    four_rounds(words, EVEN, [m, k.wrapping_add(5)])
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "as for threefry")]
fn four_rounds(words: [u32; 2], rotations: [u32; 4], keys: [u32; 2]) -> [u32; 2] {
    let round = |[a, b]: [u32; 2], rotation| {
        let sum = a.wrapping_add(b);
        [sum, b.rotate_left(rotation) ^ sum]
    };
    let words = round(round(words, rotations[0]), rotations[1]);
    let [a, b] = round(round(words, rotations[2]), rotations[3]);
    [a.wrapping_add(keys[0]), b.wrapping_add(keys[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that ship with the authors' Random123 library.
    #[test]
    fn threefry_gives_the_published_answers() {
        assert_eq!(threefry([0; 2], [0; 2]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry([u32::MAX; 2], [u32::MAX; 2]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(threefry([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]), [0xc492_3a9c, 0x483d_f7a0]);
    }

    #[test]
    fn streams_differ_by_seed_purpose_label_and_number() {
        let key = stream_key(1, purpose::FACTS);
        let mut keys = vec![key, stream_key(2, purpose::FACTS), stream_key(1, purpose::CODES)];
        keys.extend([derive(&key, "a", 0), derive(&key, "b", 0), derive(&key, "a", 1)]);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 6);
        assert_ne!(step_key(&key, 1), step_key(&key, 1 << 32));
    }
}
