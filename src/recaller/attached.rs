//! Everything attached so far, and the door through which a shard comes in: checked whole, then taken whole or not at all.

use crate::candidate::ItemSet;
use crate::error::{Error, FormatError, Part, Result, told};
use crate::format::codes::Codes;
use crate::format::display::Display;
use crate::format::header::{Header, NO_CELL};
use crate::format::idmap::{IdFiles, Ids};
use crate::format::keys::Keys;
use crate::format::manifest::{Manifest, ShardRef};
use crate::format::rows::Rows;
use crate::format::section::{Section, SectionKind};
use crate::format::{Shard, ShardKind, cells, cohorts, crowds, gain, gram, leaves, ordinals};
use crate::ids::{Ordinal, ShardName};
use crate::listed::Listed;
use crate::store::Segments;
use crate::store::attributes::Attributes;
use crate::store::catalog::Catalog;
use crate::store::crowd::CrowdStore;
use crate::store::directory::{Directory, Place};
use crate::store::embeddings::{CellVectors, Embeddings};
use crate::store::i2i::I2iStore;
use crate::store::idmap::IdMap;

/// The stores of one build.
#[derive(Clone, Default)]
pub struct Attached {
    /// Names of the shards that came in, ascending.
    names: Vec<ShardName>,
    /// Leaves and cells, once the directory is here.
    pub directory: Option<Directory>,
    /// Ranked lists.
    pub crowd: CrowdStore,
    /// Centroids of the cohorts that have lists.
    pub cohorts: Vec<cells::Centroid>,
    /// Lower triangle of the Gram matrix.
    pub gram: Option<Vec<f32>>,
    /// Keys.
    pub catalog: Catalog,
    /// Items that must not be shown for now.
    pub masked: ItemSet,
    /// Where bare keys are.
    pub ids: IdMap,
    /// Attributes.
    pub attributes: Attributes,
    /// Vectors.
    pub embeddings: Embeddings,
    /// Item-to-item tables, in manifest order.
    pub tables: Vec<I2iStore>,
    /// Display fields.
    pub display: Segments<Display>,
}

impl Attached {
    /// Empty stores for the build of `manifest`.
    pub fn new(manifest: &Manifest) -> Attached {
        Attached {
            embeddings: Embeddings::new(manifest.dim()),
            attributes: Attributes::new(&manifest.attributes),
            tables: manifest.tables.iter().map(|_| I2iStore::default()).listed(),
            ..Attached::default()
        }
    }

    /// Whether a shard came in already.
    pub fn has(&self, name: ShardName) -> bool {
        self.names.binary_search(&name).is_ok()
    }

    /// Takes in a shard that manifest or directory name. The shard's place is checked against them.
    pub fn attach(&mut self, manifest: &Manifest, name: ShardName, shard: &Shard) -> Result<()> {
        let place = self.place_of(manifest, name).ok_or(Error::UnknownShard { name })?;
        check_header(manifest, name, place, shard.header())?;
        let taken = match place.kind {
            ShardKind::Head => self.take_head(manifest, shard),
            ShardKind::Dir => self.take_dir(manifest, shard),
            ShardKind::Crowds => self.take_crowds(manifest, shard),
            ShardKind::Leaf => self.take_leaf(manifest, place, shard),
            ShardKind::Vec => self.take_vec(manifest, place, shard),
            ShardKind::I2i => self.take_i2i(manifest, place, shard),
            ShardKind::IdMap => self.take_ids(manifest, name, shard),
            ShardKind::Card => self.take_card(manifest, place, shard),
            // No directory names one, and the header has the directory's kind.
            ShardKind::Index => Ok(()),
        };
        taken.map_err(|problem| Error::Shard { name: Some(name), problem })?;
        let place = self.names.partition_point(|&known| known < name);
        self.names.insert(place, name);
        Ok(())
    }

