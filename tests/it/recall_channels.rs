//! Every channel on the checkerboard, where the right answer is known.

use std::collections::HashSet;

use edge_recall::candidate::CandidateList;
use edge_recall::format::manifest::{Decay, RetargetSpec, TowerKind, TriggerSpec, WalkSpec};
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::topk::rank_order;
use edge_recall::{EventKind, Recaller, Request};

use crate::board::{self, DIM, ITEMS, dot, text_key, vector};
use crate::fixture::{Build, EXACT, LISTED, Recipe, context, event, keys_of, open_board, views};

/// The board has two tables, which say the same of the others' channel; and what fills up an answer is not fused.
const WITHOUT_A_LIST: [ChannelId; 4] = [ChannelId::Ease, ChannelId::Last, ChannelId::Rank, ChannelId::Popular];

/// A board on which every other channel has something to say.
fn every_channel() -> Recaller {
    let triggers = TriggerSpec { window: 5, decay: Decay::Position(1.0) };
    let mut build = Build::new(LISTED);
    build.manifest.walk = Some(WalkSpec { table: 0, fan: 4, triggers });
    build.manifest.repeat = Some(triggers);
    build.manifest.retarget = Some(RetargetSpec { days: 3, share: 1.0 });
    build.open()
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

#[test]
fn i2i_goes_along_the_diagonals() {
    let recaller = open_board();
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
    let twice = vec![event(EventKind::View, "d3"), event(EventKind::Click, "d3")];
    assert_eq!(channel(&recaller, ChannelId::I2i, Request::recommend(twice)), [("c2".to_owned(), 0.875)]);
}

#[test]
fn next_goes_one_row_up_from_the_newest() {
    let recaller = open_board();
    for (history, expected) in [("b2", "b3"), ("c1", "c2"), ("d3", ""), ("b2 c1", "b3"), ("d3 c1", "")] {
        let history: Vec<&str> = history.split(' ').collect();
        let found = channel(&recaller, ChannelId::Next, Request::recommend(views(&history)));
        assert_eq!(keys(&found), expected, "{history:?}");
    }
}

#[test]
fn a_pooled_user_looks_for_their_colour() {
    let recaller = open_board();
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

/// Solves `(G + λI + Σ αw yyᵀ) x = Σ (1 + αw) y` over weighted items by Gauss-Jordan elimination.
fn folded(triggers: &[(u32, f64)], alpha: f64, lambda: f64) -> Vec<f64> {
    let at = |item: u32, place: usize| f64::from(vector(item)[place]);
    let mut rows: Vec<Vec<f64>> = (0..DIM)
        .map(|r| {
            let entry = |c: usize| {
                let gram: f64 = (0..ITEMS).map(|item| at(item, r) * at(item, c)).sum();
                let own: f64 = triggers.iter().map(|&(item, weight)| alpha * weight * at(item, r) * at(item, c)).sum();
                gram + own + if r == c { lambda } else { 0.0 }
            };
            let right = triggers.iter().map(|&(item, weight)| (1.0 + alpha * weight) * at(item, r)).sum();
            (0..DIM).map(entry).chain([right]).collect()
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
        let user = folded(&[(item, 1.0)], 2.0, 0.5);
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
        assert_eq!(
            channel(&recaller, ChannelId::U2i, similar.clone()),
            channel(&open_board(), ChannelId::U2i, similar)
        );
    }
}

#[test]
fn a_user_is_made_of_all_triggers_by_their_weight() {
    let history = [event(EventKind::View, "b2"), event(EventKind::Click, "c1"), event(EventKind::View, "b2")];
    let triggers = [(board::square("b2"), 2.0), (board::square("c1"), 2.5), (board::square("a2"), 1.0)];
    let request = Request::recommend(history.into_iter().chain([event(EventKind::View, "a2")]).collect());
    let mean = |place: usize| triggers.iter().map(|&(item, w)| w / 5.5 * f64::from(vector(item)[place])).sum::<f64>();
    let pooled = (0..DIM).map(mean).collect();
    for (tower, user) in
        [(TowerKind::Pool, pooled), (TowerKind::FoldIn { alpha: 2.0, lambda: 0.5 }, folded(&triggers, 2.0, 0.5))]
    {
        let recaller = Build::new(Recipe { tower, ..EXACT }).open();
        let found = channel(&recaller, ChannelId::U2i, request.clone());
        assert!(found.len() > 6, "{found:?}");
        for (key, score) in &found {
            let expected: f64 =
                user.iter().zip(vector(board::square(key))).map(|(x, y): (&f64, f32)| x * f64::from(y)).sum();
            assert!((f64::from(*score) - expected).abs() < 1e-5, "{tower:?} {key}: {score} and {expected}");
        }
    }
}

#[test]
fn a_shorter_list_is_the_beginning_of_the_longer() {
    let recaller = every_channel();
    let request = Request::recommend(views(&["b2", "c2", "a1"]));
    let whole = recaller.channel_lists(&request, 50);
    let proposing: Vec<ChannelId> = whole.iter().filter(|l| !l.candidates.is_empty()).map(|l| l.channel).collect();
    let expected = ChannelId::ALL.into_iter().filter(|&channel| !WITHOUT_A_LIST.contains(&channel));
    assert_eq!(proposing, expected.collect::<Vec<_>>());
    for list in &whole {
        let (list, channel) = (&list.candidates, list.channel);
        assert!(list.is_sorted_by(|a, b| rank_order(a, b).is_lt()), "{channel:?} is not in the total order");
        let items: HashSet<u32> = list.iter().map(|candidate| candidate.item.0).collect();
        assert_eq!(items.len(), list.len(), "{channel:?} proposes an item twice");
        let best = request.clone().exclude([text_key(list.first().map_or(0, |best| best.item.0))]);
        let others = recaller.channel_lists(&best.only(ChannelMask::of(channel)), 50);
        assert_eq!(others[0].candidates, list[list.len().min(1)..], "{channel:?} proposes what is excluded");
    }
    for depth in 0..12 {
        for (list, whole) in recaller.channel_lists(&request, depth).iter().zip(&whole) {
            assert_eq!(list.candidates, whole.candidates[..depth.min(whole.candidates.len())], "{:?}", list.channel);
        }
    }
}

#[test]
fn a_crowd_backs_off_until_there_is_one() {
    let backwards = "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1";
    let recaller = open_board();
    for (pairs, expected) in [
        (&[("age", "18"), ("sex", "F")][..], "c3"),
        (&[("age", "18"), ("sex", "M")], "b2 a1"),
        (&[("age", "18")], "b2 a1"),
        (&[("age", "25"), ("sex", "F")], backwards),
        (&[("sex", "F")], backwards),
        (&[], backwards),
    ] {
        let request = Request::trending().only(ChannelMask::of(ChannelId::Crowd)).context(context(pairs)).limit(50);
        assert_eq!(keys_of(&recaller.finish(&request).expect("an answer")).join(" "), expected, "{pairs:?}");
        let cold = Request::recommend(Vec::new()).context(context(pairs)).limit(50);
        assert_eq!(keys(&channel(&recaller, ChannelId::Crowd, cold)), expected, "{pairs:?}");
    }
}
