//! Section `cells` (docs/FORMAT.md 5.3): which cells there are, where their files are, and their centroids.

use crate::error::{FormatError, Part};
use crate::format::bytes::Reader;
use crate::format::codes::MAX_DIM;
use crate::format::section::Section;
use crate::ids::ShardName;
use crate::listed::Listed;

/// One file that a directory names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellFile {
    /// Content-hashed name.
    pub name: ShardName,
    /// Size of the file in bytes.
    pub bytes: u32,
}

/// One cell of the directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// First ordinal.
    pub base: u32,
    /// Number of items, at least 1.
    pub items: u32,
    /// Keys, attributes and vectors.
    pub vec: CellFile,
    /// Item-to-item rows, where the cell has any.
    pub i2i: Option<CellFile>,
    /// Display fields, where the build has any.
    pub card: Option<CellFile>,
    /// Mean of its vectors.
    pub centroid: Centroid,
}

/// Where the vectors of a cell or leaf lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Centroid {
    /// Decoded mean; empty where there are no vectors.
    pub mean: Vec<f32>,
    /// Root mean square distance of the vectors to the mean.
    pub spread: f32,
    /// Step of the mean's coordinates.
    pub scale: f32,
}

impl Centroid {
    /// Bytes of a stored centroid.
    pub(crate) fn bytes(dim: usize) -> usize {
        dim.next_multiple_of(4).saturating_add(8)
    }

    pub(crate) fn read(reader: &mut Reader<'_>, dim: usize) -> Centroid {
        let (scale, spread) = (reader.f32(), reader.f32());
        let usable = |x: f32| x.is_finite() && x >= 0.0;
        reader.check(usable(scale) && usable(spread), &"a centroid scale or spread is negative or not finite");
        let mut mean = Vec::new();
        for code in reader.take(dim) {
            mean.push(f32::from(code.cast_signed()) * scale);
        }
        reader.zeros(dim.next_multiple_of(4).saturating_sub(dim));
        Centroid { mean, spread, scale }
    }
}

/// Reads and checks the cells; they start at ordinal `base` and together must hold exactly `items` items.
pub fn read(section: &Section, base: u32, items: u32, dim: usize) -> Result<Vec<Cell>, FormatError> {
    let mut reader = begin(section, Part::Cells, dim, 48);
    let mut cells = Vec::new();
    let mut next = base;
    while reader.remaining() > 0 {
        let count = reader.u32();
        reader.check(count > 0, &"a cell is empty");
        let mut files = [CellFile::default(); 3];
        for file in &mut files {
            file.name = ShardName(reader.array());
        }
        reader.zeros(2);
        for file in &mut files {
            file.bytes = reader.u32();
            let paired = (file.name == ShardName::NONE) == (file.bytes == 0);
            reader.check(paired, &"a file has a size without a name or a name without a size");
        }
        let is_there = |file: &CellFile| file.bytes > 0;
        let [vec, i2i, card] = files;
        let (i2i, card) = (Some(i2i).filter(is_there), Some(card).filter(is_there));
        reader.check(is_there(&vec), &"a cell has no vec file");
        let centroid = Centroid::read(&mut reader, dim);
        cells.push(Cell { base: next, items: count, vec, i2i, card, centroid });
        next = add(&mut reader, next, count);
    }
    reader.check(next.wrapping_sub(base) == items, &"the cells do not add up to what holds them");
    reader.finish()?;
    Ok(cells)
}

/// A reader of entries of `fixed` bytes and a centroid, behind their dimension.
pub(crate) fn begin(section: &Section, part: Part, dim: usize, fixed: usize) -> Reader<'_> {
    let mut reader = Reader::new(&section.bytes, part);
    let found = reader.u32() as usize;
    reader.check(found == dim && dim <= MAX_DIM, &"the centroids have another dimension than the manifest says");
    reader.zeros(4);
    let entry_bytes = Centroid::bytes(dim).saturating_add(fixed);
    let fits = (section.count as usize).saturating_mul(entry_bytes) == reader.remaining();
    reader.check(fits, &"its length does not fit the number of entries");
    reader
}

/// The first ordinal after `count` items.
pub(crate) fn add(reader: &mut Reader<'_>, base: u32, count: u32) -> u32 {
    let next = base.checked_add(count);
    reader.check(next.is_some(), &"more items than ordinals");
    next.unwrap_or_default()
}

/// A centroid as it will be stored: codes, scale and spread. Readers decode the mean to `code * scale`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CentroidCode {
    /// One code a dimension.
    pub codes: Vec<i8>,
    /// Factor that restores the coordinates.
    pub scale: f32,
    /// Root mean square distance of the vectors to the mean.
    pub spread: f32,
}

impl CentroidCode {
    /// Quantises a mean to 8 bits.
    pub fn of(mean: &[f32], spread: f32) -> CentroidCode {
        let top = mean.iter().fold(0f32, |top, x| top.max(x.abs()));
        let scale = top / 127.0;
        let code = |&x: &f32| if scale > 0.0 { (x / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 };
        CentroidCode { codes: mean.iter().map(code).listed(), scale, spread }
    }

    /// The code of a centroid that was read: the same bytes again.
    pub fn restored(centroid: &Centroid) -> CentroidCode {
        let Centroid { mean, spread, scale } = centroid;
        let code = |x: &f32| if *scale > 0.0 { (x / scale).round() as i8 } else { 0 };
        CentroidCode { codes: mean.iter().map(code).listed(), scale: *scale, spread: *spread }
    }

    /// The mean that readers will see; residuals must be taken against this one.
    pub fn decoded(&self) -> Vec<f32> {
        self.codes.iter().map(|&code| f32::from(code) * self.scale).listed()
    }

    pub(crate) fn put(&self, to: &mut Vec<u8>, dim: usize) {
        to.extend_from_slice(&self.scale.to_le_bytes());
        to.extend_from_slice(&self.spread.to_le_bytes());
        let padded = self.codes.iter().copied().chain(core::iter::repeat(0)).take(dim.next_multiple_of(4));
        to.extend(padded.map(i8::cast_unsigned));
    }
}

/// What a directory says of one cell, for [`encode`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellEntry {
    /// Number of items.
    pub items: u32,
    /// Keys, attributes and vectors.
    pub vec: CellFile,
    /// Item-to-item rows.
    pub i2i: Option<CellFile>,
    /// Display fields.
    pub card: Option<CellFile>,
    /// Mean of its vectors.
    pub centroid: CentroidCode,
}

/// Encodes cells as [`read`] expects them.
pub fn encode(dim: usize, cells: &[CellEntry]) -> Vec<u8> {
    let mut to = Vec::new();
    to.extend_from_slice(&(dim as u32).to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    for cell in cells {
        let files = [Some(cell.vec), cell.i2i, cell.card].map(Option::unwrap_or_default);
        to.extend_from_slice(&cell.items.to_le_bytes());
        files.iter().for_each(|file| to.extend_from_slice(&file.name.0));
        to.extend_from_slice(&[0; 2]);
        files.iter().for_each(|file| to.extend_from_slice(&file.bytes.to_le_bytes()));
        cell.centroid.put(&mut to, dim);
    }
    to
}
