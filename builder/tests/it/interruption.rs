//! What an interrupted command leaves on disk: nothing.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::place::Place;

/// The log is long enough to be read for a second or so, and the command has begun its directory by then.
#[test]
fn an_interruption_leaves_nothing_behind() {
    let place = Place::new();
    let rows = (0..3_000_000).map(|row| format!("u{},i{},{}\n", row % 99_991, row % 49_999, 1_700_000_000 + row));
    place.file("log.csv", ["user,item,timestamp\n".to_owned()].into_iter().chain(rows).collect::<String>());
    let mut child = Command::new(env!("CARGO_BIN_EXE_edge-recall"))
        .current_dir(place.path("."))
        .args(["split", "--log", "log.csv", "--by", "time", "--out", "new/split"])
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !place.path("new").exists() || place.names("new").is_empty() {
        assert!(Instant::now() < deadline, "the command has not begun");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(place.names("new")[0].starts_with(".split.unfinished-"));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(place.names("new").is_empty());
}
