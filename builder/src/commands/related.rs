//! `edge-recall related`: what `similar` answers, for every item at once. For static site generators.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use edge_recall::ids::Ordinal;
use edge_recall::{EventKind, HistoryEvent, Recaller, Request};
use rayon::prelude::*;
use serde::Serialize;

use super::Context;
use crate::open::open;

/// Items that are asked for before any of them is written: enough for all cores, little to hold.
const BATCH: usize = 4096;

/// Related items of every item, for static site generators.
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct RelatedArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// How many for each item
    #[arg(short, long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub k: u32,
    /// These items alone, separated by commas; may be given more than once
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub ids: Vec<String>,
    /// Every item of the build, as when --ids is left out
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// One JSON object a line instead of one in all
    #[arg(long)]
    pub lines: bool,
}

/// One related item.
#[derive(Debug, Serialize)]
struct Related {
    id: String,
    score: f32,
}

/// One line of `--lines`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a str,
    related: &'a [Related],
}

/// How an entry is written.
#[derive(Clone, Copy)]
enum Form {
    Object,
    Lines,
    Text,
}

/// Asks for every item and writes as it goes.
pub fn run(args: &RelatedArgs, context: &Context) -> Result<()> {
    let opened = open(&args.dir, &Request::recommend(Vec::new()))?;
    let ids = if args.ids.is_empty() { all(&opened.recaller) } else { known(args, &opened.recaller, context)? };
    let form = match (args.lines, context.report.is_json()) {
        (true, _) => Form::Lines,
        (false, true) => Form::Object,
        (false, false) => Form::Text,
    };
    let stage = context.progress.stage("related items", ids.len() as u64);
    context.report.stream(args.lines, |out| {
        for (batch, ids) in ids.chunks(BATCH).enumerate() {
            let entry = |id: &String| similar(&opened.recaller, id, args.k).and_then(|found| write(id, &found, form));
            let entries: Vec<String> = ids.par_iter().map(entry).collect::<Result<_>>()?;
            for (place, entry) in entries.iter().enumerate() {
                let first = batch == 0 && place == 0;
                let before = match form {
                    Form::Object if first => "{\n",
                    Form::Object => ",\n",
                    Form::Lines | Form::Text if first => "",
                    Form::Lines | Form::Text => "\n",
                };
                write!(out, "{before}{entry}")?;
            }
            stage.add(ids.len() as u64);
        }
        Ok(writeln!(out, "{}", if matches!(form, Form::Object) { "\n}" } else { "" })?)
    })
}

/// Every item, in the order of the build.
fn all(recaller: &Recaller) -> Vec<String> {
    (0..recaller.manifest().items).filter_map(|item| recaller.key(Ordinal(item))).collect()
}

/// The items that were named, each once. Unknown ones are told; their lists stay empty, so that a generator finds a list
/// for everything it asked for.
fn known(args: &RelatedArgs, recaller: &Recaller, context: &Context) -> Result<Vec<String>> {
    let mut met = HashSet::new();
    let ids: Vec<String> = args.ids.iter().filter(|id| met.insert(id.as_str())).cloned().collect();
    let unknown: Vec<&str> = ids.iter().filter(|id| recaller.find(id).is_none()).map(String::as_str).collect();
    let shown = unknown[..unknown.len().min(5)].join(", ");
    if unknown.len() == ids.len() {
        bail!("{}: the catalogue has none of {shown}; give item keys as the log has them", args.dir.display());
    }
    if !unknown.is_empty() {
        context.report.notice(&format!("{} item(s) are not in the catalogue: {shown}", unknown.len()));
    }
    Ok(ids)
}

fn similar(recaller: &Recaller, id: &str, k: u32) -> Result<Vec<Related>> {
    let seed = HistoryEvent { key: id.to_owned(), kind: EventKind::View, age: None };
    let response = recaller.finish(&Request::similar(vec![seed]).limit(k as usize))?;
    Ok(response.recommendations.into_iter().map(|found| Related { id: found.key, score: found.score }).collect())
}

fn write(id: &str, found: &[Related], form: Form) -> Result<String> {
    Ok(match form {
        Form::Object => format!("{}:{}", serde_json::to_string(id)?, serde_json::to_string(found)?),
        Form::Lines => serde_json::to_string(&Line { id, related: found })?,
        Form::Text => {
            let related: Vec<&str> = found.iter().map(|related| related.id.as_str()).collect();
            format!("{id:<24} {}", related.join(", "))
        }
    })
}

const HELP: &str = "\
With --json one object: {\"sku-1\": [{\"id\": \"sku-7\", \"score\": 1.2}, ...], ...}.
With --lines one object a line, which suits large catalogues: {\"id\": \"sku-1\", \"related\": [...]}.
The whole build is searched, not the few files that a visit would read.";
