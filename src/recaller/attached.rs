//! Everything attached so far, and the door through which a shard comes in: checked whole, then taken whole or not at all.

use crate::error::{Error, FormatError, Result};
use crate::format::cells::{self, Cell};
use crate::format::codes::Codes;
use crate::format::header::{Header, NO_CELL};
use crate::format::keys::Keys;
use crate::format::manifest::Manifest;
use crate::format::rows::Rows;
use crate::format::section::SectionKind;
use crate::format::{Shard, ShardKind, crowds, gram};
use crate::ids::ShardName;
use crate::store::attributes::Attributes;
use crate::store::catalog::Catalog;
use crate::store::crowd::CrowdStore;
use crate::store::embeddings::{CellVectors, Embeddings};
use crate::store::i2i::I2iStore;

/// The stores of one build.
#[derive(Clone, Default)]
pub struct Attached {
    /// Names of the shards that came in, ascending.
    names: Vec<ShardName>,
    /// Cells, once the directory is here.
    pub cells: Option<Vec<Cell>>,
    /// Crowd lists.
    pub crowd: CrowdStore,
    /// Lower triangle of the Gram matrix.
    pub gram: Option<Vec<f32>>,
    /// Keys.
    pub catalog: Catalog,
    /// Attributes.
    pub attributes: Attributes,
    /// Vectors.
    pub embeddings: Embeddings,
    /// Item-to-item tables, in manifest order.
    pub tables: Vec<I2iStore>,
}

impl Attached {
    /// Empty stores for the build of `manifest`.
    pub fn new(manifest: &Manifest) -> Attached {
        Attached {
            embeddings: Embeddings::new(manifest.dim()),
            attributes: Attributes::new(&manifest.attributes),
            tables: manifest.tables.iter().map(|_| I2iStore::default()).collect(),
            ..Attached::default()
        }
    }

    /// Whether a shard came in already.
    pub fn has(&self, name: ShardName) -> bool {
        self.names.binary_search(&name).is_ok()
    }

    /// Takes in a shard that manifest or directory name. The shard's place is checked against them.
    pub fn attach(&mut self, manifest: &Manifest, name: ShardName, shard: &Shard) -> Result<()> {
        let (kind, cell) = self.place_of(manifest, name).ok_or(Error::UnknownShard { name })?;
        check_header(manifest, name, kind, cell.as_ref(), shard.header())?;
        let taken = match (kind, &cell) {
            (ShardKind::Head, _) => self.take_head(manifest, shard),
            (ShardKind::Dir, _) => self.take_dir(manifest, shard),
            (ShardKind::Vec, Some((_, cell))) => self.take_vec(manifest, cell, shard),
            (ShardKind::I2i, Some((_, cell))) => self.take_i2i(manifest, cell, shard),
            _ => return Err(Error::UnknownShard { name }),
        };
        taken.map_err(|problem| Error::Shard { name: Some(name), problem })?;
        let place = self.names.partition_point(|&known| known < name);
        self.names.insert(place, name);
        Ok(())
    }

    /// What a name stands for: its kind, and its cell where it has one.
    fn place_of(&self, manifest: &Manifest, name: ShardName) -> Option<(ShardKind, Option<(u32, Cell)>)> {
        if name == manifest.head.name {
            return Some((ShardKind::Head, None));
        }
        if name == manifest.dir.name {
            return Some((ShardKind::Dir, None));
        }
        (0..).zip(self.cells.iter().flatten()).find_map(|(number, cell)| {
            let kind = if cell.vec.name == name {
                ShardKind::Vec
            } else if cell.i2i.is_some_and(|file| file.name == name) {
                ShardKind::I2i
            } else {
                return None;
            };
            Some((kind, Some((number, cell.clone()))))
        })
    }

    fn take_head(&mut self, manifest: &Manifest, shard: &Shard) -> Result<(), FormatError> {
        let lists = match shard.section(SectionKind::Crowds, 0) {
            Some(section) => crowds::read(section, manifest.items)?,
            None => Vec::new(),
        };
        let gram = match shard.section(SectionKind::Gram, 0) {
            Some(section) => Some(gram::read(section, manifest.dim())?),
            None => None,
        };
        self.crowd = CrowdStore::new(manifest.crowd.keys.clone(), lists);
        self.gram = gram;
        Ok(())
    }

    fn take_dir(&mut self, manifest: &Manifest, shard: &Shard) -> Result<(), FormatError> {
        self.cells = Some(cells::read(shard.required(SectionKind::Cells)?, manifest.items, manifest.dim())?);
        Ok(())
    }

    fn take_vec(&mut self, manifest: &Manifest, cell: &Cell, shard: &Shard) -> Result<(), FormatError> {
        let keys = shard.required(SectionKind::Keys)?;
        check_count(keys.count, cell, SectionKind::Keys)?;
        let keys = Keys::read(keys)?;
        let mut columns = Vec::new();
        for instance in 0..manifest.attributes.len() as u16 {
            let rule = "a column of the manifest is missing";
            let missing = FormatError::Rule { section: SectionKind::Attribute.name(), rule };
            let section = shard.section(SectionKind::Attribute, instance).ok_or(missing)?;
            check_count(section.count, cell, SectionKind::Attribute)?;
            columns.push(section.clone());
        }
        let codes = match &manifest.vectors {
            Some(spec) => Codes::read(shard, spec.dim as usize, spec.code, spec.metric)?,
            None => None,
        };
        self.catalog.attach(cell.base, keys)?;
        self.attributes.attach(cell.base, cell.items, columns);
        if let Some(codes) = codes {
            self.embeddings.attach(cell.base, cell.items, CellVectors { centroid: cell.centroid.clone(), codes });
        }
        Ok(())
    }

    fn take_i2i(&mut self, manifest: &Manifest, cell: &Cell, shard: &Shard) -> Result<(), FormatError> {
        let mut tables = Vec::new();
        for instance in 0..self.tables.len() {
            tables.push(match shard.section(SectionKind::Rows, instance as u16) {
                Some(section) => {
                    check_count(section.count, cell, SectionKind::Rows)?;
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
}

fn check_header(
    manifest: &Manifest,
    name: ShardName,
    kind: ShardKind,
    cell: Option<&(u32, Cell)>,
    header: &Header,
) -> Result<()> {
    let (number, base, count) = match cell {
        Some((number, cell)) => (*number, cell.base, cell.items),
        None => (NO_CELL, 0, manifest.items),
    };
    let expected = Header { kind, epoch: manifest.epoch, model: manifest.model, cell: number, base, count };
    let field = if header.epoch != expected.epoch {
        "epoch"
    } else if header.model != expected.model {
        "model"
    } else if *header != expected {
        "kind, cell, base or count"
    } else {
        return Ok(());
    };
    Err(Error::Skew { name, field })
}

fn check_count(count: u32, cell: &Cell, section: SectionKind) -> Result<(), FormatError> {
    if count == cell.items {
        return Ok(());
    }
    Err(FormatError::Rule { section: section.name(), rule: "another number of entries than the cell has items" })
}
