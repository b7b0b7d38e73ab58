//! Replays histories through the real runtime. Owns the way from a history to a request and from answers to metrics;
//! the evaluator and the tuner both stand on it, so that they measure what ships.

use std::collections::BTreeMap;

use edge_recall::candidate::CandidateList;
use edge_recall::fusion;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::{Context, HistoryEvent, Recaller, Request};
use rayon::prelude::*;

use crate::metrics::Evaluation;

/// Cases that one thread takes at a time.
const CHUNK: usize = 64;

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
    let part = |cases: &[Case]| -> edge_recall::Result<(Evaluation, [f64; 4], usize)> {
        let (mut evaluation, mut shares, mut results) = (Evaluation::new(ks, items), [0f64; 4], 0);
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
    let (mut evaluation, mut shares, mut results) = (Evaluation::new(ks, items), [0f64; 4], 0);
    for (part, part_shares, part_results) in parts {
        evaluation.append(part);
        shares.iter_mut().zip(part_shares).for_each(|(sum, share)| *sum += share);
        results += part_results;
    }
    let mean = |channel: ChannelId| (channel.name(), shares[channel as usize] / results.max(1) as f64);
    Ok(Answers { evaluation, shares: ChannelId::ALL.map(mean).into() })
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
