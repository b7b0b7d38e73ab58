//! Damaged builds: whatever a host, a disk or an upload did to the files, the message names the file and the remedy.

use std::fs;

use crate::logs::{QUICK, built};
use crate::place::Place;

const COMMANDS: [&str; 4] = [
    "inspect out",
    "recommend out --history i1",
    "similar out i1",
    "evaluate out --history log.csv --test log.csv --config recall.toml",
];

/// Every command fails with 1 and one line of error that holds all of `parts`.
fn refused(place: &Place, parts: &[&str]) {
    for command in COMMANDS {
        let message = place.fails(command, 1);
        assert!(!message.contains("panicked") && message.starts_with("error: "), "{command}: {message}");
        assert_eq!(message.lines().count(), 1, "{command}: {message}");
        for part in parts {
            assert!(message.contains(part), "{command}: {part:?} is not in {message}");
        }
    }
}

/// The first shard of a kind: its path and its bytes.
fn shard(place: &Place, kind: &str) -> (String, Vec<u8>) {
    let answer = place.json("inspect out");
    let found = answer["files"].as_array().unwrap().iter().find(|file| file["kind"] == kind).unwrap();
    let name = format!("c/{}.er", found["name"].as_str().unwrap());
    let bytes = fs::read(place.path(&format!("out/{name}"))).unwrap();
    (name, bytes)
}

#[test]
fn damaged_shards_are_named_with_section_and_remedy() {
    let place = built();
    for kind in ["vec", "i2i"] {
        let (name, bytes) = shard(&place, kind);
        let path = format!("out/{name}");
        let flipped = |from: usize| {
            let mut flipped = bytes.clone();
            flipped[from..].iter_mut().step_by(13).for_each(|byte| *byte ^= 0x40);
            flipped
        };
        let section = if kind == "vec" { "keys" } else { "rows" };
        // One byte of the first section: what lies between sections is told apart.
        let mut changed = bytes.clone();
        changed[64 + 24 * sections(&bytes)] ^= 0x40;
        let length = bytes.len();
        let cases: [(Vec<u8>, [&str; 2]); 7] = [
            (
                bytes[..length / 2].to_vec(),
                [&format!("should have {length} bytes: the download was cut"), "fetch it again"],
            ),
            ([&bytes[..], b"more"].concat(), ["the download was cut or padded", "fetch it again"]),
            (Vec::new(), ["not a shard", "check that the host serves the files under c/"]),
            (flipped(0), ["not a shard", "check that the host serves the files under c/"]),
            (flipped(48), ["header: ", "the file is damaged"]),
            (changed, [&format!("the checksum of {section} does not match"), "upload it again"]),
            (b"<!doctype html><title>404</title>".to_vec(), ["not a shard", "a web page served with status 200"]),
        ];
        for (damaged, parts) in cases {
            place.file(&path, damaged);
            refused(&place, &[&[name.as_str()], &parts[..]].concat());
        }
        fs::remove_file(place.path(&path)).unwrap();
        refused(&place, &[&name, "the build is incomplete, build or upload it again"]);
        place.file(&path, &bytes);
        place.json("inspect out");
    }
}

fn sections(shard: &[u8]) -> usize {
    u32::from_le_bytes(shard[12..16].try_into().unwrap()) as usize
}

#[test]
fn shards_of_another_build_or_place_are_told() {
    let place = built();
    let ((vec, vec_bytes), (i2i, i2i_bytes)) = (shard(&place, "vec"), shard(&place, "i2i"));
    place.file(&format!("out/{vec}"), &i2i_bytes);
    refused(&place, &[&vec, "does not hold the bytes that it is named after; build or upload it again"]);
    // Another build of the same items and vectors, whose rows differ: only the name can tell.
    place.file(&format!("out/{vec}"), &vec_bytes);
    place.file("other.toml", format!("{QUICK}i2i = {{ bits = 3 }}\n"));
    place.json("build --log log.csv --items items.csv --users users.csv --out other --config other.toml --like out");
    let other = place.files("other").into_iter().find(|(name, bytes)| {
        name.starts_with("c/") && bytes[10] == i2i_bytes[10] && bytes[16..32] == i2i_bytes[16..32]
    });
    let (_, other) = other.expect("numbering and vectors are the same");
    assert!(other != i2i_bytes);
    place.file(&format!("out/{i2i}"), other);
    refused(&place, &[&i2i, "does not hold the bytes that it is named after; build or upload it again"]);
}

#[test]
fn a_damaged_manifest_is_told() {
    let place = built();
    let good = place.read("out/recall.json");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in {good}");
        good.replacen(from, to, 1)
    };
    let damaged = "the file is damaged or was not written by edge-recall";
    for (text, parts) in [
        (good[..300].to_owned(), ["recall.json: EOF while parsing", "the host does not serve the file"]),
        ("<!doctype html>".into(), ["recall.json: expected value", "a web page instead of JSON"]),
        (with("[1,3]", "[2,0]"), ["recall.json: format 2 is not known", "update edge-recall or rebuild the shards"]),
        (with("\"items\":26", "\"items\":\"26\""), ["recall.json: `items` is not a whole number", damaged]),
        (with("\"items\":26", "\"items\":27"), ["belongs to another build", "load the manifest again"]),
        (with("\"head\":", "\"heart\":"), ["recall.json: `head` is missing", damaged]),
        (with("\"weights\":[", "\"weights\":[7,"), ["recall.json: `channel`", damaged]),
        ("[]".into(), ["recall.json: `format` is missing", damaged]),
    ] {
        place.file("out/recall.json", &text);
        refused(&place, &parts);
    }
    place.file("out/recall.json", [&b"\xFF\xFE"[..], good.as_bytes()].concat());
    refused(&place, &["cannot read out/recall.json"]);
    fs::remove_file(place.path("out/recall.json")).unwrap();
    refused(&place, &["cannot read out/recall.json; give the directory that `edge-recall build --out` wrote"]);
}
