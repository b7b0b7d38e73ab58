//! The layers of ARCHITECTURE.md, held against every `crate::` path of `src/`. The table on the page is the rule: it is read,
//! not repeated. Tests inside `src/` may reach where they like.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::spec_page::{chapter, path, table, text};

/// Modules by row, as the page says.
fn rows() -> HashMap<String, u32> {
    let page = text("ARCHITECTURE.md");
    let mut rows = HashMap::new();
    for row in table(chapter(&page, "## Layers of `src/`"), &["row", "modules", "owns"]) {
        for module in row[1].split_whitespace() {
            let row = row[0].parse().expect("a number");
            assert_eq!(rows.insert(module.trim_matches('`').to_owned(), row), None, "{module} stands in two rows");
        }
    }
    rows
}

/// Every source file: its path below `src/`, and its lines that are neither comments nor tests.
fn sources() -> Vec<(String, Vec<String>)> {
    let mut files = Vec::new();
    collect(&path("src"), &mut files);
    files.sort();
    assert!(files.len() > 30, "src/ was not found");
    files
}

fn collect(folder: &Path, files: &mut Vec<(String, Vec<String>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let file = entry.expect("an entry").path();
        if file.is_dir() {
            collect(&file, files);
        } else if file.extension().is_some_and(|ending| ending == "rs") {
            let name = file.strip_prefix(path("src")).expect("below src").to_string_lossy().replace('\\', "/");
            files.push((name, code(&fs::read_to_string(&file).expect("text"))));
        }
    }
}

/// The lines before the tests, without comments. Test modules come last in every file; one that does not fails here.
fn code(source: &str) -> Vec<String> {
    let (before, tests) = source.split_once("#[cfg(test)]\nmod tests {").unwrap_or((source, ""));
    assert!(tests.is_empty() || tests.trim_end().ends_with("\n}"), "code follows the tests");
    let after = tests.find("\n}\n").map_or("", |end| tests[end + 3..].trim());
    assert_eq!(after, "", "code follows the tests");
    let strip = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    before.lines().map(strip).collect()
}

fn module_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// The modules that a line names by `crate::`; braces are looked into.
fn imports(line: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let after = line.split("crate::").skip(1);
    after
        .flat_map(|path| match path.strip_prefix('{') {
            None => vec![name(path)],
            Some(list) => list.split(',').map(|part| name(part.trim_matches(['{', '}', ';', ' ']))).collect(),
        })
        .collect()
}

#[test]
fn paths_are_found_in_code() {
    for (line, expected) in [
        ("use crate::format::keys::{BLOCK, put};", &["format"][..]),
        ("pub fn cells(&self) -> &[crate::format::Cell] { crate::topk::now() }", &["format", "topk"]),
        ("use crate::{ids::Ordinal, error};", &["ids", "error"]),
        ("let crates = 5;", &[]),
    ] {
        assert_eq!(imports(line), expected, "{line}");
    }
    assert_eq!(code("a; // b\nc\n#[cfg(test)]\nmod tests {\n    d\n}\n"), ["a; ", "c"]);
}

#[test]
fn every_module_has_a_row() {
    let rows = rows();
    let modules: Vec<String> = sources().iter().map(|(file, _)| module_of(file).to_owned()).collect();
    for module in &modules {
        assert!(module == "lib" || rows.contains_key(module), "{module} is in no row of ARCHITECTURE.md");
    }
    for module in rows.keys() {
        assert!(modules.contains(module), "{module} is in ARCHITECTURE.md and not in src/");
    }
}

#[test]
fn imports_point_down() {
    let rows = rows();
    let mut seen = 0;
    for (file, lines) in sources() {
        let own = module_of(&file);
        for line in lines.iter().filter(|_| own != "lib") {
            for other in imports(line).into_iter().filter(|other| other != own) {
                let (Some(above), Some(below)) = (rows.get(own), rows.get(&other)) else {
                    panic!("{file}: `{}` names no module; write the path from its own module", line.trim());
                };
                let allowed = below < above || (*above == 0 && ["ids", "listed"].contains(&other.as_str()));
                assert!(allowed, "{file}: row {above} imports {other} of row {below}: {}", line.trim());
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "only {seen} paths were found");
}

#[test]
fn unsafe_has_an_address() {
    let word = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
    let mut files: Vec<String> = Vec::new();
    for (file, lines) in sources() {
        if lines
            .iter()
            .any(|line| word(line) || line.contains("expect(unsafe_code") || line.contains("allow(unsafe_code"))
        {
            files.push(file);
        }
    }
    let known = |file: &String| file == "format/bytes.rs" || file.starts_with("kernel/");
    assert!(!files.is_empty() && files.iter().all(known), "{files:?}");
}

#[test]
fn the_runtime_does_not_know_the_builder() {
    for (file, lines) in sources() {
        assert!(!lines.iter().any(|line| line.contains("edge_recall_builder")), "{file} names the builder");
    }
    let manifest = text("Cargo.toml");
    // How the workspace is compiled comes behind, and names all its members.
    let root =
        manifest.split("[package]").nth(1).and_then(|root| root.split("\n[profile").next()).expect("the root package");
    assert!(!root.contains("edge-recall-builder"), "the runtime depends on the builder");
}

#[test]
fn recall_reads_no_clock_and_does_no_io() {
    for (file, lines) in sources() {
        for forbidden in
            ["std::fs", "std::net", "std::time", "std::env", "std::thread", "std::io", "println!", "random("]
        {
            assert!(!lines.iter().any(|line| line.contains(forbidden)), "{file}: the core is sans-IO, not {forbidden}");
        }
    }
}
