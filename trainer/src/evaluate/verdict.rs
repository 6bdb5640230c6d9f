//! Does a member beat the bound? If it does, something is at fault: losses and counts that are not of the same scores,
//! or facts that reached the network by another way than its parameters.

use rote_theory::finite;

/// What the verdict is about. All memory in bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// n.
    pub facts: u64,
    /// `R_p` at the measured losses, a fact.
    pub rate: f64,
    /// Its standard deviation over samples of non-facts.
    pub rate_standard_error: f64,
    /// `F_p` over the information's bins, a fact, its bias not subtracted.
    pub information: f64,
    /// Its standard deviation.
    pub information_standard_error: f64,
    /// `F_p` of the same logits over the finest cells, unsmoothed.
    pub resolved_information: f64,
    /// The lossless wall `H2(p)/p`.
    pub wall: f64,
    /// Whether all non-facts were counted.
    pub exhaustive: bool,
    /// Bits in which the memory is stored, in all.
    pub stored_bits: Option<f64>,
}

/// How far the bins of width 1/2 may lower the information of a calibrated scorer: at most `w^2 / 24` nats, .015 bits.
const BINNING_BITS: f64 = 0.02;
/// Standard errors that chance is allowed.
const STANDARD_ERRORS: f64 = 3.0;
/// What rounding may add to an exact count's information.
const ROUNDING: f64 = 1e-9;

/// The bounds that a member beats, each as a sentence that names both numbers; none for a sound one.
pub(super) fn violations(evidence: &Evidence) -> Vec<String> {
    [rate_above_information(evidence), information_above_storage(evidence), information_above_wall(evidence)]
        .into_iter()
        .flatten()
        .collect()
}

/// Losses cannot need more bits than the scores carry.
///
/// For the laws that were counted this holds exactly, but the bins of width 1/2 hide differences that a scorer may make
/// on a smaller scale, as networks do that were hardly trained or are far from calibrated. So the finest cells have a
/// say: what they resolve is there.
fn rate_above_information(evidence: &Evidence) -> Option<String> {
    let Evidence { rate, information, resolved_information, .. } = *evidence;
    let error = evidence.rate_standard_error.hypot(evidence.information_standard_error);
    let allowed = BINNING_BITS + STANDARD_ERRORS * error;
    (rate > information.max(resolved_information) + allowed).then(|| {
        format!(
            "rate_bits_per_fact {rate:.4} exceeds information_bits_per_fact {information:.4} by more than the \
             {allowed:.4} that bins and chance explain: the losses and the scores do not belong together."
        )
    })
}

/// Scores cannot carry more bits than are stored: up to `log2(8n)/2` in all (Guo & Li, Lemma 3.4), and up to the chance
/// of the sample of non-facts.
fn information_above_storage(evidence: &Evidence) -> Option<String> {
    let stored = evidence.stored_bits?;
    let n = evidence.facts as f64;
    let chance = if evidence.exhaustive { 0.0 } else { STANDARD_ERRORS * evidence.information_standard_error };
    let carried = n * evidence.information;
    let slack = n * finite::converse_slack(evidence.facts).ok()?.0;
    (carried - n * chance - slack > stored).then(|| {
        format!(
            "facts times information_bits_per_fact, {carried:.1} bits, exceeds the {stored:.1} bits that the memory \
             is stored in: facts have reached the scores by another way."
        )
    })
}

/// Nothing can tell more about the facts than which they are.
fn information_above_wall(evidence: &Evidence) -> Option<String> {
    let Evidence { information, wall, .. } = *evidence;
    (evidence.exhaustive && information > wall * (1.0 + ROUNDING)).then(|| {
        format!(
            "information_bits_per_fact {information:.9} exceeds the lossless wall {wall:.9}, though every non-fact was \
             counted: the counts do not belong to this universe."
        )
    })
}

#[cfg(test)]
mod tests;
