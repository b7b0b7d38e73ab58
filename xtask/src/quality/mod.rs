//! How well builds of public research sets recommend: `edge-recall build` with a budget and no other flag, judged by
//! `edge-recall evaluate` and by the packaged wasm. Owns the order of steps. The sets are nobody's to pass on: they are read
//! where they lie, and what is made of them stays under the target folder.

pub mod convert;
mod goals;
pub mod measured;
mod reference;
mod report;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::Value;

use crate::paths::Paths;
use crate::tool::step;
use crate::{package, test};
use convert::Tables;
use goals::{Goal, Pair};
use report::{Row, Sample};

pub use goals::Set;

/// Names the folder of research sets where the command line does not.
const DATA: &str = "EDGE_RECALL_QUALITY_DATA";

/// What the command line asks for.
pub struct Options {
    /// The folder with one folder for each set.
    pub data: Option<PathBuf>,
    /// Sets to measure; none means all.
    pub only: Vec<Set>,
    /// The one size of builds to measure.
    pub megabytes: Option<f64>,
    /// Users that the wasm answers; 0 leaves the wasm out.
    pub wasm_users: u32,
}

/// Measures every set that is there, prints the table, writes `quality.json`.
pub fn run(paths: &Paths, options: &Options) -> Result<()> {
    let data = data(options.data.clone())?;
    let out = paths.target().join("quality");
    std::fs::create_dir_all(&out)?;
    test::build_builder(paths)?;
    if options.wasm_users > 0 {
        package::build(paths)?;
    }
    let wanted = if options.only.is_empty() { Set::value_variants() } else { &options.only };
    let (mut rows, mut missing, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for &set in wanted {
        let title = format!("quality: {}", set.name());
        let Some(tables) = step(&title, || convert::tables(paths, set, &data, &out))? else {
            missing.push(set.name());
            continue;
        };
        for goal in set.goals_of(options.megabytes) {
            let build = format!("{} in {} MB", set.name(), goal.megabytes);
            let row =
                step(&format!("quality: {build}"), || measure(paths, set, goal, &tables, &out, options.wasm_users));
            match row {
                Ok(row) => rows.push(row),
                Err(error) => {
                    eprintln!("{error:#}");
                    failed.push(build);
                }
            }
        }
    }
    if missing.len() == wanted.len() {
        bail!(
            "{} holds none of the sets {}\nremedy: docs/quality.md tells what it should",
            data.display(),
            missing.join(", ")
        );
    }
    let json = out.join("quality.json");
    std::fs::write(&json, serde_json::to_string_pretty(&rows.iter().map(Row::json).collect::<Vec<_>>())? + "\n")?;
    std::io::stdout().write_all(report::table(&rows).as_bytes())?;
    eprintln!("JSON: {}", json.display());
    missing.iter().for_each(|set| eprintln!("SKIPPED: {set}: not in {}", data.display()));
    let differs = |row: &&Row| row.sample.as_ref().is_some_and(|sample| !sample.is_equal());
    failed.extend(rows.iter().filter(differs).map(|row| format!("{} (wasm and native differ)", row.set.name())));
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// The folder of sets, as given or as the environment has it.
fn data(given: Option<PathBuf>) -> Result<PathBuf> {
    let named = given.or_else(|| std::env::var_os(DATA).map(PathBuf::from));
    let data = named.with_context(|| format!("no folder of research sets\nremedy: name it with --data or {DATA}"))?;
    if !data.is_dir() {
        bail!("{} is no folder\nremedy: name the one with the research sets with --data or {DATA}", data.display());
    }
    Ok(data)
}

/// One build, judged.
fn measure(paths: &Paths, set: Set, goal: Goal, tables: &Tables, out: &Path, wasm_users: u32) -> Result<Row> {
    let folder = out.join(set.name()).join(format!("{}MB", goal.megabytes));
    let mut build = build(paths, tables, &folder);
    build.arg("--budget").arg(format!("{}MB", goal.megabytes));
    let built = measured::run(&mut build)?;
    let found = evaluate(paths, set, &folder, &tables.history, &tables.test)?;
    let reference = reference::found(paths, set, &folder, tables)?;
    let sample = match wasm_users {
        0 => None,
        users => Some(replay(paths, set, &folder, tables, users)?),
    };
    Ok(Row {
        set,
        goal,
        bytes: built.answer["bytes"].as_u64().context("`edge-recall build --json` tells no bytes")?,
        found,
        reference,
        sample,
        seconds: built.seconds,
        peak: built.peak,
        chosen: report::chosen(&built.answer),
    })
}

/// A build of the tables of a set, for others to add flags to.
fn build(paths: &Paths, tables: &Tables, folder: &Path) -> Command {
    let mut build = Command::new(paths.builder());
    build.args(["build", "--json", "--quiet", "--log"]).arg(&tables.train).arg("--out").arg(folder);
    build.args(tables.about.iter().flat_map(|(flag, file)| [Path::new(flag), file]));
    build
}

/// What the native runtime finds in a build.
fn evaluate(paths: &Paths, set: Set, folder: &Path, history: &Path, test: &Path) -> Result<Pair> {
    let mut evaluate = Command::new(paths.builder());
    evaluate.args(["evaluate", "--json", "--quiet", "--k"]).arg(set.metric().0.to_string()).arg(folder);
    evaluate.arg("--history").arg(history).arg("--test").arg(test);
    pair(set, &measured::run(&mut evaluate)?.answer["fused"])
}

/// What the packaged wasm finds for a sample of users, and the native runtime for the same.
fn replay(paths: &Paths, set: Set, folder: &Path, tables: &Tables, users: u32) -> Result<Sample> {
    let kept = beside(folder, "-sample");
    std::fs::create_dir_all(&kept)?;
    let mut node = Command::new("node");
    node.arg(paths.at("benches/quality/replay.mjs")).arg(folder).arg(&tables.history).arg(&tables.test).arg(&kept);
    node.args(["--k", &set.metric().0.to_string(), "--users", &users.to_string()]);
    let answer = measured::run(node.env("EDGE_RECALL_DIST", paths.at("dist")).current_dir(&paths.root))?.answer;
    let count =
        |name: &str| answer[name].as_u64().with_context(|| format!("benches/quality/replay.mjs tells no {name}"));
    Ok(Sample {
        users: count("users")?,
        left_out: count("left_out")?,
        wasm: pair(set, &answer["found"])?,
        native: evaluate(paths, set, folder, &kept.join("history.csv"), &kept.join("test.csv"))?,
    })
}

/// What is kept of a build lies beside it, never in it.
fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// The two figures of a set, out of metrics by name.
fn pair(set: Set, metrics: &Value) -> Result<Pair> {
    let (k, metric) = set.metric();
    let figure = |name: &str| {
        metrics[format!("{name}@{k}")].as_f64().with_context(|| format!("no {name}@{k} among the metrics"))
    };
    Ok(Pair { recall: figure(metric)?, ndcg: Some(figure("ndcg")?) })
}
