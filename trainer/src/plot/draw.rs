//! How a figure is laid out: panels one below the other, each with its legend to the right.

use super::canvas::{Anchor, Canvas, escaped};
use super::clip::{Point, Window, contains, pieces};
use super::file::MARKER;
use super::{Figure, Ink, Panel, Stroke};

/// Width of a panel with its axis but without its legend, and its height, in pixels.
const PANEL: (f64, f64) = (470.0, 300.0);
/// What is left for the axes and around the data.
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 50.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 16.0;
/// Heights of the letters of axis names, of ticks and legends, and of borders.
const NAME: f64 = 13.0;
const LABEL: f64 = 12.0;
const BORDER: f64 = 11.0;
/// Height of a line of the legend, where its text begins, characters in a line at most, and the width of one.
const LINE: f64 = 16.0;
const TEXT: f64 = 36.0;
const WRAP: usize = 26;
const CHARACTER: f64 = 6.3;

pub(super) fn svg(figure: &Figure) -> String {
    let legends: Vec<Vec<Entry>> = figure.panels.iter().map(entries).collect();
    let longest = legends.iter().flatten().flat_map(|entry| &entry.lines).map(|line| line.chars().count()).max();
    let width = PANEL.0 + longest.map_or(0.0, |characters| TEXT + (characters as f64 * CHARACTER).ceil() + 6.0);
    let description = escaped(&figure.description);
    let head = format!("{MARKER}{}: {description}</desc>", env!("CARGO_PKG_VERSION"));
    let mut canvas = Canvas::new(width, PANEL.1 * figure.panels.len() as f64, &head);
    for (place, (panel, legend)) in figure.panels.iter().zip(&legends).enumerate() {
        let top = PANEL.1 * place as f64;
        Placed::new(panel, top).draw(&mut canvas);
        draw_legend(legend, top, &mut canvas);
    }
    canvas.finish()
}

/// A panel and where its data go.
struct Placed<'a> {
    panel: &'a Panel,
    /// The data's ends on both axes.
    window: Window,
    /// The sheet's.
    top: f64,
    bottom: f64,
}

impl<'a> Placed<'a> {
    fn new(panel: &'a Panel, top: f64) -> Self {
        let window = Window { x: panel.x.inner_ends(), y: panel.y.inner_ends() };
        Self { panel, window, top: top + TOP, bottom: top + PANEL.1 - BOTTOM }
    }

    fn x(&self, place: f64) -> f64 {
        let (low, high) = self.window.x;
        LEFT + (place - low) / (high - low) * (PANEL.0 - RIGHT - LEFT)
    }

    fn y(&self, place: f64) -> f64 {
        let (low, high) = self.window.y;
        self.bottom - (place - low) / (high - low) * (self.bottom - self.top)
    }

    fn draw(&self, canvas: &mut Canvas) {
        self.draw_axes(canvas);
        for border in &self.panel.borders {
            let at = self.panel.x.inner(border.at);
            if self.window.x.0 < at && at <= self.window.x.1 {
                let x = self.x(at);
                canvas.line(&[(x, self.bottom), (x, self.top)], Ink::Grey, 1.0, Stroke::Dotted);
                canvas.upright(&border.name, (x - 8.0, self.top + 2.0), BORDER, Anchor::End, Ink::Grey);
            }
        }
        for curve in &self.panel.curves {
            let points: Vec<Point> = curve.points.iter().map(|&point| self.inner(point)).collect();
            for piece in pieces(&points, self.window) {
                let on_sheet: Vec<Point> = piece.into_iter().map(|(x, y)| (self.x(x), self.y(y))).collect();
                canvas.line(&on_sheet, curve.ink, 1.8, curve.stroke);
            }
        }
        for mark in &self.panel.marks {
            let at = self.inner(mark.at);
            if contains(self.window, at) {
                canvas.dot((self.x(at.0), self.y(at.1)), mark.ink);
            }
        }
    }

    fn inner(&self, (x, y): (f64, f64)) -> Point {
        (self.panel.x.inner(x), self.panel.y.inner(y))
    }

