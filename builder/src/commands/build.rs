//! `edge-recall build`: its arguments and its reading. Owns the way from files to the words of `model.rs`;
//! training, packing and the output follow from there.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;

use super::Context;
use crate::cli::parse_bytes;
use crate::input::events::LogSummary;
use crate::input::items::read_items;
use crate::input::keyed::KeyedSummary;
use crate::input::log::read_log;
use crate::input::users::read_users;
use crate::model::{Interactions, ItemAttributes, UserAttributes};

/// Make shards from a log, a catalogue, or both.
#[derive(Args, Clone, Debug)]
pub struct BuildArgs {
    /// The log: CSV or TSV with columns item, user (or session); optional type, timestamp, weight
    #[arg(long, value_name = "FILE", required_unless_present = "items")]
    pub log: Option<PathBuf>,
    /// The catalogue: CSV or TSV with columns item and any attributes
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// The users: CSV or TSV with columns user and attributes for crowds
    #[arg(long, value_name = "FILE", requires = "log")]
    pub users: Option<PathBuf>,
    /// Directory to write; an earlier build in its place is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Most bytes that recall.json and the shards may take together, e.g. 4MB
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub budget: Option<u64>,
    /// Directory with recall.js and recall.wasm to put beside the data
    #[arg(long, value_name = "DIR")]
    pub runtime: Option<PathBuf>,
}

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The log, and the items of the catalogue that it does not hold.
    pub interactions: Interactions,
    /// One row an item; `None` without a catalogue.
    pub items: Option<ItemAttributes>,
    /// One row a user; `None` without a users file.
    pub users: Option<UserAttributes>,
    /// What was found.
    pub summary: InputSummary,
}

/// What was found in the files, for the answer of the command.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InputSummary {
    /// The log.
    pub log: Option<LogSummary>,
    /// The catalogue.
    pub items: Option<KeyedSummary>,
    /// The users file.
    pub users: Option<KeyedSummary>,
}

/// Reads what the arguments name.
pub fn read_inputs(args: &BuildArgs, context: &Context) -> Result<Inputs> {
    let (config, reading) = (&context.config, context.reading());
    let mut inputs = Inputs::default();
    let named = config.crowd.keys.iter().flatten().next();
    if let (None, Some(attribute)) = (&args.users, named) {
        bail!(
            "[crowd] keys names `{attribute}`, but there is no users file; give one with --users"
        );
    }
    if let Some(log) = &args.log {
        let (interactions, summary) = read_log(log, &config.input, reading)?;
        inputs.interactions = interactions;
        inputs.summary.log = Some(summary);
    }
    if let Some(items) = &args.items {
        let (attributes, summary) =
            read_items(items, &config.items, reading, &mut inputs.interactions)?;
        inputs.items = Some(attributes);
        inputs.summary.items = Some(summary);
    }
    if let Some(users) = &args.users {
        let (attributes, summary) = read_users(users, config, reading, &inputs.interactions)?;
        inputs.users = Some(attributes);
        inputs.summary.users = Some(summary);
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::Config;
    use crate::input::testing::Files;
    use crate::progress::Progress;
    use crate::report::Report;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        build: BuildArgs,
    }

    fn read(arguments: &[&str], config: &str) -> Result<Inputs> {
        let context = Context {
            config: Config::parse(config)?,
            report: Report::new(false, true),
            progress: Progress::hidden(),
            strict: true,
        };
        let line = [&["build", "--out", "unused"], arguments].concat();
        read_inputs(&Line::try_parse_from(line)?.build, &context)
    }

    #[test]
    fn all_three_files_meet() {
        let files = Files::empty();
        let log = files.file("log.csv", "user,item,timestamp\nu1,a,60\nu2,b,120\n");
        let items = files.file("items.csv", "item,title\nb,Bee\nc,Sea\n");
        let users = files.file("users.csv", "user,age\nu2,30\n");
        let paths = [&log, &items, &users].map(|path| path.to_str().unwrap());
        let inputs = read(
            &["--log", paths[0], "--items", paths[1], "--users", paths[2]],
            "[crowd]\nkeys = [[\"age\"], []]",
        )
        .unwrap();
        assert_eq!(inputs.interactions.items, ["a", "b", "c"]);
        assert_eq!(inputs.items.unwrap().values, [[""], ["Bee"], ["Sea"]]);
        assert_eq!(inputs.users.unwrap().values, [[""], ["30"]]);
        assert_eq!(inputs.summary.items.unwrap().not_in_log, 1);
        let inputs = read(&["--items", paths[1]], "").unwrap();
        assert_eq!(
            (
                inputs.interactions.users.len(),
                inputs.interactions.items.len()
            ),
            (0, 2)
        );
        let message = read(&["--log", paths[0]], "[crowd]\nkeys = [[\"age\"]]")
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("names `age`, but there is no users file; give one with --users"),
            "{message}"
        );
    }

    #[test]
    fn a_build_needs_a_log_or_a_catalogue() {
        let message = read(&[], "").unwrap_err().to_string();
        assert!(message.contains("--log <FILE>"), "{message}");
        let message = read(&["--items", "i.csv", "--users", "u.csv"], "")
            .unwrap_err()
            .to_string();
        assert!(message.contains("--log <FILE>"), "{message}");
        let message = read(&["--items", "i.csv", "--budget", "4 apples"], "")
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("has no known unit; write 500kB, 4MB"),
            "{message}"
        );
    }
}
