//! What a machine must have besides this binary before a GPU backend can work: a loader, a driver's files, a library.
//! Whether a device works only opening it tells; where none does, what seems to be missing is told with the command that
//! installs it.

use std::path::Path;

use serde::Serialize;

/// Something that is missing, and what installs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What is missing.
    pub what: String,
    /// The command that installs it, or what else to do.
    pub command: String,
}

impl Missing {
    pub(super) fn new(what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { what: what.into(), command: command.into() }
    }
}

/// What was found of all that.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// `ID` and `ID_LIKE` of /etc/os-release.
    distribution: String,
    /// Whether Vulkan's loader is installed.
    loader: bool,
    /// File names of the Vulkan drivers' manifests.
    drivers: Vec<String>,
    /// PCI vendors of the machine's display controllers.
    vendors: Vec<u16>,
    /// The version of NVIDIA's kernel driver, where it is loaded.
    nvidia: Option<String>,
    /// Whether CUDA's driver library is installed.
    cuda: bool,
    /// Whether the CUDA toolkit's mathematics library is installed.
    libdevice: bool,
}

const NVIDIA: u16 = 0x10de;
const AMD: u16 = 0x1002;
const INTEL: u16 = 0x8086;
const LIBRARY_FOLDERS: [&str; 7] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/local/nvidia/lib64",
];
const MANIFEST_FOLDERS: [&str; 3] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
/// Where the engine looks for the CUDA toolkit, unless `CUDA_PATH` says where it is.
const TOOLKITS: [&str; 4] = ["/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda", "/usr"];

impl Machine {
    /// Looks around on this machine.
    pub(super) fn look() -> Self {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let ids = release.lines().filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="));
        let toolkits =
            std::env::var("CUDA_PATH").map_or_else(|_| TOOLKITS.map(str::to_owned).to_vec(), |path| vec![path]);
        let libdevice = |root: &String| Path::new(root).join("nvvm/libdevice/libdevice.10.bc").is_file();
        Self {
            distribution: ids.collect::<Vec<_>>().join(" "),
            loader: library("libvulkan.so.1"),
            drivers: manifests(),
            vendors: display_controllers(),
            nvidia: Self::nvidia_driver(),
            cuda: library("libcuda.so.1"),
            libdevice: toolkits.iter().any(libdevice),
        }
    }

    /// The version of NVIDIA's kernel driver, where it is loaded.
    pub(super) fn nvidia_driver() -> Option<String> {
        let text = std::fs::read_to_string("/proc/driver/nvidia/version").ok()?;
        text.split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))
            .map(str::to_owned)
    }

    /// What stands between this machine and a GPU through a graphics interface, where none was found.
    pub(super) fn missing_graphics(&self) -> Vec<Missing> {
        let mut missing = self.lacking_graphics();
        if missing.is_empty() && cfg!(target_os = "linux") {
            let tools = self.packages(["vulkan-tools"; 2]);
            missing.push(Missing::new(
                format!("an answer from the Vulkan drivers that are installed ({})", self.drivers.join(", ")),
                format!("{tools}, then `vulkaninfo --summary` tells why"),
            ));
        } else if missing.is_empty() {
            missing.push(Missing::new("an answer from a GPU", "install its driver"));
        }
        missing
    }

    /// What Vulkan certainly lacks, by the files that are there.
    pub(super) fn lacking_graphics(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if !cfg!(target_os = "linux") {
            return missing;
        }
        if !self.loader {
            missing
                .push(Missing::new("the Vulkan loader libvulkan.so.1", self.packages(["libvulkan1", "vulkan-loader"])));
        }
        let has = |name: &str| self.drivers.iter().any(|driver| driver.contains(name));
        if self.has_nvidia() && !has("nvidia") {
            missing.push(self.missing_nvidia());
        }
        if self.vendors.contains(&AMD) && !has("radeon") && !has("amd")
            || self.vendors.contains(&INTEL) && !has("intel")
        {
            let install = self.packages(["mesa-vulkan-drivers"; 2]);
            missing.push(Missing::new("the Vulkan driver of Mesa for the machine's GPU", install));
        }
        let known = self.has_nvidia() || self.vendors.iter().any(|vendor| [AMD, INTEL].contains(vendor));
        if missing.is_empty() && !known {
            missing.push(Missing::new(
                "a GPU: none of AMD, Intel or NVIDIA is on the PCI bus",
                format!(
                    "take --backend flex; or, to try the GPU's code on the processor, {}, and pass \
                     --allow-software-gpu to a binary with the feature wgpu",
                    self.packages(["mesa-vulkan-drivers libvulkan1", "mesa-vulkan-drivers vulkan-loader"])
                ),
            ));
        }
        missing
    }

    /// What seems to stand between this machine and CUDA, where its engine opened no device.
    pub(super) fn missing_cuda(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if self.nvidia.is_none() {
            missing.push(self.missing_kernel_driver());
        } else if !self.cuda {
            let fix = "install the driver's CUDA library; in a container, start it with NVIDIA_DRIVER_CAPABILITIES=all";
            missing.push(Missing::new("the driver's library libcuda.so.1", fix));
        }
        if !self.libdevice {
            missing.push(Missing::new(
                "libdevice.10.bc of the CUDA toolkit, which the kernels' exponentials need",
                format!(
                    "{}, or set CUDA_PATH to a toolkit with nvvm/libdevice/libdevice.10.bc",
                    self.packages(["nvidia-cuda-toolkit", "cuda-nvvm"])
                ),
            ));
        }
        missing
    }

    fn has_nvidia(&self) -> bool {
        self.nvidia.is_some() || self.vendors.contains(&NVIDIA)
    }

    fn missing_nvidia(&self) -> Missing {
        let Some(version) = &self.nvidia else { return self.missing_kernel_driver() };
        let major = version.split('.').next().unwrap_or_default();
        let package = if self.distribution.contains("ubuntu") {
            format!("apt-get install -y libnvidia-gl-{major}")
        } else {
            self.packages(["nvidia-vulkan-icd", "xorg-x11-drv-nvidia-libs"])
        };
        Missing::new(
            format!("the Vulkan part of NVIDIA's driver {version} (nvidia_icd.json)"),
            format!("{package}; in a container, start it with NVIDIA_DRIVER_CAPABILITIES=all"),
        )
    }

    fn missing_kernel_driver(&self) -> Missing {
        let install = if self.distribution.contains("ubuntu") {
            "ubuntu-drivers install".to_owned()
        } else {
            self.packages(["nvidia-driver", "akmod-nvidia"])
        };
        if self.vendors.contains(&NVIDIA) {
            Missing::new("NVIDIA's driver: it is not loaded", install)
        } else {
            let fix = format!("put one in, then {install}; or take another backend");
            Missing::new("an NVIDIA GPU: none is on the PCI bus, and NVIDIA's driver is not loaded", fix)
        }
    }

    /// The command that installs a package: of Debian's family, or of Fedora's.
    fn packages(&self, [debian, fedora]: [&str; 2]) -> String {
        if self.distribution.contains("fedora") || self.distribution.contains("rhel") {
            format!("dnf install -y {fedora}")
        } else {
            format!("apt-get install -y {debian}")
        }
    }
}

