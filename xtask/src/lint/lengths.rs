//! No source file grows beyond what one sitting can read.

use anyhow::{Context, Result, bail};

use crate::paths::Paths;

const MOST_LINES: usize = 600;
const SOURCE: [&str; 8] = [".rs", ".ts", ".mts", ".js", ".mjs", ".cjs", ".css", ".html"];

pub fn check(paths: &Paths) -> Result<Option<String>> {
    let mut long = Vec::new();
    for file in super::files(paths)? {
        if !SOURCE.iter().any(|ending| file.ends_with(ending)) {
            continue;
        }
        let text = std::fs::read_to_string(paths.at(&file))
            .with_context(|| format!("cannot read {file}"))?;
        let lines = text.lines().count();
        if lines > MOST_LINES {
            long.push(format!("{file} has {lines} lines"));
        }
    }
    if long.is_empty() {
        return Ok(None);
    }
    bail!(
        "{}\nremedy: split by idea; {MOST_LINES} lines is the most a file may have",
        long.join("\n")
    )
}
