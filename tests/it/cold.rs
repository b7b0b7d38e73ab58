//! Visitors of whom little or nothing is known: whatever is missing, the list is full and says why.

use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::recaller::Task;
use edge_recall::{Recaller, Request, Response};
use serde_json::json;

use crate::board::ITEMS;
use crate::fixture::{Build, EXACT, LARGE, MASKED, Recipe, context, keys_of, views};
use crate::mechanism::read;

/// The board in one cell.
const ONE_CELL: Recipe = Recipe { cells: &[(0, ITEMS)], ..EXACT };

fn answer(recaller: &Recaller, request: &Request) -> Response {
    recaller.finish(request).expect("an answer")
}

fn text(response: &Response) -> String {
    keys_of(response).join(" ")
}

/// Everything that a cold visitor may lack, on every board.
fn cases() -> Vec<(String, Recaller, Request, usize)> {
    let contexts: [&[(&str, &str)]; 7] = [
        &[],
        &[("age", "18")],
        &[("sex", "F")],
        &[("age", "18"), ("sex", "F")],
        &[("age", "99"), ("sex", "F")],
        &[("city", "nowhere")],
        &[("age", "")],
    ];
    let histories: [&[&str]; 3] = [&[], &["stranger"], &["stranger", "unheard-of", "stranger"]];
    let mut cases = Vec::new();
    for (name, recipe) in [("one cell", ONE_CELL), ("two", EXACT), ("large", LARGE), ("masked", MASKED)] {
        let build = Build::new(recipe);
        let whole = build.open();
        let listless = whole.retuned(|manifest| manifest.crowd.keys.clear()).expect("a manifest");
        let weightless = whole.retuned(|manifest| manifest.fusion.weights.clear()).expect("a manifest");
        for (what, recaller) in [("whole", &whole), ("no keys of lists", &listless), ("no weights", &weightless)] {
            for pairs in contexts {
                for history in histories {
                    for task in [Task::Recommend, Task::Trending, Task::Similar] {
                        let request = Request { task, ..Request::recommend(views(history)) }.context(context(pairs));
                        let told = format!("{name}, {what}, {pairs:?}, {history:?}, {task:?}");
                        cases.push((told, recaller.clone(), request, ITEMS as usize - recipe.masked.len()));
                    }
                }
            }
        }
    }
    cases
}

#[test]
fn a_cold_visitor_gets_a_full_list_that_says_why() {
    for (told, recaller, request, admitted) in cases() {
        for limit in [0, 1, 3, 10, 50] {
            let request = request.clone().limit(limit);
            let response = answer(&recaller, &request);
            let results = &response.recommendations;
            // Nothing is like an item that nobody knows; all else is full.
            let most = if request.task == Task::Similar { 0 } else { limit.min(admitted) };
            assert_eq!(results.len(), most, "{told}: {}", text(&response));
            let order = |key: &str, score: f32| (std::cmp::Reverse(score.to_bits()), recaller.find(key));
            let of = |place: usize| order(&results[place].key, results[place].score);
            assert!((1..most).all(|place| of(place - 1) < of(place)), "{told}: not the total order");
            for result in results {
                assert!(!result.why.is_empty() && result.score > 0.0, "{told}: {result:?}");
                assert!((result.shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{told}: {result:?}");
            }
            // A list that is filled begins with the one that is not.
            let rules = read(&json!({ "channels": { "popular": 0 } })).expect("rules");
            let plain = answer(&recaller, &request.clone().rules(rules));
            assert_eq!(plain.recommendations[..], results[..plain.recommendations.len()], "{told}");
            let filled = &results[plain.recommendations.len()..];
            assert!(filled.iter().all(|result| result.channels == ChannelMask::of(ChannelId::Popular)), "{told}");
        }
    }
}

#[test]
fn what_is_popular_fills_in_the_order_of_gains() {
    // The board's gains ascend with the squares; without them there is the order of the squares.
    let young = |recipe| (Build::new(recipe).open(), Request::trending().context(context(&[("age", "18")])).limit(12));
    let (recaller, request) = young(LARGE);
    let response = answer(&recaller, &request);
    assert_eq!(text(&response), "b2 a1 d3 d2 d1 c3 c2 c1 b3 b1 a3 a2");
    let least = response.recommendations[1].score;
    let filled = |place: usize| (response.recommendations[place].score, response.recommendations[place].ranks);
    for (place, square) in (2..).zip([11u8, 10, 9, 8, 7, 6, 5, 3, 2, 1]) {
        let (score, ranks) = filled(place);
        assert_eq!(score, least * (f32::from(5 * square + 1) / 257.0));
        assert_eq!(usize::from(ranks[ChannelId::Popular as usize]), place - 1);
    }
    let (plain, request) = young(EXACT);
    assert_eq!(text(&answer(&plain, &request)), "b2 a1 a2 a3 b1 b3 c1 c2 c3 d1 d2 d3");
    assert_eq!(text(&answer(&plain, &request.limit(3))), "b2 a1 a2");
}

#[test]
fn what_fills_obeys_rules_too() {
    let recaller = Build::new(LARGE).open();
    let young = Request::trending().context(context(&[("age", "18")]));
    for (rules, k, expected) in [
        (json!({ "where": { "place": "left" } }), 12, "a1 a3 a2"),
        (json!({ "without": { "colour": "dark" } }), 4, "d3 d1 c2 b3"),
        (json!({ "exclude": ["b2", "d3"] }), 3, "a1 d2 d1"),
        // A pin stands where the filled list has that place, and is not filled in once more.
        (json!({ "pin": { "3": "d2" } }), 5, "b2 a1 d3 d2 d1"),
        (json!({ "spread": { "colour": 1 } }), 5, "b2 a1 d3 d1 d2"),
        // What a share holds back does not come by this door; what does not run may.
        (json!({ "channels": { "crowd": 0.25 } }), 4, "b2 d3 d2 d1"),
        (json!({ "channels": { "crowd": 0 } }), 3, "d3 d2 d1"),
        (json!({ "channels": { "popular": 0.25 } }), 8, "b2 a1 d3 d2"),
        (json!({ "channels": { "popular": 0 } }), 8, "b2 a1"),
        (json!({ "boost": [{ "where": { "row": 1 }, "by": 100 }] }), 5, "b2 a1 d1 c1 b1"),
    ] {
        let request = young.clone().rules(read(&rules).expect("rules")).limit(k);
        assert_eq!(text(&answer(&recaller, &request)), expected, "{rules}");
    }
    let page = Request { page: vec!["d3".into()], ..young.clone().limit(3) };
    assert_eq!(text(&answer(&recaller, &page)), "b2 a1 d2");
    let unknown = young.rules(read(&json!({ "where": { "size": 1 } })).expect("rules"));
    assert_eq!(text(&answer(&recaller, &unknown)), "", "nothing is known to be that");
}
