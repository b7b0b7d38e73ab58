//! How the tests read answers of `recommend` and `similar`.

use serde_json::{Value, json};

/// Ids of the results, best first.
pub fn ids(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|found| found["id"].as_str().unwrap()).collect()
}

/// Ids of the results that some channel found: a list that is short is filled up with what is popular, and what fills stands
/// below all that was found.
pub fn found(answer: &Value) -> Vec<&str> {
    let popular = json!(["popular"]);
    let results = answer["results"].as_array().unwrap();
    let found = results.partition_point(|result| result["channels"] != popular);
    assert!(results[found..].iter().all(|result| result["channels"] == popular), "{answer}");
    ids(answer)[..found].to_vec()
}
