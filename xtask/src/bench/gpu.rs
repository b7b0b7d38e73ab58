//! `bench gpu`: search on the GPU that is there, natively through Vulkan. Owns which adapter measures and where the figures go;
//! `gpu/examples/throughput` measures, `benches/search/gpu.mjs` prints and judges.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::paths::Paths;
use crate::setup::vulkan;
use crate::tool::{Tool, step};

/// Names figures that were measured before, perhaps elsewhere: `bench search` takes them in the place of measuring.
const GIVEN: &str = "EDGE_RECALL_BENCH_GPU";

/// Measures, prints the table and the verdict on each target, leaves `target/bench/gpu.json`.
pub fn run(paths: &Paths) -> Result<()> {
    if let Some(json) = measure(paths)? {
        print(paths, &json)?;
        eprintln!("JSON: {}", json.display());
    }
    Ok(())
}

/// The figures for the page and the plot of search: given, or measured now; none where no adapter can be had.
pub fn figures(paths: &Paths) -> Result<Option<PathBuf>> {
    let Some(given) = std::env::var_os(GIVEN).map(PathBuf::from) else {
        let json = measure(paths)?;
        json.as_deref().map_or(Ok(()), |json| print(paths, json))?;
        return Ok(json);
    };
    if !given.is_file() {
        bail!("{GIVEN} names {}, which is no file\nremedy: unset it, or name a gpu.json", given.display());
    }
    Ok(Some(given))
}

/// The adapter that Vulkan prefers, which is a real one where there is one; else a software adapter, installed where that can
/// be done. An error where the GPU's answers are not the exact scan's.
fn measure(paths: &Paths) -> Result<Option<PathBuf>> {
    let program = build(paths)?;
    let out = paths.target().join("bench");
    std::fs::create_dir_all(&out)?;
    let json = out.join("gpu.json");
    if throughput(&program, &json, None)? {
        return Ok(Some(json));
    }
    match vulkan::ensure() {
        Ok(device) if throughput(&program, &json, Some(&device))? => Ok(Some(json)),
        Ok(device) => {
            eprintln!("SKIPPED: the GPU search: Vulkan has no adapter, not even by {}", device.display());
            Ok(None)
        }
        Err(error) => {
            eprintln!("SKIPPED: the GPU search: {error:#}");
            Ok(None)
        }
    }
}

fn build(paths: &Paths) -> Result<PathBuf> {
    step("bench gpu: cargo build --release", || {
        let cargo = Tool::new("cargo").args(["build", "--release", "--package", "edge-recall-webgpu"]);
        cargo.args(["--example", "throughput"]).dir(&paths.root).run()
    })?;
    Ok(paths.target().join("release/examples").join(format!("throughput{}", std::env::consts::EXE_SUFFIX)))
}

/// Measures on what the Vulkan loader finds, or on `device` alone; whether there was an adapter.
fn throughput(program: &Path, json: &Path, device: Option<&Path>) -> Result<bool> {
    step("bench gpu", || {
        let tool = Tool::new(program).arg(json);
        device.into_iter().fold(tool, |tool, device| tool.env("VK_ICD_FILENAMES", device)).run()
    })?;
    let figures: Value = serde_json::from_slice(&std::fs::read(json)?).context("gpu.json cannot be read")?;
    Ok(!figures["adapter"].is_null())
}

fn print(paths: &Paths, json: &Path) -> Result<()> {
    Tool::new("node").arg(paths.at("benches/search/gpu.mjs")).arg(json).dir(&paths.root).run_in_front()
}
