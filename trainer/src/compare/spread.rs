//! How far a number spreads over networks that differ in nothing but the seed.

use std::collections::BTreeMap;

/// A standard deviation, and on how much it rests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// Standard deviation from seed to seed.
    pub(super) deviation: f64,
    /// Its degrees of freedom: in each group the members but one.
    pub(super) freedom: usize,
}

/// The spread within groups, pooled over them: the root of all squared distances from the group's own mean over the
/// degrees of freedom of all groups. `None` if no group has two values, so that nothing is known of seeds.
pub(super) fn within_groups<G: Ord>(values: impl IntoIterator<Item = (G, f64)>) -> Option<Spread> {
    let mut groups: BTreeMap<G, Vec<f64>> = BTreeMap::new();
    for (group, value) in values {
        groups.entry(group).or_default().push(value);
    }
    let squares: f64 = groups.values().map(|group| squares(group)).sum();
    let freedom = groups.values().map(|group| group.len() - 1).sum();
    (freedom > 0).then(|| Spread { deviation: (squares / freedom as f64).sqrt(), freedom })
}

/// The sum of squared distances from the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// The mean, 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_pooled_by_their_degrees_of_freedom_and_their_means_do_not_count() {
        let values = [('a', 1.0), ('b', 100.0), ('a', 3.0), ('b', 103.0), ('b', 106.0), ('c', -7.0)];
        let found = within_groups(values).unwrap();
        // Squares 2 and 18, over 1 + 2 + 0.
        assert_eq!(found, Spread { deviation: (20.0_f64 / 3.0).sqrt(), freedom: 3 });
    }

    #[test]
    fn single_members_tell_nothing_of_seeds() {
        assert_eq!(within_groups([(0, 1.0), (1, 5.0)]), None);
        assert_eq!(within_groups::<u8>([]), None);
    }
}
