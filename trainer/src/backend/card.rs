//! What the system knows of a graphics card and the graphics interface does not tell.

/// The memory in bytes of the GPU at a place on the PCI bus, such as `0000:01:00.0`. Vulkan does not tell the engine;
/// the system knows it of AMD's, NVIDIA's tool of theirs.
#[cfg(feature = "wgpu")]
pub(super) fn graphics_memory(pci: &str) -> Option<u64> {
    let amd = std::fs::read_to_string(format!("/sys/bus/pci/devices/{pci}/mem_info_vram_total")).ok();
    if let Some(bytes) = amd.and_then(|text| text.trim().parse().ok()) {
        return Some(bytes);
    }
    super::machine::Machine::nvidia_driver()?;
    let query = ["--query-gpu=pci.bus_id,memory.total", "--format=csv,noheader,nounits"];
    let output = std::process::Command::new("nvidia-smi").args(query).output().ok()?;
    nvidia_memory(&String::from_utf8_lossy(&output.stdout), pci)
}

/// NVIDIA writes the PCI domain with eight digits where others write four.
fn nvidia_memory(table: &str, pci: &str) -> Option<u64> {
    let row = table
        .lines()
        .filter_map(|line| line.split_once(','))
        .find(|(bus, _)| bus.trim().to_lowercase().ends_with(&pci.to_lowercase()));
    row.and_then(|(_, mebibytes)| mebibytes.trim().parse::<u64>().ok()).map(|mebibytes| mebibytes << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_found_by_the_place_on_the_bus() {
        let table = "00000000:01:00.0, 24564\n00000000:C1:00.0, 81559\n";
        assert_eq!(nvidia_memory(table, "0000:c1:00.0"), Some(81_559 << 20));
        assert_eq!(nvidia_memory(table, "0000:02:00.0"), None);
    }
}
