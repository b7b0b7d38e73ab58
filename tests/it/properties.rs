//! Random profiles and requests over the checkerboard: whatever is asked, the answer keeps its promises.

use std::collections::HashSet;

use edge_recall::candidate::Candidate;
use edge_recall::ids::{ChannelId, ChannelMask, Ordinal};
use edge_recall::recaller::Task;
use edge_recall::topk::{TopK, rank_order};
use edge_recall::{Context, EventKind, HistoryEvent, Profile, Recaller, Request, Response};

use crate::board::{ITEMS, text_key};
use crate::dice::Dice;
use crate::fixture::{Build, COMPACT, EXACT, LARGE, LISTED, Recipe};

const ROUNDS: usize = 1500;

/// A key of the board, or now and then one that nobody knows.
fn any_key(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 => format!("stranger-{}", dice.below(5)),
        _ => text_key(dice.below(ITEMS as usize) as u32),
    }
}

fn any_keys(dice: &mut Dice, most: usize) -> Vec<String> {
    (0..dice.below(most + 1)).map(|_| any_key(dice)).collect()
}

fn any_context(dice: &mut Dice) -> Context {
    let choices = [("age", "18"), ("age", "25"), ("sex", "F"), ("sex", "M"), ("city", "a&b=c%")];
    let pairs = (0..dice.below(4)).map(|_| *dice.pick(&choices));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A request as `Request` lets one be made by hand: ages in any order, unknown keys, few channels.
fn any_request(dice: &mut Dice) -> Request {
    let event = |dice: &mut Dice| HistoryEvent {
        key: any_key(dice),
        kind: *dice.pick(&EventKind::ALL),
        age: *dice.pick(&[None, Some(0), Some(90), Some(100_000), Some(u32::MAX)]),
    };
    let history = (0..dice.below(30)).map(|_| event(dice)).collect();
    let request = match dice.below(3) {
        0 => Request::recommend(history),
        1 => Request::similar(history),
        _ => Request { history, ..Request::trending() },
    };
    let channels = ChannelMask(*dice.pick(&[
        0b1111,
        0b1_1111_1111_1111,
        ChannelMask::ALL.0,
        0b0001,
        0b0110,
        0b1000,
        0b1110_0000_0000,
        0,
    ]));
    request.only(channels).context(any_context(dice)).exclude(any_keys(dice, 6)).limit(dice.below(16))
}

/// A request as a host makes one: by way of a profile.
fn any_visit(dice: &mut Dice) -> (Request, Vec<String>) {
    let mut profile = Profile::default();
    let mut minute = 0;
    for _ in 0..dice.below(25) {
        minute += dice.below(5000) as u32;
        let key = any_key(dice);
        match dice.below(12) {
            0 => profile.forget(&key),
            _ => profile.observe(*dice.pick(&EventKind::ALL), &key, minute).expect("a valid key"),
        }
    }
    profile.set_context(any_context(dice));
    let read = Profile::decode(&profile.encode());
    assert_eq!(read.as_ref(), Ok(&profile));
    let mut words = any_keys(dice, 2);
    words.extend((0..dice.below(3)).map(|_| (*dice.pick(&["seen", "purchased", "cart"])).to_owned()));
    let task = *dice.pick(&[Task::Recommend, Task::Similar, Task::Trending]);
    let seeds = any_keys(dice, 3);
    let request = Request::of_profile(task, &profile, &seeds, &words, minute + dice.below(1000) as u32);
    let mut never: Vec<String> = profile.hidden().to_vec();
    if words.iter().any(|word| word == "seen") {
        never.extend(profile.history(minute).into_iter().map(|event| event.key));
    }
    if task == Task::Similar {
        never.extend(seeds);
    }
    (request.limit(dice.below(16)), never)
}

fn check(recaller: &Recaller, request: &Request, response: &Response) {
    let results = &response.recommendations;
    let known = |key: &str| recaller.find(key).map(|item| item.0);
    assert!(results.len() <= request.limit);
    let keys: HashSet<&str> = results.iter().map(|result| result.key.as_str()).collect();
    assert_eq!(keys.len(), results.len(), "an item stands twice");
    assert!(request.exclude.iter().all(|key| !keys.contains(key.as_str())), "an excluded item came back");
    let order = |score: f32, key: &str| (std::cmp::Reverse(score.to_bits()), known(key));
    assert!(results.iter().all(|result| result.score > 0.0), "bits of positive floats are in the order of the floats");
    assert!(results.is_sorted_by(|a, b| order(a.score, &a.key) < order(b.score, &b.key)), "not the total order");
    let allowed = request.task.channels().and(request.channels);
    for result in results {
        assert_eq!(result.channels.and(allowed), result.channels, "a channel that was not asked");
        assert!((result.shares.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{result:?}");
        assert!(!result.why.is_empty() && result.why.iter().map(|why| why.share).sum::<f32>() < 1.0001, "{result:?}");
        for why in &result.why {
            assert!(result.channels.has(why.channel) && why.share > 0.0, "{result:?}");
            let trigger = why.trigger.map(|place| &request.history[place as usize]);
            let without =
                [ChannelId::Peers, ChannelId::Fresh, ChannelId::Crowd, ChannelId::Popular].contains(&why.channel);
            assert_eq!(trigger.is_none(), without, "{result:?}");
            assert!(trigger.is_none_or(|event| known(&event.key).is_some()), "an unknown item cannot be a reason");
        }
    }
    let crowd = allowed.has(ChannelId::Crowd) && request.context == Context::default();
    if crowd || allowed.has(ChannelId::Popular) {
        let seen = request.history.iter().filter(|_| request.is_new).map(|event| &event.key);
        let excluded: HashSet<u32> = request.exclude.iter().chain(seen).filter_map(|key| known(key)).collect();
        let most = ITEMS as usize - excluded.len();
        assert_eq!(results.len(), request.limit.min(most), "everyone's list holds the whole board");
    }
}

#[test]
fn every_answer_keeps_its_promises() {
    let mut dice = Dice::new(0xB0A2D);
    for recaller in [EXACT, Recipe { key: text_key, ..COMPACT }, LARGE, LISTED].map(|recipe| Build::new(recipe).open())
    {
        for _ in 0..ROUNDS {
            let request = any_request(&mut dice);
            check(&recaller, &request, &recaller.finish(&request).expect("a request that makes sense"));
        }
    }
}

#[test]
fn every_visit_is_respected() {
    let mut dice = Dice::new(0x0511);
    for recaller in [EXACT, Recipe { key: text_key, lists: true, ..COMPACT }, Recipe { lists: true, ..LARGE }]
        .map(|recipe| Build::new(recipe).open())
    {
        for _ in 0..ROUNDS {
            let (request, never) = any_visit(&mut dice);
            let response = recaller.finish(&request).expect("a request that makes sense");
            check(&recaller, &request, &response);
            assert!(response.recommendations.iter().all(|result| !never.contains(&result.key)), "{request:?}");
            assert_eq!(recaller.finish(&request), Ok(response), "the same request, the same answer");
        }
    }
}

#[test]
fn the_quick_test_of_a_selection_never_turns_away_what_would_be_kept() {
    let mut dice = Dice::new(0x70);
    for limit in 0..6 {
        let mut all: Vec<Candidate> = Vec::new();
        let mut quick = TopK::new(limit);
        // Few scores and ordinals in no order: most candidates tie with one that is kept.
        for item in [9u32, 2, 7, 0, 5, 8, 1, 4, 6, 3].map(Ordinal) {
            let candidate = Candidate { item, score: dice.below(3) as f32 };
            if quick.admits(candidate.score) {
                quick.push(candidate);
            }
            all.push(candidate);
        }
        all.sort_by(rank_order);
        assert_eq!(quick.into_sorted(), all[..limit]);
    }
}
