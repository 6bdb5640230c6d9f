//! One member's set of facts, and what every other claim is to that member.

use std::sync::Arc;

use super::stream::{derive, purpose, stream_key};
use super::{FactsError, FileClaims, Permutation, Universe, VERSION};

/// Sets up to this size are sorted for their digest; sorting more would take more memory than the set is worth.
const MOST_SORTED: u64 = 1 << 24;

/// The facts of one member. Random facts are stored nowhere: fact i is the claim of rank i. See the table of ranks in
/// the [module](super).
#[derive(Clone, Debug)]
pub struct FactSet {
    pub(super) universe: Universe,
    pub(super) count: u64,
    pub(super) held_out: u64,
    pub(super) permutation: Permutation,
    pub(super) source: Source,
    seed: u64,
}

/// Where the facts come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The first ranks.
    Ranks,
    /// A file.
    File(FileFacts),
}

/// The members of a file, as one seed divides them.
#[derive(Clone, Debug)]
pub(super) struct FileFacts {
    claims: Arc<FileClaims>,
    // Orders the claims' places: the first ones are trained.
    shuffle: Permutation,
    never_shown: Vec<u64>,
    /// The ranks of all the file's claims, in increasing order.
    pub(super) ranks: Vec<u64>,
}

/// How many of a file's claims are trained: `fraction` of them, rounded to the nearest number.
pub fn trained_share(claims: u64, fraction: f64) -> u64 {
    (fraction * claims as f64).round() as u64
}

impl FactSet {
    /// `count` random facts: the claims of ranks `0..count`. The claims of the last `held_out` ranks are set aside; 0
    /// means that evaluation scores every non-fact, which training draws too.
    ///
    /// # Errors
    /// [`FactsError`] if there is no fact, too many for the universe, or no non-fact left to draw.
    pub fn random(universe: Universe, count: u64, held_out: u64, seed: u64) -> Result<Self, FactsError> {
        if count == 0 {
            return Err(FactsError::NoFacts);
        }
        if u128::from(count) > universe.size() {
            return Err(FactsError::TooManyFacts { count, universe });
        }
        if u128::from(count) + u128::from(held_out) >= universe.size() {
            return Err(FactsError::NothingToDraw { members: count, held_out, universe });
        }
        let permutation = Permutation::new(&stream_key(seed, purpose::FACTS), universe);
        Ok(Self { universe, count, held_out, permutation, source: Source::Ranks, seed })
    }

    /// Facts from a file: a share of `fraction` of its claims, rounded to the nearest number and chosen by `seed`.
    /// The others are never shown: neither trained, drawn nor scored as non-facts. `held_out` ranks are set aside as
    /// in [`FactSet::random`]; claims of the file among them are skipped.
    ///
    /// # Errors
    /// [`FactsError`] if no fact is chosen, or if no non-fact is left to draw or to score.
    pub fn from_claims(claims: Arc<FileClaims>, fraction: f64, held_out: u64, seed: u64) -> Result<Self, FactsError> {
        let (universe, members) = (claims.universe(), claims.claims().len());
        let count = trained_share(members as u64, fraction);
        if !(fraction > 0.0 && fraction <= 1.0) || count == 0 {
            return Err(FactsError::Fraction { fraction, claims: members });
        }
        let nothing_to_draw = FactsError::NothingToDraw { members: members as u64, held_out, universe };
        if u128::from(held_out) >= universe.size() {
            return Err(nothing_to_draw);
        }
        let key = stream_key(seed, purpose::FACTS);
        let permutation = Permutation::new(&key, universe);
        let shuffle = Permutation::new(&derive(&key, "file", 0), Universe::ending_at(members as u64 - 1));
        let mut ranks: Vec<u64> = claims.claims().iter().map(|claim| permutation.inverse(*claim)).collect();
        ranks.sort_unstable();
        let mut places: Vec<u64> = (count..members as u64).collect();
        shuffle.forward_all(&mut places);
        let never_shown = places.into_iter().map(|place| claims.claims()[place as usize]).collect();

        let source = Source::File(FileFacts { claims, shuffle, never_shown, ranks });
        let set = Self { universe, count, held_out, permutation, source, seed };
        if set.non_facts_in(&set.drawn_ranks()) == 0 {
            return Err(nothing_to_draw);
        }
        if set.non_facts_in(&set.scored_ranks()) == 0 {
            return Err(FactsError::NothingToScore { held_out });
        }
        Ok(set)
    }

