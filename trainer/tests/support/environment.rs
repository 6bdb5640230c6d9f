//! Switches that tests take from the environment, read in one way everywhere.

/// Whether a variable such as `ROTE_REQUIRE_GPU` is on: set to anything but nothing and 0.
pub fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty() && value != "0")
}
