//! The vector kernels against a plain double-precision network, on every instruction set that this machine has.

use super::*;

/// A small deterministic generator, so that the cases are the same everywhere.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }

    fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 24) as f32
    }
}

struct Case {
    shape: Shape,
    words: Vec<u32>,
    facts: usize,
    negative_weights: Vec<f32>,
    parameters: Vec<f32>,
    rows: usize,
}

impl Case {
    fn random(random: &mut Random, activation: Activation) -> Self {
        let inputs = 1 + random.below(70);
        let widths = (0..=random.below(3)).map(|_| 1 + random.below(70)).collect();
        let members = 1 + random.below(3);
        let rows = 1 + random.below(1400);
        Self::new(random, Shape { inputs, widths, activation }, members, rows)
    }

    fn new(random: &mut Random, shape: Shape, members: usize, rows: usize) -> Self {
        let words_per_row = shape.inputs.div_ceil(32);
        let last = u32::MAX >> (32 * words_per_row - shape.inputs);
        let words = (0..members * rows * words_per_row)
            .map(|word| random.bits() as u32 & if word % words_per_row == words_per_row - 1 { last } else { u32::MAX })
            .collect();
        let scale = 3.0 / (shape.inputs as f32).sqrt();
        let parameters = (0..members * shape.parameters()).map(|_| scale * (random.unit() - 0.5)).collect();
        let facts = random.below(rows + 1);
        let negative_weights = (0..members).map(|member| 0.5 + member as f32).collect();
        Self { shape, words, facts, negative_weights, parameters, rows }
    }

    fn run(&self, isa: Isa) -> LossAndGradient {
        loss_and_gradient(isa, &self.shape, &self.words, self.facts, &self.negative_weights, &self.parameters)
    }

    fn words_of(&self, member: usize) -> &[u32] {
        let len = self.words.len() / self.negative_weights.len();
        &self.words[member * len..][..len]
    }

    fn parameters_of(&self, member: usize) -> &[f32] {
        &self.parameters[member * self.shape.parameters()..][..self.shape.parameters()]
    }
}

fn activate(activation: Activation, x: f64) -> (f64, f64) {
    match activation {
        Activation::Relu => (x.max(0.0), f64::from(u8::from(x > 0.0))),
        Activation::Triangle => {
            let t = x - 4.0 * (x / 4.0).round();
            if t.abs() <= 1.0 { (t, 1.0) } else { (t.signum() * (2.0 - t.abs()), -1.0) }
        }
        _ => (x.tanh(), 1.0 - x.tanh().powi(2)),
    }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Logits, losses and gradient of one member, straight from the definitions in double precision.
fn reference(case: &Case, member: usize) -> (Vec<f64>, [f64; 2], Vec<f64>) {
    let (shape, parameters) = (&case.shape, case.parameters_of(member));
    let layers = shape.layers();
    let mut gradient = vec![0.0; shape.parameters()];
    let (mut logits, mut losses) = (Vec::new(), [0.0; 2]);
    for (r, row) in case.words_of(member).chunks(shape.inputs.div_ceil(32)).enumerate() {
        let input = (0..shape.inputs).map(|i| if row[i / 32] >> (i % 32) & 1 == 1 { 1.0 } else { -1.0 }).collect();
        let mut values: Vec<Vec<f64>> = vec![input];
        let mut slopes: Vec<Vec<f64>> = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let before = &values[index];
            let sums = (0..layer.outputs).map(|j| {
                let weights = (0..layer.inputs).map(|i| parameters[layer.weights.start + i * layer.outputs + j]);
                let sum: f64 = weights.zip(before).map(|(w, x)| f64::from(w) * x).sum();
                sum + f64::from(parameters[layer.biases.start + j])
            });
            let activated = |x: f64| if index + 1 < layers.len() { activate(shape.activation, x) } else { (x, 1.0) };
            let (value, slope) = sums.map(activated).unzip();
            values.push(value);
            slopes.push(slope);
        }
        let logit = values[layers.len()][0];
        logits.push(logit);
        let sign = if r < case.facts { 1.0 } else { -1.0 };
        let part = usize::from(r >= case.facts);
        let count = [case.facts, case.rows - case.facts][part] as f64;
        losses[part] += softplus(-sign * logit) / count;
        let weight = [1.0, f64::from(case.negative_weights[member])][part] / count;
        let mut delta = vec![-sign * weight / (1.0 + (sign * logit).exp())];
        for (index, layer) in layers.iter().enumerate().rev() {
            for (d, slope) in delta.iter_mut().zip(&slopes[index]) {
                *d *= slope;
            }
            for i in 0..layer.inputs {
                for (j, d) in delta.iter().enumerate() {
                    gradient[layer.weights.start + i * layer.outputs + j] += values[index][i] * d;
                }
            }
            for (j, d) in delta.iter().enumerate() {
                gradient[layer.biases.start + j] += d;
            }
            let back = |i: usize| {
                let weights = &parameters[layer.weights.start + i * layer.outputs..][..layer.outputs];
                weights.iter().zip(&delta).map(|(&w, d)| f64::from(w) * d).sum()
            };
            delta = (0..layer.inputs).map(back).collect();
        }
    }
    (logits, losses, gradient)
}

