//! Retargeting on the checkerboard: whom it brings back, in which order, and how many of them.

use std::collections::HashSet;

use edge_recall::format::manifest::{ChannelWeight, RetargetSpec};
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::mechanism::filter::Held;
use edge_recall::profile::MINUTES_A_DAY;
use edge_recall::recaller::Task;
use edge_recall::{EventKind, HistoryEvent, Profile, Recaller, Request, Response};
use serde_json::json;

use crate::board::{ITEMS, text_key};
use crate::dice::Dice;
use crate::fixture::{Build, EXACT, LARGE, Recipe, keys_of};
use crate::mechanism::read;

fn open(recipe: Recipe, days: u32, share: f32) -> Recaller {
    let mut build = Build::new(recipe);
    build.manifest.retarget = Some(RetargetSpec { days, share });
    build.manifest.fusion.weights.push(ChannelWeight { channel: ChannelId::Retarget, weight: 8.0 });
    build.open()
}

fn history(events: &[(EventKind, &str, u32)]) -> Vec<HistoryEvent> {
    let event = |&(kind, key, age): &(EventKind, &str, u32)| HistoryEvent { key: key.into(), kind, age: Some(age) };
    events.iter().map(event).collect()
}

/// What the channel proposes, with its scores.
fn proposed(recaller: &Recaller, request: &Request) -> Vec<(String, f32)> {
    let only = request.clone().only(ChannelMask::of(ChannelId::Retarget));
    let lists = recaller.channel_lists(&only, 50);
    lists.iter().flat_map(|list| &list.candidates).map(|c| (text_key(c.item.0), c.score)).collect()
}

fn retargeted(response: &Response) -> Vec<&str> {
    let own = response.recommendations.iter().filter(|result| result.channels.has(ChannelId::Retarget));
    own.map(|result| result.key.as_str()).collect()
}

use EventKind::{Cart, Click, Hide, Like, Purchase, View};

#[test]
fn who_came_closest_comes_first_and_what_is_bought_never() {
    let (recaller, day) = (open(EXACT, 3, 0.2), MINUTES_A_DAY);
    for (events, expected) in [
        (
            &[(View, "a1", 0), (Cart, "b2", 0), (Like, "c1", 0), (Purchase, "d2", 0)][..],
            &[("b2", 4.0), ("c1", 3.0), ("a1", 2.0)][..],
        ),
        (&[(Click, "a1", 0), (View, "a2", 60)], &[("a1", 2.0), ("a2", 1.995_882_6)]),
        // A deeper stage counts whatever came after it, and the newest event of a stage.
        (&[(View, "a1", 0), (Like, "a1", 60), (Like, "a1", 120)], &[("a1", 2.999_037)]),
        // Bought long ago and clicked since: bought. So with what is hidden.
        (&[(Click, "a1", 0), (Purchase, "a1", 80 * day), (Hide, "a2", 5), (Cart, "a2", 6)], &[]),
        // The newest three days.
        (&[(Cart, "a1", 3 * day - 1), (Cart, "a2", 3 * day)], &[("a1", 3.862002)]),
        (&[(Cart, "stranger", 0)], &[]),
    ] {
        let found = proposed(&recaller, &Request::recommend(history(events)));
        assert_eq!(found.len(), expected.len(), "{events:?}: {found:?}");
        for ((key, score), (known, worth)) in found.iter().zip(expected) {
            assert!(key == known && (score - worth).abs() < 1e-5, "{events:?}: {found:?}");
        }
    }
    // After as many days as its half-life an event is worth half.
    let halves = [(View, 7, 1.5), (Like, 30, 2.5), (Cart, 14, 3.5)];
    for (kind, days, worth) in halves {
        let request = Request::recommend(history(&[(kind, "a1", days * day)]));
        assert_eq!(proposed(&open(EXACT, 90, 0.2), &request), [("a1".to_owned(), worth)]);
        assert_eq!(proposed(&recaller, &request), []);
    }
    // Of an event without a time nothing says that it is that recent.
    let timeless = HistoryEvent { key: "a1".into(), kind: Cart, age: None };
    assert_eq!(proposed(&recaller, &Request::recommend(vec![timeless])), []);
}

#[test]
fn a_share_bounds_it_and_only_seen_does_not_bind_it() {
    let events = history(&[(View, "a1", 0), (Cart, "b2", 0), (Like, "c1", 0), (Purchase, "d2", 0)]);
    let new = Request { is_new: true, ..Request::recommend(events) };
    let recaller = open(EXACT, 3, 0.2);
    let answer = |request: &Request| recaller.finish(request).expect("an answer");
    let ten = answer(&new);
    assert_eq!((retargeted(&ten), ten.recommendations.len()), (vec!["b2", "c1"], 10), "ten is eight new ones and two");
    let b2 = ten.recommendations.iter().find(|result| result.key == "b2").expect("b2");
    let why = b2.why.iter().find(|why| why.channel == ChannelId::Retarget).expect("its reason");
    assert_eq!((why.trigger, b2.ranks[ChannelId::Retarget as usize]), (Some(1), 1));
    for (k, expected) in [(1, 1), (5, 1), (6, 2), (10, 2), (11, 3)] {
        assert_eq!(retargeted(&answer(&new.clone().limit(k))).len(), expected, "of {k}");
    }
    // A call has the last word.
    for (share, expected) in [(0.0, 0), (0.1, 1), (0.5, 3), (1.0, 3)] {
        let rules = read(&json!({ "channels": { "retarget": share } })).expect("rules");
        assert_eq!(retargeted(&answer(&new.clone().rules(rules))).len(), expected, "{share}");
    }
    let without_b2 = answer(&new.clone().exclude(["b2".to_owned()]));
    assert_eq!(retargeted(&without_b2), ["c1", "a1"]);
    // Other tasks, and a build that says nothing of it, retarget nothing.
    for request in [Request { task: Task::Trending, ..new.clone() }, Request { task: Task::Similar, ..new.clone() }] {
        assert_eq!(retargeted(&answer(&request)), [""; 0]);
    }
    assert_eq!(retargeted(&Build::new(EXACT).open().finish(&new).expect("an answer")), [""; 0]);
    // Where what was seen may come back anyway, the share still holds.
    assert_eq!(retargeted(&answer(&Request { is_new: false, ..new })).len(), 2);
}

