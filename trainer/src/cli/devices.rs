//! `rote devices`: what this binary and this machine can train on.

use std::fmt::Write;
use std::process::ExitCode;

use super::Global;
use super::result::{Failure, print, print_json};
use crate::backend;

/// List the backends of this binary and the devices behind them.
#[derive(Debug, clap::Args)]
pub(super) struct Devices;

impl Devices {
    pub(super) fn run(global: &Global) -> Result<ExitCode, Failure> {
        let listings = backend::list();
        if global.json {
            print_json(&serde_json::json!({ "backends": listings }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut text = String::new();
        for listing in listings {
            let state = if listing.available { "ready" } else { "absent" };
            let _ = writeln!(text, "{:<8} {state:<7} {}", listing.backend, listing.note);
            if let Some(device) = listing.device {
                let memory = device.memory_bytes.map_or_else(String::new, |bytes| format!(", {} GiB", bytes >> 30));
                let threads = listing.threads.map_or_else(String::new, |threads| format!(", {threads} threads"));
                let _ = writeln!(text, "{:<16} {}{threads}{memory}", "", device.name);
                let isa = listing.instruction_set.map_or_else(String::new, |isa| format!(" with {isa}"));
                let _ = writeln!(text, "{:<16} kernels: {}{isa}", "", listing.kernels.join(", "));
            }
        }
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
