//! The whole recall stage: `plan -> attach -> finish`, sans-IO. The host fetches, this decides.
//!
//! Owns requests, answers and the order of steps; the steps themselves live in the layers below.

mod answer;
mod attached;
mod explain;
mod lists;
mod plan;
mod request;
mod rules;
mod triggers;
mod worth;

use crate::error::{Error, Result};
use crate::format::bytes::AlignedBytes;
use crate::format::card::ItemCard;
use crate::format::manifest::Manifest;
use crate::format::manifest::ShardRef;
use crate::format::{Shard, ShardKind, base64};
use crate::ids::{Ordinal, ShardName};
use crate::listed::Listed;
use crate::profile::EventKind;
use crate::store::crowd::CrowdStore;
use crate::store::directory::Directory;
use crate::store::embeddings::Embeddings;
use crate::store::i2i::I2iStore;
use attached::Attached;

pub use answer::MAX_WALKS;
pub use plan::Plan;
pub use request::{
    Budget, Diagnostics, Explanation, FileWanted, MAX_LIMIT, Privacy, Reason, Recommendation, Request, Response, Task,
};
pub use triggers::{KnownEvent, triggers};

/// One loaded build. Cloning shares the shards' bytes.
#[derive(Clone, Default)]
pub struct Recaller {
    manifest: Manifest,
    /// Event weights of the manifest over the defaults, in the order of [`EventKind::ALL`].
    event_weights: [f32; EventKind::ALL.len()],
    attached: Attached,
}

