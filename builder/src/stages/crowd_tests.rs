//! Crowd lists: the formula by hand, back-off, decay, edge cases.

use super::*;
use crate::stages::fixture::log;

fn people(rows: &[[&str; 2]]) -> UserAttributes {
    UserAttributes {
        names: vec!["age".into(), "gender".into()],
        values: rows.iter().map(|row| row.map(String::from).to_vec()).collect(),
    }
}

fn params(keys: &[&[&str]], min_users: u32) -> CrowdParams {
    let keys = keys.iter().map(|key| key.iter().map(|&name| name.into()).collect()).collect();
    CrowdParams { keys, min_users, min_users_per_item: 1, smoothing: 2.0, ..Default::default() }
}

fn find<'a>(lists: &'a [CrowdList], key: &[(&str, &str)]) -> Option<&'a CrowdList> {
    let same = |list: &&CrowdList| list.key.iter().map(|(name, value)| (&name[..], &value[..])).eq(key.iter().copied());
    lists.iter().find(same)
}

fn close(list: &CrowdList, expected: &[(u32, f64)]) {
    assert_eq!(list.items.len(), expected.len(), "{list:?}");
    for (got, want) in list.items.iter().zip(expected) {
        assert!(got.0 == want.0 && (f64::from(got.1) - want.1).abs() < 1e-6, "{list:?} against {expected:?}");
    }
}

#[test]
fn the_formula_by_hand() {
    // two young women like 0, two young men like 1, all like 2 but one man
    let log = log(3, &[&[0, 2, 2], &[0, 2], &[1, 2], &[1]]);
    let users = people(&[["young", "F"], ["young", "F"], ["young", "M"], ["young", "M"]]);
    let lists = crowd_lists(&log, &users, &params(&[&["age", "gender"], &["gender"], &["age"], &[]], 2)).unwrap();
    assert_eq!(lists.len(), 6);
    close(&lists[0], &[(2, 0.75), (0, 0.5), (1, 0.5)]);
    // gender F against everyone, then age and gender against gender
    let (p0, p1, p2) = ((2.0 + 2.0 * 0.5) / 4.0, (2.0 * 0.5) / 4.0, (2.0 + 2.0 * 0.75) / 4.0);
    close(find(&lists, &[("gender", "F")]).unwrap(), &[(2, p2), (0, p0), (1, p1)]);
    let both = find(&lists, &[("age", "young"), ("gender", "F")]).unwrap();
    close(both, &[(2, (2.0 + 2.0 * p2) / 4.0), (0, (2.0 + 2.0 * p0) / 4.0), (1, 2.0 * p1 / 4.0)]);
    assert_eq!(both.users, 2);
}

#[test]
fn small_crowds_are_left_to_their_parent() {
    let log = log(2, &[&[0], &[0], &[1]]);
    let users = people(&[["young", "F"], ["old", "F"], ["old", "M"]]);
    let lists = crowd_lists(&log, &users, &params(&[&["age", "gender"], &["gender"]], 2)).unwrap();
    assert_eq!(lists.iter().map(|list| list.key.len()).collect::<Vec<_>>(), [0, 1]);
    assert!(find(&lists, &[("gender", "F")]).is_some());
}

#[test]
fn an_item_of_one_user_is_not_listed() {
    let lists = crowd_lists(&log(2, &[&[0, 1], &[0]]), &people(&[]), &CrowdParams::default()).unwrap();
    assert_eq!(lists, [CrowdList { key: vec![], users: 2, items: vec![(0, 1.0)] }]);
}

#[test]
fn unknown_values_belong_to_no_crowd() {
    let log = log(1, &[&[0], &[0], &[0], &[]]);
    let users = people(&[["", "F"], ["young", "F"], ["young", ""], ["young", "F"]]);
    let lists = crowd_lists(&log, &users, &params(&[&["age", "gender"], &["gender"], &["age"]], 1)).unwrap();
    assert_eq!(find(&lists, &[("age", "young"), ("gender", "F")]).unwrap().users, 1, "no events, no vote");
    assert_eq!(find(&lists, &[("gender", "F")]).unwrap().users, 2);
    assert_eq!(find(&lists, &[]).unwrap().users, 3);
    assert_eq!(lists.len(), 4);
}

#[test]
fn old_events_fade() {
    let mut log = log(2, &[&[0], &[1], &[1, 1]]);
    log.events[0].minute = Some(2 * 1440);
    log.events[1].minute = Some(1440);
    log.events[3].minute = Some(0);
    let params = CrowdParams { half_life_days: Some(1.0), ..params(&[], 1) };
    let lists = crowd_lists(&log, &people(&[]), &params).unwrap();
    close(&lists[0], &[(0, 1.0 / 3.0), (1, (0.5 + 0.25) / 3.0)]);
    log.ordered = false;
    let lists = crowd_lists(&log, &people(&[]), &params).unwrap();
    close(&lists[0], &[(1, 2.0 / 3.0), (0, 1.0 / 3.0)]);
}

#[test]
fn a_list_is_filled_from_the_parent_and_cut() {
    let log = log(4, &[&[3], &[3], &[0, 1, 2], &[0, 1], &[0]]);
    let users = people(&[["a", ""], ["a", ""], ["b", ""], ["b", ""], ["b", ""]]);
    let params = CrowdParams { length: 2, ..params(&[&["age"]], 1) };
    let lists = crowd_lists(&log, &users, &params).unwrap();
    close(find(&lists, &[("age", "a")]).unwrap(), &[(3, (2.0 + 0.8) / 4.0), (0, 2.0 * 0.6 / 4.0)]);
}

#[test]
fn unknown_attributes_are_an_error_that_lists_the_known() {
    let error = crowd_lists(&log(1, &[&[0]]), &people(&[]), &params(&[&["city"]], 1)).unwrap_err().to_string();
    assert!(error.contains("\"city\"") && error.contains("age, gender"), "{error}");
}

#[test]
fn small_logs() {
    let params = CrowdParams::default();
    assert!(crowd_lists(&Interactions::default(), &people(&[]), &params).unwrap().is_empty());
    let lists = crowd_lists(&log(2, &[]), &people(&[]), &params).unwrap();
    assert_eq!(lists, [CrowdList { key: vec![], users: 0, items: vec![] }]);
}
