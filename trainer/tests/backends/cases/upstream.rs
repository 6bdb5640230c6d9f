//! The shapes on which backends of Burn have gone wrong for others, each under the number of its issue.

mod batches;
mod big;
mod chains;
mod heads;
mod layouts;
mod loops;
mod memory;

use crate::case::Case;

pub fn cases() -> Vec<Case> {
    [heads::cases(), layouts::cases(), batches::cases(), chains::cases(), loops::cases(), big::cases(), memory::cases()]
        .into_iter()
        .flatten()
        .collect()
}
