//! NVIDIA GPUs through CUDA. The driver is loaded at run time, and the engine panics where it or the toolkit's
//! mathematics library is missing; so both are looked for first.

use burn::backend::DispatchDevice;
use burn::tensor::{Device, DeviceType};

use super::adapters::{Adapter, AdapterKind};
use super::choice::choose;
use super::error::BackendError;
use super::failure::guarded;
use super::machine::Machine;
use super::{Opened, engine};
use crate::config::{BackendConfig, BackendKind};
use crate::record::run_json::DeviceRecord;

/// Every device of the driver. They are opened for their names and memory, so only `rote devices` and a choice among them
/// ask.
pub(super) fn adapters() -> Vec<Adapter> {
    let count = Device::enumerate(DeviceType::Cuda).into_iter().count();
    (0..count).map(adapter).collect()
}

fn adapter(index: usize) -> Adapter {
    let told = guarded(|| {
        let device = Device::cuda(index);
        let DispatchDevice::Cube(cube) = device.as_dispatch() else { return None };
        let client = cube.client();
        let properties = client.properties();
        let pci = properties.identity.physical.as_ref().and_then(|card| card.pci_address);
        let name = properties.identity.name.clone();
        Some((name, properties.memory.max_memory(), properties.memory.max_page_size, pci.map(|pci| pci.to_string())))
    });
    // A device that does not even tell its name is listed, and fails when it is chosen.
    let (name, memory_bytes, largest, pci) =
        told.ok().flatten().map_or((String::from("unknown"), None, None, None), |(name, memory, largest, pci)| {
            (name, memory, Some(largest), pci)
        });
    Adapter {
        backend: format!("{}:{index}", BackendKind::Cuda.name()),
        device: DeviceRecord { name, driver: Machine::nvidia_driver(), memory_bytes },
        kind: AdapterKind::Discrete,
        api: "CUDA",
        pci,
        largest_binding_bytes: largest,
        largest_buffer_bytes: largest,
    }
}

/// Makes sure that there is a device, and what its kernels need. Which ones there are only opening them tells.
///
/// # Errors
/// [`BackendError::NoDevice`].
pub(super) fn require(config: &BackendConfig) -> Result<(), BackendError> {
    let missing = Machine::look().missing_cuda();
    if missing.is_empty() && Device::enumerate(DeviceType::Cuda).into_iter().next().is_some() {
        return Ok(());
    }
    Err(BackendError::no_device(config.device_name(), "usable CUDA device", missing))
}

/// Opens the device that a configuration means.
///
/// # Errors
/// [`BackendError`].
pub(super) fn open(config: &BackendConfig) -> Result<Opened, BackendError> {
    let name = config.device_name();
    engine::settle(config.fusion)?;
    require(config)?;
    let adapters = adapters();
    let place = choose(&adapters, &name, config.index, config.allow_software_gpu)?;
    guarded(|| engine::opened(Device::cuda(place), config, &adapters[place]))
        .map_err(|failure| BackendError::Open { name, failure })
}
