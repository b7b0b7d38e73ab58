//! What the profile remembers, over the board: purchases that close kinds, exposures that tire, pages that turn. Every answer is
//! written by hand: everyone's list is the board backwards, and dark are a1 a3 b2 c1 c3 d2; the colour of d3 is unknown.

use edge_recall::format::manifest::PurchaseSpec;
use edge_recall::ids::{ChannelId, ChannelMask, hash};
use edge_recall::mechanism::filter::Held;
use edge_recall::profile::{MINUTES_A_DAY, Traces};
use edge_recall::recaller::Task;
use edge_recall::{EventKind, HistoryEvent, Profile, Recaller, Request};
use serde_json::{Value, json};

use EventKind::{Click, Hide, Purchase, View};

use crate::fixture::{Build, EXACT, keys_of, open_board};
use crate::mechanism::read;

/// Closes the colour of what is bought for 14 days, light for two; what is in row 1 is bought again and again.
fn open(release: u32) -> Recaller {
    let mut build = Build::new(EXACT);
    build.manifest.purchases = Some(PurchaseSpec {
        attribute: "colour".into(),
        days: 14,
        periods: vec![("light".into(), 2)],
        release,
        consumable: "row".into(),
    });
    build.open()
}

/// Everyone's list for who has that history (newest first: kind, key, days ago).
fn after(events: &[(EventKind, &str, u32)]) -> Request {
    let age = |days: u32| Some(days * MINUTES_A_DAY);
    let event = |&(kind, key, days): &(EventKind, &str, u32)| HistoryEvent { key: key.into(), kind, age: age(days) };
    Request::recommend(events.iter().map(event).collect()).only(ChannelMask::of(ChannelId::Crowd)).limit(50)
}

fn answer(recaller: &Recaller, request: &Request) -> String {
    keys_of(&recaller.finish(request).expect("an answer")).join(" ")
}

