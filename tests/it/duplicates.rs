//! Near-duplicates by fingerprint: on the board, where d3 and d2 are two bits apart and a1 has no fingerprint, and over random
//! fingerprints.

use edge_recall::ids::Ordinal;
use edge_recall::mechanism::filter::Held;
use edge_recall::store::prints::alike;
use edge_recall::{Manifest, Recaller, Request};
use serde_json::{Value, json};

use crate::board::{ITEMS, print};
use crate::dice::Dice;
use crate::fixture::{Build, EXACT, LARGE, Recipe, keys_of, views};
use crate::mechanism::read;

/// The board with fingerprints, and what its manifest says of them.
fn board(recipe: Recipe, bits: u32) -> Recaller {
    let mut build = Build::new(Recipe { prints: true, ..recipe });
    build.manifest.duplicates = bits;
    build.open()
}

fn trending(recaller: &Recaller, rules: &Value, k: usize) -> String {
    let request = Request::trending().rules(read(rules).expect("rules")).limit(k);
    keys_of(&recaller.finish(&request).expect("an answer")).join(" ")
}

#[test]
fn two_fingerprints_are_alike_below_the_bound() {
    for a in 1..ITEMS {
        for b in a + 1..ITEMS {
            let apart = (print(a) ^ print(b)).count_ones();
            assert!(if (a, b) == (10, 11) { apart == 2 } else { apart > 8 }, "{a} and {b}: {apart}");
        }
    }
    assert!(alike(1, 1, 1) && !alike(1, 1, 0), "a bound of 0 lets everything come");
    assert!(alike(0b1001, 0b1010, 3) && !alike(0b1001, 0b1010, 2));
    assert!(!alike(0, 0, 64) && !alike(0, 1, 64), "what has no fingerprint is like nothing");
    assert!(!alike(u64::MAX, 1, 63) && alike(u64::MAX, 1, 64));
}

#[test]
fn a_product_comes_once() {
    let board_of = |bits| board(EXACT, bits);
    for (bits, rules, k, expected) in [
        (0, json!({}), 4, "d3 d2 d1 c3"),
        (2, json!({}), 4, "d3 d2 d1 c3"),
        (3, json!({}), 4, "d3 d1 c3 c2"),
        // The call says otherwise than the build.
        (3, json!({ "duplicates": 0 }), 4, "d3 d2 d1 c3"),
        (3, json!({ "duplicates": 2 }), 4, "d3 d2 d1 c3"),
        (0, json!({ "duplicates": 3 }), 4, "d3 d1 c3 c2"),
        // What is best of the two by the rules, whichever it is.
        (3, json!({ "boost": [{ "where": { "colour": "dark" }, "by": 100 }] }), 3, "d2 c3 c1"),
        (3, json!({ "exclude": ["d3"] }), 2, "d2 d1"),
        // It does not give way: rather a place stays empty.
        (3, json!({}), 12, "d3 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1"),
        (64, json!({}), 12, "d3 a1"),
        // Who pins both wants both; what is pinned holds the other back, wherever it stands.
        (3, json!({ "pin": { "0": "d2", "1": "d3" } }), 3, "d2 d3 d1"),
        (3, json!({ "pin": { "2": "d2" } }), 3, "d1 c3 d2"),
    ] {
        assert_eq!(trending(&board_of(bits), &rules, k), expected, "{bits} {rules}");
    }
    let unprinted = Build::new(EXACT).open();
    assert_eq!(trending(&unprinted, &json!({ "duplicates": 64 }), 3), "d3 d2 d1", "the build has no fingerprints");
}

#[test]
fn a_page_and_its_templates_show_a_product_once() {
    let board = board(EXACT, 3);
    let mut request = Request::trending().limit(2);
    request.page = vec!["d2".into()];
    assert_eq!(keys_of(&board.finish(&request).expect("an answer")), ["d1", "c3"]);
    let mut request = Request::trending().rules(read(&json!({ "templates": 2 })).expect("rules")).limit(1);
    request.traces.turn = 1;
    assert_eq!(keys_of(&board.finish(&request).expect("an answer")), ["d1"], "the first page shows d3");
}

