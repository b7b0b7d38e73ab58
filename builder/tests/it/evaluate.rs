//! `split`, `build`, `evaluate`: a recommender measured from end to end, through the shards that ship.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::logs::{QUICK, checkerboard, clustered};
use crate::place::Place;

/// 330 users of six communities, split in time and built; read by several tests, changed by none.
static CLUSTERED: LazyLock<Place> = LazyLock::new(|| split_and_built(&clustered(330), "time"));

const EVALUATE: &str = "evaluate out --history split/history.csv --test split/test.csv --k 5,20";

fn split_and_built(log: &str, by: &str) -> Place {
    let place = Place::new();
    place.file("log.csv", log).file("recall.toml", QUICK);
    place.json(&format!("split --log log.csv --by {by} --out split"));
    place.json("build --log split/train.csv --out out --config recall.toml");
    place
}

fn metric(system: &Value, name: &str) -> f64 {
    system[name].as_f64().unwrap_or_else(|| panic!("no {name} in {system}"))
}

#[test]
fn the_answer_has_every_metric_of_every_channel() {
    let answer = CLUSTERED.json(EVALUATE);
    let names: Vec<&String> = answer["channels"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["crowd", "i2i", "next", "u2i"]);
    let channels = answer["channels"].as_object().unwrap().values();
    for system in channels.chain([&answer["fused"]]) {
        let found: BTreeSet<&str> = system.as_object().unwrap().keys().map(String::as_str).collect();
        let metrics = ["recall", "ndcg", "hit_rate", "mrr", "coverage"];
        let expected: BTreeSet<String> =
            metrics.iter().flat_map(|name| [5, 20].map(|k| format!("{name}@{k}"))).collect();
        assert_eq!(found, expected.iter().map(String::as_str).collect());
        for name in &expected {
            assert!((0.0..=1.0).contains(&metric(system, name)), "{name} in {system}");
        }
        for name in metrics {
            assert!(metric(system, &format!("{name}@5")) <= metric(system, &format!("{name}@20")) + 0.05, "{name}");
        }
        assert!(metric(system, "recall@20") <= metric(system, "hit_rate@20"));
    }
    assert_eq!(answer["users"], answer["input"]["users"]);
    assert_eq!(answer["input"]["without_history"], 0);
    let visit = CLUSTERED.budgeted("out");
    assert_eq!(answer["requests_per_visit"].as_f64(), Some(visit.len() as f64));
    assert_eq!(answer["bytes_per_visit"].as_f64(), Some(visit.values().map(Vec::len).sum::<usize>() as f64));
    let shares: f64 = answer["shares"].as_object().unwrap().values().map(|share| share.as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-3, "{}", answer["shares"]);
}

#[test]
fn fusion_keeps_up_with_its_best_channel_and_beats_the_crowd() {
    let answer = CLUSTERED.json(EVALUATE);
    assert!(answer["users"].as_u64().unwrap() >= 100, "{}", answer["users"]);
    for (name, best) in answer["against_best"].as_object().unwrap() {
        let (difference, error) = (metric(best, "difference"), metric(best, "error"));
        assert!(difference >= -2.0 * error, "{name}: {best}");
    }
    let (fused, crowd) = (&answer["fused"], &answer["channels"]["crowd"]);
    assert!(metric(fused, "recall@5") > 1.5 * metric(crowd, "recall@5"), "{fused} against {crowd}");
}

#[test]
fn the_history_is_masked_unless_asked_otherwise() {
    // Everyone is tested with what everyone has met already.
    let place = Place::new();
    place.file("log.csv", checkerboard(40, 12)).file("recall.toml", QUICK);
    place.json("build --log log.csv --out out --config recall.toml");
    let evaluate = "evaluate out --history log.csv --test log.csv --k 12";
    let masked = place.json(evaluate);
    let kept = place.json(&format!("{evaluate} --no-mask"));
    assert_eq!((&masked["users"], &kept["users"]), (&40.into(), &40.into()));
    assert_eq!(metric(&masked["fused"], "recall@12"), 0.0);
    assert_eq!(metric(&masked["channels"]["i2i"], "hit_rate@12"), 0.0);
    assert_eq!(metric(&kept["fused"], "recall@12"), 1.0, "the catalogue has no more than twelve");
    assert_eq!(metric(&kept["channels"]["crowd"], "recall@12"), 1.0);
}

#[test]
fn on_the_checkerboard_the_answer_comes_near_the_ceiling() {
    for by in ["last", "random"] {
        let place = split_and_built(&checkerboard(80, 24), by);
        let answer = place.json("evaluate out --history split/history.csv --test split/test.csv --k 12,24");
        // Twelve items a community less the history: whoever knows the community finds the test within twelve.
        for system in [&answer["fused"], &answer["channels"]["i2i"], &answer["channels"]["u2i"]] {
            assert!(metric(system, "recall@12") > 0.98, "{by}: {system}");
        }
        assert!(metric(&answer["fused"], "recall@24") > 0.99, "{by}: {}", answer["fused"]);
        assert!(metric(&answer["channels"]["crowd"], "recall@12") < 0.9, "{by}: {}", answer["channels"]["crowd"]);
    }
}

#[test]
fn people_read_a_table() {
    let output = CLUSTERED.run(EVALUATE);
    let text = String::from_utf8(output.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert_eq!(first.split_whitespace().collect::<Vec<_>>(), ["metric", "fused", "crowd", "i2i", "next", "u2i"]);
    for expected in
        ["\nrecall@5 ", "\ncoverage@20 ", "\nshares of the fused scores: ", " alone, ndcg@20: ", " a visit reads "]
    {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
}

#[test]
fn visitors_from_elsewhere_and_unknown_items_do_no_harm() {
    let place = Place::new();
    place.file("history.csv", "user,item\nnew,i1\nother,never-seen\n");
    place.file("test.csv", "user,item\nnew,i7\nnew,unheard-of\nother,i2\nthird,i3\n");
    place.file("log.csv", checkerboard(40, 12)).file("recall.toml", QUICK);
    place.json("build --log log.csv --out out --config recall.toml");
    let answer = place.json("evaluate out --history history.csv --test test.csv --k 12");
    assert_eq!((&answer["users"], &answer["input"]["without_history"]), (&3.into(), &1.into()));
    // One of two items is none of the catalogue; the others get the crowd's list, which holds everything.
    assert!((metric(&answer["fused"], "recall@12") - 2.5 / 3.0).abs() < 1e-9, "{}", answer["fused"]);
    let message = place.fails("evaluate out --history history.csv --test gone.csv", 1);
    assert!(message.contains("cannot open gone.csv"), "{message}");
    assert!(place.fails("evaluate out --history history.csv --test test.csv --k 0", 2).contains("1..=1000"));
}