#[test]
fn a_purchase_closes_its_kind_for_a_while_and_the_item_for_good() {
    let board = open(3);
    for (events, expected) in [
        (&[(Purchase, "d2", 1)][..], "d3 d1 c2 b3 b1 a2"),
        // Three clicks on its kind end that, before the purchase they count nothing.
        (
            &[(Click, "a1", 0), (View, "a1", 0), (Click, "c3", 0), (Purchase, "d2", 1)],
            "d3 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1",
        ),
        (&[(Click, "a1", 0), (View, "a1", 0), (Hide, "c3", 0), (Purchase, "d2", 1)], "d3 d1 c2 b3 b1 a2"),
        (&[(Click, "c2", 0), (Click, "b1", 0), (Click, "b3", 0), (Purchase, "d2", 1)], "d3 d1 c2 b3 b1 a2"),
        (&[(Purchase, "d2", 1), (Click, "a1", 2), (Click, "a1", 2), (Click, "a1", 2)], "d3 d1 c2 b3 b1 a2"),
        // Released, and bought again.
        (
            &[(Purchase, "a3", 0), (Click, "a1", 1), (Click, "a1", 1), (Click, "a1", 1), (Purchase, "d2", 2)],
            "d3 d1 c2 b3 b1 a2",
        ),
        (&[(Purchase, "d2", 13)], "d3 d1 c2 b3 b1 a2"),
        (&[(Purchase, "d2", 14)], "d3 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        // Light has a period of its own.
        (&[(Purchase, "c2", 1)], "d3 d2 c3 c1 b2 a3 a1"),
        (&[(Purchase, "c2", 2)], "d3 d2 d1 c3 c1 b3 b2 b1 a3 a2 a1"),
        // What has no colour closes none.
        (&[(Purchase, "d3", 1)], "d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        // What is used up comes back with its kind.
        (&[(Purchase, "c1", 13)], "d3 d1 c2 b3 b1 a2"),
        (&[(Purchase, "c1", 14)], "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        (&[(Purchase, "stranger", 0)], "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
    ] {
        assert_eq!(answer(&board, &after(events)), expected, "{events:?}");
    }
    let unknown = Request {
        history: vec![HistoryEvent { age: None, ..after(&[(Purchase, "d2", 0)]).history.remove(0) }],
        ..after(&[])
    };
    assert_eq!(answer(&board, &unknown), "d3 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1", "of unknown age: the item alone");
    assert_eq!(
        answer(&open_board(), &after(&[(Purchase, "d2", 0)])),
        "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1",
        "without the field"
    );
}

#[test]
fn what_holds_a_purchase_back_is_told_and_pins_may_show_its_kind() {
    let board = open(1);
    let rules = read(&json!({ "pin": { "0": "a1", "1": "d2" }, "where": { "colour": "light" } })).expect("rules");
    let request = after(&[(Purchase, "d2", 1)]).rules(rules).limit(3);
    for (key, held) in [("d2", Held::Purchased), ("c3", Held::Period), ("d3", Held::Where)] {
        assert_eq!(board.held(&request, key), Some(held), "{key}");
        assert_eq!(board.explain(&request, key).expect("an explanation").held, Some(held), "{key}");
    }
    assert_eq!(answer(&board, &request), "a1 d1 c2");
}

#[test]
fn what_was_bought_is_remembered_by_its_hash() {
    let remembered = Request {
        traces: Traces { purchased: ["d3", "c1"].map(|key| (hash(&[key]), 0)).to_vec(), ..Traces::default() },
        ..after(&[])
    };
    assert_eq!(answer(&open(3), &remembered), "d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1", "c1 is used up by now");
    assert_eq!(answer(&open_board(), &remembered), "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1");
    let trending = Request { task: Task::Trending, ..remembered.clone() };
    assert_eq!(answer(&open(3), &trending), "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1", "the crowd's list is not personal");

    let mut profile = Profile::default();
    profile.observe(Purchase, "d3", 0).expect("a key");
    let much_later = 400 * MINUTES_A_DAY;
    for (word, held) in [("purchased", Some(Held::Excluded)), ("cart", None)] {
        let request = Request::of_profile(Task::Recommend, &profile, &[], &[word.to_owned()], much_later);
        assert_eq!(open_board().held(&request, "d3"), held, "{word}");
    }
}

/// Everyone's list under rules, for who was shown these items so many minutes ago.
fn shown(rules: &Value, items: &[(&str, u32)], turn: u32, k: usize) -> String {
    let exposures = items.iter().map(|&(key, age)| (hash(&[key]), age)).collect();
    let request = Request {
        traces: Traces { exposures, turn, ..Traces::default() },
        ..Request::trending().rules(read(rules).expect("rules")).limit(k)
    };
    answer(&open_board(), &request)
}

#[test]
fn each_exposure_halves_and_is_half_forgotten_after_two_days() {
    let backwards = "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1";
    let five = [("d3", 0), ("d2", 0)].repeat(5);
    // 1/32 of 1 and of .886; a1 has .125.
    assert_eq!(shown(&json!({ "rotation": 1 }), &five, 0, 50), "d1 c3 c2 c1 b3 b2 b1 a3 a2 a1 d3 d2");
    assert_eq!(shown(&json!({ "rotation": 0 }), &five, 0, 50), backwards);
    assert_eq!(shown(&json!({}), &five, 0, 50), backwards);
    // .5 lies between c1 (.498: 180/255 squared) and c2 (.585); with rotation .5 .707 between c3 (.678) and d1 (.779).
    assert_eq!(shown(&json!({ "rotation": 1 }), &[("d3", 0)], 0, 7), "d2 d1 c3 c2 d3 c1 b3");
    assert_eq!(shown(&json!({ "rotation": 0.5 }), &[("d3", 0)], 0, 4), "d2 d1 d3 c3");
    let two_days = 2 * MINUTES_A_DAY;
    assert_eq!(shown(&json!({ "rotation": 1 }), &[("d3", two_days)], 0, 4), "d2 d1 d3 c3", "counts one half by then");
    assert_eq!(shown(&json!({ "rotation": 1 }), &[("d3", two_days), ("d3", two_days)], 0, 7), "d2 d1 c3 c2 d3 c1 b3");
    assert_eq!(shown(&json!({ "rotation": 1 }), &[("d3", u32::MAX), ("stranger", 0)], 0, 2), "d3 d2");
}

#[test]
fn pages_turn_until_the_visitor_acts() {
    let two = json!({ "templates": 2 });
    for (turn, expected) in [(0, "d3 d2 d1 c3"), (1, "c2 c1 b3 b2"), (2, "d3 d2 d1 c3"), (u32::MAX, "c2 c1 b3 b2")] {
        assert_eq!(shown(&two, &[], turn, 4), expected, "turn {turn}");
    }
    let three = json!({ "templates": 3 });
    assert_eq!(shown(&three, &[], 2, 4), "b1 a3 a2 a1");
    assert_eq!(shown(&three, &[], 2, 5), "d3 d2 d1 c3 c2", "what is left is less than a page");
    assert_eq!(
        shown(&json!({ "templates": 3, "pin": { "1": "a1" } }), &[], 1, 3),
        "d1 a1 c3",
        "pins stay where they are"
    );
    assert_eq!(shown(&json!({ "templates": 1 }), &[], 7, 2), "d3 d2");
    assert_eq!(shown(&json!({}), &[], 7, 2), "d3 d2");

    let mut profile = Profile::default();
    let page = |profile: &Profile| {
        let request = Request::of_profile(Task::Trending, profile, &[], &[], 9).limit(4);
        answer(&open_board(), &request.rules(read(&two).expect("rules")))
    };
    profile.show(&["d3", "d2", "d1", "c3"].map(String::from), 5);
    assert_eq!(page(&profile), "c2 c1 b3 b2");
    profile.observe(View, "a1", 6).expect("a key");
    assert_eq!(page(&profile), "d3 d2 d1 c3");
}
