//! What every channel gives on three very different sets: the tables of docs/channels.md. Owns the order of steps; the words
//! around the tables are written by hand. Builds have no flag beside the tables of their set.

mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::demo::movielens;
use crate::page;
use crate::paths::Paths;
use crate::quality::convert::{self, Tables};
use crate::quality::{Set, measured};
use crate::test;
use crate::tool::{Tool, step};

/// The page, from the root of the repository.
const PAGE: &str = "docs/channels.md";
/// Users, items and events of the made-up site; its exposures, purchases and categories come on top.
const SITE: [(&str, &str); 4] = [("--users", "4000"), ("--items", "2000"), ("--events", "120000"), ("--days", "60")];

/// Name in the page, and whether its log is there.
type Source = (&'static str, Option<Tables>);

/// Builds and judges every set that can be had, and puts its tables into the page. What cannot be had keeps the tables it has.
pub fn run(paths: &Paths, data: Option<PathBuf>) -> Result<()> {
    if let Some(data) = data.as_ref().filter(|data| !data.is_dir()) {
        bail!("{} is no folder\nremedy: name the one with the research sets with --data", data.display());
    }
    test::build_builder(paths)?;
    let out = paths.target().join("channels");
    std::fs::create_dir_all(&out)?;
    let page = paths.at(PAGE);
    let mut text = std::fs::read_to_string(&page).with_context(|| format!("cannot read {PAGE}"))?;
    let data = data.as_deref();
    let sources: [Source; 3] = [
        ("ml-100k", Some(step("channels: MovieLens 100K", || films(paths, data, &out))?)),
        ("gowalla", data.map(|data| convert::tables(paths, Set::Gowalla, data, &out)).transpose()?.flatten()),
        ("generated", Some(step("channels: a made-up site", || site(paths, &out))?)),
    ];
    for (name, tables) in sources {
        let Some(tables) = tables else {
            eprintln!("SKIPPED: {name}: name the folder of research sets with --data");
            continue;
        };
        let found = step(&format!("channels: {name}"), || measure(paths, &tables, &out.join(name)))?;
        text = page::replaced(&text, name, &table::tables(&found)?)?;
        std::fs::write(&page, &text).with_context(|| format!("cannot write {PAGE}"))?;
    }
    eprintln!("tables: {PAGE}, JSON: {}", out.display());
    Ok(())
}

/// What `build` chose and `evaluate` found.
struct Found {
    build: serde_json::Value,
    evaluation: serde_json::Value,
}

fn measure(paths: &Paths, tables: &Tables, folder: &Path) -> Result<Found> {
    let site = folder.join("build");
    let mut build = Command::new(paths.builder());
    build.args(["build", "--json", "--quiet", "--log"]).arg(&tables.train).arg("--out").arg(&site);
    build.args(tables.about.iter().flat_map(|(flag, file)| [Path::new(flag), file]));
    let mut evaluate = Command::new(paths.builder());
    evaluate.args(["evaluate", "--json", "--quiet", "--by-channel", "--by-history-length", "--k", "20"]).arg(&site);
    evaluate.arg("--history").arg(&tables.history).arg("--test").arg(&tables.test).arg("--log").arg(&tables.train);
    let users = tables.about.iter().filter(|(flag, _)| *flag == "--users");
    evaluate.args(users.flat_map(|(flag, file)| [Path::new(flag), file]));
    let found = Found { build: measured::run(&mut build)?.answer, evaluation: measured::run(&mut evaluate)?.answer };
    std::fs::write(folder.join("evaluation.json"), serde_json::to_string_pretty(&found.evaluation)? + "\n")?;
    Ok(found)
}

/// MovieLens 100K: out of the research sets where they have it, else as the demo gets it.
fn films(paths: &Paths, data: Option<&Path>, out: &Path) -> Result<Tables> {
    let known = data.map(|data| convert::tables(paths, Set::MovieLens100K, data, out)).transpose()?;
    if let Some(tables) = known.flatten() {
        return Ok(tables);
    }
    let folder = out.join("ml-100k");
    let demo = paths.target().join("demo");
    std::fs::create_dir_all(&demo)?;
    std::fs::create_dir_all(&folder)?;
    movielens::tables(&demo)?.write(&folder)?;
    split(paths, &folder)
}

/// A made-up site with all that a log can tell: exposures, purchases, users with attributes, items with categories and dates.
fn site(paths: &Paths, out: &Path) -> Result<Tables> {
    let folder = out.join("generated/site");
    std::fs::create_dir_all(out.join("generated"))?;
    let generate = Tool::new(paths.builder()).args(["generate", "--quiet", "--out"]).arg(&folder);
    generate.args(SITE.into_iter().flat_map(|(flag, size)| [flag, size])).run()?;
    split(paths, &folder)
}

/// Cuts `log.csv` of a folder in time; `items.csv` and `users.csv` lie beside it.
fn split(paths: &Paths, folder: &Path) -> Result<Tables> {
    let to = folder.with_file_name(format!("{}-split", folder.file_name().unwrap_or_default().to_string_lossy()));
    let split = Tool::new(paths.builder()).args(["split", "--quiet", "--by", "time", "--log"]);
    split.arg(folder.join("log.csv")).arg("--out").arg(&to).run()?;
    Ok(Tables {
        train: to.join("train.csv"),
        history: to.join("history.csv"),
        test: to.join("test.csv"),
        about: vec![("--items", folder.join("items.csv")), ("--users", folder.join("users.csv"))],
    })
}
