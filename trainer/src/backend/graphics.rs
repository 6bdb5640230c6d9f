//! GPUs through a graphics interface: Vulkan on Linux, Metal on macOS, DX12 on Windows. One interface, pinned: the
//! engine left to itself would look through all of them and settle for whatever answers.

use std::sync::{Mutex, OnceLock, PoisonError};

use burn::cubecl::future::block_on;
use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{Device, DeviceKind};
use rote_models::Kernels;

use super::adapters::{Adapter, AdapterKind};
use super::card::graphics_memory;
use super::choice::{choose, place_in_kind};
use super::error::BackendError;
use super::failure::{DeviceFailure, guarded};
use super::machine::Machine;
use super::{Opened, engine};
use crate::config::{BackendConfig, BackendKind};
use crate::record::run_json::DeviceRecord;

#[cfg(target_os = "macos")]
const API: (WgpuBackend, wgpu::Backends, &str) = (WgpuBackend::Metal, wgpu::Backends::METAL, "Metal");
#[cfg(windows)]
const API: (WgpuBackend, wgpu::Backends, &str) = (WgpuBackend::Dx12, wgpu::Backends::DX12, "DX12");
#[cfg(not(any(target_os = "macos", windows)))]
const API: (WgpuBackend, wgpu::Backends, &str) = (WgpuBackend::Vulkan, wgpu::Backends::VULKAN, "Vulkan");

/// Kernels in one submission; named, so that no environment variable of the engine's decides it.
const TASKS: usize = 32;

/// Every adapter that there is, in the order of the driver, each with why it cannot be used, where that is known without
/// opening it.
pub(super) fn adapters(backend: BackendKind) -> Vec<Adapter> {
    // Vulkan's loader crashes when instances come and go on several threads: there is one, and it stays.
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    let instance = INSTANCE.get_or_init(|| {
        wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: API.1,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        })
    });
    let found = block_on(instance.enumerate_adapters(API.1));
    let mut adapters: Vec<Adapter> =
        found.iter().enumerate().map(|(index, found)| adapter(backend, index, found)).collect();
    for place in 0..adapters.len() {
        if device_kind(adapters[place].kind, place_in_kind(&adapters, place)).is_none() {
            adapters[place].unusable = Some(unreachable(&adapters[place]).reason());
        } else if crashes(&adapters[place]) {
            adapters[place].unusable = Some(crashing(&adapters[place]).reason());
        }
    }
    adapters
}

/// The same, and `vulkan` opens them: whether a driver can do what SPIR-V needs, only the engine knows.
pub(super) fn listed(backend: BackendKind) -> Vec<Adapter> {
    let mut adapters = adapters(backend);
    if backend != BackendKind::Vulkan {
        return adapters;
    }
    // Where the engine works already, its settings are as good to look with.
    let _ = engine::settle(false);
    let config = BackendConfig {
        kind: backend,
        index: None,
        kernels: Kernels::Composed,
        threads: 1,
        fusion: false,
        allow_software_gpu: true,
        check: false,
    };
    for place in 0..adapters.len() {
        let kind = device_kind(adapters[place].kind, place_in_kind(&adapters, place));
        if let Some(kind) = kind.filter(|_| adapters[place].unusable.is_none()) {
            adapters[place].unusable = opened(&config, &adapters[place], kind).err().map(|error| error.reason());
        }
    }
    adapters
}

/// Whether a driver takes the process down with it: with the feature `vulkan`, by whatever name, the engine gives it
/// kernels in SPIR-V, and Mesa's llvmpipe (22.3.6 and 25.0.7 were tried) crashes while it compiles the matrix products.
fn crashes(adapter: &Adapter) -> bool {
    cfg!(feature = "vulkan") && adapter.device.name.contains("llvmpipe")
}

fn crashing(adapter: &Adapter) -> BackendError {
    BackendError::Crashes { name: adapter.backend.clone(), adapter: adapter.device.name.clone() }
}

fn unreachable(adapter: &Adapter) -> BackendError {
    BackendError::Unreachable { name: adapter.backend.clone(), adapter: adapter.device.name.clone() }
}

fn adapter(backend: BackendKind, index: usize, found: &wgpu::Adapter) -> Adapter {
    let (info, limits) = (found.get_info(), found.limits());
    let pci = Some(info.device_pci_bus_id.clone()).filter(|pci| !pci.is_empty());
    let driver = format!("{} {}", info.driver, info.driver_info);
    Adapter {
        backend: format!("{}:{index}", backend.name()),
        device: DeviceRecord {
            memory_bytes: pci.as_deref().and_then(graphics_memory),
            driver: Some(driver.trim().to_owned()).filter(|driver| !driver.is_empty()),
            name: info.name,
        },
        kind: match info.device_type {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            wgpu::DeviceType::Other => AdapterKind::Other,
        },
        api: API.2,
        pci,
        largest_binding_bytes: Some(limits.max_storage_buffer_binding_size),
        largest_buffer_bytes: Some(limits.max_buffer_size),
        unusable: None,
    }
}

/// Makes sure that there is the adapter that a configuration means; opens nothing.
///
/// # Errors
/// [`BackendError`].
pub(super) fn require(config: &BackendConfig) -> Result<(), BackendError> {
    meant(config).map(drop)
}

