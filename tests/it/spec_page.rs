//! docs/FORMAT.md and ARCHITECTURE.md as tests read them: tables, sentences and the worked example.

use std::path::{Path, PathBuf};

/// A file of the repository.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text under a heading, up to the next heading of any depth.
pub fn chapter<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let body = &page[start + heading.len() + 2..];
    body.find("\n#").map_or(body, |end| &body[..end])
}

/// The rows of the table whose head reads `columns`, cell by cell.
pub fn table(text: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let mut lines = text.lines().skip_while(|line| cells(line) != columns);
    assert!(lines.next().is_some(), "no table with the columns {columns:?}");
    let rows: Vec<_> = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == columns.len()), "{rows:?}");
    rows
}

/// The hexadecimal digits of `text` as bytes.
pub fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|pair| u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("{pair} is no byte")))
        .collect()
}

/// The annotated dump of the worked example: `offset  bytes  note`, columns two or more spaces apart.
pub fn dump(page: &str) -> Vec<(usize, Vec<u8>, String)> {
    let chapter = chapter(page, "## 9. Worked example");
    let block = chapter.split("```").nth(1).expect("a code block").trim_start_matches("text");
    let line = |line: &str| {
        let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
        let mut column = || columns.next().unwrap_or_else(|| panic!("too few columns: {line:?}"));
        let offset = usize::from_str_radix(column(), 16).expect("an offset");
        (offset, bytes(column()), column().to_owned())
    };
    block.lines().filter(|text| !text.is_empty()).map(line).collect()
}
