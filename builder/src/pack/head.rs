//! What every visit reads: the list of everyone, the Gram matrix, and the keys of listed items where cells are many. Owns
//! which lists ride along and which wait in a shard of their own.

use anyhow::Result;
use edge_recall::format::crowds::{self, Crowd};
use edge_recall::format::header::NO_CELL;
use edge_recall::format::manifest::ShardRef;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{ShardKind, gram, ordinals};
use edge_recall::ids::Ordinal;

use super::{Blueprint, INLINE_BYTES, Sink, finished, refer};

/// Packs the head; and, where it would not fit into the manifest with all lists, those of particular crowds beside it.
pub fn pack(
    blueprint: &Blueprint,
    gram: Option<Vec<f32>>,
    key_of: Option<&dyn Fn(u32) -> String>,
    sink: &dyn Sink,
) -> Result<(ShardRef, Option<ShardRef>)> {
    let whole = head(blueprint, &blueprint.crowds, gram.as_deref(), key_of);
    let (everyone, others): (Vec<Crowd>, Vec<Crowd>) =
        blueprint.crowds.iter().cloned().partition(|crowd| crowd.key.is_empty());
    if key_of.is_none() || others.is_empty() || finished(whole)?.len() <= INLINE_BYTES {
        let whole = head(blueprint, &blueprint.crowds, gram.as_deref(), key_of);
        return Ok((refer(sink, ShardKind::Head, whole, true)?, None));
    }
    let head = refer(sink, ShardKind::Head, head(blueprint, &everyone, gram.as_deref(), key_of), true)?;
    let lists = lists(blueprint, ShardKind::Crowds, &others, key_of);
    Ok((head, Some(refer(sink, ShardKind::Crowds, lists, false)?)))
}

fn head(
    blueprint: &Blueprint,
    crowds: &[Crowd],
    gram: Option<&[f32]>,
    key_of: Option<&dyn Fn(u32) -> String>,
) -> ShardWriter {
    let shard = lists(blueprint, ShardKind::Head, crowds, key_of);
    let dim = blueprint.dim();
    match gram {
        Some(gram) => shard.section(SectionKind::Gram, 0, dim as u32, gram::encode(dim, gram)),
        None => shard,
    }
}

fn lists(
    blueprint: &Blueprint,
    kind: ShardKind,
    crowds: &[Crowd],
    key_of: Option<&dyn Fn(u32) -> String>,
) -> ShardWriter {
    let shard = ShardWriter::new(blueprint.header(kind, NO_CELL, 0, blueprint.manifest.items));
    let shard = shard.section(SectionKind::Crowds, 0, crowds.len() as u32, crowds::encode(crowds));
    let Some(key_of) = key_of else { return shard };
    let mut listed: Vec<Ordinal> = crowds.iter().flat_map(|crowd| &crowd.items).map(|item| item.item).collect();
    listed.sort_unstable();
    listed.dedup();
    let keys: Vec<String> = listed.iter().map(|item| key_of(item.0)).collect();
    shard.section(SectionKind::Known, 0, listed.len() as u32, ordinals::encode_known(&listed, &keys))
}
