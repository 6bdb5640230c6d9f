//! `rote devices`: what this binary and this machine can train on, and what is missing for the rest.

use std::fmt::Write;
use std::process::ExitCode;

use super::Global;
use super::result::{Failure, print, print_json};
use crate::backend::{self, Adapter, Listing};
use crate::record::run_json::DeviceRecord;

/// List the backends, the devices behind them, and what is missing for those that do not work.
#[derive(Debug, clap::Args)]
pub(super) struct Devices;

impl Devices {
    pub(super) fn run(global: &Global) -> Result<ExitCode, Failure> {
        let listings = backend::list();
        if global.json {
            print_json(&serde_json::json!({ "backends": listings, "features": backend::features() }))?;
        } else {
            print(&listings.iter().map(render).collect::<String>())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where what belongs to a backend begins.
const INDENT: usize = 16;

fn render(listing: &Listing) -> String {
    let state = if listing.available { "ready" } else { "absent" };
    let mut text = format!("{:<8} {state:<7}{}\n", listing.backend, listing.note);
    let mut line = |content: &str| _ = writeln!(text, "{:<INDENT$}{content}", "");
    if let Some(device) = &listing.device {
        let threads = listing.threads.map_or_else(String::new, |threads| format!(", {threads} threads"));
        line(&format!("{}{threads}{}", device.name, memory(device)));
    }
    for adapter in &listing.adapters {
        line(&described(adapter));
        if let Some(driver) = &adapter.device.driver {
            line(&format!("  driver: {driver}"));
        }
        if let Some(reason) = &adapter.unusable {
            line(&format!("  reason: {reason}"));
        }
        if let (Some(binding), Some(buffer)) = (adapter.largest_binding_bytes, adapter.largest_buffer_bytes) {
            line(&format!("  largest binding: {}, largest buffer: {}", size(binding), size(buffer)));
        }
    }
    if !listing.kernels.is_empty() {
        let isa = listing.instruction_set.map_or_else(String::new, |isa| format!(" with {isa}"));
        line(&format!("kernels: {}{isa}", listing.kernels.join(", ")));
    }
    for missing in &listing.missing {
        line(&format!("missing: {}", missing.what));
        line(&format!("    fix: {}", missing.command));
    }
    text
}

fn described(adapter: &Adapter) -> String {
    let place = adapter.pci.as_deref().map_or_else(String::new, |pci| format!(" at {pci}"));
    let (name, kind, api) = (&adapter.device.name, adapter.kind.name(), adapter.api);
    let unusable = if adapter.unusable.is_some() { ", unusable" } else { "" };
    format!("{}: {name}, {kind}, {api}{place}{}{unusable}", adapter.backend, memory(&adapter.device))
}

fn memory(device: &DeviceRecord) -> String {
    device.memory_bytes.map_or_else(String::new, |bytes| format!(", {}", size(bytes)))
}

/// Bytes in the largest unit that leaves no zero before the point.
fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = (bytes.max(1).ilog2() / 10).min(units.len() as u32 - 1);
    let number = bytes as f64 / 1024f64.powi(unit as i32);
    let digits = usize::from(unit > 0 && number.fract() > 0.005);
    format!("{number:.digits$} {}", units[unit as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{AdapterKind, Missing};

    #[test]
    fn sizes_are_told_in_units_that_people_read() {
        let told = [0, 512, 1 << 20, (1 << 31) - 1, 85_899_345_920, 25_000_000_000].map(size);
        assert_eq!(told, ["0 B", "512 B", "1 MiB", "2.0 GiB", "80 GiB", "23.3 GiB"]);
    }

    #[test]
    fn a_gpu_and_what_is_missing_are_told_line_by_line() {
        let device = DeviceRecord {
            name: "NVIDIA H100".into(),
            driver: Some("NVIDIA 570.1".into()),
            memory_bytes: Some(80 << 30),
        };
        let adapter = Adapter {
            backend: "wgpu:0".into(),
            device,
            kind: AdapterKind::Discrete,
            api: "Vulkan",
            pci: Some("0000:c1:00.0".into()),
            largest_binding_bytes: Some(2_147_483_647),
            largest_buffer_bytes: Some(1 << 52),
            unusable: None,
        };
        let broken = Adapter {
            backend: "cuda:1".into(),
            api: "CUDA",
            largest_binding_bytes: None,
            unusable: Some("the device failed: no context".into()),
            ..adapter.clone()
        };
        let listing = |adapters: Vec<Adapter>, missing: Vec<Missing>| Listing {
            backend: "wgpu",
            built_in: true,
            available: missing.is_empty(),
            device: None,
            adapters,
            threads: None,
            instruction_set: None,
            kernels: vec!["composed"],
            note: "a note".into(),
            missing,
        };
        let missing = Missing { what: "the loader".into(), command: "apt-get install -y libvulkan1".into() };
        let text = render(&listing(vec![adapter, broken], vec![])) + &render(&listing(vec![], vec![missing]));
        insta::assert_snapshot!(text);
    }
}
