//! Who gets the bits when facts are not all alike, and what bits outside the network are worth.
//!
//! All of it is derived, in the sparse limit `p -> 0`, where a class that hallucinates a share `q` of its non-facts
//! costs `log2(1/q)` bits a fact (Guo & Li, Theorem 4.1).
//!
//! - [`visible_classes`]: facts of unequal weight whose class can be told from the claim. Each class has a filter of
//!   its own; at the optimum a further bit saves the same everywhere, and a class that is too light gets none.
//! - [`invisible_classes`]: facts of unequal weight whose class the claim does not show. One filter serves all, and
//!   what can be chosen is which facts it forgets.
//! - [`fn@structured`]: claims with a public feature that facts and non-facts have at different rates. What the feature
//!   says need not be stored.
//! - [`external_filter`]: a filter beside the network, and how many parameters it replaces.

use crate::error::{DomainError, require};

pub mod external;
pub mod invisible;
mod slope;
pub mod structured;
pub mod visible;

#[doc(inline)]
pub use external::{ExternalFilter, external_filter};
#[doc(inline)]
pub use invisible::{HiddenClass, InvisibleAllocation, invisible_classes};
#[doc(inline)]
pub use structured::{Structured, structured};
#[doc(inline)]
pub use visible::{Allocation, Class, ClassShare, visible_classes, visible_classes_at};

fn require_positive(name: &'static str, value: f64) -> Result<(), DomainError> {
    require(value > 0.0 && value.is_finite(), name, value, "be positive and finite")
}
