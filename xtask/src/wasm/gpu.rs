//! The GPU search as wasm, `webgpu.wasm`: a crate and an artefact of its own, because it brings wgpu, which no other wasm and no
//! other task should have to compile. One flavour: every engine that has WebGPU has SIMD.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{FEATURES, SHRINK, is_fresh, remapped_paths};
use crate::paths::Paths;
use crate::setup::wasm_target::{TARGET, WasmCargo};
use crate::tool::{Tool, step};

/// What the build leaves behind.
pub struct Artefact {
    /// The glue. Its declarations are written by hand, in `pkg-config/src/webgpu/glue.d.ts`.
    pub glue: PathBuf,
    /// The optimised wasm.
    pub wasm: PathBuf,
}

/// Builds it in a target folder of its own.
pub fn build(paths: &Paths, cargo: WasmCargo) -> Result<Artefact> {
    let target = paths.target().join("wasm-webgpu");
    let out = target.join("bindgen");
    let compiled = target.join(TARGET).join("wasm/edge_recall_webgpu.wasm");
    let optimised = out.join("webgpu_opt.wasm");
    step("wasm (webgpu): cargo build", || compile(paths, cargo, &target))?;
    if !is_fresh(&optimised, &compiled) {
        step("wasm (webgpu): wasm-bindgen", || bind(&compiled, &out))?;
        step("wasm (webgpu): wasm-opt", || optimise(paths, &out, &optimised))?;
    }
    Ok(Artefact { glue: out.join("webgpu.js"), wasm: optimised })
}

fn compile(paths: &Paths, cargo: WasmCargo, target: &Path) -> Result<()> {
    let mut flags = remapped_paths(paths);
    flags.push("-Ctarget-feature=+simd128".into());
    let build = cargo.tool().args(["build", "--package", "edge-recall-webgpu", "--lib", "--profile", "wasm"]);
    let build = build.args(["--target", TARGET, "--target-dir"]).arg(target).dir(&paths.root);
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")).run()
}

fn bind(input: &Path, out: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name("webgpu").typescript(false);
    bindgen.remove_producers_section(true).omit_default_module_path(true);
    let what = || format!("wasm-bindgen on {}", input.display());
    bindgen.web(true)?.generate(out).with_context(what)
}

/// Size before speed: the GPU does what is long, and the kernels say themselves what is inlined. Writes to another name until all is
/// done: a file of the last name counts as done.
fn optimise(paths: &Paths, out: &Path, optimised: &Path) -> Result<()> {
    let wasm_opt = paths.node_module("binaryen/bin/wasm-opt");
    let unfinished = out.join("webgpu_unfinished.wasm");
    let run = Tool::new("node").arg(wasm_opt).arg(out.join("webgpu_bg.wasm")).args(SHRINK).args(FEATURES);
    let run = run.arg("--enable-simd").arg("-o").arg(&unfinished);
    run.remedy("`npm ci` installs wasm-opt (package binaryen)").output()?;
    std::fs::rename(&unfinished, optimised).context("cannot rename what wasm-opt left")
}
