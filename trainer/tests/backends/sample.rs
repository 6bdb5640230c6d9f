//! Inputs: reproducible numbers that depend on a seed alone.

/// A stream of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Sample(u64);

impl Sample {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// 64 bits, by `SplitMix64`.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Uniform numbers between `-limit` and `limit`.
    pub fn numbers(&mut self, count: usize, limit: f32) -> Vec<f32> {
        let mut number = || {
            let unit = (self.next() >> 40) as f32 / (1_u32 << 24) as f32;
            limit * (2.0 * unit - 1.0)
        };
        (0..count).map(|_| number()).collect()
    }

    /// Whole numbers between `-limit` and `limit`. Sums and products of few enough of them are exact in any order, in
    /// single precision and in TF32, so that one term too few or too many shows.
    pub fn whole(&mut self, count: usize, limit: u16) -> Vec<f32> {
        (0..count).map(|_| self.below(2 * usize::from(limit) + 1) as f32 - f32::from(limit)).collect()
    }

    /// Packed rows of `inputs` bits, whose unused bits are 0.
    pub fn words(&mut self, rows: usize, inputs: usize) -> Vec<i32> {
        let width = inputs.div_ceil(32);
        let last = u32::MAX >> (32 * width - inputs);
        let mask = |index: usize| if (index + 1).is_multiple_of(width) { last } else { u32::MAX };
        (0..rows * width).map(|index| (self.next() as u32 & mask(index)).cast_signed()).collect()
    }
}
