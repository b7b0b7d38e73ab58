//! `edge-recall mask`: items that are out of stock or withdrawn do not come back, without a new build.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use edge_recall::ids::Ordinal;
use serde::Serialize;

use super::Context;
use crate::input::items::read_item_keys;
use crate::locate::Locator;
use crate::mask::{Masked, mask};
use crate::open::Folder;
use crate::output::{OutputDir, SHARDS};
use crate::publish::{Kept, republish};

/// Hide items that are out of stock or withdrawn, without building anew.
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct MaskArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The items to hide: CSV, TSV, JSON lines or Parquet with a column item
    #[arg(long, value_name = "FILE", required_unless_present_any = ["ids", "clear"])]
    pub items: Option<PathBuf>,
    /// Items to hide, separated by commas; may be given more than once
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub ids: Vec<String>,
    /// Hide nothing any more
    #[arg(long, conflicts_with_all = ["items", "ids"])]
    pub clear: bool,
}

/// The answer of the command.
#[derive(Debug, Serialize)]
struct Answer {
    build: String,
    /// Items that are hidden now.
    masked: usize,
    /// Keys that the catalogue does not have.
    unknown: Vec<String>,
    /// Whether anything had to be written.
    changed: bool,
    /// Files under `c/` that the build before does not have, and their bytes.
    files: usize,
    bytes: usize,
    /// What stays of earlier builds.
    kept: Kept,
}

/// Hides.
pub fn run(args: &MaskArgs, context: &Context) -> Result<()> {
    let out = OutputDir::create(&args.dir, SHARDS)?;
    let mut keys = args.ids.clone();
    if let Some(path) = &args.items {
        keys.extend(read_item_keys(path, &context.config.items, context.reading())?);
    }
    keys.sort_unstable();
    keys.dedup();
    let folder = Folder::open(&args.dir)?;
    let mut locator = Locator::new(&folder)?;
    locator.read_leaves()?;
    let found = locator.find(&keys)?;
    let unknown: Vec<String> =
        keys.into_iter().zip(&found).filter(|(_, item)| item.is_none()).map(|(key, _)| key).collect();
    if !unknown.is_empty() {
        let shown = unknown[..unknown.len().min(5)].join(", ");
        context.report.notice(&format!("{} item(s) are not in the catalogue: {shown}", unknown.len()));
    }
    let mut items: Vec<Ordinal> = found.into_iter().flatten().collect();
    items.sort_unstable();
    let Masked { packed, shards } = mask(&folder, &locator.recaller, &items)?;
    let changed = packed.manifest.build != locator.recaller.manifest().build;
    let kept =
        if changed { republish(&packed, &shards, out, context.config.shards.keep_builds)? } else { Kept::default() };
    let answer = Answer {
        build: packed.manifest.build.to_string(),
        masked: items.len(),
        unknown,
        changed,
        files: packed.files.len(),
        bytes: packed.files.iter().map(|(_, _, bytes)| bytes.len()).sum(),
        kept,
    };
    context.report.answer(&answer, text)
}

fn text(answer: &Answer) -> String {
    let Answer { build, masked, files, bytes, .. } = answer;
    match answer.changed {
        true => format!("build {build}: {masked} items are hidden; {files} new files ({bytes} bytes) and recall.json"),
        false => format!("build {build}: {masked} items are hidden, as before; nothing was written"),
    }
}

const HELP: &str = "\
The list replaces the one before. Hidden items still say what a visitor likes; they are not shown. Vectors and
rows keep their names, so that little is to be uploaded, and pages that are open find all their files.
The next `edge-recall build` starts without a mask, with --previous, too: hide again after it.";
