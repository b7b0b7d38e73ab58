//! The demo: data, package, shards, a server, and with `--once` a visit that proves them.

mod generated;
pub mod movielens;
mod tables;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::paths::Paths;
use crate::setup::{browser, node_modules};
use crate::tool::{Tool, both, step};
use crate::{package, test};

/// What the command line asks for.
pub struct Options {
    /// Make one visit and exit.
    pub once: bool,
    /// A folder with `log.csv`, `items.csv`, `users.csv`.
    pub data: Option<PathBuf>,
    /// Port of the server.
    pub port: u16,
}

/// Sets up what is missing, builds everything, and serves or visits the page.
pub fn run(paths: &Paths, options: Options) -> Result<()> {
    node_modules::ensure(paths)?;
    let chrome = if options.once { Some(browser::ensure(paths)?) } else { None };
    let data = step("demo data", || data(paths, options.data.as_deref()))?;
    both(|| package::build(paths), || test::build_builder(paths))?;
    step("shards", || shards(paths, &data))?;
    let server = Tool::new("node").dir(&paths.root);
    match chrome {
        Some(chrome) => server.arg(paths.script("once.mjs")).arg(paths.at("www")).env("CHROME", chrome).run_in_front(),
        None => {
            let server = server.arg(paths.script("serve.mjs")).arg(paths.at("www")).arg(options.port.to_string());
            server.remedy("if the port is taken, name another one with --port").run_in_front()
        }
    }
}

/// The folder with the tables; also writes what the page needs to show films.
fn data(paths: &Paths, given: Option<&Path>) -> Result<PathBuf> {
    let folder = match given {
        Some(given) => given.to_path_buf(),
        None => films(paths)?,
    };
    for name in ["log.csv", "items.csv", "users.csv"] {
        if !folder.join(name).is_file() {
            bail!("{} holds no {name}", folder.display());
        }
    }
    let www = paths.at("www/data");
    std::fs::create_dir_all(&www)?;
    tables::write_cards(&folder.join("items.csv"), &www.join("films.json"))?;
    Ok(folder)
}

/// MovieLens 100K, or a generated catalogue where it cannot be had.
fn films(paths: &Paths) -> Result<PathBuf> {
    let folder = paths.target().join("demo");
    std::fs::create_dir_all(&folder)?;
    let tables = match movielens::tables(&folder) {
        Ok(tables) => tables,
        Err(error) => {
            eprintln!("NOT MovieLens: generated catalogue because {error:#}");
            generated::tables()
        }
    };
    tables.write(&folder)?;
    eprintln!("  {} events, {} items, {} users", tables.log.len(), tables.items.len(), tables.users.len());
    Ok(folder)
}

fn shards(paths: &Paths, data: &Path) -> Result<()> {
    let out = paths.at("www/recall");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let build = Tool::new(paths.builder()).arg("build").arg("--log").arg(data.join("log.csv"));
    let build = build.arg("--items").arg(data.join("items.csv")).arg("--users").arg(data.join("users.csv"));
    build.arg("--out").arg(&out).arg("--runtime").arg(paths.recall()).run()
}
