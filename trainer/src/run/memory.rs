//! How much memory a run takes: of the process, and of its device.

use burn::tensor::Device;

/// The most bytes of memory that this process ever held at once, where the system tells (Linux: `VmHWM`).
pub(super) fn peak() -> Option<u64> {
    high_water_mark(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes that a device holds, in use or kept for later use; `None` where memory is the process's own. Work that is under
/// way is waited for, so this is a question for moments at which the device has been waited for anyway.
pub(crate) fn reserved(device: &Device) -> Option<u64> {
    device.memory_pool_usage().map(|usage| usage.bytes_reserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_in_bytes() {
        assert_eq!(high_water_mark("Name:\trote\nVmPeak:\t  900 kB\nVmHWM:\t   20 kB\n"), Some(20 * 1024));
        assert_eq!(high_water_mark("VmPeak:\t  900 kB\n"), None);
        assert_eq!(high_water_mark("VmHWM:\t  many kB\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_holds_some_memory() {
        let bytes = peak().expect("Linux tells");
        assert!(bytes > 1 << 20, "{bytes}");
    }

    #[test]
    fn a_cpu_backend_has_no_memory_of_its_own() {
        assert_eq!(reserved(&Device::flex()), None);
    }
}
