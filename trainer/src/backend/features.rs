//! What this binary was built with, and the commands that build one with more.

use crate::config::{AUTOTUNE, BackendKind};

/// The Cargo features of this binary that change what it can do.
pub fn features() -> Vec<&'static str> {
    let all = [
        (cfg!(feature = "wgpu"), "wgpu"),
        (cfg!(feature = "vulkan"), "vulkan"),
        (cfg!(feature = "cuda"), "cuda"),
        (AUTOTUNE, "autotune"),
    ];
    all.into_iter().filter(|(built, _)| *built).map(|(_, name)| name).collect()
}

/// The feature that brings a backend; the CPU's need none.
pub(super) fn feature(kind: BackendKind) -> Option<&'static str> {
    (!kind.is_cpu()).then(|| kind.name())
}

/// Whether this binary has a backend.
pub(super) fn is_built_in(kind: BackendKind) -> bool {
    feature(kind).is_none_or(|feature| features().contains(&feature))
}

/// The backends of this binary, by name.
pub(super) fn built_in() -> Vec<&'static str> {
    BackendKind::ALL.into_iter().filter(|&kind| is_built_in(kind)).map(BackendKind::name).collect()
}

/// The commands, in a clone of the repository, that install and that build a binary with `feature` and all that this one
/// has.
pub(super) fn commands(feature: &str) -> (String, String) {
    let mut all = vec![feature];
    all.extend(features().into_iter().filter(|other| *other != feature));
    let all = all.join(",");
    (
        format!("cargo install --locked --path trainer --features {all}"),
        format!("cargo build --release --locked --features {all}"),
    )
}
