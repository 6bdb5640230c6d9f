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
}
