//! Tests of `table.rs`: lines, marks, delimiters and quotes.

use std::io::Write;

use super::*;

type Lines = Vec<(u64, Vec<String>)>;

/// Rows as `(line, fields)`, from a file of the given name.
fn rows(name: &str, bytes: &[u8]) -> Result<(Vec<String>, Lines)> {
    let home = tempfile::tempdir()?;
    let path = home.path().join(name);
    std::fs::write(&path, bytes)?;
    let mut table = Table::open(&path)?;
    let mut rows = Vec::new();
    while let Some(row) = table.next_row()? {
        rows.push((row.line, row.record.iter().map(str::to_owned).collect()));
    }
    Ok((table.header().to_vec(), rows))
}

fn check(name: &str, bytes: &str, header: &[&str], expected: &[(u64, &[&str])]) {
    let (found_header, found) = rows(name, bytes.as_bytes()).unwrap();
    assert_eq!(found_header, header, "{bytes:?}");
    let expected: Vec<(u64, Vec<String>)> = expected
        .iter()
        .map(|(line, fields)| (*line, fields.iter().map(|field| (*field).to_owned()).collect()))
        .collect();
    assert_eq!(found, expected, "{bytes:?}");
}

#[test]
fn line_numbers_are_those_of_an_editor() {
    check("a.csv", "i,u\n1,2\n3,4\n", &["i", "u"], &[(2, &["1", "2"]), (3, &["3", "4"])]);
    check("a.csv", "i,u\r\n1,2\r\n3,4", &["i", "u"], &[(2, &["1", "2"]), (3, &["3", "4"])]);
    check("a.csv", "i,u\n\n1,2\n\n\n3,4\n", &["i", "u"], &[(3, &["1", "2"]), (6, &["3", "4"])]);
    check("a.csv", "i,u\r\n\r\n1,2\r\n\r\n3,4\r\n", &["i", "u"], &[(3, &["1", "2"]), (5, &["3", "4"])]);
    check("a.csv", "i,u\n\"a\nb\",2\n3,4\n", &["i", "u"], &[(2, &["a\nb", "2"]), (4, &["3", "4"])]);
}

#[test]
fn marks_delimiters_and_quotes() {
    check("a.csv", "\u{feff}i,u\r\n1,2\r\n", &["i", "u"], &[(2, &["1", "2"])]);
    check("a.tsv", "i\tu\n1,5\t2\n", &["i", "u"], &[(2, &["1,5", "2"])]);
    check("a.csv", "i;u\n1;2\n", &["i", "u"], &[(2, &["1", "2"])]);
    check("a.txt", "i\tu\n1\t2\n", &["i", "u"], &[(2, &["1", "2"])]);
    check("a.csv", "\"i;;;\",u\n\"a \"\"b\"\", c\",2\n", &["i;;;", "u"], &[(2, &["a \"b\", c", "2"])]);
    check("a.csv", "item\n1\n", &["item"], &[(2, &["1"])]);
}

#[test]
fn packed_files_are_read_as_what_they_hold() {
    let pack = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    // Two members one after the other are one file, as `cat` makes it.
    let packed = [pack("i\tu\n1,5\t2\n"), pack("3\t4\n")].concat();
    let (header, found) = rows("a.tsv.gz", &packed).unwrap();
    assert_eq!((header.join(" "), found.len()), ("i u".into(), 2));
    assert_eq!(found[1], (3, vec!["3".to_owned(), "4".to_owned()]));
    let (header, found) = rows("a.jsonl.gz", &pack("{\"i\":1}\n")).unwrap();
    assert_eq!((header.join(" "), found), ("i".into(), vec![(1, vec!["1".to_owned()])]));
    let message = format!("{:#}", rows("a.csv.gz", &packed[..packed.len() - 9]).unwrap_err());
    assert!(message.contains("cannot read") && message.contains("a.csv.gz"), "{message}");
}

#[test]
fn rows_of_another_width_come_through_and_say_so() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.csv");
    std::fs::write(&path, "i,u\n1\n1,2,3\n").unwrap();
    let mut table = Table::open(&path).unwrap();
    let row = table.next_row().unwrap().unwrap();
    assert_eq!(row.field(1).unwrap_err(), "the row has 1 field(s), the header has 2");
    assert!(table.next_row().unwrap().unwrap().check().is_err());
}

#[test]
fn files_that_are_no_tables_are_refused() {
    let message = |name: &str, bytes: &[u8]| format!("{:#}", rows(name, bytes).unwrap_err());
    assert!(message("a.csv", b"").contains("is empty; it must begin with a line of column names"));
    assert!(message("a.csv", b"\n\n").contains("is empty"));
    assert!(message("a.xlsx", b"PK").contains(".xlsx files are not read; export it as CSV, JSON lines or Parquet"));
    assert!(message("a.csv.zst", b"\x28").contains("unpack it first"));
    assert!(message("a.parquet.gz", b"\x1f\x8b").contains("unpack it first; Parquet compresses inside"));
    assert!(message("a.csv.gz", b"i,u\n1,2\n").contains("holds no gzip; take .gz off its name"));
    assert!(message("a.csv", b"i,u\n1,\xFF\n").contains("line 2, byte offset 6: not UTF-8"));
    assert!(message("a.csv", &[b"\xFF\xFEi".as_slice(), b"\0,\0"].concat()).contains("byte offset 0"));
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_file() {
    let mut text = String::from("i,u\n1,2\n\"3,4\n");
    text.push_str(&"5,6\n".repeat(2_000_000));
    let message = format!("{:#}", rows("a.csv", text.as_bytes()).unwrap_err());
    assert!(message.contains("line 3: the row is longer than"), "{message}");
}
