//! A learnt log as a catalogue of cells. Owns how what was learnt becomes sections; the packer owns the files.

use std::ops::Range;

use anyhow::{Result, ensure};
use edge_recall::candidate::Candidate;
use edge_recall::format::cells::CentroidCode;
use edge_recall::format::codes::Metric;
use edge_recall::format::crowds::{Crowd, crowd_key};
use edge_recall::format::gain::PRINT_BYTES;
use edge_recall::format::manifest::{
    AttributeSpec, ChannelWeight, CrowdSpec, FusionSpec, Manifest, TableSpec, TowerSpec, VectorSpec, VisitSpec,
    WalkSpec,
};
use edge_recall::format::{attribute, rows};
use edge_recall::ids::{ChannelId, Ordinal};

use super::cell::CellCodes;
use super::{Blueprint, Catalogue, CellParts, Memory, Packed, Sink, identities, pack_into};
use crate::config::ShardsConfig;
use crate::layout::{Cut, Weight, cut};
use crate::learn::Learned;
use crate::lists::CHANNELS;
use crate::model::{CrowdList, I2iTable, Interactions, ItemAttributes, KeyedList};
use crate::numbering::{Numbering, events_of};
use crate::recipe::Recipe;
use crate::typed::TypedColumn;

/// Everything that a build publishes.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The log and its items.
    pub log: &'a Interactions,
    /// Attribute columns, one entry an item of the log.
    pub columns: &'a [TypedColumn],
    /// Catalogue columns that are shown beside a result.
    pub shown: Option<&'a Shown<'a>>,
    /// Fingerprints, one an item of the log; empty where there are none.
    pub prints: &'a [u64],
    /// What the stages made.
    pub learned: &'a Learned,
    /// How the device serves, and how vectors are stored.
    pub recipe: &'a Recipe,
}

/// Catalogue columns that are shown beside a result.
pub struct Shown<'a> {
    /// The catalogue.
    pub attributes: &'a ItemAttributes,
    /// Places of the columns in it.
    pub columns: Vec<usize>,
}