    fn draw_axes(&self, canvas: &mut Canvas) {
        let (left, right) = (LEFT, PANEL.0 - RIGHT);
        for (place, label) in self.panel.x.ticks() {
            let x = self.x(place);
            canvas.grid_line((x, self.bottom), (x, self.top));
            canvas.line(&[(x, self.bottom), (x, self.bottom + 4.0)], Ink::Black, 1.0, Stroke::Solid);
            canvas.text(&label, (x, self.bottom + 13.0), LABEL, Anchor::Middle);
        }
        for (place, label) in self.panel.y.ticks() {
            let y = self.y(place);
            canvas.grid_line((left, y), (right, y));
            canvas.line(&[(left - 4.0, y), (left, y)], Ink::Black, 1.0, Stroke::Solid);
            canvas.text(&label, (left - 8.0, y), LABEL, Anchor::End);
        }
        canvas.line(&[(left, self.top), (left, self.bottom), (right, self.bottom)], Ink::Black, 1.0, Stroke::Solid);
        let middle = (f64::midpoint(left, right), f64::midpoint(self.top, self.bottom));
        canvas.text(&self.panel.x.name, (middle.0, self.bottom + 35.0), NAME, Anchor::Middle);
        canvas.upright(&self.panel.y.name, (14.0, middle.1), NAME, Anchor::Middle, Ink::Black);
    }
}

/// One name of a legend.
struct Entry {
    lines: Vec<String>,
    ink: Ink,
    /// None for a mark.
    stroke: Option<Stroke>,
}

fn entries(panel: &Panel) -> Vec<Entry> {
    let curves = panel.curves.iter().filter(|curve| !curve.name.is_empty());
    let curves = curves.map(|curve| Entry { lines: wrapped(&curve.name), ink: curve.ink, stroke: Some(curve.stroke) });
    let marks = panel.marks.iter().map(|mark| Entry { lines: wrapped(&mark.name), ink: mark.ink, stroke: None });
    curves.chain(marks).collect()
}

/// A name in lines that a legend has room for.
fn wrapped(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split(' ') {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if length > 0 && length + 1 + word.chars().count() > WRAP {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn draw_legend(entries: &[Entry], top: f64, canvas: &mut Canvas) {
    let mut y = top + TOP + LINE / 2.0;
    for entry in entries {
        let (left, right) = (PANEL.0 + 2.0, PANEL.0 + TEXT - 6.0);
        match entry.stroke {
            Some(stroke) => canvas.line(&[(left, y), (right, y)], entry.ink, 1.8, stroke),
            None => canvas.dot((f64::midpoint(left, right), y), entry.ink),
        }
        for line in &entry.lines {
            canvas.text(line, (PANEL.0 + TEXT, y), LABEL, Anchor::Start);
            y += LINE;
        }
        y += 4.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Axis, Border, Curve, Mark};

    #[test]
    fn a_figure_is_one_element_with_everything_named_and_nothing_outside() {
        let curve = Curve::solid("a < b & c", Ink::Blue, vec![(0.0, 0.5), (1.0, 2.0), (2.0, f64::NAN)]);
        let mark = |at| Mark { name: "here".to_owned(), at, ink: Ink::Black };
        let panel = Panel {
            x: Axis::linear("time (s)", 0.0, 1.0),
            y: Axis::log("share", 1e-3, 1.0),
            curves: vec![curve],
            marks: vec![mark((0.5, 0.5)), mark((7.0, 0.5))],
            borders: vec![Border { name: "a change".to_owned(), at: 0.25 }],
        };
        let text = svg(&Figure { description: "--x <1".to_owned(), panels: vec![panel.clone(), panel] });
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n") && text.contains("--x &lt;1</desc>"));
        for name in ["a &lt; b &amp; c", "time (s)", "share", "here", "a change", "10⁻³"] {
            assert!(text.contains(name), "{name}");
        }
        assert!(!text.contains("NaN") && !text.contains("inf"));
        // One dot inside for each panel, and two names of dots in each legend.
        assert_eq!(text.matches("<circle").count(), 2 + 4);
    }

    #[test]
    fn long_names_are_broken_between_words() {
        assert_eq!(wrapped("hallucination at one half, the optimum"), ["hallucination at one half,", "the optimum"]);
        assert_eq!(wrapped("x"), ["x"]);
    }
}
