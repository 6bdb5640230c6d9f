//! The device of a mode, opened as `rote train` opens it, and what it turns out to be.

use burn::tensor::Device;
use rote::backend;
use rote::config::{BackendConfig, BackendKind};
use rote_models::Kernels;

use crate::case::{Bench, read, tensor};
use crate::environment::is_set;
use crate::length::Length;
use crate::mode::Mode;
use crate::outcome::About;
use crate::tolerance::Arithmetic;

/// A bench to run the trials on, and what to say of it.
pub struct Opened {
    pub bench: Bench,
    pub about: About,
}

/// # Errors
/// Why the device is not to be had.
pub fn open(mode: &Mode, length: Length) -> Result<Opened, String> {
    let opened = backend::open(&configuration(mode)?).map_err(|error| error.to_string())?;
    let tf32 = takes_tf32(&opened.device)?;
    let bench = Bench {
        device: opened.device,
        kernels: opened.kernels,
        arithmetic: Arithmetic { gpu: mode.is_gpu(), tf32 },
        fusion: opened.engine.as_ref().map(|engine| engine.fusion),
        length,
    };
    let driver = opened.identity.driver.map(|driver| format!(", {driver}")).unwrap_or_default();
    let about = About {
        backend: opened.name,
        device: format!("{}{driver}", opened.identity.name),
        compiler: opened.engine.as_ref().map(|engine| format!("{} on {}", engine.compiler, engine.api)),
        products: if tf32 { "TF32" } else { "f32" }.to_owned(),
        fusion: opened.engine.as_ref().map(|engine| engine.fusion),
        autotune: opened.engine.as_ref().map(|engine| engine.autotune),
    };
    Ok(Opened { bench, about })
}

fn configuration(mode: &Mode) -> Result<BackendConfig, String> {
    let (device, composed) = match mode.backend.strip_suffix("+composed") {
        Some(device) => (device, true),
        None => (mode.backend.as_str(), false),
    };
    let (name, index) = device.split_once(':').map_or((device, None), |(name, index)| (name, Some(index)));
    let kind = BackendKind::ALL.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| format!("no backend is named {name}"))?;
    let index = index.map(str::parse).transpose().map_err(|error| format!("{device}: {error}"))?;
    let fused = kind == BackendKind::Flex && !composed;
    Ok(BackendConfig {
        kind,
        // CUDA's devices have no default; the first one stands for the machine.
        index: index.or((kind == BackendKind::Cuda).then_some(0)),
        kernels: if fused { Kernels::Fused } else { Kernels::Composed },
        threads: 2,
        fusion: mode.fusion,
        allow_software_gpu: is_set("ROTE_ALLOW_SOFTWARE_GPU"),
        check: false,
    })
}

/// Whether matrix products round their operands to ten bits: `1 + 2^-12` then is 1.
fn takes_tf32(device: &Device) -> Result<bool, String> {
    for [members, rows, inner, columns] in [[1, 64, 64, 64], [3, 256, 32, 128]] {
        let left = vec![1.0 + 1.0 / 4096.0; members * rows * inner];
        let left = tensor(&left, [members, rows, inner], device);
        let right = tensor(&vec![1.0; members * inner * columns], [members, inner, columns], device);
        // Anything else than this sum or the exact one is wrong, and the cases will say so.
        let rounded = inner as f32;
        if read(left.matmul(right))?.iter().any(|&value| (value - rounded).abs() < 1e-6 * rounded) {
            return Ok(true);
        }
    }
    Ok(false)
}
