//! Optimisers by hand, in double precision: AdamW without decay, Nesterov's momentum, and Muon.

use rote_models::Shape;

use crate::tolerance::ROUNDING;

/// How many roundings a step may make, counted generously: divisions and roots of GPUs are off by several.
const ROUNDINGS: f64 = 40.0 * ROUNDING;
/// The absolute error that Muon's iteration may make in a matrix whose singular values are near 1.
const MUON: f64 = 2e-4;

/// Decay and guard of AdamW as the recipe has them. They meet the device in single precision.
const BETAS: [f64; 2] = [0.9_f32 as f64, 0.99_f32 as f64];
const EPSILON: f64 = 1e-8_f32 as f64;

/// A direction to step in at rate 1, with its error.
pub struct Direction {
    pub values: Vec<f64>,
    pub errors: Vec<f64>,
}

/// One member's AdamW.
pub struct AdamW {
    steps: i32,
    first: Vec<f64>,
    /// The first moment of magnitudes, which its rounding goes by.
    magnitude: Vec<f64>,
    second: Vec<f64>,
}

impl AdamW {
    pub fn new(parameters: usize) -> Self {
        let zeros = || vec![0.0; parameters];
        Self { steps: 0, first: zeros(), magnitude: zeros(), second: zeros() }
    }

    pub fn direction(&mut self, gradient: &[f64]) -> Direction {
        self.steps += 1;
        let [first, second] = BETAS;
        let correction = |beta: f64| 1.0 - beta.powi(self.steps);
        // 1 - beta^t loses digits that beta^t had.
        let cancelled = ROUNDING * f64::from(self.steps) * (1.0 / correction(first) + 1.0 / correction(second));
        let mut direction = Direction { values: Vec::new(), errors: Vec::new() };
        for (index, &slope) in gradient.iter().enumerate() {
            let moment = |old: f64, beta: f64, new: f64| beta * old + (1.0 - beta) * new;
            self.first[index] = moment(self.first[index], first, slope);
            self.magnitude[index] = moment(self.magnitude[index], first, slope.abs());
            self.second[index] = moment(self.second[index], second, slope * slope);
            let root = (self.second[index] / correction(second)).sqrt() + EPSILON;
            let value = self.first[index] / correction(first) / root;
            let size = self.magnitude[index] / correction(first) / root;
            direction.values.push(-value);
            direction.errors.push((ROUNDINGS + 2.0 * cancelled) * size);
        }
        direction
    }
}

/// One member's momentum with Nesterov's look ahead.
pub struct Momentum {
    factor: f64,
    velocity: Vec<f64>,
    magnitude: Vec<f64>,
}

impl Momentum {
    pub fn new(factor: f32, parameters: usize) -> Self {
        Self { factor: f64::from(factor), velocity: vec![0.0; parameters], magnitude: vec![0.0; parameters] }
    }

    pub fn direction(&mut self, gradient: &[f64]) -> Direction {
        let mut direction = Direction { values: Vec::new(), errors: Vec::new() };
        for (index, &slope) in gradient.iter().enumerate() {
            self.velocity[index] = self.factor * self.velocity[index] + slope;
            self.magnitude[index] = self.factor * self.magnitude[index] + slope.abs();
            direction.values.push(-(self.factor * self.velocity[index] + slope));
            direction.errors.push(ROUNDINGS * (self.factor * self.magnitude[index] + slope.abs()));
        }
        direction
    }
}

/// One member's Muon: orthogonal steps for the matrices of the hidden layers, AdamW for everything else.
pub struct Muon<'a> {
    shape: &'a Shape,
    momentum: Momentum,
    others: AdamW,
}

impl<'a> Muon<'a> {
    pub fn new(shape: &'a Shape) -> Self {
        let parameters = shape.parameters();
        Self { shape, momentum: Momentum::new(0.95, parameters), others: AdamW::new(parameters) }
    }

    pub fn direction(&mut self, gradient: &[f64], tf32: bool) -> Direction {
        let mut direction = self.others.direction(gradient);
        let update = self.momentum.direction(gradient);
        let layers = self.shape.layers();
        for layer in &layers[..layers.len() - 1] {
            let matrix: Vec<f64> = update.values[layer.weights.clone()].iter().map(|value| -value).collect();
            let tall = (layer.inputs as f64 / layer.outputs as f64).max(1.0).sqrt();
            let orthogonal = orthogonal(matrix, layer.inputs, layer.outputs);
            for (place, value) in layer.weights.clone().zip(orthogonal) {
                direction.values[place] = -tall * value;
                direction.errors[place] = tall * if tf32 { 0.1 } else { MUON };
            }
        }
        direction
    }
}

/// Five steps of the quintic Newton-Schulz iteration that drives singular values towards 1.
fn orthogonal(mut x: Vec<f64>, rows: usize, columns: usize) -> Vec<f64> {
    let norm = x.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-7);
    for value in &mut x {
        *value /= norm;
    }
    for _ in 0..5 {
        // The smaller of x x^T and x^T x; both give the same polynomial in x.
        let wide = rows <= columns;
        let side = rows.min(columns);
        let at = |i: usize, k: usize| if wide { x[i * columns + k] } else { x[k * columns + i] };
        let depth = rows.max(columns);
        let gram = square(side, |i, j| (0..depth).map(|k| at(i, k) * at(j, k)).sum());
        let polynomial = square(side, |i, j| {
            let cubic: f64 = (0..side).map(|k| gram[i * side + k] * gram[k * side + j]).sum();
            -4.775 * gram[i * side + j] + 2.0315 * cubic
        });
        x = (0..rows * columns)
            .map(|place| {
                let (row, column) = (place / columns, place % columns);
                let (i, k) = if wide { (row, column) } else { (column, row) };
                let fifth: f64 = (0..side).map(|j| polynomial[i * side + j] * at(j, k)).sum();
                3.4445 * x[place] + fifth
            })
            .collect();
    }
    x
}

fn square(side: usize, element: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..side * side).map(|place| element(place / side, place % side)).collect()
}
