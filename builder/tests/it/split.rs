//! `split`, and what every command has in common: messages, exit codes, JSON, help.

use std::fs;

use crate::place::Place;

const LOG: &str = "user_id,sku,ts,note\n\
    u1,a,2024-05-01T10:00:00Z,\"x, y\"\n\
    u1,b,1714557660,\n\
    u2,a,1714557720000,\n\
    u2,c,1714557780,\n\
    u1,c,1714557840,\n";

#[test]
fn split_by_time_writes_whole_rows_with_the_columns_of_the_log() {
    let place = Place::new();
    place.file("log.csv", LOG);
    let answer = place.json("split --log log.csv --by time --out out/split");
    assert_eq!(place.names("out/split"), ["history.csv", "split.json", "test.csv", "train.csv"]);
    assert_eq!(place.names("out"), ["split"]);
    assert_eq!(place.read("out/split/test.csv"), "user_id,sku,ts,note\nu1,c,1714557840,\n");
    assert_eq!(
        place.read("out/split/history.csv"),
        "user_id,sku,ts,note\nu1,a,2024-05-01T10:00:00Z,\"x, y\"\nu1,b,1714557660,\n"
    );
    assert_eq!(place.read("out/split/train.csv").lines().count(), 5);
    assert_eq!(answer["cut"], "2024-05-01T10:04:00Z");
    assert_eq!(answer["train"], serde_json::json!({ "events": 4, "users": 2 }));
    let kept: serde_json::Value = serde_json::from_str(&place.read("out/split/split.json")).unwrap();
    assert_eq!(kept, answer);
}

#[test]
fn split_by_last_and_by_random() {
    let place = Place::new();
    place.file("log.csv", LOG);
    place.json("split --log log.csv --by last --out split");
    assert_eq!(
        place.read("split/test.csv").lines().skip(1).collect::<Vec<_>>(),
        ["u2,c,1714557780,", "u1,c,1714557840,"]
    );
    let first = place.json("split --log log.csv --by random --out split");
    let test = place.read("split/test.csv");
    assert_eq!(first["test"], serde_json::json!({ "events": 2, "users": 2 }));
    assert_eq!(place.json("split --log log.csv --by random --out split"), first);
    assert_eq!(place.read("split/test.csv"), test);
}

#[test]
fn the_strict_protocol_keeps_two_events_from_training() {
    let place = Place::new();
    place.file("log.csv", LOG);
    let answer = place.json("split --log log.csv --by last --protocol strict --out split");
    assert_eq!(answer["protocol"], "strict");
    let rows =
        |name: &str| place.read(&format!("split/{name}.csv")).lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rows("test"), ["u2,c,1714557780,", "u1,c,1714557840,"]);
    assert_eq!(rows("history"), ["u1,a,2024-05-01T10:00:00Z,\"x, y\"", "u1,b,1714557660,", "u2,a,1714557720000,"]);
    assert_eq!(rows("train"), ["u1,a,2024-05-01T10:00:00Z,\"x, y\""]);
    assert_eq!(answer["test_unknown_items"], 2, "training has never seen c");
    assert_eq!(place.json("split --log log.csv --by last --out split")["protocol"], "refit");
}

#[test]
fn a_log_of_sessions_is_cut_between_them() {
    let place = Place::new();
    place.file("log.csv", "session,item,timestamp\ns1,a,100\ns1,b,200\ns2,a,150\ns2,c,300\ns2,a,320\n");
    let answer = place.json("split --log log.csv --by time --share 0.5 --out split");
    assert_eq!(answer["sessions"], true);
    assert_eq!(place.read("split/train.csv"), "session,item,timestamp\ns1,a,100\ns1,b,200\n");
    assert_eq!(place.read("split/history.csv"), "session,item,timestamp\ns2,a,150\ns2,c,300\n");
    assert_eq!(place.read("split/test.csv"), "session,item,timestamp\ns2,a,320\n");
    assert_eq!(answer["test_seen_before"], 1);
    place.file("users.csv", place.read("log.csv").replace("session,", "user,"));
    let answer = place.json("split --log users.csv --by time --share 0.5 --out whole --sessions");
    assert_eq!(
        (place.read("whole/test.csv").lines().last(), answer["sessions"].as_bool()),
        (Some("s2,a,320"), Some(true))
    );
    assert_eq!(place.json("split --log users.csv --by time --share 0.3 --out cut").get("sessions"), None);
}

