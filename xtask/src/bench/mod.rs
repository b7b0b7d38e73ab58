//! Benchmarks, native and wasm, by name. The benchmarks print their tables; JSON goes to `target/bench/`.

mod gpu;
mod peers;
mod search;

use std::ffi::OsStr;

use anyhow::{Result, bail};

use crate::paths::Paths;
use crate::tool::{Tool, step};
use crate::{package, test};

/// The name that stands for every benchmark of the wasm and none of the native ones.
const WASM: &str = "wasm";

/// The name that stands for first visits to catalogues of every size, over HTTP.
const VISIT: &str = "visit";

/// The name that stands for index kinds beside other packages, which takes as long as all the others together.
const SEARCH: &str = "search";

/// The name that stands for search on the GPU that is there.
const GPU: &str = "gpu";

/// Catalogues that are visited: name, items, users to measure with. The largest takes minutes and a gigabyte once.
const SITES: [(&str, u32, u32); 4] =
    [("5k", 5_000, 400), ("100k", 100_000, 400), ("1m", 1_000_000, 400), ("10m", 10_000_000, 60)];

/// Runs the named benchmark, or all of them but the visits, the search and the GPU, native first.
pub fn run(paths: &Paths, name: Option<&str>) -> Result<()> {
    if name == Some(VISIT) {
        return visit(paths);
    }
    if name == Some(SEARCH) {
        return search::run(paths);
    }
    if name == Some(GPU) {
        return gpu::run(paths);
    }
    let known = names(paths)?;
    if let Some(name) = name.filter(|name| *name != WASM && !known.iter().any(|known| known == name)) {
        bail!("no benchmark {name}\nremedy: there is {}, {WASM}, {VISIT}, {SEARCH}, {GPU}", known.join(", "));
    }
    let wanted: Vec<&String> = known.iter().filter(|known| name.is_none_or(|name| *known == name)).collect();
    let out = paths.target().join("bench");
    std::fs::create_dir_all(&out)?;
    for name in wanted {
        step(&format!("bench {name}, native"), || {
            cargo_bench(paths, name, &[]).env("EDGE_RECALL_BENCH_OUT", &out).run_in_front()
        })?;
    }
    package::build(paths)?;
    test::build_builder(paths)?;
    let shards = out.join("shards");
    step("bench, wasm: catalogues", || {
        cargo_bench(paths, "recall", &["--".as_ref(), "--write".as_ref(), shards.as_os_str()]).run()
    })?;
    step("bench, wasm", || {
        let node = Tool::new("node")
            .arg(paths.at("benches/wasm/bench.mjs"))
            .args(name.filter(|name| *name != WASM))
            .env("EDGE_RECALL_DIST", paths.at("dist"));
        let node = node.env("EDGE_RECALL_BENCH_OUT", &out).env("EDGE_RECALL_BUILDER", paths.builder());
        node.dir(&paths.root).run_in_front()
    })?;
    eprintln!("JSON: {}", out.display());
    Ok(())
}

/// First visits through the real wasm against a counting server. Sites are made once and kept.
fn visit(paths: &Paths) -> Result<()> {
    package::build(paths)?;
    test::build_builder(paths)?;
    let out = paths.target().join("bench");
    for (name, items, users) in SITES {
        let site = out.join("sites").join(name);
        if !site.join("generated.json").is_file() {
            step(&format!("bench visit: a site of {items} items"), || {
                let generate = Tool::new(paths.builder()).args(["generate", "--quiet", "--out"]).arg(&site);
                let size =
                    [("--items", items), ("--users", items / 5 + 2_000), ("--events", items * 20), ("--days", 60)];
                let size = size.into_iter().flat_map(|(name, value)| [name.to_owned(), value.to_string()]);
                generate.args(size).args(["--shards".to_owned(), users.to_string()]).run()
            })?;
        }
        step(&format!("bench visit: {name}"), || {
            let node = Tool::new("node").arg(paths.at("benches/visit/visit.mjs")).arg(name).arg(&site);
            let node = node.env("EDGE_RECALL_DIST", paths.at("dist")).env("EDGE_RECALL_BUILDER", paths.builder());
            node.env("EDGE_RECALL_BENCH_OUT", &out).dir(&paths.root).run_in_front()
        })?;
    }
    eprintln!("JSON: {}", out.display());
    Ok(())
}

/// One native benchmark, with arguments for it after those for cargo.
fn cargo_bench(paths: &Paths, name: &str, rest: &[&OsStr]) -> Tool {
    let cargo = Tool::new("cargo").args(["bench", "--package", "edge-recall", "--features", "write", "--bench", name]);
    cargo.args(rest).dir(&paths.root)
}

/// The native benchmarks: one file each in `benches/`.
fn names(paths: &Paths) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(paths.at("benches"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}
