//! `edge-recall build`: from files to a directory of shards. Owns the order of steps; the steps live in the library.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::Context;
use crate::cli::{WrongUse, parse_bytes};
use crate::coarse;
use crate::input::events::LogSummary;
use crate::input::items::read_items;
use crate::input::keyed::KeyedSummary;
use crate::input::log::read_log;
use crate::input::users::read_users;
use crate::make::{Made, Orders, Published, make, prints_of, shown};
use crate::model::{Interactions, ItemAttributes, UserAttributes};
use crate::output::{OutputDir, SHARDS, TABLES};
use crate::pack::MAX_COLUMNS;
use crate::progress::StageTime;
use crate::publish::{Kept, check_runtime, publish};
use crate::resume::{Run, Work};
use crate::tune::TuneReport;
use crate::typed::{TypedColumn, type_columns};

/// Make shards from a log, and a catalogue and a users file where there are any.
#[derive(Args, Clone, Debug)]
pub struct BuildArgs {
    /// The log: CSV, TSV, JSON lines or Parquet with columns item, user (or session); optional type, timestamp, weight, trigger
    #[arg(long, value_name = "FILE", required_unless_present = "items")]
    pub log: Option<PathBuf>,
    /// The catalogue: CSV, TSV, JSON lines or Parquet with columns item and any attributes
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// The users: CSV, TSV, JSON lines or Parquet with columns user and attributes for crowds
    #[arg(long, value_name = "FILE", requires = "log")]
    pub users: Option<PathBuf>,
    /// Directory to write; an earlier build in its place is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Most bytes that recall.json and the shards may take together, e.g. 4MB
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub budget: Option<u64>,
    /// An earlier build of this site: its numbering and vectors stay, and few files change; a new epoch begins when more
    /// than 5 % of the items are newer than its own. May be the same directory as --out. Items that `mask` hid there are
    /// shown again until it hides them anew
    #[arg(long, value_name = "DIR", conflicts_with = "budget")]
    pub previous: Option<PathBuf>,
    /// A build whose recipe is taken as it is: the same families, exponents, sizes and weights for another log or another
    /// number of bits, and no time spent on trying
    #[arg(long, value_name = "DIR", conflicts_with_all = ["budget", "previous"])]
    pub like: Option<PathBuf>,
    /// Directory with recall.js and recall.wasm to put beside the data
    #[arg(long, value_name = "DIR")]
    pub runtime: Option<PathBuf>,
    /// Directory to write what was learnt to, as the tables that `pack` reads
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// Directory that keeps the results of long stages, so that a build that was broken off goes on from there
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
}

