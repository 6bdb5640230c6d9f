//! One name, one Burn device: what this binary has, what this machine has, and what each backend can do.

use burn::tensor::Device;
use rote_models::Kernels;
use rote_models::kernels::simd::Isa;
use serde::Serialize;
use thiserror::Error;

use crate::config::{BackendConfig, BackendKind};
use crate::record::run_json::DeviceRecord;

/// A backend ready to compute.
pub struct Opened {
    /// The device, without autodiff.
    pub device: Device,
    /// The kernels that were chosen.
    pub kernels: Kernels,
    /// The name to record: `flex`, `ndarray+composed`, ...
    pub name: String,
    /// What the device is.
    pub identity: DeviceRecord,
}

/// Why a backend cannot be used.
#[derive(Debug, Error)]
pub enum BackendError {
    /// The binary was built without it.
    #[error(
        "backend.name = \"{name}\": GPU backends are no part of this version\n  allowed: {}\n  fix: choose one of these with \
         --backend NAME",
        built_in().join(", ")
    )]
    NotBuiltIn {
        /// The backend's name.
        name: String,
    },
}

/// The backends of this binary.
fn built_in() -> Vec<&'static str> {
    vec![BackendKind::Flex.name(), BackendKind::NdArray.name()]
}

/// Opens the device that a configuration names.
///
/// # Errors
/// [`BackendError`] if the binary or the machine does not have it.
pub fn open(config: &BackendConfig) -> Result<Opened, BackendError> {
    let device = match config.kind {
        BackendKind::Flex => Device::flex(),
        #[expect(deprecated, reason = "upstream retires it with Burn 0.23; it is offered for comparison until then")]
        BackendKind::NdArray => Device::ndarray(),
        BackendKind::Wgpu | BackendKind::Vulkan | BackendKind::Cuda => {
            return Err(BackendError::NotBuiltIn { name: config.device_name() });
        }
    };
    let suffix = if config.kind == BackendKind::Flex && config.kernels == Kernels::Composed { "+composed" } else { "" };
    let name = format!("{}{suffix}", config.device_name());
    Ok(Opened { device, kernels: config.kernels, name, identity: cpu() })
}

/// One line of `rote devices`.
#[derive(Clone, Debug, Serialize)]
pub struct Listing {
    /// What `--backend` takes.
    pub backend: &'static str,
    /// Whether it works here and now.
    pub available: bool,
    /// The device behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceRecord>,
    /// Threads that it can use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The instruction set of its fused kernels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction_set: Option<&'static str>,
    /// The kernels that it has, the default first.
    pub kernels: Vec<&'static str>,
    /// What to know before choosing it, or why it does not work.
    pub note: &'static str,
}

/// Every backend there is, in the order of preference.
pub fn list() -> Vec<Listing> {
    let cpu_listing = |backend: BackendKind, kernels, isa, note| Listing {
        backend: backend.name(),
        available: true,
        device: Some(cpu()),
        threads: Some(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
        instruction_set: isa,
        kernels,
        note,
    };
    let missing = |backend: BackendKind| Listing {
        backend: backend.name(),
        available: false,
        device: None,
        threads: None,
        instruction_set: None,
        kernels: Vec::new(),
        note: "not built into this binary",
    };
    let both = vec![Kernels::Fused.name(), Kernels::Composed.name()];
    vec![
        cpu_listing(BackendKind::Flex, both, Some(Isa::best().name()), "the default; `cpu` means the same"),
        cpu_listing(
            BackendKind::NdArray,
            vec![Kernels::Composed.name()],
            None,
            "for comparison; retired upstream after Burn 0.22",
        ),
        missing(BackendKind::Wgpu),
        missing(BackendKind::Vulkan),
        missing(BackendKind::Cuda),
    ]
}

/// The processor, as the system names it.
fn cpu() -> DeviceRecord {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned());
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB"));
    let memory_bytes =
        total.and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok()).map(|kilobytes| kilobytes * 1024);
    DeviceRecord { name, driver: None, memory_bytes }
}
