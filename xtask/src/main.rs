//! Every developer task of edge-recall: `cargo xtask <task>`. Owns the command line and nothing else.
//! Tasks install what they lack, say what they do and how long it took, and name the remedy when they fail.

mod bench;
mod channels;
mod demo;
mod lint;
mod package;
mod page;
mod paths;
mod quality;
mod setup;
mod sizes;
mod test;
mod tool;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer tasks of edge-recall")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build shards and the package, serve the demo on 127.0.0.1
    Demo {
        /// Make one visit in headless Chromium, print one line of JSON, exit
        #[arg(long)]
        once: bool,
        /// Folder with log.csv, items.csv and users.csv instead of MovieLens 100K
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
        /// Port of the demo; 0 takes a free one
        #[arg(long, default_value_t = 8787)]
        port: u16,
    },
    /// Run all tests, or one part
    Test {
        #[arg(value_enum)]
        part: Option<test::Part>,
    },
    /// Judge the source without running it
    Lint,
    /// Build dist/edge-recall-<version>.tgz and dist/recall/
    Package,
    /// Run all benchmarks, or one
    Bench { name: Option<String> },
    /// Measure every channel on three sets and rewrite the tables of docs/channels.md
    Channels {
        /// Folder with one folder for each research set; without it, gowalla keeps its tables
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
    },
    /// Build research sets under their budgets and judge what they find: docs/quality.md
    Quality {
        /// Folder with one folder for each set; default EDGE_RECALL_QUALITY_DATA
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
        /// This set only; may stand several times
        #[arg(long, value_name = "SET", value_enum)]
        only: Vec<quality::Set>,
        /// Builds of this size only, in megabytes of 10^6 bytes
        #[arg(long, value_name = "MEGABYTES")]
        budget: Option<f64>,
        /// Users that the wasm is asked for; 0 leaves the wasm out
        #[arg(long, value_name = "USERS", default_value_t = 2000)]
        wasm: u32,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let paths = paths::Paths::new()?;
    match task {
        Task::Demo { once, data, port } => demo::run(&paths, demo::Options { once, data, port }),
        Task::Test { part } => test::run(&paths, part),
        Task::Lint => lint::run(&paths).map(drop),
        Task::Package => package::run(&paths),
        Task::Bench { name } => bench::run(&paths, name.as_deref()),
        Task::Channels { data } => channels::run(&paths, data),
        Task::Quality { data, only, budget, wasm } => {
            quality::run(&paths, &quality::Options { data, only, megabytes: budget, wasm_users: wasm })
        }
    }
}
