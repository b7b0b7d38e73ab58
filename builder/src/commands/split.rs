//! `edge-recall split`: a log into train, history and test. Owns the two passes over the file; `crate::split` decides.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use csv::StringRecord;
use serde::Serialize;

use super::Context;
use super::split_answer::{Answer, count, text};
use crate::cli::WrongUse;
use crate::config::InputConfig;
use crate::input::Reading;
use crate::input::events::{EventReader, LogSummary};
use crate::input::interner::Interner;
use crate::input::time::format_time;
use crate::output::{OutputDir, SPLIT};
use crate::report::Report;
use crate::split::{By, Part, SplitRow, split};

/// Cut a log into train, history and test.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = HELP)]
pub struct SplitArgs {
    /// The log: CSV, TSV, JSON lines or Parquet with columns item, user (or session), timestamp (for time and last)
    #[arg(long, value_name = "FILE")]
    pub log: PathBuf,
    /// Where to cut
    #[arg(long, value_enum)]
    pub by: ByArg,
    /// Directory to write; an earlier split in its place is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Part of the events (time) or of each user's items (random) to test with
    #[arg(long, value_name = "PART", default_value_t = 0.2)]
    pub share: f64,
    /// What training may see with --by last
    #[arg(long, value_enum, default_value_t = Protocol::Refit)]
    pub protocol: Protocol,
    /// With --by time: users are sessions, so keep each on one side. A session that ends before the moment is in train;
    /// of any other the last event is test and the rest history, and nothing is in train. Goes without saying where the
    /// log names sessions and no users
    #[arg(long)]
    pub sessions: bool,
    /// Another number gives another random split
    #[arg(long, value_name = "NUMBER", default_value_t = 42)]
    pub seed: u64,
}

/// Where to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ByArg {
    /// One moment for all users: the last fifth of the events is test, for users with events before it;
    /// nothing after the moment is in train
    Time,
    /// The last event of each user with two or more; see --protocol for what is in train
    Last,
    /// A seeded fifth of each user's items, at least one, for users with two or more
    Random,
}

/// What training may see with `--by last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// All but the last event: train and history are the same, as after a nightly build
    Refit,
    /// All but the last two events: the history ends with an event that the tables never saw, as in a visit that goes on
    Strict,
}

/// Runs the command.
pub fn run(args: &SplitArgs, context: &Context) -> Result<()> {
    if !(args.share > 0.0 && args.share < 1.0) {
        return Err(WrongUse(format!("--share {} is not between 0 and 1", args.share)).into());
    }
    let out = OutputDir::create(&args.out, SPLIT)?;
    let input = &context.config.input;
    let Rows { rows, users, items, log, by_session } = read(&args.log, input, context.reading())?;
    if !log.ordered && args.by != ByArg::Random {
        anyhow::bail!(
            "{}: no column with times, so there is no last event; name it with `[input] time = \"...\"` in the configuration or use --by random",
            log.file
        );
    }
    let whole = args.by == ByArg::Time && (args.sessions || by_session);
    let by = match args.by {
        ByArg::Time => By::Time { share: args.share, whole },
        ByArg::Last => By::Last { strict: args.protocol == Protocol::Strict },
        ByArg::Random => By::Random { share: args.share, seed: args.seed },
    };
    let split = split(&rows, &users, &items, by).with_context(|| log.file.clone())?;
    let answer = Answer {
        by: args.by,
        share: (args.by != ByArg::Last).then_some(args.share),
        seed: (args.by == ByArg::Random).then_some(args.seed),
        protocol: (args.by == ByArg::Last).then_some(args.protocol),
        sessions: whole,
        cut: split.cut.map(format_time),
        ..count(&rows, &split.parts, users.len(), items.len(), &log)
    };
    write(args, input, context, &out, &split.parts)?;
    out.write("split.json", format!("{}\n", serde_json::to_string_pretty(&answer)?).as_bytes())?;
    out.commit()?;
    context.report.answer(&answer, |answer| text(answer, &args.out))
}

/// What the first pass keeps.
struct Rows {
    rows: Vec<SplitRow>,
    users: Vec<String>,
    items: Vec<String>,
    log: LogSummary,
    /// The log names sessions and no users.
    by_session: bool,
}

fn read(log: &Path, config: &InputConfig, reading: Reading<'_>) -> Result<Rows> {
    let (mut users, mut items, mut rows) = (Interner::default(), Interner::default(), Vec::new());
    let log = EventReader::open(log, config, reading)?;
    let by_session = log.by_session();
    let log = log.each("reading the log", |row| {
        rows.push(SplitRow {
            user: users.row(&row.user)?,
            item: items.row(row.item)?,
            millis: row.millis.unwrap_or(0),
            positive: row.weight > 0.0,
        });
        Ok(())
    })?;
    Ok(Rows { rows, users: users.into_keys(), items: items.into_keys(), log, by_session })
}

/// The second pass: every good row, as it stands in the log, into its files.
fn write(args: &SplitArgs, config: &InputConfig, context: &Context, out: &OutputDir, parts: &[Part]) -> Result<()> {
    // The first pass has told everything worth telling.
    let silent = Report::new(false, true);
    let reading = Reading { report: &silent, ..context.reading() };
    let log = EventReader::open(&args.log, config, reading)?;
    let header = StringRecord::from(log.header().to_vec());
    let mut train = start(out, "train.csv", &header)?;
    let mut history = start(out, "history.csv", &header)?;
    let mut test = start(out, "test.csv", &header)?;
    let mut parts = parts.iter();
    let changed = || format!("{} has changed while it was read; run again", args.log.display());
    log.each("writing the parts", |row| {
        match parts.next().with_context(changed)? {
            Part::Train => train.write_record(row.record)?,
            Part::History => {
                train.write_record(row.record)?;
                history.write_record(row.record)?;
            }
            Part::Past => history.write_record(row.record)?,
            Part::Test => test.write_record(row.record)?,
            Part::Left => {}
        }
        Ok(())
    })?;
    ensure!(parts.next().is_none(), changed());
    for mut file in [train, history, test] {
        file.flush().context("cannot write the parts")?;
    }
    Ok(())
}

fn start(out: &OutputDir, name: &str, header: &StringRecord) -> Result<csv::Writer<impl Write>> {
    let file: BufWriter<File> = BufWriter::new(out.create_file(name)?);
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(header)?;
    Ok(writer)
}

const HELP: &str = "\
Writes three files with the columns of the log, and split.json, which says what was done:

  train.csv    all events that training may use
  history.csv  what the recommender may see of the test users; a part of train, but for --protocol strict and sessions
  test.csv     what it should find

  edge-recall build --log DIR/train.csv --out BUILD
  edge-recall evaluate BUILD --history DIR/history.csv --test DIR/test.csv

Only positive interactions are tested; hide and shown go with the history or are left out.
Bad rows are left out. The same log gives the same split, whatever the order of its rows.";
