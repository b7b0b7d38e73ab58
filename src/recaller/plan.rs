//! The first half of a request: which files it still lacks, and which of them are worth their bytes.
//!
//! Owns the order of rounds (docs/FORMAT.md 6.2): what every call needs; where bare keys are; leaves near the user; then, in
//! one last round, rows of the history and the most promising cells. Works from what is attached and keeps no state.

use crate::format::ShardKind;
use crate::format::cells::CellFile;
use crate::format::manifest::ShardRef;
use crate::ids::{Ordinal, ShardName};
use crate::store::cards::Cards;
use crate::store::directory::Directory;

use super::request::{Budget, FileWanted, Privacy, Request, Task};
use super::triggers::{Known, KnownEvent};
use super::worth::Worth;
use super::{Attached, Recaller};

/// Bare keys that one call looks up, newest first.
const MAX_BARE: usize = 4;
/// Leaves that one call reads.
const MAX_LEAVES: usize = 2;
/// Files of rows that one call reads for items whose rows no card holds.
const MAX_ROW_FILES: usize = 2;

/// What a request wants next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Files to fetch, all at once.
    pub files: Vec<FileWanted>,
    /// Whether the answer waits for nothing beyond these files.
    pub last: bool,
}

impl Recaller {
    /// Files that `request` still lacks and that can be named now, within its budget, best first. Attach them (or give up on
    /// them) and, unless the plan is the last, ask again: a directory, once attached, names more.
    pub fn plan(&self, request: &Request) -> Plan {
        let mut wanted = Wanted {
            attached: &self.attached,
            lost: &request.lost,
            budget: request.budget,
            files: Vec::new(),
            refused: false,
        };
        wanted.shard(&self.manifest.head, ShardKind::Head);
        wanted.shard(&self.manifest.dir, ShardKind::Dir);
        if let Some(lists) = &self.manifest.crowds {
            let by_history = self.manifest.tags.is_some() || self.manifest.peers.is_some();
            if request.context.iter().len() > 0 {
                wanted.shard(lists, ShardKind::Crowds);
            } else if by_history
                && !request.history.is_empty()
                && request.privacy != Privacy::Head
                && request.task == Task::Recommend
            {
                wanted.file(CellFile { name: lists.name, bytes: lists.bytes }, ShardKind::Crowds);
            }
        }
        let Some(directory) = self.attached.directory.as_ref() else { return wanted.more() };
        // Lists ride along: no round waits for them alone.
        let alongside = wanted.files.len();
        if request.privacy == Privacy::Head {
            return wanted.last();
        }
        if wanted.everything(directory, request) {
            return wanted.last();
        }
        if request.budget == Budget::UNLIMITED {
            return wanted.more();
        }
        if request.task == Task::Trending {
            return wanted.last();
        }
        let mut known = self.known_events(request);
        let bare = self.bare_items(request, &mut known, &mut wanted);
        if wanted.files.len() > alongside {
            return wanted.more();
        }
        let decoys = self.decoys(request);
        let known = Known::new(known);
        let worth = Worth::new(self, request, directory, &known);
        wanted.leaves(directory, &worth, &bare, &decoys);
        if wanted.files.len() > alongside {
            return wanted.more();
        }
        for &items in &[&bare, &decoys] {
            for &item in items {
                if let Some((_, cell)) = directory.cell_of(item) {
                    wanted.file(cell.vec, ShardKind::Vec);
                }
            }
        }
        let mut row_files: Vec<ShardName> = Vec::new();
        for event in &known.events {
            if let Some((_, cell)) = directory.cell_of(event.item)
                && let Some(file) = cell.i2i
                && row_files.len() < MAX_ROW_FILES
                && !row_files.contains(&file.name)
                && self.lacks_rows(event.item, &worth.cards)
            {
                row_files.push(file.name);
                wanted.file(file, ShardKind::I2i);
            }
        }
        for file in worth.best_cells(directory, self.manifest.visit.probes as usize) {
            wanted.file(file, ShardKind::Vec);
        }
        wanted.last()
    }

    /// Items of the history that are known by nothing but their key or place: their cells must be read. The files of the id
    /// map that find them are added to `wanted`, and what they may be to `known`.
    fn bare_items(&self, request: &Request, known: &mut Vec<KnownEvent>, wanted: &mut Wanted<'_>) -> Vec<Ordinal> {
        let cards = self.cards(request);
        let has_vector = |item| self.vector_of(item, &cards).is_some();
        let mut bare: Vec<Ordinal> = Vec::new();
        let mut asked: Vec<&str> = Vec::new();
        for (source, event) in (0u32..).zip(&request.history) {
            if asked.len() == MAX_BARE {
                break;
            }
            if asked.contains(&event.key.as_str()) {
                continue;
            }
            if let Some(item) = self.item_of(request, &event.key) {
                if !has_vector(item) && self.manifest.vectors.is_some() && !self.attached.catalog.is_attached(item) {
                    asked.push(&event.key);
                    bare.push(item);
                }
                continue;
            }
            let Some(root) = &self.manifest.idmap else { continue };
            asked.push(&event.key);
            wanted.shard(root, ShardKind::IdMap);
            for file in self.attached.ids.files_of(&event.key) {
                wanted.file(file, ShardKind::IdMap);
            }
            for item in self.attached.ids.candidates(&event.key) {
                if !self.attached.catalog.is_attached(item) {
                    bare.push(item);
                    known.push(KnownEvent { item, kind: event.kind, age: event.age, source });
                }
            }
        }
        bare.truncate(MAX_BARE);
        bare
    }