/// Whether the system's loader would find a library.
fn library(name: &str) -> bool {
    let own = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = own.split(':').filter(|folder| !folder.is_empty()).chain(LIBRARY_FOLDERS);
    folders.map(|folder| Path::new(folder).join(name)).any(|path| path.exists())
}

fn manifests() -> Vec<String> {
    let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].into_iter().filter_map(|name| std::env::var(name).ok());
    let mut found: Vec<String> =
        named.flat_map(|list| list.split(':').map(str::to_owned).collect::<Vec<_>>()).collect();
    for entry in MANIFEST_FOLDERS.into_iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten() {
        found.push(entry.file_name().to_string_lossy().into_owned());
    }
    found
}

/// PCI vendors of everything that draws or computes like a GPU: class 03.
fn display_controllers() -> Vec<u16> {
    let Ok(devices) = std::fs::read_dir("/sys/bus/pci/devices") else { return Vec::new() };
    let vendor = |folder: std::path::PathBuf| {
        let class = std::fs::read_to_string(folder.join("class")).ok()?;
        let vendor = std::fs::read_to_string(folder.join("vendor")).ok()?;
        class.starts_with("0x03").then(|| u16::from_str_radix(vendor.trim().trim_start_matches("0x"), 16).ok())?
    };
    devices.flatten().filter_map(|entry| vendor(entry.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(missing: &[Missing]) -> String {
        missing.iter().flat_map(|missing| [&missing.what, "\n  ", &missing.command, "\n"]).collect()
    }

    #[test]
    fn each_machine_is_told_what_it_lacks() {
        let debian = Machine { distribution: "ID=debian".into(), ..Machine::default() };
        let loaded = Machine { loader: true, ..debian.clone() };
        let nvidia = Machine { nvidia: Some("550.54.15".into()), vendors: vec![NVIDIA], ..loaded.clone() };
        let ubuntu = Machine { distribution: "ID=ubuntu ID_LIKE=debian".into(), ..nvidia.clone() };
        let amd = Machine { vendors: vec![AMD], drivers: vec!["lvp_icd.x86_64.json".into()], ..debian.clone() };
        let fedora = Machine { distribution: "ID=fedora".into(), ..amd.clone() };
        let silent = Machine { drivers: vec!["nvidia_icd.json".into()], ..nvidia.clone() };
        let machines = [
            ("bare", &loaded),
            ("NVIDIA", &nvidia),
            ("Ubuntu", &ubuntu),
            ("AMD", &amd),
            ("Fedora", &fedora),
            ("silent", &silent),
        ];
        let texts = machines.map(|(name, machine)| format!("# {name}\n{}", told(&machine.missing_graphics())));
        insta::assert_snapshot!(texts.concat());
    }

    #[test]
    fn cuda_needs_a_driver_and_a_library() {
        let bare = Machine { distribution: "ID=debian".into(), ..Machine::default() };
        let card = Machine { vendors: vec![NVIDIA], libdevice: true, ..bare.clone() };
        let container = Machine { nvidia: Some("570.1".into()), ..card.clone() };
        let whole = Machine { cuda: true, ..container.clone() };
        assert_eq!(whole.missing_cuda(), []);
        insta::assert_snapshot!(format!(
            "# bare\n{}# card\n{}# container\n{}",
            told(&bare.missing_cuda()),
            told(&card.missing_cuda()),
            told(&container.missing_cuda())
        ));
    }
}
