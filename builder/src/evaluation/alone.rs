//! Each channel by itself: what it proposes, and how long that takes. Owns the asking; `super` measures what comes of it.

use std::collections::BTreeMap;
use std::time::Instant;

use edge_recall::candidate::{Candidate, CandidateList};
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::{Recaller, Request};
use rayon::prelude::*;

use crate::replay::{Case, channel_lists};

/// Users whose requests are timed, evenly spread over all of them.
const TIMED: usize = 300;

/// The lists of every channel for each case, `depth` long at most. What fills up is asked for by itself: it is no list before
/// fusion.
pub fn lists(recaller: &Recaller, cases: &[Case], depth: usize) -> edge_recall::Result<Vec<Vec<CandidateList>>> {
    let mut lists = channel_lists(recaller, cases, ChannelMask::ALL, depth);
    let fill = |case: &Case| -> edge_recall::Result<CandidateList> {
        let response = recaller.finish(&only(&case.request, ChannelId::Popular).limit(depth))?;
        let found = response.recommendations.iter();
        let candidate =
            found.filter_map(|found| Some(Candidate { item: recaller.find(&found.key)?, score: found.score }));
        Ok(CandidateList { channel: ChannelId::Popular, candidates: candidate.collect() })
    };
    let filled: Vec<CandidateList> = cases.par_iter().map(fill).collect::<edge_recall::Result<_>>()?;
    lists.iter_mut().zip(filled).for_each(|(lists, fill)| lists.push(fill));
    Ok(lists)
}

/// Median microseconds of one request, on one thread with everything attached: of the whole answer of `limit` results
/// (`fused`), and of recalling each of `channels` alone to the depth of the fusion. The time of building a request is left out.
pub fn latency(
    recaller: &Recaller,
    cases: &[Case],
    channels: &[ChannelId],
    limit: usize,
) -> edge_recall::Result<BTreeMap<&'static str, f64>> {
    let timed: Vec<&Case> = cases.iter().step_by(cases.len().div_ceil(TIMED).max(1)).collect();
    let depth = limit.max(recaller.manifest().fusion.depth as usize);
    let mut found = BTreeMap::new();
    let finish = |request: &Request| recaller.finish(request).map(|answer| answer.recommendations.len());
    found.insert("fused", median(&timed, |case| case.request.clone().limit(limit), finish)?);
    for &channel in channels {
        let request = |case: &Case| only(&case.request, channel).limit(limit);
        let recall = |request: &Request| match channel {
            ChannelId::Popular => finish(request),
            _ => Ok(recaller.channel_lists(request, depth).len()),
        };
        found.insert(channel.name(), median(&timed, request, recall)?);
    }
    Ok(found)
}

fn only(request: &Request, channel: ChannelId) -> Request {
    request.clone().only(ChannelMask::of(channel))
}

/// Median microseconds of asking for each case; the first is asked twice, and what it leaves in the caches is not counted.
fn median(
    cases: &[&Case],
    request: impl Fn(&Case) -> Request,
    ask: impl Fn(&Request) -> edge_recall::Result<usize>,
) -> edge_recall::Result<f64> {
    let mut times = Vec::with_capacity(cases.len() + 1);
    for case in cases.iter().take(1).chain(cases) {
        let request = request(case);
        let start = Instant::now();
        std::hint::black_box(ask(&request)?);
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.drain(..times.len().min(1));
    times.sort_unstable_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(0.0))
}
