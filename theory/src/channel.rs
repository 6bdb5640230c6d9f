//! The shapes that optimal laws of the score take under log-loss, shared by the rate and by its inverse, the frontier.

/// Which kind of memory is optimal (derived; Guo & Li treat the sparse limit, where all but the losses that a constant
/// score or only perfect separation meets are `Hallucination`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Regime {
    /// Facts all score alike and a share of the non-facts scores the same; the other non-facts are known for sure.
    Hallucination,
    /// Every calibrated scorer that has the losses is optimal; no single law is.
    Calibrated,
    /// Non-facts all score alike and a share of the facts scores the same; the other facts are known for sure.
    Forgetting,
    /// One constant score meets the losses, so nothing need be stored.
    Zero,
    /// Only perfect separation of facts from non-facts meets the losses.
    Lossless,
}

impl Regime {
    /// The name in records and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hallucination => "hallucination",
            Self::Calibrated => "calibrated",
            Self::Forgetting => "forgetting",
            Self::Zero => "zero",
            Self::Lossless => "lossless",
        }
    }
}

/// The optimal laws of the score, where there is exactly one pair of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Channel {
    /// `mu_K = delta(x_star)`, `mu_N = (1 - q_star) delta(0) + q_star delta(x_star)` (Guo & Li, Theorem 4.1).
    Hallucination {
        /// The score of every fact.
        x_star: f64,
        /// The share of the non-facts that scores `x_star` too.
        q_star: f64,
    },
    /// `mu_K = (1 - forget) delta(1) + forget delta(x0)`, `mu_N = delta(x0)` (derived).
    Forgetting {
        /// The score of every non-fact.
        x0: f64,
        /// The share of the facts that scores `x0` too.
        forget: f64,
    },
    /// Facts score 1 and non-facts 0.
    Perfect,
}

impl Channel {
    /// The score that some facts and some non-facts share; 1 if none do.
    #[must_use]
    pub fn shared_score(self) -> f64 {
        match self {
            Self::Hallucination { x_star, .. } => x_star,
            Self::Forgetting { x0, .. } => x0,
            Self::Perfect => 1.0,
        }
    }

    /// The share of the non-facts that scores as facts do while others are known for sure: `q_star`, or 0.
    #[must_use]
    pub fn hallucinated(self) -> f64 {
        match self {
            Self::Hallucination { q_star, .. } => q_star,
            Self::Forgetting { .. } | Self::Perfect => 0.0,
        }
    }

    /// The share of the facts that scores as non-facts do while others are known for sure: `forget`, or 0.
    #[must_use]
    pub fn forgotten(self) -> f64 {
        match self {
            Self::Forgetting { forget, .. } => forget,
            Self::Hallucination { .. } | Self::Perfect => 0.0,
        }
    }

    /// The share of the non-facts that scores `threshold` or more; 0 for a NaN.
    ///
    /// At a threshold of 1/2 this is no measure of memory: along the frontier of the sparse limit it is 0 up to
    /// `log2(lambda)` bits, where `x_star = 1 / (1 + lambda q_star)` reaches 1/2, jumps to `1 / lambda` and falls from
    /// there. [`Self::hallucination_at_recall`] falls all the way.
    #[must_use]
    pub fn hallucination_at(self, threshold: f64) -> f64 {
        match self {
            _ if threshold <= 0.0 => 1.0,
            Self::Hallucination { x_star, q_star } if threshold <= x_star => q_star,
            Self::Forgetting { x0, .. } if threshold <= x0 => 1.0,
            _ => 0.0,
        }
    }

    /// The share of the facts that scores `threshold` or more; 0 for a NaN.
    #[must_use]
    pub fn recall_at(self, threshold: f64) -> f64 {
        match self {
            Self::Hallucination { x_star, .. } if threshold <= x_star => 1.0,
            Self::Forgetting { x0, .. } if threshold <= x0 => 1.0,
            Self::Forgetting { forget, .. } if threshold <= 1.0 => 1.0 - forget,
            Self::Perfect if threshold <= 1.0 => 1.0,
            _ => 0.0,
        }
    }

    /// `HR@r`: the share of the non-facts that scores at least what the share `recall` of the facts reaches.
    ///
    /// A recall above 1 counts as 1; one of 0 or below asks for no fact, so no non-fact is as high; 0 for a NaN.
    #[must_use]
    pub fn hallucination_at_recall(self, recall: f64) -> f64 {
        match self {
            Self::Hallucination { q_star, .. } if recall > 0.0 => q_star,
            // The facts known for sure do not suffice, and the others score as every non-fact does.
            Self::Forgetting { forget, .. } if recall.min(1.0) > 1.0 - forget => 1.0,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_reaches_a_threshold_of_zero_and_none_reaches_more_than_one() {
        let channels = [
            Channel::Hallucination { x_star: 0.8, q_star: 0.25 },
            Channel::Forgetting { x0: 0.1, forget: 0.5 },
            Channel::Perfect,
        ];
        for channel in channels {
            for (threshold, share) in [(0.0, 1.0), (1.1, 0.0), (f64::NAN, 0.0)] {
                assert_eq!(channel.hallucination_at(threshold), share, "{channel:?} at {threshold}");
                assert_eq!(channel.recall_at(threshold), share, "{channel:?} at {threshold}");
            }
        }
        assert_eq!((Channel::Perfect.recall_at(1.0), Channel::Perfect.hallucination_at(1e-9)), (1.0, 0.0));
    }

    #[test]
    fn hallucinated_non_facts_go_wherever_the_facts_go() {
        let channel = Channel::Hallucination { x_star: 0.8, q_star: 0.25 };
        assert_eq!((channel.recall_at(0.8), channel.hallucination_at(0.8)), (1.0, 0.25));
        assert_eq!((channel.recall_at(0.81), channel.hallucination_at(0.81)), (0.0, 0.0));
        assert_eq!(
            [0.0, 1e-9, 0.9, 1.0, 2.0].map(|r| channel.hallucination_at_recall(r)),
            [0.0, 0.25, 0.25, 0.25, 0.25]
        );
    }

    #[test]
    fn a_forgetting_memory_hallucinates_only_when_asked_for_what_it_forgot() {
        let channel = Channel::Forgetting { x0: 0.1, forget: 0.25 };
        assert_eq!((channel.recall_at(0.1), channel.hallucination_at(0.1)), (1.0, 1.0));
        assert_eq!((channel.recall_at(0.5), channel.hallucination_at(0.5)), (0.75, 0.0));
        assert_eq!([0.0, 0.75, 0.76, 2.0].map(|r| channel.hallucination_at_recall(r)), [0.0, 0.0, 1.0, 1.0]);
    }
}
