//! Tests of `json_lines.rs`: keys, values and lines that are no row.

use super::super::log::read_log;
use super::super::table::Table;
use super::super::testing::Files;
use super::*;
use crate::config::{InputConfig, ItemsConfig};
use crate::input::items::read_items;
use crate::model::Interactions;

type Found = (Vec<String>, Vec<(u64, Result<Vec<String>, String>)>);

/// Column names, and of each row its line and its fields; lists in brackets.
fn rows(text: &str) -> Result<Found, String> {
    let files = Files::empty();
    let path = files.file("a.jsonl", text);
    let mut table = Table::open(&path).map_err(|error| format!("{error:#}"))?;
    let (header, mut rows) = (table.header().to_vec(), Vec::new());
    while let Some(row) = table.next_row().map_err(|error| format!("{error:#}"))? {
        let field = |at| row.field(at).map(str::to_owned).or_else(|_| row.values(at).map(|list| format!("[{list}]")));
        rows.push((row.line, row.check().and_then(|()| (0..header.len()).map(field).collect())));
    }
    Ok((header, rows))
}

fn fields(text: &str) -> Vec<Vec<String>> {
    rows(text).unwrap().1.into_iter().map(|(_, fields)| fields.unwrap()).collect()
}

/// What is wrong with the last row.
fn fault(text: &str) -> String {
    rows(text).unwrap().1.pop().unwrap().1.unwrap_err()
}

#[test]
fn keys_of_every_line_are_columns_and_missing_ones_are_empty() {
    let (header, rows) = rows("\u{feff}{\"a\": 1}\r\n\r\n{\"b\": \"x\", \"a\": null}\n{}\n{\"c\":true}").unwrap();
    assert_eq!(header, ["a", "b", "c"]);
    let expected = [(1, ["1", "", ""]), (3, ["", "x", ""]), (4, ["", "", ""]), (5, ["", "", "true"])];
    let expected = expected.map(|(line, fields)| (line, Ok(fields.map(str::to_owned).to_vec())));
    assert_eq!(rows, expected);
}

#[test]
fn values_stay_as_they_are_written() {
    let text = r#"{"a":1.50,"b":12345678901234567890123,"c":-1e3,"d":"x \"y\" \u00e9\n","e":false,"\u0066":" s "}"#;
    assert_eq!(fields(text), [["1.50", "12345678901234567890123", "-1e3", "x \"y\" é\n", "false", " s "]]);
    assert_eq!(rows(text).unwrap().0[5], "f");
}

#[test]
fn lists_of_plain_values_are_joined_and_nested_values_are_named() {
    assert_eq!(fields(r#"{"a":["x","y\t",3,true]}"#), [["[x|y\t|3|true]"]]);
    assert_eq!(fields(r#"{"a":[]}"#), [["[]"]]);
    assert_eq!(fields(r#"{"a":["x"]}"#), [["[x]"]]);
    assert!(fault(r#"{"a":{"b":1}}"#).contains("the column `a` holds an object"));
    assert!(fault(r#"{"a":[1,[2]]}"#).contains("the column `a` holds a list of lists or objects"));
    assert!(fault(r#"{"a":["x|y"]}"#).contains("with `|` in a value"));
}

#[test]
fn lines_that_are_no_object_are_bad_rows_with_their_column() {
    let bad = |line: &str| fault(&format!("{{\"a\":1}}\n{line}\n"));
    assert!(bad(r#"{"a":1"#).starts_with("not one JSON object: EOF while parsing an object at column"));
    assert!(bad(r#"{"a":1} {"a":2}"#).contains("trailing characters at column 9"), "{}", bad(r#"{"a":1} {"a":2}"#));
    assert!(bad("[1]").contains("expected an object"), "{}", bad("[1]"));
    assert!(bad(r#"{"a":1,"a":2}"#).contains("the same key stands twice"));
    assert!(bad(r#"{"a":nan}"#).contains("not one JSON object"));
    assert!(bad(r#"{"a":"\ud800"}"#).contains("not one JSON object"));
}

#[test]
fn files_that_are_no_lines_of_objects_say_what_to_do() {
    let refused = |text: &str| rows(text).unwrap_err();
    assert!(refused("").contains("a.jsonl is empty; it must hold one JSON object a line"));
    assert!(refused("\n\n").contains("is empty"));
    assert!(refused("[{\"a\":1}]").contains("it is a JSON array; write one object a line instead, as `jq -c '.[]'`"));
    assert!(refused("{\n  \"a\": 1\n}\n").contains("over several lines"));
    assert!(refused("a,b\n1,2\n").contains("no line is a JSON object; the first: not one JSON object: expected value"));
    let long = format!("{{\"a\":1}}\n{{\"a\":\"{}\"}}\n", "x".repeat(1 << 21));
    assert!(refused(&long).contains("line 2: the line is longer than 1048576 bytes"), "{}", refused(&long));
    let wide: String = (0..5000).map(|n| format!("{{\"k{n}\":1}}\n")).collect();
    assert!(refused(&wide).contains("line 4097: more than 4096 different keys"));
}

#[test]
fn many_lines_pass_one_after_the_other() {
    let text = "{\"item\":\"sku-1\",\"user\":\"u1\"}\n".repeat(100_000);
    assert_eq!(rows(&text).unwrap().1.len(), 100_000);
}

#[test]
fn a_log_of_lines_is_a_log() {
    let files = Files::empty();
    let lines = "{\"user\":7,\"sku\":\"a\",\"ts\":1714557600,\"type\":\"Cart\"}\n{\"sku\":\"b\",\"user\":7,\"ts\":\"2024-05-01T10:01:00Z\"}\n\
        {\"user\":7,\"sku\":[\"c\"],\"ts\":1714557600}\n{\"user\":7}\n{\"user\":\"\"\n";
    let path = files.file("log.ndjson", lines);
    let (log, summary) = read_log(&path, &InputConfig::default(), files.lenient()).unwrap();
    let (expected, _) = read_log(
        &files.file("log.csv", "user,sku,ts,type\n7,a,1714557600,cart\n7,b,1714557660,\n"),
        &InputConfig::default(),
        files.lenient(),
    )
    .unwrap();
    assert_eq!(log, expected);
    let notice = summary.bad_rows.notice().unwrap();
    assert!(notice.contains("line 3: the column `sku` holds a list; one value is needed"), "{notice}");
    assert!(notice.contains("line 4: the item is empty"), "{notice}");
    assert!(notice.contains("line 5: not one JSON object: EOF"), "{notice}");
}

#[test]
fn a_catalogue_of_lines_has_tags() {
    let files = Files::empty();
    let path = files.file("items.json", "{\"id\":\"a\",\"tags\":[\"war\",\"sea\"],\"price\":3}\n{\"id\":\"b\"}\n");
    let mut log = Interactions::default();
    let (attributes, _) = read_items(&path, &ItemsConfig::default(), files.strict(), &mut log).unwrap();
    assert_eq!(attributes.names, ["tags", "price"]);
    assert_eq!(attributes.values, [["war|sea", "3"], ["", ""]]);
}