    /// Whether the facts were drawn at random, without any structure; those of a file may have some.
    pub fn is_random(&self) -> bool {
        matches!(self.source, Source::Ranks)
    }

    /// The universe that facts and non-facts come from.
    pub fn universe(&self) -> Universe {
        self.universe
    }

    /// The seed of the member whose facts these are.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// n, the number of facts that are trained.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many ranks are set aside; 0 where every non-fact is both drawn and scored.
    pub fn held_out(&self) -> u64 {
        self.held_out
    }

    /// p = n/u.
    pub fn sparsity(&self) -> f64 {
        self.count as f64 / self.universe.size() as f64
    }

    /// Fact number `index`, in an order that is random for every seed.
    ///
    /// # Panics
    /// If `index` is not below [`FactSet::count`].
    pub fn fact(&self, index: u64) -> u64 {
        assert!(index < self.count, "fact {index} of {}", self.count);
        match &self.source {
            Source::Ranks => self.permutation.forward(index),
            Source::File(file) => file.claims.claims()[file.shuffle.forward(index) as usize],
        }
    }

    /// All facts in order.
    pub fn facts(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.count).map(|index| self.fact(index))
    }

    /// Puts the facts from number `first` on into `claims`.
    ///
    /// # Panics
    /// If they reach beyond [`FactSet::count`].
    pub fn fill_facts(&self, first: u64, claims: &mut [u64]) {
        let end = u128::from(first) + claims.len() as u128;
        assert!(end <= u128::from(self.count), "facts {first}..{end} of {}", self.count);
        for (offset, claim) in claims.iter_mut().enumerate() {
            *claim = first + offset as u64;
        }
        match &self.source {
            Source::Ranks => self.permutation.forward_all(claims),
            Source::File(file) => {
                file.shuffle.forward_all(claims);
                for claim in claims {
                    *claim = file.claims.claims()[*claim as usize];
                }
            }
        }
    }

    /// The claims of the file that are not trained; none for random facts.
    pub fn never_shown(&self) -> &[u64] {
        match &self.source {
            Source::Ranks => &[],
            Source::File(file) => &file.never_shown,
        }
    }

    /// Whether `claim` is one of the facts that are trained.
    pub fn is_fact(&self, claim: u64) -> bool {
        match &self.source {
            Source::Ranks => self.universe.contains(claim) && self.permutation.inverse(claim) < self.count,
            Source::File(file) => {
                file.claims.place(claim).is_some_and(|place| file.shuffle.inverse(place as u64) < self.count)
            }
        }
    }

    /// Whether `claim` is a fact or never shown; every other claim of the universe is a non-fact.
    pub fn is_member(&self, claim: u64) -> bool {
        match &self.source {
            Source::Ranks => self.is_fact(claim),
            Source::File(file) => file.claims.place(claim).is_some(),
        }
    }

    /// Names the set: BLAKE3 of the version, the seed, u, n, the file's digest if there is one, and the facts in
    /// increasing order (from 2^24 + 1 facts on in the set's own order, which the seed determines as well).
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_derive_key("rote: a set of facts");
        hasher.update(&VERSION.to_le_bytes()).update(&self.seed.to_le_bytes());
        hasher.update(&self.universe.size().to_le_bytes()).update(&self.count.to_le_bytes());
        if let Source::File(file) = &self.source {
            hasher.update(file.claims.digest().as_bytes());
        }
        let mut claims = vec![0; self.count.min(MOST_SORTED) as usize];
        let mut first = 0;
        while first < self.count {
            claims.truncate((self.count - first).min(MOST_SORTED) as usize);
            self.fill_facts(first, &mut claims);
            if self.count <= MOST_SORTED {
                claims.sort_unstable();
            }
            for claim in &claims {
                hasher.update(&claim.to_le_bytes());
            }
            first += claims.len() as u64;
        }
        hasher.finalize()
    }
}
