//! The runtime as wasm: cargo build, wasm-bindgen, wasm-opt, once with SIMD and once without, and search with relaxed SIMD, too.
//! All share one JavaScript glue; the host picks the file.

pub mod gpu;
mod names;
mod silence;
mod unread;

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::paths::Paths;
use crate::setup::wasm_target::{self, TARGET, WasmCargo};
use crate::tool::{Tool, both, step};

/// Features that wasm-opt may assume: every engine with bulk memory has all of these.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Optimise for size and inline nothing: a call compresses better than a copy of its target. (Measured on this artefact:
/// `-O3` 60.8 KB, `-Oz` 60.9 KB, `-Oz` without inlining 57.5 KB gzip.) The kernels are inlined by rustc already.
///
/// The first kilobyte is the far end of the stack, which no valid program reaches: an access there that wraps around may
/// trap instead. That lets sums of addresses become offsets (0.3 KB). Never `--traps-never-happen`: it removes the checks
/// that hostile bytes run into. What pays and what does not: docs/decisions/0004.
const SHRINK: [&str; 7] = [
    "-Oz",
    "--converge",
    "--low-memory-unused",
    "--strip-target-features",
    "--one-caller-inline-max-function-size=0",
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=2",
];

/// No copies of code: functions are inlined only where that makes the caller smaller or the source says so, loops are
/// neither unrolled, vectorised nor rotated (a copy of their head), and addresses in them are not counted along. The kernels
/// are vectors by hand already. (Measured with `benches/wasm/bench.mjs`: docs/decisions/0003; the threshold:
/// docs/decisions/0004; rotation and addresses: docs/decisions/0005.)
const NO_COPIES: [&str; 6] = [
    "-Cllvm-args=-inline-threshold=15",
    "-Cllvm-args=-unroll-threshold=0",
    "-Cllvm-args=-rotation-max-header-size=0",
    "-Cllvm-args=-disable-lsr",
    "-Cno-vectorize-loops",
    "-Cno-vectorize-slp",
];

/// A wasm that is made of the runtime crate.
#[derive(Clone, Copy)]
pub struct Recipe {
    /// What its files are called.
    name: &'static str,
    /// The feature of the crate that exports it.
    feature: &'static str,
    profile: &'static str,
    /// Whether there is one with relaxed SIMD.
    has_relaxed: bool,
    /// Flags for rustc.
    flags: &'static [&'static str],
    /// Flags for wasm-opt.
    shrink: &'static [&'static str],
}

/// The runtime: a visitor downloads it before the first answer.
pub const CORE: Recipe = Recipe {
    name: "core",
    feature: "bindings",
    profile: "wasm",
    has_relaxed: false,
    flags: &NO_COPIES,
    shrink: &SHRINK,
};

/// The search of index files, for those who ask for it: here speed rules.
pub const SEARCH: Recipe = Recipe {
    name: "search",
    feature: "search-bindings",
    profile: "wasm-fast",
    has_relaxed: true,
    flags: &[],
    // A constant that the compiler keeps in a local stays there: engines make one that is put into a loop anew every time round.
    // (Measured in Node 26: half-precision rows 0.65 ms instead of 0.86.)
    shrink: &["-O3", "--skip-pass=precompute-propagate", "--low-memory-unused", "--strip-target-features"],
};

/// What the builds of a recipe leave behind.
pub struct Artefacts {
    /// The glue. Its declarations are written by hand, beside `pkg-config/src`'s users of it.
    pub glue: PathBuf,
    /// Optimised wasm that uses SIMD.
    pub simd: PathBuf,
    /// Optimised wasm for engines without SIMD.
    pub baseline: PathBuf,
    /// Optimised wasm that uses relaxed SIMD, where the recipe has such.
    pub relaxed: Option<PathBuf>,
}

/// Builds all flavours, two of them side by side.
pub fn build(paths: &Paths, cargo: WasmCargo, recipe: Recipe) -> Result<Artefacts> {
    let (simd, baseline) =
        both(|| flavour(paths, cargo, recipe, "simd"), || flavour(paths, cargo, recipe, "baseline"))?;
    let relaxed = if recipe.has_relaxed { Some(flavour(paths, cargo, recipe, "relaxed")?) } else { None };
    let glue = simd.join(format!("{}.js", recipe.name));
    for other in [Some(&baseline), relaxed.as_ref()].into_iter().flatten() {
        if std::fs::read(&glue)? != std::fs::read(other.join(glue.file_name().unwrap_or_default()))? {
            bail!(
                "the glue of two builds differs, but one glue must serve all: compare {} and {}",
                simd.display(),
                other.display()
            );
        }
    }
    let optimised = |folder: &Path| folder.join(format!("{}_opt.wasm", recipe.name));
    let relaxed = relaxed.map(|folder| optimised(&folder));
    Ok(Artefacts { simd: optimised(&simd), baseline: optimised(&baseline), relaxed, glue })
}

/// Builds one flavour in a target folder of its own, so that changing flags never rebuilds the other.
fn flavour(paths: &Paths, cargo: WasmCargo, recipe: Recipe, flavour: &str) -> Result<PathBuf> {
    let Recipe { name, profile, .. } = recipe;
    let target = paths.target().join(format!("wasm-{flavour}"));
    let out = target.join("bindgen").join(name);
    let compiled = target.join(TARGET).join(profile).join("edge_recall.wasm");
    step(&format!("wasm ({name}, {flavour}): cargo build"), || compile(paths, cargo, recipe, flavour, &target))?;
    if !is_fresh(&out.join(format!("{name}_opt.wasm")), &compiled) {
        let gone = step(&format!("wasm ({name}, {flavour}): wasm-bindgen"), || bind(&compiled, &out, name))?;
        step(&format!("wasm ({name}, {flavour}): wasm-opt"), || optimise(paths, recipe, flavour, &out, &gone))?;
    }
    Ok(out)
}

