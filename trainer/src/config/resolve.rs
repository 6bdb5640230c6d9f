//! Completes an experiment once the universe and the facts are counted, and checks what only then can be checked.

use rote_models::Shape;

use super::evaluation::ScoredNonFacts;
use super::experiment::Experiment;
use super::facts::{Encoding, FactCounts, Source};
use super::model::{Sizes, WIDEST};
use super::problem::{ConfigError, Problem};
use super::reader::{allowed, conflict};
use super::settings::Settings;
use super::train::FactsPerStep;
use super::value::grouped;

/// Universes up to this size are scored whole, and at most so many non-facts are held out where nothing is said.
const ENUMERABLE: u64 = 1 << 24;
/// Non-facts scored by default in larger universes, as rates of 8 bits a fact and more ask for.
const SAMPLE: u64 = 1 << 20;
/// The most non-facts that a member is scored on; beyond, "all" is taken for a slip and a sample is proposed.
const MOST_SCORED: u64 = 1 << 32;

/// An experiment with nothing left open.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The experiment with every default filled in, sizes as widths: what a run records.
    pub experiment: Experiment,
    /// u.
    pub universe: u128,
    /// n, the facts that each member trains on.
    pub facts: u64,
    /// d, the input features.
    pub inputs: usize,
    /// Non-facts set aside before training.
    pub held_out: u64,
    /// Non-facts that each member is scored on: held-out ones, or of all non-facts where `held_out` is 0.
    pub scored: u64,
    /// Facts in each step's batch.
    pub facts_per_step: u64,
    /// The shape of each population.
    pub shapes: Vec<Shape>,
}

impl Experiment {
    /// Completes the experiment with the counts of its facts: those of [`super::FactsConfig::counts`] for random facts,
    /// or those that reading the file gave.
    ///
    /// # Errors
    /// All contradictions between the settings and the counts.
    pub fn resolve(&self, counts: FactCounts) -> Result<Resolved, ConfigError> {
        let mut experiment = self.clone();
        let problems = experiment.complete(counts);
        if !problems.is_empty() {
            return Err(ConfigError::new(problems));
        }
        let inputs = self.facts.encoding.inputs(counts.universe);
        let held_out = experiment.non_facts.held_out.unwrap_or(0);
        let facts_per_step = match self.train.facts_per_step {
            FactsPerStep::All => counts.trained,
            FactsPerStep::Count(count) => count,
        };
        let scored = match experiment.evaluation.non_facts {
            Some(ScoredNonFacts::Count(count)) => count,
            _ => scorable(counts, held_out) as u64,
        };
        let shapes = experiment.shapes(inputs);
        let FactCounts { universe, trained: facts, .. } = counts;
        Ok(Resolved { experiment, universe, facts, inputs, held_out, scored, facts_per_step, shapes })
    }

