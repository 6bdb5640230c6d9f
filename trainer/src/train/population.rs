//! Members and populations: what is trained together, and on which facts.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use rote_models::{Shape, initial_parameters};

use crate::config::{self, Experiment, Resolved};
use crate::facts::{BatchStream, EncodingSpec, FactSet, FactsError, FileClaims, Universe, purpose, stream_key};

/// One network to train: everything that is its own.
pub struct Member {
    /// Its number in the run.
    pub number: u32,
    /// The seed of all its random streams.
    pub seed: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// λ.
    pub negative_weight: f64,
    /// Largest norm of its gradient, if it is clipped.
    pub clip: Option<f64>,
    /// Its facts and what it is shown at each step.
    pub batches: BatchStream,
}

/// Members of one shape, trained together.
pub struct Population {
    /// Names its folders, such as `w24`.
    pub id: String,
    /// The shape of every member.
    pub shape: Shape,
    /// The members, in the order of their numbers.
    pub members: Vec<Member>,
}

impl Population {
    /// The populations of an experiment, one for each shape, every one at every seed.
    ///
    /// # Errors
    /// [`FactsError`] if the facts cannot be drawn or encoded.
    pub fn of(resolved: &Resolved, claims: Option<&Arc<FileClaims>>) -> Result<Vec<Self>, FactsError> {
        let experiment = &resolved.experiment;
        let streams = experiment.seeds.iter().map(|&seed| batches(resolved, claims, seed));
        let streams = streams.collect::<Result<Vec<_>, _>>()?;
        let populations = resolved.shapes.iter().enumerate().map(|(index, shape)| {
            let first = index * experiment.seeds.len();
            let members = streams.iter().enumerate();
            let members = members.map(|(place, stream)| member(experiment, first + place, place, stream.clone()));
            Self { id: id(shape), shape: shape.clone(), members: members.collect() }
        });
        Ok(populations.collect())
    }

    /// Initial parameters of all members.
    ///
    /// # Shapes
    /// `[E, P]`, row-major.
    pub fn initial_parameters(&self) -> Vec<f32> {
        let key = |seed| bytemuck::cast(stream_key(seed, purpose::INIT));
        self.members.iter().flat_map(|member| initial_parameters(&self.shape, key(member.seed))).collect()
    }

    /// The packed rows of one step for every member, on the device.
    ///
    /// # Shapes
    /// `[E, B, W]`.
    pub fn batch(&self, step: u64, device: &Device) -> Tensor<3, Int> {
        self.batch_of(0..self.members.len(), step, device)
    }

    /// The packed rows of one step for some of the members, on the device.
    ///
    /// # Shapes
    /// `[E, B, W]`, E being the length of `members`.
    pub fn batch_of(&self, members: Range<usize>, step: u64, device: &Device) -> Tensor<3, Int> {
        let (rows, width) = (self.rows(), self.words_per_row());
        let mut words = vec![0_u32; members.len() * rows * width];
        words
            .par_chunks_exact_mut(rows * width)
            .zip(&self.members[members.clone()])
            .for_each(|(words, member)| member.batches.fill(step, words));
        let words: Vec<i32> = bytemuck::allocation::cast_vec(words);
        Tensor::from_data(TensorData::new(words, [members.len(), rows, width]), device)
    }

    /// Rows of one member's batch.
    pub fn rows(&self) -> usize {
        self.members[0].batches.rows()
    }

    /// How many of them are facts.
    pub fn facts_per_step(&self) -> usize {
        self.members[0].batches.facts_per_step()
    }

    /// Words of one row.
    pub fn words_per_row(&self) -> usize {
        self.shape.inputs.div_ceil(32)
    }
}

/// `w24` for equal hidden layers, which all shapes of a configuration have.
fn id(shape: &Shape) -> String {
    format!("w{}", shape.widths[0])
}

fn member(experiment: &Experiment, number: usize, place: usize, batches: BatchStream) -> Member {
    let train = &experiment.train;
    Member {
        number: number as u32,
        seed: experiment.seeds[place],
        learning_rate: train.learning_rate[place],
        negative_weight: train.negative_weight[place],
        clip: train.clip.as_ref().map(|clips| clips[place]),
        batches,
    }
}

fn batches(resolved: &Resolved, claims: Option<&Arc<FileClaims>>, seed: u64) -> Result<BatchStream, FactsError> {
    let experiment = &resolved.experiment;
    let facts = match (&experiment.facts.source, claims) {
        (config::Source::File { fraction, .. }, Some(claims)) => {
            FactSet::from_claims(claims.clone(), *fraction, resolved.held_out, seed)?
        }
        _ => FactSet::random(Universe::new(resolved.universe)?, resolved.facts, resolved.held_out, seed)?,
    };
    let encoding = match experiment.facts.encoding {
        config::Encoding::Bits => EncodingSpec::Bits,
        config::Encoding::Code { inputs } => EncodingSpec::Code { inputs },
    };
    let per_step = experiment.non_facts.per_step;
    BatchStream::new(Arc::new(facts), encoding, resolved.facts_per_step as usize, per_step)
}
