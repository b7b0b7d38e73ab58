//! The whole recall stage: `plan -> attach -> finish`, sans-IO. The host fetches, this decides.
//!
//! Owns requests, answers and the order of steps; the steps themselves live in the layers below.

mod answer;
mod attached;
mod request;
mod triggers;

use crate::error::{Error, Result};
use crate::format::bytes::AlignedBytes;
use crate::format::manifest::Manifest;
use crate::format::manifest::ShardRef;
use crate::format::{Shard, ShardKind, base64};
use crate::ids::{Ordinal, ShardName};
use crate::profile::EventKind;
use crate::store::crowd::CrowdStore;
use crate::store::embeddings::Embeddings;
use crate::store::i2i::I2iStore;
use attached::Attached;

pub use request::{Diagnostics, FileWanted, MAX_LIMIT, Reason, Recommendation, Request, Response, Task};

/// One loaded build. Cloning shares the shards' bytes.
#[derive(Clone)]
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
        let known = |kind: EventKind| manifest.events.iter().find(|(name, _)| name == kind.name());
        let event_weights = EventKind::ALL.map(|kind| known(kind).map_or(kind.weight(), |(_, weight)| *weight));
        let attached = Attached::new(&manifest);
        Ok(Recaller { manifest, event_weights, attached })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Files that `request` still lacks and that can be named now. Attach them (or give up on them) and ask again: the
    /// directory, once attached, names more. An empty plan means that [`Recaller::finish`] has all it needs.
    pub fn plan(&self, request: &Request) -> Vec<FileWanted> {
        let named = |shard: &ShardRef, kind| FileWanted { name: shard.name, kind, bytes: shard.bytes };
        let mut files = vec![named(&self.manifest.head, ShardKind::Head), named(&self.manifest.dir, ShardKind::Dir)];
        for cell in self.attached.cells.iter().flatten() {
            files.push(FileWanted { name: cell.vec.name, kind: ShardKind::Vec, bytes: cell.vec.bytes });
            let rows = cell.i2i.filter(|_| request.task != Task::Trending);
            files.extend(rows.map(|file| FileWanted { name: file.name, kind: ShardKind::I2i, bytes: file.bytes }));
        }
        files.retain(|file| !self.attached.has(file.name));
        files
    }

    /// Attaches the shards that ride inside the manifest as base64. JavaScript hosts decode them themselves (`atob`), so
    /// that the wasm artefact need not.
    pub fn attach_inline(&mut self) -> Result<()> {
        for shard in [self.manifest.head.clone(), self.manifest.dir.clone()] {
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

    /// The cells, once the directory is attached.
    pub fn cells(&self) -> &[crate::format::cells::Cell] {
        self.attached.cells.as_deref().unwrap_or_default()
    }
}
