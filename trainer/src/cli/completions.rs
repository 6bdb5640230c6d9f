//! `rote completions`: completion scripts for shells.

use std::process::ExitCode;

use clap::CommandFactory;

use super::Cli;
use super::result::Failure;

/// Print a completion script for a shell.
///
/// For bash: `rote completions bash > ~/.local/share/bash-completion/completions/rote`.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "rote", &mut script);
        super::result::print(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
