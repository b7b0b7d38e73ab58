//! What a build leaves for pages that were opened before it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::logs::{QUICK, checkerboard};
use crate::place::Place;

/// Builds over `out` from a log of so many users, which makes another build each.
fn build(place: &Place, users: u32) -> Value {
    place.file("log.csv", checkerboard(users, 12));
    place.json("build --log log.csv --out out --config recall.toml")
}

fn place(config: &str) -> Place {
    let place = Place::new();
    place.file("recall.toml", format!("{QUICK}{config}"));
    place
}

fn record(place: &Place) -> Vec<Value> {
    serde_json::from_str(&place.read("out/builds.json")).unwrap()
}

fn shards(place: &Place) -> BTreeSet<String> {
    place.names("out/c").into_iter().collect()
}

#[test]
fn a_page_with_the_manifest_before_still_finds_its_files() {
    let place = place("");
    build(&place, 20);
    let (before, manifest) = (place.files("out"), place.read("out/recall.json"));
    let answer = place.json("recommend out --history i1");
    let kept = build(&place, 24)["kept"].clone();
    let after = place.files("out");
    let old: Vec<_> = before.iter().filter(|(name, _)| name.starts_with("c/")).collect();
    assert!(old.len() >= 2 && old.iter().all(|(name, bytes)| after.get(*name) == Some(*bytes)));
    assert_eq!((&kept["builds"], &kept["files"]), (&json!(1), &json!(old.len())));
    assert_eq!(kept["bytes"], old.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
    let inspected = place.json("inspect out");
    let named = inspected["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap());
    assert!(!named.clone().any(|name| before.contains_key(&format!("c/{name}.er"))), "inspect shows this build alone");
    assert_eq!(named.count() + old.len(), shards(&place).len());
    place.file("out/recall.json", manifest);
    assert_eq!(place.json("recommend out --history i1"), answer);
}

#[test]
fn only_the_last_builds_stay_and_none_twice() {
    let place = place("[shards]\nkeep_builds = 2\n");
    let files = |of: &Value| -> BTreeSet<String> {
        of["files"].as_array().unwrap().iter().map(|name| format!("{}.er", name.as_str().unwrap())).collect()
    };
    let mut builds = Vec::new();
    for users in [20, 24, 28] {
        builds.insert(0, build(&place, users)["manifest"]["build"].clone());
        let record = record(&place);
        assert_eq!(record.iter().map(|build| build["build"].clone()).collect::<Vec<_>>(), builds[..record.len()]);
        assert_eq!(record.len(), builds.len().min(2));
        assert_eq!(shards(&place), record.iter().flat_map(files).collect(), "what the record names, and nothing else");
    }
    let before = place.files("out");
    assert_eq!(build(&place, 28)["kept"]["builds"], 1);
    assert!(place.files("out") == before, "the same build again changes nothing");
    build(&place, 24);
    let ids: Vec<Value> = record(&place).iter().map(|build| build["build"].clone()).collect();
    assert_eq!(ids, [builds[1].clone(), builds[0].clone()], "a build that returns is the newest");
}

#[test]
fn a_folder_from_before_there_were_records_is_one_build() {
    let place = place("");
    let mut last = build(&place, 20)["manifest"]["build"].clone();
    for (damage, users) in [(None, 24), (Some("<!doctype html>"), 28)] {
        let before = shards(&place);
        fs::remove_file(place.path("out/builds.json")).unwrap();
        if let Some(text) = damage {
            place.file("out/builds.json", text);
        }
        let next = build(&place, users)["manifest"]["build"].clone();
        assert!(shards(&place).is_superset(&before));
        let ids: Vec<Value> = record(&place).iter().map(|build| build["build"].clone()).collect();
        assert_eq!(ids, [next.clone(), last]);
        last = next;
    }
}

#[test]
fn a_build_whose_files_have_gone_is_forgotten() {
    let place = place("");
    build(&place, 20);
    let lost = place.names("out/c")[0].clone();
    fs::remove_file(place.path(&format!("out/c/{lost}"))).unwrap();
    assert_eq!(build(&place, 24)["kept"], json!({ "builds": 0, "files": 0, "bytes": 0 }));
    assert_eq!(record(&place).len(), 1);
}
