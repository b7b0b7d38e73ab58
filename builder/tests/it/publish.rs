//! `publish --plan`: followed to the letter, it brings a host from one build to the next.

use std::fs;

use serde_json::Value;

use crate::logs::{QUICK, checkerboard};
use crate::place::Place;

/// Does what a plan says, file after file, between `out` and `host`.
fn follow(place: &Place, plan: &Value) {
    fs::create_dir_all(place.path("host/c")).unwrap();
    for file in plan["upload"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        assert_eq!(fs::copy(place.path("out").join(path), place.path("host").join(path)).unwrap(), file["bytes"]);
    }
    for path in plan["delete"].as_array().unwrap() {
        fs::remove_file(place.path("host").join(path.as_str().unwrap())).unwrap();
    }
}

fn build(place: &Place, users: u32, out: &str) {
    place.file("log.csv", checkerboard(users, 12));
    place.json(&format!("build --log log.csv --out {out} --config recall.toml"));
}

#[test]
fn following_the_plan_makes_the_host_what_the_directory_is() {
    let place = Place::new();
    place.file("recall.toml", format!("{QUICK}[shards]\nkeep_builds = 2\n"));
    for (day, users) in [20, 24, 28, 32].into_iter().enumerate() {
        build(&place, users, "out");
        let published = if day == 0 { "" } else { " --published host/builds.json" };
        let plan = place.json(&format!("publish out --plan --config recall.toml{published}"));
        let shards = plan["upload"].as_array().unwrap().iter().filter(|file| file["kind"] == "vec").count();
        assert_eq!(shards, 1, "day {day} brings the new cell alone");
        assert_eq!(plan["delete"].as_array().unwrap().is_empty(), day < 2, "day {day}");
        follow(&place, &plan);
        // How the build was made is no page's business, and stays at home.
        let mut published = place.files("out");
        published.remove("recipe.json").expect("a build leaves its recipe");
        assert!(place.files("host") == published, "day {day}");
        assert_eq!(plan["files_afterwards"], place.files("host").len());
    }
    let again = place.json("publish out --plan --config recall.toml --published host");
    let kinds: Vec<&str> =
        again["upload"].as_array().unwrap().iter().map(|file| file["kind"].as_str().unwrap()).collect();
    assert_eq!((kinds, again["delete"].as_array().unwrap().len()), (vec!["headers", "record", "manifest"], 0));
}

#[test]
fn builds_into_empty_folders_are_told_what_the_host_remembers() {
    let place = Place::new();
    place.file("recall.toml", QUICK);
    build(&place, 20, "before");
    build(&place, 24, "out");
    let line = "publish out --plan --published before/builds.json";
    assert!(place.notices(line).contains("out/builds.json; before the upload, write `record` of --json there"));
    assert_eq!(place.json(line)["record"].as_array().unwrap().len(), 2);
    assert!(place.notices("publish out --plan --published out").is_empty());
}

#[test]
fn what_cannot_be_planned_is_told() {
    let place = Place::new();
    place.file("recall.toml", QUICK).file("page.json", "<!doctype html>");
    build(&place, 20, "out");
    assert!(place.fails("publish out", 2).contains("edge-recall uploads nothing itself; `publish DIR --plan` lists"));
    for (line, message) in [
        ("publish nowhere --plan", "give the directory that `edge-recall build --out` wrote"),
        ("publish out --plan --published gone.json", "leave --published out for a host that has nothing yet"),
        ("publish out --plan --published page.json", "page.json is no record of builds"),
        (
            "publish out --plan --published https://shop.example/recall/builds.json",
            "is an address; download its builds.json",
        ),
    ] {
        let told = place.fails(line, 1);
        assert!(told.contains(message), "{line}: {told}");
    }
    let shard = place.path(&format!("out/c/{}", place.names("out/c")[0]));
    fs::remove_file(shard).unwrap();
    assert!(place.fails("publish out --plan", 1).contains("the build is incomplete, build again"));
}
