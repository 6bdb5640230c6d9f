//! What a case is: one row of the table, made of trials, each of which finds an error and compares it with a tolerance.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use rote::backend;
use rote_models::Kernels;
use serde::{Deserialize, Serialize};

use crate::length::Length;
use crate::tolerance::{Arithmetic, Class, ROUNDING};

/// One row of the table.
pub struct Case {
    pub name: &'static str,
    /// The upstream issues whose failure it would show, such as `burn#5122`.
    pub issues: &'static [&'static str],
    pub class: Class,
    pub trials: Vec<Trial>,
}

/// One shape or setting of a case.
pub struct Trial {
    pub label: String,
    pub run: Run,
}

/// Runs a trial; an error says why it came to no numbers.
type Run = Box<dyn Fn(&Bench) -> Result<Found, String>>;

/// What a trial runs on.
pub struct Bench {
    pub device: Device,
    /// How this backend computes a population's loss.
    pub kernels: Kernels,
    pub arithmetic: Arithmetic,
    /// Whether the engine fuses operations; `None` on the CPU, where there is nothing to fuse.
    pub fusion: Option<bool>,
    /// How much is repeated.
    pub length: Length,
}

/// Launches an operation on inputs that are on the device already; the results stay there.
pub type Launch = Box<dyn Fn() -> Vec<Tensor<1>>>;

/// One result of an operation: what it should be, and how far each number may be from it.
pub struct Expected {
    pub what: &'static str,
    pub values: Vec<f64>,
    pub bounds: Vec<f64>,
}

/// The error that comes nearest to its tolerance, or exceeds it most.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Found {
    pub error: Number,
    pub bound: Number,
    /// Which number it is, what it is and what it should be.
    pub place: String,
    /// How often the operation was repeated in a loop that reads nothing; 0 without such a loop.
    pub loops: usize,
}

/// A number that may be infinite or none, which JSON cannot say: by its bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub struct Number(pub f64);

impl From<u64> for Number {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Number> for u64 {
    fn from(number: Number) -> Self {
        number.0.to_bits()
    }
}

impl Found {
    /// Nothing wrong yet.
    pub fn nothing() -> Self {
        Self::new(0.0, 0.0, String::new())
    }

    pub fn new(error: f64, bound: f64, place: String) -> Self {
        let error = Number(if error.is_nan() { f64::INFINITY } else { error });
        Self { error, bound: Number(bound), place, loops: 0 }
    }

    /// The error in tolerances: at most 1 is right.
    pub fn share(&self) -> f64 {
        if self.error.0 == 0.0 { 0.0 } else { self.error.0 / self.bound.0 }
    }

    pub fn is_right(&self) -> bool {
        self.error.0 <= self.bound.0
    }

    /// The worse of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let key = |found: &Self| (found.share(), found.bound.0);
        if key(&other) > key(&self) { other } else { self }
    }
}

impl Expected {
    /// Numbers that must be met exactly.
    pub fn exactly(what: &'static str, values: Vec<f64>) -> Self {
        Self { what, bounds: vec![0.0; values.len()], values }
    }

    /// Numbers with the same bound for all.
    pub fn within(what: &'static str, bound: f64, values: Vec<f64>) -> Self {
        Self { what, bounds: vec![bound; values.len()], values }
    }

