//! How often each interval errs, and how near each estimate comes, over hundreds to thousands of simulated
//! measurements. Bounds must not err more often than stated, and must not be much looser than they were when the tests
//! were written. Run with `--nocapture` to see the figures.

#![allow(clippy::print_stdout, reason = "measurements to be read with --nocapture")]
#![allow(clippy::cast_precision_loss, reason = "counts")]

use std::collections::HashMap;
use std::f64::consts::LN_2;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Binomial, Distribution, StandardNormal};
use rote_theory::Bits;
use rote_theory::certificate::{Counts, Interval, certificate, clopper_pearson, donsker_varadhan};
use rote_theory::certificate::{non_facts_needed, standard_error};
use rote_theory::information::{information, plug_in};
use rote_theory::rate::zero_one;
use statrs::distribution::{ContinuousCDF, Normal};

/// Draws from a fixed seed.
struct Draws(ChaCha8Rng);

impl Draws {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    fn binomial(&mut self, trials: u64, rate: f64) -> u64 {
        Binomial::new(trials, rate.clamp(0.0, 1.0)).unwrap().sample(&mut self.0)
    }

    /// `trials` claims over bins of the given law.
    fn counts(&mut self, trials: u64, law: &[f64]) -> Vec<u64> {
        let (mut left, mut rest) = (trials, law.iter().sum::<f64>());
        let mut draw = |&share: &f64| {
            let count = if left == 0 { 0 } else { self.binomial(left, share / rest) };
            left -= count;
            rest -= share;
            count
        };
        let mut counts: Vec<u64> = law[..law.len() - 1].iter().map(&mut draw).collect();
        counts.push(left);
        counts
    }
}

/// Mean and standard deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
    (mean, square.sqrt())
}

/// At most as many errors as `rate` allows, give or take three standard deviations of the simulation itself.
fn within(errors: usize, runs: usize, rate: f64) -> bool {
    let expected = runs as f64 * rate;
    errors as f64 <= expected + 3.0 * expected.sqrt()
}

#[test]
fn clopper_pearson_errs_on_either_side_as_often_as_it_says() {
    let (runs, tail) = (10_000, 0.025);
    let mut draws = Draws::new(1);
    // The fewer hits are expected the coarser their law, and the further below the nominal rate the errors stay.
    for (trials, rate, at_least) in
        [(5000_u64, 0.02_f64, 0.018), (100_000, 1e-4, 0.009), (400, 0.9, 0.014), (1000, 0.996, 0.004)]
    {
        let mut known: HashMap<u64, Interval> = HashMap::new();
        let (mut above, mut below) = (0, 0);
        for _ in 0..runs {
            let hits = draws.binomial(trials, rate);
            let found = known.entry(hits).or_insert_with(|| clopper_pearson(hits, trials, 1.0 - 2.0 * tail).unwrap());
            above += usize::from(found.low > rate);
            below += usize::from(found.high < rate);
        }
        println!("{trials} at {rate}: low end too high in {above} of {runs}, high end too low in {below}");
        for errors in [above, below] {
            assert!(within(errors, runs, tail), "{trials} at {rate}: {errors} errors");
            assert!(errors as f64 >= at_least * runs as f64, "{trials} at {rate}: {errors} errors, suspiciously few");
        }
        assert!(within(above + below, runs, 2.0 * tail));
    }
}

/// All facts and a share `2^-k` of the non-facts above the threshold: what an optimal memory looks like.
#[test]
fn the_certificate_of_a_two_point_law_comes_near_the_truth_and_rarely_exceeds_it() {
    let (runs, confidence) = (2000, 0.95);
    let mut draws = Draws::new(2);
    for (stored, non_facts, expected) in [(8.0, 100_000, 7.84), (10.0, 1_000_000, 9.89), (14.0, 1_000_000, 13.62)] {
        let mut known: HashMap<u64, f64> = HashMap::new();
        let (mut certified, mut measured) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let hits = draws.binomial(non_facts, f64::exp2(-stored));
            let bits = || certificate(5000, 5000, hits, non_facts, confidence, 0.0).unwrap().bits.0;
            certified.push(*known.entry(hits).or_insert_with(bits));
            measured.push((non_facts as f64 / hits as f64).log2());
        }
        let errors = certified.iter().filter(|&&bits| bits > stored).count();
        let (mean, deviation) = spread(&certified);
        println!(
            "{stored} bits, {non_facts} non-facts: {mean:.3} certified +- {deviation:.3}, {errors} of {runs} above"
        );
        assert!((mean - expected).abs() < 0.03, "{mean} for {expected}");
        assert!(within(errors, runs, 0.025) && errors >= runs / 100, "{errors} errors");
        // The measured bits scatter as sample_size says, and its number of non-facts is what that scatter takes.
        let (predicted, measured) = (standard_error(Bits(stored), non_facts).unwrap(), spread(&measured).1);
        assert!((measured / predicted.0 - 1.0).abs() < 0.06, "{measured} for {predicted}");
        let needed = non_facts_needed(Bits(stored), Bits(measured)).unwrap();
        assert!((needed / non_facts as f64 - 1.0).abs() < 0.12, "{needed} for {non_facts}");
    }
}

