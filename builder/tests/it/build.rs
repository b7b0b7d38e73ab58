//! `build`, and what its shards answer to `inspect`, `recommend` and `similar`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use edge_recall::format::write::shard_name;
use serde_json::{Value, json};

use crate::answers::{found, ids};
use crate::logs::{QUICK, built, catalogue, checkerboard};
use crate::place::Place;

/// Read by many tests, changed by none.
static BUILT: LazyLock<Place> = LazyLock::new(built);

fn results(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["results"].as_array().unwrap().iter()
}

fn id(found: &Value) -> &str {
    found["id"].as_str().unwrap()
}

fn number(id: &str) -> u32 {
    id.trim_start_matches('i').parse().unwrap()
}

#[test]
fn every_file_is_there_under_the_name_of_its_bytes() {
    assert_eq!(BUILT.names("out"), ["_headers", "builds.json", "c", "recall.json", "recipe.json"]);
    let files = BUILT.files("out");
    let shards: Vec<_> = files.iter().filter(|(name, _)| name.starts_with("c/")).collect();
    assert!(shards.len() >= 2, "{:?}", files.keys());
    for (name, bytes) in shards {
        assert_eq!(*name, format!("c/{}.er", shard_name(bytes)));
    }
    assert!(BUILT.read("out/_headers").starts_with("/c/*\n  Cache-Control: public, max-age=31536000, immutable\n"));
}

#[test]
fn the_answer_of_the_command_counts_what_is_on_the_disk() {
    let place = Place::new();
    place.file("log.csv", checkerboard(60, 24)).file("recall.toml", QUICK);
    let answer = place.json("build --log log.csv --out out --config recall.toml");
    let counted = place.budgeted("out");
    assert_eq!(answer["bytes"], counted.values().map(Vec::len).sum::<usize>());
    assert_eq!(answer["files"], counted.len());
    assert_eq!(answer["manifest"], serde_json::from_str::<Value>(&place.read("out/recall.json")).unwrap());
    assert_eq!((&answer["items"], &answer["users"], &answer["runtime"]), (&json!(24), &json!(60), &json!(false)));
    assert!(answer["tuning"]["users"].as_u64().unwrap() >= 20, "{}", answer["tuning"]["users"]);
}

#[test]
fn inspect_tells_sections_pairs_crowds_and_the_cost_of_a_visit() {
    let answer = BUILT.json("inspect out");
    let kinds: BTreeSet<&str> =
        answer["files"].as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains("vec") && kinds.contains("i2i"), "{kinds:?}");
    for table in ["i2i", "next"] {
        assert!(answer["pairs"][table].as_u64().unwrap() >= 24 * 10, "{}", answer["pairs"]);
    }
    let crowds: Vec<_> =
        answer["crowds"].as_array().unwrap().iter().map(|crowd| (&crowd["key"], &crowd["users"])).collect();
    assert_eq!(json!(crowds), json!([["", 60], ["side=even", 30], ["side=odd", 30]]));
    let bytes: usize = BUILT.budgeted("out").values().map(Vec::len).sum();
    assert_eq!(answer["bytes_per_visit"], bytes);
    let item = BUILT.json("inspect out --item i3");
    assert_eq!(item["attributes"], json!({ "side": "odd", "price": "1.5" }));
    // As many as the tuner found worth their bytes; there are 11 others in the community.
    let targets = item["tables"]["i2i"].as_array().unwrap();
    assert!((10..=11).contains(&targets.len()), "{targets:?}");
}

/// Tables never lead across. Vectors only approach that: two directions of few dimensions are rarely at right angles.
#[test]
fn personal_answers_stay_within_a_community() {
    for item in [0, 1, 10, 23] {
        for ask in [format!("recommend out --history i{item} -k 50"), format!("similar out i{item} -k 50")] {
            let answer = BUILT.json(&ask);
            let is_own = |found: &&Value| number(id(found)) % 2 == item % 2;
            assert!(results(&answer).take(4).filter(is_own).count() == 4, "{ask}: {:?}", ids(&answer));
            assert!(results(&answer).take(11).filter(is_own).count() >= 8, "{ask}: {:?}", ids(&answer));
            let strongest = answer["results"][0]["score"].as_f64().unwrap();
            for found in results(&answer).filter(|found| !is_own(found)) {
                let channels = found["channels"].as_array().unwrap();
                assert!(!channels.contains(&json!("i2i")) && !channels.contains(&json!("next")), "{ask}: {found}");
                assert!(found["score"].as_f64().unwrap() < strongest * 0.75, "{ask}: {found} after {strongest}");
            }
        }
    }
}

