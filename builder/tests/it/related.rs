//! `related`: the lists that `similar` gives, for all items at once.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::logs::built;
use crate::place::Place;

/// Read by all tests, changed by none.
static BUILT: LazyLock<Place> = LazyLock::new(built);

/// Id and score of each result of `similar`.
fn similar(id: &str, k: u32) -> Value {
    let answer = BUILT.json(&format!("similar out {id} -k {k}"));
    let pair = |found: &Value| json!({ "id": found["id"], "score": found["score"] });
    answer["results"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn every_item_has_the_list_that_similar_gives() {
    let related = BUILT.json("related out");
    let lists = related.as_object().unwrap();
    assert_eq!(lists.len(), 26, "all items, those that nobody met too");
    for id in ["i0", "i7", "i23", "i25"] {
        assert_eq!(lists[id], similar(id, 6), "{id}");
    }
    assert_eq!(lists["i0"].as_array().unwrap().len(), 6);
    assert_eq!(related, BUILT.json("related out --all"));
    for threads in ["1", "2"] {
        let output = BUILT.run_with("related out --json", &[("RAYON_NUM_THREADS", threads)]);
        assert_eq!(output.stdout, BUILT.run("related out --json").stdout, "{threads}");
    }
}

#[test]
fn lines_and_named_items_say_the_same() {
    let object = BUILT.json("related out -k 3");
    let output = BUILT.run("related out -k 3 --lines --quiet");
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 26);
    assert!(lines.iter().all(|line| line["related"] == object[line["id"].as_str().unwrap()]));
    let named = BUILT.json("related out -k 3 --ids i3,i1,i3,nowhere");
    assert_eq!(named, json!({ "i3": object["i3"], "i1": object["i1"], "nowhere": [] }));
    let text = String::from_utf8(BUILT.run("related out -k 1 --ids i3").stdout).unwrap();
    assert_eq!(text, format!("{:<24} {}\n", "i3", object["i3"][0]["id"].as_str().unwrap()));
}

#[test]
fn unknown_items_are_told() {
    assert_eq!(BUILT.notices("related out --ids i1,nowhere"), "1 item(s) are not in the catalogue: nowhere\n");
    let message = BUILT.fails("related out --ids x,y", 1);
    assert_eq!(message, "error: out: the catalogue has none of x, y; give item keys as the log has them\n");
    assert!(BUILT.fails("related nowhere", 1).contains("give the directory that `edge-recall build --out` wrote"));
}
