//! Input that is strange and still enough for a build: what becomes of it, and what is told.

use std::fmt::Write;

use crate::answers::{self, found};
use crate::logs::{QUICK, catalogue, checkerboard};
use crate::place::Place;

fn place(log: &str) -> Place {
    let place = Place::new();
    place.file("recall.toml", QUICK).file("log.csv", log);
    place
}

const BUILD: &str = "build --log log.csv --out out --config recall.toml";

fn ids(place: &Place, line: &str) -> Vec<String> {
    answers::ids(&place.json(line)).into_iter().map(str::to_owned).collect()
}

const NO_PAIR: &str = "no two items share 2 users ([model] i2i.min_users), so no pair is published; ";

#[test]
fn what_one_user_did_is_not_published() {
    let place = place("user,item\nme,a\nme,b\nme,c\n");
    let notices = place.notices(BUILD);
    assert!(notices.contains("too few visitors met two items or more (1; 20 are needed)"), "{notices}");
    let nothing = format!("{NO_PAIR}and no item was met by two users: visitors get the catalogue, whoever they are\n");
    assert!(notices.ends_with(&nothing), "{notices}");
    for ask in ["recommend out --history a", "similar out a", "recommend out"] {
        assert!(found(&place.json(ask)).is_empty(), "{ask}");
    }
    // Nothing leads from one item to another; all that there is fills up, alike for everybody.
    assert_eq!(ids(&place, "recommend out"), ["a", "b", "c"]);
    assert_eq!(ids(&place, "recommend out --history a"), ["b", "c"]);
    let answer = place.json("inspect out");
    assert_eq!((&answer["pairs"]["i2i"], answer["manifest"].get("vectors")), (&0.into(), None));
}

#[test]
fn what_one_user_of_many_met_alone_has_no_vector_and_no_rows() {
    let place = place(&(checkerboard(20, 8) + "u0,secret,1700000000\nu0,other,1700000001\n"));
    place.json(BUILD);
    for ask in ["similar out secret", "similar out other"] {
        assert!(ids(&place, ask).is_empty(), "{ask}");
    }
    let answer = place.json("recommend out --history i0,i2 -k 100");
    let (found, all) = (found(&answer), answers::ids(&answer));
    assert!(found.len() >= 2 && !["secret", "other"].iter().any(|id| found.contains(id)), "{found:?}");
    assert!(all.ends_with(&["other", "secret"]), "they fill up below everything that others met: {all:?}");
}

#[test]
fn one_event_a_user_makes_crowds_and_nothing_personal() {
    let rows: String = (0..40).map(|user| format!("u{user},i{},{}\n", user % 4, 60 * user)).collect();
    let place = place(&format!("user,item,timestamp\n{rows}"));
    let notices = place.notices(BUILD);
    assert!(notices.ends_with(&format!("{NO_PAIR}visitors get the crowd's list and nothing personal\n")), "{notices}");
    assert_eq!(ids(&place, "recommend out"), ["i0", "i1", "i2", "i3"]);
    assert_eq!(ids(&place, "recommend out --history i1"), ["i0", "i2", "i3"]);
    assert!(ids(&place, "similar out i1").is_empty());
}

#[test]
fn an_item_that_everybody_meets_hides_no_other() {
    let mut log = String::from("user,item\n");
    (0..990).for_each(|row| writeln!(log, "u{},hot", row % 165).unwrap());
    (0..10).for_each(|user| writeln!(log, "u{user},rare{}", user % 2).unwrap());
    let place = place(&log);
    place.json(BUILD);
    let found = ids(&place, "recommend out --history hot");
    assert_eq!(found.iter().collect::<std::collections::BTreeSet<_>>(), [&"rare0".to_owned(), &"rare1".into()].into());
    assert_eq!(ids(&place, "recommend out --history rare0")[0], "hot");
}

#[test]
fn bad_rows_are_counted_and_told() {
    let long = "k".repeat(10_240);
    let log = checkerboard(20, 8);
    let rows = log.lines().count();
    let place = place(&format!("{log}u1,{long},1700000000\nu1,i1,yesterday\n"));
    let notices = place.notices(BUILD);
    let expected = format!(
        "log.csv: 2 bad row(s) left out\n  line {}: the item `{}…` is 10240 bytes long; at most 512 are allowed\n  line {}: the time `yesterday` is neither",
        rows + 1,
        "k".repeat(40),
        rows + 2
    );
    assert!(notices.starts_with(&expected), "{notices}");
    let answer = place.json(BUILD);
    assert_eq!(answer["input"]["log"]["bad_rows"]["count"], 2);
    assert_eq!((&answer["items"], &answer["events"]), (&8.into(), &(rows - 1).into()));
}

#[test]
fn duplicates_in_the_catalogue_are_told_and_the_first_counts() {
    let place = place(&checkerboard(20, 8));
    place.file("items.csv", format!("{}i1,left,7\n", catalogue(8)));
    let notices = place.notices(&format!("{BUILD} --items items.csv"));
    assert!(
        notices.contains("items.csv: 1 duplicate row(s) left out\n  line 10: the item `i1` stands in line 3 already\n"),
        "{notices}"
    );
    assert_eq!(place.json("inspect out --item i1")["attributes"]["side"], "odd");
}

#[test]
fn tables_that_do_not_know_the_log_are_told() {
    let place = place(&checkerboard(20, 8));
    place.file("users.csv", "user,age\nU1,young\nU2,old\n").file("items.csv", "item,kind\nI1,x\nI2,y\nI3,y\n");
    let notices = place.notices(&format!("{BUILD} --items items.csv --users users.csv"));
    assert!(notices.contains("items.csv: none of its 3 items is in log.csv; are they written alike?\n"), "{notices}");
    assert!(notices.contains("users.csv: none of its 2 users is in log.csv; are they written alike?\n"), "{notices}");
    assert_eq!(place.json("inspect out")["crowds"].as_array().unwrap().len(), 1);
    assert_eq!(found(&place.json("recommend out --context age=young -k 20")).len(), 8, "everyone's list");
}

#[test]
fn without_times_there_is_no_next_item_table_and_no_order() {
    let log = checkerboard(50, 12);
    let untimed: String = log.lines().map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0)).collect();
    let place = place(&untimed);
    let answer = place.json(BUILD);
    assert!(answer["tuning"]["users"].as_u64() >= Some(20), "{}", answer["tuning"]["users"]);
    let channels: Vec<_> =
        answer["manifest"]["tables"].as_array().unwrap().iter().map(|table| table["channel"].clone()).collect();
    assert_eq!(channels, ["i2i"]);
    for table in answer["manifest"]["tables"].as_array().unwrap() {
        assert_eq!(table["triggers"]["decay"], "none");
    }
    assert_eq!(
        place.json("recommend out --history i0,i2")["results"],
        place.json("recommend out --history i2,i0")["results"]
    );
}

#[test]
fn sessions_serve_as_users() {
    let log = checkerboard(20, 8);
    let place = place(&log.replace("user,", "session,"));
    let by_session = place.json(BUILD)["manifest"].clone();
    place.file("log.csv", log);
    assert_eq!(place.json(BUILD)["manifest"], by_session);
}
