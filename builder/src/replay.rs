//! Replays histories through the real runtime. Owns the way from a history to a request and from answers to metrics;
//! the evaluator and the tuner both stand on it, so that they measure what ships.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use edge_recall::candidate::CandidateList;
use edge_recall::format::Shard;
use edge_recall::fusion;
use edge_recall::ids::{ChannelId, ChannelMask, ShardName};
use edge_recall::recaller::{Budget, FileWanted};
use edge_recall::{Context, HistoryEvent, Recaller, Request};
use rayon::prelude::*;

use crate::metrics::Evaluation;
use crate::open::Folder;
use crate::visit::visit;

/// Cases that one thread takes at a time.
const CHUNK: usize = 64;
/// Number of channels.
const CHANNELS: usize = ChannelId::ALL.len();

/// One user to replay.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the device would ask.
    pub request: Request,
    /// Ordinals to find; items that the catalogue does not have are numbers beyond it, which nothing finds.
    pub test: Vec<u32>,
}

impl Case {
    /// A case from a history (newest first) and the keys to find. Unless `keep_seen`, the history must not come back.
    pub fn new<'a>(
        recaller: &Recaller,
        history: Vec<HistoryEvent>,
        context: Context,
        test: impl Iterator<Item = &'a str>,
        keep_seen: bool,
    ) -> Case {
        let seen: Vec<String> = history.iter().filter(|_| !keep_seen).map(|event| event.key.clone()).collect();
        let ordinal = |(place, key)| recaller.find(key).map_or(u32::MAX - place, |item| item.0);
        let test = (0u32..).zip(test).map(ordinal).collect();
        Case { request: Request::recommend(history).context(context).exclude(seen), test }
    }
}

/// What each channel proposes for each case, before fusion.
pub fn channel_lists(recaller: &Recaller, cases: &[Case], only: ChannelMask, depth: usize) -> Vec<Vec<CandidateList>> {
    let lists = |case: &Case| recaller.channel_lists(&case.request.clone().only(only), depth);
    cases.par_iter().with_min_len(CHUNK).map(lists).collect()
}

/// Metrics of one channel alone.
pub fn channel_alone(
    lists: &[Vec<CandidateList>],
    cases: &[Case],
    channel: ChannelId,
    ks: &[usize],
    items: usize,
) -> Evaluation {
    let ranked = |lists: &Vec<CandidateList>| {
        let list = lists.iter().find(|list| list.channel == channel);
        list.map(|list| list.candidates.iter().map(|c| c.item.0).collect()).unwrap_or_default()
    };
    collect(lists, cases, ks, items, ranked)
}

/// Metrics of the channels merged by `weight_of`, by the runtime's own fusion.
pub fn fused(
    lists: &[Vec<CandidateList>],
    cases: &[Case],
    weight_of: impl Fn(ChannelId) -> f32 + Sync,
    ks: &[usize],
    items: usize,
) -> Evaluation {
    let longest = ks.iter().copied().max().unwrap_or(0);
    let ranked = |lists: &Vec<CandidateList>| {
        fusion::weighted(lists, &weight_of, longest).iter().map(|fused| fused.item.0).collect()
    };
    collect(lists, cases, ks, items, ranked)
}

/// What the whole runtime answers.
pub struct Answers {
    /// Metrics of the answers.
    pub evaluation: Evaluation,
    /// Mean share of the answers' scores that each channel gave, over the first `k` results of all cases.
    pub shares: BTreeMap<&'static str, f64>,
}

/// Asks the runtime for every case, as a device would, and measures its answers.
pub fn answers(recaller: &Recaller, cases: &[Case], ks: &[usize]) -> edge_recall::Result<Answers> {
    let longest = ks.iter().copied().max().unwrap_or(0);
    let items = recaller.manifest().items as usize;
    let part = |cases: &[Case]| -> edge_recall::Result<(Evaluation, [f64; CHANNELS], usize)> {
        let (mut evaluation, mut shares, mut results) = (Evaluation::new(ks, items), [0f64; CHANNELS], 0);
        for case in cases {
            let response = recaller.finish(&case.request.clone().limit(longest))?;
            let ranked: Vec<u32> =
                response.recommendations.iter().filter_map(|r| recaller.find(&r.key)).map(|item| item.0).collect();
            evaluation.add(&ranked, &case.test);
            results += ranked.len();
            for found in &response.recommendations {
                shares.iter_mut().zip(found.shares).for_each(|(sum, share)| *sum += f64::from(share));
            }
        }
        Ok((evaluation, shares, results))
    };
    let parts: Vec<_> = cases.par_chunks(CHUNK).map(part).collect::<edge_recall::Result<_>>()?;
    let (mut evaluation, mut shares, mut results) = (Evaluation::new(ks, items), [0f64; CHANNELS], 0);
    for (part, part_shares, part_results) in parts {
        evaluation.append(part);
        shares.iter_mut().zip(part_shares).for_each(|(sum, share)| *sum += share);
        results += part_results;
    }
    let mean = |channel: ChannelId| (channel.name(), shares[channel as usize] / results.max(1) as f64);
    Ok(Answers { evaluation, shares: ChannelId::ALL.map(mean).into() })
}

