//! The experiment as a whole, and how its tables are read together.

use std::collections::BTreeSet;
use std::path::Path;

use super::backend::{self, BackendConfig};
use super::evaluation::{self, EvaluationConfig};
use super::facts::{self, FactsConfig};
use super::model::{self, ModelConfig};
use super::non_facts::{self, NonFactsConfig};
use super::problem::ConfigError;
use super::reader::{Noted, Reader};
use super::rules::{Fault, Reading, distinct, list, text, whole};
use super::settings::Settings;
use super::train::{self, TrainConfig};
use super::value::{Typed, Value};

/// A validated experiment: made by [`super::load`] and [`super::from_text`] alone, so that every value is in its range
/// and no two contradict each other.
///
/// Of random facts everything is known at once. What depends on a file's claims is completed by
/// [`Experiment::resolve`].
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Names the run.
    pub name: String,
    /// The seeds, all different, at least one; every shape is trained at every seed.
    pub seeds: Vec<u64>,
    /// Which claims are facts.
    pub facts: FactsConfig,
    /// Which non-facts are drawn and set aside.
    pub non_facts: NonFactsConfig,
    /// The shapes.
    pub model: ModelConfig,
    /// The recipe.
    pub train: TrainConfig,
    /// What is scored.
    pub evaluation: EvaluationConfig,
    /// Where it runs.
    pub backend: BackendConfig,
    pub(super) typed: AsTyped,
}

/// The settings an experiment was read from, for the places in later messages.
#[derive(Clone, Debug)]
pub(super) struct AsTyped(pub(super) Settings);

impl PartialEq for AsTyped {
    /// Always: where a value stands in its file is no part of what the experiment is.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

pub(super) fn read(settings: Settings, origin: &Path, folder: &Path) -> Result<Experiment, ConfigError> {
    let mut reader = Reader::new(settings);
    let parts = Parts::read(&mut reader, origin, folder);
    let (settings, mut problems) = reader.finish();
    match parts {
        Ok(parts) if problems.is_empty() => {
            let mut experiment = parts.assemble(settings);
            if let Some(counts) = experiment.facts.counts() {
                problems = experiment.complete(counts);
            }
            if problems.is_empty() { Ok(experiment) } else { Err(ConfigError::new(problems)) }
        }
        _ => Err(ConfigError::new(problems)),
    }
}

/// All of an experiment but the settings, which the reader still needs while these are read.
struct Parts {
    name: String,
    seeds: Vec<u64>,
    facts: FactsConfig,
    non_facts: NonFactsConfig,
    model: ModelConfig,
    train: TrainConfig,
    evaluation: EvaluationConfig,
    backend: BackendConfig,
}

impl Parts {
    fn read(reader: &mut Reader, origin: &Path, folder: &Path) -> Noted<Self> {
        let name = read_name(reader, origin);
        let seeds = reader.or("seeds", vec![0], seeds);
        let facts = facts::read(reader, folder);
        let non_facts = non_facts::read(reader);
        let model = model::read(reader);
        let train = train::read(reader, seeds.as_ref().ok().map(Vec::len));
        let evaluation = evaluation::read(reader);
        let backend = backend::read(reader, model.as_ref().ok());
        Ok(Self {
            name: name?,
            seeds: seeds?,
            facts: facts?,
            non_facts: non_facts?,
            model: model?,
            train: train?,
            evaluation: evaluation?,
            backend: backend?,
        })
    }

    fn assemble(self, settings: Settings) -> Experiment {
        let Self { name, seeds, facts, non_facts, model, train, evaluation, backend } = self;
        let typed = AsTyped(settings);
        Experiment { name, seeds, facts, non_facts, model, train, evaluation, backend, typed }
    }
}

fn read_name(reader: &mut Reader, origin: &Path) -> Noted<String> {
    let stem = origin.file_stem().and_then(|stem| stem.to_str()).filter(|stem| is_name(stem));
    let rule =
        |typed: &Typed| text(typed).and_then(|name| if is_name(&name) { Ok(name) } else { Err(Fault::default()) });
    match stem {
        Some(stem) => reader.or("name", stem.to_owned(), rule),
        None => reader.required("name", rule),
    }
}

fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// A count N for the seeds `0..N`, or the seeds themselves.
fn seeds(typed: &Typed) -> Reading<Vec<u64>> {
    const MOST: usize = 65_536;
    // Above, TOML's integers end: a resolved configuration could not write the seed.
    let seed = whole(0..=i64::MAX as u64);
    let Value::List(entries) = &typed.value else {
        return whole(1..=MOST as u64)(typed).map(|count| (0..count).collect());
    };
    if entries.len() > MOST {
        return Err(Fault::fix("shorten the list to 65,536 seeds"));
    }
    // Comparing each pair, as `distinct` does to find the entry to blame, is slow for thousands of seeds.
    let all = list(&seed)(typed)?;
    if all.iter().collect::<BTreeSet<_>>().len() == all.len() { Ok(all) } else { distinct(seed)(typed) }
}
