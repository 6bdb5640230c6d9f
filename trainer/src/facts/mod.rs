//! Universes, fact sets, encodings and batch streams: pure functions of (seed, index), made on the host, so that
//! every backend starts from the same bits.
//!
//! A keyed [`Permutation`] gives each claim of the [`Universe`] a rank. What a claim is to a member follows from its
//! rank alone, and nothing has to be stored:
//!
//! | ranks | random facts | facts from a file |
//! |---|---|---|
//! | `0..n` | the facts | drawn, like the next row |
//! | up to `u - held_out` | non-facts that training may draw | the same |
//! | `u - held_out..u` | held-out non-facts | the same |
//!
//! A file's claims lie anywhere among the ranks; they are skipped wherever non-facts are drawn or scored. A
//! [`FactSet`] says which claims are which, an [`Encoding`] turns claims into packed +-1 inputs, and a
//! [`BatchStream`] gives the rows of any training step.

mod batch;
mod draw;
mod encoding;
mod error;
mod file;
mod format;
mod hash;
mod permutation;
mod ranks;
mod set;
mod stream;
#[cfg(test)]
mod tests;
mod universe;

pub use batch::BatchStream;
pub use encoding::{Encoding, EncodingSpec};
pub use error::{FactsError, FileError, LineProblem};
pub use file::FileClaims;
pub use format::{Alphabet, ClaimFormat};
pub use hash::ClaimHash;
pub use permutation::Permutation;
pub use set::{FactSet, trained_share};
pub use stream::{StreamKey, purpose, stream_key};
pub use universe::Universe;

/// The version of everything this module draws. It enters every key and every digest; a change to any stream,
/// permutation or encoding must raise it, because the old version's sets can then not be made again.
pub const VERSION: u32 = 1;
