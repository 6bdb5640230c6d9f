//! The arguments that `cargo test` hands to every test binary.

/// What is asked for.
#[derive(Debug, Default)]
pub struct Arguments {
    filters: Vec<String>,
    skips: Vec<String>,
    exact: bool,
    /// Only name the cases.
    pub list: bool,
    /// Only what is ignored by default, of which there is nothing.
    pub ignored: bool,
}

/// Options that bring a value, none of which changes anything here.
const WITH_VALUE: [&str; 5] = ["--test-threads", "--color", "--format", "--logfile", "-Z"];

impl Arguments {
    pub fn read(arguments: impl Iterator<Item = String>) -> Self {
        let mut read = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => read.list = true,
                "--exact" => read.exact = true,
                "--ignored" => read.ignored = true,
                "--skip" => read.skips.extend(arguments.next()),
                option if WITH_VALUE.contains(&option) => drop(arguments.next()),
                option if option.starts_with('-') => {}
                filter => read.filters.push(filter.to_owned()),
            }
        }
        read
    }

    /// Whether nothing was left out.
    pub fn picks_everything(&self) -> bool {
        self.filters.is_empty() && self.skips.is_empty()
    }

    /// Whether a case of this full name is meant.
    pub fn picks(&self, name: &str) -> bool {
        let meets = |filter: &String| if self.exact { name == filter } else { name.contains(filter.as_str()) };
        (self.filters.is_empty() || self.filters.iter().any(meets)) && !self.skips.iter().any(meets)
    }
}
