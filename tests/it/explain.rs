//! One item explained: where it stands, or why it does not and what the channels would give to it, on the board.

use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::mechanism::filter::Held;
use edge_recall::{Recaller, Request};
use serde_json::json;

use crate::board::{ITEMS, text_key};
use crate::fixture::{Build, MASKED, open_board, views};
use crate::mechanism::read;

fn held(recaller: &Recaller, request: &Request, key: &str) -> Option<Held> {
    recaller.explain(request, key).expect("an explanation").held
}

#[test]
fn every_way_to_be_held_is_told() {
    let board = Build::new(MASKED).open();
    let rules = json!({ "where": { "colour": "dark" }, "without": { "row": { "min": 3 } }, "exclude": ["b1"] });
    let request = Request::recommend(views(&["b2"])).exclude(["b2".into()]);
    let request = request.rules(read(&rules).expect("rules")).limit(1);
    let request = Request { page: vec!["c1".into()], ..request };
    // Answered with a1 alone.
    for (key, expected) in [
        ("stranger", Some(Held::Unknown)),
        ("b1", Some(Held::Excluded)),
        ("c1", Some(Held::Excluded)),
        ("c2", Some(Held::Masked)),
        ("a2", Some(Held::Where)),
        ("c3", Some(Held::Without)),
        ("d2", Some(Held::Depth)),
        ("a1", None),
    ] {
        assert_eq!(held(&board, &request, key), expected, "{key}");
    }
    let of_the_table = request.only(ChannelMask::of(ChannelId::I2i));
    assert_eq!(held(&board, &of_the_table, "d2"), Some(Held::Unproposed));
    assert_eq!(board.explain(&of_the_table, "d2").expect("an explanation").recommendation, None);
}

#[test]
fn what_is_held_back_has_the_scores_that_it_would_have() {
    let board = open_board();
    let everything = Request::recommend(views(&["b2", "c1"])).limit(ITEMS as usize);
    let whole = board.finish(&everything).expect("an answer").recommendations;
    assert_eq!(whole.len(), ITEMS as usize);
    for (place, result) in (0..).zip(&whole) {
        let shown = board.explain(&everything, &result.key).expect("an explanation");
        assert_eq!((shown.place, shown.held), (Some(place), None));
        assert_eq!(shown.recommendation.as_ref(), Some(result));
        for (request, why) in [
            (everything.clone().limit(0), Held::Depth),
            (everything.clone().exclude([result.key.clone()]), Held::Excluded),
            (Request { page: vec![result.key.clone()], ..everything.clone() }, Held::Excluded),
        ] {
            let hidden = board.explain(&request, &result.key).expect("an explanation");
            assert_eq!((hidden.place, hidden.held), (None, Some(why)), "{}", result.key);
            assert_eq!(hidden.recommendation.as_ref(), Some(result), "{}", result.key);
        }
    }
}

#[test]
fn an_item_is_held_or_in_the_answer() {
    let board = Build::new(MASKED).open();
    for rules in [
        json!({}),
        json!({ "where": { "colour": "light" }, "pin": { "1": "a1" } }),
        json!({ "spread": { "place": 1 }, "channels": { "crowd": 0.2 } }),
        json!({ "diversity": 0.5, "fusion": "rounds" }),
    ] {
        let request = Request::recommend(views(&["b2"])).rules(read(&rules).expect("rules")).limit(4);
        let answer = board.finish(&request).expect("an answer").recommendations;
        for key in (0..ITEMS).map(text_key) {
            let explanation = board.explain(&request, &key).expect("an explanation");
            let place = answer.iter().position(|result| result.key == key);
            assert_eq!(explanation.place.map(|place| place as usize), place, "{rules} {key}");
            assert_eq!(explanation.held.is_none(), place.is_some(), "{rules} {key}");
        }
    }
}
