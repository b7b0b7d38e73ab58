//! Input that `build` refuses: what it says, and that nothing on the disk changes.

use crate::logs::{QUICK, catalogue, checkerboard};
use crate::place::Place;

/// A place with a good build in `out`, made from a log that is gone.
fn place_with_build() -> Place {
    let place = Place::new();
    place.file("recall.toml", QUICK).file("log.csv", checkerboard(6, 8));
    place.json("build --log log.csv --out out --config recall.toml");
    place
}

/// The build fails with 1 and ends with this message, whether or not a build stands in the way; neither changes.
fn refused(place: &Place, arguments: &str, message: &str) {
    let before = place.files(".");
    for out in ["out", "new/place"] {
        let said = place.fails(&format!("build {arguments} --out {out}"), 1);
        assert_eq!(said.lines().last(), Some(format!("error: {message}").as_str()), "{said}");
    }
    assert!(place.files(".") == before, "{arguments} has changed {:?}", place.files(".").keys());
    assert!(!place.path("new").exists());
}

#[test]
fn logs_that_cannot_be_read_are_refused_by_name() {
    let place = place_with_build();
    for (content, message) in [
        (
            &b"user,thing\nu,a\n"[..],
            "log.csv: no column `item`; found `user`, `thing`; name the right one with `[input] item = \"...\"` in the configuration (--config recall.toml)",
        ),
        (
            b"item,time\na,1\n",
            "log.csv: no column `user` or `session`; found `item`, `time`; name the right one with `[input] user = \"...\"` in the configuration (--config recall.toml)",
        ),
        (b"", "log.csv is empty; it must begin with a line of column names"),
        (b"user,item\n", "log.csv: the log has a header and no rows; there is nothing to learn from"),
        (
            b"user,item\nu,a\nu,caf\xE9\n",
            "cannot read log.csv: line 3, byte offset 19: not UTF-8 (found byte 0xE9); save the file as UTF-8",
        ),
        (b"user,item,time\nu,,1\nu,a,soon\n", "log.csv: none of the 2 rows can be used; line 2: the item is empty"),
        (
            b"user,item,type\nu,a,hide\n",
            "log.csv: no positive interaction among 1 rows, only `hide`; give the kinds that count a weight above 0 in [input] weights",
        ),
    ] {
        place.file("log.csv", content);
        refused(&place, "--log log.csv", message);
    }
    refused(&place, "--log gone.csv", "cannot open gone.csv: No such file or directory (os error 2)");
}

#[test]
fn with_strict_the_first_bad_or_duplicate_row_stops_the_build() {
    let place = place_with_build();
    place.file("log.csv", "user,item\nu,a\nu\nv,a\n");
    refused(
        &place,
        "--log log.csv --strict",
        "log.csv, line 3: the row has 1 field(s), the header has 2 (--strict stops at the first bad row)",
    );
    place.file("log.csv", checkerboard(6, 8)).file("items.csv", "item,side\ni1,odd\ni2,even\ni1,left\n");
    refused(
        &place,
        "--log log.csv --items items.csv --strict",
        "items.csv, line 4: the item `i1` stands in line 2 already (--strict stops at the first duplicate row)",
    );
}

#[test]
fn tables_beside_the_log_are_checked_too() {
    let place = place_with_build();
    place.file("log.csv", checkerboard(6, 8)).file("side.csv", "name,x\nu1,y\n");
    let build = "--log log.csv";
    let hint = "; name the right one with";
    refused(
        &place,
        &format!("{build} --items side.csv"),
        &format!(
            "side.csv: no column `item`; found `name`, `x`{hint} `[items] id = \"...\"` in the configuration (--config recall.toml)"
        ),
    );
    refused(
        &place,
        &format!("{build} --users side.csv"),
        &format!(
            "side.csv: no column `user`; found `name`, `x`{hint} `[users] id = \"...\"` in the configuration (--config recall.toml)"
        ),
    );
    let header: String = (0..62).map(|column| format!(",c{column}")).collect();
    let row = ",x".repeat(62);
    place.file("wide.csv", format!("item{header}\ni1{row}\ni2{row}\n"));
    refused(
        &place,
        &format!("{build} --items wide.csv"),
        "the catalogue has 62 attribute columns and the shards hold 59; choose with [items] attributes",
    );
    place.file("crowds.toml", "[crowd]\nkeys = [[\"age\"], []]\n").file("users.csv", "user,city\nu1,x\n");
    refused(
        &place,
        &format!("{build} --config crowds.toml"),
        "[crowd] keys names `age`, but there is no users file; give one with --users",
    );
    refused(
        &place,
        &format!("{build} --users users.csv --config crowds.toml"),
        "users.csv: no column `age`, which [crowd] keys names; found `city`",
    );
}

#[test]
fn a_configuration_is_read_before_anything_else() {
    let place = place_with_build();
    place.file("slip.toml", "[model]\ndims = 8\n");
    let message = place.fails("build --log gone.csv --out new --config slip.toml", 1);
    assert!(message.starts_with("error: the configuration slip.toml cannot be used: "), "{message}");
    assert!(message.contains("line 2") && message.contains("unknown field `dims`, expected one of `dim`"), "{message}");
    let message = place.fails("build --log gone.csv --out new --config gone.toml", 1);
    assert!(message.starts_with("error: cannot read the configuration gone.toml: "), "{message}");
    assert_eq!(place.names("."), ["log.csv", "out", "recall.toml", "slip.toml"]);
}

#[test]
fn a_catalogue_alone_is_wrong_use() {
    let place = Place::new();
    place.file("items.csv", catalogue(4));
    let message = place.fails("build --items items.csv --out out", 2);
    assert_eq!(
        message,
        "error: a catalogue alone has nothing to recommend by; give the interactions too: --log FILE with columns user (or session) and item, and timestamp where there is one\n"
    );
    assert!(place.fails("build --out out", 2).contains("--log <FILE>"));
    assert_eq!(place.names("."), ["items.csv"]);
}

#[test]
fn what_others_wrote_is_never_replaced() {
    let place = place_with_build();
    std::fs::create_dir(place.path("site")).unwrap();
    place.file("site/index.html", "mine").file("log.csv", checkerboard(6, 8));
    let message = place.fails("build --log log.csv --out site", 1);
    assert!(message.contains("site is not empty and holds no recall.json, so it is not ours to replace"), "{message}");
    assert!(message.contains("name another directory or empty it"), "{message}");
    place.file("out/notes.txt", "mine");
    let message = place.fails("build --log log.csv --out out", 1);
    assert!(message.contains("out holds `notes.txt`, which edge-recall did not write and would remove"), "{message}");
    let message = place.fails("build --log log.csv --out log.csv", 1);
    assert!(message.contains("log.csv is a file; name a directory for the output"), "{message}");
    assert_eq!(place.read("site/index.html") + &place.read("out/notes.txt"), "minemine");
}
