//! `edge-recall recommend`: one request for personal recommendations.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use edge_recall::mechanism::rules::Rules;
use edge_recall::{EventKind, HistoryEvent, Request};

use super::Context;
use super::ask::{Seen, ask};
use super::rules;

/// Ask a build once, as a visitor with this history would.
#[derive(Args, Clone, Debug)]
pub struct RecommendArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Item keys, oldest first, separated by commas; may be given more than once
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub history: Vec<String>,
    /// What is known of the visitor, e.g. age=25-34; may be given more than once
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub context: Vec<(String, String)>,
    /// Rules that the answer must obey: JSON as the options of a question
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// How many to recommend
    #[arg(short, long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: u32,
}

/// Answers as a device would whose events all happened this minute.
pub fn run(args: &RecommendArgs, context: &Context) -> Result<()> {
    let event = |key: &String| HistoryEvent { key: key.clone(), kind: EventKind::View, age: Some(0) };
    let rules = args.rules.as_deref().map_or(Ok(Rules::default()), rules::read)?;
    let request = Request::recommend(args.history.iter().rev().map(event).collect())
        .context(args.context.iter().cloned().collect())
        .rules(rules)
        .limit(args.k as usize);
    ask(&args.dir, request, Seen::AsBuilt, context)
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, e.g. age=25-34".into()),
    }
}
