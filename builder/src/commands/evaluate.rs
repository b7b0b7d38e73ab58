//! `edge-recall evaluate`: replays histories through the shards and the runtime that ship, and measures all-item rankings.
//! Owns the arguments and the order of steps; `crate::evaluation` measures and says.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use edge_recall::Recaller;
use edge_recall::ids::ChannelId;
use edge_recall::recaller::Budget;

use super::Context;
use crate::baselines::source::read_source;
use crate::cli::parse_bytes;
use crate::evaluation::answer::{Answer, Said, VisitAnswer, figures};
use crate::evaluation::text::{Wanted, text};
use crate::evaluation::users::Users;
use crate::evaluation::{Measured, absent, budgets, measure, protocol};
use crate::input::history::{Replays, read_replays};
use crate::input::users::read_users;
use crate::model::{Interactions, UserAttributes};
use crate::open::Folder;
use crate::replay::{Case, answers, visits};
use crate::report_page::{Facts, ReportPage, Tuning, command_line};

/// Measure a build: replay histories through the runtime and count what it finds.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = HELP)]
pub struct EvaluateArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// What the recommender may see of each user, as `split` writes it
    #[arg(long, value_name = "FILE")]
    pub history: PathBuf,
    /// What it should find
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// What the baselines learn from: the log that was built from. Without it, the file called `train` beside the
    /// histories, as `split` writes it, or else the histories themselves
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Lengths of the lists to measure
    #[arg(long, value_name = "K", value_delimiter = ',', default_value = "10,20",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: Vec<u32>,
    /// Attributes of the users, as for `build`, so that each gets the lists of his crowd; without it all are strangers
    #[arg(long, value_name = "FILE")]
    pub users: Option<PathBuf>,
    /// Leave the items of the history in the lists, also where the build would not offer them again
    #[arg(long)]
    pub no_mask: bool,
    /// Print each channel alone, too: what it finds, what of it no other does, how long it takes, and why others are missing
    #[arg(long)]
    pub by_channel: bool,
    /// Print users by the length of their history, too
    #[arg(long)]
    pub by_history_length: bool,
    /// Replay visits under these budgets, too, e.g. 25kB,100kB
    #[arg(long, value_name = "SIZE", value_delimiter = ',', value_parser = parse_budget)]
    pub budgets: Vec<u32>,
    /// Write everything into one page, with charts, to look at and to print; it needs no network
    #[arg(long, value_name = "OUT.html")]
    pub report: Option<PathBuf>,
    /// What `build --json` printed, so that the page shows what the tuner tried
    #[arg(long, value_name = "FILE", requires = "report")]
    pub tuning: Option<PathBuf>,
}

/// Budgets of the page where none are named, beside that of the build.
const BUDGETS: [u32; 4] = [25_000, 50_000, 100_000, 200_000];

/// Users whose visits are replayed: each reads and checks its own files.
const MAX_VISITS: usize = 1000;