/// Logits that are normal, with a shift `d` between facts and non-facts: `KL = d^2 / 2` nats, and nothing two-point
/// about it. The bins are 16 quantiles of half the facts.
struct Graded {
    shift: f64,
    normal: Normal,
}

const FACTS_IN_HALF: u64 = 2048;
const NON_FACTS_IN_HALF: u64 = 500_000;
const BINS: usize = 16;

/// One simulated measurement.
struct Measured {
    /// Laws of facts and of non-facts over the bins.
    laws: [Vec<f64>; 2],
    calibration: [Vec<u64>; 2],
    test: [Vec<u64>; 2],
}

impl Graded {
    fn new(shift: f64) -> Self {
        Self { shift, normal: Normal::new(0.0, 1.0).unwrap() }
    }

    fn true_bits(&self) -> f64 {
        self.shift * self.shift / (2.0 * LN_2)
    }

    fn measure(&self, draws: &mut Draws) -> Measured {
        let mut logits: Vec<f64> = (0..FACTS_IN_HALF).map(|_| self.shift + draws.normal()).collect();
        logits.sort_by(f64::total_cmp);
        let in_bin = logits.len() / BINS;
        let edges: Vec<f64> = (1..BINS).map(|bin| logits[bin * in_bin]).collect();
        let law = |shift: f64| {
            let mut above: Vec<f64> = edges.iter().map(|edge| self.normal.sf(edge - shift)).collect();
            above.insert(0, 1.0);
            above.push(0.0);
            above.windows(2).map(|pair| pair[0] - pair[1]).collect::<Vec<f64>>()
        };
        let laws = [law(self.shift), law(0.0)];
        let calibration = [vec![in_bin as u64; BINS], draws.counts(NON_FACTS_IN_HALF, &laws[1])];
        let test = [draws.counts(FACTS_IN_HALF, &laws[0]), draws.counts(NON_FACTS_IN_HALF, &laws[1])];
        Measured { laws, calibration, test }
    }
}

fn counts(half: &[Vec<u64>; 2]) -> Counts<'_> {
    Counts { facts: &half[0], non_facts: &half[1] }
}

/// Facts and non-facts in the bins from `first` on.
fn above(half: &[Vec<u64>; 2], first: usize) -> [u64; 2] {
    [0, 1].map(|kind| half[kind][first..].iter().sum())
}

/// Measured beforehand: 4.09 and 7.19 bits by one threshold, 5.30 and 9.00 by bins, out of 6.49 and 11.54.
#[test]
fn graded_scores_are_certified_as_far_as_stated() {
    let runs = 150;
    let mut draws = Draws::new(3);
    for (shift, by_threshold, by_bins) in [(3.0, 4.09, 5.30), (4.0, 7.19, 9.00)] {
        let graded = Graded::new(shift);
        let (mut threshold, mut bins, mut errors) = (Vec::new(), Vec::new(), [0, 0]);
        for _ in 0..runs {
            let found = graded.measure(&mut draws);
            // What the threshold would be worth if no rival were missed; the exact bound would take long for each.
            let promised = |first: usize| {
                let [facts, non_facts] = above(&found.calibration, first);
                let recall = facts as f64 / FACTS_IN_HALF as f64;
                zero_one(1.0 - recall, (non_facts + 4) as f64 / NON_FACTS_IN_HALF as f64, 0.0).unwrap().bits.0
            };
            let chosen = (1..BINS).max_by(|&one, &other| promised(one).total_cmp(&promised(other))).unwrap();
            let [facts, non_facts] = above(&found.test, chosen);
            threshold.push(certificate(facts, FACTS_IN_HALF, non_facts, NON_FACTS_IN_HALF, 0.95, 0.0).unwrap().bits.0);
            bins.push(donsker_varadhan(counts(&found.calibration), counts(&found.test), 0.95, 0.0).unwrap().bits.0);
            let [recall, rivals] = [0, 1].map(|kind| found.laws[kind][chosen..].iter().sum::<f64>());
            errors[0] +=
                usize::from(threshold[threshold.len() - 1] > zero_one(1.0 - recall, rivals, 0.0).unwrap().bits.0);
            let held = information(&found.laws[0], &found.laws[1], 0.0).unwrap().bits.0;
            assert!(held < graded.true_bits());
            errors[1] += usize::from(bins[bins.len() - 1] > held);
        }
        let (one, many) = (spread(&threshold), spread(&bins));
        println!("{:.2} bits: by one threshold {one:.2?}, by bins {many:.2?}, errors {errors:?}", graded.true_bits());
        assert!(within(errors[0], runs, 0.05) && within(errors[1], runs, 0.05));
        assert!((one.0 - by_threshold).abs() < 0.15, "{one:?} for {by_threshold}");
        assert!((many.0 - by_bins).abs() < 0.2, "{many:?} for {by_bins}");
    }
}

