//! Tests of `keyed.rs`, `items.rs` and `users.rs`: catalogues and users files against a log.

use super::super::log::read_log;
use super::super::testing::Files;
use super::super::users::read_users;
use super::*;
use crate::config::Config;
use crate::model::UserAttributes;

const LOG: &str = "user,item\nu1,b\nu2,a\nu3,b\n";

fn items(catalogue: &str, config: &str, strict: bool) -> Result<(Interactions, ItemAttributes, KeyedSummary), String> {
    let files = Files::empty();
    let (log, path) = (files.file("log.csv", LOG), files.file("items.csv", catalogue));
    let config = Config::parse(config).unwrap();
    let reading = if strict { files.strict() } else { files.lenient() };
    let (mut interactions, _) = read_log(&log, &config.input, reading).unwrap();
    let (attributes, summary) =
        read_items(&path, &config.items, reading, &mut interactions).map_err(|error| error.to_string())?;
    Ok((interactions, attributes, summary))
}

fn users(table: &str, config: &str) -> Result<(UserAttributes, KeyedSummary), String> {
    let files = Files::empty();
    let (log, path) = (files.file("log.csv", LOG), files.file("users.csv", table));
    let config = Config::parse(config).unwrap();
    let (interactions, _) = read_log(&log, &config.input, files.lenient()).unwrap();
    read_users(&path, &config, files.lenient(), &interactions).map_err(|error| error.to_string())
}

#[test]
fn the_catalogue_is_aligned_and_new_items_are_added() {
    let (interactions, attributes, summary) =
        items("id,title,price\nc,\"Sea, the\",3\na,Air , 1\nd,Dune,4\n", "", false).unwrap();
    assert_eq!(interactions.items, ["a", "b", "c", "d"]);
    assert_eq!(attributes.names, ["title", "price"]);
    assert_eq!(attributes.values, [["Air", "1"], ["", ""], ["Sea, the", "3"], ["Dune", "4"]]);
    assert_eq!((summary.keys, summary.not_in_log, summary.not_in_table), (3, 2, 1));
    assert_eq!(interactions.offsets, [0, 1, 2, 3]);
}

#[test]
fn a_catalogue_needs_no_log() {
    let files = Files::empty();
    let path = files.file("items.tsv", "item\ttitle\na\tAir\n");
    let mut interactions = Interactions::default();
    let (attributes, summary) = read_items(&path, &ItemsConfig::default(), files.strict(), &mut interactions).unwrap();
    assert_eq!(interactions.items, ["a"]);
    assert_eq!(interactions.offsets, [0]);
    assert_eq!(attributes.values, [["Air"]]);
    assert_eq!(summary.not_in_log, 1);
}

#[test]
fn configured_attributes_come_in_the_configured_order() {
    let config = "[items]\nid = \"code\"\nattributes = [\"price\", \"title\"]";
    let (_, attributes, _) = items("code,title,x,price\nb,T,-,2\n", config, false).unwrap();
    assert_eq!(attributes.names, ["price", "title"]);
    assert_eq!(attributes.values[1], ["2", "T"]);
    let message = items("code,title\nb,T\n", config, false).unwrap_err();
    assert!(message.contains("no column `price`, which [items] attributes names"), "{message}");
}

#[test]
fn of_duplicate_items_the_first_counts_and_both_lines_are_named() {
    let catalogue = "item,title\nb,one\na,x\nb,two\n";
    let (_, attributes, summary) = items(catalogue, "", false).unwrap();
    assert_eq!(attributes.values, [["x"], ["one"]]);
    let notice = summary.duplicates.notice().unwrap();
    assert!(
        notice.contains("1 duplicate row(s) left out\n  line 4: the item `b` stands in line 2 already"),
        "{notice}"
    );
    let message = items(catalogue, "", true).unwrap_err();
    assert!(message.contains("items.csv, line 4: the item `b` stands in line 2 already (--strict"), "{message}");
}

#[test]
fn bad_catalogues_are_refused() {
    assert!(items("title\nx\n", "", false).unwrap_err().contains("no column `item`; found `title`"));
    assert!(items("item,title\n", "", false).unwrap_err().contains("a header and no rows"));
    assert!(items("item,title\n,x\n", "", false).unwrap_err().contains("none of the 1 rows can be used; line 2"));
    assert!(items("item,a,a\nb,1,2\n", "", false).unwrap_err().contains("two columns are called `a`"));
    let (_, _, summary) = items("item,title\nb\na,x\n", "", false).unwrap();
    assert_eq!(summary.bad_rows.first()[0].line, 2);
}

#[test]
fn users_are_aligned_and_strangers_left_out() {
    let (attributes, summary) =
        users("user_id,age,gender\nu3,25-34,F\nu9,18-24,M\nu1,35-44,\n", "[crowd]\nkeys = [[\"age\"], []]").unwrap();
    assert_eq!(attributes.names, ["age", "gender"]);
    assert_eq!(attributes.values, [["35-44", ""], ["", ""], ["25-34", "F"]]);
    assert_eq!((summary.not_in_log, summary.not_in_table), (1, 1));
}

#[test]
fn crowd_keys_must_be_columns() {
    let message = users("user,age\nu1,3\n", "[crowd]\nkeys = [[\"gender\"]]").unwrap_err();
    assert!(message.contains("no column `gender`, which [crowd] keys names; found `age`"), "{message}");
}
