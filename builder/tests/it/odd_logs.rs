//! Logs that are odd as a whole: what the builder finds of them, what it chooses, and what visitors get.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::logs::clustered;
use crate::place::Place;

/// Builds with nothing set by hand. What was found is told to people and to machines alike.
fn built(log: &str) -> (Place, String) {
    let place = Place::new();
    place.file("log.csv", log);
    let told = place.notices("build --log log.csv --out out");
    let answer = place.json("build --log log.csv --out out");
    let findings: Vec<&str> = strings(&answer["tuning"]["findings"]).collect();
    assert!(!findings.is_empty() && findings.iter().all(|finding| told.contains(finding)), "{findings:?}: {told}");
    (place, findings.join("\n"))
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

fn results(place: &Place, line: &str) -> Vec<Value> {
    place.json(line)["results"].as_array().unwrap().clone()
}

fn ids(place: &Place, line: &str) -> Vec<String> {
    results(place, line).iter().map(|found| found["id"].as_str().unwrap().to_owned()).collect()
}

/// What a visitor with this history gets; the first of it is not just anybody's.
fn personal(place: &Place, history: &str) -> Vec<String> {
    let line = format!("recommend out --history {history} -k 20");
    let found = results(place, &line);
    assert_ne!(found[0]["channels"], json!(["crowd"]), "{:?}", found[0]);
    ids(place, &line)
}

/// The log without its last column, the times.
fn untimed(log: &str) -> String {
    log.lines().map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0)).collect()
}

/// How many of the first five are of a community of [`clustered`].
fn of_community(ids: &[String], community: u32) -> usize {
    let is_own = |id: &&String| id[1..].parse::<u32>().unwrap() / 12 == community;
    ids.iter().take(5).filter(is_own).count()
}

fn recall(place: &Place, by: &str) -> f64 {
    place.json(&format!("split --log log.csv --by {by} --out split"));
    place.json("build --log split/train.csv --out trained");
    let answer = place.json("evaluate trained --history split/history.csv --test split/test.csv --k 20");
    answer["fused"]["recall@20"].as_f64().unwrap()
}

#[test]
fn without_times_there_is_taste_and_no_next() {
    let (place, found) = built(&untimed(&clustered(240)));
    assert!(found.contains("events without times: 240 visitors met 70 items"), "{found}");
    assert!(found.contains("give them as a column `timestamp`"), "{found}");
    let chosen = found.lines().last().unwrap();
    assert!(chosen.starts_with("chosen: ") && !chosen.contains("next"), "{chosen}");
    assert!(of_community(&personal(&place, "i0,i3"), 0) >= 4);
    assert!(recall(&place, "random") > 0.35, "a guess finds 0.28");
}

#[test]
fn sessions_alone_are_visitors() {
    let (place, found) = built(&clustered(240).replacen("user", "session", 1));
    assert!(found.contains("events in time order: 240 visitors met 70 items"), "{found}");
    assert!(found.lines().last().unwrap().starts_with("chosen: "), "{found}");
    assert!(of_community(&personal(&place, "i0,i3"), 0) >= 4);
    assert!(recall(&place, "last") > 0.35, "a guess finds 0.28");
}

#[test]
fn with_one_event_a_visitor_everyone_gets_the_crowd() {
    let rows: String = (0..400).map(|user| format!("u{user},i{},{}\n", (user % 20).min(user % 7), 60 * user)).collect();
    let (place, found) = built(&format!("user,item,timestamp\n{rows}"));
    assert!(found.contains("400 visitors met 7 items, 1.0 each in the mean\nnobody met two items"), "{found}");
    assert!(found.contains("give a column that stays the same over a visit as `session`"), "{found}");
    assert!(found.ends_with("visitors get the crowd's list and nothing personal"), "{found}");
    for (line, length) in [("recommend out", 7), ("recommend out --history i1", 6)] {
        let found = results(&place, line);
        assert!(found.len() == length && found.iter().all(|found| found["channels"] == json!(["crowd"])), "{found:?}");
    }
    assert!(ids(&place, "similar out i1").is_empty());
}

#[test]
fn an_item_that_takes_nearly_all_events_hides_no_taste() {
    let mut log = clustered(60);
    let rest = log.lines().count() - 1;
    // Everyone loads the start page before every other page, and those who do nothing else load it, too.
    for load in 0..rest * 99 {
        writeln!(log, "u{},start,{}", load % 2000, 1_699_000_000 + load).unwrap();
    }
    let (place, found) = built(&log);
    assert!(found.contains("item `start` takes 99 % of all events"), "{found}");
    assert!(found.contains("leave it out of the log"), "{found}");
    let found = ids(&place, "recommend out --history start -k 20");
    assert!(found.len() >= 10 && !found.contains(&"start".to_owned()), "{found:?}");
    let own = ids(&place, "recommend out --history i0,i3,start -k 20");
    assert!(of_community(&own, 0) >= 3, "{own:?}");
}

/// 50 events of ten visitors of two tastes.
fn short(times: bool) -> String {
    let row = |event: u32| {
        let (user, step) = (event / 5, event % 5);
        format!("u{user},i{},{}\n", user % 2 + 2 * ((user + step) % 7), 1_700_000_000 + event * 600)
    };
    let log = format!("user,item,timestamp\n{}", (0..50).map(row).collect::<String>());
    if times { log } else { untimed(&log) }
}

#[test]
fn fifty_events_are_served_by_the_defaults() {
    for (times, order, by) in [(true, "in time order", "last"), (false, "without times", "random")] {
        let (place, found) = built(&short(times));
        assert!(found.contains(&format!("50 events {order}: 10 visitors met 14 items, 5.0 each")), "{found}");
        assert!(found.contains("too few visitors met two items or more (10; 20 are needed)"), "{found}");
        assert!(found.lines().last().unwrap().starts_with("chosen: i2i of 50 targets"), "{found}");
        let own = personal(&place, "i2,i4");
        let evens = own.iter().take(3).filter(|id| id[1..].parse::<u32>().unwrap() % 2 == 0).count();
        assert!(own.len() >= 5 && evens == 3, "{own:?}");
        assert!(recall(&place, by) > 0.0);
    }
}

#[test]
fn one_item_is_no_choice() {
    let rows: String = (0..60).map(|event| format!("u{},only,{}\n", event % 30, 60 * event)).collect();
    let (place, found) = built(&format!("user,item,timestamp\n{rows}"));
    assert!(found.contains("all events are of item `only`, so there is nothing to choose from"), "{found}");
    assert!(!found.contains("nobody met two items") && !found.contains("come back"), "{found}");
    assert_eq!(ids(&place, "recommend out"), ["only"]);
    assert!(ids(&place, "recommend out --history only").iter().all(|id| id == "only"), "nothing else is there");
}
