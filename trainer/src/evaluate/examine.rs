//! One member through evaluation, whatever scores its claims: facts and non-facts scored, counted, measured, and the
//! scores written.

use std::ops::Range;

use rayon::prelude::*;

use super::distribution::{BLOCK, Facts, NonFacts, above};
use super::evaluation::EvaluateError;
use super::measure::{Scores, Subject, measure};
use super::scorer::{Keep, Scorer, chunks};
use crate::config::Resolved;
use crate::facts::{FactSet, FactsError, purpose, stream_key};
use crate::record::{MemberEvaluation, RecordError, ScoreKind, ScoresWriter};

/// Non-facts of the drawn range that are scored as a diagnostic.
const DRAWN_SAMPLE: u128 = 1 << 17;
/// Logits that one thread counts at a time; a multiple of [`BLOCK`], so that sums do not depend on the threads.
const PIECE: usize = 1 << 14;
/// Logits that are sorted together in scores.parquet.
const SORTED: usize = 1 << 15;
const _: () = assert!((PIECE as u64).is_multiple_of(BLOCK));

/// The ranks of one member that are scored, and as what.
pub(super) struct Ranks {
    non_facts: Range<u128>,
    drawn: Option<Range<u128>>,
    control: Option<Range<u128>>,
    /// Whether the non-facts are all that the universe has.
    pub(super) exhaustive: bool,
}

impl Ranks {
    /// What the experiment says that is scored of `set`.
    pub(super) fn of(set: &FactSet, resolved: &Resolved) -> Result<Self, FactsError> {
        let (available, control) = if resolved.experiment.evaluation.control {
            let (scored, control) = set.split_control()?;
            (scored, Some(control))
        } else {
            (set.scored_ranks(), None)
        };
        let non_facts = set.first_non_facts(&available, u128::from(resolved.scored));
        let drawn = (set.held_out() > 0).then(|| set.first_non_facts(&set.drawn_ranks(), DRAWN_SAMPLE));
        let exhaustive = set.held_out() == 0 && non_facts == set.scored_ranks();
        Ok(Self { non_facts, drawn, control, exhaustive })
    }
}

/// Scores, counts and measures `subject`, whose facts are those of `set`.
///
/// # Errors
/// [`EvaluateError`].
pub(super) fn examine(
    scorer: &dyn Scorer,
    subject: &Subject,
    set: &FactSet,
    ranks: Ranks,
    writer: Option<&mut ScoresWriter>,
) -> Result<MemberEvaluation, EvaluateError> {
    let mut claims = vec![0; set.count() as usize];
    set.fill_facts(0, &mut claims);
    let facts = Facts::new(scorer.score(&claims)?);
    let mut rows = Rows { writer, member: subject.member };
    rows.append(ScoreKind::Fact, || facts.rows())?;
    let non_facts = count(scorer, set, &facts, ranks.non_facts, ScoreKind::HeldOut, &mut rows)?;
    let drawn = ranks.drawn.map(|ranks| count(scorer, set, &facts, ranks, ScoreKind::Drawn, &mut rows));
    let drawn = drawn.transpose()?;
    let mut as_facts = |kind, claims: &[u64]| -> Result<Facts, EvaluateError> {
        let scored = Facts::new(scorer.score(claims)?);
        rows.append(kind, || scored.rows())?;
        Ok(scored)
    };
    let never_shown = set.never_shown();
    let never_shown = (!never_shown.is_empty()).then(|| as_facts(ScoreKind::NeverShown, never_shown)).transpose()?;
    let control = ranks.control.map(|ranks| {
        let mut claims = Vec::new();
        set.fill_non_facts(&ranks, &mut claims);
        as_facts(ScoreKind::Control, &claims)
    });
    let control = control.transpose()?;
    let scores = Scores {
        facts: &facts,
        non_facts: &non_facts,
        drawn: drawn.as_ref(),
        never_shown: never_shown.as_ref(),
        control: control.as_ref(),
    };
    let key = bytemuck::cast(stream_key(subject.seed, purpose::EVALUATION));
    Ok(measure(subject, &scores, key)?)
}

/// The rows of scores.parquet of one member; nothing is sorted where nothing is written.
struct Rows<'a> {
    writer: Option<&'a mut ScoresWriter>,
    member: u32,
}

impl Rows<'_> {
    fn append(&mut self, kind: ScoreKind, rows: impl FnOnce() -> Vec<(f32, u64)>) -> Result<(), RecordError> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.append(self.member, kind, &rows()))
    }

    /// Appends the logits that reach the lowest fact, sorted within stretches: sorted enough to be small.
    fn append_above(&mut self, kind: ScoreKind, facts: &Facts, logits: &[f32]) -> Result<(), RecordError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let sorted = logits.par_chunks(SORTED).map(|logits| above(facts, logits)).collect::<Vec<_>>();
        sorted.iter().try_for_each(|rows| writer.append(self.member, kind, rows))
    }
}

/// Scores and counts the non-facts at these ranks, and hands the rows of scores.parquet over.
fn count(
    scorer: &dyn Scorer,
    set: &FactSet,
    facts: &Facts,
    ranks: Range<u128>,
    kind: ScoreKind,
    rows: &mut Rows,
) -> Result<NonFacts, EvaluateError> {
    let counted = match scorer.counter(facts, rows.writer.is_some()) {
        Some(mut counter) => {
            let mut keep = |logits: &[f32]| Ok(rows.append_above(kind, facts, logits)?);
            chunks(set, ranks, |claims| counter.add(claims, &mut keep))?;
            counter.finish(&mut keep)?
        }
        None => count_here(scorer, set, facts, ranks, &mut |logits| Ok(rows.append_above(kind, facts, logits)?))?,
    };
    rows.append(kind, || counted.below())?;
    Ok(counted)
}

/// Counts logits that a scorer hands over, which go to `keep` too.
fn count_here(
    scorer: &dyn Scorer,
    set: &FactSet,
    facts: &Facts,
    ranks: Range<u128>,
    keep: Keep,
) -> Result<NonFacts, EvaluateError> {
    let mut counted = NonFacts::new(facts);
    let mut waiting: Vec<f32> = Vec::new();
    let mut first = 0;
    let mut take = |logits: &[f32], first: u64| -> Result<(), EvaluateError> {
        let pieces = (first..).step_by(PIECE).zip(logits.chunks(PIECE)).collect::<Vec<_>>();
        let counts = pieces.into_par_iter().map(|(first, logits)| {
            let mut piece = NonFacts::new(facts);
            piece.add(logits, first);
            piece
        });
        for piece in counts.collect::<Vec<_>>() {
            counted.merge(&piece);
        }
        keep(logits)
    };
    chunks(set, ranks, |claims| {
        // Where a file's claims are skipped, chunks of ranks hold uneven numbers of claims: even them out, so that sums
        // are always over the same pieces.
        waiting.extend(scorer.score(claims)?);
        let whole = waiting.len() / PIECE * PIECE;
        take(&waiting[..whole], first)?;
        first += whole as u64;
        waiting.drain(..whole);
        Ok(())
    })?;
    take(&waiting, first)?;
    Ok(counted)
}
