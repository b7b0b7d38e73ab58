//! `evaluate --by-channel`: a row for every channel there is, on a made-up site that has everything a log can tell.

use std::sync::LazyLock;

use serde_json::Value;

use crate::logs::{QUICK, built};
use crate::place::Place;

/// A site of 500 users, split in time and built; read by several tests, changed by none.
static SITE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new();
    place.file("recall.toml", QUICK);
    place.json("generate --items 300 --users 500 --events 9000 --days 30 --out site");
    place.json("split --log site/log.csv --by time --out split");
    let tables = "--items site/items.csv --users site/users.csv";
    place.json(&format!("build --log split/train.csv {tables} --out out --config recall.toml"));
    place
});

const EVALUATE: &str = "evaluate out --history split/history.csv --test split/test.csv --users site/users.csv";
/// All of them, in the order of fusion.
const CHANNELS: [&str; edge_recall::ids::ChannelId::ALL.len()] = edge_recall::ids::ChannelId::NAMES;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_channel_has_figures_and_a_time_or_a_reason() {
    let answer = SITE.json(&format!("{EVALUATE} --by-channel"));
    let (channels, absent) = (&answer["channels"], &answer["absent"]);
    for name in CHANNELS {
        match (channels.get(name), absent.get(name)) {
            (Some(of), None) => {
                assert!(number(&of["recall@20"]) > 0.0, "{name}: {of}");
                assert!(number(&answer["latency_us"][name]) > 0.0, "{name}: {}", answer["latency_us"]);
                // What fills up is none of those whose hits are told apart.
                assert_eq!(of.get("unique@20").is_some(), name != "popular", "{name}: {of}");
            }
            (None, Some(why)) => assert!(why.as_str().unwrap().len() > 10, "{name}: {why}"),
            both => panic!("{name} has {both:?}"),
        }
    }
    for name in ["i2i", "u2i", "repeat", "crowd", "popular"] {
        assert!(channels.get(name).is_some(), "{name}: {absent}");
    }
    assert!(absent["retarget"].as_str().unwrap().contains("[retarget]"), "{absent}");
    assert!(number(&answer["latency_us"]["fused"]) > number(&answer["latency_us"]["crowd"]));
    assert_eq!(SITE.json(EVALUATE).get("latency_us"), None, "nothing is timed that nobody asked for");
}

#[test]
fn people_read_a_row_for_every_channel_by_length_of_history_too() {
    let output = SITE.run(&format!("{EVALUATE} --by-channel --by-history-length"));
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, table) = text.split_once("\nby channel ").unwrap();
    let (table, rest) = table.split_once("\n\n").unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    assert!(["recall@20", "ndcg@20", "unique@20", "median µs"].iter().all(|column| head.contains(column)), "{head}");
    let names: Vec<&str> = rows.lines().map(|row| row.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, [&["fused"][..], &CHANNELS].concat());
    let retarget = rows.lines().find(|row| row.starts_with("retarget ")).unwrap();
    assert!(retarget.starts_with("retarget        n/a: ") && retarget.contains("[retarget]"), "{retarget}");
    assert!(rest.starts_with("by history ") && rest.contains("\n10-19 events "), "{rest}");
}

/// What ships must be worth what it costs: on no metric is a channel better alone by more than chance.
#[test]
fn the_answer_never_loses_to_a_channel_by_more_than_the_standard_error() {
    let answer = SITE.json(EVALUATE);
    assert!(answer["users"].as_u64() >= Some(200), "{}", answer["users"]);
    let against = answer["against_best"].as_object().unwrap();
    assert!(against.len() >= 10, "{against:?}");
    for (metric, best) in against {
        assert!(number(&best["difference"]) >= -number(&best["error"]), "{metric}: {best}");
    }
    let text = String::from_utf8(SITE.run(EVALUATE).stdout).unwrap();
    assert!(text.contains(" alone, recall@20: +") && !text.contains("beyond it"), "{text}");
}

#[test]
fn with_a_users_file_everybody_gets_the_list_of_his_crowd() {
    let place = built();
    let odd: String = (0..12).map(|n| format!("u1,i{}\n", 2 * n + 1)).collect();
    place.file("h.csv", "user,item\nother,i0\n").file("t.csv", format!("user,item\n{odd}"));
    let evaluate = "evaluate out --history h.csv --test t.csv --log log.csv --k 12";
    let recall = |answer: Value| number(&answer["channels"]["crowd"]["recall@12"]);
    assert_eq!(recall(place.json(&format!("{evaluate} --users users.csv"))), 1.0);
    assert!(recall(place.json(evaluate)) < 0.8, "a stranger gets everyone's list");
    place.file("users.csv", "user,side\nU1,odd\n");
    let notices = place.notices(&format!("{evaluate} --users users.csv"));
    assert!(notices.contains("users.csv has none of the users to replay: all are strangers"), "{notices}");
    assert!(place.fails(&format!("{evaluate} --users gone.csv"), 1).contains("cannot open gone.csv"));
}

/// Lists that would not fit into the manifest lie in a file that no stranger asks for.
#[test]
fn lists_of_crowds_apart_from_the_head_are_at_hand() {
    let place = Place::new();
    let key = |item: u32| format!("{item}{:x<300}", "");
    let rows = (0..200).flat_map(|user| (0..4).map(move |n| (user, user % 20 * 4 + n)));
    let log: String = rows.map(|(user, item)| format!("u{user},{}\n", key(item))).collect();
    let users: String = (0..200).map(|user| format!("u{user},t{}\n", user % 20)).collect();
    let town: String = (12..16).map(|item| format!("u3,{}\n", key(item))).collect();
    let config = format!("{QUICK}[crowd]\nmin_users = 5\n[shards]\ntarget = \"1KB\"\n");
    place.file("log.csv", format!("user,item\n{log}")).file("users.csv", format!("user,town\n{users}"));
    place.file("h.csv", format!("user,item\nother,{}\n", key(0))).file("t.csv", format!("user,item\n{town}"));
    place.file("recall.toml", config);
    let built = place.json("build --log log.csv --users users.csv --out out --config recall.toml");
    assert!(built["manifest"].get("crowds").is_some(), "{}", built["manifest"]);
    let answer = place.json("evaluate out --history h.csv --test t.csv --log log.csv --users users.csv --k 4");
    assert_eq!(number(&answer["channels"]["crowd"]["recall@4"]), 1.0, "{}", answer["channels"]);
}
