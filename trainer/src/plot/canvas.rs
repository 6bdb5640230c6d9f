//! The few shapes that a figure is made of, as SVG elements: so few that no plotting library is needed.

use std::fmt::Write;

use super::{Ink, Stroke};

const FONTS: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// An SVG file in the making. Lengths are pixels from the upper left corner.
pub(super) struct Canvas {
    text: String,
}

/// Where a text stands from its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// To the right of it.
    Start,
    /// Around it.
    Middle,
    /// To the left of it.
    End,
}

impl Canvas {
    /// A white sheet; `head` are elements that are not shown.
    pub(super) fn new(width: f64, height: f64, head: &str) -> Self {
        let mut text = String::new();
        let _ = write!(
            text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n{head}\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <g font-family=\"{FONTS}\" fill=\"none\" stroke-linejoin=\"round\">\n"
        );
        Self { text }
    }

    /// A line through points.
    pub(super) fn line(&mut self, points: &[(f64, f64)], ink: Ink, width: f64, stroke: Stroke) {
        self.shape(points, ink.colour(), width, stroke.dashes());
    }

    /// A thin line behind the data.
    pub(super) fn grid_line(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.shape(&[from, to], "#e2e2e2", 0.8, "");
    }

    fn shape(&mut self, points: &[(f64, f64)], colour: &str, width: f64, dashes: &str) {
        let _ = write!(self.text, "<polyline stroke=\"{colour}\" stroke-width=\"{width}\"{dashes} points=\"");
        for (i, (x, y)) in points.iter().enumerate() {
            let _ = write!(self.text, "{}{x:.2},{y:.2}", if i > 0 { " " } else { "" });
        }
        self.text.push_str("\"/>\n");
    }

    /// A dot with a white rim.
    pub(super) fn dot(&mut self, (x, y): (f64, f64), ink: Ink) {
        let colour = ink.colour();
        let _ =
            writeln!(self.text, "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"4.5\" fill=\"{colour}\" stroke=\"#ffffff\"/>");
    }

    /// A text whose middle is at the height of its point.
    pub(super) fn text(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        self.lettering(text, at, size, anchor, Ink::Black, "");
    }

    /// A text that runs upwards.
    pub(super) fn upright(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor, ink: Ink) {
        let turn = format!(" transform=\"rotate(-90 {:.2} {:.2})\"", at.0, at.1);
        self.lettering(text, at, size, anchor, ink, &turn);
    }

    fn lettering(&mut self, text: &str, (x, y): (f64, f64), size: f64, anchor: Anchor, ink: Ink, turn: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.text,
            "<text x=\"{x:.2}\" y=\"{y:.2}\" dy=\".35em\" font-size=\"{size}\" text-anchor=\"{anchor}\" \
             fill=\"{}\"{turn}>{}</text>",
            ink.colour(),
            escaped(text)
        );
    }

    /// The whole file.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</g>\n</svg>\n");
        self.text
    }
}

/// A text in which nothing is taken for markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
