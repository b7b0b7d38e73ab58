//! `pack` and `build --tables`: tables made elsewhere become a build that answers, and the builder's own tables one that
//! answers as the build did.

use std::collections::BTreeMap;

use edge_recall::ids::{ChannelId, Ordinal};
use edge_recall::{Recaller, Request};
use edge_recall_builder::open::{Opened, open};
use serde_json::Value;

use crate::answers::{found, ids};
use crate::logs::{QUICK, built, clustered};
use crate::place::Place;

/// Ten items on a quarter of a circle, each twice as long as the one before: `v0` looks right, `v9` up.
fn arc(key: impl Fn(&str, f32, f32) -> String) -> String {
    let item = |n: u32| {
        let (angle, length) = (n as f32 / 9.0 * std::f32::consts::FRAC_PI_2, (1u32 << n) as f32);
        key(&format!("v{n}"), length * angle.cos(), length * angle.sin())
    };
    (0..10).map(item).collect()
}

#[test]
fn vectors_alone_are_a_build() {
    let place = Place::new();
    place.file("vectors.csv", format!("item,vector\n{}", arc(|key, x, y| format!("{key},{x} {y}\n"))));
    place.file("vectors.jsonl", arc(|key, x, y| format!("{{\"item\":\"{key}\",\"vector\":[{x},{y}]}}\n")));
    let answer = place.json("pack --item-vectors vectors.csv --metric cosine --out out");
    assert_eq!(answer["manifest"]["tower"]["kind"], "pool");
    assert_eq!(answer["manifest"]["vectors"]["code"], "int8");
    assert_eq!(answer["weights"], serde_json::json!([["u2i", 1.0]]));
    assert_eq!(ids(&place.json("similar out v5 -k 2")), ["v4", "v6"]);
    assert_eq!(ids(&place.json("recommend out --history v0,v1 -k 3")), ["v2", "v3", "v4"]);
    let cosine = place.budgeted("out");
    place.json("pack --item-vectors vectors.jsonl --metric cosine --out out");
    assert!(place.budgeted("out") == cosine, "the same vectors are the same files");
    // By the inner product the long ones win.
    place.json("pack --item-vectors vectors.csv --out out");
    assert_eq!(ids(&place.json("similar out v5 -k 2")), ["v9", "v8"]);
    place.json("pack --item-vectors vectors.csv --fold-in 40,0.1 --out out");
    let fold_in = place.json("inspect out");
    assert!(fold_in.to_string().contains("fold-in"), "{fold_in}");
}

#[test]
fn rows_alone_are_a_build() {
    let place = Place::new();
    place.file("pairs.csv", "trigger,target,score\na,b,4\na,c,2\nd,c,1\n");
    let notice = place.notices("pack --i2i pairs.csv --out out");
    assert!(notice.contains("pack cannot see how many users stand behind them"), "{notice}");
    assert_eq!(ids(&place.json("similar out a")), ["b", "c"]);
    let answer = place.json("recommend out --history d");
    assert_eq!((found(&answer), ids(&answer)), (vec!["c"], vec!["c", "a", "b"]));
}

#[test]
fn crowds_alone_are_a_build() {
    let place = Place::new();
    place.file("crowds.csv", "crowd,item,score\n,a,3\n,b,2\nage=1&sex=f,b,5\nage=1,c,5\n");
    let answer = place.json("pack --crowds crowds.csv --out out");
    assert_eq!(answer["manifest"]["crowd"]["keys"], serde_json::json!([["age", "sex"], ["age"], []]));
    for (context, own, rest) in [
        ("", &["a", "b"][..], &["c"][..]),
        (" --context age=1", &["c"], &["a", "b"]),
        (" --context age=1 --context sex=f", &["b"], &["a", "c"]),
    ] {
        let answer = place.json(&format!("recommend out{context}"));
        assert_eq!((found(&answer), ids(&answer)), (own.to_vec(), [own, rest].concat()), "{context}");
    }
}

#[test]
fn the_catalogue_and_the_budget_hold_as_in_a_build() {
    let place = Place::new();
    let rows: String = (0..40)
        .flat_map(|a| (0..40).filter(move |b| a != *b).map(move |b| (a, b)))
        .fold(String::from("trigger,target,score\n"), |text, (a, b)| {
            text + &format!("i{a},i{b},{}\n", 1 + (a * 7 + b * 3) % 11)
        });
    place.file("pairs.csv", rows).file("items.csv", "item,side\ni0,left\ni1,right\n");
    let whole = place.json("pack --i2i pairs.csv --items items.csv --out out");
    let targets = |answer: &Value| answer["tables"][0][1].as_u64();
    assert_eq!((targets(&whole), whole["input"]["pairs"].as_u64()), (Some(39), Some(1560)));
    assert_eq!(place.json("similar out i1 -k 40")["results"].as_array().unwrap().len(), 39);
    let bytes = whole["bytes"].as_u64().unwrap();
    let short = place.json(&format!("pack --i2i pairs.csv --out out --budget {}", bytes * 3 / 4));
    assert!(targets(&short) < Some(39) && short["bytes"].as_u64().unwrap() <= bytes * 3 / 4, "{short}");
}

