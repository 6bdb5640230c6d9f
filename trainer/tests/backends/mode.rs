//! What the suite runs on: each backend of this build, GPU backends with fusion off and on.

use std::fmt;

/// A backend and how it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    /// As `--backend` takes it: `flex`, `flex+composed`, `wgpu:1`.
    pub backend: String,
    pub fusion: bool,
}

const FUSION: &str = "+fusion";

impl Mode {
    /// Every mode of this build, or those that the environment names.
    pub fn all() -> Vec<Self> {
        let named = std::env::var("ROTE_SUITE_BACKENDS").unwrap_or_default();
        let backends: Vec<String> = if named.is_empty() {
            let gpus = [
                ("wgpu", cfg!(feature = "wgpu")),
                ("vulkan", cfg!(feature = "vulkan")),
                ("cuda", cfg!(feature = "cuda")),
            ];
            let gpus = gpus.into_iter().filter_map(|(name, built_in)| built_in.then_some(name));
            ["flex", "flex+composed", "ndarray"].into_iter().chain(gpus).map(str::to_owned).collect()
        } else {
            named.split(',').map(|name| name.trim().to_owned()).collect()
        };
        let modes = backends.into_iter().flat_map(|backend| {
            let fusion: &[bool] = if is_gpu(&backend) { &[false, true] } else { &[false] };
            fusion.iter().map(move |&fusion| Self { backend: backend.clone(), fusion })
        });
        modes.collect()
    }

    /// The inverse of its name.
    pub fn of(name: &str) -> Self {
        let backend = name.strip_suffix(FUSION);
        Self { backend: backend.unwrap_or(name).to_owned(), fusion: backend.is_some() }
    }

    pub fn is_gpu(&self) -> bool {
        is_gpu(&self.backend)
    }

    /// A case's full name.
    pub fn name_of(&self, case: &str) -> String {
        format!("{self}::{case}")
    }
}

fn is_gpu(backend: &str) -> bool {
    ["wgpu", "vulkan", "cuda"].iter().any(|gpu| backend.starts_with(gpu))
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.backend, if self.fusion { FUSION } else { "" })
    }
}