#[test]
fn an_answer_says_why_and_leaves_the_history_out() {
    let answer = BUILT.json("recommend out --history i1,i3,nowhere -k 9");
    assert_eq!(answer["unknown"], json!(["nowhere"]));
    assert_eq!(ids(&answer).len(), 9);
    assert!(!ids(&answer).contains(&"i1") && !ids(&answer).contains(&"i3"));
    let scores: Vec<f64> = answer["results"].as_array().unwrap().iter().map(|f| f["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let first = &answer["results"][0];
    assert_eq!(first["attributes"]["side"], "odd");
    assert!(["i1", "i3"].contains(&first["why"][0]["seed"].as_str().unwrap()), "{first}");
    let message = BUILT.fails("recommend out --history x,y", 1);
    assert!(message.contains("the catalogue has none of y, x; give item keys as the log has them"), "{message}");
    let message = BUILT.fails("similar out nowhere", 1);
    assert!(message.contains("the catalogue has none of nowhere"), "{message}");
}

#[test]
fn the_context_picks_the_crowd() {
    for (context, rest) in [("even", 0), ("odd", 1)] {
        let answer = BUILT.json(&format!("recommend out --context side={context} -k 12"));
        assert_eq!(ids(&answer).len(), 12);
        assert!(ids(&answer).iter().all(|id| number(id) % 2 == rest), "{answer}");
    }
    let everyone = BUILT.json("recommend out --context side=other -k 24");
    assert_eq!(ids(&everyone).iter().filter(|id| number(id).is_multiple_of(2)).count(), 12);
    assert_eq!(everyone, BUILT.json("recommend out -k 24"));
}

#[test]
fn more_than_the_catalogue_holds_is_all_that_it_holds() {
    let stranger = BUILT.json("recommend out -k 1000");
    // The crowd met 24 of them; the two that nobody met fill up.
    assert_eq!((found(&stranger).len(), &ids(&stranger)[24..]), (24, &["i24", "i25"][..]));
    // To a visitor they come by what the catalogue says of them.
    let visitor = BUILT.json("recommend out --history i0 -k 1000");
    assert_eq!((found(&visitor).len(), ids(&visitor).len()), (25, 25));
    assert!(BUILT.fails("recommend out -k 1001", 2).contains("1..=1000"));
}

/// Twins: what two builds of the same thing must be, to the byte.
#[test]
fn neither_threads_nor_the_order_of_rows_change_a_byte() {
    let place = Place::new();
    let log = checkerboard(50, 16);
    let (header, rows) = log.split_once('\n').unwrap();
    let backward: Vec<&str> = rows.lines().rev().collect();
    place.file("log.csv", &log).file("items.csv", catalogue(18)).file("recall.toml", QUICK);
    place.file("backward.csv", format!("{header}\n{}\n", backward.join("\n")));
    let build = |log: &str, out: &str, threads: &str| {
        let line = format!("build --log {log} --items items.csv --out {out} --config recall.toml --quiet");
        let output = place.run_with(&line, &[("RAYON_NUM_THREADS", threads)]);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        place.files(out)
    };
    let first = build("log.csv", "first", "1");
    assert!(first.len() >= 4);
    assert!(build("log.csv", "second", "2") == first, "another number of threads");
    assert!(build("backward.csv", "third", "2") == first, "another order of rows");
    assert!(build("log.csv", "first", "2") == first, "over an earlier build");
}

#[test]
fn a_budget_is_kept_by_shorter_rows_or_refused() {
    let place = Place::new();
    place.file("log.csv", checkerboard(60, 24)).file("recall.toml", QUICK);
    let build = "build --log log.csv --config recall.toml --out";
    let whole = place.json(&format!("{build} whole"))["bytes"].as_u64().unwrap();
    let budget = whole - 150;
    let answer = place.json(&format!("{build} small --budget {budget}"));
    let bytes: usize = place.budgeted("small").values().map(Vec::len).sum();
    assert!(bytes as u64 <= budget && answer["bytes"] == bytes, "{bytes} of {budget}");
    let message = place.fails(&format!("{build} none --budget 1kB"), 1);
    assert!(
        message.contains("more than the budget of 1000; give a larger --budget or a smaller [model] dim"),
        "{message}"
    );
    assert_eq!(place.names("."), ["log.csv", "recall.toml", "small", "whole"]);
}

#[test]
fn the_runtime_is_copied_beside_the_data() {
    let place = Place::new();
    place.file("log.csv", checkerboard(6, 8)).file("recall.toml", QUICK);
    std::fs::create_dir(place.path("dist")).unwrap();
    let build = "build --log log.csv --config recall.toml --runtime dist --out out";
    place.file("dist/recall.js", "js").file("dist/README.md", "not for hosts");
    let message = place.fails(build, 1);
    assert_eq!(
        message,
        "error: dist has no recall.wasm; make it with `cargo xtask package`, which writes dist/recall\n"
    );
    assert_eq!(place.names("."), ["dist", "log.csv", "recall.toml"]);
    place.file("dist/recall.wasm", "wasm");
    assert_eq!(place.json(build)["runtime"], true);
    assert_eq!(
        place.names("out"),
        ["_headers", "builds.json", "c", "recall.js", "recall.json", "recall.wasm", "recipe.json"]
    );
    assert_eq!(place.read("out/recall.js"), "js");
}
