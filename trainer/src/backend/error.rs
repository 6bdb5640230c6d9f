//! Why a backend cannot be used, each with what is there instead and the command that mends it.

use thiserror::Error;

use super::failure::DeviceFailure;
#[cfg(any(feature = "gpu", test))]
use super::machine::Missing;

/// Why a backend cannot be used.
#[derive(Debug, Error)]
pub enum BackendError {
    /// The binary was built without it.
    #[error(
        "backend.name = \"{name}\": this binary was built without the feature {feature}\n  allowed: {allowed}\n  fix: \
         build it in with `{install}` (or `{build}`) in a clone of the repository, or choose one of these with \
         --backend NAME"
    )]
    NotBuiltIn {
        /// The backend's name.
        name: String,
        /// The Cargo feature that brings it.
        feature: &'static str,
        /// The backends of this binary.
        allowed: String,
        /// The command that installs a binary with it.
        install: String,
        /// The command that builds one in the checkout.
        build: String,
    },
    /// The machine has no such device.
    #[error("backend.name = \"{name}\": there is no {kind} here\n  missing: {missing}\n  fix: {fix}")]
    NoDevice {
        /// The backend's name.
        name: String,
        /// What was looked for.
        kind: &'static str,
        /// What stands in the way.
        missing: String,
        /// The commands that mend it.
        fix: String,
    },
    /// The index is that of no device.
    #[error(
        "backend.name = \"{name}\": there is no device of that index\n  allowed: {allowed}\n  fix: name one of these"
    )]
    NoSuchIndex {
        /// The backend's name.
        name: String,
        /// Every device with its name.
        allowed: String,
    },
    /// Several devices would do, and none is chosen silently.
    #[error("backend.name = \"{name}\": there are several devices\n  allowed: {allowed}\n  fix: name one of these")]
    Ambiguous {
        /// The backend's name.
        name: String,
        /// Every device with its name.
        allowed: String,
    },
    /// The device is a processor's imitation of a GPU.
    #[error(
        "backend.name = \"{name}\": {adapter} is no GPU but a processor's imitation of one\n  fix: install the \
         GPU's driver (`rote devices` says what is missing), take --backend flex, or pass --allow-software-gpu to compute \
         on it all the same, slowly"
    )]
    Software {
        /// The backend's name.
        name: String,
        /// The device.
        adapter: String,
    },
    /// The engine has no way to address the device.
    #[error(
        "backend.name = \"{name}\": the engine cannot address {adapter}, of which there are several of one kind or no \
         known kind\n  fix: take another device; `rote devices` lists them"
    )]
    Unreachable {
        /// The backend's name.
        name: String,
        /// The device.
        adapter: String,
    },
    /// The engine opened another device than the one that was asked for.
    #[error("backend.name = \"{name}\": the engine opened {got} in place of {expected}\n  fix: name another device")]
    OtherDevice {
        /// The backend's name.
        name: String,
        /// The device that was asked for.
        expected: String,
        /// The one that was opened.
        got: String,
    },
    /// The device cannot take SPIR-V, and the engine would compile through WGSL without a word.
    #[error(
        "backend.name = \"{name}\": {adapter} does not meet what the SPIR-V compiler needs; the engine would take \
         {compiler}\n  fix: take --backend wgpu, which compiles through WGSL"
    )]
    NoSpirv {
        /// The backend's name.
        name: String,
        /// The device.
        adapter: String,
        /// What would compile instead.
        compiler: String,
    },
    /// The driver is known to crash on what it would be given.
    #[error(
        "backend.name = \"{name}\": {adapter} crashes on kernels in SPIR-V, which a binary with the feature vulkan \
         gives it\n  fix: take a binary with the feature wgpu alone, or --backend flex"
    )]
    Crashes {
        /// The backend's name.
        name: String,
        /// The device.
        adapter: String,
    },
    /// The device refused to be opened.
    #[error("backend.name = \"{name}\": the device cannot be opened: {failure}{missing}\n  fix: {fix}")]
    Open {
        /// The backend's name.
        name: String,
        /// What the engine says.
        failure: DeviceFailure,
        /// What seems to be missing, in a line of its own, if anything does.
        missing: String,
        /// What may mend it.
        fix: String,
    },
    /// The settings of the engine hold for the whole process and are others already.
    #[error(
        "backend.fusion = {fusion}: the engine of this process already works with other settings\n  fix: start another \
         process for it"
    )]
    Settled {
        /// What was asked for.
        fusion: bool,
    },
}

impl BackendError {
    /// There is no such device, for what is missing.
    #[cfg(any(feature = "gpu", test))]
    pub(super) fn no_device(name: String, kind: &'static str, missing: Vec<Missing>) -> Self {
        let (missing, fix): (Vec<_>, Vec<_>) =
            missing.into_iter().map(|missing| (missing.what, missing.command)).unzip();
        let missing = if missing.is_empty() { "the driver offers none".to_owned() } else { missing.join("; ") };
        let fix = if fix.is_empty() { "take --backend flex".to_owned() } else { fix.join("; ") };
        Self::NoDevice { name, kind, missing, fix }
    }

    /// A device refused to be opened, perhaps for what seems to be missing.
    #[cfg(any(feature = "gpu", test))]
    pub(super) fn cannot_open(name: String, failure: DeviceFailure, missing: Vec<Missing>) -> Self {
        let (missing, fix): (Vec<_>, Vec<_>) =
            missing.into_iter().map(|missing| (missing.what, missing.command)).unzip();
        if missing.is_empty() {
            let fix = "`rote devices` tells what is there".to_owned();
            return Self::Open { name, failure, missing: String::new(), fix };
        }
        let missing = format!("\n  missing, it seems: {}", missing.join("; "));
        Self::Open { name, failure, missing, fix: fix.join("; ") }
    }

    /// The reason alone, without the key that named the device and without the fix.
    #[cfg(any(feature = "wgpu", test))]
    pub(super) fn reason(&self) -> String {
        let text = self.to_string();
        let line = text.lines().next().unwrap_or_default();
        line.split_once("\": ").map_or(line, |(_, reason)| reason).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_seems_to_be_missing_is_told_behind_what_the_engine_says() {
        let missing = || vec![Missing::new("libdevice", "apt-get install -y toolkit")];
        let failure = || DeviceFailure::Operation("no such file".into());
        let errors = [
            BackendError::no_device("cuda".into(), "CUDA device", missing()),
            BackendError::no_device("cuda".into(), "CUDA device", vec![]),
            BackendError::cannot_open("cuda:0".into(), failure(), missing()),
            BackendError::cannot_open("cuda:0".into(), failure(), vec![]),
        ];
        insta::assert_snapshot!(errors.each_ref().map(ToString::to_string).join("\n"));
        let reasons = errors.map(|error| error.reason());
        assert_eq!(reasons[0], "there is no CUDA device here");
        assert_eq!(reasons[3], "the device cannot be opened: the device failed: no such file");
    }
}