fn assert_agrees(case: &Case, isa: Isa) {
    let result = case.run(isa);
    let scores = logits(isa, &case.shape, &case.words, &case.parameters);
    let count = case.shape.parameters();
    for (member, &negative_weight) in case.negative_weights.iter().enumerate() {
        let (expected_logits, losses, gradient) = reference(case, member);
        let context = format!("{isa:?} {:?} rows {} facts {}", case.shape, case.rows, case.facts);
        for (score, expected) in scores[member * case.rows..].iter().zip(&expected_logits) {
            assert!(
                (f64::from(*score) - expected).abs() < 2e-5 * (1.0 + expected.abs()),
                "{context}: {score} {expected}"
            );
        }
        for (&got, loss) in result.parts[2 * member..].iter().zip(losses) {
            assert!((f64::from(got) - loss).abs() < 1e-5 * (1.0 + loss), "{context}: {got} {loss}");
        }
        let total = losses[0] + f64::from(negative_weight) * losses[1];
        assert!((f64::from(result.losses[member]) - total).abs() < 1e-5 * (1.0 + total), "{context}");
        let largest = gradient.iter().fold(1e-30_f64, |largest, g| largest.max(g.abs()));
        for (index, expected) in gradient.iter().enumerate() {
            let got = f64::from(result.gradients[member * count + index]);
            assert!(
                (got - expected).abs() < 2e-5 * largest,
                "{context}: gradient {index}: {got} {expected} of {largest}"
            );
        }
    }
}

#[test]
fn agrees_with_double_precision_over_random_shapes() {
    let mut random = Random(1);
    for activation in [Activation::Tanh, Activation::Relu, Activation::Triangle] {
        for _ in 0..12 {
            let case = Case::random(&mut random, activation);
            // A kink may fall on either side of a rounding, so only smooth slopes are compared over many rows.
            let case = if activation == Activation::Tanh { case } else { Case { facts: case.facts.min(3), ..case } };
            for isa in Isa::available() {
                assert_agrees(&case, isa);
            }
        }
    }
}

#[test]
fn every_width_up_to_70_agrees() {
    let mut random = Random(2);
    for width in 1..=70 {
        let shape =
            Shape { inputs: 1 + random.below(40), widths: vec![width, 71 - width], activation: Activation::Tanh };
        let rows = 1 + random.below(90);
        assert_agrees(&Case::new(&mut random, shape, 1, rows), Isa::best());
    }
}

#[test]
fn instruction_sets_with_fused_multiply_add_give_the_same_bits() {
    let mut random = Random(3);
    let fused: Vec<Isa> = Isa::available().into_iter().filter(|&isa| isa != Isa::Portable).collect();
    for _ in 0..10 {
        let case = Case::random(&mut random, Activation::Tanh);
        for isa in &fused {
            let (result, best) = (case.run(*isa), case.run(Isa::best()));
            assert_eq!(result.gradients, best.gradients, "{isa:?} {:?}", case.shape);
            assert_eq!(result.losses, best.losses, "{isa:?} {:?}", case.shape);
        }
    }
}

#[test]
fn neither_threads_nor_company_change_a_bit() {
    let mut random = Random(4);
    let shape = Shape::uniform(32, 2, 24, Activation::Tanh);
    let case = Case::new(&mut random, shape, 8, 3048);
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| case.run(Isa::best()))
    };
    let (one, two) = (with_threads(1), with_threads(2));
    assert_eq!(one.gradients, two.gradients);
    assert_eq!(one.losses, two.losses);
    let count = case.shape.parameters();
    for member in 0..8 {
        let weight = &case.negative_weights[member..=member];
        let (words, parameters) = (case.words_of(member), case.parameters_of(member));
        let alone = loss_and_gradient(Isa::best(), &case.shape, words, case.facts, weight, parameters);
        assert_eq!(alone.gradients, one.gradients[member * count..][..count]);
    }
}

#[test]
fn a_diverged_member_shows_and_leaves_the_others_alone() {
    let mut random = Random(5);
    for activation in [Activation::Tanh, Activation::Relu, Activation::Triangle] {
        let shape = Shape::uniform(32, 2, 8, activation);
        let mut case = Case::new(&mut random, shape, 2, 100);
        let sound = case.run(Isa::best());
        case.parameters[3] = f32::NAN;
        for isa in Isa::available() {
            let result = case.run(isa);
            assert!(result.losses[0].is_nan(), "{isa:?} {activation:?}");
            assert!(result.losses[1].is_finite());
        }
        let count = case.shape.parameters();
        assert_eq!(case.run(Isa::best()).gradients[count..], sound.gradients[count..]);
    }
}

#[test]
fn losses_and_slopes_keep_their_precision_in_the_tails() {
    use pulp::{Simd, WithSimd};
    struct At(f32);
    impl WithSimd for At {
        type Output = (f32, f32);
        fn with_simd<S: Simd>(self, simd: S) -> (f32, f32) {
            let (loss, slope) = math::log_loss(simd, simd.splat_f32s(self.0));
            (bytemuck::cast_slice(&[loss])[0], bytemuck::cast_slice(&[slope])[0])
        }
    }
    for isa in Isa::available() {
        for a in [0.0_f32, 1e-3, -1e-3, 0.5, -0.7, 1.0, 3.0, -3.0, 20.0, -20.0, 80.0, -80.0, -200.0] {
            let (loss, slope) = isa.run(
                if isa == Isa::Avx512 { 16 } else { isa.lanes_for(&Shape::uniform(1, 1, 1, Activation::Tanh)) },
                At(a),
            );
            let exact = f64::from(a);
            let expected = [softplus(-exact), 1.0 / (1.0 + exact.exp())];
            for (got, expected) in [f64::from(loss), f64::from(slope)].into_iter().zip(expected) {
                assert!((got / expected - 1.0).abs() < 4e-7, "{isa:?} at {a}: {got} instead of {expected}");
            }
        }
        assert_eq!(isa.run(isa.lanes_for(&Shape::uniform(1, 1, 1, Activation::Tanh)), At(200.0)), (0.0, 0.0));
    }
}