/// The answer of the command.
#[derive(Debug, Serialize)]
struct Answer {
    out: String,
    items: u32,
    users: usize,
    events: usize,
    /// Bytes of recall.json and all shards.
    bytes: u64,
    files: usize,
    /// Fusion weight of each channel.
    weights: Vec<(&'static str, f32)>,
    /// Item-to-item tables: channel, and targets that a trigger keeps.
    tables: Vec<(&'static str, usize)>,
    /// Catalogue columns that name items rather than describe them.
    left_out: Vec<String>,
    /// Whether the epoch of the earlier build goes on.
    continued: bool,
    /// What stays of earlier builds, apart from `bytes` and `files`.
    kept: Kept,
    runtime: bool,
    input: InputSummary,
    tuning: TuneReport,
    /// `recall.json`.
    manifest: serde_json::Value,
    stages: Vec<StageTime>,
}

/// Builds.
pub fn run(args: &BuildArgs, context: &Context) -> Result<()> {
    if args.log.is_none() {
        return Err(WrongUse(NO_LOG.into()).into());
    }
    args.runtime.as_deref().map(check_runtime).transpose()?;
    let out = OutputDir::create(&args.out, SHARDS)?;
    let tables = args.tables.as_deref().map(|dir| OutputDir::create(dir, TABLES)).transpose()?;
    let work = args.work.as_deref().map(|dir| Work::open(dir, context.report)).transpose()?;
    let run = Run::new(&context.progress, work.as_ref());
    let mut inputs = read_inputs(args, context)?;
    inputs.interactions.pairing = context.config.model.i2i.pairing(inputs.items.as_ref())?;
    let log = &inputs.interactions;
    let users = inputs.users.unwrap_or_default();
    let (columns, left_out) = columns_of(inputs.items.as_ref(), context)?;
    context.config.fusion.check_category(columns.iter().map(|column| column.name.as_str()))?;
    if let Some(purchase) = &context.config.purchase {
        purchase.check_columns(columns.iter().map(|column| column.name.as_str()))?;
    }
    let shown = shown(inputs.items.as_ref(), &context.config.shards)?;
    let prints = prints_of(log, inputs.items.as_ref(), &context.config)?;
    let published = Published { log, users: &users, items: inputs.items.as_ref(), columns: &columns, shown, prints };
    let orders = Orders {
        previous: args.previous.as_deref(),
        like: args.like.as_deref(),
        budget: args.budget,
        tables: tables.as_ref(),
    };
    let Made { packed, notes, continued } = make(&published, &context.config, orders, run, &context.report)?;
    tables.map(OutputDir::commit).transpose()?;
    let kept = publish(&packed, Some(&notes), args.runtime.as_deref(), out, context.config.shards.keep_builds)?;
    work.iter().for_each(Work::sweep);
    let answer = Answer {
        out: args.out.display().to_string(),
        items: packed.manifest.items,
        users: log.users.len(),
        events: log.events.len(),
        bytes: packed.bytes(),
        files: packed.files.len() + 1,
        weights: packed.manifest.fusion.weights.iter().map(|w| (w.channel.name(), w.weight)).collect(),
        tables: notes.tables.iter().map(|family| (family.channel().name(), family.targets())).collect(),
        left_out,
        continued,
        kept,
        runtime: args.runtime.is_some(),
        input: inputs.summary,
        tuning: notes.tuning,
        manifest: serde_json::from_str(&packed.manifest.to_json())?,
        stages: context.progress.times(),
    };
    context.report.answer(&answer, text)
}

/// The attribute columns that a build publishes, and the names of those that it leaves out.
pub fn columns_of(items: Option<&ItemAttributes>, context: &Context) -> Result<(Vec<TypedColumn>, Vec<String>)> {
    ensure!(
        items.is_some() || context.config.coarse.is_empty(),
        "[coarse] derives columns of the catalogue, but there is none; give it with --items"
    );
    let keep_all = context.config.items.attributes.is_some();
    let (columns, left_out) = items.map(|items| type_columns(items, keep_all)).unwrap_or_default();
    ensure!(
        columns.len() <= MAX_COLUMNS,
        "the catalogue has {} attribute columns and the shards hold {MAX_COLUMNS}; choose with [items] attributes",
        columns.len()
    );
    if !left_out.is_empty() {
        context.report.notice(&format!(
            "left out of the shards, since nearly every item has its own value: {}; name them under [items] attributes to keep them",
            left_out.join(", ")
        ));
    }
    Ok((columns, left_out))
}

fn text(answer: &Answer) -> String {
    let mut text = format!(
        "{}: {} items from {} events of {} users; {} bytes in {} files",
        answer.out, answer.items, answer.events, answer.users, answer.bytes, answer.files
    );
    for (channel, targets) in &answer.tables {
        text.push_str(&format!("\n{channel:>6} keeps {targets} targets a trigger"));
    }
    for weight in &answer.weights {
        text.push_str(&format!("\n{:>6} weighs {:.3}", weight.0, weight.1));
    }
    for stage in &answer.stages {
        text.push_str(&format!("\n{stage}"));
    }
    if answer.kept.files > 0 {
        let Kept { builds, files, bytes } = answer.kept;
        text.push_str(&format!(
            "\nkept for pages that still ask for them: {files} files ({bytes} bytes) of the last {builds} build(s)"
        ));
    }
    if !answer.runtime {
        text.push_str("\ndata only: no runtime beside it (give --runtime DIR, or load edge-recall from npm)");
    }
    text
}

const NO_LOG: &str = "a catalogue alone has nothing to recommend by; give the interactions too: \
--log FILE with columns user (or session) and item, and timestamp where there is one";

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
    let named = config.crowd.keys.iter().flatten().flatten().next();
    if let (None, Some(attribute)) = (&args.users, named) {
        bail!("[crowd] keys names `{attribute}`, but there is no users file; give one with --users");
    }
    if let Some(log) = &args.log {
        let (interactions, summary) = read_log(log, &config.input, reading)?;
        inputs.interactions = interactions;
        inputs.summary.log = Some(summary);
    }
    if let Some(items) = &args.items {
        let (mut attributes, summary) = read_items(items, &config.items, reading, &mut inputs.interactions)?;
        coarse::add(&mut attributes, &config.coarse)?;
        summary.tell_of_strangers("items", args.log.as_deref(), reading.report);
        inputs.items = Some(attributes);
        inputs.summary.items = Some(summary);
    }
    if let Some(users) = &args.users {
        let (attributes, summary) = read_users(users, config, reading, &inputs.interactions)?;
        summary.tell_of_strangers("users", args.log.as_deref(), reading.report);
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
        let inputs =
            read(&["--log", paths[0], "--items", paths[1], "--users", paths[2]], "[crowd]\nkeys = [[\"age\"], []]")
                .unwrap();
        assert_eq!(inputs.interactions.items, ["a", "b", "c"]);
        assert_eq!(inputs.items.unwrap().values, [[""], ["Bee"], ["Sea"]]);
        assert_eq!(inputs.users.unwrap().values, [[""], ["30"]]);
        assert_eq!(inputs.summary.items.unwrap().not_in_log, 1);
        let inputs = read(&["--items", paths[1]], "").unwrap();
        assert_eq!((inputs.interactions.users.len(), inputs.interactions.items.len()), (0, 2));
        let message = read(&["--log", paths[0]], "[crowd]\nkeys = [[\"age\"]]").unwrap_err().to_string();
        assert!(message.contains("names `age`, but there is no users file; give one with --users"), "{message}");
    }

    #[test]
    fn a_build_needs_a_log_or_a_catalogue() {
        let message = read(&[], "").unwrap_err().to_string();
        assert!(message.contains("--log <FILE>"), "{message}");
        let message = read(&["--items", "i.csv", "--users", "u.csv"], "").unwrap_err().to_string();
        assert!(message.contains("--log <FILE>"), "{message}");
        let message = read(&["--items", "i.csv", "--budget", "4 apples"], "").unwrap_err().to_string();
        assert!(message.contains("has no known unit; write 500kB, 4MB"), "{message}");
    }
}
