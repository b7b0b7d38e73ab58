//! Ranked lists by key on the checkerboard: what items are, whom a visitor is like, what is new.

use edge_recall::format::ShardKind;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::recaller::Budget;
use edge_recall::{Recaller, Request};

use crate::board::{crowd_score, dark, square, text_key};
use crate::fixture::{Build, LARGE, LISTED, Recipe, context, keys_of, views};

fn open() -> Recaller {
    Build::new(LISTED).open()
}

/// Keys of what one channel proposes to a history, best first.
fn proposed(recaller: &Recaller, channel: ChannelId, history: &[&str]) -> String {
    let request = Request::recommend(views(history)).only(ChannelMask::of(channel));
    let lists = recaller.channel_lists(&request, 50);
    let items = lists.iter().flat_map(|list| &list.candidates);
    items.map(|candidate| text_key(candidate.item.0)).collect::<Vec<_>>().join(" ")
}

#[test]
fn tags_are_the_lists_of_the_values_of_the_history() {
    let recaller = open();
    for (history, expected) in [
        // b2 is dark and neither left nor on an edge: one list, in its order.
        (&["b2"][..], "a1 a3 b2 c1 c3 d2"),
        (&["c2"], "a2 b1 b3 c2 d1 d3"),
        // d3 has no colour, and its place has no list.
        (&["d3"], ""),
        (&["stranger"], ""),
        (&[], ""),
        // The second item counts half, so that every dark square stands before the light one of its rank, and few others.
        (&["b2", "c2"], "a1 a3 b2 c1 c3 a2 d2 b1 b3 c2 d1 d3"),
    ] {
        assert_eq!(proposed(&recaller, ChannelId::Tags, history), expected, "{history:?}");
    }
}

#[test]
fn the_weight_of_an_item_is_split_among_its_values() {
    // a1 is dark, left and on an edge, of which there is no list: a third for each list that there is.
    let request = Request::recommend(views(&["a1"])).only(ChannelMask::of(ChannelId::Tags));
    let lists = open().channel_lists(&request, 50);
    let score_of = |key: &str| {
        let found = lists[0].candidates.iter().find(|candidate| candidate.item.0 == square(key));
        found.map_or(0.0, |candidate| candidate.score)
    };
    let third = 1.0 / 3.0;
    for (key, left, dark) in [
        ("a3", Some(0), Some(1)),
        ("a2", Some(1), None),
        ("a1", Some(2), Some(0)),
        ("b2", None, Some(2)),
        ("d2", None, Some(5)),
        ("b1", None, None),
    ] {
        let of = |place: Option<usize>| place.map_or(0.0, |place| third * crowd_score(place));
        assert_eq!(score_of(key), of(left) + of(dark), "{key}");
    }
}

#[test]
fn tags_name_the_item_whose_value_it_was_and_lists_of_people_name_nobody() {
    let recaller = open();
    let explained = |channel: ChannelId| {
        let mut request = Request::recommend(views(&["c2", "b2"])).only(ChannelMask::of(channel));
        request.is_new = true;
        let response = recaller.finish(&request).expect("an answer");
        let reasons = response.recommendations.iter().map(|result| result.why.iter().map(|why| why.trigger).collect());
        let reasons: Vec<Vec<Option<u32>>> = reasons.collect();
        (keys_of(&response).join(" "), reasons)
    };
    let (keys, reasons) = explained(ChannelId::Tags);
    assert_eq!(keys, "a2 b1 b3 d1 a1 d3 a3 c1 c3 d2");
    let by_colour = keys.split(' ').map(|key| vec![Some(u32::from(dark(square(key))))]);
    assert_eq!(reasons, by_colour.collect::<Vec<_>>(), "the light ones by c2, the dark ones by b2");
    for channel in [ChannelId::Peers, ChannelId::Fresh, ChannelId::Crowd] {
        let (keys, reasons) = explained(channel);
        assert!(!keys.is_empty() && reasons.iter().all(|why| *why == [None]), "{channel:?}");
    }
}

#[test]
fn peers_are_the_cohorts_that_the_visitor_points_to() {
    let recaller = open();
    for (history, expected) in [
        // Light squares are at a right angle to the dark cohort: no peers.
        (&["b2"][..], "d2 c3 c1 b2 a3 a1"),
        (&["c2"], "d3 d1 c2 b3 b1 a2"),
        (&["stranger"], ""),
        (&[], ""),
    ] {
        assert_eq!(proposed(&recaller, ChannelId::Peers, history), expected, "{history:?}");
    }
    // As near to one as to the other: both.
    assert_eq!(proposed(&recaller, ChannelId::Peers, &["b2", "c1", "b1", "c2"]).split(' ').count(), 12);
    let nearest = recaller.retuned(|manifest| manifest.peers = Some(1)).expect("a manifest");
    assert_eq!(proposed(&nearest, ChannelId::Peers, &["b2", "c1", "a3", "c2"]), "d2 c3 c1 b2 a3 a1");
    let none = recaller.retuned(|manifest| manifest.peers = None).expect("a manifest");
    assert_eq!(proposed(&none, ChannelId::Peers, &["b2"]), "");
}

#[test]
fn what_is_new_is_one_list_for_all() {
    let recaller = open();
    for history in [&[][..], &["a1"], &["stranger"]] {
        assert_eq!(proposed(&recaller, ChannelId::Fresh, history), "d3 d1");
    }
}

#[test]
fn no_context_finds_a_list_that_is_no_crowds() {
    let recaller = open();
    // The chain asks for `age`; a value that looks like the rest of a key is escaped.
    for value in ["%a:colour=dark", "dark", "%new", "0"] {
        let request = Request::trending().context(context(&[("age", value)])).limit(50);
        assert_eq!(recaller.finish(&request).expect("an answer").recommendations.len(), 12, "{value}: everyone's list");
    }
}

#[test]
fn lists_apart_are_fetched_for_a_history_and_not_for_a_stranger() {
    let budget = Budget { bytes: 100_000, files: 9 };
    let wants = |build: &Build, request: Request| {
        let files = build.closed().plan(&request.budget(budget)).files;
        files.iter().any(|file| file.kind == ShardKind::Crowds)
    };
    let listed = Build::new(Recipe { lists: true, ..LARGE });
    assert!(wants(&listed, Request::recommend(views(&["b2"]))));
    assert!(!wants(&listed, Request::recommend(Vec::new())));
    assert!(!wants(&listed, Request::similar(views(&["b2"]))), "similar items are no matter of lists");
    assert!(wants(&listed, Request::recommend(Vec::new()).context(context(&[("age", "18")]))));
    assert!(!wants(&Build::new(LARGE), Request::recommend(views(&["b2"]))), "nothing there that a history needs");
}
