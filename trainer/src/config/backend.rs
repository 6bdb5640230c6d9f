//! The `[backend]` table: where a run computes, which kernels it takes and how many threads.

use std::num::NonZero;

use rote_models::{Activation, Kernels};

use super::keys;
use super::model::ModelConfig;
use super::reader::{Noted, Reader, Refused, allowed};
use super::rules::{Fault, Reading, choice, flag, whole};
use super::value::{Typed, Value};

/// Where and how a run computes. It is no part of the digest: all backends run the same experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendConfig {
    /// The kind of device.
    pub kind: BackendKind,
    /// Which device of that kind; `None`: its default one. Always `None` on the CPU.
    pub index: Option<u32>,
    /// How loss and gradients are computed.
    pub kernels: Kernels,
    /// CPU threads, at least 1.
    pub threads: usize,
    /// Whether the engine joins operations of its own accord. On GPUs alone; false on the CPU.
    pub fusion: bool,
    /// Whether a GPU that a processor imitates will do. On GPUs alone; false on the CPU.
    pub allow_software_gpu: bool,
    /// Whether loss and gradients are compared with the CPU's before a GPU computes. True on the CPU, which needs none.
    pub check: bool,
}

/// Whether the engine of this binary measures kernels and takes the fastest: a matter of the build.
pub const AUTOTUNE: bool = cfg!(feature = "autotune");

/// The kinds of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendKind {
    /// Burn's own CPU backend.
    Flex,
    /// The CPU by the ndarray crate.
    NdArray,
    /// GPUs through WebGPU.
    Wgpu,
    /// GPUs through Vulkan.
    Vulkan,
    /// NVIDIA GPUs.
    Cuda,
}

/// What people may call the backend `wgpu`.
const OF_WGPU: [&str; 5] = ["metal", "dx12", "directx", "webgpu", "gpu"];
const COMPOSED_SUFFIX: &str = "+composed";

impl BackendConfig {
    /// The device's name without its kernels: `flex`, `wgpu:1`, ...
    pub fn device_name(&self) -> String {
        let kind = self.kind.name();
        self.index.map_or_else(|| kind.to_owned(), |index| format!("{kind}:{index}"))
    }
}

