//! All members of a run through evaluation, one after the other: claims scored, counted, measured, and the scores
//! written.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use rayon::prelude::*;
use rote_models::Kernels;
use thiserror::Error;

use super::distribution::{BLOCK, Facts, NonFacts, above};
use super::measure::{MeasureError, Scores, Subject, measure};
use super::scorer::Scorer;
use crate::facts::{FactSet, FactsError, purpose, stream_key};
use crate::progress::Progress;
use crate::record::evaluation_json::NonFactSet;
use crate::record::{EvaluationFile, MemberEvaluation, RecordError, ScoreKind, ScoresWriter};
use crate::run::Plan;
use crate::train::{Member, MemberStatus, Population, Trained};

/// Non-facts of the drawn range that are scored as a diagnostic.
const DRAWN_SAMPLE: u128 = 1 << 17;
/// Logits that one thread counts at a time; a multiple of [`BLOCK`], so that sums do not depend on the threads.
const PIECE: usize = 1 << 14;
/// Logits that are sorted together in scores.parquet.
const SORTED: usize = 1 << 15;
const _: () = assert!((PIECE as u64).is_multiple_of(BLOCK));

/// Bits in which a parameter is stored: raw `f32`.
const RAW_BITS: f64 = 32.0;

/// Why an evaluation cannot go on.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The facts leave nothing to score.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The scores cannot be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The scores cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The device lost data or refused to give it back.
    #[error("the device did not return the logits: {0}")]
    Device(String),
}

/// How to evaluate a run.
pub struct Evaluation<'a> {
    /// The experiment and its populations.
    pub plan: &'a Plan,
    /// Fused or composed.
    pub kernels: Kernels,
    /// Where to score.
    pub device: &'a Device,
}

/// The ranks of one member that are scored, and as what.
struct Ranks {
    non_facts: Range<u128>,
    drawn: Option<Range<u128>>,
    control: Option<Range<u128>>,
    /// Whether the non-facts are all that the universe has.
    exhaustive: bool,
}