/// Where counts are plentiful the empirical Bernstein bound stands `sqrt(2 ln(2/eta))` standard deviations off.
#[test]
fn the_bounds_of_the_multi_bin_certificate_keep_their_distance() {
    let (facts, non_facts) = ([0.5, 0.3, 0.15, 0.05], [0.02, 0.08, 0.3, 0.6]);
    let (runs, in_half, rivals_in_half) = (1500, 20_000, 100_000);
    let mut draws = Draws::new(4);
    for (p, confidence) in [(0.0, 0.95), (0.0, 0.5), (0.1, 0.95), (0.1, 0.5)] {
        let calibration = [draws.counts(in_half, &facts), draws.counts(rivals_in_half, &non_facts)];
        let held = information(&facts, &non_facts, p).unwrap().bits.to_nats().0;
        let (mut terms, mut certified, mut errors) = ([Vec::new(), Vec::new()], Vec::new(), 0);
        for _ in 0..runs {
            let test = [draws.counts(in_half, &facts), draws.counts(rivals_in_half, &non_facts)];
            let found = donsker_varadhan(counts(&calibration), counts(&test), confidence, p).unwrap();
            terms[0].push(found.fact_term.0);
            terms[1].push(found.non_fact_term.0);
            certified.push(found.bits.to_nats().0);
            errors += usize::from(found.bits.to_nats().0 > held);
        }
        // With exact laws for counts the two terms are what they bound, up to bounds that vanish.
        let exact = [0, 1].map(|kind| {
            let law = [facts, non_facts][kind];
            law.map(|share| (share * 1e17).round() as u64).to_vec()
        });
        let truth = donsker_varadhan(counts(&calibration), counts(&exact), confidence, p).unwrap();
        let stated = (2.0 * (4.0 / (1.0 - confidence)).ln()).sqrt();
        let ((fact, fact_sd), (rival, rival_sd)) = (spread(&terms[0]), spread(&terms[1]));
        let off = [(truth.fact_term.0 - fact) / fact_sd, (rival - truth.non_fact_term.0) / rival_sd];
        let too_bold = [
            terms[0].iter().filter(|&&term| term > truth.fact_term.0).count(),
            terms[1].iter().filter(|&&term| term < truth.non_fact_term.0).count(),
        ];
        let slack = held - spread(&certified).0;
        println!("p = {p}, confidence {confidence}: bounds {off:.2?} deviations off, for {stated:.2}");
        println!("  too bold {too_bold:?} of {runs}, {errors} errors, slack {slack:.3} of {held:.3} nats");
        for off in off {
            assert!(off > 0.92 * stated && off < 1.2 * stated, "{off} deviations for {stated}");
        }
        for errors in too_bold {
            assert!(within(errors, runs, (1.0 - confidence) / 2.0), "{errors} errors");
        }
        assert!(within(errors, runs, 1.0 - confidence));
        assert!(slack < 0.06 * held, "{slack}");
        if confidence < 0.9 {
            assert!(too_bold.iter().all(|&errors| errors > runs / 250), "{too_bold:?}: too rarely");
        }
    }
}

/// Bias and noise of the plug-in estimate, which its formulas give to the first order in one over the counts.
#[test]
fn the_plug_in_estimate_is_biased_and_scatters_as_its_formulas_say() {
    let facts = [0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05];
    let non_facts = [0.02, 0.03, 0.05, 0.1, 0.15, 0.25, 0.4];
    let (runs, number, rivals) = (12_000, 400, 3000);
    let mut draws = Draws::new(5);
    for p in [0.0, 0.1] {
        let held = information(&facts, &non_facts, p).unwrap();
        let mut estimates = Vec::new();
        let mut reported = Vec::new();
        for _ in 0..runs {
            let found = plug_in(&draws.counts(number, &facts), &draws.counts(rivals, &non_facts), 0.0, p).unwrap();
            estimates.push(found.information.bits.0);
            reported.push(found.standard_error_bits.0);
        }
        let (mean, deviation) = spread(&estimates);
        let exact = |law: [f64; 7], number: u64| law.map(|share| (share * number as f64).round() as u64);
        let stated = plug_in(&exact(facts, number), &exact(non_facts, rivals), 0.0, p).unwrap();
        let bias = stated.bias_bits.0 + stated.non_fact_bias_bits.0;
        let noise = deviation / f64::from(runs).sqrt();
        let found = mean - held.bits.0;
        println!(
            "p = {p}: bias {found:.5} +- {noise:.5} for {bias:.5}; deviation {deviation:.4} for {:.4}",
            spread(&reported).0
        );
        assert!((found - bias).abs() < 3.5 * noise + 0.03 * bias, "bias {found} for {bias}");
        assert!((spread(&reported).0 / deviation - 1.0).abs() < 0.03, "deviation {deviation}");
    }
}
