//! Activations and the log loss, value and slope, from deep saturation to the smallest arguments.

use burn::tensor::{Device, Tensor, activation};
use rote_models::Activation;
use rote_models::kernels::composed;

use crate::case::{Case, Expected, Launch, Trial, flat, tensor};
use crate::reference::activation as exact;
use crate::sample::Sample;
use crate::tolerance::{Arithmetic, Class, ROUNDING};

/// Where naive formulas lose digits or overflow.
const SPECIAL: [f32; 9] = [0.0, 1e-3, -1e-3, 20.0, -20.0, 80.0, -80.0, 200.0, -200.0];

const SHAPES: [[usize; 3]; 4] = [[1, 9, 1], [1, 1, 9], [2, 33, 5], [3, 64, 24]];

pub fn cases() -> Vec<Case> {
    let functions = Class::Functions;
    let activations = Activation::ALL.map(|activation| {
        let trials = SHAPES.map(|shape| activated(activation, shape)).into();
        Case { name: activation.name(), issues: &[], class: functions, trials }
    });
    let losses = [[1, 9], [1, 40], [3, 333]].map(log_loss).into();
    let slopes = SHAPES.map(upstream_gelu).into();
    activations
        .into_iter()
        .chain([
            Case { name: "softplus", issues: &[], class: functions, trials: losses },
            Case { name: "slope of Burn's gelu", issues: &[], class: functions, trials: slopes },
        ])
        .collect()
}

/// The special arguments and others between.
fn arguments(count: usize, seed: u64) -> Vec<f32> {
    let others = Sample::new(seed).numbers(count, 8.0);
    SPECIAL.into_iter().chain(others).take(count).collect()
}

/// Value and slope of a function of one number, through autodiff.
struct Unary<const D: usize> {
    arguments: Vec<f32>,
    /// The gradient that arrives at the function.
    upstream: Vec<f32>,
    shape: [usize; D],
}

impl<const D: usize> Unary<D> {
    fn new(shape: [usize; D], seed: u64) -> Self {
        let count = shape.iter().product();
        Self { arguments: arguments(count, seed), upstream: Sample::new(seed + 1).numbers(count, 2.0), shape }
    }

    fn prepare(&self, device: &Device, function: impl Fn(Tensor<D>) -> Tensor<D> + 'static) -> Launch {
        let device = device.clone().autodiff();
        let x = tensor(&self.arguments, self.shape, &device);
        let upstream = tensor(&self.upstream, self.shape, &device);
        Box::new(move || {
            let x = x.clone().require_grad();
            let y = function(x.clone());
            let gradients = (y.clone() * upstream.clone()).sum().backward();
            let slope = x.grad(&gradients).expect("the function depends on its argument");
            vec![flat(y.inner()), flat(slope)]
        })
    }

    fn expected(&self, value: impl Fn(f64) -> [f64; 2], slope: impl Fn(f64) -> [f64; 2]) -> Vec<Expected> {
        let arguments = || self.arguments.iter().map(|&x| f64::from(x));
        let (values, bounds) = arguments().map(|x| value(x).into()).unzip();
        let slopes = arguments().zip(&self.upstream).map(|(x, &upstream)| {
            let ([slope, error], upstream) = (slope(x), f64::from(upstream));
            (slope * upstream, upstream.abs() * (error + 2.0 * ROUNDING * slope.abs()))
        });
        let (slopes, slope_bounds) = slopes.unzip();
        vec![
            Expected { what: "value", values, bounds },
            Expected { what: "slope", values: slopes, bounds: slope_bounds },
        ]
    }
}

fn activated(activation: Activation, shape: [usize; 3]) -> Trial {
    let unary = Unary::new(shape, 10);
    let expected = Unary::new(shape, 10);
    Trial::operation(
        format!("{shape:?}"),
        move |device| unary.prepare(device, move |x| composed::activate(activation, x)),
        move |arithmetic: Arithmetic| {
            expected.expected(
                |x| [exact::value(activation, x), arithmetic.value(activation, x)],
                |x| [exact::slope(activation, x), arithmetic.slope(activation, x)],
            )
        },
    )
}

fn log_loss(shape: [usize; 2]) -> Trial {
    let unary = Unary::new(shape, 20);
    let expected = Unary::new(shape, 20);
    Trial::operation(
        format!("{shape:?}"),
        move |device| unary.prepare(device, composed::softplus),
        move |arithmetic: Arithmetic| {
            expected.expected(
                |x| [exact::softplus(x), arithmetic.softplus(x)],
                |x| [exact::sigmoid(x), arithmetic.softplus_slope(x)],
            )
        },
    )
}

/// Not used by Rote, and kept here to show why.
fn upstream_gelu(shape: [usize; 3]) -> Trial {
    let unary = Unary::new(shape, 30);
    let expected = Unary::new(shape, 30);
    Trial::operation(
        format!("{shape:?}"),
        move |device| unary.prepare(device, activation::gelu),
        move |arithmetic: Arithmetic| {
            let gelu = Activation::Gelu;
            expected.expected(
                |x| [exact::value(gelu, x), arithmetic.value(gelu, x)],
                |x| [exact::slope(gelu, x), arithmetic.slope(gelu, x)],
            )
        },
    )
}
