//! Named f32 tensors in safetensors files. The file is written here rather than by the library, because its header
//! takes metadata from an unordered map: equal weights should give equal files, and equal digests. Reading is the
//! library's.

use super::RecordError;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorInfo};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

const LENGTH_BYTES: usize = 8;

/// A tensor on the host.
///
/// # Shapes
/// `data` holds the product of `shape` values in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// What a safetensors file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile {
    /// In any order; they come back in order of their names.
    pub tensors: Vec<NamedTensor>,
    /// Free text that belongs to the tensors, such as the activation of the network.
    pub metadata: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum HeaderEntry<'a> {
    Metadata(&'a BTreeMap<String, String>),
    Tensor(TensorInfo),
}

const METADATA: &str = "__metadata__";

impl TensorFile {
    /// Writes the file's bytes, the same for the same content. `path` is only for errors.
    pub(super) fn write_to(&self, sink: &mut impl Write, path: &Path) -> Result<(), RecordError> {
        let mut tensors: Vec<&NamedTensor> = self.tensors.iter().collect();
        tensors.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        let header = self.header(&tensors, path)?;
        let mut write = |bytes: &[u8]| sink.write_all(bytes).map_err(RecordError::io("write", path));
        write(&(header.len() as u64).to_le_bytes())?;
        write(&header)?;
        for tensor in tensors {
            if cfg!(target_endian = "little") {
                write(bytemuck::cast_slice(&tensor.data))?;
            } else {
                let bytes: Vec<u8> = tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect();
                write(&bytes)?;
            }
        }
        Ok(())
    }

    /// The header's JSON, padded with spaces so that the tensors begin at a multiple of 8 bytes.
    fn header(&self, sorted: &[&NamedTensor], path: &Path) -> Result<Vec<u8>, RecordError> {
        let refuse = |reason: String| RecordError::Tensor { path: path.to_path_buf(), reason };
        let mut entries = BTreeMap::new();
        let mut start = 0;
        for tensor in sorted {
            let NamedTensor { name, shape, data } = tensor;
            if shape.iter().product::<usize>() != data.len() {
                return Err(refuse(format!("tensor {name:?} has shape {shape:?} but {} values", data.len())));
            }
            let end = start + size_of_val(data.as_slice());
            let info = TensorInfo { dtype: Dtype::F32, shape: shape.clone(), data_offsets: (start, end) };
            if name == METADATA || entries.insert(name.as_str(), HeaderEntry::Tensor(info)).is_some() {
                return Err(refuse(format!("the tensor name {name:?} is taken")));
            }
            start = end;
        }
        if !self.metadata.is_empty() {
            entries.insert(METADATA, HeaderEntry::Metadata(&self.metadata));
        }
        let mut header = serde_json::to_vec(&entries).map_err(RecordError::json(path))?;
        header.resize(header.len().next_multiple_of(LENGTH_BYTES), b' ');
        Ok(header)
    }

    /// Reads a file's bytes. `path` is only for errors.
    pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<Self, RecordError> {
        let refuse = |reason: String| RecordError::Tensor { path: path.to_path_buf(), reason };
        let (header_bytes, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| refuse(format!("not a safetensors file: {error}")))?;
        let data = &bytes[LENGTH_BYTES + header_bytes..];
        let mut tensors = Vec::new();
        for (name, info) in header.tensors() {
            if info.dtype != Dtype::F32 {
                return Err(refuse(format!("tensor {name:?}: expected f32, got {:?}", info.dtype)));
            }
            let (start, end) = info.data_offsets;
            tensors.push(NamedTensor { name, shape: info.shape.clone(), data: floats(&data[start..end]) });
        }
        tensors.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        let metadata = header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(Self { tensors, metadata })
    }

    /// Reads a safetensors file.
    ///
    /// # Errors
    /// [`RecordError::Io`], or [`RecordError::Tensor`] when it is none or holds other types than f32.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let bytes = std::fs::read(path).map_err(RecordError::io("read", path))?;
        Self::parse(&bytes, path)
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (values, _) = bytes.as_chunks::<4>();
    values.iter().map(|&value| f32::from_le_bytes(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::View;

    fn sample() -> TensorFile {
        let weight = NamedTensor { name: "weight".into(), shape: vec![2, 3, 1], data: vec![1., -2., 0.5, 4., 5., 6.] };
        let bias = NamedTensor { name: "bias".into(), shape: vec![2], data: vec![f32::from_bits(0x7fc0_1234), -0.0] };
        let metadata =
            ["population", "activation", "kernels", "widths"].map(|key| (key.to_owned(), key.to_uppercase()));
        TensorFile { tensors: vec![weight, bias], metadata: BTreeMap::from(metadata) }
    }

    fn bytes_of(file: &TensorFile) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.write_to(&mut bytes, Path::new("model.safetensors")).unwrap();
        bytes
    }

    #[test]
    fn comes_back_to_the_bit_whatever_the_order() {
        let file = sample();
        let bytes = bytes_of(&file);
        let back = TensorFile::parse(&bytes, Path::new("model.safetensors")).unwrap();
        assert_eq!(back.metadata, file.metadata);
        let names: Vec<&str> = back.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["bias", "weight"]);
        // The bias holds a NaN, which compares unequal to itself.
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back.tensors[0].data), [0x7fc0_1234, 0x8000_0000]);
        assert_eq!(back.tensors[1], file.tensors[0]);
        let reversed = TensorFile { tensors: file.tensors.into_iter().rev().collect(), metadata: file.metadata };
        assert!(bytes_of(&reversed) == bytes);
    }

    /// The library's writer and this one agree, where the library's is determined.
    #[test]
    fn the_bytes_are_those_of_the_library() {
        struct Borrowed<'a>(&'a NamedTensor);
        impl View for Borrowed<'_> {
            fn dtype(&self) -> Dtype {
                Dtype::F32
            }
            fn shape(&self) -> &[usize] {
                &self.0.shape
            }
            fn data(&self) -> std::borrow::Cow<'_, [u8]> {
                bytemuck::cast_slice(&self.0.data).into()
            }
            fn data_len(&self) -> usize {
                size_of_val(self.0.data.as_slice())
            }
        }
        let file = TensorFile { metadata: BTreeMap::new(), ..sample() };
        let views = file.tensors.iter().map(|tensor| (tensor.name.clone(), Borrowed(tensor)));
        let theirs = safetensors::serialize(views, None).unwrap();
        assert!(bytes_of(&file) == theirs);
    }

    #[test]
    fn wrong_shapes_taken_names_and_other_types_are_refused() {
        let path = Path::new("model.safetensors");
        let refused = |tensors: Vec<NamedTensor>| {
            let file = TensorFile { tensors, metadata: BTreeMap::new() };
            file.write_to(&mut Vec::new(), path).unwrap_err().to_string()
        };
        let tensor =
            |name: &str, shape: &[usize]| NamedTensor { name: name.into(), shape: shape.into(), data: vec![0.; 2] };
        assert!(refused(vec![tensor("a", &[3])]).contains("shape [3] but 2 values"));
        assert!(refused(vec![tensor("a", &[2]), tensor("a", &[2])]).contains("\"a\" is taken"));
        assert!(refused(vec![tensor(METADATA, &[2])]).contains("is taken"));

        let header = br#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}  "#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(&[0; 8]);
        let error = TensorFile::parse(&bytes, path).unwrap_err().to_string();
        assert!(error.contains("expected f32, got F64"), "{error}");
        bytes.pop();
        assert!(TensorFile::parse(&bytes, path).is_err());
    }
}
