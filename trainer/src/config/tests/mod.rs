//! What users read when a configuration is wrong, and that the right ones survive being written and read again.

mod messages;
mod properties;
mod valid;

use std::path::Path;

use super::{ConfigError, Experiment, Overrides, from_text};

/// The smallest experiment.
const SMALLEST: &str = "\
facts.count = 1000
facts.universe = \"2^32\"
model.widths = [8, 16]
train.steps = 100
";

fn read(text: &str, sets: &[&str]) -> Result<Experiment, ConfigError> {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    read_under(text, Overrides { sets: &sets, ..Overrides::default() })
}

fn read_under(text: &str, overrides: Overrides) -> Result<Experiment, ConfigError> {
    from_text(text, Path::new("x.toml"), Path::new("/data"), overrides)
}

/// The smallest experiment with these lines added; each replaces the line of its key, and `-KEY` only removes it.
fn edited(lines: &str) -> String {
    let key_of = |line: &str| line.split('=').next().unwrap_or("").trim().trim_start_matches('-').to_owned();
    let keys: Vec<String> = lines.lines().map(key_of).collect();
    let kept = SMALLEST.lines().filter(|line| !keys.contains(&key_of(line)));
    let added = lines.lines().filter(|line| !line.starts_with('-'));
    kept.chain(added).flat_map(|line| [line, "\n"]).collect()
}
