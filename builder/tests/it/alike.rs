//! `[duplicates]` and `[coarse]`: what the catalogue says of items reaches the answers.

use serde_json::{Value, json};

use crate::place::Place;

/// A shop of twelve items in pairs of one title, met by forty visitors.
fn shop(config: &str) -> Place {
    let place = Place::new();
    let mut log = String::from("user,item,timestamp\n");
    for user in 0..40 {
        for step in 0..6 {
            log += &format!("u{user},i{},2026-01-{:02}T00:{step:02}:00Z\n", (user + step * 2) % 12, 1 + user % 28);
        }
    }
    let words =
        ["red lamp oak", "blue chair pine", "green table ash", "white shelf elm", "black stool fir", "grey desk yew"];
    let title = |item: usize| format!("{} number {}", words[item % 6], item % 6);
    let kind = |item: usize| if item.is_multiple_of(3) { "home/light" } else { "home/seat" };
    let items: String = (0..12).map(|item| format!("i{item},{},{}\n", title(item), kind(item))).collect();
    place.file("log.csv", log).file("items.csv", format!("item,title,kind\n{items}")).file("recall.toml", config);
    place
}

const BUILD: &str = "build --log log.csv --items items.csv --out out --config recall.toml";

fn answer(place: &Place, rules: &Value) -> Vec<String> {
    place.file("rules.json", rules.to_string());
    let answer = place.json("recommend out --history i1 --rules rules.json -k 12");
    answer["results"].as_array().unwrap().iter().map(|own| own["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_of_each_product_comes_unless_the_rules_say_otherwise() {
    let place = shop("[duplicates]\ncolumns = [\"title\"]\n");
    let made = place.json(BUILD);
    assert_eq!(made["manifest"]["duplicates"], 4);
    let all = answer(&place, &json!({ "duplicates": 0 }));
    let once = answer(&place, &json!({}));
    let product = |id: &String| id[1..].parse::<usize>().unwrap() % 6;
    assert!(all.len() >= 11, "{all:?}");
    let mut products: Vec<usize> = once.iter().map(product).collect();
    products.sort_unstable();
    assert_eq!(products, (0..6).collect::<Vec<_>>(), "{once:?}");
    let first: Vec<&String> = once.iter().collect();
    let best = |wanted: usize| all.iter().find(|id| product(id) == wanted).unwrap();
    assert!(first.iter().all(|id| best(product(id)) == *id), "the best of each: {once:?} of {all:?}");

    // One more day of the epoch: the text says the same, and so do the files.
    let again = place.json(&format!("{BUILD} --previous out"));
    assert_eq!((&again["continued"], &again["manifest"]["duplicates"]), (&json!(true), &json!(4)));
    assert_eq!(again["manifest"]["dir"], made["manifest"]["dir"]);
    assert_eq!(answer(&place, &json!({})).len(), 6);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let place = shop("[duplicates]\ncolumns = [\"name\"]\n");
    assert!(place.fails(BUILD, 1).contains("no column `name`, only title, kind"));
    let place = shop("[duplicates]\n");
    let said = place.fails("build --log log.csv --out out --config recall.toml", 1);
    assert!(said.contains("[duplicates] compares what the catalogue says"), "{said}");
    let place = shop("[coarse.kind]\nseparator = \"/\"\n");
    let said = place.fails("build --log log.csv --out out --config recall.toml", 1);
    assert!(said.contains("[coarse] derives columns of the catalogue"), "{said}");
}

#[test]
fn coarse_categories_are_attributes_like_any_other() {
    let place = shop(
        "[coarse.kind]\nname = \"room\"\nvalues = { \"home/light\" = \"lights\" }\nseparator = \"/\"\n\
        [purchase]\nattribute = \"room\"\n[fusion]\ncategory = \"room\"\n",
    );
    let made = place.json(BUILD);
    let names: Vec<&str> =
        made["manifest"]["attributes"].as_array().unwrap().iter().map(|own| own["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["title", "kind", "room"]);
    let lights = answer(&place, &json!({ "where": { "room": "lights" } }));
    let mut sorted = lights.clone();
    sorted.sort();
    assert_eq!(sorted, ["i0", "i3", "i6", "i9"]);
    assert_eq!(
        answer(&place, &json!({ "without": { "room": "lights" } })).len(),
        answer(&place, &json!({ "where": { "room": "home" } })).len()
    );
}
