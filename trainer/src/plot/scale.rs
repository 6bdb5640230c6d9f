//! Axes: their ends, where their ticks go, and what stands beside a tick.

use super::PlotError;

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By powers of ten.
    Log,
}

/// One axis of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub name: String,
    /// Its ends.
    pub ends: (f64, f64),
    /// How it is divided.
    pub scale: Scale,
}

/// Ticks that an evenly divided axis has at most, and decades that a logarithmic one labels at most.
const MOST_TICKS: f64 = 7.0;

/// Below it steps would leave the range of a double.
const LEAST_EXTENT: f64 = 1e-290;

impl Axis {
    /// An evenly divided axis.
    pub fn linear(name: impl Into<String>, low: f64, high: f64) -> Self {
        Self { name: name.into(), ends: (low, high), scale: Scale::Linear }
    }

    /// An axis divided by powers of ten.
    pub fn log(name: impl Into<String>, low: f64, high: f64) -> Self {
        Self { name: name.into(), ends: (low, high), scale: Scale::Log }
    }

    /// A logarithmic axis of whole decades that holds two values.
    pub fn decades(name: impl Into<String>, low: f64, high: f64) -> Self {
        let decade = |value: f64| value.clamp(f64::MIN_POSITIVE, f64::MAX).log10();
        let (low, high) = ((decade(low) + 1e-9).floor().max(-307.0), (decade(high) - 1e-9).ceil());
        Self::log(name, 10.0_f64.powf(low), 10.0_f64.powf(high.max(low + 1.0)))
    }

    /// The same axis with another upper end.
    #[must_use]
    pub fn ending_at(mut self, high: f64) -> Self {
        self.ends.1 = high;
        self
    }

    /// An evenly divided axis from 0 to a round number that is not below any of the values, infinite ones set aside.
    pub fn up_to(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let most = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let most = if most > LEAST_EXTENT { most } else { 1.0 };
        let step = round_step(most);
        Self::linear(name, 0.0, (most / step - 1e-9).ceil() * step)
    }

    /// `count` values from end to end, evenly spaced on this axis.
    pub fn samples(&self, count: usize) -> Vec<f64> {
        let (low, high) = self.inner_ends();
        let share = |i: usize| i as f64 / (count.max(2) - 1) as f64;
        (0..count.max(2)).map(|i| self.outer(low + share(i) * (high - low)).clamp(self.ends.0, self.ends.1)).collect()
    }

    pub(super) fn check(&self) -> Result<(), PlotError> {
        let (low, high) = self.inner_ends();
        let sound = low.is_finite() && high.is_finite() && low < high;
        if sound { Ok(()) } else { Err(PlotError::Axis { name: self.name.clone(), ends: self.ends }) }
    }

    /// A value as its place along the axis: its logarithm where the axis is logarithmic.
    pub(super) fn inner(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(0.0).log10(),
        }
    }

    fn outer(&self, place: f64) -> f64 {
        match self.scale {
            Scale::Linear => place,
            Scale::Log => 10.0_f64.powf(place),
        }
    }

    pub(super) fn inner_ends(&self) -> (f64, f64) {
        (self.inner(self.ends.0), self.inner(self.ends.1))
    }

    /// Places of the ticks, with what stands beside each.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let (low, high) = self.inner_ends();
        match self.scale {
            Scale::Linear => {
                let step = round_step(high - low);
                let exponent = low.abs().max(high.abs()).log10().floor() as i32;
                // Beyond so many digits a power of ten is taken out.
                let exponent = if (-3..6).contains(&exponent) { 0 } else { exponent };
                let unit = 10.0_f64.powi(exponent);
                let decimals = (-(step / unit * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 12.0) as usize;
                let label = |at: f64| match exponent {
                    _ if at == 0.0 => format!("{at:.0$}", if exponent == 0 { decimals } else { 0 }),
                    0 => format!("{at:.decimals$}"),
                    _ => format!("{:.decimals$}·{}", at / unit, power_of_ten(exponent)),
                };
                multiples(low, high, step).into_iter().map(|at| (at, label(at))).collect()
            }
            Scale::Log if high - low < 1.5 => self.fine_ticks(low, high),
            Scale::Log => {
                let every = ((high - low) / MOST_TICKS).ceil();
                multiples(low, high, every).into_iter().map(|at| (at, power_of_ten(at as i32))).collect()
            }
        }
    }

    /// Ticks at 1, 2 and 5 of every decade, for logarithmic axes that span few.
    fn fine_ticks(&self, low: f64, high: f64) -> Vec<(f64, String)> {
        let decades = low.floor() as i32..=high.floor() as i32;
        let values = decades.flat_map(|decade| [1, 2, 5].map(|digit| (digit, decade)));
        let labelled = values.map(|(digit, decade)| {
            let text = if (-3..4).contains(&decade) {
                let decimals = (-decade).max(0) as usize;
                format!("{:.decimals$}", f64::from(digit) * 10.0_f64.powi(decade))
            } else {
                format!("{digit}·{}", power_of_ten(decade))
            };
            (self.inner(f64::from(digit) * 10.0_f64.powi(decade)), text)
        });
        labelled.filter(|(at, _)| low - 1e-9 <= *at && *at <= high + 1e-9).collect()
    }
}

