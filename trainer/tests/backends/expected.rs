//! Failures that are known and not ours. They stay in the suite under the name of their issue, and the table shows them.

use crate::mode::Mode;

/// A case that is expected to fail somewhere.
pub struct ExpectedFailure {
    pub case: &'static str,
    /// Where.
    pub on: fn(&Mode) -> bool,
    /// The upstream issue, or what goes wrong upstream if none is known.
    pub issue: &'static str,
}

/// All of them.
const EXPECTED: &[ExpectedFailure] = &[ExpectedFailure {
    case: "slope of Burn's gelu",
    on: |mode| !mode.backend.starts_with("flex"),
    issue: "Burn's gelu_backward differentiates the approximation by tanh, with six digits, while gelu itself is the \
            exact one; Rote composes gelu from erf instead",
}];

/// The known failure of a case in a mode, if there is one.
pub fn expected(case: &str, mode: &Mode) -> Option<&'static ExpectedFailure> {
    EXPECTED.iter().find(|expected| expected.case == case && (expected.on)(mode))
}
