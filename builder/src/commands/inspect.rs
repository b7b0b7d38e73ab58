//! `edge-recall inspect`: what a build holds, section by section, and what a visit costs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use edge_recall::format::Shard;
use edge_recall::format::section::SectionKind;
use edge_recall::ids::Ordinal;
use edge_recall::{AlignedBytes, Recaller, Request};
use serde::Serialize;

use super::Context;
use super::ask::attributes_of;
use crate::open::{Opened, open};

/// Look inside a build: sections, sizes, what a visit costs.
#[derive(Args, Clone, Debug)]
pub struct InspectArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// One item: its number, attributes and rows
    #[arg(long, value_name = "ID")]
    pub item: Option<String>,
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
    let opened = open(&args.dir, &Request::recommend(Vec::new()))?;
    match &args.item {
        Some(key) => context.report.answer(&item(&opened.recaller, key)?, item_text),
        None => context.report.answer(&build(args, &opened)?, build_text),
    }
}

fn build(args: &InspectArgs, opened: &Opened) -> Result<BuildAnswer> {
    let recaller = &opened.recaller;
    let manifest = recaller.manifest();
    let mut names = vec![manifest.head.clone(), manifest.dir.clone()];
    names.retain(|shard| shard.inline.is_none());
    let mut names: Vec<_> = names.into_iter().map(|shard| shard.name).collect();
    for cell in recaller.cells() {
        names.push(cell.vec.name);
        names.extend(cell.i2i.map(|file| file.name));
    }
    let mut files = Vec::new();
    for name in names {
        let path = args.dir.join("c").join(format!("{name}.er"));
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let shard = Shard::open(AlignedBytes::copy_of(&bytes)).with_context(|| path.display().to_string())?;
        let section = |section: &edge_recall::format::section::Section| SectionAnswer {
            name: section.kind.map_or("unknown", SectionKind::name),
            instance: section.instance,
            count: section.count,
            bytes: section.bytes.len(),
        };
        files.push(FileAnswer {
            name: name.to_string(),
            kind: shard.header().kind.name(),
            bytes: bytes.len(),
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
        (0..manifest.items).for_each(|item| table.for_each(Ordinal(item), &mut |_, _| pairs += 1));
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
