//! One name, one Burn device: what this binary has, what this machine has, what each backend can do, and what is done
//! where a device fails or cannot be trusted.

mod adapters;
#[cfg(any(feature = "wgpu", test))]
mod card;
pub mod check;
#[cfg(any(feature = "gpu", test))]
mod choice;
mod complaints;
mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "gpu")]
mod engine;
mod error;
mod failure;
mod features;
#[cfg(feature = "wgpu")]
mod graphics;
mod list;
mod machine;
mod memory;

use burn::tensor::Device;
use rote_models::Kernels;

pub use self::adapters::{Adapter, AdapterKind};
pub use self::error::BackendError;
#[cfg(feature = "gpu")]
pub use self::failure::read_integers;
pub use self::failure::{DeviceFailure, guarded, guarded_on, read};
pub use self::features::features;
#[cfg(all(feature = "wgpu", test))]
pub(crate) use self::graphics::for_tests;
#[cfg(feature = "wgpu")]
pub use self::graphics::lose_devices;
pub use self::list::{Listing, list};
pub use self::machine::Missing;
pub use self::memory::{Division, Limits, TooLarge, composed_bytes};
use crate::config::{BackendConfig, BackendKind};
use crate::record::run_json::{DeviceRecord, EngineRecord};

/// What the engine says belongs to the process: tests that make it speak, and tests that open a device, take turns.
#[cfg(all(feature = "gpu", test))]
pub(crate) static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// A backend ready to compute.
pub struct Opened {
    /// The device, without autodiff.
    pub device: Device,
    /// The kernels that were chosen.
    pub kernels: Kernels,
    /// The name to record: `flex`, `flex+composed`, `wgpu:0`, ...
    pub name: String,
    /// What the device is.
    pub identity: DeviceRecord,
    /// What it can hold.
    pub limits: Limits,
    /// How a GPU's kernels are made; `None` on the CPU.
    pub engine: Option<EngineRecord>,
}

/// Opens the device that a configuration names, and no other.
///
/// # Errors
/// [`BackendError`] if the binary or the machine does not have it, or it is not clear which one is meant.
pub fn open(config: &BackendConfig) -> Result<Opened, BackendError> {
    match config.kind {
        BackendKind::Flex => Ok(on_cpu(Device::flex(), config)),
        #[expect(deprecated, reason = "upstream retires it with Burn 0.23; it is offered for comparison until then")]
        BackendKind::NdArray => Ok(on_cpu(Device::ndarray(), config)),
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu => graphics::open(config),
        #[cfg(feature = "vulkan")]
        BackendKind::Vulkan => graphics::open(config),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => cuda::open(config),
        #[allow(unreachable_patterns, reason = "a binary with every feature has every backend")]
        kind => Err(not_built_in(kind, config)),
    }
}

/// Makes sure that the binary and the machine have what a configuration names, as far as that is known without opening
/// it: this process stays free to compute on something else.
///
/// # Errors
/// [`BackendError`] as [`open`] gives it.
pub fn require(config: &BackendConfig) -> Result<(), BackendError> {
    match config.kind {
        BackendKind::Flex | BackendKind::NdArray => Ok(()),
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu => graphics::require(config),
        #[cfg(feature = "vulkan")]
        BackendKind::Vulkan => graphics::require(config),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => cuda::require(config),
        #[allow(unreachable_patterns, reason = "a binary with every feature has every backend")]
        kind => Err(not_built_in(kind, config)),
    }
}

/// Whether a device is one of `CubeCL`'s.
#[cfg(feature = "gpu")]
pub fn is_gpu(device: &Device) -> bool {
    matches!(device.as_dispatch(), burn::backend::DispatchDevice::Cube(_))
}

fn on_cpu(device: Device, config: &BackendConfig) -> Opened {
    let suffix = if config.kind == BackendKind::Flex && config.kernels == Kernels::Composed { "+composed" } else { "" };
    Opened {
        device,
        kernels: config.kernels,
        name: format!("{}{suffix}", config.device_name()),
        identity: cpu::processor(),
        limits: Limits::default(),
        engine: None,
    }
}

fn not_built_in(kind: BackendKind, config: &BackendConfig) -> BackendError {
    let feature = features::feature(kind).unwrap_or_default();
    let (install, build) = features::commands(feature);
    let allowed = features::built_in().join(", ");
    BackendError::NotBuiltIn { name: config.device_name(), feature, allowed, install, build }
}
