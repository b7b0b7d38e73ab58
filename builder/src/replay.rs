//! Replays histories through the real runtime. Owns the way from a history to a request and from answers to metrics;
//! the evaluator and the tuner both stand on it, so that they measure what ships.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use edge_recall::candidate::CandidateList;
use edge_recall::format::Shard;
use edge_recall::ids::{ChannelId, ChannelMask, ShardName};
use edge_recall::recaller::{Budget, FileWanted};
use edge_recall::{Context, HistoryEvent, Recaller, Request, Response};
use rayon::prelude::*;

use crate::metrics::Evaluation;
use crate::open::Folder;
use crate::visit::{Cost, visit};

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
    let mut evaluation = Evaluation::new(ks, items);
    for (lists, case) in lists.iter().zip(cases) {
        let list = lists.iter().find(|list| list.channel == channel);
        let ranked: Vec<u32> = list.iter().flat_map(|list| &list.candidates).map(|c| c.item.0).collect();
        evaluation.add(&ranked, &case.test);
    }
    evaluation
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
    let answer = |case: &Case| -> edge_recall::Result<(Vec<u32>, [f64; CHANNELS])> {
        let response = recaller.finish(&case.request.clone().limit(longest))?;
        let mut shares = [0f64; CHANNELS];
        for found in &response.recommendations {
            shares.iter_mut().zip(found.shares).for_each(|(sum, share)| *sum += f64::from(share));
        }
        Ok((ranked(recaller, &response), shares))
    };
    let answers: Vec<_> = cases.par_iter().with_min_len(CHUNK).map(answer).collect::<edge_recall::Result<_>>()?;
    // Added one after the other: sums must not depend on the number of threads.
    let mut evaluation = Evaluation::new(ks, recaller.manifest().items as usize);
    let (mut shares, mut results) = ([0f64; CHANNELS], 0);
    for ((ranked, own), case) in answers.iter().zip(cases) {
        evaluation.add(ranked, &case.test);
        shares.iter_mut().zip(own).for_each(|(sum, share)| *sum += share);
        results += ranked.len();
    }
    let mean = |channel: ChannelId| (channel.name(), shares[channel as usize] / results.max(1) as f64);
    Ok(Answers { evaluation, shares: ChannelId::ALL.map(mean).into() })
}

/// Ordinals of an answer, best first.
fn ranked(recaller: &Recaller, response: &Response) -> Vec<u32> {
    response.recommendations.iter().filter_map(|found| recaller.find(&found.key)).map(|item| item.0).collect()
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
    let replay = |case: &Case| -> Result<(Vec<u32>, Cost)> {
        let keys: BTreeSet<&String> = case.request.history.iter().map(|event| &event.key).collect();
        let cards = keys.into_iter().filter_map(|key| Some((key.clone(), whole.card(key)?)));
        let request = Request { cards: cards.collect(), budget, ..case.request.clone().limit(longest) };
        let mut recaller = folder.recaller.clone();
        let cost = visit(&mut recaller, &request, &mut |file| read(file))?;
        // The device knows only the keys that it read.
        Ok((ranked(whole, &recaller.finish(&request)?), cost))
    };
    let visits: Vec<(Vec<u32>, Cost)> = cases.par_iter().map(replay).collect::<Result<_>>()?;
    let mut evaluation = Evaluation::new(ks, whole.manifest().items as usize);
    visits.iter().zip(cases).for_each(|((ranked, _), case)| evaluation.add(ranked, &case.test));
    let mean = |of: fn(&Cost) -> f64| visits.iter().map(|(_, cost)| of(cost)).sum::<f64>() / cases.len().max(1) as f64;
    let (bytes, files) = (mean(|cost| cost.bytes as f64), mean(|cost| cost.files.len() as f64));
    Ok(Visits { evaluation, bytes, files, rounds: mean(|cost| f64::from(cost.rounds)) })
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
