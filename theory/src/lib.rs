//! What a memory of random facts can do at best, exactly.
//!
//! **The problem.** Of `u` plausible claims, `n` drawn at random are facts. A memory stores something about them and
//! later gives every claim a score `x` in `[0, 1]`, its confidence that the claim is a fact. It pays `d_K(x)` on a fact
//! and `d_N(x)` on a non-fact: `-ln x` and `-ln(1 - x)` under log-loss, `1 - x` and `x` under zero-one loss. How many
//! bits a fact must it store to keep its mean losses at `eps_K` and `eps_N`? That is a rate-distortion problem, and
//! Guo & Li, *Hallucination is a Consequence of Space-Optimality* (arXiv 2602.00906, 2026), solve it for sparse facts.
//! This crate computes the answer at every sparsity `p = n / u`.
//!
//! **Symbols and units.** Losses are means in [`Nats`], memory is in [`Bits`] a fact.
//!
//! | symbol | here | meaning |
//! |---|---|---|
//! | `p` | `sparsity` | facts over claims, in `[0, 1)`; 0 is the sparse limit `u -> inf` at fixed `n` |
//! | `eps_K`, `eps_N` | `fact_loss`, `non_fact_loss` | mean losses on facts and on non-facts |
//! | `lambda` | `negative_weight` | the training loss is `L = eps_K + lambda eps_N` |
//! | `mu_K`, `mu_N` | `facts`, `non_facts` | laws of the score of a random fact and of a random non-fact |
//! | `F_p` | [`information`] | `I(X; score) / p` with `X` Bernoulli(`p`): the bits that scores carry |
//! | `R_p` | [`rate`] | the least `F_p` among laws that meet the losses |
//! | `q*`, `x*` | [`Channel`] | share of the non-facts that score as facts do, and that score |
//! | `C(L)` | [`frontier::budget`] | the least `R_p` among losses with `eps_K + lambda eps_N <= L` |
//!
//! **How the derivation goes.** A memory of `B` bits a fact cannot have `F_p > B + log2(8n)/(2n)` (Lemma 3.4), and laws
//! with `F_p < B` can be built (Lemma 3.7), so the problem is to minimise `F_p` over laws. Under log-loss the
//! optimality conditions leave three shapes ([`fn@rate::log_loss`]): *hallucination*, where facts score `x*` and a
//! share `q*` of the non-facts scores exactly the same; *forgetting*, its mirror image; and between them a region where
//! every calibrated scorer is optimal. All rest on one function, the cost of separating a fact from `o` non-facts,
//! `W(o) = ln(1 + o) + o ln(1 + 1/o)` ([`separation`]): a universe starts at `o = (1-p)/p`, where `W` is the lossless
//! wall; a hallucinating memory leaves `q o` rivals beside each fact and so has stored `W(o) - W(q o)`; trained at
//! negative weight `lambda` it has loss `W(lambda q)`.
//!
//! **Where to find what.**
//!
//! | module | question |
//! |---|---|
//! | [`rate`] | How many bits a fact do these losses need? |
//! | [`frontier`] | How small can the loss be with so many bits, and what does that memory do: hallucinate, forget, abstain? |
//! | [`solver`] | The same for losses of your own on a finite set of scores, with a certificate of optimality |
//! | [`information`] | How many bits do these two laws of the score hold, and how noisy is that estimate? |
//! | [`certificate`] | How many bits do these counts certify, and how many non-facts would more certainty take? |
//! | [`decomposition`] | Is a measured loss too high for want of memory, of the right shape, or of calibration? |
//! | [`finite`], [`entropy`] | What changes when there are only `n` facts; how many bits name the set itself |
//! | [`allocation`] | Which facts get the bits when they are unequal, structured, or a filter stands beside |
//! | [`yardstick`] | What filters, perceptrons and language models pay |
//!
//! Derivations stand at the head of the modules: [`mod@rate::log_loss`] has that of the three shapes, [`separation`]
//! the function `W`, and each submodule of [`frontier`] that of one loss.
//!
//! ```
//! use rote_theory::{Nats, frontier, rate};
//!
//! // Sparse facts known with confidence e^-0.1, non-facts at 0.01 nats: 7.88 bits a fact, .43 % hallucinated.
//! let least = rate::log_loss(Nats(0.1), Nats(0.01), 0.0)?;
//! assert_eq!(format!("{:.2} by {}", least.bits, least.regime.as_str()), "7.88 bits by hallucination");
//! // Knowing only the training loss at negative weight 1, fewer bits are certain.
//! let certain = frontier::budget(Nats(0.1 + 0.01), 1.0, 0.0)?;
//! assert!(certain < least.bits);
//! # Ok::<(), rote_theory::DomainError>(())
//! ```
//!
//! Functions check what they are given and answer with a [`DomainError`] that names the argument; nothing panics on
//! input. Sources are cited at each function; "derived" marks what Guo & Li do not state.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]
#![forbid(unsafe_code)]
#![allow(clippy::cast_precision_loss, reason = "counts enter as f64; above 2^53 their relative rounding is harmless")]
#![allow(clippy::similar_names, reason = "facts and non-facts come in pairs, and so do their names")]
#![allow(clippy::many_single_char_names, reason = "short names are the symbols of the formulas in the docs")]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "limits and closed forms are exact"))]

pub mod allocation;
pub mod certificate;
pub mod decomposition;
pub mod entropy;
pub mod finite;
pub mod frontier;
pub mod information;
pub mod rate;
pub mod separation;
pub mod solver;
pub mod yardstick;

mod binomial;
mod channel;
mod divergence;
mod error;
mod units;

pub use channel::{Channel, Regime};
pub use error::DomainError;
pub use units::{Bits, Nats};
