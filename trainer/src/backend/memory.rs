//! What a device can hold, and how work that is too large for it is divided.

use rote_models::Shape;
use thiserror::Error;

/// The largest things that fit on a device, where they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest tensor: one kernel must see it as one array.
    pub largest_tensor: Option<u64>,
    /// Bytes of all memory.
    pub memory: Option<u64>,
    /// How often everything was halved because the memory that was free did not do.
    pub halvings: u32,
}

/// How much of a population computes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// Members in one tensor.
    pub members: usize,
    /// Rows of each at a time.
    pub rows: usize,
}

/// A single member, or the packed batch of one, that no division makes fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{what} of one network take {bytes} bytes, and the device's largest tensor has {limit}\n  fix: {fix}, or take \
     --backend flex"
)]
pub struct TooLarge {
    /// What is too large.
    pub what: &'static str,
    /// Its bytes.
    pub bytes: u64,
    /// The limit.
    pub limit: u64,
    /// What makes it smaller.
    pub fix: &'static str,
}

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Copies of every parameter: itself, its gradient, two moments, and what an update makes of them on the way.
const PARAMETER_COPIES: u64 = 8;
/// Copies of an activation between forward and backward pass.
const ACTIVATION_COPIES: u64 = 4;
/// After so many halvings it is not the size of the pieces that fails.
const MOST_HALVINGS: u32 = 8;
/// The share of a device's memory that is planned with: the rest is the pools' slack and other programs'.
const USABLE: f64 = 0.8;

/// Bytes of one row of a batch in the largest tensor that the composed kernels make of it: its inputs unpacked to a
/// number each, or the widest layer.
fn row_bytes(shape: &Shape) -> u64 {
    let unpacked = 32 * shape.inputs.div_ceil(32);
    let widest = shape.widths.iter().copied().max().unwrap_or(1);
    NUMBER * unpacked.max(widest) as u64
}

/// Bytes of one row in all tensors together.
fn row_total(shape: &Shape) -> u64 {
    let unpacked = 32 * shape.inputs.div_ceil(32) as u64;
    let hidden = shape.widths.iter().sum::<usize>() as u64 + 1;
    NUMBER * ACTIVATION_COPIES * (unpacked + hidden)
}

/// Bytes of a population that trains undivided with the composed kernels, `rows` rows of each member at a time: an
/// estimate.
pub fn composed_bytes(shape: &Shape, members: usize, rows: usize) -> u64 {
    members as u64 * (PARAMETER_COPIES * NUMBER * shape.parameters() as u64 + rows as u64 * row_total(shape))
}

