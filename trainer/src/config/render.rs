//! The experiment as TOML again, every key explicit, and the digest that names it.

use std::fmt::{Display, Write as _};

use super::evaluation::ScoredNonFacts;
use super::experiment::Experiment;
use super::facts::{Encoding, Source};
use super::model::Sizes;
use super::train::FactsPerStep;
use super::value::quoted;

const HEADER: &str = "\
# An experiment of rote, fully resolved: every key is explicit, and it runs again as it is:
#   rote train config.toml
";

impl Experiment {
    /// The experiment as TOML that reads back as the equal experiment, with every key explicit. Only what depends on a
    /// file that has not been read yet is left out; see [`Experiment::resolve`].
    pub fn resolved_toml(&self) -> String {
        format!("{HEADER}{}\n{}", self.experiment_toml(), self.backend_toml())
    }

    /// BLAKE3 in hexadecimal of the resolved text without header and backend: what is run, not where.
    pub fn digest(&self) -> String {
        blake3::hash(self.experiment_toml().as_bytes()).to_hex().to_string()
    }

    fn experiment_toml(&self) -> String {
        let mut out = Table::default();
        out.key("name", quoted(&self.name));
        let counted = self.seeds.iter().copied().eq(0..self.seeds.len() as u64);
        out.key("seeds", if counted { self.seeds.len().to_string() } else { list(&self.seeds) });
        out.open("facts");
        self.facts_toml(&mut out);
        out.open("non_facts");
        out.key("per_step", self.non_facts.per_step);
        out.maybe("held_out", self.non_facts.held_out.map(|count| large(count.into())));
        out.open("model");
        self.model_toml(&mut out);
        out.open("train");
        self.train_toml(&mut out);
        out.open("evaluation");
        out.maybe(
            "non_facts",
            self.evaluation.non_facts.map(|scored| match scored {
                ScoredNonFacts::All => quoted("all"),
                ScoredNonFacts::Count(count) => count.to_string(),
            }),
        );
        out.key("control", self.evaluation.control);
        out.0
    }

    fn facts_toml(&self, out: &mut Table) {
        match &self.facts.source {
            Source::Random { count, universe } => {
                out.key("count", count);
                out.key("universe", large(*universe));
            }
            Source::File { path, format, alphabet, universe, fraction } => {
                out.key("file", quoted(&path.to_string_lossy()));
                out.key("format", quoted(format.name()));
                out.maybe("alphabet", alphabet.as_deref().map(quoted));
                out.maybe("universe", universe.map(large));
                out.key("fraction", float(*fraction));
            }
        }
        match self.facts.encoding {
            Encoding::Bits => out.key("encoding", quoted("bits")),
            Encoding::Code { inputs } => {
                out.key("encoding", quoted("code"));
                out.key("inputs", inputs);
            }
        }
    }

    fn model_toml(&self, out: &mut Table) {
        out.key("hidden_layers", self.model.hidden_layers);
        match &self.model.sizes {
            Sizes::Widths(widths) => out.key("widths", list(widths)),
            Sizes::Parameters(targets) => out.key("parameters", list(targets)),
            Sizes::ParametersPerFact(ratios) => out.key("parameters_per_fact", list(ratios.iter().copied().map(float))),
        }
        out.key("activation", quoted(self.model.activation.name()));
    }

    fn train_toml(&self, out: &mut Table) {
        let train = &self.train;
        out.key("steps", train.steps);
        out.key("learning_rate", per_seed(&train.learning_rate));
        out.key("negative_weight", per_seed(&train.negative_weight));
        out.key("optimizer", quoted(train.optimizer.name()));
        out.key(
            "facts_per_step",
            match train.facts_per_step {
                FactsPerStep::All => quoted("all"),
                FactsPerStep::Count(count) => count.to_string(),
            },
        );
        out.key("warmup", float(train.warmup));
        out.key("clip", train.clip.as_deref().map_or_else(|| quoted("none"), per_seed));
        out.key("checkpoint_every", train.checkpoint_every);
        out.key("log_every", train.log_every);
        out.key("log_first", train.log_first);
        out.key("stop_below", train.stop_below.map_or_else(|| quoted("none"), float));
    }

    fn backend_toml(&self) -> String {
        let mut out = Table(String::from("[backend]\n"));
        out.key("name", quoted(&self.backend.device_name()));
        out.key("kernels", quoted(self.backend.kernels.name()));
        out.key("threads", self.backend.threads);
        // They have no effect on the CPU; and autotune is the binary's, so that a run can go on with another build.
        if !self.backend.kind.is_cpu() {
            out.key("fusion", self.backend.fusion);
            out.key("allow_software_gpu", self.backend.allow_software_gpu);
            out.key("check", self.backend.check);
        }
        out.0
    }
}

/// TOML that is being written.
#[derive(Default)]
struct Table(String);

impl Table {
    fn open(&mut self, name: &str) {
        _ = writeln!(self.0, "\n[{name}]");
    }

    fn key(&mut self, name: &str, value: impl Display) {
        _ = writeln!(self.0, "{name} = {value}");
    }

    fn maybe(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.key(name, value);
        }
    }
}

/// A float that TOML reads back as the same one.
fn float(number: f64) -> String {
    format!("{number:?}")
}

/// One number where all seeds share it.
fn per_seed(numbers: &[f64]) -> String {
    match numbers {
        [first, rest @ ..] if rest.iter().all(|number| number.to_bits() == first.to_bits()) => float(*first),
        _ => list(numbers.iter().copied().map(float)),
    }
}

fn list<T: Display>(entries: impl IntoIterator<Item = T>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|entry| entry.to_string()).collect();
    format!("[{}]", entries.join(", "))
}

/// A size that may exceed TOML's integers, which end at 2^63 - 1.
fn large(number: u128) -> String {
    if i64::try_from(number).is_ok() {
        number.to_string()
    } else if number.is_power_of_two() {
        quoted(&format!("2^{}", number.ilog2()))
    } else {
        quoted(&number.to_string())
    }
}