    /// What a name stands for.
    fn place_of(&self, manifest: &Manifest, name: ShardName) -> Option<Place> {
        let whole = |kind| Some(Place { kind, number: NO_CELL, base: 0, items: manifest.items });
        let is = |shard: &Option<ShardRef>| shard.as_ref().is_some_and(|shard| shard.name == name);
        if name == manifest.head.name {
            whole(ShardKind::Head)
        } else if name == manifest.dir.name {
            whole(ShardKind::Dir)
        } else if is(&manifest.crowds) {
            whole(ShardKind::Crowds)
        } else if is(&manifest.idmap) || self.ids.names(name) {
            whole(ShardKind::IdMap)
        } else {
            self.directory.as_ref()?.place_of(name)
        }
    }

    fn take_head(&mut self, manifest: &Manifest, shard: &Shard) -> Result<(), FormatError> {
        let gram = match shard.section(SectionKind::Gram, 0) {
            Some(section) => Some(gram::read(section, manifest.dim())?),
            None => None,
        };
        let cohorts = match shard.section(SectionKind::Cohorts, 0) {
            Some(section) => cohorts::read(section, manifest.dim())?,
            None => Vec::new(),
        };
        self.take_crowds(manifest, shard)?;
        self.gram = gram;
        self.cohorts = cohorts;
        Ok(())
    }

    /// Lists and the keys of their items: in the head, and in a shard of their own where they are many.
    fn take_crowds(&mut self, manifest: &Manifest, shard: &Shard) -> Result<(), FormatError> {
        let lists = match shard.section(SectionKind::Crowds, 0) {
            Some(section) => crowds::read(section, manifest.items)?,
            None => Vec::new(),
        };
        let known = match shard.section(SectionKind::Known, 0) {
            Some(section) => Some(ordinals::read_known(section, manifest.items)?),
            None => None,
        };
        let masked = read_mask(shard, 0, manifest.items)?;
        if let Some((ordinals, keys)) = known {
            self.catalog.attach_known(ordinals, keys)?;
        }
        self.crowd.add(&manifest.crowd.keys, lists);
        self.mask(masked);
        Ok(())
    }

    fn take_dir(&mut self, manifest: &Manifest, shard: &Shard) -> Result<(), FormatError> {
        let directory = match shard.section(SectionKind::Leaves, 0) {
            Some(section) => Directory::of_leaves(leaves::read(section, manifest.items, manifest.dim())?),
            None => {
                let section = shard.required(SectionKind::Cells)?;
                Directory::of_cells(cells::read(section, 0, manifest.items, manifest.dim())?)
            }
        };
        let masked = read_mask(shard, 0, manifest.items)?;
        self.mask(masked);
        self.directory = Some(directory);
        Ok(())
    }

    fn take_leaf(&mut self, manifest: &Manifest, place: Place, shard: &Shard) -> Result<(), FormatError> {
        let section = shard.required(SectionKind::Cells)?;
        let cells = cells::read(section, place.base, place.items, manifest.dim())?;
        let masked = read_mask(shard, place.base, place.items)?;
        let Some(directory) = &mut self.directory else { return Ok(()) };
        if directory.leaf(place.number as usize).is_none_or(|leaf| leaf.cells as usize != cells.len()) {
            let rule = told(&"another number of cells than the directory says");
            return Err(FormatError::Rule { section: Part::Cells, rule });
        }
        directory.attach(place.number, cells);
        self.mask(masked);
        Ok(())
    }

    fn mask(&mut self, more: Vec<Ordinal>) {
        let mut masked = self.masked.as_slice().to_vec();
        more.into_iter().append_to(&mut masked);
        self.masked = masked.into();
    }

