//! The `[model]` table: the shapes that are trained, one population each.

use rote_models::Activation;

use super::reader::{Noted, Reader, Refused, allowed};
use super::rules::{choice, distinct, number, whole};

/// The most units a hidden layer may have.
pub(super) const WIDEST: u64 = 16_384;

/// The shapes that are trained.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Hidden layers of each network.
    pub hidden_layers: usize,
    /// The width of each population, or what it is to be solved from.
    pub sizes: Sizes,
    /// Activation of the hidden layers.
    pub activation: Activation,
}

/// How the sizes of the populations were asked for. [`super::Resolved`] always holds widths.
#[derive(Clone, Debug, PartialEq)]
pub enum Sizes {
    /// Units of each hidden layer.
    Widths(Vec<usize>),
    /// Parameters, met as nearly as a width can.
    Parameters(Vec<usize>),
    /// Parameters over the trained facts.
    ParametersPerFact(Vec<f64>),
}

/// The keys that say how large the networks are, of which one must be set.
const SIZE_KEYS: [&str; 3] = ["model.widths", "model.parameters", "model.parameters_per_fact"];

pub(super) fn read(reader: &mut Reader) -> Noted<ModelConfig> {
    let hidden_layers = reader.or("model.hidden_layers", 2, whole(1..=16));
    let activation = reader.or("model.activation", "tanh", choice(&Activation::ALL.map(Activation::name)));
    let sizes = read_sizes(reader);
    let activation = Activation::from_name(activation?).ok_or(Refused)?;
    Ok(ModelConfig { hidden_layers: hidden_layers? as usize, sizes: sizes?, activation })
}

fn read_sizes(reader: &mut Reader) -> Noted<Sizes> {
    let sizes = |numbers: Vec<u64>| numbers.into_iter().map(|number| number as usize).collect();
    let widths = reader.optional(SIZE_KEYS[0], distinct(whole(1..=WIDEST)));
    let parameters = reader.optional(SIZE_KEYS[1], distinct(whole(1..=1 << 32)));
    let per_fact = reader.optional(SIZE_KEYS[2], distinct(number(|ratio| ratio > 0.0 && ratio <= 1e6)));
    let given: Vec<&str> = SIZE_KEYS.into_iter().filter(|key| reader.given(key)).collect();
    match given[..] {
        [] => {
            let problem = reader.settings.file_problem("model.widths is missing");
            let others = "; in its place model.parameters or model.parameters_per_fact";
            let problem = problem.line("allowed", format!("{}{others}", allowed(SIZE_KEYS[0])));
            let fix = "add widths under [model]; write it like [8, 16, 32]";
            reader.note(problem.line("fix", fix).of_missing(SIZE_KEYS[0]));
            Err(Refused)
        }
        [_] => {
            let widths = widths?.map(|widths| Sizes::Widths(sizes(widths)));
            let parameters = parameters?.map(|targets| Sizes::Parameters(sizes(targets)));
            widths.or(parameters).or(per_fact?.map(Sizes::ParametersPerFact)).ok_or(Refused)
        }
        [first, ref others @ ..] => {
            for other in others {
                let one = "one of model.widths, model.parameters and model.parameters_per_fact";
                reader.conflict(other, (first, "not set"), one, &format!("keep {first} or {other}, not both"));
            }
            Err(Refused)
        }
    }
}
