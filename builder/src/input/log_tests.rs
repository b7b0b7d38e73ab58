//! Tests of `log.rs` and `events.rs`: what becomes of a log, row by row.

use super::super::testing::Files;
use super::*;
use crate::config::Config;

fn read(content: impl AsRef<[u8]>, config: &str) -> Result<(Interactions, LogSummary), String> {
    let files = Files::empty();
    let path = files.file("log.csv", content);
    let config = Config::parse(config).unwrap();
    read_log(&path, &config.input, files.lenient()).map_err(|error| format!("{error:#}"))
}

fn events(interactions: &Interactions, user: usize) -> Vec<(&str, Option<u32>, f32)> {
    let name = |event: &Event| interactions.items[event.item as usize].as_str();
    interactions.user(user).iter().map(|event| (name(event), event.minute, event.weight)).collect()
}

#[test]
fn events_are_sorted_by_user_time_and_item_key() {
    let log = "user,item,timestamp\nu2,b,600\nu1,c,120\nu1,b,60\nu1,a,120\nu2,a,1970-01-01T00:01:00Z\nu1,b,60\n";
    let (interactions, summary) = read(log, "").unwrap();
    assert_eq!(interactions.users, ["u1", "u2"]);
    assert_eq!(interactions.items, ["a", "b", "c"]);
    assert_eq!(interactions.offsets, [0, 4, 6]);
    assert!(interactions.ordered);
    assert_eq!(events(&interactions, 1), [("a", Some(1), 1.0), ("b", Some(10), 1.0)]);
    assert_eq!(
        events(&interactions, 0),
        [("b", Some(1), 1.0), ("b", Some(1), 1.0), ("a", Some(2), 1.0), ("c", Some(2), 1.0)]
    );
    assert_eq!((summary.rows, summary.positive, summary.bad_rows.count()), (6, 6, 0));
}

#[test]
fn seconds_order_events_within_a_minute() {
    let (interactions, _) = read("user,item,time\nu,a,59\nu,b,1\n", "").unwrap();
    assert_eq!(events(&interactions, 0), [("b", Some(0), 1.0), ("a", Some(0), 1.0)]);
}

#[test]
fn without_times_the_item_keys_order_and_the_file_does_not() {
    let (interactions, summary) = read("user,item\nu,c\nu,a\nu,b\n", "").unwrap();
    assert!(!interactions.ordered && !summary.ordered);
    assert_eq!(events(&interactions, 0), [("a", None, 1.0), ("b", None, 1.0), ("c", None, 1.0)]);
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let rows = ["u2,b,60", "u1,c,60", "u3,a,60", "u1,a,30", "u2,a,90"];
    let read = |rows: &[&str]| read(format!("user,item,time\n{}\n", rows.join("\n")), "").unwrap().0;
    let backward: Vec<&str> = rows.into_iter().rev().collect();
    assert_eq!(read(&rows), read(&backward));
}

#[test]
fn the_order_of_rows_changes_nothing_within_a_user() {
    let rows = ["u,a,60,2", "u,a,60,1", "u,b,60,3", "u,a,30,1"];
    let mut backward = rows;
    backward.reverse();
    let read = |rows: [&str; 4]| {
        let (interactions, _) = read(format!("user,item,time,weight\n{}\n", rows.join("\n")), "").unwrap();
        events(&interactions, 0).iter().map(|(item, _, weight)| format!("{item}{weight}")).collect::<Vec<_>>()
    };
    assert_eq!(read(rows), ["a1", "a1", "a2", "b3"]);
    assert_eq!(read(rows), read(backward));
}

#[test]
fn kinds_weigh_and_what_is_not_positive_is_counted() {
    let log = "user,item,type\nu,a,view\nu,b,Cart\nu,c,hide\nu,d,shown\nu,e,wish\nu,f,\nu,g,refund\n";
    let (interactions, summary) = read(log, "[input]\nweights = { wish = 2.5, cart = 6 }").unwrap();
    assert_eq!(events(&interactions, 0), [("a", None, 1.0), ("b", None, 6.0), ("e", None, 2.5), ("f", None, 1.0)]);
    assert_eq!(interactions.items, ["a", "b", "e", "f"]);
    let counted: Vec<_> = summary.not_positive.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(counted, [("hide", 1), ("shown", 1)]);
    assert_eq!(summary.bad_rows.first()[0].line, 8);
    let reason = &summary.bad_rows.first()[0].reason;
    assert!(reason.contains("`refund` has no weight") && reason.contains("weights = { refund = 1 }"), "{reason}");
}