impl BackendKind {
    const NAMES: [&'static str; 6] = ["flex", "ndarray", "wgpu", "vulkan", "cuda", "cpu"];
    /// Every kind, the CPU's first.
    pub const ALL: [Self; 5] = [Self::Flex, Self::NdArray, Self::Wgpu, Self::Vulkan, Self::Cuda];

    /// The name in configurations and records.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    fn from_name(name: &str) -> Option<Self> {
        let name = if name == "cpu" { "flex" } else { name };
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it computes on the processor, without a device of its own.
    pub fn is_cpu(self) -> bool {
        matches!(self, Self::Flex | Self::NdArray)
    }
}

/// Reads the table. `model`: which networks there are, where they could be read.
pub(super) fn read(reader: &mut Reader, model: Option<&ModelConfig>) -> Noted<BackendConfig> {
    let name = reader.or("backend.name", Name { kind: BackendKind::Flex, index: None, composed: false }, name);
    let asked = reader.optional("backend.kernels", choice(&["fused", "composed"]));
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(1024);
    let threads = reader.or("backend.threads", cores as u64, whole(1..=1024));
    let fusion = reader.or("backend.fusion", false, flag);
    let feature = name.as_ref().ok().filter(|name| !name.kind.is_cpu()).map_or("wgpu", |name| name.kind.name());
    let autotune = reader.optional("backend.autotune", autotune(feature));
    let software = reader.or("backend.allow_software_gpu", false, flag);
    let check = reader.or("backend.check", true, flag);
    let (name, asked) = (name?, asked?);
    autotune?;
    let kernels = if asked == Some("fused") {
        require_fused(reader, name, model)?
    } else if asked.is_none() && !name.composed && obstacle(name.kind, model.ok_or(Refused)?).is_none() {
        Kernels::Fused
    } else {
        Kernels::Composed
    };
    // One file serves every backend, so what is said of GPUs is no mistake beside a CPU: it has no effect there.
    let gpu = !name.kind.is_cpu();
    Ok(BackendConfig {
        kind: name.kind,
        index: name.index,
        kernels,
        threads: threads? as usize,
        fusion: fusion? && gpu,
        allow_software_gpu: software? && gpu,
        check: check? || !gpu,
    })
}

/// What `backend.autotune` says must be what the build has, since the engine has no switch for it; `feature` brings the
/// backend.
fn autotune(feature: &str) -> impl Fn(&Typed) -> Reading<()> {
    move |typed| {
        let asked = flag(typed)?;
        let features = if asked { format!("{feature},autotune") } else { feature.to_owned() };
        let fix = format!(
            "build it so with `cargo install --locked --path trainer --features {features}`, or leave the key out"
        );
        if asked == AUTOTUNE { Ok(()) } else { Err(Fault::fix(fix)) }
    }
}

fn require_fused(reader: &mut Reader, name: Name, model: Option<&ModelConfig>) -> Noted<Kernels> {
    if name.composed {
        let fix = "remove backend.kernels, or \"+composed\" from the name";
        let one = "\"fused\", or NAME+composed, not both";
        reader.conflict("backend.kernels", ("backend.name", "\"flex\""), one, fix);
        return Err(Refused);
    }
    let Some(obstacle) = obstacle(name.kind, model.ok_or(Refused)?) else { return Ok(Kernels::Fused) };
    let fix = format!("set backend.kernels = \"composed\" or leave it out, or {}", obstacle.fix);
    reader.conflict("backend.kernels", (obstacle.key, obstacle.default), allowed("backend.kernels"), &fix);
    Err(Refused)
}

/// The key that rules the fused kernels out, what it is when absent, and its change that admits them.
struct Obstacle {
    key: &'static str,
    default: &'static str,
    fix: &'static str,
}

fn obstacle(kind: BackendKind, model: &ModelConfig) -> Option<Obstacle> {
    if kind != BackendKind::Flex {
        Some(Obstacle { key: "backend.name", default: "\"flex\", the default", fix: "take backend.name = \"flex\"" })
    } else if !matches!(model.activation, Activation::Tanh | Activation::Relu | Activation::Triangle) {
        Some(Obstacle {
            key: "model.activation",
            default: "\"tanh\", the default",
            fix: "take model.activation = \"tanh\"",
        })
    } else if model.hidden_layers > 3 {
        Some(Obstacle { key: "model.hidden_layers", default: "2, the default", fix: "take at most 3 hidden layers" })
    } else {
        None
    }
}

/// What `backend.name` says.
#[derive(Clone, Copy)]
struct Name {
    kind: BackendKind,
    index: Option<u32>,
    composed: bool,
}

fn name(typed: &Typed) -> Reading<Name> {
    let Value::Text(text) = &typed.value else { return Err(Fault::default()) };
    let device = text.strip_suffix(COMPOSED_SUFFIX);
    let (device, composed) = (device.unwrap_or(text), device.is_some());
    let (kind, index) = device.split_once(':').map_or((device, None), |(kind, index)| (kind, Some(index)));
    let Some(kind) = BackendKind::from_name(kind) else {
        if OF_WGPU.contains(&kind) {
            let fix = "take \"wgpu\": Vulkan on Linux, Metal on macOS, DirectX 12 on Windows".to_owned();
            return Err(Fault::fix(fix));
        }
        let meant = keys::meant_choice(kind, &BackendKind::NAMES);
        return Err(meant.map_or_else(Fault::default, |meant| Fault::fix(format!("did you mean \"{meant}\"?"))));
    };
    match index {
        None => Ok(Name { kind, index: None, composed }),
        Some(_) if kind.is_cpu() => Err(Fault::fix(format!("remove the index: there is one \"{}\"", kind.name()))),
        Some(index) => match index.parse() {
            Ok(index) if !text.contains(":+") => Ok(Name { kind, index: Some(index), composed }),
            _ => Err(Fault::fix(format!("write the index like \"{}:0\"", kind.name()))),
        },
    }
}
