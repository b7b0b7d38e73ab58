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
    for channel in ["crowd", "i2i", "next", "u2i"] {
        assert!(names.iter().any(|name| *name == channel), "{channel} is not in {names:?}");
    }
    // What fills up is none of those whose hits are told apart.
    let channels = answer["channels"].as_object().unwrap().iter().map(|(name, of)| (of, name != "popular"));
    let baselines = answer["baselines"].as_object().unwrap();
    assert_eq!(baselines.keys().collect::<Vec<_>>(), ["item_cf", "popularity"]);
    for (system, unique) in channels.chain(baselines.values().map(|it| (it, false))).chain([(&answer["fused"], false)])
    {
        let found: BTreeSet<&str> = system.as_object().unwrap().keys().map(String::as_str).collect();
        let metrics = ["recall", "ndcg", "hit_rate", "mrr", "coverage", "gini", "novelty", "precision"];
        let metrics = metrics.into_iter().chain(unique.then_some("unique"));
        let expected: BTreeSet<String> = metrics.flat_map(|name| [5, 20].map(|k| format!("{name}@{k}"))).collect();
        assert_eq!(found, expected.iter().map(String::as_str).collect());
        for name in expected.iter().filter(|name| !name.starts_with("novelty")) {
            assert!((0.0..=1.0).contains(&metric(system, name)), "{name} in {system}");
        }
        for name in ["recall", "ndcg", "hit_rate", "mrr", "coverage"] {
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
fn every_figure_has_an_interval_and_every_length_of_history_its_figures() {
    let answer = CLUSTERED.json(EVALUATE);
    let of = |path: &[&str]| path.iter().fold(&answer, |value, name| &value[*name]);
    for path in [&["fused"][..], &["channels", "u2i"], &["baselines", "item_cf"]] {
        let (mean, interval) = (metric(of(path), "recall@20"), &of(&[&["intervals"], path].concat())["recall@20"]);
        let (low, high) = (interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
        assert!(low < mean && mean < high && (high - mean - (mean - low)).abs() < 1e-12, "{interval} around {mean}");
    }
    let groups = answer["by_history_length"].as_array().unwrap();
    let users: u64 = groups.iter().map(|group| group["users"].as_u64().unwrap()).sum();
    assert_eq!(Some(users), answer["users"].as_u64());
    for path in [&["fused"][..], &["channels", "i2i"], &["baselines", "popularity"]] {
        let of_group = |group: &Value| metric(path.iter().fold(group, |value, name| &value[*name]), "ndcg@5");
        let sum: f64 = groups.iter().map(|group| group["users"].as_f64().unwrap() * of_group(group)).sum();
        assert!((sum / users as f64 - metric(of(path), "ndcg@5")).abs() < 1e-9, "{path:?}");
    }
    let curve: Vec<f64> = answer["lorenz"]["fused"].as_array().unwrap().iter().map(|at| at.as_f64().unwrap()).collect();
    assert!(curve.is_sorted() && curve.len() == 101 && (curve[0], curve[100]) == (0.0, 1.0), "{curve:?}");
}

#[test]
fn baselines_stand_beside_and_tell_what_they_learnt_from() {
    let place = Place::new();
    place.file("log.csv", checkerboard(40, 12)).file("recall.toml", QUICK);
    place.json("build --log log.csv --out out --config recall.toml");
    // Whoever met an even item gets even ones from item CF; popularity is the same for all.
    place
        .file("h.csv", "user,item\nnew,i0\nnew,i0\n")
        .file("t.csv", "user,item\nnew,i2\nnew,i4\nnew,i6\nnew,i8\nnew,i10\n");
    let evaluate = "evaluate out --history h.csv --test t.csv --k 5";
    let answer = place.json(&format!("{evaluate} --log log.csv"));
    assert_eq!(
        (&answer["baselines_from"]["chosen"], &answer["baselines_from"]["file"]),
        (&"given".into(), &"log.csv".into())
    );
    assert_eq!(metric(&answer["baselines"]["item_cf"], "recall@5"), 1.0);
    assert!(metric(&answer["baselines"]["popularity"], "recall@5") < 1.0);
    let by = &answer["against_baselines"]["item_cf"]["recall@5"];
    assert_eq!(metric(by, "difference"), metric(&answer["fused"], "recall@5") - 1.0);
    let alone = place.json(evaluate);
    assert_eq!(alone["baselines_from"]["chosen"], "histories");
    assert_eq!(metric(&alone["baselines"]["item_cf"], "recall@5"), 0.0, "one user and one item link nothing");
    place.file("train.csv", place.read("log.csv"));
    let beside = place.json(evaluate);
    assert_eq!(
        (&beside["baselines_from"]["chosen"], &beside["baselines_from"]["file"]),
        (&"beside".into(), &"train.csv".into())
    );
    assert_eq!(beside["baselines"], answer["baselines"]);
    assert!(place.fails(&format!("{evaluate} --log gone.csv"), 1).contains("cannot open gone.csv"));
}

#[test]
fn sessions_that_come_back_to_an_item_are_measured_without_a_mask() {
    let place = Place::new();
    place.file("log.csv", checkerboard(40, 12)).file("recall.toml", QUICK);
    place.json("build --log log.csv --out out --config recall.toml");
    place.file("h.csv", "session,item,timestamp\ns,i0,1\ns,i2,2\ns,i0,3\none,i1,4\n");
    place.file("t.csv", "session,item,timestamp\ns,i2,9\ns,i2,10\none,i1,9\n");
    let evaluate = "evaluate out --history h.csv --test t.csv --log log.csv --k 12";
    let kept = place.json(&format!("{evaluate} --no-mask"));
    assert_eq!(metric(&kept["fused"], "recall@12"), 1.0, "an item that is to be found twice counts once");
    assert_eq!(metric(&kept["baselines"]["popularity"], "recall@12"), 1.0);
    // What item 0 leads to is item 2; item 1 alone does not lead to itself.
    assert_eq!(metric(&kept["baselines"]["item_cf"], "recall@12"), 0.5);
    let lengths: Vec<&str> =
        kept["by_history_length"].as_array().unwrap().iter().map(|group| group["events"].as_str().unwrap()).collect();
    assert_eq!(lengths, ["1", "2-4"]);
    let masked = place.json(evaluate);
    assert_eq!(
        (metric(&masked["fused"], "recall@12"), metric(&masked["baselines"]["popularity"], "recall@12")),
        (0.0, 0.0)
    );
}

#[test]
fn other_budgets_are_replayed_where_they_are_asked_for() {
    assert_eq!(CLUSTERED.json(EVALUATE).get("budgets"), None);
    let answer = CLUSTERED.json(&format!("{EVALUATE} --budgets 1MB,10"));
    let points = answer["budgets"].as_array().unwrap();
    let told: Vec<Option<u64>> = points.iter().map(|point| point["budget"].as_u64()).collect();
    assert_eq!(told, [Some(10), Some(1_000_000), None]);
    let bytes: Vec<u64> = points.iter().map(|point| point["bytes"].as_u64().unwrap()).collect();
    let all = CLUSTERED.budgeted("out").values().map(Vec::len).sum::<usize>() as u64;
    assert!(bytes.is_sorted() && bytes[2] == all, "{bytes:?} of {all}");
    assert_eq!(points[2]["fused"]["ndcg@20"], answer["visit"]["whole"]["ndcg@20"]);
    assert!(CLUSTERED.fails(&format!("{EVALUATE} --budgets 9GB"), 2).contains("at most 4GB"));
}

#[test]
fn fusion_keeps_up_with_its_best_channel_and_beats_the_crowd() {
    let answer = CLUSTERED.json(EVALUATE);
    assert!(answer["users"].as_u64().unwrap() >= 100, "{}", answer["users"]);
    for (name, best) in answer["against_best"].as_object().unwrap() {
        let (difference, error) = (metric(best, "difference"), metric(best, "error"));
        // The best of several channels, in sixteen figures: one of them is two errors off by chance.
        assert!(difference >= -3.0 * error, "{name}: {best}");
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
    assert_eq!(first.split_whitespace().collect::<Vec<_>>(), ["metric", "fused", "item_cf", "popularity"]);
    let expected = [
        "\nrecall@5 ",
        "\ncoverage@20 ",
        "\nshares of the fused scores: ",
        " alone, ndcg@20: ",
        "\nfused against popularity, recall@20: ",
        "\nbaselines learnt from split/train.csv, which lies beside the histories: ",
        " a visit reads ",
    ];
    for expected in expected {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    assert!(!text.contains("by channel") && !text.contains("by history"), "{text}");
    let output = CLUSTERED.run(&format!("{EVALUATE} --by-channel --by-history-length"));
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in ["\nby channel ", " unique@20 ", "\nu2i ", "\nby history ", "\n5-9 events "] {
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
    let unknown = serde_json::json!({ "histories": 1, "tests": 0, "test_items": 1 });
    assert_eq!(answer["unknown"], unknown);
    // One of two items is none of the catalogue; the others get the crowd's list, which holds everything.
    assert!((metric(&answer["fused"], "recall@12") - 2.5 / 3.0).abs() < 1e-9, "{}", answer["fused"]);
    let message = place.fails("evaluate out --history history.csv --test gone.csv", 1);
    assert!(message.contains("cannot open gone.csv"), "{message}");
    assert!(place.fails("evaluate out --history history.csv --test test.csv --k 0", 2).contains("1..=1000"));
    place.file("test.csv", "user,item\nnew,unheard-of\nother,i2\n");
    let output = place.run("evaluate out --history history.csv --test test.csv --k 12");
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in ["\n1 users have a history of which", "\n1 users are to find only items"] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    place.file("test.csv", "user,item\n");
    let message = place.fails("evaluate out --history history.csv --test test.csv", 1);
    assert!(message.contains("cannot measure: test.csv: the log has a header and no rows"), "{message}");
}
