//! Lists of values on logs that fit into one's head.

use super::*;
use crate::model::{Exposure, ItemAttributes};
use crate::stages::fixture::log;
use crate::typed::type_columns;

const PARAMS: ValueParams = ValueParams { attributes: None, min_users: 2, min_users_per_item: 1, smoothing: 2.0 };

/// One column of texts.
fn column(name: &str, texts: &[&str]) -> TypedColumn {
    let values = texts.iter().map(|text| vec![(*text).to_owned()]).collect();
    type_columns(&ItemAttributes { names: vec![name.into()], values }, true).0.remove(0)
}

#[test]
fn a_value_lists_its_items_by_the_share_of_its_users() {
    // Four users; red are items 0 and 1, met by three users, of whom two met 0 and two met 1; blue is 2 with one user.
    let log = log(3, &[&[0], &[0, 1], &[1, 2], &[]]);
    let lists = value_lists(&log, &[&column("colour", &["red", "red", "blue"])], &PARAMS);
    // (2 + 2 x 2/3) / (3 + 2), for both; blue has too few users.
    let rate = (2.0 + 2.0 * 2.0 / 3.0) / 5.0;
    assert_eq!(lists.len(), 1);
    assert_eq!((lists[0].key.as_str(), lists[0].users), ("%a:colour=red", 3));
    assert_eq!(lists[0].items.iter().map(|entry| entry.0).collect::<Vec<_>>(), [0, 1]);
    assert!(lists[0].items.iter().all(|entry| (entry.1 - rate).abs() < 1e-6));
}

#[test]
fn tags_list_an_item_under_each_of_them() {
    let log = log(3, &[&[0, 1, 2], &[0, 1, 2], &[0, 1]]);
    let lists = value_lists(&log, &[&column("genre", &["a|b", "a", "b"])], &PARAMS);
    let found: Vec<(&str, Vec<u32>)> =
        lists.iter().map(|list| (list.key.as_str(), list.items.iter().map(|entry| entry.0).collect())).collect();
    assert_eq!(found, [("%a:genre=a", vec![0, 1]), ("%a:genre=b", vec![0, 2])]);
}

#[test]
fn where_clicks_are_known_they_decide() {
    let mut log = log(2, &[&[0, 1], &[0], &[0]]);
    // Item 0 is met more often, and clicked by one of four who were shown it; item 1 by two of four.
    let shown = |item: u32, user: u32, clicked| Exposure { trigger: None, item, user, clicked };
    log.exposures =
        (0..4).map(|user| shown(0, user, user < 1)).chain((0..4).map(|user| shown(1, user, user < 2))).collect();
    let lists = value_lists(
        &log,
        &[&column("colour", &["red", "red"])],
        &ValueParams { attributes: Some(vec!["colour".into()]), ..PARAMS },
    );
    // All together 3 of 8: (2 + 2 x 3/8) / 6 and (1 + 2 x 3/8) / 6.
    let expected = [(1, 2.75 / 6.0), (0, 1.75 / 6.0)];
    assert_eq!(lists[0].items.len(), 2);
    for (found, expected) in lists[0].items.iter().zip(expected) {
        assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-6, "{:?}", lists[0].items);
    }
}

#[test]
fn few_users_are_in_no_file() {
    let log = log(4, &[&[0, 1], &[0, 1, 2], &[0, 3], &[3]]);
    let columns = column("colour", &["red", "red", "red", "blue"]);
    for min_users in 1..6 {
        for min_users_per_item in 1..4 {
            let lists = value_lists(&log, &[&columns], &ValueParams { min_users, min_users_per_item, ..PARAMS });
            let met = [3, 2, 1, 2];
            assert!(lists.iter().all(|list| list.users >= min_users));
            assert!(lists.iter().flat_map(|list| &list.items).all(|entry| met[entry.0 as usize] >= min_users_per_item));
        }
    }
}

#[test]
fn attributes_that_are_not_named_have_no_lists() {
    let log = log(2, &[&[0, 1], &[0, 1]]);
    let columns = column("colour", &["red", "red"]);
    let named = |names: &[&str]| {
        let attributes = Some(names.iter().map(|&name| name.to_owned()).collect());
        value_lists(&log, &[&columns], &ValueParams { attributes, ..PARAMS }).len()
    };
    assert_eq!((named(&["colour"]), named(&["size"]), named(&[])), (1, 0, 0));
    assert!(value_lists(&log, &[&columns], &PARAMS).is_empty(), "one value tells no item from another");
}

#[test]
fn lists_are_cut_to_their_bytes() {
    let keys: Vec<String> = (0..100).map(|n| format!("i{n:03}")).collect();
    let list =
        |key: &str, users: u32| KeyedList { key: key.into(), users, items: (0..100).map(|item| (item, 1.0)).collect() };
    let all = || vec![list("%a:x=a", 5), list("%a:x=b", 9), list("%new", 0)];
    let mut whole = all();
    fit(&mut whole, &keys, cost(&all(), &keys));
    assert_eq!(whole, all(), "what fits stays as it is");
    for bytes in [900, 300, 200, 150, 20] {
        let mut lists = all();
        fit(&mut lists, &keys, bytes);
        assert!(cost(&lists, &keys) <= bytes);
        assert!(lists.iter().all(|list| list.items.len() >= SHORTEST));
    }
    let mut lists = all();
    fit(&mut lists, &keys, 150);
    assert_eq!(
        lists.iter().map(|list| list.key.as_str()).collect::<Vec<_>>(),
        ["%a:x=b", "%new"],
        "the fewest users go first"
    );
}