impl Evaluation<'_> {
    /// Evaluates every member, in their order; writes the scores if a path is given. `None` if it was stopped.
    ///
    /// # Errors
    /// [`EvaluateError`]; no file is left then.
    pub fn run(
        &self,
        trained: &[Trained],
        scores: Option<&Path>,
        stop: &AtomicBool,
        progress: &dyn Progress,
    ) -> Result<Option<EvaluationFile>, EvaluateError> {
        let mut writer = scores.map(ScoresWriter::create).transpose()?;
        let total: usize = self.plan.populations.iter().map(|population| population.members.len()).sum();
        progress.begin("evaluate", "network", total as u64, 0);
        let mut members = Vec::with_capacity(total);
        for (population, trained) in self.plan.populations.iter().zip(trained) {
            let blocks = trained.parameters.chunks_exact(population.shape.parameters());
            for ((member, &status), parameters) in population.members.iter().zip(&trained.members).zip(blocks) {
                if stop.load(Ordering::Relaxed) {
                    progress.end();
                    return Ok(None);
                }
                let network = Network { population, member, status, steps: trained.steps, parameters };
                members.push(self.member(&network, writer.as_mut())?);
                progress.advance(members.len() as u64, &String::new);
            }
        }
        if let Some(writer) = writer {
            writer.finish()?;
        }
        progress.end();
        Ok(Some(EvaluationFile::new(members)))
    }

    fn member(&self, network: &Network, writer: Option<&mut ScoresWriter>) -> Result<MemberEvaluation, EvaluateError> {
        let Network { population, member, parameters, .. } = *network;
        let (batches, number) = (&member.batches, member.number);
        let set = batches.facts();
        let ranks = self.ranks(set)?;
        let subject = network.subject(self.plan, ranks.exhaustive);
        if network.status.is_diverged() {
            return Ok(subject.diverged());
        }
        let scorer = Scorer::new(&population.shape, parameters, batches.encoding(), self.kernels, self.device);
        let mut claims = vec![0; set.count() as usize];
        set.fill_facts(0, &mut claims);
        let facts = Facts::new(scorer.score(&claims)?);
        let mut rows = Rows { writer, member: number };
        rows.append(ScoreKind::Fact, || facts.rows())?;
        let non_facts = count(&scorer, set, &facts, ranks.non_facts, ScoreKind::HeldOut, &mut rows)?;
        let drawn = ranks.drawn.map(|ranks| count(&scorer, set, &facts, ranks, ScoreKind::Drawn, &mut rows));
        let drawn = drawn.transpose()?;
        let mut as_facts = |kind, claims: &[u64]| -> Result<Facts, EvaluateError> {
            let scored = Facts::new(scorer.score(claims)?);
            rows.append(kind, || scored.rows())?;
            Ok(scored)
        };
        let never_shown = set.never_shown();
        let never_shown =
            (!never_shown.is_empty()).then(|| as_facts(ScoreKind::NeverShown, never_shown)).transpose()?;
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
        let key = bytemuck::cast(stream_key(member.seed, purpose::EVALUATION));
        Ok(measure(&subject, &scores, key)?)
    }

    fn ranks(&self, set: &FactSet) -> Result<Ranks, EvaluateError> {
        let resolved = &self.plan.resolved;
        let (available, control) = if resolved.experiment.evaluation.control {
            let (scored, control) = set.split_control()?;
            (scored, Some(control))
        } else {
            (set.scored_ranks(), None)
        };
        let non_facts = set.first_non_facts(&available, u128::from(resolved.scored));
        let drawn = (set.held_out() > 0).then(|| set.first_non_facts(&set.drawn_ranks(), DRAWN_SAMPLE));
        let exhaustive = set.held_out() == 0 && non_facts == set.scored_ranks();
        Ok(Ranks { non_facts, drawn, control, exhaustive })
    }
}

/// One trained network.
struct Network<'a> {
    population: &'a Population,
    member: &'a Member,
    status: MemberStatus,
    steps: u64,
    parameters: &'a [f32],
}

impl Network<'_> {
    fn subject(&self, plan: &Plan, exhaustive: bool) -> Subject {
        let (shape, set) = (&self.population.shape, self.member.batches.facts());
        let parameters = shape.parameters() as u64;
        Subject {
            member: self.member.number,
            population: self.population.id.clone(),
            seed: self.member.seed,
            widths: shape.widths.iter().map(|&width| width as u64).collect(),
            activation: shape.activation.name().to_owned(),
            parameters,
            steps: self.status.steps(self.steps),
            facts: set.count(),
            universe: plan.resolved.universe,
            negative_weight: self.member.negative_weight,
            // Structure need not be stored fact by fact, so only random facts are held against the size of the network.
            stored_bits: set.is_random().then_some(RAW_BITS * parameters as f64),
            non_fact_set: if set.held_out() == 0 { NonFactSet::All } else { NonFactSet::HeldOut },
            exhaustive,
        }
    }
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
    scorer: &Scorer,
    set: &FactSet,
    facts: &Facts,
    ranks: Range<u128>,
    kind: ScoreKind,
    rows: &mut Rows,
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
        Ok(rows.append_above(kind, facts, logits)?)
    };
    scorer.score_ranks(set, ranks, |logits| {
        // Where a file's claims are skipped, chunks of ranks hold uneven numbers of claims: even them out, so that sums
        // are always over the same pieces.
        waiting.extend_from_slice(logits);
        let whole = waiting.len() / PIECE * PIECE;
        take(&waiting[..whole], first)?;
        first += whole as u64;
        waiting.drain(..whole);
        Ok(())
    })?;
    take(&waiting, first)?;
    rows.append(kind, || counted.below())?;
    Ok(counted)
}