impl Limits {
    /// How a step of `members` members with `rows` rows each is divided: into groups of members first, which costs
    /// nothing, and where one member alone is too large, its rows.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn divide(&self, shape: &Shape, members: usize, rows: usize) -> Result<Division, TooLarge> {
        let limit = self.largest_tensor.unwrap_or(u64::MAX);
        let parameters = NUMBER * shape.parameters() as u64;
        let words = NUMBER * (rows * shape.inputs.div_ceil(32)) as u64;
        let too_large = |what, bytes, fix| TooLarge { what, bytes, limit, fix };
        if parameters > limit {
            return Err(too_large("the parameters", parameters, "lower model.widths"));
        }
        if words > limit {
            return Err(too_large("the rows of a step", words, "lower train.facts_per_step and non_facts.per_step"));
        }
        let by_parameters = limit / parameters;
        let by_tensor = limit / row_bytes(shape);
        let by_memory = self.memory.map_or(u64::MAX, |memory| {
            let resident = PARAMETER_COPIES * parameters * members as u64;
            let usable = (memory as f64 * USABLE) as u64;
            // Where even the parameters fill it, nothing is gained by ever smaller pieces: let it fail.
            usable.saturating_sub(resident).max(memory / 16) / row_total(shape)
        });
        // The rows of all members that may be there at a time.
        let all = (by_tensor.min(by_memory).min((members * rows) as u64) >> self.halvings).max(2);
        let at_once = (all / rows as u64).min(by_parameters).clamp(1, members as u64);
        Ok(Division { members: at_once as usize, rows: all.min(rows as u64) as usize })
    }

    /// Rows of one network that are scored at a time, at most `most`.
    pub fn rows_at_once(&self, shape: &Shape, most: usize) -> usize {
        let by_tensor = self.largest_tensor.unwrap_or(u64::MAX) / row_bytes(shape);
        let by_memory = self.memory.unwrap_or(u64::MAX) / 4 / row_total(shape);
        (by_tensor.min(by_memory).min(most as u64) >> self.halvings).max(1) as usize
    }

    /// Halves what is there at a time; `false` if that was done so often that it is of no use.
    pub fn halve(&mut self) -> bool {
        let may = self.halvings < MOST_HALVINGS;
        self.halvings += u32::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rote_models::Activation;

    use super::*;

    #[test]
    fn what_fits_is_not_divided() {
        let shape = Shape::uniform(32, 2, 24, Activation::Tanh);
        let whole = Division { members: 10, rows: 3048 };
        assert_eq!(Limits::default().divide(&shape, 10, 3048), Ok(whole));
        let gpu = Limits { largest_tensor: Some((1 << 31) - 1), memory: Some(80 << 30), halvings: 0 };
        assert_eq!(gpu.divide(&shape, 10, 3048), Ok(whole));
        assert_eq!(gpu.rows_at_once(&shape, 1 << 14), 1 << 14);
    }

    #[test]
    fn members_are_divided_before_rows() {
        let shape = Shape::uniform(32, 2, 1024, Activation::Tanh);
        let limits = Limits { largest_tensor: Some(1 << 27), ..Limits::default() };
        // A row takes 4 KiB, so 32,768 rows fit into one tensor.
        assert_eq!(limits.divide(&shape, 64, 10_000), Ok(Division { members: 3, rows: 10_000 }));
        assert_eq!(limits.divide(&shape, 64, 40_000), Ok(Division { members: 1, rows: 32_768 }));
        assert_eq!(limits.rows_at_once(&shape, 1 << 17), 32_768);
    }

    #[test]
    fn what_is_halved_is_half_of_what_was_there() {
        let shape = Shape::uniform(32, 2, 24, Activation::Tanh);
        let mut limits = Limits::default();
        let mut found = Vec::new();
        while limits.halve() {
            let Division { members, rows } = limits.divide(&shape, 10, 3000).unwrap();
            found.push((members, rows, limits.rows_at_once(&shape, 3000)));
        }
        // Ten members of 3000 rows: five, two, one; then its rows, as those of an evaluation all along.
        let expected = [
            (5, 3000, 1500),
            (2, 3000, 750),
            (1, 3000, 375),
            (1, 1875, 187),
            (1, 937, 93),
            (1, 468, 46),
            (1, 234, 23),
            (1, 117, 11),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_no_division_helps_is_refused() {
        let shape = Shape::uniform(32, 2, 8192, Activation::Tanh);
        let limits = Limits { largest_tensor: Some(1 << 27), ..Limits::default() };
        let error = limits.divide(&shape, 1, 100).unwrap_err();
        assert!(error.to_string().contains("the parameters of one network take 269582340 bytes"), "{error}");
        let narrow = Shape::uniform(32, 1, 1, Activation::Tanh);
        assert!(limits.divide(&narrow, 1, 1 << 26).unwrap_err().to_string().contains("train.facts_per_step"));
    }

    proptest! {
        #[test]
        fn what_computes_at_once_fits_into_the_memory(
            inputs in 1..300_usize, width in 1..1000_usize, members in 1..500_usize, rows in 2..50_000_usize, bits in 24..37_u32
        ) {
            let shape = Shape::uniform(inputs, 2, width, Activation::Tanh);
            let limits = Limits { memory: Some(1 << bits), ..Limits::default() };
            let division = limits.divide(&shape, members, rows).unwrap();
            prop_assert!((1..=members).contains(&division.members) && (2..=rows).contains(&division.rows));
            let resident = PARAMETER_COPIES * NUMBER * (members * shape.parameters()) as u64;
            let passing = row_total(&shape) * (division.members * division.rows) as u64;
            let usable = (1_u64 << bits) as f64 * USABLE;
            // Two rows are the least there is, and a sixteenth of the memory is always tried.
            let least = division == Division { members: 1, rows: 2 } || passing <= 1 << (bits - 4);
            prop_assert!(least || (resident + passing) as f64 <= usable, "{division:?}: {resident} and {passing}");
            // More memory never means less at once.
            let more = Limits { memory: Some(1 << (bits + 1)), ..limits }.divide(&shape, members, rows).unwrap();
            prop_assert!(more.members >= division.members && more.rows >= division.rows);
            let scored = limits.rows_at_once(&shape, 1 << 17) as u64;
            prop_assert!(scored == 1 || scored * row_total(&shape) <= 1 << (bits - 2));
        }

        #[test]
        fn no_piece_exceeds_the_largest_tensor(
            inputs in 1..300_usize, width in 1..3000_usize, members in 1..2000_usize, rows in 2..200_000_usize, bits in 20..31_u32
        ) {
            let shape = Shape::uniform(inputs, 2, width, Activation::Tanh);
            let limits = Limits { largest_tensor: Some(1 << bits), ..Limits::default() };
            if let Ok(division) = limits.divide(&shape, members, rows) {
                prop_assert!(division.members >= 1 && division.members <= members);
                prop_assert!(division.rows >= 2 && division.rows <= rows);
                prop_assert!(division.members == 1 || division.rows == rows, "rows are divided for one member only");
                let largest = row_bytes(&shape) * (division.members * division.rows) as u64;
                prop_assert!(largest <= 1 << bits || division.rows == 2);
                prop_assert!((division.members * shape.parameters()) as u64 * NUMBER <= 1 << bits);
            }
        }
    }
}
