//! Curves as SVG files that can go into a paper as they are: axes with names and units, ticks at round numbers, a
//! legend beside the curves and never over them, and colours that colour-blind readers can tell apart.
//!
//! A [`Figure`] is plain data, so that what is drawn can be computed and tested without drawing. [`Figure::svg`] draws
//! it; [`Target`] is a file that may be written without losing anything.

mod canvas;
mod clip;
mod draw;
mod file;
mod ink;
mod samples;
mod scale;

pub use file::{PlotError, Target};
pub use ink::{Ink, Stroke};
pub use samples::Samples;
pub use scale::{Axis, Scale};

/// One or more panels, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was asked, for readers of the file: it stands in the file and is not shown.
    pub description: String,
    /// The panels, from the top.
    pub panels: Vec<Panel>,
}

/// Two axes and what is drawn between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The curves, in the order of the legend.
    pub curves: Vec<Curve>,
    /// Single points, named in the legend after the curves.
    pub marks: Vec<Mark>,
    /// Vertical lines where something changes, each with its name beside it.
    pub borders: Vec<Border>,
}

/// A line through points.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name in the legend; curves without a name are drawn, but not listed.
    pub name: String,
    /// Points in the units of the axes, in order; NaN interrupts the line, and what lies outside the axes is cut off.
    pub points: Vec<(f64, f64)>,
    /// Its colour.
    pub ink: Ink,
    /// Whether it is solid.
    pub stroke: Stroke,
}

/// A point to be noticed.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its name in the legend.
    pub name: String,
    /// Where it is, in the units of the axes; not drawn outside of them.
    pub at: (f64, f64),
    /// Its colour.
    pub ink: Ink,
}

/// A vertical line with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Border {
    /// Its name, written along it.
    pub name: String,
    /// Where it is, in the units of the horizontal axis.
    pub at: f64,
}

impl Curve {
    /// A solid line.
    pub fn solid(name: impl Into<String>, ink: Ink, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, ink, stroke: Stroke::Solid }
    }

    /// The same line with another stroke.
    #[must_use]
    pub fn with(mut self, stroke: Stroke) -> Self {
        self.stroke = stroke;
        self
    }
}

impl Figure {
    /// The figure as the text of an SVG file.
    ///
    /// # Errors
    /// An axis without extent or with infinite ends, or with ends that are not positive where it is logarithmic.
    pub fn svg(&self) -> Result<String, PlotError> {
        for axis in self.panels.iter().flat_map(|panel| [&panel.x, &panel.y]) {
            axis.check()?;
        }
        Ok(draw::svg(self))
    }
}
