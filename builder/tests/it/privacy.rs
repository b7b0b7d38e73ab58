//! `inspect --privacy`: how many items a file may have been fetched for.

use serde_json::Value;

use crate::logs::{QUICK, checkerboard};
use crate::place::Place;

fn numbers<'a>(answer: &'a Value, name: &'a str) -> impl Iterator<Item = f64> + 'a {
    answer["cells"].as_array().unwrap().iter().map(move |cell| cell[name].as_f64().unwrap())
}

#[test]
fn every_cell_is_judged_and_popularity_only_lessens_k() {
    let place = Place::new();
    place.file("recall.toml", format!("{QUICK}[shards]\ntarget = \"1KB\"\n"));
    place.file("log.csv", checkerboard(80, 120));
    place.json("build --log log.csv --out out --config recall.toml");
    let answer = place.json("inspect out --privacy");
    assert!(answer["cells"].as_array().unwrap().len() > 1, "{answer}");
    assert_eq!(numbers(&answer, "nominal_k").sum::<f64>(), 120.0);
    for (nominal, effective) in numbers(&answer, "nominal_k").zip(numbers(&answer, "effective_k")) {
        assert!((1.0..=nominal + 1e-9).contains(&effective), "{effective} of {nominal}");
    }
    let least = numbers(&answer, "effective_k").fold(f64::INFINITY, f64::min);
    assert_eq!(answer["effective_k"]["min"], least);
    assert!(numbers(&answer, "effective_k").ne(numbers(&answer, "nominal_k")), "some items are more popular");
    let text = String::from_utf8(place.run("inspect out --privacy").stdout).unwrap();
    assert!(text.contains("k-anonymity is not differential privacy"), "{text}");
    assert!(place.fails("inspect out --privacy --item i1", 2).contains("cannot be used with"));
}
