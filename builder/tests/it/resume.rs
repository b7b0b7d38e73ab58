//! `build --work`: a build that goes on from what an earlier one kept gives the same bytes.

use std::fs;

use crate::logs::{QUICK, checkerboard};
use crate::place::Place;

#[test]
fn kept_results_change_no_byte_and_damaged_ones_are_made_again() {
    let place = Place::new();
    place.file("log.csv", checkerboard(60, 24)).file("recall.toml", QUICK);
    let build = "build --log log.csv --config recall.toml";
    place.json(&format!("{build} --out plain"));
    let stages = |answer: &serde_json::Value, reused: bool| {
        let all = answer["stages"].as_array().unwrap().iter();
        all.filter(|stage| stage["reused"] == reused).count()
    };
    let first = place.json(&format!("{build} --out first --work kept"));
    assert_eq!(stages(&first, true), 0);
    let tables = first["tables"].as_array().unwrap().len();
    assert_eq!(place.names("kept").len(), 2 * tables + 1, "tables of the hold-out and of the log, and its vectors");

    let kept = place.names("kept");
    fs::remove_file(place.path(&format!("kept/{}", kept[0]))).unwrap();
    let path = place.path(&format!("kept/{}", kept[1]));
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let output = place.run(&format!("{build} --out second --work kept --json"));
    let notices = String::from_utf8(output.stderr).unwrap();
    assert!(notices.contains("damaged; the stage runs again"), "{notices}");
    assert_eq!(stages(&serde_json::from_slice(&output.stdout).unwrap(), true), 2 * tables - 1);

    let plain = place.files("plain");
    assert_eq!(place.files("first"), plain);
    assert_eq!(place.files("second"), plain);
    assert_eq!(place.names("kept"), kept);
}
