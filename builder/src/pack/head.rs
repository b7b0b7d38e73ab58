//! What every visit reads: the lists of everyone and of what is new, where cohorts lie, the Gram matrix, and the keys of listed items where cells are many. Owns
//! which lists ride along and which wait in a shard of their own.

use anyhow::Result;
use edge_recall::format::crowds::{self, Crowd, NEW};
use edge_recall::format::header::NO_CELL;
use edge_recall::format::manifest::ShardRef;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{ShardKind, cohorts, gram, ordinals};
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
        blueprint.crowds.iter().cloned().partition(|crowd| crowd.key.is_empty() || crowd.key == NEW);
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
    let shard = match blueprint.cohorts.len() {
        0 => shard,
        count => shard.section(SectionKind::Cohorts, 0, count as u32, cohorts::encode(dim, &blueprint.cohorts)),
    };
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

#[cfg(test)]
mod tests {
    use edge_recall::candidate::Candidate;
    use edge_recall::format::codes::{Code, Metric};
    use edge_recall::format::manifest::VectorSpec;
    use edge_recall::format::{Shard, base64};
    use edge_recall::{AlignedBytes, Manifest};

    use super::*;
    use crate::pack::Memory;

    const ITEMS: u32 = 2000;

    /// A list of 100 items for everyone and for each of `crowds` crowds.
    fn blueprint(crowds: u32) -> Blueprint {
        let list = |place: u32| Crowd {
            key: if place == 0 { String::new() } else { format!("crowd={place:03}") },
            users: 10,
            items: (0..100).map(|n| Candidate { item: Ordinal(place * 3 + n * 7), score: 1.0 }).collect(),
        };
        let manifest = Manifest { items: ITEMS, ..Manifest::default() };
        let crowds = (0..=crowds).map(list).collect();
        Blueprint { manifest, cells: Vec::new(), leaves: Vec::new(), crowds, cohorts: Vec::new(), epoch_items: ITEMS }
    }

    fn read(shard: &ShardRef, sink: &Memory) -> Shard {
        let bytes = match &shard.inline {
            Some(text) => base64::decode(text).unwrap(),
            None => sink.get(shard.name).unwrap(),
        };
        assert_eq!(shard.bytes as usize, bytes.len());
        Shard::open(AlignedBytes::copy_of(&bytes)).unwrap()
    }

    fn lists(shard: &Shard) -> Vec<String> {
        let section = shard.required(SectionKind::Crowds).unwrap();
        crowds::read(section, ITEMS).unwrap().into_iter().map(|crowd| crowd.key).collect()
    }

    fn key(ordinal: u32) -> String {
        format!("sku-{ordinal}")
    }

    #[test]
    fn a_few_lists_ride_along() {
        let sink = Memory::default();
        let (head, others) = pack(&blueprint(4), None, Some(&key), &sink).unwrap();
        assert!(head.inline.is_some() && others.is_none());
        assert_eq!(lists(&read(&head, &sink)).len(), 5);
    }

    #[test]
    fn many_lists_wait_in_a_shard_of_their_own() {
        let sink = Memory::default();
        let blueprint = blueprint(80);
        let (head, others) = pack(&blueprint, None, Some(&key), &sink).unwrap();
        let others = others.unwrap();
        assert!(head.inline.is_some() && head.bytes as usize <= INLINE_BYTES);
        assert!(others.inline.is_none() && others.bytes as usize > INLINE_BYTES);
        let (head, others) = (read(&head, &sink), read(&others, &sink));
        assert_eq!((lists(&head), lists(&others).len()), (vec![String::new()], 80));
        assert_eq!((head.header().kind, others.header().kind), (ShardKind::Head, ShardKind::Crowds));
        // Each knows the keys of its own lists, and no more.
        for (shard, crowds) in [(&head, &blueprint.crowds[..1]), (&others, &blueprint.crowds[1..])] {
            let (known, keys) = ordinals::read_known(shard.required(SectionKind::Known).unwrap(), ITEMS).unwrap();
            let mut listed: Vec<Ordinal> = crowds.iter().flat_map(|crowd| &crowd.items).map(|item| item.item).collect();
            listed.sort_unstable();
            listed.dedup();
            assert_eq!(known, listed);
            assert!((0u32..).zip(&known).all(|(place, item)| keys.get(place) == key(item.0)));
        }
    }

    #[test]
    fn where_one_cell_holds_everything_no_key_is_repeated_and_nothing_is_split() {
        let sink = Memory::default();
        let (head, others) = pack(&blueprint(80), None, None, &sink).unwrap();
        assert!(others.is_none() && head.inline.is_none(), "too large for the manifest, so a file");
        let shard = read(&head, &sink);
        assert!(lists(&shard).len() == 81 && shard.section(SectionKind::Known, 0).is_none());
    }

    #[test]
    fn the_gram_matrix_stays_in_the_head() {
        let sink = Memory::default();
        let mut blueprint = blueprint(80);
        blueprint.manifest.vectors = Some(VectorSpec { dim: 2, metric: Metric::Dot, code: Code::Int8 });
        let (head, others) = pack(&blueprint, Some(vec![1.0, 2.0, 3.0]), Some(&key), &sink).unwrap();
        let read_gram = |shard: &ShardRef| {
            let shard = read(shard, &sink);
            shard.section(SectionKind::Gram, 0).map(|section| gram::read(section, 2).unwrap())
        };
        assert_eq!(read_gram(&head), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(read_gram(&others.unwrap()), None);
    }
}