/// A step of 1, 2 or 5 times a power of ten that divides an extent into at most [`MOST_TICKS`] parts.
fn round_step(extent: f64) -> f64 {
    let decade = 10.0_f64.powf((extent / MOST_TICKS).log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|digit| digit * decade);
    steps.into_iter().find(|step| extent / step <= MOST_TICKS + 1e-9).unwrap_or(10.0 * decade)
}

/// The multiples of a step between two ends.
fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|count| count as f64 * step).collect()
}

/// `10⁻³` as text.
fn power_of_ten(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = exponent.unsigned_abs().to_string();
    let raised = raised.chars().filter_map(|digit| digit.to_digit(10)).map(|digit| DIGITS[digit as usize]);
    let sign = if exponent < 0 { "⁻" } else { "" };
    if exponent == 0 { "1".to_owned() } else { format!("10{sign}{}", raised.collect::<String>()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn even_ticks_are_round_and_few() {
        assert_eq!(labels(&Axis::linear("", 0.0, 12.0)), ["0", "2", "4", "6", "8", "10", "12"]);
        assert_eq!(labels(&Axis::linear("", 0.0, 0.3)), ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]);
        assert_eq!(labels(&Axis::linear("", 0.0, 2e-5)), ["0", "0.5·10⁻⁵", "1.0·10⁻⁵", "1.5·10⁻⁵", "2.0·10⁻⁵"]);
        assert_eq!(labels(&Axis::linear("", 0.0, 3e9)).last().unwrap(), "3.0·10⁹");
        for high in [0.011, 0.7, 1.0, 1.3, 2.9, 33.0, 1e5, 7e-9] {
            assert!((4..=8).contains(&Axis::linear("", 0.0, high).ticks().len()), "{high}");
        }
    }

    #[test]
    fn decades_are_powers_and_short_spans_have_more() {
        assert_eq!(labels(&Axis::log("", 1e-3, 10.0)), ["10⁻³", "10⁻²", "10⁻¹", "1", "10¹"]);
        assert_eq!(labels(&Axis::log("", 1e-20, 1.0)).len(), 7);
        assert_eq!(labels(&Axis::log("", 0.1, 1.0)), ["0.1", "0.2", "0.5", "1"]);
        assert_eq!(labels(&Axis::log("", 2e-5, 1.2e-4)), ["2·10⁻⁵", "5·10⁻⁵", "1·10⁻⁴"]);
    }

    #[test]
    fn an_axis_up_to_values_ends_at_a_round_number() {
        assert_eq!(Axis::up_to("", [3.2, 7.7, f64::INFINITY]).ends, (0.0, 8.0));
        assert_eq!(Axis::up_to("", [0.0, 5e-324]).ends, (0.0, 1.0));
        assert_eq!(Axis::up_to("", [6.0]).ends, (0.0, 6.0));
    }

    #[test]
    fn samples_run_from_end_to_end() {
        let samples = Axis::log("", 1e-4, 1.0).samples(5);
        assert_eq!((samples[0], samples[4]), (1e-4, 1.0));
        assert!((samples[2] / 1e-2 - 1.0).abs() < 1e-12);
        assert_eq!(Axis::linear("", 0.0, 2.0).samples(3), [0.0, 1.0, 2.0]);
    }

    #[test]
    fn axes_that_cannot_be_drawn_are_refused() {
        for axis in [Axis::linear("B", 1.0, 1.0), Axis::linear("B", 0.0, f64::INFINITY), Axis::log("q", 0.0, 1.0)] {
            assert!(axis.check().is_err(), "{axis:?}");
        }
    }
}
