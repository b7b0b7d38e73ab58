//! Every channel on the checkerboard, where the right answer is known, and what the fused list promises.

use edge_recall::candidate::CandidateList;
use edge_recall::format::manifest::TowerKind;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::recaller::{MAX_LIMIT, Recommendation, Task};
use edge_recall::{Context, Error, EventKind, HistoryEvent, Profile, Recaller, Request};

use crate::board::{self, DIM, ITEMS, text_key, vector};
use crate::fixture::{Build, EXACT, Recipe, keys_of, views};

fn board() -> Recaller {
    Build::new(EXACT).open()
}

/// What one channel proposes, as keys and scores.
fn channel(recaller: &Recaller, channel: ChannelId, request: Request) -> Vec<(String, f32)> {
    let lists = recaller.channel_lists(&request.only(ChannelMask::of(channel)), 50);
    assert!(lists.iter().all(|list| list.channel == channel));
    let candidates = lists.iter().flat_map(|CandidateList { candidates, .. }| candidates);
    candidates.map(|c| (text_key(c.item.0), c.score)).collect()
}

fn keys(list: &[(String, f32)]) -> String {
    list.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(" ")
}

fn context(pairs: &[(&str, &str)]) -> Context {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn event(kind: EventKind, key: &str) -> HistoryEvent {
    HistoryEvent { key: key.into(), kind, age: None }
}

#[test]
fn i2i_goes_along_the_diagonals() {
    let recaller = board();
    for (history, expected) in [
        (views(&["b2"]), "c1 c3 a1 a3"),
        (views(&["a1"]), "b2"),
        // Position decay: the second item counts half.
        (views(&["b2", "c2"]), "c1 c3 d1 d3 a1 a3 b1 b3"),
        // Across the border of the cells, from both sides: b2 lies in the first, b3 in the second.
        (views(&["b2", "b3"]), "c1 c3 c2 a1 a3 a2"),
        (views(&["z9"]), ""),
        // A click weighs 2.5 by the manifest, a purchase 3 by default; without ages there is no decay by position.
        (vec![event(EventKind::View, "a1"), event(EventKind::Click, "d3"), event(EventKind::Purchase, "d1")], "c2 b2"),
        (vec![event(EventKind::Hide, "b2")], ""),
    ] {
        let found = channel(&recaller, ChannelId::I2i, Request::recommend(history.clone()));
        assert_eq!(keys(&found), expected, "{history:?}");
    }
    let clicked = channel(&recaller, ChannelId::I2i, Request::recommend(vec![event(EventKind::Click, "d3")]));
    assert_eq!(clicked, [("c2".to_owned(), 0.625)]);
}

#[test]
fn next_goes_one_row_up_from_the_newest() {
    let recaller = board();
    for (history, expected) in [("b2", "b3"), ("c1", "c2"), ("d3", ""), ("b2 c1", "b3"), ("d3 c1", "")] {
        let history: Vec<&str> = history.split(' ').collect();
        let found = channel(&recaller, ChannelId::Next, Request::recommend(views(&history)));
        assert_eq!(keys(&found), expected, "{history:?}");
    }
}

fn dot(a: &[f32; DIM], b: &[f32; DIM]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[test]
fn a_pooled_user_looks_for_their_colour() {
    let recaller = board();
    for item in 0..ITEMS {
        // All products are exact, so that the order of additions does not matter.
        let mut expected: Vec<(u32, f32)> =
            (0..ITEMS).map(|other| (other, dot(&vector(item), &vector(other)))).collect();
        expected.retain(|&(_, score)| score > 0.0);
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let expected: Vec<(String, f32)> = expected.iter().map(|&(item, score)| (text_key(item), score)).collect();
        let found = channel(&recaller, ChannelId::U2i, Request::recommend(views(&[&text_key(item)])));
        assert_eq!(found, expected);
    }
    let found = channel(&recaller, ChannelId::U2i, Request::recommend(views(&["b2"])));
    assert_eq!(keys(&found), "b2 d2 a1 a3 c1 c3 b1 b3 a2 c2");
}

/// Solves `(G + λI + αw yyᵀ) x = (1 + αw) y` by Gauss-Jordan elimination.
fn folded(y: &[f32; DIM], alpha: f64, lambda: f64, weight: f64) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> = (0..DIM)
        .map(|r| {
            let entry = |c: usize| {
                let gram: f64 = (0..ITEMS).map(|i| f64::from(vector(i)[r]) * f64::from(vector(i)[c])).sum();
                gram + alpha * weight * f64::from(y[r]) * f64::from(y[c]) + if r == c { lambda } else { 0.0 }
            };
            (0..DIM).map(entry).chain([(1.0 + alpha * weight) * f64::from(y[r])]).collect()
        })
        .collect();
    for pivot in 0..DIM {
        let own: Vec<f64> = rows[pivot].iter().map(|x| x / rows[pivot][pivot]).collect();
        for (place, row) in rows.iter_mut().enumerate() {
            let factor = row[pivot];
            let eliminated = |(x, o): (&f64, &f64)| if place == pivot { *o } else { x - factor * o };
            *row = row.iter().zip(&own).map(eliminated).collect();
        }
    }
    rows.iter().map(|row| row[DIM]).collect()
}

#[test]
fn a_folded_in_user_is_the_least_squares_one() {
    let recaller = Build::new(Recipe { tower: TowerKind::FoldIn { alpha: 2.0, lambda: 0.5 }, ..EXACT }).open();
    for item in 0..ITEMS {
        let user = folded(&vector(item), 2.0, 0.5, 1.0);
        let found = channel(&recaller, ChannelId::U2i, Request::recommend(views(&[&text_key(item)])));
        assert!(!found.is_empty());
        for (key, score) in &found {
            let expected: f64 = user.iter().zip(vector(board::square(key))).map(|(x, y)| x * f64::from(y)).sum();
            assert!((f64::from(*score) - expected).abs() < 1e-5, "{key}: {score} and {expected}");
        }
        let colours: Vec<bool> =
            found.iter().map(|(key, _)| board::dark(board::square(key)) == board::dark(item)).collect();
        assert!(colours.is_sorted_by(|a, b| a >= b), "the other colour ranks before the own one: {found:?}");
        // Similarity is a question of direction alone: it pools.
        let similar = Request::similar(views(&[&text_key(item)]));
        assert_eq!(channel(&recaller, ChannelId::U2i, similar.clone()), channel(&board(), ChannelId::U2i, similar));
    }
}

#[test]
fn a_crowd_backs_off_until_there_is_one() {
    let backwards = "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1";
    let recaller = board();
    for (pairs, expected) in [
        (&[("age", "18"), ("sex", "F")][..], "c3"),
        (&[("age", "18"), ("sex", "M")], "b2 a1"),
        (&[("age", "18")], "b2 a1"),
        (&[("age", "25"), ("sex", "F")], backwards),
        (&[("sex", "F")], backwards),
        (&[], backwards),
    ] {
        let request = Request::trending().context(context(pairs)).limit(50);
        assert_eq!(keys_of(&recaller.finish(&request).expect("an answer")).join(" "), expected, "{pairs:?}");
        let cold = Request::recommend(Vec::new()).context(context(pairs)).limit(50);
        assert_eq!(keys(&channel(&recaller, ChannelId::Crowd, cold)), expected, "{pairs:?}");
    }
}

/// Checks one result for the history `b2`: its score is the weighted sum of what the board says, and it says so itself.
fn check_result(result: &Recommendation) {
    let (own, item) = (board::square("b2"), board::square(&result.key));
    let weight_in =
        |row: Vec<(u32, f32)>| row.iter().find(|(target, _)| *target == item).map_or(0.0, |(_, weight)| *weight);
    let place = (ITEMS - 1 - item) as usize;
    let nearest = dot(&vector(own), &vector(board::square("d2")));
    let parts = [
        weight_in(board::diagonal(own)),
        0.5 * weight_in(board::above(own)) / 0.5,
        0.75 * dot(&vector(own), &vector(item)) / nearest,
        0.125 * board::crowd_score(place),
    ];
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
    let answer = board().finish(&request).expect("an answer");
    assert_eq!(answer.recommendations.len(), 11);
    answer.recommendations.iter().for_each(check_result);
    assert!(answer.recommendations.is_sorted_by(|a, b| a.score >= b.score));
    // Diagonal, same colour, high in the crowd's favour; then the other three diagonals; then the square above.
    assert_eq!(keys_of(&answer)[..6], ["c3", "c1", "a3", "a1", "d2", "b3"]);
    assert_eq!((answer.diagnostics.cells, answer.diagnostics.missing.len(), answer.diagnostics.unknown), (2, 0, 0));
}

#[test]
fn reasons_name_the_trigger_that_led_there() {
    // c2 is the second event: d1 and d3 lie on its diagonals, b1 and b3 too; c1 and c3 on those of b2, the third.
    let history = views(&["z9", "c2", "b2"]);
    let only = ChannelMask::of(ChannelId::I2i);
    let answer = board().finish(&Request::recommend(history).only(only).limit(50)).expect("an answer");
    assert_eq!(keys_of(&answer), ["d1", "d3", "c1", "c3", "b1", "b3", "a1", "a3"]);
    for result in &answer.recommendations {
        let source = if board::dark(board::square(&result.key)) { 2 } else { 1 };
        let triggers: Vec<_> = result.why.iter().map(|reason| (reason.trigger, reason.share)).collect();
        assert_eq!(triggers, [(Some(source), 1.0)], "{}", result.key);
    }
    assert_eq!(answer.diagnostics.unknown, 1);
    // b2 lies between a1 and c1: both lead there, c1 with a quarter of the weight and half the decay.
    let both = Request::recommend(views(&["a1", "c1"])).only(only).limit(1);
    let best = board().finish(&both).expect("an answer").recommendations.remove(0);
    let why: Vec<_> = best.why.iter().map(|reason| (reason.trigger, reason.share)).collect();
    assert_eq!((best.key.as_str(), best.score), ("b2", 1.0));
    assert_eq!(why, [(Some(0), 1.0 / 1.125), (Some(1), 0.125 / 1.125)]);
}

#[test]
fn limits_hold_and_lists_are_filled() {
    let recaller = board();
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
            let answer = board().finish(&request).expect("an answer");
            let missing: Vec<String> =
                (0..ITEMS).map(text_key).filter(|key| !keys_of(&answer).contains(&key.as_str())).collect();
            let mut gone: Vec<&str> = gone.to_vec();
            gone.sort_unstable();
            assert_eq!(missing, gone, "{task:?} without {words:?}");
        }
        let similar = Request::of_profile(Task::Similar, &profile, &["b2".to_owned()], &words, 10).limit(50);
        let answer = board().finish(&similar).expect("an answer");
        assert!(!keys_of(&answer).contains(&"b2"), "a seed is not like itself");
        assert!(gone.iter().all(|key| !keys_of(&answer).contains(key)));
    }
}