impl<'a> Material<'a> {
    /// A build without a catalogue file: no attributes, nothing to show.
    pub fn bare(log: &'a Interactions, learned: &'a Learned, recipe: &'a Recipe) -> Material<'a> {
        Material { log, columns: &[], shown: None, prints: &[], learned, recipe }
    }

    /// Cuts and numbers the catalogue.
    pub fn number(&self, config: &ShardsConfig) -> Numbering {
        let cut = cut(&self.weight(), config);
        Numbering::new(self.log, self.learned.vectors.as_ref(), cut)
    }

    /// Mean bytes of an item, close enough to choose the size of files by.
    fn weight(&self) -> Weight {
        let items = self.log.items.len();
        let keys: usize = self.log.items.iter().step_by(items / 1000 + 1).map(String::len).sum();
        let key = keys as f64 / items.div_ceil(items / 1000 + 1).max(1) as f64;
        let vector = self.learned.vectors.as_ref().map_or(0, |v| self.recipe.code.row_bytes(v.dim) + 4);
        let targets: usize = self.tables().map(|(_, table)| table.rows.iter().map(Vec::len).sum::<usize>()).sum();
        let prints = if self.prints.is_empty() { 0 } else { PRINT_BYTES };
        Weight {
            items,
            vec: vector as f64 + key * 0.6 + 1.0 + 3.0 * self.columns.len() as f64 + prints as f64,
            i2i: targets as f64 * 1.8 / items.max(1) as f64 + 5.0 * self.tables().count() as f64,
            files: 2 + usize::from(self.shown.is_some()),
        }
    }

    /// The tables with the triggers that the device uses them by, in the order in which they are published.
    pub fn tables(&self) -> impl Iterator<Item = (TableSpec, &'a I2iTable)> + use<'a> {
        let learned = self.learned;
        let recipes = self.recipe.tables.iter();
        recipes.filter_map(|table| {
            let channel = table.family.channel();
            Some((TableSpec { channel, triggers: table.triggers }, learned.table(channel)?))
        })
    }

    /// The walk, where its table is published.
    fn walk(&self) -> Option<WalkSpec> {
        let walk = self.recipe.serving.walk?;
        let table = self.tables().position(|(spec, _)| spec.channel == walk.table)?;
        Some(WalkSpec { table: table as u32, fan: walk.fan, triggers: walk.triggers })
    }

    /// The learnt weights. What is retargeted weighs as much as the heaviest of the other channels: its share bounds it.
    fn fusion(&self) -> FusionSpec {
        let mut fusion = self.recipe.serving.fusion.clone();
        let has_list = |channel| !CHANNELS.contains(&channel) || self.learned.lists.has(channel);
        // What the tuner tries out has no catalogue.
        fusion.category = fusion.category.filter(|name| self.columns.iter().any(|column| column.name == *name));
        fusion.weights.retain(|own| own.channel != ChannelId::Retarget && has_list(own.channel));
        if self.recipe.retarget.is_some() {
            let weight = fusion.weights.iter().map(|own| own.weight).fold(0.0, f32::max);
            fusion.weights.push(ChannelWeight { channel: ChannelId::Retarget, weight });
        }
        fusion
    }

    /// The manifest without ids and shards.
    pub fn manifest(&self) -> Manifest {
        let serving = &self.recipe.serving;
        let vectors = self.learned.vectors.as_ref();
        let names = |shown: &Shown<'_>| shown.columns.iter().map(|&c| shown.attributes.names[c].clone()).collect();
        let named = |name: &String| name.is_empty() || self.columns.iter().any(|column| column.name == *name);
        let purchases = self.recipe.purchases.as_ref().filter(|own| named(&own.attribute) && named(&own.consumable));
        Manifest {
            format: Manifest::current_format(),
            items: self.log.items.len() as u32,
            visit: VisitSpec::default(),
            vectors: vectors.map(|v| VectorSpec { dim: v.dim as u32, metric: Metric::Dot, code: self.recipe.code }),
            tower: vectors.map(|_| TowerSpec { kind: serving.tower, triggers: serving.u2i }),
            tables: self.tables().map(|(spec, _)| spec).collect(),
            walk: self.walk(),
            repeat: serving.repeat,
            retarget: self.recipe.retarget,
            tags: self.learned.lists.tags(self.columns, &self.recipe.lists),
            peers: Some(self.recipe.lists.nearest).filter(|_| !self.learned.lists.cohorts.is_empty()),
            purchases: purchases.cloned(),
            duplicates: if self.prints.is_empty() { 0 } else { self.recipe.duplicates },
            rules: self.recipe.rules.clone(),
            attributes: self.columns.iter().map(|c| AttributeSpec { name: c.name.clone(), kind: c.kind }).collect(),
            fields: self.shown.map(names).unwrap_or_default(),
            crowd: CrowdSpec { keys: self.recipe.crowd.keys.clone() },
            fusion: self.fusion(),
            events: self.recipe.events.clone(),
            ..Manifest::default()
        }
    }

    /// All lists in ordinals.
    pub fn crowds(&self, ordinals: &[u32]) -> Vec<Crowd> {
        let items = |items: &[(u32, f32)]| {
            let entry = |&(item, score): &(u32, f32)| Candidate { item: Ordinal(ordinals[item as usize]), score };
            items.iter().map(entry).collect()
        };
        let crowd = |list: &CrowdList| Crowd {
            key: crowd_key(list.key.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            users: list.users,
            items: items(&list.items),
        };
        let keyed = |list: &KeyedList| Crowd { key: list.key.clone(), users: list.users, items: items(&list.items) };
        let lists = &self.learned.lists.lists;
        self.learned.crowds.iter().map(crowd).chain(lists.iter().map(keyed)).collect()
    }

    /// Where the cohorts lie.
    pub fn cohorts(&self) -> Vec<CentroidCode> {
        self.learned.lists.cohorts.iter().map(|mean| CentroidCode::of(mean, 0.0)).collect()
    }

    /// What is published of some items, given by their rows in the log, but for keys and rows. `None` = the log no longer
    /// has the item, and nothing is known of it. `events` counts the events of every row.
    pub fn parts(&self, items: &[Option<u32>], events: &[u32]) -> CellParts {
        let fields = |shown: &Shown<'_>| {
            let item = |item: &Option<u32>| shown.columns.iter().map(|&c| shown_text(shown, *item, c)).collect();
            items.iter().map(item).collect()
        };
        let print = |item: &Option<u32>| item.map_or(0, |item| self.prints[item as usize]);
        CellParts {
            gains: items.iter().map(|item| item.map_or(0, |item| gain_of(events[item as usize]))).collect(),
            attributes: self.columns.iter().map(|c| attribute::encode(&c.column(items.iter().copied()))).collect(),
            vectors: self.codes(items),
            prints: if self.prints.is_empty() { Vec::new() } else { items.iter().map(print).collect() },
            fields: self.shown.map(fields).unwrap_or_default(),
            ..CellParts::default()
        }
    }

    fn codes(&self, items: &[Option<u32>]) -> Option<CellCodes> {
        let vectors = self.learned.vectors.as_ref()?;
        let zeros = vec![0.0; vectors.dim];
        let row = |item: &Option<u32>| item.map_or(zeros.as_slice(), |item| vectors.row(item as usize));
        let rows: Vec<f32> = items.iter().flat_map(row).copied().collect();
        Some(CellCodes::encode(self.recipe.code, vectors.dim, &rows))
    }
}

/// A learnt log, numbered.
pub struct LogCatalogue<'a> {
    material: Material<'a>,
    numbering: &'a Numbering,
    events: Vec<u32>,
}

impl<'a> LogCatalogue<'a> {
    /// A catalogue of the items of `material` in the order of `numbering`.
    pub fn new(material: Material<'a>, numbering: &'a Numbering) -> LogCatalogue<'a> {
        LogCatalogue { material, numbering, events: events_of(material.log) }
    }

