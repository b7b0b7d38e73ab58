//! What a visitor downloads for the runtime, held against the budget in `pkg-config/sizes.json`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::paths::Paths;
use crate::tool::Tool;

/// Prints the table and fails when a file is over its budget.
pub fn check(paths: &Paths) -> Result<()> {
    let budgets = std::fs::read_to_string(paths.at("pkg-config/sizes.json"))
        .context("pkg-config/sizes.json")?;
    let budgets: BTreeMap<String, u64> =
        serde_json::from_str(&budgets).context("pkg-config/sizes.json")?;
    let files: Vec<_> = budgets
        .keys()
        .map(|name| paths.recall().join(name))
        .collect();
    let measured = Tool::new("node")
        .arg(paths.script("gzip-sizes.mjs"))
        .args(files)
        .output()?;
    let measured: Vec<Value> = serde_json::from_str(&measured).context("gzip-sizes.mjs")?;

    eprintln!(
        "  {:<24} {:>9} {:>9} {:>9}",
        "file", "raw", "gzip -9", "budget"
    );
    let mut over = Vec::new();
    for (row, (name, &budget)) in measured.iter().zip(&budgets) {
        let size = |field: &str| {
            row[field]
                .as_u64()
                .with_context(|| format!("gzip-sizes.mjs: no {field} for {name}"))
        };
        let (raw, gzip) = (size("raw")?, size("gzip")?);
        let verdict = if gzip > budget { "over budget" } else { "" };
        eprintln!("  {name:<24} {raw:>9} {gzip:>9} {budget:>9} {verdict}");
        if gzip > budget {
            over.push(format!("{name} is {} bytes over", gzip - budget));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nremedy: make it smaller; the budget in pkg-config/sizes.json is a promise to visitors",
        over.join(", ")
    )
}
