//! Failures that are known and not ours. They stay in the suite under the name of their issue, and the table shows
//! them.

use crate::outcome::About;

/// A case that is expected to fail somewhere.
pub struct ExpectedFailure {
    pub case: &'static str,
    /// Where.
    on: fn(&About) -> bool,
    /// The upstream issue, or what goes wrong upstream if none is known.
    pub issue: &'static str,
}

/// All of them.
const EXPECTED: &[ExpectedFailure] = &[
    ExpectedFailure {
        case: "slope of Burn's gelu",
        on: |about| !about.backend.starts_with("flex"),
        issue: "Burn's gelu_backward differentiates the approximation by tanh, with six digits, while gelu itself is \
                the exact one; Rote composes gelu from erf instead",
    },
    ExpectedFailure {
        case: "sums of more than 65534 rows",
        on: |about| about.device.contains("llvmpipe"),
        issue: "Mesa's llvmpipe, a software driver, ends the loops of a shader after 65535 iterations without a word \
                (LP_MAX_TGSI_LOOP_ITERATIONS), and so cuts longer sums off",
    },
];

/// The known failure of a case on a backend, if there is one.
pub fn expected(case: &str, about: &About) -> Option<&'static ExpectedFailure> {
    EXPECTED.iter().find(|expected| expected.case == case && (expected.on)(about))
}
