//! Everything that judges the source without running it. Each check is small; all run, then the verdict.

mod lengths;
mod links;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::paths::Paths;
use crate::setup::node_modules;
use crate::tool::{Tool, exists};
use crate::wasm;

/// A check: its name, and what it says: `Ok(Some(why))` when it could not run.
type Check = (&'static str, fn(&Paths) -> Result<Option<String>>);

const CHECKS: [Check; 7] = [
    ("cargo fmt --check", format),
    ("file lengths", lengths::check),
    ("links in *.md", links::check),
    ("clippy", clippy),
    ("clippy for wasm", clippy_wasm),
    ("cargo deny", deny),
    ("tsc", types),
];

/// Runs every check; returns what was skipped, fails when any check failed.
pub fn run(paths: &Paths) -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        eprintln!("==> lint: {name}");
        let start = Instant::now();
        match check(paths) {
            Ok(None) => eprintln!("  ✓ lint: {name} ({:.1} s)", start.elapsed().as_secs_f64()),
            Ok(Some(why)) => {
                eprintln!("  SKIPPED: {name}: {why}");
                skipped.push(format!("{name}: {why}"));
            }
            Err(error) => {
                eprintln!("{error:#}");
                failed.push(name);
            }
        }
    }
    if failed.is_empty() { Ok(skipped) } else { bail!("lint failed: {}", failed.join(", ")) }
}

/// Files that git knows or would take, relative to the root.
fn files(paths: &Paths) -> Result<Vec<String>> {
    let git = Tool::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).dir(&paths.root);
    let listed = git.output()?;
    Ok(listed.lines().filter(|file| paths.at(file).is_file()).map(str::to_owned).collect())
}

fn format(paths: &Paths) -> Result<Option<String>> {
    let fmt = Tool::new("cargo").args(["fmt", "--all", "--check"]).dir(&paths.root);
    fmt.remedy("run `cargo fmt --all`").run()?;
    Ok(None)
}

fn clippy(paths: &Paths) -> Result<Option<String>> {
    let clippy = Tool::new("cargo").args(["clippy", "--workspace", "--all-targets"]).dir(&paths.root);
    clippy.args(["--features", "edge-recall/write", "--", "-D", "warnings"]).run()?;
    Ok(None)
}

fn clippy_wasm(paths: &Paths) -> Result<Option<String>> {
    let looked = wasm::clippy(paths)?;
    Ok((!looked).then(|| "the compiler that builds wasm here has no clippy".to_owned()))
}

fn deny(paths: &Paths) -> Result<Option<String>> {
    if !exists("cargo-deny") {
        return Ok(Some("cargo-deny is not installed (`cargo install cargo-deny`)".to_owned()));
    }
    let deny = Tool::new("cargo").args(["deny", "check", "bans", "licenses", "sources"]).dir(&paths.root);
    deny.remedy("deny.toml holds the rules").run()?;
    Ok(None)
}

fn types(paths: &Paths) -> Result<Option<String>> {
    node_modules::ensure(paths)?;
    let tsc = Tool::new("node").arg(paths.node_module("typescript/bin/tsc")).arg("--project");
    tsc.arg(paths.at("pkg-config")).args(["--emitDeclarationOnly", "false", "--noEmit"]).run()?;
    Ok(None)
}
