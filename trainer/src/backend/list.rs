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
    /// What seems to be missing, where it does not work.
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
    told(kind, built_in, adapters, machine)
}

/// Whether a device works its engine says. What the files of the machine let guess only explains why none does.
fn told(kind: BackendKind, built_in: bool, adapters: Vec<Adapter>, machine: &Machine) -> Listing {
    let usable: Vec<&Adapter> = adapters.iter().filter(|adapter| adapter.unusable.is_none()).collect();
    let available = !usable.is_empty();
    let mut missing = Vec::new();
    if let Some(feature) = feature(kind).filter(|_| !built_in) {
        missing.push(Missing::new(format!("the feature {feature} of this binary"), commands(feature).0));
    }
    match kind {
        _ if available => {}
        BackendKind::Cuda => missing.extend(machine.missing_cuda()),
        _ if !built_in => missing.extend(machine.lacking_graphics()),
        _ if adapters.is_empty() => missing.extend(machine.missing_graphics()),
        _ => {}
    }
    let software = usable.iter().all(|adapter| adapter.kind == AdapterKind::Software);
    let note = match (built_in, usable.len()) {
        (false, _) => "not built into this binary".to_owned(),
        (true, 0) if adapters.is_empty() => "no device".to_owned(),
        (true, 0) => "no device that can be used".to_owned(),
        (true, _) if software => "a processor's imitation of a GPU; needs --allow-software-gpu".to_owned(),
        (true, 1) => format!("`{}` takes the one GPU", kind.name()),
        (true, _) => "name the device with its index where there are several GPUs".to_owned(),
    };
    Listing {
        backend: kind.name(),
        built_in,
        available,
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
        BackendKind::Wgpu | BackendKind::Vulkan => super::graphics::listed(kind),
        #[cfg(feature = "cuda")]
        BackendKind::Cuda => super::cuda::adapters(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(unusable: Option<&str>) -> Adapter {
        Adapter {
            backend: "cuda:0".into(),
            device: DeviceRecord::default(),
            kind: AdapterKind::Discrete,
            api: "CUDA",
            pci: None,
            largest_binding_bytes: None,
            largest_buffer_bytes: None,
            unusable: unusable.map(str::to_owned),
        }
    }

    fn cuda(adapters: Vec<Adapter>) -> Listing {
        // A machine on which no file was found.
        told(BackendKind::Cuda, true, adapters, &Machine::default())
    }

    #[test]
    fn a_device_that_opens_is_ready_whatever_files_are_not_found() {
        let listing = cuda(vec![adapter(Some("broken")), adapter(None)]);
        assert!(listing.available);
        assert_eq!((listing.missing, listing.note.as_str()), (vec![], "`cuda` takes the one GPU"));
    }

    #[test]
    fn only_where_no_device_opens_is_it_told_what_seems_to_be_missing() {
        for (adapters, note) in [(vec![], "no device"), (vec![adapter(Some("broken"))], "no device that can be used")] {
            let listing = cuda(adapters);
            assert!(!listing.available);
            assert_eq!((listing.missing.len(), listing.note.as_str()), (2, note));
        }
    }
}
