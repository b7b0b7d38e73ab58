//! Rules over the board, every answer written by hand. Everyone's list, which `trending` gives, is the board backwards:
//! d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1. The row of a1 and the colour of d3 are unknown; d1 would be light, a1 is dark.

use edge_recall::format::json::Json;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::mechanism::filter::Held;
use edge_recall::mechanism::rules::Rules;
use edge_recall::recaller::Task;
use edge_recall::{Error, Recaller, Request};
use serde_json::{Value, json};

use crate::fixture::{Build, EXACT, LARGE, MASKED, context, keys_of, open_board, views};

pub fn read(json: &Value) -> Result<Rules, Error> {
    Rules::read(&Json::from(json.clone()))
}

/// A request under rules; at most `k` results.
fn under(request: Request, rules: &Value, k: usize) -> Request {
    request.rules(read(rules).expect("rules")).limit(k)
}

fn answer(recaller: &Recaller, request: &Request) -> String {
    keys_of(&recaller.finish(request).expect("an answer")).join(" ")
}

/// The list of everyone under rules.
fn trending(rules: &Value, k: usize) -> String {
    answer(&open_board(), &under(Request::trending(), rules, k))
}

#[test]
fn where_and_without_leave_out_and_the_list_stays_full() {
    for (rules, expected) in [
        (json!({}), "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        (json!({ "where": { "colour": "light" } }), "d1 c2 b3 b1 a2"),
        (json!({ "where": { "colour": ["light", "dark"] } }), "d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        (json!({ "where": { "row": { "min": 3 } } }), "d3 c3 b3 a3"),
        (json!({ "where": { "row": { "min": 2, "max": 2 } } }), "d2 c2 b2 a2"),
        (json!({ "where": { "row": { "max": 1.5 } } }), "d1 c1 b1"),
        (json!({ "where": { "row": [1, 3] } }), "d3 d1 c3 c1 b3 b1 a3"),
        (json!({ "where": { "row": true } }), "d1 c1 b1"),
        (json!({ "where": { "place": "left" } }), "a3 a2 a1"),
        (json!({ "where": { "place": ["left"], "colour": "dark" } }), "a3 a1"),
        (json!({ "where": { "colour": "green" } }), ""),
        (json!({ "where": { "colour": [] } }), ""),
        (json!({ "where": { "size": "dark" } }), ""),
        (json!({ "where": { "colour": null } }), "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        (json!({ "without": { "place": "edge" } }), "d2 c2 b2 a2"),
        (json!({ "without": { "colour": "dark", "row": { "min": 3 } } }), "d1 c2 b1 a2"),
        (json!({ "without": { "size": 4 } }), "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        (json!({ "exclude": ["d3", "c1", "stranger"] }), "d2 d1 c3 c2 b3 b2 b1 a3 a2 a1"),
    ] {
        assert_eq!(trending(&rules, 50), expected, "{rules}");
    }
    // A filter acts inside the channels: the first three that pass, not those of the first three.
    assert_eq!(trending(&json!({ "where": { "place": "left" } }), 2), "a3 a2");
}

#[test]
fn every_task_obeys() {
    let light = json!({ "where": { "colour": "light" } });
    let board = open_board();
    for request in [Request::recommend(views(&["b2"])), Request::similar(views(&["b2"])), Request::trending()] {
        let answer = board.finish(&under(request.clone(), &light, 50)).expect("an answer");
        let mut keys = keys_of(&answer);
        keys.sort_unstable();
        // Nothing but the list of everyone leads from b2 to d1: another colour, column and row.
        let all = ["a2", "b1", "b3", "c2", "d1"];
        assert_eq!(keys, all[..if request.task == Task::Similar { 4 } else { 5 }], "{:?}", request.task);
    }
}

#[test]
fn spread_binds_until_nothing_else_is_left() {
    let one = json!({ "spread": { "place": 1 } });
    assert_eq!(trending(&one, 4), "d3 d2 c2 b2");
    // a2 is the only other one that is not on the edge; then the rest in order.
    assert_eq!(trending(&one, 7), "d3 d2 c2 b2 a2 d1 c3");
    assert_eq!(trending(&json!({ "spread": { "place": 2, "colour": 1 } }), 4), "d3 d2 d1 c3");
    assert_eq!(trending(&json!({ "spread": { "row": 1 } }), 4), "d3 d2 d1 a1", "numbers spread, too");
    assert_eq!(trending(&json!({ "spread": { "size": 1 } }), 3), "d3 d2 d1", "nobody has a size");
}

#[test]
fn a_page_is_filled_slot_by_slot() {
    let board = open_board();
    let mut request = under(Request::trending(), &json!({ "spread": { "place": 1 } }), 2);
    assert_eq!(answer(&board, &request), "d3 d2");
    request.page = vec!["d3".into(), "d2".into(), "stranger".into()];
    assert_eq!(answer(&board, &request), "c2 b2");
    request.rules = Rules::default();
    assert_eq!(answer(&board, &request), "d1 c3", "without rules a page only keeps its items away");
}

#[test]
fn pins_stand_at_their_places() {
    for (rules, k, expected) in [
        (json!({ "pin": { "1": "a1" } }), 3, "d3 a1 d2"),
        (json!({ "pin": { "0": "a1", "2": "d3" } }), 3, "a1 d2 d3"),
        (json!({ "pin": { "1": "d3" } }), 2, "d2 d3"),
        (json!({ "pin": { "3": "a1" } }), 3, "d3 d2 d1"),
        (json!({ "pin": { "0": "a1", "1": "a1" } }), 3, "a1 d3 d2"),
        (json!({ "pin": { "0": "stranger" } }), 2, "d3 d2"),
        (json!({ "pin": { "0": "a1" }, "exclude": ["a1"] }), 2, "d3 d2"),
        // Who pins an item knows what it is.
        (json!({ "pin": { "1": "d2" }, "where": { "colour": "light" }, "without": { "row": 2 } }), 9, "d1 d2 b3 b1"),
        (json!({ "pin": { "1": "c3" }, "spread": { "place": 1 } }), 3, "d2 c3 c2"),
        // The list ends before the pins' places: they follow, in order.
        (json!({ "pin": { "9": "d2", "8": "c3" }, "where": { "place": "left" } }), 20, "a3 a2 a1 c3 d2"),
    ] {
        assert_eq!(trending(&rules, k), expected, "{rules}");
    }
    let masked = Build::new(MASKED).open();
    let pin = under(Request::trending(), &json!({ "pin": { "0": "c2", "1": "a1" } }), 3);
    assert_eq!(answer(&masked, &pin), "d2 a1 d1", "c2 and d3 are masked");
    let page = Request { page: vec!["a1".into()], ..pin };
    assert_eq!(answer(&masked, &page), "d2 d1 c3", "a1 stands on the page");
}

#[test]
fn a_pin_that_nothing_proposed_has_no_score_and_no_reason() {
    let request = Request::trending().context(context(&[("age", "18")]));
    let request = under(request, &json!({ "pin": { "0": "d3", "5": "a1" }, "channels": { "popular": 0 } }), 10);
    let response = open_board().finish(&request).expect("an answer");
    assert_eq!(keys_of(&response), ["d3", "b2", "a1"]);
    let [pinned, first, last] = &response.recommendations[..] else { panic!("three results") };
    assert_eq!(
        (pinned.score, pinned.channels, pinned.shares),
        (0.0, ChannelMask::default(), [0.0; ChannelId::ALL.len()])
    );
    assert!(pinned.why.is_empty());
    for proposed in [first, last] {
        assert!(proposed.score > 0.0 && proposed.shares.iter().sum::<f32>() == 1.0 && !proposed.why.is_empty());
    }
}

#[test]
fn boosts_move_items_and_leave_their_scores() {
    let dark = |by: f32| json!({ "boost": [{ "where": { "colour": "dark" }, "by": by }] });
    assert_eq!(trending(&dark(100.0), 2), "d2 c3");
    assert_eq!(trending(&dark(0.0), 12), "d3 d1 c2 b3 b1 a2 a1 a3 b2 c1 c3 d2", "no score: by ordinal");
    // (240 / 255)² = .886 of d2 becomes 1.77, (210 / 255)² = .678 of c3 1.36, (180 / 255)² = .498 of c1 .997 < 1.
    assert_eq!(trending(&dark(2.0), 4), "d2 c3 d3 c1");
    let both = json!({ "boost": [
        { "where": { "colour": "dark" }, "by": 2 }, { "where": { "place": "left" }, "by": 10 }, { "where": {}, "by": 3 }
    ] });
    // (120 / 255)² = .221 of a3 becomes 4.43, (90 / 255)² = .125 of a1 2.49, (105 / 255)² = .170 of a2 1.70, d2 as before.
    assert_eq!(trending(&both, 5), "a3 a1 d2 a2 c3");
    let many = json!({ "boost": [
        { "where": { "colour": "dark" }, "by": 100 }, { "where": { "colour": "dark" }, "by": 100 },
        { "where": { "colour": "light" }, "by": 100 }
    ] });
    assert_eq!(trending(&many, 4), "d2 d1 c3 c2", "together no more than 100");
    let (board, plain) = (open_board(), Request::trending().limit(12));
    let scores = |request: &Request| {
        let mut all = board.finish(request).expect("an answer").recommendations;
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    };
    assert_eq!(scores(&under(plain.clone(), &dark(100.0), 12)), scores(&plain));
}

#[test]
fn popularity_takes_over() {
    let popular = json!({ "popularity": 1 });
    let request = under(Request::recommend(views(&["b2"])), &popular, 4);
    assert_eq!(answer(&Build::new(LARGE).open(), &request), "d3 d2 d1 c3");
    assert_eq!(answer(&open_board(), &request), "a1 a2 a3 b1", "nobody knows what is popular: by ordinal");
    // For b2 alone c3 leads; d3, the most popular, follows from the knob's middle on.
    let plain = answer(&Build::new(LARGE).open(), &under(request.clone(), &json!({ "popularity": 0 }), 4));
    assert!(plain.starts_with("b2 ") || plain.starts_with("c3 "), "{plain}");
}

#[test]
fn diversity_turns_away_from_what_is_shown() {
    // d3 is light, c1 dark and in another column and row; then d2 shares no more with c1 than colour, and ranks first.
    assert_eq!(trending(&json!({ "diversity": 1 }), 3), "d3 c1 d2");
    let mut request = under(Request::trending(), &json!({ "diversity": 1 }), 2);
    request.page = vec!["d3".into()];
    assert_eq!(answer(&open_board(), &request), "c1 d2", "the page counts");
}

#[test]
fn channels_keep_to_their_shares() {
    let only = ChannelMask::of(ChannelId::I2i).with(ChannelId::Crowd);
    let asked = |share: f32, k| {
        let request = Request::recommend(views(&["b2"])).exclude(["b2".into()]).only(only);
        answer(&open_board(), &under(request, &json!({ "channels": { "i2i": share, "stranger": 0 } }), k))
    };
    // The table proposes the diagonals c3 c1 a3 a1, the crowd everything.
    assert_eq!(asked(1.0, 5), "c3 c1 a3 a1 d3");
    assert_eq!(asked(0.2, 5), "c3 d3 d2 d1 c2");
    assert_eq!(asked(0.2, 10), "c3 c1 d3 d2 d1 c2 b3 b1 a2");
    assert_eq!(asked(0.21, 10), "c3 c1 a3 d3 d2 d1 c2 b3 b1 a2");
    assert_eq!(asked(0.0, 3), "d3 d2 d1");
    assert_eq!(asked(0.001, 2), "c3 d3", "a channel that runs may propose something");
    assert_eq!(asked(0.07, 100), asked(1.0, 100), "seven of a hundred: there are only four");
}

#[test]
fn an_item_that_may_not_come_back_says_why() {
    let board = Build::new(MASKED).open();
    let rules = json!({ "where": { "colour": "dark" }, "without": { "row": { "min": 3 } }, "exclude": ["b1"] });
    let request = under(Request::recommend(views(&["b2"])).exclude(["b2".into()]), &rules, 5);
    let request = Request { page: vec!["c1".into()], ..request };
    for (key, held) in [
        ("stranger", Some(Held::Unknown)),
        ("b2", Some(Held::Excluded)),
        ("b1", Some(Held::Excluded)),
        ("c1", Some(Held::Excluded)),
        ("c2", Some(Held::Masked)),
        ("a2", Some(Held::Where)),
        ("c3", Some(Held::Without)),
        ("d2", None),
        ("a1", None),
    ] {
        assert_eq!(board.held(&request, key), held, "{key}");
    }
    assert_eq!(answer(&board, &request), "a1 d2", "of the diagonals only a1 is left, and the best of its list");
}

#[test]
fn what_is_wrong_with_rules_is_said_with_what_would_be_right() {
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    let object = |value: Value| Value::Object(many.iter().map(|name| (name.clone(), value.clone())).collect());
    for (field, wrong) in [
        ("exclude", vec![json!("a"), json!([1]), json!({}), json!(many)]),
        (
            "where",
            vec![json!([]), json!("a"), json!({ "a": [[1]] }), json!({ "a": {} }), json!({ "a": { "min": "b" } })],
        ),
        ("where", vec![json!({ "a": many }), object(json!(1)), json!({ "a": [null] })]),
        ("without", vec![json!(1), json!({ "a": { "maximum": 3 } })]),
        ("boost", vec![json!({}), json!([{}]), json!([{ "by": -1 }]), json!([{ "by": 101 }]), json!([{ "by": "1" }])]),
        ("boost", vec![json!([{ "by": 1, "where": 3 }]), json!(vec![json!({ "by": 1 }); 1001])]),
        (
            "pin",
            vec![json!(["a"]), json!({ "a": "b" }), json!({ "": "b" }), json!({ "10000": "b" }), json!({ "0": 1 })],
        ),
        ("spread", vec![json!(1), json!({ "a": 0 }), json!({ "a": 1.5 }), json!({ "a": "1" }), object(json!(1))]),
        ("diversity", vec![json!(-0.1), json!(1.1), json!("1"), json!(true)]),
        ("popularity", vec![json!(2), json!([])]),
        ("rotation", vec![json!(-1), json!(1.5), json!("1")]),
        ("templates", vec![json!(0), json!(1.5), json!(101), json!({})]),
        ("channels", vec![json!([]), json!({ "crowd": 1.5 }), json!({ "crowd": true }), json!({ "no such": "a" })]),
    ] {
        for value in wrong {
            let error = read(&json!({ field: value })).expect_err(field);
            assert_eq!(error.code(), "bad-request");
            let message = error.message();
            assert!(message.starts_with(&format!("request: `{field}` must be ")), "{message}");
            assert!(message.ends_with("at most 1000 entries each"), "{message}");
        }
    }
    assert!(read(&json!([])).expect_err("an array").message().contains("`rules` must be an object"));
}

#[test]
fn rules_read_as_they_are_written() {
    assert_eq!(read(&json!(null)), Ok(Rules::default()));
    let nothing = json!({ "exclude": null, "where": null, "pin": {}, "spread": null, "diversity": null, "later": [1] });
    assert_eq!(read(&nothing), Ok(Rules::default()));
    let rules = read(&json!({ "where": { "a": [7, "x", true, 1.5] }, "pin": { "07": "x" }, "spread": { "a": 3 } }));
    let rules = rules.expect("rules");
    let value = |text| edge_recall::ids::Value::of("a", text);
    assert_eq!(rules.wanted[0].test.values, ["7", "x", "true"].map(value));
    assert_eq!(rules.wanted[0].test.ranges, [(7.0, 7.0), (1.0, 1.0), (1.5, 1.5)]);
    assert_eq!((rules.pin[0].place, rules.pin[0].key.as_str(), rules.spread[0].most), (7, "x", 3));
    assert_eq!(Build::new(EXACT).open().finish(&Request::trending().rules(Rules::default()).limit(3)), {
        open_board().finish(&Request::trending().limit(3))
    });
}
