//! What `rote devices` tells: every backend there is, whether this binary has it, the devices behind it, and what is
//! missing for those that do not work.

use rote_models::Kernels;
use rote_models::kernels::simd::Isa;
use serde::Serialize;

use super::adapters::{Adapter, AdapterKind};
use super::cpu::processor;
use super::features::{commands, feature, is_built_in};
use super::machine::{Machine, Missing};
use crate::config::BackendKind;
use crate::record::run_json::DeviceRecord;

/// One backend.
#[derive(Clone, Debug, Serialize)]
pub struct Listing {
    /// What `--backend` takes.
    pub backend: &'static str,
    /// Whether this binary has it.
    pub built_in: bool,
    /// Whether it works here and now; with --allow-software-gpu, where it has software devices only.
    pub available: bool,
    /// The device behind it, where there is but one kind of it: the processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceRecord>,
    /// The devices behind it, in the order of their indices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adapters: Vec<Adapter>,
    /// Threads that it can use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The instruction set of its fused kernels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction_set: Option<&'static str>,
    /// The kernels that it has, the default first.
    pub kernels: Vec<&'static str>,
    /// What to know before choosing it, or why it does not work.
    pub note: String,
    /// What is missing before it can work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// Every backend there is, in the order of preference.
pub fn list() -> Vec<Listing> {
    let both = vec![Kernels::Fused.name(), Kernels::Composed.name()];
    let composed = vec![Kernels::Composed.name()];
    let flex = cpu(BackendKind::Flex, both, Some(Isa::best().name()), "the default; `cpu` means the same");
    let ndarray = cpu(BackendKind::NdArray, composed, None, "for comparison; retired upstream after Burn 0.22");
    let machine = Machine::look();
    let gpus = [BackendKind::Wgpu, BackendKind::Vulkan, BackendKind::Cuda];
    [flex, ndarray].into_iter().chain(gpus.map(|kind| gpu(kind, &machine))).collect()
}

fn cpu(kind: BackendKind, kernels: Vec<&'static str>, isa: Option<&'static str>, note: &str) -> Listing {
    Listing {
        backend: kind.name(),
        built_in: true,
        available: true,
        device: Some(processor()),
        adapters: Vec::new(),
        threads: Some(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
        instruction_set: isa,
        kernels,
        note: note.to_owned(),
        missing: Vec::new(),
    }
}

fn gpu(kind: BackendKind, machine: &Machine) -> Listing {
    let built_in = is_built_in(kind);
    let adapters = if built_in { adapters(kind) } else { Vec::new() };
    let mut missing = Vec::new();
    if let Some(feature) = feature(kind).filter(|_| !built_in) {
        missing.push(Missing::new(format!("the feature {feature} of this binary"), commands(feature).0));
    }
    match kind {
        BackendKind::Cuda => missing.extend(machine.missing_cuda()),
        _ if !built_in => missing.extend(machine.lacking_graphics()),
        _ if adapters.is_empty() => missing.extend(machine.missing_graphics()),
        _ => {}
    }
    let software = adapters.iter().all(|adapter| adapter.kind == AdapterKind::Software);
    let note = match (built_in, adapters.len()) {
        (false, _) => "not built into this binary".to_owned(),
        (true, 0) => "no device".to_owned(),
        (true, _) if software => "a processor's imitation of a GPU; needs --allow-software-gpu".to_owned(),
        (true, 1) => format!("`{}` takes the one GPU", kind.name()),
        (true, _) => "name the device with its index where there are several GPUs".to_owned(),
    };
    Listing {
        backend: kind.name(),
        built_in,
        available: !adapters.is_empty() && missing.is_empty(),
        device: None,
        adapters,
        threads: None,
        instruction_set: None,
        kernels: if built_in { vec![Kernels::Composed.name()] } else { Vec::new() },
        note,
        missing,
    }
}

fn adapters(kind: BackendKind) -> Vec<Adapter> {
    match kind {
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu | BackendKind::Vulkan => super::graphics::adapters(kind),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => super::cuda::adapters(),
        _ => Vec::new(),
    }
}