    /// # Errors
    /// If the device gave another count of numbers.
    pub fn compare(&self, got: &[f32]) -> Result<Found, String> {
        if got.len() != self.values.len() {
            return Err(format!("{}: {} numbers in the place of {}", self.what, got.len(), self.values.len()));
        }
        let found = got
            .iter()
            .zip(&self.values)
            .zip(&self.bounds)
            .enumerate()
            .map(|(index, ((&got, &value), &bound))| (index, got, value, bound, (f64::from(got) - value).abs()));
        // The worst first, and words for that one only.
        let badness = |error: f64, bound: f64| if error == 0.0 { 0.0 } else { error / bound };
        let mut worst: Option<(usize, f32, f64, f64, f64)> = None;
        for each in found {
            let (_, _, _, bound, error) = each;
            let is_worse = worst.is_none_or(|(_, _, _, other_bound, other)| {
                error.is_nan() || badness(error, bound) > badness(other, other_bound)
            });
            if is_worse {
                worst = Some(each);
                if error.is_nan() {
                    break;
                }
            }
        }
        let Some((index, got, value, bound, error)) = worst else { return Ok(Found::nothing()) };
        Ok(Found::new(error, bound, format!("{} [{index}] is {got:e}, should be {value:e}", self.what)))
    }
}

impl Trial {
    pub fn new(label: impl Into<String>, run: impl Fn(&Bench) -> Result<Found, String> + 'static) -> Self {
        Self { label: label.into(), run: Box::new(run) }
    }

    /// An operation: launched and read twice, then launched many times over with nothing read until the end.
    pub fn operation(
        label: impl Into<String>,
        prepare: impl Fn(&Device) -> Launch + 'static,
        expected: impl Fn(Arithmetic) -> Vec<Expected> + 'static,
    ) -> Self {
        Self::new(label, move |bench: &Bench| {
            let launch = prepare(&bench.device);
            let expected = expected(bench.arithmetic);
            let found = compare(launch(), &expected, "")?;
            let started = Instant::now();
            let found = found.or(compare(launch(), &expected, "again")?);
            let once = started.elapsed().as_secs_f64();
            let loops =
                bench.length.loops(bench.arithmetic.gpu).min((bench.length.loop_seconds() / once) as usize).max(2);
            Ok(Found { loops, ..found.or(repeated(&launch, &expected, loops)?) })
        })
    }
}

fn compare(tensors: Vec<Tensor<1>>, expected: &[Expected], when: &str) -> Result<Found, String> {
    if tensors.len() != expected.len() {
        return Err(format!("{} results in the place of {}", tensors.len(), expected.len()));
    }
    let mut found = Found::nothing();
    for (tensor, expected) in tensors.into_iter().zip(expected) {
        found = found.or(expected.compare(&read(tensor)?)?);
    }
    if !when.is_empty() {
        found.place = format!("{when}: {}", found.place);
    }
    Ok(found)
}

/// Repeats the operation without reading, and adds up on the device how far each repetition is from the first one.
fn repeated(launch: &Launch, expected: &[Expected], loops: usize) -> Result<Found, String> {
    let firsts = launch();
    let mut distances: Vec<Tensor<1>> = firsts.iter().map(Tensor::zeros_like).collect();
    for _ in 0..loops {
        for ((distance, first), again) in distances.iter_mut().zip(&firsts).zip(launch()) {
            *distance = distance.clone() + (again - first.clone()).abs();
        }
    }
    let mut found = Found::nothing();
    for (distance, expected) in distances.into_iter().zip(expected) {
        // The first may be wrong in one direction and each repetition in the other; the sum itself is rounded too.
        let slack = |bound: &f64| 2.0 * loops as f64 * bound * (1.0 + loops as f64 * ROUNDING);
        let bounds = expected.bounds.iter().map(slack).collect();
        let still = Expected { what: expected.what, values: vec![0.0; expected.values.len()], bounds };
        let mut moved = still.compare(&read(distance)?)?;
        moved.place = format!("moved in {loops} unread repetitions: {}", moved.place);
        found = found.or(moved);
    }
    Ok(found.or(compare(firsts, expected, "read after the loop")?))
}

/// A tensor's numbers.
///
/// # Errors
/// What the engine says if it cannot give them, or if anything failed before.
pub fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    backend::read(tensor).map_err(|failure| failure.to_string())
}

/// Numbers on a device.
pub fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// All numbers of a tensor in a row.
pub fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.dims().iter().product::<usize>();
    tensor.reshape([count])
}