/// What visits under the budget of the build find, and what they read.
pub struct Visits {
    /// Metrics of the answers.
    pub evaluation: Evaluation,
    /// Mean bytes of files.
    pub bytes: f64,
    /// Mean number of files.
    pub files: f64,
    /// Mean rounds.
    pub rounds: f64,
}

/// Asks for every case as a fresh device would that holds nothing but the cards of its history: plans within `budget`,
/// reads those files and no others. `whole` has everything attached, and makes the cards.
pub fn visits(folder: &Folder, whole: &Recaller, cases: &[Case], ks: &[usize], budget: Budget) -> Result<Visits> {
    let longest = ks.iter().copied().max().unwrap_or(0);
    let items = whole.manifest().items as usize;
    let shards: Mutex<HashMap<ShardName, Shard>> = Mutex::default();
    let read = |file: &FileWanted| {
        let mut shards = shards.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shard) = shards.get(&file.name) {
            return Ok(Some(shard.clone()));
        }
        let shard = folder.shard(file.name)?;
        shards.insert(file.name, shard.clone());
        Ok(Some(shard))
    };
    let part = |cases: &[Case]| -> Result<Visits> {
        let mut all = Visits { evaluation: Evaluation::new(ks, items), bytes: 0.0, files: 0.0, rounds: 0.0 };
        for case in cases {
            let keys: BTreeSet<&String> = case.request.history.iter().map(|event| &event.key).collect();
            let cards = keys.into_iter().filter_map(|key| Some((key.clone(), whole.card(key)?)));
            let request = Request { cards: cards.collect(), budget, ..case.request.clone().limit(longest) };
            let mut recaller = folder.recaller.clone();
            let cost = visit(&mut recaller, &request, &mut |file| read(file))?;
            let response = recaller.finish(&request)?;
            let ranked: Vec<u32> =
                response.recommendations.iter().filter_map(|r| whole.find(&r.key)).map(|item| item.0).collect();
            all.evaluation.add(&ranked, &case.test);
            all.bytes += cost.bytes as f64;
            all.files += cost.files.len() as f64;
            all.rounds += f64::from(cost.rounds);
        }
        Ok(all)
    };
    let parts: Vec<Visits> = cases.par_chunks(CHUNK).map(part).collect::<Result<_>>()?;
    let mut all = Visits { evaluation: Evaluation::new(ks, items), bytes: 0.0, files: 0.0, rounds: 0.0 };
    let count = cases.len().max(1) as f64;
    for part in parts {
        all.evaluation.append(part.evaluation);
        all.bytes += part.bytes / count;
        all.files += part.files / count;
        all.rounds += part.rounds / count;
    }
    Ok(all)
}

fn collect(
    lists: &[Vec<CandidateList>],
    cases: &[Case],
    ks: &[usize],
    items: usize,
    ranked: impl Fn(&Vec<CandidateList>) -> Vec<u32> + Sync,
) -> Evaluation {
    let part = |(lists, cases): (&[Vec<CandidateList>], &[Case])| {
        let mut evaluation = Evaluation::new(ks, items);
        lists.iter().zip(cases).for_each(|(lists, case)| evaluation.add(&ranked(lists), &case.test));
        evaluation
    };
    let parts: Vec<Evaluation> = lists.par_chunks(CHUNK).zip(cases.par_chunks(CHUNK)).map(part).collect();
    let mut whole = Evaluation::new(ks, items);
    parts.into_iter().for_each(|part| whole.append(part));
    whole
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
