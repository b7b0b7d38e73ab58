//! Benchmarks, native and wasm, by name. The benchmarks print their tables; JSON goes to `target/bench/`.

use anyhow::{Result, bail};

use crate::package;
use crate::paths::Paths;
use crate::tool::{Tool, step};

/// Runs the named benchmark, or all of them, native first.
pub fn run(paths: &Paths, name: Option<&str>) -> Result<()> {
    let known = names(paths)?;
    let wanted: Vec<&String> = known.iter().filter(|known| name.is_none_or(|name| *known == name)).collect();
    let wasm = paths.at("benches/wasm/bench.mjs");
    if wanted.is_empty() && !wasm.is_file() {
        bail!("no benchmark {}\nremedy: there is {}", name.unwrap_or("at all"), known.join(", "));
    }
    let out = paths.target().join("bench");
    std::fs::create_dir_all(&out)?;
    for name in wanted {
        step(&format!("bench {name}, native"), || {
            let cargo = Tool::new("cargo").args(["bench", "--package", "edge-recall", "--bench", name]);
            cargo.env("EDGE_RECALL_BENCH_OUT", &out).dir(&paths.root).run_in_front()
        })?;
    }
    if wasm.is_file() {
        package::build(paths)?;
        step("bench, wasm", || {
            let node = Tool::new("node").arg(wasm).args(name).env("EDGE_RECALL_DIST", paths.at("dist"));
            node.env("EDGE_RECALL_BENCH_OUT", &out).dir(&paths.root).run_in_front()
        })?;
    }
    eprintln!("JSON: {}", out.display());
    Ok(())
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