/// Item-to-item rows by channel and trigger: each target with its stored weight.
fn rows(place: &Place, dir: &str) -> BTreeMap<(String, String), BTreeMap<String, f32>> {
    let Opened { recaller, .. } = open(&place.path(dir), &Request::recommend(Vec::new())).unwrap();
    let key = |recaller: &Recaller, item: u32| recaller.key(Ordinal(item)).unwrap();
    let mut rows = BTreeMap::new();
    for (spec, table) in recaller.manifest().tables.iter().zip(recaller.tables()) {
        for item in 0..recaller.manifest().items {
            let mut row = BTreeMap::new();
            table.for_each(Ordinal(item), &mut |target, weight| {
                row.insert(key(&recaller, target.0), weight);
            });
            if !row.is_empty() {
                rows.insert((spec.channel.name().to_owned(), key(&recaller, item)), row);
            }
        }
    }
    rows
}

/// Every list of a build: its key, the users behind it, its items with their scores.
fn lists(place: &Place, dir: &str) -> BTreeMap<String, (u32, Vec<(String, f32)>)> {
    let Opened { recaller, .. } = open(&place.path(dir), &Request::recommend(Vec::new())).unwrap();
    let items = |crowd: &edge_recall::format::crowds::Crowd| {
        let entry = |own: &edge_recall::candidate::Candidate| (recaller.key(own.item).unwrap(), own.score);
        crowd.items.iter().map(entry).collect()
    };
    recaller.crowds().iter().map(|crowd| (crowd.key.clone(), (crowd.users, items(crowd)))).collect()
}

#[test]
fn the_tables_of_a_build_make_a_build_that_answers_alike() {
    let place = Place::new();
    let row = |item: u32| format!("i{item},k{},2023-11-{:02}\n", item / 12, 1 + item % 28);
    place.file("items.csv", format!("item,kind,added\n{}", (0..72).map(row).collect::<String>()));
    place.file("log.csv", clustered(120)).file("recall.toml", QUICK);
    let build = "build --log log.csv --items items.csv --out out --tables tables --config recall.toml";
    let manifest = place.json(build)["manifest"].clone();
    let described: Value = serde_json::from_str(&place.read("tables/tables.json")).unwrap();
    let arguments = described["pack"].as_str().unwrap();
    let kind = if cfg!(feature = "parquet") { "parquet" } else { "csv" };
    assert!(
        arguments.starts_with(&format!("pack --item-vectors item_vectors.{kind} --i2i i2i.{kind} --crowds")),
        "{arguments}"
    );
    let tower = &manifest["tower"]["kind"];
    assert_eq!((&described["tower"]["kind"], arguments.contains("--fold-in ")), (tower, tower == "fold-in"));
    let arguments = ["item_vectors", "i2i", "crowds", "cohorts"]
        .iter()
        .fold(arguments.to_owned(), |text, name| text.replace(&format!(" {name}."), &format!(" tables/{name}.")));
    let packed = place.json(&format!("{arguments} --items items.csv --out packed --config recall.toml"));
    assert_eq!(lists(&place, "out"), lists(&place, "packed"), "users and scores included");
    for name in ["tags", "peers"] {
        assert_eq!(packed["manifest"][name], manifest[name], "{name}");
    }

    let (before, after) = (rows(&place, "out"), rows(&place, "packed"));
    assert!(
        before.len() > 100 && before.keys().any(|(channel, _)| channel == ChannelId::Next.name()),
        "{}",
        before.len()
    );
    assert!(before == after, "the rows are the same, to the stored bit");
    let popular = |dir: &str| ids(&place.json(&format!("recommend {dir} -k 5"))).join(" ");
    assert_eq!(popular("out"), popular("packed"));

    // A second writing gives the same files, and replaces the first.
    let first = place.files("tables");
    place.json(build);
    assert!(place.files("tables") == first);
}

#[test]
fn wrong_use_is_told() {
    let place = built();
    assert!(place.fails("pack --out new", 2).contains("--item-vectors"), "one table at least");
    assert!(place.fails("pack --i2i a.csv --keys k.txt --out new", 2).contains("--item-vectors"));
    place.file("v.csv", "item,vector\na,1\n");
    let message = place.fails("pack --item-vectors v.csv --metric cosine --fold-in 1,1 --out new", 2);
    assert!(message.contains("leave --metric cosine away"), "{message}");
    let message = place.fails("pack --item-vectors v.csv --fold-in 1 --out new", 2);
    assert!(message.contains("is not ALPHA,LAMBDA"), "{message}");
    let message = place.fails("pack --i2i gone.csv --out new", 1);
    assert!(message.contains("cannot open gone.csv"), "{message}");
    assert!(!place.path("new").exists());
}
