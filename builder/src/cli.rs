//! The command line: what can be typed and what it means. Owns names, help texts and exit codes; the work is in
//! `commands/`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::commands::{self, Context};
use crate::config::Config;
use crate::progress::Progress;
use crate::report::Report;

/// Static recommendation shards from an interaction log.
#[derive(Debug, Parser)]
#[command(name = "edge-recall", version, about, after_help = EXIT_CODES)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub globals: Globals,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Globals {
    /// Print one JSON document instead of text
    #[arg(long, global = true, help_heading = EVERY)]
    pub json: bool,
    /// Print nothing but errors (and the JSON document, with --json)
    #[arg(long, global = true, help_heading = EVERY)]
    pub quiet: bool,
    /// Stop at the first bad or duplicate row instead of counting it
    #[arg(long, global = true, help_heading = EVERY)]
    pub strict: bool,
    /// Column names, weights and model settings
    #[arg(long, global = true, help_heading = EVERY, value_name = "recall.toml")]
    pub config: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make shards from a log, and a catalogue and a users file where there are any
    Build(commands::build::BuildArgs),
    /// Make shards from vectors and item-to-item rows that were made elsewhere
    Pack(commands::pack::PackArgs),
    /// Cut a log into train, history and test
    Split(commands::split::SplitArgs),
    /// Measure a build: replay histories through the runtime and count what it finds
    Evaluate(commands::evaluate::EvaluateArgs),
    /// Make up a site of any size: log, catalogue and users, for trying things out
    Generate(commands::generate::GenerateArgs),
    /// Make one file of vectors to search by themselves, without a build
    Index(commands::index::IndexArgs),
    /// Look inside a build: sections, sizes, what a visit costs
    Inspect(commands::inspect::InspectArgs),
    /// Ask a build once, as a visitor with this history would
    Recommend(commands::recommend::RecommendArgs),
    /// Check a site's rules against a build: names, ids, attributes, values
    Rules(commands::rules::RulesArgs),
    /// Items that go with one item
    Similar(commands::similar::SimilarArgs),
    /// Related items of every item, for static site generators
    Related(commands::related::RelatedArgs),
    /// What a page brings along about its own item, so that no visitor need ask for it
    Card(commands::card::CardArgs),
    /// Hide items that are out of stock or withdrawn, without building anew
    Mask(commands::mask::MaskArgs),
    /// List what to upload and what to delete, in a safe order
    Publish(commands::publish::PublishArgs),
    /// Serve a build as a good static host would, with a playground and counters
    Serve(commands::serve::ServeArgs),
}

/// The command line is wrong in a way that only a command can see. Ends the process with 2.
#[derive(Debug)]
pub struct WrongUse(pub String);

impl std::fmt::Display for WrongUse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// Runs a command and says what the process should end with.
pub fn run(cli: Cli) -> ExitCode {
    let report = Report::new(cli.globals.json, cli.globals.quiet);
    match dispatch(cli, report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report.error(&error);
            ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
        }
    }
}

fn dispatch(cli: Cli, report: Report) -> Result<()> {
    let globals = cli.globals;
    let config = globals.config.as_deref().map(Config::load).transpose()?.unwrap_or_default();
    let context =
        Context { config, report, progress: Progress::new(!globals.json && !globals.quiet), strict: globals.strict };
    match cli.command {
        Command::Build(args) => commands::build::run(&args, &context),
        Command::Pack(args) => commands::pack::run(&args, &context),
        Command::Split(args) => commands::split::run(&args, &context),
        Command::Evaluate(args) => commands::evaluate::run(&args, &context),
        Command::Generate(args) => commands::generate::run(&args, &context),
        Command::Index(args) => commands::index::run(&args, &context),
        Command::Inspect(args) => commands::inspect::run(&args, &context),
        Command::Recommend(args) => commands::recommend::run(&args, &context),
        Command::Rules(args) => commands::rules::run(&args, &context),
        Command::Similar(args) => commands::similar::run(&args, &context),
        Command::Related(args) => commands::related::run(&args, &context),
        Command::Card(args) => commands::card::run(&args, &context),
        Command::Mask(args) => commands::mask::run(&args, &context),
        Command::Publish(args) => commands::publish::run(&args, &context),
        Command::Serve(args) => commands::serve::run(&args, &context),
    }
}

/// A number of bytes: `4MB`, `500 kB`, `1MiB`, `4000000`.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit.trim().to_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => {
            return Err(format!("`{text}` has no known unit; write 500kB, 4MB or a plain number of bytes"));
        }
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number * scale < 1e15 => Ok((number * scale).round() as u64),
        _ => Err(format!("`{text}` is no number of bytes; write 500kB, 4MB or a plain number of bytes")),
    }
}

const EVERY: &str = "Every command takes";
const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong use.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in
            [("4MB", 4_000_000), ("1.5 kB", 1500), ("1MiB", 1_048_576), ("77", 77), ("2g", 2_000_000_000)]
        {
            assert_eq!(parse_bytes(text), Ok(bytes));
        }
        assert!(parse_bytes("4 parsec").unwrap_err().contains("write 500kB, 4MB"));
        for text in ["", "MB", "0", "-1", "1.2.3MB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}
