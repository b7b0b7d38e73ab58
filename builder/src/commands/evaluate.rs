//! `edge-recall evaluate`: replays histories through the shards and the runtime that ship, and measures all-item rankings.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::{Context as Visitor, EventKind, HistoryEvent, Recaller, Request};
use serde::Serialize;

use super::Context;
use crate::input::history::{Replay, ReplaySummary, Replays, read_replays};
use crate::metrics::{Evaluation, Metric};
use crate::open::{Folder, Opened};
use crate::replay::{Case, answers, channel_alone, channel_lists, visits};

/// Measure a build: replay histories through the runtime and count what it finds.
#[derive(Args, Clone, Debug)]
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
    /// Lengths of the lists to measure
    #[arg(long, value_name = "K", value_delimiter = ',', default_value = "10,20",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: Vec<u32>,
    /// Leave the items of the history in the lists
    #[arg(long)]
    pub no_mask: bool,
}

/// The answer of the command. A metric stands under its name with `@k`.
#[derive(Debug, Serialize)]
struct Answer {
    fused: BTreeMap<String, f64>,
    channels: BTreeMap<&'static str, BTreeMap<String, f64>>,
    /// Mean share of the fused scores that each channel gave, over the longest list.
    shares: BTreeMap<&'static str, f64>,
    /// Fused minus the best channel alone, user by user.
    against_best: BTreeMap<String, AgainstBest>,
    users: usize,
    /// Mean bytes of the manifest and the files of a visit by a device that holds the cards of its history and no file.
    bytes_per_visit: u64,
    /// Mean requests for them.
    requests_per_visit: f64,
    /// What such visits find.
    visit: VisitAnswer,
    input: ReplaySummary,
}

/// What visits under the budget of the build find.
#[derive(Debug, Serialize)]
struct VisitAnswer {
    /// Users replayed.
    users: usize,
    /// Mean dependent rounds after the manifest.
    rounds: f64,
    fused: BTreeMap<String, f64>,
    /// The same users with every file attached.
    whole: BTreeMap<String, f64>,
}

/// How the fused answer stands against the best single channel.
#[derive(Debug, Serialize)]
struct AgainstBest {
    channel: &'static str,
    difference: f64,
    /// Paired standard error of the difference.
    error: f64,
}

/// Users whose visits are replayed: each reads and checks its own files.
const MAX_VISITS: usize = 1000;

/// Measures.
pub fn run(args: &EvaluateArgs, context: &Context) -> Result<()> {
    let (replays, input) = read_replays(&args.history, &args.test, &context.config.input, context.reading())?;
    let folder = Folder::open(&args.dir)?;
    let Opened { recaller, .. } = folder.visited(&Request::recommend(Vec::new()))?;
    let cases: Vec<Case> = replays.users.iter().map(|user| case(&recaller, &replays, user, args.no_mask)).collect();
    let ks: Vec<usize> = args.k.iter().map(|&k| k as usize).collect();
    let items = recaller.manifest().items as usize;
    let bar = context.progress.spinner("replaying");
    let depth = ks.iter().copied().max().unwrap_or(0);
    let lists = channel_lists(&recaller, &cases, ChannelMask::ALL, depth);
    let served = ChannelId::ALL
        .into_iter()
        .filter(|&channel| lists.iter().flatten().any(|list| list.channel == channel && !list.candidates.is_empty()));
    let alone: Vec<(ChannelId, Evaluation)> =
        served.map(|channel| (channel, channel_alone(&lists, &cases, channel, &ks, items))).collect();
    let fused = answers(&recaller, &cases, &ks)?;
    let step = cases.len().div_ceil(MAX_VISITS).max(1);
    let sample: Vec<Case> = cases.iter().step_by(step).cloned().collect();
    let visits = visits(&folder, &recaller, &sample, &ks)?;
    let sampled = answers(&recaller, &sample, &ks)?;
    drop(bar);
    let answer = Answer {
        fused: fused.evaluation.report().into_iter().collect(),
        channels: alone.iter().map(|(id, evaluation)| (id.name(), evaluation.report().into_iter().collect())).collect(),
        shares: fused.shares,
        against_best: against_best(&fused.evaluation, &alone),
        users: fused.evaluation.users(),
        bytes_per_visit: folder.manifest_bytes + visits.bytes as u64,
        requests_per_visit: 1.0 + visits.files,
        visit: VisitAnswer {
            users: sample.len(),
            rounds: visits.rounds,
            fused: visits.evaluation.report().into_iter().collect(),
            whole: sampled.evaluation.report().into_iter().collect(),
        },
        input,
    };
    context.report.answer(&answer, text)
}

/// The request of a replayed user: `now` is the last event of the history.
fn case(recaller: &Recaller, replays: &Replays, user: &Replay, keep_seen: bool) -> Case {
    let now = user.history.iter().filter_map(|event| event.minute).max();
    let counted = user.history.iter().rev().filter(|event| event.weight != 0.0);
    let history = counted.map(|event| HistoryEvent {
        key: replays.items[event.item as usize].clone(),
        kind: EventKind::parse(&replays.kinds[event.kind as usize]).unwrap_or(EventKind::View),
        age: now.zip(event.minute).map(|(now, minute)| now - minute),
    });
    let test = user.test.iter().map(|&item| replays.items[item as usize].as_str());
    Case::new(recaller, history.collect(), Visitor::default(), test, keep_seen)
}

fn against_best(fused: &Evaluation, alone: &[(ChannelId, Evaluation)]) -> BTreeMap<String, AgainstBest> {
    let mut all = BTreeMap::new();
    for (metric, &k) in Metric::ALL.into_iter().flat_map(|m| fused.ks().iter().map(move |k| (m, k))) {
        let mean = |evaluation: &Evaluation| evaluation.estimate(metric, k).mean;
        let Some((channel, best)) = alone.iter().max_by(|(_, a), (_, b)| mean(a).total_cmp(&mean(b))) else { continue };
        let estimate = fused.difference(best, metric, k);
        let against = AgainstBest { channel: channel.name(), difference: estimate.mean, error: estimate.error };
        all.insert(format!("{}@{k}", metric.name()), against);
    }
    all
}

fn text(answer: &Answer) -> String {
    let mut text = String::from("metric        ");
    let systems: Vec<(&str, &BTreeMap<String, f64>)> =
        [("fused", &answer.fused)].into_iter().chain(answer.channels.iter().map(|(name, of)| (*name, of))).collect();
    systems.iter().for_each(|(name, _)| {
        let _ = write!(text, "{name:>9}");
    });
    for metric in answer.fused.keys() {
        let _ = write!(text, "\n{metric:<14}");
        systems.iter().for_each(|(_, of)| {
            let _ = write!(text, "{:>9.4}", of[metric]);
        });
    }
    let shares: Vec<String> =
        answer.shares.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect();
    let _ = write!(text, "\nshares of the fused scores: {}", shares.join(", "));
    for (metric, best) in &answer.against_best {
        let (difference, error) = (best.difference, best.error);
        let _ = write!(
            text,
            "\nfused against {} alone, {metric}: {difference:+.4} (standard error {error:.4})",
            best.channel
        );
    }
    for (metric, found) in &answer.visit.fused {
        let whole = answer.visit.whole[metric];
        let _ = write!(text, "\nunder the budget of a visit, {metric}: {found:.4} (everything attached {whole:.4})");
    }
    let (users, bytes, requests) = (answer.users, answer.bytes_per_visit, answer.requests_per_visit);
    let _ = write!(text, "\n{users} users; a visit reads {bytes} bytes in {requests:.1} files");
    text
}
