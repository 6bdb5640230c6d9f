//! Cutting a line at the edges of a panel, so that nothing is drawn over the axes.

/// A point in the coordinates of the axes, logarithms already taken.
pub(super) type Point = (f64, f64);

/// The ends of the two axes.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// The pieces of a line that lie in the window. NaN interrupts the line; infinite coordinates lie far outside.
pub(super) fn pieces(points: &[Point], window: Window) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for ends in points.windows(2) {
        let Some((from, to)) = part_inside(near(ends[0], window), near(ends[1], window), window) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// Whether a point lies in the window, edges included.
pub(super) fn contains(window: Window, (x, y): Point) -> bool {
    window.x.0 <= x && x <= window.x.1 && window.y.0 <= y && y <= window.y.1
}

/// Brings a point to within a thousand widths of the window, where products of coordinates stay finite.
fn near((x, y): Point, window: Window) -> Point {
    let bring = |value: f64, (low, high): (f64, f64)| {
        let reach = 1000.0 * (high - low);
        value.clamp(low - reach, high + reach)
    };
    (bring(x, window.x), bring(y, window.y))
}

/// The part of a straight line that is inside the window (Liang & Barsky); none if its ends hold a NaN.
fn part_inside(from: Point, to: Point, window: Window) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if (dx + dy).is_nan() {
        return None;
    }
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, start, (low, high)) in [(dx, from.0, window.x), (dy, from.1, window.y)] {
        if step == 0.0 {
            if start < low || start > high {
                return None;
            }
            continue;
        }
        let (one, other) = ((low - start) / step, (high - start) / step);
        enter = enter.max(one.min(other));
        leave = leave.min(one.max(other));
    }
    // The ends themselves are kept exact, so that neighbouring parts join.
    let at = |share: f64| match share {
        0.0 => from,
        1.0 => to,
        _ => (from.0 + share * dx, from.1 + share * dy),
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { x: (0.0, 10.0), y: (0.0, 1.0) };

    #[test]
    fn a_line_inside_stays_whole() {
        let line = [(0.0, 0.0), (5.0, 1.0), (10.0, 0.5)];
        assert_eq!(pieces(&line, WINDOW), [line.to_vec()]);
    }

    #[test]
    fn what_leaves_the_window_is_cut_at_its_edge() {
        let line = [(0.0, 0.5), (4.0, 1.5), (8.0, 0.5)];
        assert_eq!(pieces(&line, WINDOW), [vec![(0.0, 0.5), (2.0, 1.0)], vec![(6.0, 1.0), (8.0, 0.5)]]);
    }

    #[test]
    fn infinities_leave_and_nan_interrupts() {
        let down = pieces(&[(1.0, 0.5), (2.0, f64::NEG_INFINITY)], WINDOW);
        assert_eq!(down.len(), 1);
        assert!((down[0][1].0 - 1.0).abs() < 1e-2 && down[0][1].1.abs() < 1e-9, "{down:?}");
        let gap = [(0.0, 0.5), (1.0, 0.5), (2.0, f64::NAN), (3.0, 0.5), (4.0, 0.5)];
        assert_eq!(pieces(&gap, WINDOW).len(), 2);
    }

    #[test]
    fn what_is_outside_altogether_is_gone() {
        assert!(pieces(&[(0.0, 2.0), (10.0, 2.0)], WINDOW).is_empty());
        assert!(pieces(&[(-2.0, 0.9), (0.5, 2.0)], WINDOW).is_empty());
        assert!(!contains(WINDOW, (3.0, 1.5)) && contains(WINDOW, (10.0, 1.0)));
    }
}
