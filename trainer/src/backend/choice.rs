//! Which of the devices of a backend a name means: never a silent choice, never software unasked.

use super::adapters::{Adapter, AdapterKind};
use super::error::BackendError;

fn listed(adapters: &[Adapter]) -> String {
    let one = |adapter: &Adapter| format!("{} ({}, {})", adapter.backend, adapter.device.name, adapter.kind.name());
    adapters.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The place among `adapters`, which are not none, of the one that `name` means: the one of that index; without an
/// index the only GPU that can be used, or the only software adapter where there is no GPU.
///
/// # Errors
/// [`BackendError`] rather than a silent choice, and for software that was not allowed.
pub(super) fn choose(
    adapters: &[Adapter],
    name: &str,
    index: Option<u32>,
    allow_software: bool,
) -> Result<usize, BackendError> {
    let allowed = || listed(adapters);
    let place = if let Some(index) = index {
        let place = usize::try_from(index).ok().filter(|&place| place < adapters.len());
        place.ok_or_else(|| BackendError::NoSuchIndex { name: name.to_owned(), allowed: allowed() })?
    } else {
        let is_gpu = |adapter: &Adapter| adapter.kind != AdapterKind::Software && adapter.unusable.is_none();
        let gpus: Vec<usize> = (0..adapters.len()).filter(|&place| is_gpu(&adapters[place])).collect();
        match (gpus.as_slice(), adapters.len()) {
            ([only], _) => *only,
            ([], 1) => 0,
            _ => return Err(BackendError::Ambiguous { name: name.to_owned(), allowed: allowed() }),
        }
    };
    let adapter = &adapters[place];
    if adapter.kind == AdapterKind::Software && !allow_software {
        return Err(BackendError::Software { name: name.to_owned(), adapter: adapter.device.name.clone() });
    }
    Ok(place)
}

/// How many of the adapters before `place` are of its kind: the engine counts each kind by itself.
pub(super) fn place_in_kind(adapters: &[Adapter], place: usize) -> usize {
    adapters[..place].iter().filter(|adapter| adapter.kind == adapters[place].kind).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::run_json::DeviceRecord;

    fn adapters(kinds: &[AdapterKind]) -> Vec<Adapter> {
        let adapter = |(index, &kind)| Adapter {
            backend: format!("wgpu:{index}"),
            device: DeviceRecord { name: format!("device {index}"), ..DeviceRecord::default() },
            kind,
            api: "Vulkan",
            pci: None,
            largest_binding_bytes: None,
            largest_buffer_bytes: None,
            unusable: None,
        };
        kinds.iter().enumerate().map(adapter).collect()
    }

    fn chosen(kinds: &[AdapterKind], index: Option<u32>, software: bool) -> Result<usize, BackendError> {
        choose(&adapters(kinds), "wgpu", index, software)
    }

    use AdapterKind::{Discrete, Integrated, Software};

    #[test]
    fn without_an_index_only_the_only_gpu_is_taken() {
        assert_eq!(chosen(&[Software, Discrete], None, false).unwrap(), 1);
        let error = chosen(&[Discrete, Integrated], None, true).unwrap_err();
        assert!(error.to_string().contains("wgpu:0 (device 0, discrete GPU); wgpu:1"), "{error}");
    }

    #[test]
    fn what_cannot_be_used_leaves_no_doubt_about_the_rest() {
        let mut both = adapters(&[Discrete, Discrete]);
        both[0].unusable = Some("broken".into());
        assert_eq!(choose(&both, "cuda", None, false).unwrap(), 1);
        assert_eq!(choose(&both, "cuda", Some(0), false).unwrap(), 0, "what is named is tried");
    }

    #[test]
    fn software_is_taken_only_where_it_is_allowed_and_meant() {
        assert!(matches!(chosen(&[Software], None, false), Err(BackendError::Software { .. })));
        assert!(matches!(chosen(&[Discrete, Software], Some(1), false), Err(BackendError::Software { .. })));
        assert_eq!(chosen(&[Software], None, true).unwrap(), 0);
        assert_eq!(chosen(&[Discrete, Software], Some(1), true).unwrap(), 1);
        assert_eq!(chosen(&[Discrete, Software], None, true).unwrap(), 0, "a GPU comes first");
        assert!(matches!(chosen(&[Software, Software], None, true), Err(BackendError::Ambiguous { .. })));
    }

    #[test]
    fn an_index_beyond_the_list_is_refused_with_the_list() {
        let error = chosen(&[Discrete], Some(1), false).unwrap_err();
        assert!(error.to_string().contains("wgpu:0 (device 0, discrete GPU)"), "{error}");
    }

    #[test]
    fn each_kind_is_counted_by_itself() {
        let adapters = adapters(&[Discrete, Integrated, Discrete, Software]);
        let places: Vec<usize> = (0..4).map(|place| place_in_kind(&adapters, place)).collect();
        assert_eq!(places, [0, 0, 1, 0]);
    }
}