    fn lacks_rows(&self, item: Ordinal, cards: &Cards<'_>) -> bool {
        let attached = self.attached.tables.iter().any(|table| table.row(item).is_some());
        !self.attached.tables.is_empty() && !attached && !cards.has_rows(item)
    }

    /// Popular items whose cells are read for no other reason than to hide which cells are: the same ones for a device as
    /// long as the epoch lasts.
    fn decoys(&self, request: &Request) -> Vec<Ordinal> {
        let (Privacy::Decoys(device), Some(crowd)) = (request.privacy, self.attached.crowd.find(&request.context))
        else {
            return Vec::new();
        };
        let mut decoys = Vec::new();
        for n in 1..=2u32 {
            let seed = device ^ self.manifest.epoch.0 as u32 ^ n.wrapping_mul(0x9E37_79B9);
            let mixed = (seed ^ seed >> 16).wrapping_mul(0x85EB_CA6B);
            let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xC2B2_AE35);
            let place = (mixed ^ mixed >> 16) as usize % crowd.items.len().max(1);
            if let Some(candidate) = crowd.items.get(place) {
                decoys.push(candidate.item);
            }
        }
        decoys
    }
}

/// Files wanted so far, within a budget.
struct Wanted<'a> {
    attached: &'a Attached,
    lost: &'a [ShardName],
    budget: Budget,
    files: Vec<FileWanted>,
    /// Whether the budget did not allow some file.
    refused: bool,
}

impl Wanted<'_> {
    fn more(self) -> Plan {
        Plan { last: self.files.is_empty() && !self.refused, files: self.files }
    }

    /// Nothing that the budget allows, while something is lacking, is no end that the answer waited for.
    fn last(self) -> Plan {
        Plan { last: !(self.refused && self.files.is_empty()), files: self.files }
    }

    fn lacks(&self, name: ShardName) -> bool {
        !self.attached.has(name) && !self.lost.contains(&name) && !self.files.iter().any(|file| file.name == name)
    }

    /// A shard that no answer can do without.
    fn shard(&mut self, shard: &ShardRef, kind: ShardKind) {
        if self.lacks(shard.name) {
            self.push(CellFile { name: shard.name, bytes: shard.bytes }, kind);
        }
    }

    /// A file that makes the answer better, if the budget allows.
    fn file(&mut self, file: CellFile, kind: ShardKind) {
        if !self.lacks(file.name) {
            return;
        }
        if file.bytes <= self.budget.bytes && self.budget.files > 0 {
            self.push(file, kind);
        } else {
            self.refused = true;
        }
    }

    fn push(&mut self, file: CellFile, kind: ShardKind) {
        self.files.push(FileWanted { name: file.name, kind, bytes: file.bytes });
        if self.budget != Budget::UNLIMITED {
            self.budget.bytes = self.budget.bytes.saturating_sub(file.bytes);
            self.budget.files = self.budget.files.saturating_sub(1);
        }
    }

    /// Wants all that is lacking, if it fits the budget; else changes nothing. A leaf whose cells are not known fits an
    /// unlimited budget alone.
    fn everything(&mut self, directory: &Directory, request: &Request) -> bool {
        let before = (self.budget, self.files.len(), self.refused);
        self.refused = false;
        let mut lacking = 0u32;
        for (leaf, cells) in directory.leaves() {
            let Some(cells) = cells else {
                if self.lacks(leaf.file.name) {
                    if self.budget != Budget::UNLIMITED {
                        return self.undo(before);
                    }
                    self.file(leaf.file, ShardKind::Leaf);
                    lacking += 1;
                }
                continue;
            };
            for cell in cells {
                self.file(cell.vec, ShardKind::Vec);
                if let Some(rows) = cell.i2i
                    && request.task != Task::Trending
                {
                    self.file(rows, ShardKind::I2i);
                }
                if self.refused {
                    return self.undo(before);
                }
            }
        }
        self.refused = before.2;
        lacking == 0
    }

    fn undo(&mut self, (budget, files, refused): (Budget, usize, bool)) -> bool {
        self.budget = budget;
        self.files.truncate(files);
        self.refused = refused;
        false
    }

    /// Wants the leaves of `bare` items, then the most promising ones; and besides, those of `decoys`.
    fn leaves(&mut self, directory: &Directory, worth: &Worth<'_>, bare: &[Ordinal], decoys: &[Ordinal]) {
        let mut chosen: Vec<usize> = Vec::new();
        for &item in bare {
            if let Some(leaf) = directory.leaf_of(item)
                && !chosen.contains(&leaf)
            {
                chosen.push(leaf);
            }
        }
        for leaf in worth.best_leaves(directory) {
            if chosen.len() < MAX_LEAVES && !chosen.contains(&leaf) {
                chosen.push(leaf);
            }
        }
        for &item in decoys {
            chosen.push(directory.leaf_of(item).unwrap_or(usize::MAX));
        }
        for (place, (leaf, cells)) in directory.leaves().enumerate() {
            if cells.is_none() && chosen.contains(&place) {
                self.file(leaf.file, ShardKind::Leaf);
            }
        }
    }
}