#[test]
fn a_short_list_is_filled_with_other_products() {
    // Everyone's list alone proposes d3 and d2: what is popular, by its gain, fills the place of d2.
    let mut build = Build::new(Recipe { prints: true, ..LARGE });
    build.manifest.duplicates = 3;
    let board = build.open();
    let request = Request::recommend(views(&["c1"])).exclude(["c1".into()]).limit(11);
    let answer = board.finish(&request).expect("an answer");
    let keys = keys_of(&answer);
    assert_eq!(keys.len(), 10, "all but c1 and one of the two: {keys:?}");
    assert!(keys.contains(&"d3") != keys.contains(&"d2"), "{keys:?}");
}

#[test]
fn what_is_held_back_as_a_duplicate_says_so() {
    let board = board(EXACT, 3);
    let held = |request: &Request, key: &str| board.explain(request, key).expect("an explanation").held;
    let request = Request::trending().limit(3);
    assert_eq!([held(&request, "d3"), held(&request, "d2")], [None, Some(Held::Duplicate)]);
    assert_eq!(held(&request, "a1"), Some(Held::Depth));
    let open = request.clone().rules(read(&json!({ "duplicates": 0 })).expect("rules"));
    assert_eq!(held(&open.limit(1), "d2"), Some(Held::Depth));
    let mut on_page = Request::trending().limit(1);
    on_page.page = vec!["d2".into()];
    assert_eq!(held(&on_page, "d3"), Some(Held::Duplicate));
    let excluded = request.exclude(["d2".into()]);
    assert_eq!(held(&excluded, "d2"), Some(Held::Excluded), "what comes first is told");
}

#[test]
fn a_manifest_says_how_far_apart_results_are() {
    let mut manifest = Build::new(EXACT).manifest;
    assert!(!manifest.to_json().contains("duplicates"));
    manifest.duplicates = 64;
    assert_eq!(Manifest::parse(&manifest.to_json()).expect("a manifest"), manifest);
    manifest.duplicates = 65;
    let problem = Manifest::parse(&manifest.to_json()).expect_err("too many bits").to_string();
    assert!(problem.contains("`duplicates` is above 64"), "{problem}");
}

/// Whatever the fingerprints: no two results are alike, and nothing that was left out could still have come.
#[test]
fn no_two_results_are_alike_and_nothing_else_is_left_out() {
    let mut dice = Dice::new(0xD0B);
    for _ in 0..500 {
        // Few bits and many twins, one apart from an earlier item.
        let mut prints: Vec<u64> = Vec::new();
        for _ in 0..60 {
            let twin = if prints.is_empty() { None } else { Some(*dice.pick(&prints)) };
            let other = dice.word();
            prints.push(match (dice.below(3), twin) {
                (0, Some(twin)) => twin ^ 1 << dice.below(64),
                (1, _) => 0,
                _ => other,
            });
        }
        let bits = dice.below(40) as u32;
        let (limit, chosen) = (dice.below(70), crate::selection::distinct(&prints, bits, usize::MAX));
        let like = |a: usize, b: u32| alike(prints[a], prints[b as usize], bits);
        for (place, &item) in chosen.iter().enumerate() {
            assert!(!chosen[..place].iter().any(|&before| like(item as usize, before)), "{item} comes twice");
        }
        for item in (0..prints.len()).filter(|&item| !chosen.contains(&(item as u32))) {
            let before = chosen.iter().filter(|&&shown| Ordinal(shown).place() < item);
            assert!(before.into_iter().any(|&shown| like(item, shown)), "{item} could have come");
        }
        let short = crate::selection::distinct(&prints, bits, limit);
        assert_eq!(short, chosen[..limit.min(chosen.len())], "a shorter list is the beginning of the longer");
    }
}
