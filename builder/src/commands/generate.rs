//! `edge-recall generate`: a made-up site of any size. Owns the arguments and the answer; `crate::generate` makes it.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::Context;
use crate::cli::WrongUse;
use crate::generate::files::{Written, write};
use crate::generate::{Law, MAX_DAYS, Size, shards};
use crate::output::{GENERATED, OutputDir};
use crate::progress::StageTime;

/// Make up a site: log, catalogue and users of any size.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = HELP)]
pub struct GenerateArgs {
    /// Directory to write; an earlier made-up site in its place is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Items of the catalogue
    #[arg(long, value_name = "N", default_value_t = Size::default().items, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub items: u32,
    /// Users
    #[arg(long, value_name = "N", default_value_t = Size::default().users, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub users: u32,
    /// Interactions; exposures come on top, about a quarter as many
    #[arg(long, value_name = "N", default_value_t = Size::default().events, value_parser = clap::value_parser!(u32).range(1..=2_000_000_000))]
    pub events: u32,
    /// Days that the log covers
    #[arg(long, value_name = "D", default_value_t = Size::default().days, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
    pub days: u32,
    /// Write the same site as it was after so many of the days
    #[arg(long, value_name = "DAY", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
    pub until: Option<u32>,
    /// Write no log but the shards themselves, straight from the law, and the histories of so many users to evaluate with
    #[arg(long, value_name = "USERS", conflicts_with = "until", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub shards: Option<u32>,
    /// Another number makes another site
    #[arg(long, value_name = "NUMBER", default_value_t = Size::default().seed)]
    pub seed: u64,
}

/// The answer of the command, and `generated.json` but for the times.
#[derive(Debug, Serialize)]
struct Answer {
    size: Size,
    until: u32,
    clusters: u32,
    written: Written,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stages: Vec<StageTime>,
}

/// Runs the command.
pub fn run(args: &GenerateArgs, context: &Context) -> Result<()> {
    let size = Size { items: args.items, users: args.users, events: args.events, days: args.days, seed: args.seed };
    let until = args.until.unwrap_or(size.days);
    if until > size.days {
        return Err(WrongUse(format!("--until {until} lies after the last of {} days", size.days)).into());
    }
    let out = OutputDir::create(&args.out, GENERATED)?;
    let law = Law::new(size);
    let written = match args.shards {
        Some(users) => {
            let manifest = shards::write(&law, users, &out, &context.progress)?;
            Written { items: u64::from(manifest.items), users: u64::from(users), ..Written::default() }
        }
        None => write(&law, until, &out, &context.progress)?,
    };
    let mut answer = Answer { size, until, clusters: law.clusters(), written, stages: Vec::new() };
    out.write("generated.json", format!("{}\n", serde_json::to_string_pretty(&answer)?).as_bytes())?;
    out.commit()?;
    answer.stages = context.progress.times();
    context.report.answer(&answer, |answer| {
        let Written { items, users, events, shown } = answer.written;
        format!(
            "{}: {events} events and {shown} exposures of {users} users with {items} items in {} clusters",
            args.out.display(),
            answer.clusters
        ) + &answer.stages.iter().map(|stage| format!("\n{stage}")).collect::<String>()
    })
}

const HELP: &str = "\
Writes files as a site owner has them, and generated.json, which says what was made:

  log.csv    user, item, type (view, click, cart, purchase, shown), timestamp, trigger
  items.csv  item, title, category, brand, price, tags, born
  users.csv  user, age, gender

With --shards: recall/, a build of the same catalogue with its true vectors, and history.csv
and test.csv to evaluate it with.

The same numbers give the same bytes on every machine. With --until the site is that of an
earlier day: its log is the beginning of the whole one, its catalogue a part.";
