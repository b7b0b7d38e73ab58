//! `edge-recall similar`: its arguments.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use edge_recall::{EventKind, HistoryEvent, Request};

use super::Context;
use super::ask::{Seen, ask};

/// Items that go with one item.
#[derive(Args, Clone, Debug)]
pub struct SimilarArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The item key
    #[arg(value_name = "ID")]
    pub id: String,
    /// How many to show
    #[arg(short, long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: u32,
}

/// Answers without a history, from the item alone.
pub fn run(args: &SimilarArgs, context: &Context) -> Result<()> {
    let seed = HistoryEvent { key: args.id.clone(), kind: EventKind::View, age: None };
    ask(&args.dir, Request::similar(vec![seed]).limit(args.k as usize), Seen::Kept, context)
}
