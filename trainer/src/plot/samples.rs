//! A function sampled along an axis, from which several curves are drawn.

use super::{Axis, Curve, Ink, Stroke};

/// Samples along an axis: enough that no corner is seen.
const COUNT: usize = 400;

/// What a function says at places along an axis.
#[derive(Clone, Debug)]
pub struct Samples<T> {
    at: Vec<(f64, T)>,
}

impl<T> Samples<T> {
    /// Evaluates a function from end to end.
    ///
    /// # Errors
    /// The function's first.
    pub fn along<E>(axis: &Axis, mut function: impl FnMut(f64) -> Result<T, E>) -> Result<Self, E> {
        let at = axis.samples(COUNT).into_iter().map(|x| function(x).map(|value| (x, value)));
        Ok(Self { at: at.collect::<Result<_, E>>()? })
    }

    /// A curve through one number of each sample.
    pub fn curve(
        &self,
        name: impl Into<String>,
        (ink, stroke): (Ink, Stroke),
        number: impl Fn(&T) -> f64,
    ) -> Curve {
        let points = self.at.iter().map(|(x, value)| (*x, number(value))).collect();
        Curve { name: name.into(), points, ink, stroke }
    }

    /// The samples, each with its place.
    pub fn at(&self) -> &[(f64, T)] {
        &self.at
    }
}
