//! The fused list: its scores, its reasons, its limits, and what a profile keeps out of it.

use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::recaller::{MAX_LIMIT, Recommendation, Task};
use edge_recall::{Error, EventKind, Profile, Request};

use crate::board::{self, ITEMS, dot, text_key, vector};
use crate::fixture::{keys_of, open_board, views};

/// Checks one result for the history `b2`: its score is the weighted sum of what the board says, and it says so itself.
fn check_result(result: &Recommendation) {
    let (own, item) = (board::square("b2"), board::square(&result.key));
    let weight_in =
        |row: Vec<(u32, f32)>| row.iter().find(|(target, _)| *target == item).map_or(0.0, |(_, weight)| *weight);
    let place = (ITEMS - 1 - item) as usize;
    let nearest = dot(&vector(own), &vector(board::square("d2")));
    let parts = ChannelId::ALL.map(|channel| match channel {
        ChannelId::I2i => weight_in(board::diagonal(own)),
        ChannelId::Next => 0.5 * weight_in(board::above(own)) / 0.5,
        ChannelId::U2i => 0.75 * dot(&vector(own), &vector(item)) / nearest,
        ChannelId::Crowd => 0.125 * board::crowd_score(place),
        _ => 0.0,
    });
    let total: f32 = parts.iter().sum();
    assert!((result.score - total).abs() < 1e-5, "{result:?}: {total}");
    assert!((result.shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert!((result.why.iter().map(|reason| reason.share).sum::<f32>() - 1.0).abs() < 1e-5);
    for channel in ChannelId::ALL {
        let share = parts[channel as usize] / total;
        assert!((result.shares[channel as usize] - share).abs() < 1e-5, "{result:?}: {channel:?} {share}");
        assert_eq!(result.channels.has(channel), share > 0.0, "{result:?}: {channel:?}");
    }
    for reason in &result.why {
        assert_eq!(reason.trigger, (reason.channel != ChannelId::Crowd).then_some(0));
        assert_eq!(reason.share, result.shares[reason.channel as usize], "one trigger brings all of its channel");
    }
    assert!(result.why.is_sorted_by(|a, b| a.share >= b.share));
}

#[test]
fn the_fused_list_is_the_weighted_sum_and_explains_itself() {
    let request = Request::recommend(views(&["b2"])).exclude(["b2".to_owned()]).limit(50);
    let answer = open_board().finish(&request).expect("an answer");
    assert_eq!(answer.recommendations.len(), 11);
    answer.recommendations.iter().for_each(check_result);
    assert!(answer.recommendations.is_sorted_by(|a, b| a.score >= b.score));
    // Diagonal, same colour, high in the crowd's favour; then the other three diagonals; then the square above.
    assert_eq!(keys_of(&answer)[..6], ["c3", "c1", "a3", "a1", "d2", "b3"]);
    assert_eq!((answer.diagnostics.cells, answer.diagnostics.unknown), (2, 0));
}

#[test]
fn reasons_name_the_trigger_that_led_there() {
    // c2 is the second event: d1 and d3 lie on its diagonals, b1 and b3 too; c1 and c3 on those of b2, the third.
    let history = views(&["z9", "c2", "b2"]);
    let only = ChannelMask::of(ChannelId::I2i);
    let answer = open_board().finish(&Request::recommend(history).only(only).limit(50)).expect("an answer");
    assert_eq!(keys_of(&answer), ["d1", "d3", "c1", "c3", "b1", "b3", "a1", "a3"]);
    for result in &answer.recommendations {
        let source = if board::dark(board::square(&result.key)) { 2 } else { 1 };
        let triggers: Vec<_> = result.why.iter().map(|reason| (reason.trigger, reason.share)).collect();
        assert_eq!(triggers, [(Some(source), 1.0)], "{}", result.key);
    }
    assert_eq!(answer.diagnostics.unknown, 1);
    // b2 lies between a1 and c1: both lead there, c1 with a quarter of the weight and half the decay.
    let both = Request::recommend(views(&["a1", "c1"])).only(only).limit(1);
    let best = open_board().finish(&both).expect("an answer").recommendations.remove(0);
    let why: Vec<_> = best.why.iter().map(|reason| (reason.trigger, reason.share)).collect();
    assert_eq!((best.key.as_str(), best.score), ("b2", 1.0));
    assert_eq!(why, [(Some(0), 1.0 / 1.125), (Some(1), 0.125 / 1.125)]);
}

#[test]
fn limits_hold_and_lists_are_filled() {
    let recaller = open_board();
    let answered = |request: Request| recaller.finish(&request).map(|answer| answer.recommendations.len());
    for (limit, expected) in
        [(0, 0), (1, 1), (3, 3), (11, 11), (12, 12), (13, 12), (MAX_LIMIT, 12), (MAX_LIMIT + 1, 12)]
    {
        assert_eq!(answered(Request::recommend(views(&["b2"])).limit(limit)), Ok(expected), "limit {limit}");
    }
    let beyond = Request { limit: MAX_LIMIT + 1, ..Request::trending() };
    assert!(matches!(answered(beyond), Err(Error::Request { .. })));
    let excluded = ["d3", "d2", "nonsense", "d3"].map(str::to_owned);
    let answer = recaller.finish(&Request::trending().exclude(excluded).limit(3)).expect("an answer");
    assert_eq!(keys_of(&answer), ["d1", "c3", "c2"], "what is excluded leaves its place to others");
}

#[test]
fn hidden_items_never_come_back_and_words_exclude() {
    let mut profile = Profile::default();
    for (minute, (kind, key)) in (0..).zip([
        (EventKind::Hide, "c3"),
        (EventKind::Purchase, "a3"),
        (EventKind::Cart, "d2"),
        (EventKind::View, "b2"),
    ]) {
        profile.observe(kind, key, minute).expect("a key");
    }
    for (words, gone) in [
        (&[][..], &["c3"][..]),
        (&["purchased"], &["c3", "a3"]),
        (&["cart"], &["c3", "d2"]),
        (&["seen"], &["c3", "a3", "d2", "b2"]),
        (&["purchased", "a1"], &["c3", "a3", "a1"]),
    ] {
        let words: Vec<String> = words.iter().map(|&word| word.into()).collect();
        for task in [Task::Recommend, Task::Trending] {
            let request = Request::of_profile(task, &profile, &[], &words, 10).limit(50);
            let answer = open_board().finish(&request).expect("an answer");
            let missing: Vec<String> =
                (0..ITEMS).map(text_key).filter(|key| !keys_of(&answer).contains(&key.as_str())).collect();
            let mut gone: Vec<&str> = gone.to_vec();
            gone.sort_unstable();
            assert_eq!(missing, gone, "{task:?} without {words:?}");
        }
        let similar = Request::of_profile(Task::Similar, &profile, &["b2".to_owned()], &words, 10).limit(50);
        let answer = open_board().finish(&similar).expect("an answer");
        assert!(!keys_of(&answer).contains(&"b2"), "a seed is not like itself");
        assert!(gone.iter().all(|key| !keys_of(&answer).contains(key)));
    }
}

#[test]
fn similar_and_trending_use_their_own_channels() {
    let similar = open_board().finish(&Request::similar(views(&["b2"])).limit(50)).expect("an answer");
    assert_eq!(keys_of(&similar)[..4], ["c1", "c3", "a1", "a3"]);
    assert!(similar.recommendations.iter().all(|result| !result.channels.has(ChannelId::Crowd)));
    let history = Request { history: views(&["b2"]), ..Request::trending() };
    let trending = open_board().finish(&history.limit(50)).expect("an answer");
    for result in &trending.recommendations {
        let crowd = ChannelId::ALL.map(|channel| f32::from(u8::from(channel == ChannelId::Crowd)));
        assert_eq!((result.channels, result.shares), (ChannelMask::of(ChannelId::Crowd), crowd));
        assert_eq!(
            result.why.iter().map(|why| (why.channel, why.trigger)).collect::<Vec<_>>(),
            [(ChannelId::Crowd, None)]
        );
    }
    // A seed was given, not touched: what a view weighs does not matter to it.
    let worthless =
        open_board().retuned(|manifest| manifest.events = vec![("view".to_owned(), 0.0)]).expect("a manifest");
    assert_eq!(worthless.finish(&Request::similar(views(&["b2"])).limit(50)).expect("an answer"), similar);
    assert!(
        worthless
            .channel_lists(&Request::recommend(views(&["b2"])), 9)
            .iter()
            .all(|list| list.channel == ChannelId::Crowd || list.candidates.is_empty())
    );
    // A channel without weight takes no part, not even in name.
    let silent = open_board().retuned(|manifest| manifest.fusion.weights[2].weight = 0.0).expect("a valid manifest");
    let answer = silent.finish(&Request::recommend(views(&["b2"])).limit(50)).expect("an answer");
    assert!(answer.recommendations.iter().all(|result| !result.channels.has(ChannelId::U2i)));
    // A list asked for by name does not stay empty because the learnt weight of its channel is zero.
    let unweighted = open_board().retuned(|manifest| manifest.fusion.weights.clear()).expect("a valid manifest");
    assert_eq!(unweighted.finish(&Request::trending()).expect("an answer").recommendations.len(), 10);
    assert!(unweighted.finish(&Request::recommend(views(&["b2"]))).expect("an answer").recommendations.is_empty());
}
