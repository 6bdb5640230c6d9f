//! The settings of the GPU engine. They belong to the process and must be made before its first tensor; made here, they
//! hold whatever files or variables of the engine's own lie about.

use std::sync::{Mutex, PoisonError};

use burn::BurnConfig;
use burn::backend::DispatchDevice;
use burn::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use burn::tensor::Device;

use super::adapters::Adapter;
use super::error::BackendError;
use super::memory::Limits;
use super::{Opened, complaints};
use crate::config::{AUTOTUNE, BackendConfig};
use crate::record::run_json::{DeviceRecord, EngineRecord};

/// With no exploration allowed the engine finds nothing to fuse, and runs every operation as it is.
const NO_FUSION: &str = "[fusion.beam_search]\nmax_explorations = 0\n";

static SETTLED: Mutex<Option<bool>> = Mutex::new(None);

/// Settles whether this process fuses operations.
///
/// # Errors
/// [`BackendError::Settled`] if it works with other settings already.
pub(super) fn settle(fusion: bool) -> Result<(), BackendError> {
    complaints::begin();
    let mut settled = SETTLED.lock().unwrap_or_else(PoisonError::into_inner);
    match *settled {
        Some(before) if before == fusion => return Ok(()),
        Some(_) => return Err(BackendError::Settled { fusion }),
        None => {}
    }
    let text = if fusion { "" } else { NO_FUSION };
    let burn: BurnConfig = toml::from_str(text).map_err(|_| BackendError::Settled { fusion })?;
    if !BurnConfig::try_set(burn) || !CubeClRuntimeConfig::try_set(CubeClRuntimeConfig::default()) {
        return Err(BackendError::Settled { fusion });
    }
    *settled = Some(fusion);
    Ok(())
}

/// The engine's name for runtime and compiler of a device, and what it says that the device can hold.
pub(super) fn properties(device: &Device) -> (String, Limits) {
    let DispatchDevice::Cube(cube) = device.as_dispatch() else {
        unreachable!("only devices of this engine come here")
    };
    let client = cube.client();
    let memory = &client.properties().memory;
    let limits = Limits { largest_tensor: Some(memory.max_page_size), memory: memory.max_memory(), halvings: 0 };
    (client.name().to_owned(), limits)
}

/// What is recorded of a device that the engine opened, and what it can hold.
pub(super) fn opened(device: Device, config: &BackendConfig, adapter: &Adapter) -> Opened {
    let (compiler, limits) = properties(&device);
    let memory = adapter.device.memory_bytes.or(limits.memory);
    Opened {
        device,
        kernels: config.kernels,
        name: adapter.backend.clone(),
        identity: DeviceRecord { memory_bytes: memory, ..adapter.device.clone() },
        limits: Limits { memory, ..limits },
        engine: Some(EngineRecord {
            compiler,
            api: adapter.api.to_owned(),
            fusion: config.fusion,
            autotune: AUTOTUNE,
            matmul_precision: None,
        }),
    }
}
