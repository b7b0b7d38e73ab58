//! `edge-recall inspect`: what a build holds, section by section, and what a visit costs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use edge_recall::format::section::SectionKind;
use edge_recall::ids::Ordinal;
use edge_recall::{Recaller, Request};
use serde::Serialize;

use super::ask::attributes_of;
use super::{Context, privacy};
use crate::open::{Folder, Opened, files_of};

/// Look inside a build: sections, sizes, what a visit costs.
#[derive(Args, Clone, Debug)]
pub struct InspectArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// One item: its number, attributes and rows
    #[arg(long, value_name = "ID")]
    pub item: Option<String>,
    /// How many items each cell's file may have been fetched for
    #[arg(long, conflicts_with = "item")]
    pub privacy: bool,
}

/// A whole build.
#[derive(Debug, Serialize)]
struct BuildAnswer {
    /// `recall.json`.
    manifest: serde_json::Value,
    /// The first line for people.
    #[serde(skip)]
    title: String,
    /// Fusion weight of each channel.
    weights: Vec<(&'static str, f32)>,
    files: Vec<FileAnswer>,
    crowds: Vec<CrowdAnswer>,
    /// Pairs of all tables.
    pairs: BTreeMap<&'static str, u64>,
    bytes_per_visit: u64,
    requests_per_visit: u32,
}

/// One shard file.
#[derive(Debug, Serialize)]
struct FileAnswer {
    name: String,
    kind: &'static str,
    bytes: usize,
    sections: Vec<SectionAnswer>,
}

/// One section.
#[derive(Debug, Serialize)]
struct SectionAnswer {
    name: &'static str,
    instance: u16,
    count: u32,
    bytes: usize,
}

/// One crowd list.
#[derive(Debug, Serialize)]
struct CrowdAnswer {
    key: String,
    users: u32,
    items: usize,
}

/// One item.
#[derive(Debug, Serialize)]
struct ItemAnswer {
    id: String,
    ordinal: u32,
    attributes: serde_json::Map<String, serde_json::Value>,
    /// Targets of each table, heaviest first.
    tables: BTreeMap<&'static str, Vec<(String, f32)>>,
}

/// Looks inside.
pub fn run(args: &InspectArgs, context: &Context) -> Result<()> {
    let folder = Folder::open(&args.dir)?;
    let opened = folder.visited(&Request::recommend(Vec::new()))?;
    match &args.item {
        _ if args.privacy => context.report.answer(&privacy::answer(&opened.recaller)?, privacy::text),
        Some(key) => context.report.answer(&item(&opened.recaller, key)?, item_text),
        None => context.report.answer(&build(&folder, &opened)?, build_text),
    }
}

fn build(folder: &Folder, opened: &Opened) -> Result<BuildAnswer> {
    let recaller = &opened.recaller;
    let manifest = recaller.manifest();
    let mut files = Vec::new();
    for (name, _) in files_of(folder, recaller)? {
        let shard = folder.shard(name)?;
        let section = |section: &edge_recall::format::section::Section| SectionAnswer {
            name: section.kind.map_or("unknown", SectionKind::name),
            instance: section.instance,
            count: section.count,
            bytes: section.bytes.len(),
        };
        files.push(FileAnswer {
            name: name.to_string(),
            kind: shard.header().kind.name(),
            bytes: shard.size(),
            sections: shard.sections().iter().map(section).collect(),
        });
    }
    let crowd = |crowd: &edge_recall::format::crowds::Crowd| CrowdAnswer {
        key: crowd.key.clone(),
        users: crowd.users,
        items: crowd.items.len(),
    };
    let pairs = manifest.tables.iter().zip(recaller.tables()).map(|(spec, table)| {
        let mut pairs = 0;
        for item in 0..manifest.items {
            table.for_each(Ordinal(item), &mut |_, _| pairs += 1);
        }
        (spec.channel.name(), pairs)
    });
    let (major, minor) = manifest.format;
    Ok(BuildAnswer {
        manifest: serde_json::from_str(&manifest.to_json())?,
        title: format!(
            "format {major}.{minor}  build {}  epoch {}  model {}  {} items",
            manifest.build, manifest.epoch, manifest.model, manifest.items
        ),
        weights: manifest.fusion.weights.iter().map(|w| (w.channel.name(), w.weight)).collect(),
        files,
        crowds: recaller.crowds().iter().map(crowd).collect(),
        pairs: pairs.collect(),
        bytes_per_visit: opened.bytes,
        requests_per_visit: opened.requests,
    })
}

fn item(recaller: &Recaller, key: &str) -> Result<ItemAnswer> {
    let Some(ordinal) = recaller.find(key) else { bail!("the catalogue has no item {key}") };
    let tables = recaller.manifest().tables.iter().zip(recaller.tables()).map(|(spec, table)| {
        let mut targets = Vec::new();
        table.for_each(ordinal, &mut |target, weight| targets.push((recaller.key(target).unwrap_or_default(), weight)));
        targets.sort_by(|a, b| b.1.total_cmp(&a.1));
        (spec.channel.name(), targets)
    });
    let tables = tables.collect();
    Ok(ItemAnswer { id: key.to_owned(), ordinal: ordinal.0, attributes: attributes_of(recaller, key), tables })
}

fn build_text(answer: &BuildAnswer) -> String {
    let mut text = format!("{}\n", answer.title);
    for file in &answer.files {
        let _ = writeln!(text, "c/{}.er  {:<4} {:>10} bytes", file.name, file.kind, file.bytes);
        for section in &file.sections {
            let (name, instance) = (section.name, section.instance);
            let _ = writeln!(
                text,
                "    {name:<10} {instance:>2}  {:>8} entries  {:>10} bytes",
                section.count, section.bytes
            );
        }
    }
    for (channel, pairs) in &answer.pairs {
        let _ = writeln!(text, "{channel}: {pairs} pairs");
    }
    for crowd in &answer.crowds {
        let key = if crowd.key.is_empty() { "everyone" } else { &crowd.key };
        let _ = writeln!(text, "crowd {key}: {} items from {} users", crowd.items, crowd.users);
    }
    for (channel, weight) in &answer.weights {
        let _ = writeln!(text, "fusion weight of {channel}: {weight}");
    }
    let _ = write!(text, "a visit reads {} bytes in {} files", answer.bytes_per_visit, answer.requests_per_visit);
    text
}

fn item_text(answer: &ItemAnswer) -> String {
    let attributes = serde_json::to_string(&answer.attributes).unwrap_or_default();
    let mut text = format!("{} (ordinal {})  {attributes}", answer.id, answer.ordinal);
    for (channel, targets) in &answer.tables {
        let _ = write!(text, "\n{channel}: {} targets", targets.len());
        for (key, weight) in targets.iter().take(10) {
            let _ = write!(text, "\n    {key:<24} {weight:.6}");
        }
    }
    text
}
