//! Flags about GPUs that several commands share; each stands for a key of the configuration.

/// What a GPU may be, and whether it is checked first.
#[derive(Debug, clap::Args)]
pub(super) struct GpuFlags {
    /// Computes on a GPU that a processor imitates, too: slow, for trying out what runs on GPUs.
    #[arg(long)]
    allow_software_gpu: bool,
    /// Skips the comparison of a GPU's losses, gradients and logits with the CPU's before it computes.
    #[arg(long)]
    no_check: bool,
}

impl GpuFlags {
    /// The settings that `sets` and these flags make together.
    pub(super) fn laid_over(&self, sets: &[String]) -> Vec<String> {
        let flags =
            [(self.allow_software_gpu, "backend.allow_software_gpu=true"), (self.no_check, "backend.check=false")];
        let given = flags.into_iter().filter(|(given, _)| *given).map(|(_, set)| set.to_owned());
        sets.iter().cloned().chain(given).collect()
    }
}
