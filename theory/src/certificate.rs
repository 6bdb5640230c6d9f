//! What counts certify: bits a fact that were stored with a stated confidence, whatever the scorer.
//!
//! An estimate of `F_p` can exceed the truth; a certificate errs upwards only with the probability that it states, over
//! the draw of the facts and of the non-facts that were counted. Two are offered, and both choose on one half of the
//! counts what they judge on the other, so that the choice costs no confidence:
//!
//! - [`certificate`]: one threshold. Recall and false-positive rate each get a side of the exact interval of
//!   [`fn@clopper_pearson`], and the rate of a filter with those is what was stored at least.
//! - [`fn@donsker_varadhan`]: many bins. It loses less where scores are graded, and needs more counts.
//!
//! How many non-facts either needs is the subject of [`certifiable`], [`non_facts_to_certify`], [`standard_error`] and
//! [`non_facts_needed`].

use crate::error::{DomainError, require};

pub mod clopper_pearson;
pub mod donsker_varadhan;
pub mod sample_size;
pub mod threshold;

#[doc(inline)]
pub use clopper_pearson::{Interval, clopper_pearson};
#[doc(inline)]
pub use donsker_varadhan::{Counts, MultiBinCertificate, donsker_varadhan};
#[doc(inline)]
pub use sample_size::{certifiable, non_facts_needed, non_facts_to_certify, standard_error};
#[doc(inline)]
pub use threshold::{Certificate, certificate};

fn require_counts(hits: (&'static str, u64), trials: (&'static str, u64)) -> Result<(), DomainError> {
    require(trials.1 > 0, trials.0, 0.0, "be at least 1")?;
    require(hits.1 <= trials.1, hits.0, hits.1 as f64, "be at most the number of trials")
}

fn require_confidence(confidence: f64) -> Result<(), DomainError> {
    require(confidence > 0.0 && confidence < 1.0, "confidence", confidence, "lie in (0, 1)")
}