/// Whether `made` is newer than what it is made from and than this program, which holds the recipe.
fn is_fresh(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let program = std::env::current_exe().ok().and_then(|program| modified(&program));
    let made = modified(made);
    made.is_some() && made > modified(source) && made > program
}

fn compile(paths: &Paths, cargo: WasmCargo, recipe: Recipe, flavour: &str, target: &Path) -> Result<()> {
    let mut flags = remapped_paths(paths);
    flags.extend(recipe.flags.iter().copied().map(String::from));
    flags.extend(target_features(flavour).map(String::from));
    let build = cargo.tool().args(["build", "--package", "edge-recall", "--lib", "--profile", recipe.profile]);
    let build = build.args(["--no-default-features", "--features", recipe.feature, "--target", TARGET]);
    let build = build.arg("--target-dir").arg(target).dir(&paths.root);
    // The unit separator lets a flag hold spaces; setting it also keeps RUSTFLAGS of the caller out of the artefact.
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")).run()
}

/// What the compiler may use of the engine.
fn target_features(flavour: &str) -> Option<&'static str> {
    match flavour {
        "simd" => Some("-Ctarget-feature=+simd128"),
        "relaxed" => Some("-Ctarget-feature=+simd128,+relaxed-simd"),
        _ => None,
    }
}

/// Panic messages carry source paths; this keeps the builder's home folder out of what we publish.
fn remapped_paths(paths: &Paths) -> Vec<String> {
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let mut flags = vec![remap(&paths.root, ".")];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.and_then(|home| std::fs::read_dir(home.join("registry/src")).ok());
    for registry in sources.into_iter().flatten().flatten() {
        flags.push(remap(&registry.path(), "crates"));
    }
    flags.sort();
    flags
}

/// What the wasm-bindgen command does, without a command to install, and then what makes its output smaller. Function names
/// stay until `wasm-opt`, because the panics are found by name. The output name is part of the wasm's imports. Returns the
/// addresses of data that nothing may read.
fn bind(input: &Path, out: &Path, name: &str) -> Result<Vec<Range<u32>>> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name(name).typescript(true);
    bindgen.remove_producers_section(true).omit_default_module_path(true);
    let what = || format!("wasm-bindgen on {}", input.display());
    let mut bound = bindgen.web(true)?.generate_output().with_context(what)?;
    let glue = String::from(bound.js());
    silence::panics(bound.wasm_mut(), &glue)?;
    let gone = unread::erase(bound.wasm_mut())?;
    let glue = names::shorten(bound.wasm_mut(), &glue);
    bound.emit(out).with_context(what)?;
    std::fs::write(out.join(format!("{name}.js")), glue).context("cannot write the glue")?;
    Ok(gone)
}

/// Writes to another name until all is checked: a file of the last name counts as done.
fn optimise(paths: &Paths, recipe: Recipe, flavour: &str, out: &Path, gone: &[Range<u32>]) -> Result<()> {
    let wasm_opt = paths.node_module("binaryen/bin/wasm-opt");
    let file = |what: &str| out.join(format!("{}_{what}.wasm", recipe.name));
    let simd: &[&str] = match flavour {
        "simd" => &["--enable-simd"],
        "relaxed" => &["--enable-simd", "--enable-relaxed-simd"],
        _ => &[],
    };
    let run = Tool::new("node").arg(wasm_opt).arg(file("bg")).args(recipe.shrink).args(FEATURES).args(simd);
    let unchecked = file("unchecked");
    run.arg("-o").arg(&unchecked).remedy("`npm ci` installs wasm-opt (package binaryen)").output()?;
    unread::check(&unchecked, gone)?;
    std::fs::rename(&unchecked, file("opt")).context("cannot rename what wasm-opt left")
}

/// Clippy over the code that only the wasm build compiles; `false` when the compiler here has no clippy for it.
pub fn clippy(paths: &Paths) -> Result<bool> {
    let cargo = wasm_target::ensure(paths)?;
    if !cargo.has_clippy() {
        return Ok(false);
    }
    // Vectors are there by a flag of the compiler alone, so every kind of build has a folder of its own.
    for (recipe, flavour) in
        [(CORE, "baseline"), (CORE, "simd"), (SEARCH, "baseline"), (SEARCH, "simd"), (SEARCH, "relaxed")]
    {
        let clippy = cargo.tool().args(["clippy", "--package", "edge-recall", "--lib", "--target", TARGET]);
        let clippy = clippy.args(["--no-default-features", "--features", recipe.feature, "--target-dir"]);
        let clippy = clippy.arg(paths.target().join(format!("clippy-{flavour}"))).args(["--", "-D", "warnings"]);
        clippy.env("CARGO_ENCODED_RUSTFLAGS", target_features(flavour).unwrap_or_default()).dir(&paths.root).run()?;
    }
    let clippy = cargo.tool().args(["clippy", "--package", "edge-recall-webgpu", "--lib", "--target", TARGET]);
    clippy.args(["--", "-D", "warnings"]).dir(&paths.root).run()?;
    Ok(true)
}