#[test]
fn similar_and_trending_use_their_own_channels() {
    let similar = board().finish(&Request::similar(views(&["b2"])).limit(50)).expect("an answer");
    assert_eq!(keys_of(&similar)[..4], ["c1", "c3", "a1", "a3"]);
    assert!(similar.recommendations.iter().all(|result| !result.channels.has(ChannelId::Crowd)));
    let history = Request { history: views(&["b2"]), ..Request::trending() };
    let trending = board().finish(&history.limit(50)).expect("an answer");
    for result in &trending.recommendations {
        assert_eq!((result.channels, result.shares), (ChannelMask::of(ChannelId::Crowd), [0.0, 0.0, 0.0, 1.0]));
        assert_eq!(
            result.why.iter().map(|why| (why.channel, why.trigger)).collect::<Vec<_>>(),
            [(ChannelId::Crowd, None)]
        );
    }
    // A list asked for by name does not stay empty because the learnt weight of its channel is zero.
    let unweighted = board().retuned(|manifest| manifest.fusion.weights.clear()).expect("a valid manifest");
    assert_eq!(unweighted.finish(&Request::trending()).expect("an answer").recommendations.len(), 10);
    assert!(unweighted.finish(&Request::recommend(views(&["b2"]))).expect("an answer").recommendations.is_empty());
}
