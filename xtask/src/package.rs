//! The npm package and the files for pages without a bundler, from source to tarball.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::paths::{Paths, VERSION};
use crate::setup::{node_modules, wasm_target};
use crate::tool::{Tool, step};
use crate::{sizes, wasm};

/// Stands for the version in `pkg-config/package.json`.
const PLACEHOLDER: &str = "\"version\": \"0.0.0\"";

/// Builds the whole package and holds it against its size budget.
pub fn run(paths: &Paths) -> Result<()> {
    build_whole(paths)?;
    check_sizes(paths)
}

/// Builds `dist/npm` and `dist/recall` but for the GPU search, and packs nothing: what the demo and the benchmarks of the
/// runtime need, without compiling wgpu.
pub fn build(paths: &Paths) -> Result<()> {
    build_parts(paths, false)
}

/// Builds `dist/npm`, `dist/recall` and the tarball, the GPU search with them.
pub fn build_whole(paths: &Paths) -> Result<()> {
    build_parts(paths, true)?;
    step("package: npm pack", || pack(paths))
}

fn build_parts(paths: &Paths, with_gpu: bool) -> Result<()> {
    node_modules::ensure(paths)?;
    let cargo = wasm_target::ensure(paths)?;
    let core = wasm::build(paths, cargo, wasm::CORE)?;
    let search = wasm::build(paths, cargo, wasm::SEARCH)?;
    let gpu = if with_gpu { Some(wasm::gpu::build(paths, cargo)?) } else { None };
    step("package: JavaScript and types", || {
        lay_out(paths, &core, &search, gpu.as_ref())?;
        bundle(paths)?;
        declare(paths)
    })
}

/// The size budget, for a package that was built.
pub fn check_sizes(paths: &Paths) -> Result<()> {
    step("package: size budget", || sizes::check(paths))
}

/// Places everything that is not made from TypeScript.
fn lay_out(
    paths: &Paths,
    core: &wasm::Artefacts,
    search: &wasm::Artefacts,
    gpu: Option<&wasm::gpu::Artefact>,
) -> Result<()> {
    let (npm, recall) = (paths.npm(), paths.recall());
    for folder in [&npm, &recall] {
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
    }
    for (artefacts, glue, packed, beside) in
        [(core, "glue", "core", "recall"), (search, "search-glue", "search", "search")]
    {
        copy(&artefacts.glue, &npm.join(format!("dist/{glue}.js")))?;
        let flavours = [(Some(&artefacts.simd), ""), (Some(&artefacts.baseline), "_baseline")];
        for (wasm, flavour) in flavours.into_iter().chain([(artefacts.relaxed.as_ref(), "_relaxed")]) {
            let Some(wasm) = wasm else { continue };
            copy(wasm, &npm.join(format!("dist/{packed}{flavour}_bg.wasm")))?;
            copy(wasm, &recall.join(format!("{beside}{flavour}.wasm")))?;
        }
    }
    if let Some(gpu) = gpu {
        copy(&gpu.glue, &npm.join("dist/webgpu-glue.js"))?;
        copy(&gpu.wasm, &npm.join("dist/webgpu_bg.wasm"))?;
        copy(&gpu.wasm, &recall.join("webgpu.wasm"))?;
    }
    let manifest = std::fs::read_to_string(paths.at("pkg-config/package.json"))?;
    if !manifest.contains(PLACEHOLDER) {
        bail!("pkg-config/package.json must hold {PLACEHOLDER}; the workspace's version takes its place");
    }
    std::fs::write(npm.join("package.json"), manifest.replace(PLACEHOLDER, &format!("\"version\": \"{VERSION}\"")))?;
    for page in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        if paths.at(page).is_file() {
            copy(&paths.at(page), &npm.join(page))?;
        }
    }
    Ok(())
}

fn bundle(paths: &Paths) -> Result<()> {
    let node = Tool::new("node").arg(paths.script("bundle.mjs")).arg(paths.at("pkg-config/src"));
    node.arg(paths.npm().join("dist")).arg(paths.recall()).dir(&paths.root).run()
}

/// Declarations, one file a source file, below `dist/types`; the names in `exports` re-export them.
fn declare(paths: &Paths) -> Result<()> {
    let dist = paths.npm().join("dist");
    let types = dist.join("types");
    let tsc = Tool::new("node").arg(paths.node_module("typescript/bin/tsc")).arg("--project");
    tsc.arg(paths.at("pkg-config")).arg("--outDir").arg(&types).dir(&paths.root).run()?;
    for glue in ["glue.d.ts", "search/glue.d.ts", "webgpu/glue.d.ts"] {
        copy(&paths.at("pkg-config/src").join(glue), &types.join(glue))?;
    }
    copy_for_require(&types)?;
    for (name, entry) in [("index", "node"), ("slim", "slim"), ("search", "search-node"), ("webgpu", "webgpu-node")] {
        std::fs::write(dist.join(format!("{name}.d.ts")), format!("export * from './types/entry/{entry}.js';\n"))?;
    }
    for (name, entry) in [("index", "node"), ("search", "search-node")] {
        std::fs::write(dist.join(format!("{name}.d.cts")), format!("export * from './types/entry/{entry}.cjs';\n"))?;
    }
    Ok(())
}

/// TypeScript reads `.d.ts` in a module package as modules only, so `require` gets the same text as `.d.cts`.
fn copy_for_require(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            copy_for_require(&path)?;
        } else if let Some(stem) = path.to_str().and_then(|name| name.strip_suffix(".d.ts")) {
            let text = std::fs::read_to_string(&path)?.replace(".js'", ".cjs'").replace(".js\"", ".cjs\"");
            std::fs::write(format!("{stem}.d.cts"), text)?;
        }
    }
    Ok(())
}

fn pack(paths: &Paths) -> Result<()> {
    let npm = Tool::new(node_modules::npm()).arg("pack").arg(paths.npm()).arg("--pack-destination");
    npm.arg(paths.at("dist")).args(["--loglevel=error"]).dir(&paths.root).output()?;
    if !paths.tarball().is_file() {
        bail!("npm pack left no {}", paths.tarball().display());
    }
    let publint = Tool::new("node").arg(paths.node_module("publint/src/cli.js")).arg("--strict").arg(paths.npm());
    publint.remedy("pkg-config/package.json is what publint reads").output()?;
    eprintln!("  {}", paths.tarball().display());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}
