//! `bench search`: edge-recall's index kinds beside six packages from the npm registry, and beside what the machine allows.
//! Owns what is built and installed for it, and where its tables go; `benches/search/` owns what is measured.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::gpu;
use super::peers::{self, Installed};
use crate::demo::movielens;
use crate::page;
use crate::paths::Paths;
use crate::setup::node_modules;
use crate::tool::{Tool, step};
use crate::{package, test};

/// The page, from the root of the repository.
const PAGE: &str = "docs/search.md";

/// Builds ours, installs theirs, measures; the page gets the figures when all sets were measured.
pub fn run(paths: &Paths) -> Result<()> {
    node_modules::ensure(paths)?;
    let out = paths.target().join("bench");
    let folder = out.join("search");
    std::fs::create_dir_all(&folder)?;
    let Installed { folder: peers, node } = peers::ensure(paths, &folder)?;
    package::build(paths)?;
    test::build_builder(paths)?;
    let floor = floor(paths, &folder)?;
    let demo = demo(paths, &folder);
    let gpu = gpu::figures(paths)?;
    step("bench search", || {
        // The exact answers of a million rows and five indexes of them are in memory at once.
        let node =
            Tool::new(&node).arg("--max-old-space-size=8192").arg(paths.at("benches/search/bench.mjs")).arg(&out);
        let node = node.env("EDGE_RECALL_DIST", paths.at("dist")).env("EDGE_RECALL_BUILDER", paths.builder());
        let node = node.env("EDGE_RECALL_BENCH_PEERS", &peers).env("EDGE_RECALL_BENCH_FLOOR", &floor);
        let node = gpu.into_iter().fold(node, |node, figures| node.env("EDGE_RECALL_BENCH_GPU", figures));
        let node = match demo {
            Ok(table) => node.env("EDGE_RECALL_BENCH_DEMO", table),
            Err(error) => {
                eprintln!("SKIPPED: the demo's vectors: {error:#}");
                node
            }
        };
        node.dir(&paths.root).run_in_front()
    })?;
    publish(paths, &out.join("search.json"), &folder)?;
    eprintln!("JSON: {}", out.join("search.json").display());
    Ok(())
}

/// The native scan, compiled for this processor; its own target folder, for the flags are others.
fn floor(paths: &Paths, folder: &Path) -> Result<PathBuf> {
    let target = folder.join("native");
    step("bench search: the native scan", || {
        let cargo = Tool::new("cargo").args([
            "build",
            "--release",
            "--package",
            "edge-recall",
            "--features",
            "search",
            "--example",
            "search-floor",
        ]);
        cargo.env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", "-C target-cpu=native").dir(&paths.root).run()
    })?;
    Ok(target.join("release/examples").join(format!("search-floor{}", std::env::consts::EXE_SUFFIX)))
}

/// The demo's item vectors as the builder writes them: the path of `item_vectors.csv`.
fn demo(paths: &Paths, folder: &Path) -> Result<PathBuf> {
    let tables = folder.join("demo");
    let vectors = tables.join("tables/item_vectors.csv");
    if vectors.is_file() {
        return Ok(vectors);
    }
    let kept = paths.target().join("demo");
    std::fs::create_dir_all(&kept)?;
    std::fs::create_dir_all(&tables)?;
    step("bench search: the demo's vectors", || {
        movielens::tables(&kept)?.write(&tables)?;
        let build = Tool::new(paths.builder()).args(["build", "--quiet", "--out"]).arg(tables.join("site"));
        let build = build.arg("--tables").arg(tables.join("tables")).arg("--log").arg(tables.join("log.csv"));
        build.arg("--items").arg(tables.join("items.csv")).arg("--users").arg(tables.join("users.csv")).run()
    })?;
    Ok(vectors)
}

/// Puts tables and plot into the page, when every set was measured and ours was among them.
fn publish(paths: &Paths, json: &Path, folder: &Path) -> Result<()> {
    let result: Value = serde_json::from_slice(&std::fs::read(json)?)?;
    if result["whole"] != Value::Bool(true) {
        eprintln!("{PAGE} stays as it is: it takes the figures of a run over everything");
        return Ok(());
    }
    let file = paths.at(PAGE);
    let mut text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {PAGE}"))?;
    let blocks = result["page"].as_object().context("the bench left no blocks for the page")?;
    for (name, block) in blocks {
        text = page::replaced(&text, name, block.as_str().unwrap_or_default())?;
    }
    std::fs::write(&file, text)?;
    let plots = paths.at("docs/search");
    std::fs::create_dir_all(&plots)?;
    std::fs::copy(folder.join("crossovers.svg"), plots.join("crossovers.svg")).context("no plot was drawn")?;
    Ok(())
}
