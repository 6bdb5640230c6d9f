//! The processor as a device.

use crate::record::run_json::DeviceRecord;

/// The processor, as the system names it.
pub(super) fn processor() -> DeviceRecord {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned());
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB"));
    let memory_bytes =
        total.and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok()).map(|kilobytes| kilobytes * 1024);
    DeviceRecord { name, driver: None, memory_bytes }
}
