//! `rules` and `recommend --rules`: what a site asks for is obeyed, and what a build does not have is told.

use serde_json::Value;

use crate::place::Place;

/// A shop of twelve items, every third of them a lamp, met by forty visitors.
fn shop() -> Place {
    let place = Place::new();
    let mut log = String::from("user,item,timestamp\n");
    for user in 0..40 {
        for step in 0..6 {
            log += &format!("u{user},i{},2026-01-{:02}T00:{step:02}:00Z\n", (user + step * 2) % 12, 1 + user % 28);
        }
    }
    let kind = |item: u32| if item.is_multiple_of(3) { "lamp" } else { "chair" };
    let items: String = (0..12).map(|item| format!("i{item},{}\n", kind(item))).collect();
    place.file("log.csv", log).file("items.csv", format!("item,kind\n{items}"));
    place.file("recall.toml", "rules = \"rules.json\"\n[purchase]\nattribute = \"kind\"\nperiods = { lamp = 60 }\n");
    place.json("build --log log.csv --items items.csv --out out --config recall.toml");
    place
}

#[test]
fn rules_are_obeyed_and_what_the_build_lacks_is_told() {
    let place = shop();
    let manifest: Value = serde_json::from_str(&place.read("out/recall.json")).unwrap();
    assert_eq!(manifest["rules"], "rules.json");
    assert_eq!(manifest["purchases"]["periods"][0]["days"], 60);

    place
        .file("out/rules.json", r#"{ "where": { "kind": "lamp" }, "pin": { "0": "i9" }, "channels": { "crowd": 1 } }"#);
    assert!(place.json("rules out")["problems"].as_array().unwrap().is_empty());
    let answer = place.json("recommend out --history i1 --rules out/rules.json -k 3");
    let ids: Vec<&str> = answer["results"].as_array().unwrap().iter().map(|own| own["id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), ids[0]), (3, "i9"));
    assert!(ids.iter().all(|id| ["i0", "i3", "i6", "i9"].contains(id)), "{ids:?}");

    place.file(
        "wrong.json",
        r#"{ "were": {}, "exclude": ["i99"], "pin": { "0": "i98" }, "spread": { "brand": 1 },
            "where": { "kind": "lmap" }, "channels": { "crowds": 0 } }"#,
    );
    let said = place.fails("rules out wrong.json", 1);
    for part in [
        "`were` is no rule",
        "no item i99",
        "no item i98",
        "no attribute brand; it has kind",
        "values of kind",
        "crowds is none of",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    place.file("broken.json", "{ \"where\": ").file("wild.json", r#"{ "diversity": 3 }"#);
    assert!(place.fails("rules out broken.json", 1).contains("not valid JSON"));
    let said = place.fails("recommend out --rules wild.json", 1);
    assert!(said.contains("wild.json") && said.contains("`diversity` must be a number from 0 to 1"), "{said}");
}
