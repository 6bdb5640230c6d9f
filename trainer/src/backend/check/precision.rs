//! How precise a device's matrix products are. GPUs with units for machine learning may round the factors of `f32`
//! products to fewer bits without a word; what then counts as agreement depends on it.

use std::fmt;

use burn::tensor::{Device, Tensor, TensorData};
use rote_models::Shape;

use crate::backend::failure::{DeviceFailure, read};

/// Bits behind the point of an `f32`.
const SINGLE: u32 = 23;
/// Those of bf16, the coarsest factors that units for machine learning take.
const LEAST: u32 = 7;
/// What rounding in single precision may come to, over a whole network: of a loss, and of a gradient over the scale of its
/// layer. Sums in another order and other approximations of tanh and exp stay ten times below.
const LOSS_TOLERANCE: f64 = 1e-5;
const GRADIENT_TOLERANCE: f64 = 5e-4;

/// Sums of this many numbers run side by side in the slowest kernel; each adds its share of the rows one by one.
const SUMS: f64 = 32.0;

/// So many bits behind the point of a factor are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precision(pub(super) u32);

impl Precision {
    /// How far a mean loss of so many rows may be off, over its value.
    pub(super) fn loss_tolerance(self, rows: usize) -> f64 {
        LOSS_TOLERANCE.max(4.0 * self.unit()).max(adding(rows))
    }

    /// How far a gradient may be off, over the scale of its layer.
    pub(super) fn gradient_tolerance(self, rows: usize) -> f64 {
        GRADIENT_TOLERANCE.max(50.0 * self.unit()).max(adding(rows))
    }

    fn unit(self) -> f64 {
        0.5_f64.powi(self.0 as i32)
    }
}

/// What adding so many equal numbers one by one may come to, over their sum.
fn adding(rows: usize) -> f64 {
    rows as f64 / SUMS * 0.5_f64.powi(SINGLE as i32 + 1)
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SINGLE => f.write_str("f32"),
            10 => f.write_str("tf32"),
            7 => f.write_str("bf16"),
            bits => write!(f, "{bits} bits"),
        }
    }
}

/// Rows of products that are read back; other rows are computed in the same way.
const READ: usize = 256;

/// Probes products of a population's largest layer, in the shape in which they are trained: factors `1 + 2^-k` times 1
/// come back as they are, or as 1 where bit `k` is dropped.
pub(super) fn of(device: &Device, shape: &Shape, members: usize, rows: usize) -> Result<Precision, DeviceFailure> {
    let layers = shape.layers();
    let Some(layer) = layers.iter().max_by_key(|layer| layer.weights.len()) else { return Ok(Precision(SINGLE)) };
    let rows = rows.max(SINGLE as usize);
    let factors: Vec<f32> = (0..rows).flat_map(|row| vec![factor(row); layer.inputs]).collect();
    // Every unit passes one input on.
    let one = |index: usize| if index / layer.outputs == index % layer.outputs % layer.inputs { 1.0 } else { 0.0 };
    let weights: Vec<f32> = (0..layer.weights.len()).map(one).collect();
    // All members have the same, written out for each so that the kernel sees what training gives it.
    let ones = Tensor::<3>::ones([members, 1, 1], device);
    let x = Tensor::<3>::from_data(TensorData::new(factors, [1, rows, layer.inputs]), device) * ones.clone();
    let weights = Tensor::<3>::from_data(TensorData::new(weights, [1, layer.inputs, layer.outputs]), device) * ones;
    let products = read(x.matmul(weights).slice([0..1, 0..rows.min(READ), 0..layer.outputs]))?;
    Ok(Precision(kept(&products, layer.outputs)))
}

fn factor(row: usize) -> f32 {
    1.0 + 0.5_f32.powi(row as i32 % SINGLE as i32 + 1)
}

/// The bits that every product kept. Products that are no factors rounded to so many bits, or that keep fewer than any unit
/// there is, are not coarse but wrong: they are granted what single precision is, which they will fail.
fn kept(products: &[f32], outputs: usize) -> u32 {
    let rows = || products.chunks_exact(outputs).enumerate();
    let kept = |bit: u32| {
        let mut of_bit = rows().filter(|(row, _)| *row as u32 % SINGLE + 1 == bit);
        of_bit.all(|(row, products)| products.iter().all(|product| product.to_bits() == factor(row).to_bits()))
    };
    let bits = (1..=SINGLE).take_while(|&bit| kept(bit)).last().unwrap_or(0);
    let unit = 0.5_f32.powi(bits as i32);
    let is_rounded =
        |(row, products): (usize, &[f32])| products.iter().all(|product| (product - factor(row)).abs() <= unit);
    if bits >= LEAST && rows().all(is_rounded) { bits } else { SINGLE }
}

#[cfg(test)]
mod tests {
    use rote_models::Activation;

    use super::*;

    #[test]
    fn the_processor_keeps_single_precision() {
        for shape in [Shape::uniform(32, 2, 24, Activation::Tanh), Shape::uniform(3, 1, 7, Activation::Relu)] {
            assert_eq!(of(&Device::flex(), &shape, 2, 5).unwrap().to_string(), "f32");
        }
    }

    #[test]
    fn dropped_bits_are_counted() {
        let rounded = |bits: i32| {
            let unit = 2.0_f32.powi(bits);
            let products: Vec<f32> = (0..30).flat_map(|row| [(factor(row) * unit).floor() / unit; 3]).collect();
            Precision(kept(&products, 3))
        };
        assert_eq!(
            [rounded(10).to_string(), rounded(7).to_string(), rounded(12).to_string()],
            ["tf32", "bf16", "12 bits"]
        );
        assert_eq!(rounded(3).to_string(), "f32", "that is coarser than any unit");
        let mut wrong: Vec<f32> = (0..30).flat_map(|row| [factor(row); 3]).collect();
        wrong[8 * 3 + 1] = 0.0;
        assert_eq!(Precision(kept(&wrong, 3)).to_string(), "f32", "one wrong product excuses none");
        assert!(rounded(10).loss_tolerance(1) > 1e-3 && rounded(23).loss_tolerance(3048) < 2e-5);
    }
}
