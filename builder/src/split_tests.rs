//! Tests of `split.rs`: small logs whose right split is known.

use super::*;

/// Rows as `(user, item, millis, positive)`; the parts as one letter a row.
fn letters(rows: &[(&str, &str, i64, bool)], by: By) -> Result<String, String> {
    let mut users: Vec<String> = Vec::new();
    let mut items: Vec<String> = Vec::new();
    let number = |keys: &mut Vec<String>, key: &str| {
        keys.iter().position(|known| known == key).unwrap_or_else(|| {
            keys.push(key.to_owned());
            keys.len() - 1
        }) as u32
    };
    let rows: Vec<SplitRow> = rows
        .iter()
        .map(|&(user, item, millis, positive)| SplitRow {
            user: number(&mut users, user),
            item: number(&mut items, item),
            millis,
            positive,
        })
        .collect();
    let split = split(&rows, &users, &items, by).map_err(|error| error.to_string())?;
    let letter = |part: &Part| match part {
        Part::Train => 't',
        Part::History => 'h',
        Part::Past => 'p',
        Part::Test => 'X',
        Part::Left => '-',
    };
    Ok(split.parts.iter().map(letter).collect())
}

#[test]
fn time_cuts_once_for_all_and_tests_only_users_with_a_past() {
    let rows = [
        ("both", "a", 1, true),
        ("both", "b", 2, true),
        ("early", "a", 3, true),
        ("both", "c", 4, false),
        ("early", "b", 5, true),
        ("both", "d", 9, true),
        ("late", "d", 9, true),
        ("both", "e", 10, false),
    ];
    assert_eq!(letters(&rows, By::Time { share: 0.3, whole: false }).unwrap(), "hhthtX--");
}

#[test]
fn equal_times_stay_together() {
    let rows: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|item| ("u", *item, 7, true)).collect();
    let message = letters(&rows, By::Time { share: 0.2, whole: false }).unwrap_err();
    assert!(message.contains("all events have the same time; try --by random"), "{message}");
    let mut rows = rows;
    rows.push(("u", "f", 6, true));
    assert_eq!(letters(&rows, By::Time { share: 0.2, whole: false }).unwrap(), "XXXXXh");
}

#[test]
fn time_without_a_user_on_both_sides_is_an_error() {
    let rows = [("a", "x", 1, true), ("b", "y", 2, true)];
    let message = letters(&rows, By::Time { share: 0.5, whole: false }).unwrap_err();
    assert!(message.contains("no user has events on both sides"), "{message}");
}

#[test]
fn last_takes_one_event_a_user() {
    let rows = [
        ("u", "b", 5, true),
        ("u", "a", 1, true),
        ("u", "c", 5, true),
        ("u", "d", 6, false),
        ("u", "d", 2, false),
        ("one", "a", 3, true),
        ("same", "a", 3, true),
        ("same", "a", 3, true),
    ];
    assert_eq!(letters(&rows, By::Last { strict: false }).unwrap(), "hhX-httt");
}

#[test]
fn strict_keeps_the_event_before_the_last_from_training() {
    let rows = [
        ("u", "b", 5, true),
        ("u", "a", 1, true),
        ("u", "c", 7, true),
        ("u", "d", 6, false),
        ("u", "e", 4, false),
        ("u", "b", 5, true),
        ("two", "a", 3, true),
        ("two", "b", 4, true),
        ("one", "a", 3, true),
    ];
    assert_eq!(letters(&rows, By::Last { strict: true }).unwrap(), "phXphppXt");
    assert_eq!(letters(&rows, By::Last { strict: false }).unwrap(), "hhXhhhhXt");
    let message = letters(&rows[8..], By::Last { strict: true }).unwrap_err();
    assert!(message.contains("no user has two events"), "{message}");
}

#[test]
fn sessions_stay_whole_and_the_later_ones_are_new_to_training() {
    let rows = [
        ("early", "a", 1, true),
        ("early", "b", 2, true),
        ("across", "a", 2, true),
        ("across", "b", 6, true),
        ("across", "b", 7, false),
        ("across", "c", 3, false),
        ("late", "a", 8, true),
        ("late", "b", 9, true),
        ("late", "a", 10, true),
        ("short", "a", 11, true),
        ("shown", "a", 1, false),
    ];
    // Two of eight events lie in a session that ends before 6.
    let whole = By::Time { share: 0.7, whole: true };
    assert_eq!(letters(&rows, whole).unwrap(), "ttpX-pppX-t");
    // Cut at 8 without regard to sessions, no history is left to test with.
    let message = letters(&rows, By::Time { share: 0.5, whole: false }).unwrap_err();
    assert!(message.contains("or --sessions where users are sessions"), "{message}");
    let message = letters(&[rows[0], rows[9]], By::Time { share: 0.5, whole: true }).unwrap_err();
    assert!(message.contains("no session after the cut"), "{message}");
}

#[test]
fn random_takes_a_share_of_each_users_items_whatever_the_order() {
    let mut rows: Vec<(&str, &str, i64, bool)> =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].iter().map(|item| ("u", *item, 0, true)).collect();
    rows.push(("one", "a", 0, true));
    let by = By::Random { share: 0.2, seed: 42 };
    let forward = letters(&rows, by).unwrap();
    assert_eq!(forward.matches('X').count(), 2);
    assert!(forward.ends_with('t') && forward.matches('h').count() == 8, "{forward}");
    rows.reverse();
    let backward: String = letters(&rows, by).unwrap().chars().rev().collect();
    assert_eq!(forward, backward);
    let seeds: std::collections::BTreeSet<_> =
        (0..8).map(|seed| letters(&rows, By::Random { share: 0.2, seed }).unwrap()).collect();
    assert!(seeds.len() > 1);
}

#[test]
fn random_keeps_repeated_items_on_one_side() {
    let rows = [("u", "a", 0, true), ("u", "a", 0, true), ("u", "b", 0, true), ("u", "b", 0, true)];
    let parts = letters(&rows, By::Random { share: 0.5, seed: 1 }).unwrap();
    assert!(parts == "XXhh" || parts == "hhXX", "{parts}");
    let message = letters(&rows[..2], By::Random { share: 0.5, seed: 1 }).unwrap_err();
    assert!(message.contains("no user has two different items"), "{message}");
}
