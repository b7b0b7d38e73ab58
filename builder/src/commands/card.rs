//! `edge-recall card`: what a page brings along about its own item, so that no visitor's device need ask for it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use edge_recall::Recaller;
use edge_recall::format::base64;
use edge_recall::ids::Ordinal;
use rayon::prelude::*;
use serde::Serialize;

use super::Context;
use crate::locate::Locator;
use crate::open::Folder;

/// What a page brings along about its own item.
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct CardArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Item keys; of several, one JSON object a line
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub ids: Vec<String>,
    /// Every item of the build, one JSON object a line
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
}

/// One item.
#[derive(Debug, Serialize)]
struct Answer {
    id: String,
    /// Base64 of the card.
    card: String,
}

/// Prints one card, or all of them.
pub fn run(args: &CardArgs, context: &Context) -> Result<()> {
    let folder = Folder::open(&args.dir)?;
    let mut locator = Locator::new(&folder)?;
    if args.all {
        return all(&mut locator, context);
    }
    let mut items = Vec::new();
    let ids: Vec<&str> = args.ids.iter().map(String::as_str).collect();
    for (id, item) in ids.iter().zip(locator.find(&ids)?) {
        let missing =
            || format!("{}: the catalogue has no item {id}; give the key as the log has it", args.dir.display());
        items.push(item.with_context(missing)?);
    }
    if let [item] = items[..] {
        return context.report.answer(&card(&locator.with_cell_of(item)?, item)?, |answer| answer.card.clone());
    }
    context.report.stream(true, |out| {
        for &item in &items {
            writeln!(out, "{}", serde_json::to_string(&card(&locator.with_cell_of(item)?, item)?)?)?;
        }
        Ok(())
    })
}

/// Cell after cell, in the order of the build.
fn all(locator: &mut Locator<'_>, context: &Context) -> Result<()> {
    locator.read_leaves()?;
    let directory = locator.recaller.directory().context("the build has no directory")?;
    let cells: Vec<(u32, u32)> = directory.cells().map(|(_, cell)| (cell.base, cell.items)).collect();
    let stage = context.progress.stage("item cards", u64::from(locator.recaller.manifest().items));
    context.report.stream(true, |out| {
        for (base, items) in cells {
            let recaller = locator.with_cell_of(Ordinal(base))?;
            let line = |item| Ok(serde_json::to_string(&card(&recaller, Ordinal(item))?)?);
            let lines: Vec<String> = (base..base + items).into_par_iter().map(line).collect::<Result<_>>()?;
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            stage.add(u64::from(items));
        }
        Ok(())
    })
}

fn card(recaller: &Recaller, item: Ordinal) -> Result<Answer> {
    let id = recaller.key(item).context("an item has no key")?;
    let card = recaller.card(&id).context("the cell of an item is not at hand")?;
    let manifest = recaller.manifest();
    Ok(Answer { card: base64::encode(&card.encode(manifest.epoch, manifest.model)), id })
}

const HELP: &str = "\
The card goes into the page of the item, and from there to the runtime:

  <main data-recall=\"AcRm...\">   recall.observe('view', 'sku-1', { card: el.dataset.recall })

It holds until a new epoch begins; a page with an older card costs its visitors a look-up, nothing else.
With --all, as with --json, one object each: {\"id\": \"sku-1\", \"card\": \"AcRm...\"}.";
