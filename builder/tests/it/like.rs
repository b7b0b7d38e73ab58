//! `build --like` and `build --budget`: what one build chose is what the next one is made by.

use serde_json::Value;

use crate::logs::{QUICK, clustered};
use crate::place::Place;

fn place() -> Place {
    let place = Place::new();
    place.file("log.csv", clustered(240)).file("recall.toml", QUICK);
    place
}

const BUILD: &str = "build --log log.csv --config recall.toml --out";

#[test]
fn the_same_log_and_recipe_make_the_same_bytes() {
    let place = place();
    place.json(&format!("{BUILD} whole"));
    let budget = place.budgeted("whole").values().map(Vec::len).sum::<usize>() * 3 / 4;
    place.json(&format!("{BUILD} small --budget {budget}"));
    for model in ["whole", "small"] {
        let told = place.notices(&format!("{BUILD} again-{model} --like {model} --quiet"));
        assert_eq!(told, "");
        assert!(place.files(&format!("again-{model}")) == place.files(model), "{model}");
    }
}

#[test]
fn what_the_configuration_says_of_bits_goes_before_the_model() {
    let place = place();
    place.json(&format!("{BUILD} model"));
    place.file("exact.toml", "[model]\nbits = 16\ni2i = { bits = 32 }\n");
    let exact = place.json("build --log log.csv --config exact.toml --out exact --like model");
    let model: Value = serde_json::from_str(&place.read("model/recipe.json")).unwrap();
    let notes: Value = serde_json::from_str(&place.read("exact/recipe.json")).unwrap();
    assert_eq!((&notes["tables"], &notes["weight_bits"]), (&model["tables"], &32.into()));
    assert_eq!(exact["manifest"]["fusion"], place.json("inspect model")["manifest"]["fusion"]);
}

#[test]
fn a_budget_is_kept_and_what_it_bought_is_named() {
    let place = place();
    let whole = place.json(&format!("{BUILD} whole"))["bytes"].as_u64().unwrap();
    for budget in [whole * 2, whole / 2] {
        // Each in a directory of its own: files of an earlier build stay for pages that still ask for them.
        let out = format!("within-{budget}");
        let answer = place.json(&format!("{BUILD} {out} --budget {budget}"));
        let bytes: usize = place.budgeted(&out).values().map(Vec::len).sum();
        assert!(bytes as u64 <= budget && answer["bytes"] == bytes, "{bytes} of {budget}");
        let chosen = answer["tuning"]["findings"].as_array().unwrap().last().unwrap().as_str().unwrap();
        let tables = answer["tables"].as_array().unwrap();
        for table in tables {
            let named = format!("{} of {} targets", table[0].as_str().unwrap(), table[1]);
            assert!(chosen.contains(&named), "{named}: {chosen}");
        }
        assert_eq!(chosen.contains("a larger --budget has room"), budget < whole, "{chosen}");
    }
}