    fn take_vec(&mut self, manifest: &Manifest, cell: Place, shard: &Shard) -> Result<(), FormatError> {
        let keys = shard.required(SectionKind::Keys)?;
        check_count(keys, cell)?;
        let keys = Keys::read(keys)?;
        let mut columns = Vec::new();
        for instance in 0..manifest.attributes.len() as u16 {
            let rule = told(&"a column of the manifest is missing");
            let missing = FormatError::Rule { section: Part::Attribute, rule };
            let section = shard.section(SectionKind::Attribute, instance).ok_or(missing)?;
            check_count(section, cell)?;
            columns.push(section.clone());
        }
        let columns = self.attributes.read(columns)?;
        let codes = match &manifest.vectors {
            Some(spec) => Codes::read(shard, spec.dim as usize, spec.code, spec.metric)?,
            None => None,
        };
        let gains = match shard.section(SectionKind::Gain, 0) {
            Some(section) => {
                check_count(section, cell)?;
                Some(gain::read(section)?)
            }
            None => None,
        };
        self.catalog.attach(cell.base, keys)?;
        if let Some(gains) = gains {
            self.catalog.attach_gains(cell.base, gains);
        }
        self.attributes.attach(cell.base, cell.items, columns);
        let known = self.directory.as_ref().and_then(|directory| directory.cell_of(Ordinal(cell.base)));
        if let (Some(codes), Some((_, known))) = (codes, known) {
            let centroid = known.centroid.mean.clone();
            self.embeddings.attach(cell.base, cell.items, CellVectors { centroid, codes });
        }
        Ok(())
    }

    fn take_i2i(&mut self, manifest: &Manifest, cell: Place, shard: &Shard) -> Result<(), FormatError> {
        let mut tables = Vec::new();
        for instance in 0..self.tables.len() {
            tables.push(match shard.section(SectionKind::Rows, instance as u16) {
                Some(section) => {
                    check_count(section, cell)?;
                    Some(Rows::read(section, cell.base, manifest.items)?)
                }
                None => None,
            });
        }
        for (store, rows) in self.tables.iter_mut().zip(tables) {
            if let Some(rows) = rows {
                store.attach(cell.base, rows);
            }
        }
        Ok(())
    }

    fn take_ids(&mut self, manifest: &Manifest, name: ShardName, shard: &Shard) -> Result<(), FormatError> {
        // Only the root names files: another one that did could lead a host from file to file for ever.
        if manifest.idmap.as_ref().is_some_and(|root| root.name == name) {
            self.ids.attach_root(IdFiles::read(shard.required(SectionKind::IdFiles)?)?);
        } else {
            self.ids.attach(name, Ids::read(shard.required(SectionKind::Ids)?, manifest.items)?);
        }
        Ok(())
    }

    fn take_card(&mut self, manifest: &Manifest, cell: Place, shard: &Shard) -> Result<(), FormatError> {
        let section = shard.required(SectionKind::Fields)?;
        check_count(section, cell)?;
        self.display.insert(cell.base, cell.items, Display::read(section, manifest.fields.len())?);
        Ok(())
    }
}

fn read_mask(shard: &Shard, base: u32, items: u32) -> Result<Vec<Ordinal>, FormatError> {
    match shard.section(SectionKind::Mask, 0) {
        Some(section) => ordinals::read_mask(section, base, items),
        None => Ok(Vec::new()),
    }
}

fn check_header(manifest: &Manifest, name: ShardName, place: Place, header: &Header) -> Result<()> {
    let field = if header.epoch != manifest.epoch {
        "epoch"
    } else if header.model != manifest.model {
        "model"
    } else if header.kind != place.kind {
        "kind"
    // A file of the id map outlives the number of items, so it does not tell it.
    } else if place.kind != ShardKind::IdMap
        && (header.cell, header.base, header.count) != (place.number, place.base, place.items)
    {
        "cell, base or count"
    } else {
        return Ok(());
    };
    Err(Error::Skew { name, field })
}

fn check_count(section: &Section, cell: Place) -> Result<(), FormatError> {
    if section.count == cell.items {
        return Ok(());
    }
    let section = section.kind.map_or(Part::Unknown, SectionKind::part);
    Err(FormatError::Rule { section, rule: told(&"another number of entries than the cell has items") })
}