    /// Fills in what depends on the counts, and tells every contradiction.
    pub(super) fn complete(&mut self, counts: FactCounts) -> Vec<Problem> {
        let mut problems = Vec::new();
        let inputs = self.facts.encoding.inputs(counts.universe);
        problems.extend(self.count_problem(counts));
        problems.extend(self.code_problem(counts.universe));
        problems.extend(self.batch_problem(counts.trained));
        match self.solved_widths(inputs, counts.trained) {
            Ok(widths) => self.model.sizes = Sizes::Widths(widths),
            Err(problem) => problems.push(problem),
        }
        // With too many facts no number of held-out claims is right, and a message would mislead.
        if room(counts) > 0 {
            match self.held_out(counts).and_then(|held_out| Ok((held_out, self.scored(counts, held_out)?))) {
                Ok((held_out, scored)) => {
                    self.non_facts.held_out = Some(held_out);
                    self.evaluation.non_facts = Some(scored);
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems
    }

    fn count_problem(&self, counts: FactCounts) -> Option<Problem> {
        let settings = self.settings();
        let key = if matches!(self.facts.source, Source::File { .. }) { "facts.file" } else { "facts.count" };
        if counts.trained == 0 {
            let problem = settings.problem(key, "not set").line("conflict", "no claim of the file is trained");
            let allowed = "a file and a fraction that leave a fact to train";
            return Some(problem.line("allowed", allowed).line("fix", "add claims, or raise facts.fraction"));
        }
        if room(counts) > 0 {
            return None;
        }
        let universe = format!("{}, by the file's format", grouped(counts.universe));
        let allowed = "fewer facts than the universe has claims, so that a non-fact is left";
        let fix = if key == "facts.count" {
            "enlarge facts.universe, or lower facts.count"
        } else {
            "give a universe with room for non-facts"
        };
        Some(conflict(settings, (key, "not set"), ("facts.universe", &universe), allowed, fix))
    }

    fn code_problem(&self, universe: u128) -> Option<Problem> {
        let Encoding::Code { inputs } = self.facts.encoding else { return None };
        let least = Encoding::Bits.inputs(universe);
        let known = format!("{}, by the file's format", grouped(universe));
        let allowed = format!("{least} to 4,096 inputs, so that each claim can have its own code");
        let fix = format!("set facts.inputs = {least} or more");
        let problem = || conflict(self.settings(), ("facts.inputs", ""), ("facts.universe", &known), &allowed, &fix);
        (inputs < least).then(problem)
    }

    fn batch_problem(&self, trained: u64) -> Option<Problem> {
        let FactsPerStep::Count(count) = self.train.facts_per_step else { return None };
        let facts = format!("{}, by the file and its fraction", grouped(trained.into()));
        let allowed = format!("1 to {} facts a step, or \"all\"", grouped(trained.into()));
        let fix = "lower train.facts_per_step, or leave it out for all facts";
        let batch = ("train.facts_per_step", "all");
        let problem = || conflict(self.settings(), batch, ("facts.count", &facts), &allowed, fix);
        (count > trained).then(problem)
    }

    fn held_out(&self, counts: FactCounts) -> Result<u64, Problem> {
        let default = u64::try_from(counts.universe / 2).unwrap_or(u64::MAX).min(ENUMERABLE);
        let held_out = self.non_facts.held_out.unwrap_or(default);
        if u128::from(held_out) < room(counts) {
            return Ok(held_out);
        }
        let absent = format!("{}, the default", grouped(default.into()));
        let claims = counts.universe - room(counts);
        let facts = format!("{}, by the file", grouped(claims));
        let allowed = format!(
            "0 to {}: {} claims less {} facts, and a non-fact left to train on",
            grouped(room(counts) - 1),
            grouped(counts.universe),
            grouped(claims)
        );
        let fix = "set non_facts.held_out in that range; 0 trains on and scores every non-fact";
        let key = ("non_facts.held_out", absent.as_str());
        Err(conflict(self.settings(), key, ("facts.count", &facts), &allowed, fix))
    }

    fn scored(&self, counts: FactCounts, held_out: u64) -> Result<ScoredNonFacts, Problem> {
        let most = scorable(counts, held_out);
        let whole = counts.universe <= u128::from(ENUMERABLE);
        let default = if whole { ScoredNonFacts::All } else { ScoredNonFacts::Count(most.min(SAMPLE.into()) as u64) };
        let scored = self.evaluation.non_facts.unwrap_or(default);
        let fits = match scored {
            ScoredNonFacts::All => most <= u128::from(MOST_SCORED),
            ScoredNonFacts::Count(count) => u128::from(count) <= most,
        };
        if fits {
            return Ok(scored);
        }
        let absent = format!("{}, the default", grouped(held_out.into()));
        let (limit, fix) = if scored == ScoredNonFacts::All {
            (format!("\"all\" up to 2^32 non-facts, not {}", grouped(most)), "set it to \"2^20\" for a sample")
        } else {
            let (kind, fix) = match held_out {
                0 => ("non-facts", "lower it, or set it to \"all\""),
                _ => ("held-out non-facts", "set it to \"all\", or hold out more"),
            };
            (format!("1 to {} {kind}, or \"all\"", grouped(most)), fix)
        };
        let key = ("evaluation.non_facts", "\"all\", the default");
        Err(conflict(self.settings(), key, ("non_facts.held_out", &absent), &limit, fix))
    }

    /// The width of each population.
    fn solved_widths(&self, inputs: usize, facts: u64) -> Result<Vec<usize>, Problem> {
        let (key, targets): (_, Vec<usize>) = match &self.model.sizes {
            Sizes::Widths(widths) => return Ok(widths.clone()),
            Sizes::Parameters(targets) => ("model.parameters", targets.clone()),
            Sizes::ParametersPerFact(ratios) => {
                let targets = ratios.iter().map(|ratio| (ratio * facts as f64).round() as usize).collect();
                ("model.parameters_per_fact", targets)
            }
        };
        let layers = self.model.hidden_layers;
        let mut widths = Vec::new();
        for &target in &targets {
            let width = Shape::width_for_parameters(inputs, layers, target);
            let again = || (format!("two entries come nearest at width {width}"), "remove one of them".to_owned());
            let wrong = self.width_problem(inputs, width, target);
            if let Some((reason, fix)) = wrong.or_else(|| widths.contains(&width).then(again)) {
                let problem = self.settings().problem(key, "not set").line("problem", reason);
                return Err(problem.line("allowed", allowed(key)).line("fix", fix));
            }
            widths.push(width);
        }
        Ok(widths)
    }

    /// What is wrong with a network of that width for `target` parameters, and the fix.
    fn width_problem(&self, inputs: usize, width: usize, target: usize) -> Option<(String, String)> {
        let parameters = |width| self.shape(inputs, width).parameters();
        let (least, most) = (parameters(1), parameters(WIDEST as usize));
        let number = |parameters: usize| grouped(parameters as u128);
        if target < least {
            let reason = format!("{} parameters are fewer than width 1 has", number(target));
            Some((reason, format!("ask for {} parameters or more", number(least))))
        } else if width > WIDEST as usize {
            let reason = format!("{} parameters are more than width 16,384 has", number(target));
            Some((reason, format!("ask for {} parameters or fewer", number(most))))
        } else {
            None
        }
    }

    fn shapes(&self, inputs: usize) -> Vec<Shape> {
        let Sizes::Widths(widths) = &self.model.sizes else { return Vec::new() };
        widths.iter().map(|&width| self.shape(inputs, width)).collect()
    }

    fn shape(&self, inputs: usize, width: usize) -> Shape {
        Shape::uniform(inputs, self.model.hidden_layers, width, self.model.activation)
    }

    fn settings(&self) -> &Settings {
        &self.typed.0
    }
}

/// Non-facts: claims that are no facts, shown or not.
fn room(counts: FactCounts) -> u128 {
    counts.universe.saturating_sub(u128::from(counts.trained) + u128::from(counts.never_shown))
}

/// Non-facts that the headline numbers may use: those held out, or every one where none are.
fn scorable(counts: FactCounts, held_out: u64) -> u128 {
    if held_out == 0 { room(counts) } else { held_out.into() }
}
