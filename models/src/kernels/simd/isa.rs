//! The instruction sets that the kernels are compiled for, and which of them this machine has.

use pulp::{Simd, WithSimd};

use crate::shape::Shape;

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// Whatever the target has at least; multiplies and adds round apart, so its last bits differ from the others'.
    Portable,
    /// 128-bit vectors of 64-bit ARM.
    Neon,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors.
    Avx512,
}

impl Isa {
    /// Every set that this machine has, the widest last.
    pub fn available() -> Vec<Self> {
        [Self::Portable, Self::Neon, Self::Avx2, Self::Avx512].into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// The widest set that this machine has.
    pub fn best() -> Self {
        if Self::Avx512.is_available() {
            Self::Avx512
        } else if Self::Avx2.is_available() {
            Self::Avx2
        } else if Self::Neon.is_available() {
            Self::Neon
        } else {
            Self::Portable
        }
    }

    /// The name used in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2+fma",
            Self::Avx512 => "avx512",
        }
    }

    fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "aarch64")]
            Self::Neon => pulp::aarch64::Neon::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::try_new().is_some(),
            #[allow(unreachable_patterns, reason = "which sets are left depends on the target")]
            _ => false,
        }
    }

    /// Lanes of the vectors that suit a shape: the widest, unless padding to them would cost more than they gain.
    pub(super) fn lanes_for(self, shape: &Shape) -> usize {
        match self {
            Self::Portable | Self::Neon => 4,
            Self::Avx2 => 8,
            Self::Avx512 => {
                let padded = |lanes: usize| shape.widths.iter().map(|w| w.next_multiple_of(lanes)).sum::<usize>();
                if 2 * padded(16) > 3 * padded(8) { 8 } else { 16 }
            }
        }
    }

    /// Runs an operation compiled for this set with vectors of `lanes` numbers; the portable one where it is missing.
    pub(super) fn run<Op: WithSimd>(self, lanes: usize, operation: Op) -> Op::Output {
        #[cfg(target_arch = "x86_64")]
        match (self, lanes) {
            (Self::Avx512, 16) => {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            (Self::Avx512 | Self::Avx2, 8) => {
                if let Some(simd) = pulp::x86::V3::try_new() {
                    return Simd::vectorize(simd, operation);
                }
            }
            _ => {}
        }
        #[cfg(target_arch = "aarch64")]
        if self == Self::Neon
            && let Some(simd) = pulp::aarch64::Neon::try_new()
        {
            return Simd::vectorize(simd, operation);
        }
        assert_eq!(lanes, 4, "{} is missing on this machine", self.name());
        Simd::vectorize(pulp::Scalar128b, operation)
    }
}