    fn rows(&self, range: &Range<u32>, table: &I2iTable) -> Vec<u8> {
        let renumber = |&item: &u32| -> Vec<(u32, f32)> {
            let row = table.rows[item as usize].iter().take(rows::MAX_TARGETS);
            row.map(|&(target, weight)| (self.numbering.ordinals[target as usize], weight)).collect()
        };
        let renumbered: Vec<Vec<(u32, f32)>> = self.numbering.rows_of(range).iter().map(renumber).collect();
        rows::encode(range.start, &renumbered, self.material.recipe.weights)
    }
}

impl Catalogue for LogCatalogue<'_> {
    fn cell(&self, _: u32, range: &Range<u32>) -> Result<CellParts> {
        let items: Vec<Option<u32>> = self.numbering.rows_of(range).iter().map(|&row| Some(row)).collect();
        Ok(CellParts {
            keys: range.clone().map(|ordinal| self.key(ordinal)).collect(),
            rows: self.material.tables().map(|(_, table)| self.rows(range, table)).collect(),
            ..self.material.parts(&items, &self.events)
        })
    }

    fn key(&self, ordinal: u32) -> String {
        self.material.log.items[self.numbering.rows[ordinal as usize] as usize].clone()
    }
}

/// A display field; line feeds and other control characters would tear the lines that fields cross to JavaScript in.
fn shown_text(shown: &Shown<'_>, item: Option<u32>, column: usize) -> String {
    let text = item.map_or("", |item| shown.attributes.values[item as usize][column].as_str());
    text.replace(|letter: char| letter.is_control(), " ")
}

/// Popularity on a log scale: `events = 2^(gain / 16)`, rounded.
pub fn gain_of(events: u32) -> u8 {
    if events == 0 { 0 } else { (libm::log2(f64::from(events)) * 16.0).round().clamp(0.0, 255.0) as u8 }
}

/// Packs a build of at least one item into memory: cut by `config`, or as one cell where there is none.
pub fn pack(material: Material<'_>, config: Option<&ShardsConfig>) -> Result<Packed> {
    let numbering = match config {
        Some(config) => material.number(config),
        None => Numbering::by_popularity(material.log, Cut { cells: 1, leaves: 1 }),
    };
    let sink = Memory::default();
    let manifest = pack_numbered(material, &numbering, &sink)?;
    Ok(sink.packed(manifest))
}

/// Packs a numbered build of a new epoch.
pub fn pack_numbered(material: Material<'_>, numbering: &Numbering, sink: &dyn Sink) -> Result<Manifest> {
    ensure!(!numbering.rows.is_empty(), "there are no items to publish");
    let mut manifest = material.manifest();
    let keys = numbering.rows.iter().map(|&row| material.log.items[row as usize].as_str());
    let vectors = material.learned.vectors.as_ref().map_or(&[][..], |vectors| vectors.rows.as_slice());
    (manifest.epoch, manifest.model) = identities(keys, vectors, material.recipe.code, &numbering.cells);
    manifest.epoch_items = manifest.items;
    let blueprint = Blueprint {
        epoch_items: manifest.items,
        manifest,
        cells: numbering.cells.clone(),
        leaves: numbering.leaves.clone(),
        crowds: material.crowds(&numbering.ordinals),
        cohorts: material.cohorts(),
    };
    pack_into(blueprint, &LogCatalogue::new(material, numbering), sink)
}
