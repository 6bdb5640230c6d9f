//! A function sampled along an axis, from which several curves are drawn.

use super::{Axis, Curve, Ink, Stroke};

/// Samples along an axis: enough that no corner is seen.
const COUNT: usize = 400;
/// Enough for a smooth curve.
const FEW: usize = 80;

/// What a function says at places along an axis.
#[derive(Clone, Debug)]
pub struct Samples<T> {
    values: Vec<(f64, T)>,
}

impl<T> Samples<T> {
    /// Evaluates a function from end to end.
    ///
    /// # Errors
    /// The function's first.
    pub fn along<E>(axis: &Axis, function: impl FnMut(f64) -> Result<T, E>) -> Result<Self, E> {
        Self::at(axis.samples(COUNT), function)
    }

    /// The same at fewer places, for a smooth function that takes its time.
    ///
    /// # Errors
    /// The function's first.
    pub fn few_along<E>(axis: &Axis, function: impl FnMut(f64) -> Result<T, E>) -> Result<Self, E> {
        Self::at(axis.samples(FEW), function)
    }

    fn at<E>(places: Vec<f64>, mut function: impl FnMut(f64) -> Result<T, E>) -> Result<Self, E> {
        let values = places.into_iter().map(|x| function(x).map(|value| (x, value)));
        Ok(Self { values: values.collect::<Result<_, E>>()? })
    }

    /// A curve through one number of each sample.
    pub fn curve(&self, name: impl Into<String>, (ink, stroke): (Ink, Stroke), number: impl Fn(&T) -> f64) -> Curve {
        let points = self.values.iter().map(|(x, value)| (*x, number(value))).collect();
        Curve { name: name.into(), points, ink, stroke }
    }

    /// The samples, each with its place.
    pub fn values(&self) -> &[(f64, T)] {
        &self.values
    }
}