#[test]
fn people_get_text_and_guesses_are_told_on_stderr() {
    let place = Place::new();
    place.file("log.csv", LOG);
    let output = place.run("split --log log.csv --by time --out split");
    let (text, notices) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(text.starts_with("split: 5 rows, test from 2024-05-01T10:04:00Z\n  train             4 events"), "{text}");
    assert_eq!(notices, "log.csv: reading `sku` as item, `user_id` as user, `ts` as time\n");
    let output = place.run("split --log log.csv --by time --out split --quiet");
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_missing_column_names_the_file_the_columns_and_the_remedy() {
    let place = Place::new();
    place.file("log.csv", "who,what\n1,2\n");
    let message = place.fails("split --log log.csv --by last --out split", 1);
    assert_eq!(
        message,
        "error: log.csv: no column `item`; found `who`, `what`; name the right one with `[input] item = \"...\"` in the configuration (--config recall.toml)\n"
    );
    place.file("log.csv", "who,what\n1,a\n1,b\n").file("recall.toml", "[input]\nuser = \"who\"\nitem = \"what\"\n");
    place.json("split --log log.csv --by random --out split --config recall.toml");
    let message = place.fails("split --log log.csv --by time --out other --config recall.toml", 1);
    assert!(message.contains("no column with times") && message.contains("use --by random"), "{message}");
}

#[test]
fn bad_rows_are_told_with_their_lines_and_strict_stops_at_the_first() {
    let place = Place::new();
    let long = "k".repeat(10_240);
    place.file("log.csv", format!("user,item\nu,a\n,a\nu,{long}\nu,b\nu\n"));
    let output = place.run("split --log log.csv --by random --out split");
    assert!(output.status.success(), "{output:?}");
    let notices = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        notices,
        format!(
            "log.csv: 3 bad row(s) left out\n  line 3: the user is empty\n  line 4: the item `{}…` is 10240 bytes long; at most 512 are allowed\n  line 6: the row has 1 field(s), the header has 2\n",
            "k".repeat(40)
        )
    );
    assert_eq!(place.read("split/train.csv").len() + place.read("split/test.csv").len(), 2 * 10 + 2 * 4);
    let message = place.fails("split --log log.csv --by random --out strict --strict", 1);
    assert_eq!(message, "error: log.csv, line 3: the user is empty (--strict stops at the first bad row)\n");
    assert_eq!(place.names("."), ["log.csv", "split"]);
}

#[test]
fn files_with_nothing_to_read_are_errors_that_say_so() {
    let place = Place::new();
    let split = "split --log log.csv --by random --out split";
    place.file("log.csv", "");
    assert!(place.fails(split, 1).contains("log.csv is empty; it must begin with a line of column names"));
    place.file("log.csv", "user,item\n");
    assert!(place.fails(split, 1).contains("log.csv: the log has a header and no rows"));
    place.file("log.csv", b"user,item\r\nu,caf\xE9\r\n");
    assert!(place.fails(split, 1).contains("log.csv: line 2, byte offset 16: not UTF-8 (found byte 0xE9)"));
    assert!(place.fails("split --log gone.csv --by random --out split", 1).contains("cannot open gone.csv: "));
    assert_eq!(place.names("."), ["log.csv"]);
}

#[test]
fn a_log_of_one_user_is_split() {
    let place = Place::new();
    place.file("log.tsv", "\u{feff}user\titem\ttimestamp\r\nu\ta\t1\r\nu\t\"b\"\t2\r\n");
    for by in ["time", "last", "random"] {
        let answer = place.json(&format!("split --log log.tsv --by {by} --out split"));
        assert_eq!(answer["test"]["events"], 1, "{by}");
    }
    place.file("log.tsv", "user\titem\nu\ta\n");
    let message = place.fails("split --log log.tsv --by random --out other", 1);
    assert!(message.contains("log.tsv: the log cannot be split: no user has two different items"), "{message}");
}

#[test]
fn a_directory_of_others_is_never_replaced() {
    let place = Place::new();
    place.file("log.csv", LOG);
    fs::create_dir(place.path("site")).unwrap();
    place.file("site/index.html", "mine");
    let message = place.fails("split --log log.csv --by time --out site", 1);
    assert!(message.contains("is not empty and holds no split.json, so it is not ours to replace"), "{message}");
    assert_eq!(place.names("site"), ["index.html"]);
}

#[test]
fn wrong_use_ends_with_two() {
    let place = Place::new();
    place.file("log.csv", LOG);
    assert!(place.fails("split --by time --out split", 2).contains("--log <FILE>"));
    assert!(place.fails("frobnicate", 2).contains("frobnicate"));
    let message = place.fails("split --log log.csv --by time --out split --share 2", 2);
    assert_eq!(message, "error: --share 2 is not between 0 and 1\n");
    place.file("recall.toml", "[inputs]\n");
    let message = place.fails("split --log log.csv --by time --out split --config recall.toml", 1);
    assert!(message.contains("recall.toml cannot be used") && message.contains("unknown field `inputs`"), "{message}");
}

#[test]
fn errors_are_json_too_when_asked_for() {
    let place = Place::new();
    let output = place.run("split --log gone.csv --by time --out split --json");
    assert_eq!(output.status.code(), Some(1));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["error"].as_str().unwrap().contains("cannot open gone.csv"), "{answer}");
}

#[test]
fn help_says_what_the_parts_are() {
    let output = Place::new().run("split --help");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for expected in ["history.csv  what the recommender may see", "nothing after the moment is in train", "--seed"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}
