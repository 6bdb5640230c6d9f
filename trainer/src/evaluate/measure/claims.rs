//! Claims beside the headline ones: non-facts that training drew, facts that it never saw, fresh claims as a control.

use super::by_recall;
use super::estimate::{Estimate, OF_SAMPLE, Terms};
use crate::evaluate::distribution::{Facts, Law, NonFacts, share};
use crate::record::evaluation_json::{FactClaims, NonFactClaims};
use rote_theory::DomainError;

/// The claims that others are compared with.
pub(super) struct Compared<'a> {
    pub facts: &'a Facts,
    pub non_facts: &'a NonFacts,
    pub terms: &'a Terms,
}

impl Compared<'_> {
    /// Claims in the place of the non-facts, a sample of what they stand for; none of none.
    pub fn as_non_facts(&self, claims: &NonFacts) -> Result<Option<NonFactClaims>, DomainError> {
        if claims.count() == 0 {
            return Ok(None);
        }
        let law = Law::of_non_facts(claims);
        let terms = Terms { smoothing: OF_SAMPLE, ..*self.terms };
        let estimate = Estimate::new(&Law::of_facts(self.facts), &law, &terms)?;
        Ok(Some(NonFactClaims {
            claims: law.count,
            non_fact_loss_nats: law.loss,
            hallucination_at_recall: by_recall(self.facts, |threshold| claims.share_reaching(threshold)),
            hallucination_at_half: claims.share_reaching(0.0),
            rate_bits_per_fact: Some(estimate.rate.bits.0),
            information_bits_per_fact: Some(estimate.information.bits.0),
            kl_bits_per_fact: Some(estimate.information.kl_bits.0),
        }))
    }

    /// Claims in the place of the facts, at the facts' thresholds; none of none.
    pub fn as_facts(&self, claims: &Facts) -> Result<Option<FactClaims>, DomainError> {
        if claims.count() == 0 {
            return Ok(None);
        }
        let law = Law::of_facts(claims);
        let estimate = Estimate::new(&law, &Law::of_non_facts(self.non_facts), self.terms)?;
        let reached = |threshold| share(claims.reaching(threshold), law.count);
        Ok(Some(FactClaims {
            claims: law.count,
            fact_loss_nats: law.loss,
            reached_at_recall: by_recall(self.facts, reached),
            recall_at_half: reached(0.0),
            rate_bits_per_fact: Some(estimate.rate.bits.0),
            information_bits_per_fact: Some(estimate.information.bits.0),
            kl_bits_per_fact: Some(estimate.information.kl_bits.0),
        }))
    }
}
