//! `rote theory`: the theory from the shell. One file a question; the rest of this folder reads options, CSV files and
//! numbers, and shows answers.
//!
//! A [`Question`] is a table entry: its options, a function from one row of options to an answer, and a function to a
//! figure where a curve makes sense. The same row can come from the command line, from an option that lists several
//! values, or from a line of a CSV file.

mod against_memory;
mod answer;
mod certificate;
mod field;
mod filters;
mod frontier;
mod given;
mod information;
mod mistake;
mod number;
mod perceptron;
mod present;
mod rate;
mod rows;
mod sheet;
mod solve;

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, value_parser};

use self::answer::Answer;
use self::field::Field;
use self::given::Given;
use self::mistake::Mistake;
use self::present::Answered;
use self::rows::Rows;
use self::sheet::Sheet;
use super::Global;
use super::result::{Failure, print, print_json};
use crate::plot::{Panel, PlotError, Target};

/// The questions, in the order of the help text.
const QUESTIONS: [&Question; 7] = [
    &rate::QUESTION,
    &frontier::QUESTION,
    &information::QUESTION,
    &certificate::QUESTION,
    &filters::QUESTION,
    &perceptron::QUESTION,
    &solve::QUESTION,
];

/// What one subcommand asks and how it answers.
#[derive(Debug)]
struct Question {
    name: &'static str,
    /// One line of help.
    about: &'static str,
    /// What is computed: formulas, units, source.
    manual: &'static str,
    examples: &'static str,
    options: &'static [&'static Field],
    /// Arguments of the theory's functions that are not named as the options they come from.
    arguments: &'static [(&'static str, &'static str)],
    answer: fn(&mut Given) -> Result<Answer, Mistake>,
    figure: Option<Drawing>,
}

/// How a question is drawn.
#[derive(Debug)]
struct Drawing {
    /// What the figure shows, for help.
    shows: &'static str,
    panels: fn(&mut Given) -> Result<Vec<Panel>, Mistake>,
}

/// A question as it was typed.
#[derive(Debug)]
pub(super) struct Theory {
    question: &'static Question,
    typed: Vec<(&'static Field, String)>,
    csv: Option<String>,
    plot: Option<PathBuf>,
}

impl Theory {
    pub(super) fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        let question = self.question;
        let target = self.plot.as_deref().map(Target::new).transpose().map_err(|error| plot_failure(&error))?;
        let Rows { rows, sheet } = match &self.csv {
            Some(name) => Sheet::read(name)
                .and_then(|sheet| rows::from_sheet(question, sheet, &self.typed))
                .map_err(Failure::request)?,
            None => rows::from_command_line(&self.typed),
        };
        if target.is_some() && (sheet.is_some() || rows.len() > 1) {
            let (problem, fix) = ("a figure shows one set of options", "give each option one value, and no --csv");
            return Err(Failure::request(mistake::message("--plot with several rows", problem, "", fix)));
        }
        let mut answers = rows.into_iter().map(|given| question.answered(given)).collect::<Result<Vec<_>, _>>()?;
        if let (Some(target), Some((given, _))) = (&target, answers.first_mut()) {
            question.draw(given, target)?;
        }
        self.show(&answers, sheet.as_ref(), global)?;
        Ok(ExitCode::SUCCESS)
    }

    fn show(&self, answers: &[Answered], sheet: Option<&Sheet>, global: &Global) -> Result<(), Failure> {
        if global.json {
            print_json(&present::json(answers, sheet.is_some()))?;
        } else if let Some(sheet) = sheet {
            let text = present::csv(sheet, answers).map_err(std::io::Error::from)?;
            print(&text)?;
        } else if !global.quiet {
            let mut text = if let [only] = answers { present::one(only) } else { present::several(answers) };
            if let Some(path) = &self.plot {
                let _ = writeln!(text, "\ndrawn to {}", path.display());
            }
            print(&text)?;
        }
        Ok(())
    }
}

impl Question {
    fn answered(&self, mut given: Given) -> Result<Answered, Failure> {
        match (self.answer)(&mut given) {
            Ok(answer) => {
                given.sort(self.options);
                Ok((given, answer))
            }
            Err(mistake) => Err(Failure::request(mistake.told(self, &given))),
        }
    }

    fn draw(&self, given: &mut Given, target: &Target) -> Result<(), Failure> {
        let Some(drawing) = &self.figure else { return Ok(()) };
        let description = given.as_typed(self.name);
        let panels = match (drawing.panels)(given) {
            Ok(panels) => panels,
            Err(mistake) => return Err(Failure::request(mistake.told(self, given))),
        };
        target.write(&crate::plot::Figure { description, panels }).map_err(|error| plot_failure(&error))
    }

    /// The option that an argument of a function of the theory comes from.
    fn option_of(&self, argument: &str) -> Option<&'static Field> {
        let renamed = self.arguments.iter().find(|(other, _)| *other == argument).map(|(_, option)| *option);
        let option = renamed.map_or_else(|| argument.replace('_', "-"), str::to_owned);
        self.options.iter().copied().find(|field| field.name == option)
    }

    fn command(&self) -> clap::Command {
        let option = |field: &&'static Field| {
            let default = field.default.map_or_else(String::new, |default| format!(" [default: {default}]"));
            Arg::new(field.name)
                .long(field.name)
                .value_name(field.value)
                .allow_negative_numbers(true)
                .help(format!("{} [{}]{default}", field.meaning, field.allowed))
                .help_heading(HEADING)
        };
        let csv = Arg::new("csv").long("csv").value_name("FILE").help_heading(HEADING).help(
            "Answer for every line of a CSV file whose columns are named as these options, and print it with the \
             results added; - reads standard input",
        );
        let plot = self.figure.as_ref().map(|drawing| {
            Arg::new("plot")
                .long("plot")
                .value_name("FILE.svg")
                .value_parser(value_parser!(PathBuf))
                .help_heading(HEADING)
                .help(format!("Draw {}; only a file that rote drew is drawn over", drawing.shows))
        });
        clap::Command::new(self.name)
            .about(self.about)
            .long_about(format!("{}.\n\n{}", self.about, self.manual.trim()))
            .after_help(format!("{}\n\n{NUMBERS}", self.examples.trim()))
            .arg_required_else_help(true)
            .args(self.options.iter().map(option).chain([csv]).chain(plot))
    }
}

/// Keeps the options of a question apart from those of every command.
const HEADING: &str = "The question";

const NUMBERS: &str = "Numbers may be written as 0.05, 1e-3, 2^-20, 1/1000 or inf; several with commas are answered \
                       for each.";

fn plot_failure(error: &PlotError) -> Failure {
    Failure::request(mistake::message(&format!("--plot: {error}"), "", "", ""))
}

impl clap::FromArgMatches for Theory {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let question = QUESTIONS.into_iter().find(|question| question.name == name).ok_or_else(missing)?;
        let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
        let typed = question.options.iter().filter_map(|field| text(field.name).map(|text| (*field, text)));
        Ok(Self {
            question,
            typed: typed.collect(),
            csv: text("csv"),
            plot: matches.try_get_one::<PathBuf>("plot").ok().flatten().cloned(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Theory {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
            .about("Answer questions of theory: the least memory for given losses, the least losses for given memory")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(QUESTIONS.iter().map(|question| question.command()))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}
