//! Products of matrices with a leading axis of members, in double precision.

use super::super::case::Expected;
use super::super::tolerance::{Arithmetic, SMALLEST};

/// Matrices `[E, rows, columns]`, row-major.
#[derive(Clone, Debug)]
pub struct Matrices {
    pub members: usize,
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f64>,
}

impl Matrices {
    pub fn new(shape: [usize; 3], values: &[f32]) -> Self {
        let [members, rows, columns] = shape;
        assert_eq!(values.len(), members * rows * columns);
        Self { members, rows, columns, values: values.iter().map(|&value| f64::from(value)).collect() }
    }

    pub fn transposed(&self) -> Self {
        let (rows, columns) = (self.rows, self.columns);
        let mut values = Vec::with_capacity(self.values.len());
        for matrix in self.values.chunks_exact((rows * columns).max(1)) {
            for column in 0..columns {
                values.extend((0..rows).map(|row| matrix[row * columns + column]));
            }
        }
        Self { rows: columns, columns: rows, values, ..*self }
    }

    fn map(&self, function: impl Fn(f64) -> f64) -> Self {
        Self { values: self.values.iter().copied().map(function).collect(), ..*self }
    }

    pub fn times(&self, other: &Self) -> Self {
        assert_eq!((self.members, self.columns), (other.members, other.rows));
        let (rows, inner, columns) = (self.rows, self.columns, other.columns);
        let mut values = vec![0.0; self.members * rows * columns];
        for member in 0..self.members {
            for row in 0..rows {
                let target = &mut values[(member * rows + row) * columns..][..columns];
                for k in 0..inner {
                    let factor = self.values[(member * rows + row) * inner + k];
                    let source = &other.values[(member * inner + k) * columns..][..columns];
                    target.iter_mut().zip(source).for_each(|(target, value)| *target += factor * value);
                }
            }
        }
        Self { members: self.members, rows, columns, values }
    }

    /// The product with the error that a device may make in it.
    pub fn expected(&self, what: &'static str, other: &Self, arithmetic: Arithmetic) -> Expected {
        let magnitudes = self.map(f64::abs).times(&other.map(f64::abs)).values;
        let relative = arithmetic.product(self.columns);
        let bounds = magnitudes.into_iter().map(|magnitude| relative * magnitude + SMALLEST).collect();
        Expected { what, values: self.times(other).values, bounds }
    }
}
