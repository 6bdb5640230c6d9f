//! The least memory within limits on both losses: a search over two multipliers, one inside the other.
//!
//! The dual function `min F_p + alpha (E d_K - eps_K) + beta (E d_N - eps_N)` is concave and greatest at the optimum,
//! and its slopes are what the limits are missed by. For each `beta` the best `alpha` is found first and laws are mixed
//! to meet `eps_K`; what `eps_N` is then missed by is the slope in `beta`. Limits that allow no law with positive slack
//! are settled apart, since their multiplier is infinite: only the two extreme scores matter then.

use super::Distortions;
use super::budget::{free, lossless};
use super::envelope::{Multipliers, optimum};
use super::laws::{Found, Laws};
use super::peak::{Peak, Probe, maximum};
use super::table::{Score, Table};
use crate::error::{DomainError, require};

/// Laws within both limits that store as little as possible.
pub(super) fn meet(
    distortions: &Distortions,
    fact_limit: f64,
    non_fact_limit: f64,
    sparsity: f64,
) -> Result<Found, DomainError> {
    let least = |table: &[f64]| table.iter().copied().fold(f64::INFINITY, f64::min);
    let (fact, non_fact) = (least(&distortions.on_facts), least(&distortions.on_non_facts));
    require(slack(fact_limit, fact) >= 0.0, "fact_limit", fact_limit, "be at least the least distortion of a fact")?;
    let allowed = "be at least the least distortion of a non-fact";
    require(slack(non_fact_limit, non_fact) >= 0.0, "non_fact_limit", non_fact_limit, allowed)?;
    if let Some(laws) = constant(distortions, fact_limit, non_fact_limit) {
        return Ok(free(laws));
    }
    let table = Table::new(distortions, sparsity);
    let (fact_slack, non_fact_slack) =
        (slack(fact_limit, table.least_fact), slack(non_fact_limit, table.least_non_fact));
    if let Some(laws) = same_for_all(&table, fact_slack, non_fact_slack) {
        return Ok(free(laws));
    }
    let out_of_reach = fact_slack < 0.0 || fact_slack.is_nan() || non_fact_slack == 0.0;
    if sparsity == 0.0 && out_of_reach {
        return Ok(lossless(distortions, sparsity));
    }
    if fact_slack == 0.0 || non_fact_slack == 0.0 {
        return Ok(without_slack(&table, fact_slack, non_fact_slack));
    }
    Ok(search(&table, fact_slack, non_fact_slack))
}

/// How far a limit lies above the least distortion; 0 if only in the last digits, since at sparsity 0 an infinite rate
/// may hang on them.
fn slack(limit: f64, least: f64) -> f64 {
    let slack = limit - least;
    if slack.abs() <= ROUNDING * least.min(limit) { 0.0 } else { slack }
}

fn search(table: &Table, fact_slack: f64, non_fact_slack: f64) -> Found {
    let mut alpha = fact_slack.recip();
    let peak = maximum(non_fact_slack.recip(), ROUNDING * non_fact_slack, |beta| {
        let inner = maximum(alpha, ROUNDING * fact_slack, |alpha| {
            let multipliers = Multipliers { alpha, beta };
            let laws = optimum(table, multipliers);
            let slope = laws.fact_loss - fact_slack;
            let value = laws.rate + alpha * slope + beta * (laws.non_fact_loss - non_fact_slack);
            Probe { at: alpha, value, slope, found: Found { laws, multipliers } }
        });
        let (value, found) = balanced(inner);
        alpha = found.multipliers.alpha;
        let slope = found.laws.non_fact_loss - non_fact_slack;
        Probe { at: beta, value, slope, found }
    });
    balanced(peak).1
}

/// How closely a mean of rounded terms can meet its limit, relative to it.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The mixture whose slope is 0, and the function's value there.
fn balanced(peak: Peak) -> (f64, Found) {
    match peak {
        Peak::At(probe) => (probe.value, probe.found),
        Peak::Between([low, high]) => {
            let span = low.slope - high.slope;
            (low.value, low.found.mixed(&high.found, [-high.slope / span, low.slope / span]))
        }
    }
}

/// One score within both limits, if there is one.
fn constant(distortions: &Distortions, fact_limit: f64, non_fact_limit: f64) -> Option<Laws> {
    let within = |&(_, (fact, non_fact)): &(usize, (f64, f64))| fact <= fact_limit && non_fact <= non_fact_limit;
    let (index, (fact, non_fact)) = distortions.pairs().enumerate().find(within)?;
    Some(Laws::constant(Score { index, fact, non_fact }))
}

/// One law for facts and non-facts within both limits, if there is one: on two neighbours of the lower convex hull of
/// the points `(d_N, d_K)`.
fn same_for_all(table: &Table, fact_slack: f64, non_fact_slack: f64) -> Option<Laws> {
    let slope = |a: Score, b: Score| (b.fact - a.fact) / (b.non_fact - a.non_fact);
    let mut hull: Vec<Score> = Vec::new();
    for &score in table.scores.iter().filter(|score| score.fact.is_finite() && score.non_fact.is_finite()) {
        while let [.., before, last] = hull[..]
            && slope(last, score) <= slope(before, last)
        {
            hull.pop();
        }
        hull.push(score);
    }
    let [near, far] =
        *hull.windows(2).find(|edge| edge[0].non_fact <= non_fact_slack && non_fact_slack < edge[1].non_fact)?
    else {
        return None;
    };
    let on_far = (non_fact_slack - near.non_fact) / (far.non_fact - near.non_fact);
    let fact_loss = near.fact + on_far * (far.fact - near.fact);
    // Limits that add up to a constant score's in decimals may miss it in binary.
    let law = [1.0 - on_far, on_far];
    (fact_loss <= fact_slack + ROUNDING * near.fact).then(|| Laws::on_two(table, [near, far], law, law))
}

/// One limit is the least that any law has. Non-facts (or facts) then all have the best score for them, and the others
/// share it as far as their own limit demands; nothing in between helps. The multipliers follow from the ratios of the
/// weights to those of `r`.
fn without_slack(table: &Table, fact_slack: f64, non_fact_slack: f64) -> Found {
    let (first, last, p) = (table.first(), table.last(), table.sparsity);
    // Finite over infinite is 0: nobody may have a score that costs infinitely much.
    let (forget, q) = (fact_slack / first.fact, non_fact_slack / last.non_fact);
    let odds = (1.0 - p) / p;
    let alpha = multiplier(fact_slack, first.fact, (odds / forget).ln_1p());
    // From r = p + (1-p) q on the last score; its own limit in a sparse universe.
    let beta =
        multiplier(non_fact_slack, last.non_fact, if p == 0.0 { q.recip() } else { (1.0 / odds / q).ln_1p() * odds });
    let laws = Laws::on_two(table, [first, last], [forget, 1.0 - forget], [1.0 - q, q]);
    Found { laws, multipliers: Multipliers { alpha, beta } }
}

/// Infinite without slack, and 0 where the other score is out of the question, so that slack buys nothing.
fn multiplier(slack: f64, gap: f64, log_ratio: f64) -> f64 {
    if slack == 0.0 {
        f64::INFINITY
    } else if gap.is_infinite() {
        0.0
    } else {
        log_ratio / gap
    }
}
