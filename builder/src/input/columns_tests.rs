//! Tests of `columns.rs`: what is found, guessed and refused in a header line.

use super::*;

fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn find(names: &[&str], role: Role, configured: Option<&str>) -> Result<usize, String> {
    let header = header(names);
    Columns::new(Path::new("log.csv"), &header).need(role, configured).map_err(|error| error.to_string())
}

#[test]
fn usual_names_are_known_in_every_spelling() {
    for names in [["item", "user"], ["Item_ID", "x"], ["itemId", "x"], ["SKU", "x"], ["product-id", "x"]] {
        assert_eq!(find(&names, ITEM, None), Ok(0), "{names:?}");
    }
    assert_eq!(find(&["id", "title"], CATALOGUE_ITEM, None), Ok(0));
}

#[test]
fn the_plain_name_wins_and_two_others_are_ambiguous() {
    assert_eq!(find(&["sku", "item"], ITEM, None), Ok(1));
    let message = find(&["sku", "product_id"], ITEM, None).unwrap_err();
    assert_eq!(
        message,
        "log.csv: both `sku` and `product_id` could be the column `item`; say which with `[input] item = \"...\"` in the configuration"
    );
    assert!(find(&["item", "item"], ITEM, None).is_err());
}

#[test]
fn a_missing_column_names_the_file_what_is_there_and_the_remedy() {
    let message = find(&["a", "b"], ITEM, None).unwrap_err();
    assert_eq!(
        message,
        "log.csv: no column `item`; found `a`, `b`; name the right one with `[input] item = \"...\"` in the configuration (--config recall.toml)"
    );
    let message = find(&["a", "b"], ITEM, Some("c")).unwrap_err();
    assert_eq!(message, "log.csv: no column `c`, which [input] item names in the configuration; found `a`, `b`");
}

#[test]
fn the_configured_column_is_taken_even_if_another_has_the_usual_name() {
    assert_eq!(find(&["item", "Parent"], ITEM, Some("parent")), Ok(1));
}

#[test]
fn guesses_are_reported_and_plain_names_are_not() {
    let header = header(&["User", "sku"]);
    let mut columns = Columns::new(Path::new("log.csv"), &header);
    columns.find(USER, None).unwrap();
    assert_eq!(columns.notice(), None);
    columns.find(ITEM, None).unwrap();
    assert_eq!(columns.notice().unwrap(), "log.csv: reading `sku` as item");
}