impl Recaller {
    /// Starts with a manifest; no shard is attached yet.
    pub fn new(manifest: Manifest) -> Result<Recaller> {
        manifest.check()?;
        let mut event_weights = [0.0; EventKind::ALL.len()];
        for (kind, own) in EventKind::ALL.into_iter().zip(&mut event_weights) {
            *own = kind.weight();
            for (name, weight) in &manifest.events {
                if name == kind.name() {
                    *own = *weight;
                }
            }
        }
        let attached = Attached::new(&manifest);
        Ok(Recaller { manifest, event_weights, attached })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Attaches the shards that ride inside the manifest as base64. JavaScript hosts decode them themselves (`atob`), so
    /// that the wasm artefact need not.
    pub fn attach_inline(&mut self) -> Result<()> {
        let all = [Some(&self.manifest.head), Some(&self.manifest.dir), self.manifest.crowds.as_ref()];
        let all: Vec<ShardRef> = all.into_iter().chain([self.manifest.idmap.as_ref()]).flatten().cloned().listed();
        for shard in all {
            if let Some(text) = shard.inline {
                let problem = || Error::Manifest { problem: String::from("an inline shard is not base64") };
                let bytes = base64::decode(&text).ok_or_else(problem)?;
                self.attach(shard.name, AlignedBytes::copy_of(&bytes))?;
            }
        }
        Ok(())
    }

    /// Checks a file and takes it in, whole or not at all. Attaching a shard again does nothing.
    pub fn attach(&mut self, name: ShardName, bytes: AlignedBytes) -> Result<()> {
        if self.attached.has(name) {
            return Ok(());
        }
        let shard = Shard::open(bytes).map_err(|problem| Error::Shard { name: Some(name), problem })?;
        self.attached.attach(&self.manifest, name, &shard)
    }

    /// Takes in a shard that was opened before: several recallers may share its bytes.
    pub fn attach_shard(&mut self, name: ShardName, shard: &Shard) -> Result<()> {
        if self.attached.has(name) { Ok(()) } else { self.attached.attach(&self.manifest, name, shard) }
    }

    /// The same shards under another manifest of the same build: what the builder's tuner tries out.
    pub fn retuned(&self, change: impl FnOnce(&mut Manifest)) -> Result<Recaller> {
        let mut manifest = self.manifest.clone();
        change(&mut manifest);
        let mut attached = self.attached.clone();
        attached.crowd = CrowdStore::new(manifest.crowd.keys.clone(), self.crowds().to_vec());
        Ok(Recaller { attached, ..Recaller::new(manifest)? })
    }

    /// The item of a key, where its cell is attached.
    pub fn find(&self, key: &str) -> Option<Ordinal> {
        self.attached.catalog.find(key)
    }

    /// The key of an item, where its cell is attached.
    pub fn key(&self, item: Ordinal) -> Option<String> {
        self.attached.catalog.key(item)
    }

    /// Known attributes of an item: name and values.
    pub fn attributes(&self, item: Ordinal) -> Vec<(&str, Vec<String>)> {
        self.attached.attributes.of(item)
    }

    /// The item vectors that are attached.
    pub fn embeddings(&self) -> &Embeddings {
        &self.attached.embeddings
    }

    /// The item-to-item tables, in manifest order, as far as they are attached.
    pub fn tables(&self) -> &[I2iStore] {
        &self.attached.tables
    }

    /// The crowd lists, ascending by key, once the head is attached.
    pub fn crowds(&self) -> &[crate::format::crowds::Crowd] {
        self.attached.crowd.crowds()
    }

    /// The directory, as far as it is attached.
    pub fn directory(&self) -> Option<&Directory> {
        self.attached.directory.as_ref()
    }

    /// Popularity of an item: `2^(gain / 16)` events, where its cell is attached and tells.
    pub fn gain(&self, item: Ordinal) -> Option<u8> {
        self.attached.catalog.gain(item)
    }

    /// The card of a key as far as its cell is attached: with rows where those are, too. `None` where the key is not known.
    pub fn card(&self, key: &str) -> Option<ItemCard> {
        let item = self.find(key)?;
        let mut card = ItemCard::new(item, &self.attached.embeddings.vector(item).unwrap_or_default());
        for table in &self.attached.tables {
            // All rows, or none: a card with some would never be filled up.
            let Some(row) = table.row(item) else {
                card.rows.clear();
                break;
            };
            card.rows.push(row.to_vec());
        }
        self.attached.catalog.is_attached(item).then_some(card)
    }

    /// Reads an item card that a page brought along; refuses one of another build.
    pub fn check_card(&self, bytes: &[u8]) -> Result<ItemCard> {
        let (epoch, model, card) = ItemCard::decode(bytes).map_err(|problem| Error::Card { problem })?;
        if (epoch, model) != (self.manifest.epoch, self.manifest.model) || card.ordinal >= self.manifest.items {
            return Err(Error::StaleCard);
        }
        Ok(card)
    }

    /// Files with the display fields of items that are known and whose fields are not attached.
    pub fn plan_display(&self, keys: &[String]) -> Vec<FileWanted> {
        let mut files: Vec<FileWanted> = Vec::new();
        let Some(directory) = &self.attached.directory else { return files };
        for item in keys.iter().filter_map(|key| self.find(key)) {
            let file = match directory.cell_of(item) {
                Some((_, cell)) => cell.card.map(|file| (file, ShardKind::Card)),
                // The crowd's items are known before the leaves that tell where their fields are.
                None => directory
                    .leaf_of(item)
                    .and_then(|leaf| directory.leaf(leaf))
                    .map(|leaf| (leaf.file, ShardKind::Leaf)),
            };
            let Some((file, kind)) = file.filter(|_| !self.manifest.fields.is_empty()) else { continue };
            if !self.attached.has(file.name) && !files.iter().any(|known| known.name == file.name) {
                files.push(FileWanted { name: file.name, kind, bytes: file.bytes });
            }
        }
        files
    }

    /// The display fields of an item, in the order of the manifest, where they are attached.
    pub fn display(&self, key: &str) -> Option<Vec<&str>> {
        let (slot, segment) = self.attached.display.find(self.find(key)?)?;
        Some(segment.part.get(slot))
    }
}