#[test]
fn what_was_seen_is_told_last() {
    let events = history(&[(View, "a1", 0), (Cart, "b2", 0), (Like, "d2", 0)]);
    let rules = read(&json!({ "where": { "colour": "dark" }, "pin": { "0": "b2" } })).expect("rules");
    let request = Request { is_new: true, ..Request::recommend(events) }.rules(rules).exclude(["d2".to_owned()]);
    let recaller = open(EXACT, 3, 0.5);
    for (key, held) in [("b2", Some(Held::Seen)), ("d2", Some(Held::Excluded)), ("d1", Some(Held::Where)), ("c1", None)]
    {
        assert_eq!(recaller.held(&request, key), held, "{key}");
    }
    // Nor is what was seen pinned; retargeting puts it where its score does.
    let answer = recaller.finish(&request).expect("an answer");
    assert_eq!(retargeted(&answer), ["b2", "a1"]);
    let off = Request { is_new: true, channels: ChannelMask::of(ChannelId::Crowd), ..request };
    assert!(!keys_of(&recaller.finish(&off).expect("an answer")).contains(&"b2"));
}

#[test]
fn words_of_a_profile_bind_it_but_for_seen() {
    let mut profile = Profile::default();
    for (minute, (kind, key)) in
        (1..).zip([(View, "a1"), (Cart, "b2"), (Like, "c1"), (Purchase, "d2"), (Cart, "d3"), (Hide, "d3")])
    {
        profile.observe(kind, key, minute).expect("a key");
    }
    let recaller = open(LARGE, 3, 1.0);
    for (words, expected) in [
        (&["seen"][..], "b2 c1 a1"),
        (&["seen", "cart"], "c1 a1"),
        (&["seen", "purchased"], "b2 c1 a1"),
        (&["seen", "a1"], "b2 c1"),
    ] {
        let words: Vec<String> = words.iter().map(|&word| word.into()).collect();
        let request = Request::of_profile(Task::Recommend, &profile, &[], &words, 10).limit(50);
        let keys: Vec<String> = proposed(&recaller, &request).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys.join(" "), expected, "{words:?}");
        let answer = recaller.finish(&request).expect("an answer");
        let mut shown = retargeted(&answer);
        assert!(!keys_of(&answer).contains(&"d2") && !keys_of(&answer).contains(&"d3"), "{words:?}");
        let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        shown.sort_unstable();
        keys.sort_unstable();
        assert_eq!(shown, keys);
    }
}

#[test]
fn whatever_the_history_the_cap_holds_and_nobody_gets_what_he_bought() {
    let mut dice = Dice::new(0x2E7A);
    let mut shown = 0;
    for recipe in [EXACT, LARGE] {
        let share = *dice.pick(&[0.1f32, 0.2, 0.5]);
        let recaller = open(recipe, 3, share);
        for _ in 0..600 {
            let event = |dice: &mut Dice| HistoryEvent {
                key: text_key(dice.below(ITEMS as usize) as u32),
                kind: *dice.pick(&EventKind::ALL),
                age: *dice.pick(&[None, Some(0), Some(90), Some(4000), Some(5000), Some(u32::MAX)]),
            };
            let history: Vec<HistoryEvent> = (0..dice.below(20)).map(|_| event(&mut dice)).collect();
            let request = Request { is_new: dice.below(3) > 0, ..Request::recommend(history) };
            let request = request.limit(1 + dice.below(13));
            let answer = recaller.finish(&request).expect("an answer");
            let own = retargeted(&answer);
            assert!(own.len() <= (share * request.limit as f32).ceil() as usize, "{request:?}: {own:?}");
            let met = |key: &str, kinds: &[EventKind]| {
                request.history.iter().any(|event| event.key == key && kinds.contains(&event.kind))
            };
            assert!(own.iter().all(|key| !met(key, &[Purchase, Hide]) && met(key, &[View, Click, Like, Cart])));
            let distinct: HashSet<&str> = keys_of(&answer).into_iter().collect();
            assert_eq!(distinct.len(), answer.recommendations.len(), "an item stands twice");
            let old = distinct.iter().filter(|key| met(key, &EventKind::ALL) && !own.contains(key)).count();
            assert!(!request.is_new || old == 0, "{request:?}: only retargeting brings back what was seen");
            shown += own.len();
        }
    }
    assert!(shown > 500, "only {shown} items were retargeted");
}
