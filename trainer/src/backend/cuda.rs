//! NVIDIA GPUs through CUDA. The driver and the toolkit's mathematics library are loaded at run time, and the engine
//! panics where one is missing: the panic is caught, and what seems to be missing is told beside it.

use burn::backend::DispatchDevice;
use burn::tensor::{Device, DeviceType, Tensor};

use super::adapters::{Adapter, AdapterKind};
use super::choice::choose;
use super::error::BackendError;
use super::failure::{DeviceFailure, guarded, read};
use super::machine::Machine;
use super::{Opened, complaints, engine};
use crate::config::{BackendConfig, BackendKind};
use crate::record::run_json::DeviceRecord;

/// Every device of the driver, opened and tried: nothing else tells its name and whether it can be used.
pub(super) fn adapters() -> Vec<Adapter> {
    // Where the engine works already, its settings are as good to look with.
    let _ = engine::settle(false);
    let adapter = |index| {
        let (adapter, tried) = tried(index);
        Adapter { unusable: tried.err().map(|failure| failure.to_string()), ..adapter }
    };
    (0..count()).map(adapter).collect()
}

/// How many devices the driver has; none where there is no driver.
fn count() -> usize {
    complaints::begin();
    guarded(|| Device::enumerate(DeviceType::Cuda).into_iter().count()).unwrap_or(0)
}

/// A device, and whether it computes.
fn tried(index: usize) -> (Adapter, Result<(), DeviceFailure>) {
    let mut adapter = Adapter {
        backend: format!("{}:{index}", BackendKind::Cuda.name()),
        device: DeviceRecord { name: "unknown".to_owned(), driver: Machine::nvidia_driver(), memory_bytes: None },
        kind: AdapterKind::Discrete,
        api: "CUDA",
        pci: None,
        largest_binding_bytes: None,
        largest_buffer_bytes: None,
        unusable: None,
    };
    let tried = guarded(|| {
        let device = Device::cuda(index);
        describe(&device, &mut adapter);
        // The mathematics library is looked for only when a kernel needs it.
        read(Tensor::<1>::from_floats([0.5], &device).tanh()).map(drop)
    });
    (adapter, tried.flatten())
}

/// Writes down what a device says of itself, which opens it.
fn describe(device: &Device, adapter: &mut Adapter) {
    let DispatchDevice::Cube(cube) = device.as_dispatch() else { return };
    let client = cube.client();
    let properties = client.properties();
    adapter.device.name.clone_from(&properties.identity.name);
    adapter.device.memory_bytes = properties.memory.max_memory();
    let pci = properties.identity.physical.as_ref().and_then(|card| card.pci_address);
    adapter.pci = pci.map(|pci| pci.to_string());
    adapter.largest_binding_bytes = Some(properties.memory.max_page_size);
    adapter.largest_buffer_bytes = Some(properties.memory.max_page_size);
}

/// Makes sure that there is the device that a configuration means. Whether it works, opening it tells.
///
/// # Errors
/// [`BackendError`].
pub(super) fn require(config: &BackendConfig) -> Result<(), BackendError> {
    meant(config).map(drop)
}

/// The index of the device that a configuration means.
fn meant(config: &BackendConfig) -> Result<usize, BackendError> {
    let (name, count) = (config.device_name(), count());
    if count == 0 {
        return Err(BackendError::no_device(name, "CUDA device", Machine::look().missing_cuda()));
    }
    let named = config.index.map(|index| usize::try_from(index).ok().filter(|&index| index < count));
    match named.unwrap_or((count == 1).then_some(0)) {
        Some(index) => Ok(index),
        // Nothing tells which is meant; they are opened for their names, which the answer lists.
        None => choose(&adapters(), &name, config.index, config.allow_software_gpu),
    }
}

/// Opens the device that a configuration means.
///
/// # Errors
/// [`BackendError`].
pub(super) fn open(config: &BackendConfig) -> Result<Opened, BackendError> {
    let failed = |failure| BackendError::cannot_open(config.device_name(), failure, Machine::look().missing_cuda());
    engine::settle(config.fusion)?;
    let index = meant(config)?;
    let (adapter, tried) = tried(index);
    tried.map_err(failed)?;
    guarded(|| engine::opened(Device::cuda(index), config, &adapter)).map_err(failed)
}
