//! A device of a GPU backend, as it is listed before it is opened.

use serde::Serialize;

use crate::record::run_json::DeviceRecord;

/// One device of a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// What `--backend` takes.
    pub backend: String,
    /// What it is.
    pub device: DeviceRecord,
    /// Its kind.
    pub kind: AdapterKind,
    /// The interface that it is reached through: `Vulkan`, `Metal`, `DX12` or `CUDA`.
    pub api: &'static str,
    /// Its place on the PCI bus, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pci: Option<String>,
    /// Bytes that one kernel can see as one array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_binding_bytes: Option<u64>,
    /// Bytes of the largest buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_buffer_bytes: Option<u64>,
    /// Why it cannot be used, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// What a device is, as its driver says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU lent by a virtual machine's host.
    Virtual,
    /// A processor that imitates a GPU.
    Software,
    /// Nothing that the driver has a word for.
    Other,
}

impl AdapterKind {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Software => "software",
            Self::Other => "other",
        }
    }
}