/// The adapter that a configuration means, and how the engine addresses it.
fn meant(config: &BackendConfig) -> Result<(Adapter, DeviceKind), BackendError> {
    let name = config.device_name();
    let mut adapters = adapters(config.kind);
    if adapters.is_empty() {
        return Err(BackendError::no_device(name, "graphics adapter", Machine::look().missing_graphics()));
    }
    // To allow software would not help where all of it crashes.
    let allow_software = config.allow_software_gpu || adapters.iter().all(crashes);
    let place = choose(&adapters, &name, config.index, allow_software)?;
    let kind = device_kind(adapters[place].kind, place_in_kind(&adapters, place));
    let adapter = adapters.swap_remove(place);
    if crashes(&adapter) {
        return Err(crashing(&adapter));
    }
    let kind = kind.ok_or_else(|| unreachable(&adapter))?;
    Ok((adapter, kind))
}

/// Opens the adapter that a configuration means, on the pinned interface.
///
/// # Errors
/// [`BackendError`].
pub(super) fn open(config: &BackendConfig) -> Result<Opened, BackendError> {
    let (adapter, kind) = meant(config)?;
    engine::settle(config.fusion)?;
    opened(config, &adapter, kind)
}

fn opened(config: &BackendConfig, adapter: &Adapter, kind: DeviceKind) -> Result<Opened, BackendError> {
    let name = config.device_name();
    let failed = |failure| BackendError::cannot_open(name.clone(), failure, Vec::new());
    let device = guarded(|| initialized(&name, adapter, kind)).map_err(failed)??;
    let opened = guarded(|| engine::opened(device, config, adapter)).map_err(failed)?;
    let compiler = opened.engine.as_ref().map_or("", |engine| engine.compiler.as_str());
    if config.kind == BackendKind::Vulkan && !compiler.contains("spirv") {
        let (adapter, compiler) = (adapter.device.name.clone(), compiler.to_owned());
        return Err(BackendError::NoSpirv { name, adapter, compiler });
    }
    Ok(opened)
}

#[cfg(test)]
#[path = "../../tests/support/environment.rs"]
mod environment;

/// The first adapter that can be used, software or not, with whatever settings the tests of this process left the
/// engine, and what it can hold; none where there is none, which is an error where `ROTE_REQUIRE_GPU=1` says so.
#[cfg(test)]
pub(crate) fn for_tests() -> Option<(Device, super::Limits)> {
    use std::io::Write as _;

    super::complaints::begin();
    let adapters = adapters(BackendKind::Wgpu);
    let Some(place) = adapters.iter().position(|adapter| adapter.unusable.is_none()) else {
        assert!(!environment::is_set("ROTE_REQUIRE_GPU"), "there is no adapter that can be used");
        let _ = writeln!(std::io::stderr(), "skipped: there is no adapter that can be used");
        return None;
    };
    let kind = device_kind(adapters[place].kind, place_in_kind(&adapters, place)).expect("it can be used");
    let device = initialized("wgpu", &adapters[place], kind).expect("a device");
    let (_, limits) = engine::properties(&device);
    Some((device, limits))
}

/// How the engine addresses the `place`-th adapter of a kind; it knows but one software adapter.
fn device_kind(kind: AdapterKind, place: usize) -> Option<DeviceKind> {
    match kind {
        AdapterKind::Discrete => Some(DeviceKind::DiscreteGpu(place)),
        AdapterKind::Integrated => Some(DeviceKind::IntegratedGpu(place)),
        AdapterKind::Virtual => Some(DeviceKind::VirtualGpu(place)),
        AdapterKind::Software => (place == 0).then_some(DeviceKind::Cpu),
        AdapterKind::Other => None,
    }
}

/// A device of the engine, and the handle of the interface that it works with.
struct Held {
    kind: DeviceKind,
    device: Device,
    handle: wgpu::Device,
}

/// The devices of this process: the engine makes each of them once.
static OPENED: Mutex<Vec<Held>> = Mutex::new(Vec::new());

/// Takes the devices away from under the engine, as a driver's reset would: to test what happens then.
#[doc(hidden)]
pub fn lose_devices() {
    for held in OPENED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        held.handle.destroy();
    }
}

/// The engine's device on `adapter`.
fn initialized(name: &str, adapter: &Adapter, kind: DeviceKind) -> Result<Device, BackendError> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(held) = opened.iter().find(|held| held.kind == kind) {
        return Ok(held.device.clone());
    }
    let options = Device::wgpu_options().graphics_api(API.0).device_kind(kind.clone()).tasks_max(TASKS);
    let (device, setup) = options
        .init_with_setup()
        .map_err(|error| BackendError::cannot_open(name.to_owned(), DeviceFailure::of_words(error), Vec::new()))?;
    // The engine looked for it in a list of its own.
    let info = setup.adapter.get_info();
    let same =
        info.name == adapter.device.name && adapter.pci.as_deref().is_none_or(|pci| pci == info.device_pci_bus_id);
    if !same {
        let (expected, got) = (adapter.device.name.clone(), info.name);
        return Err(BackendError::OtherDevice { name: name.to_owned(), expected, got });
    }
    opened.push(Held { kind, device: device.clone(), handle: setup.device });
    Ok(device)
}