/// Measures.
pub fn run(args: &EvaluateArgs, context: &Context) -> Result<()> {
    let (config, reading) = (&context.config.input, context.reading());
    let tuning = args.tuning.as_deref().map(Tuning::read).transpose()?;
    let (replays, input) = read_replays(&args.history, &args.test, config, reading).context("cannot measure")?;
    let positive = input.history.positive;
    let (log, baselines_from) = read_source(args.log.as_deref(), &args.history, positive, config, reading)?;
    let folder = Folder::open(&args.dir)?;
    let recaller = folder.whole()?;
    // What ships decides, as on a device.
    let keep_seen = args.no_mask || recaller.manifest().offers_again();
    let about = args.users.as_deref().map(|path| about(path, &replays, context)).transpose()?.unwrap_or_default();
    let users = Users::new(&recaller, &replays, &about, keep_seen);
    let facts = absent::Facts { masked: !keep_seen, exposures: !log.exposures.is_empty(), ordered: replays.ordered };
    drop((replays, about));
    let mut ks: Vec<usize> = args.k.iter().map(|&k| k as usize).collect();
    ks.sort_unstable();
    ks.dedup();
    let measured = measure(&recaller, &users, &log, &ks, args.by_channel || args.report.is_some(), &context.progress)?;
    let mut budgets = args.budgets.clone();
    if args.report.is_some() && budgets.is_empty() {
        budgets.extend(BUDGETS.into_iter().chain([recaller.manifest().visit.bytes]));
    }
    let stage = context.progress.spinner("visits");
    let seen = visited(&folder, &recaller, &users.cases, &ks, budgets)?;
    drop(stage);
    let Said { figures, intervals, against_best, against_baselines, by_history_length, lorenz } =
        Said::of(&measured, &users);
    let Measured { systems, shares, latency, .. } = measured;
    let served = |channel: ChannelId| systems.channels.contains_key(channel.name());
    let absent = absent::reasons(recaller.manifest(), &absent::of_notes(&args.dir), served, facts);
    let answer = Answer {
        figures,
        intervals,
        shares,
        absent,
        latency_us: latency,
        against_best,
        against_baselines,
        by_history_length,
        lorenz,
        baselines_from,
        split: protocol::beside(&args.history, input.history.rows, input.test.rows),
        users: systems.fused.users(),
        unknown: users.unknown,
        k: ks,
        masked: !keep_seen,
        bytes_per_visit: seen.bytes,
        requests_per_visit: seen.requests,
        visit: seen.answer,
        budgets: seen.budgets,
        input,
        stages: context.progress.times(),
    };
    if let Some(path) = &args.report {
        let facts = Facts::of(&args.dir.display().to_string(), recaller.manifest(), &answer);
        let command = command_line(std::env::args());
        ReportPage { answer: &answer, facts, tuning, command }.write(path)?;
        context.report.notice(&format!("the report is in {}", path.display()));
    }
    let wanted = Wanted { by_channel: args.by_channel, by_history_length: args.by_history_length };
    context.report.answer(&answer, |answer| text(answer, wanted))
}

/// What the users file says of those who are replayed.
fn about(path: &Path, replays: &Replays, context: &Context) -> Result<UserAttributes> {
    let users = replays.users.iter().map(|replay| replay.user.clone()).collect();
    let known = Interactions { users, ..Interactions::default() };
    let (about, summary) = read_users(path, &context.config, context.reading(), &known)?;
    if summary.not_in_table == known.users.len() {
        context.report.notice(&format!("{} has none of the users to replay: all are strangers", path.display()));
    }
    Ok(about)
}

/// What visits read and find.
struct Seen {
    bytes: u64,
    requests: f64,
    answer: VisitAnswer,
    budgets: Vec<budgets::AtBudget>,
}

/// Replays a sample of the users, each with a visit of its own: once under the build's budget, once under each other.
fn visited(folder: &Folder, recaller: &Recaller, cases: &[Case], ks: &[usize], mut budgets: Vec<u32>) -> Result<Seen> {
    let step = cases.len().div_ceil(MAX_VISITS).max(1);
    let sample: Vec<Case> = cases.iter().step_by(step).cloned().collect();
    let spec = recaller.manifest().visit;
    let visits = visits(folder, recaller, &sample, ks, Budget { bytes: spec.bytes, files: spec.files })?;
    let whole = answers(recaller, &sample, ks)?.evaluation;
    let answer = VisitAnswer {
        users: sample.len(),
        rounds: visits.rounds,
        fused: figures(&visits.evaluation),
        whole: figures(&whole),
    };
    budgets.sort_unstable();
    budgets.dedup();
    let budgets = match budgets.is_empty() {
        true => Vec::new(),
        false => budgets::curve(folder, recaller, &sample, ks, &budgets, &whole)?,
    };
    Ok(Seen { bytes: folder.manifest_bytes + visits.bytes as u64, requests: 1.0 + visits.files, answer, budgets })
}

fn parse_budget(text: &str) -> Result<u32, String> {
    let bytes = parse_bytes(text)?;
    u32::try_from(bytes).map_err(|_| format!("`{text}` is more than a visit can read; give at most 4GB"))
}

const HELP: &str = "\
Every item of the catalogue is ranked for every user of the test file. Users without a history count, and so do those who
are to find what the build does not have. Figures come with 95 % confidence intervals over the users, and beside those of
two baselines that get the same histories and masks: popularity, and plain item CF (cosine of shared users, 200
neighbours, all of the history). Novelty is -log2 of the part of the users that met an item in the log of the baselines.
docs/evaluation.md has the definitions.

With --json, everything is told, by channel and by length of history, too.";