#[test]
fn the_weight_column_multiplies() {
    let log = "user,item,type,weight\nu,a,cart,2\nu,b,view,\nu,c,view,0\nu,d,view,x\nu,e,view,inf\n";
    let (interactions, summary) = read(log, "").unwrap();
    assert_eq!(events(&interactions, 0), [("a", None, 10.0), ("b", None, 1.0)]);
    assert_eq!(summary.not_positive["view"], 1);
    assert_eq!(summary.bad_rows.count(), 2);
}

#[test]
fn bad_rows_are_counted_with_their_lines_and_strict_stops() {
    let long = "k".repeat(10_240);
    let log = format!("user,item,timestamp\nu,a,1\n,a,1\nu,,1\nu,{long},1\nu,a\nu,a,soon\nu,\"a\tb\",1\n\nu,b,2\n");
    let (interactions, summary) = read(&log, "").unwrap();
    assert_eq!(interactions.items, ["a", "b"]);
    assert_eq!((summary.rows, summary.positive, summary.bad_rows.count()), (8, 2, 6));
    let notice = summary.bad_rows.notice().unwrap();
    for expected in [
        "line 3: the user is empty",
        "line 4: the item is empty",
        &format!("line 5: the item `{}…` is 10240 bytes long; at most 512 are allowed", "k".repeat(40)),
        "line 6: the row has 2 field(s), the header has 3",
        "line 7: the time `soon` is neither",
        "and 1 more",
    ] {
        assert!(notice.contains(expected), "{expected} is not in {notice}");
    }
    let files = Files::empty();
    let path = files.file("log.csv", &log);
    let error = read_log(&path, &InputConfig::default(), files.strict()).unwrap_err().to_string();
    assert!(error.contains("log.csv, line 3: the user is empty (--strict stops"), "{error}");
}

#[test]
fn sessions_stand_for_users_where_there_are_none() {
    let (interactions, _) = read("session,item\ns1,a\ns1,b\n", "").unwrap();
    assert_eq!(interactions.users, ["s1"]);
    let (interactions, _) = read("session_id,user,item\ns1,,a\ns1,u1,b\ns1,,c\ns1,s1,d\n", "").unwrap();
    assert_eq!(interactions.users, ["s1", "session:s1", "u1"]);
}

#[test]
fn missing_columns_say_what_to_do() {
    let message = read("who,what\n1,2\n", "").unwrap_err();
    assert!(message.contains("log.csv: no column `item`; found `who`, `what`"), "{message}");
    let message = read("who,item\n1,2\n", "").unwrap_err();
    assert!(message.contains("no column `user` or `session`; found `who`, `item`"), "{message}");
    assert!(message.contains("[input] user = "), "{message}");
    let (interactions, _) = read("who,what\n1,2\n", "[input]\nuser = \"who\"\nitem = \"what\"").unwrap();
    assert_eq!((interactions.users[0].as_str(), interactions.items[0].as_str()), ("1", "2"));
    let message = read("user,item\n1,2\n", "[input]\ntime = \"when\"").unwrap_err();
    assert!(message.contains("no column `when`, which [input] time names"), "{message}");
}

#[test]
fn logs_with_nothing_in_them_are_errors() {
    assert!(read("", "").unwrap_err().contains("is empty; it must begin with a line of column names"));
    assert!(read("user,item\n", "").unwrap_err().contains("a header and no rows"));
    let message = read("user,item\n,a\n,b\n", "").unwrap_err();
    assert!(message.contains("none of the 2 rows can be used; line 2: the user is empty"), "{message}");
    let message = read("user,item,type\nu,a,hide\n", "").unwrap_err();
    assert!(message.contains("no positive interaction among 1 rows, only `hide`"), "{message}");
}

#[test]
fn a_log_of_one_user_or_one_event_is_a_log() {
    let (interactions, _) = read("user,item\nu,a\n", "").unwrap();
    assert_eq!((interactions.users.len(), interactions.items.len(), interactions.events.len()), (1, 1, 1));
}

#[test]
fn text_that_is_not_utf8_is_an_error_with_its_place() {
    let message = read(b"user,item\nu,caf\xE9\n".as_slice(), "").unwrap_err();
    assert!(message.contains("log.csv: line 2, byte offset 15: not UTF-8 (found byte 0xE9)"), "{message}");
}

#[test]
fn windows_files_tab_files_and_quoted_fields_are_read() {
    for content in [
        "\u{feff}user,item,note\r\nu,a,x\r\nu,b,y",
        "user\titem\tnote\nu\ta\tx,x\nu\tb\ty\n",
        "\"user\",\"item\",\"note\"\n\"u\",\"a\",\"x \"\"y\"\", z\"\nu,b,\"two\nlines\"\n",
        "user;item;note\nu;a;1,5\nu;b;\n",
    ] {
        let (interactions, summary) = read(content, "").unwrap();
        assert_eq!((interactions.items.join(" "), summary.bad_rows.count()), ("a b".into(), 0), "{content:?}");
    }
}
