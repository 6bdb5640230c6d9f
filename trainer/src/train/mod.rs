//! Training: one loop over a population, the same on every backend, that can stop at any step and go on as if it had not.

mod error;
mod groups;
mod learner;
mod optimizer;
mod pace;
mod pieces;
mod population;
mod schedule;
mod state;
mod subject;
mod trainer;

pub use self::error::TrainError;
#[cfg(feature = "gpu")]
pub(crate) use self::groups::Groups;
pub use self::learner::Learner;
pub use self::pace::{Speed, WARM_UP};
pub use self::population::{Member, Population};
pub use self::state::{MemberStatus, Trained};
pub use self::trainer::{Recipe, Trainer};
