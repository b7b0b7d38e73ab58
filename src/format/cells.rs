//! Section `cells` (docs/FORMAT.md 5.3): which cells there are, where their files are, and their centroids.

use crate::error::FormatError;
use crate::format::bytes::Reader;
use crate::format::codes::MAX_DIM;
use crate::format::section::{Section, SectionKind};
use crate::ids::ShardName;

/// One file of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Decoded centroid; empty where there are no vectors.
    pub centroid: Vec<f32>,
}

/// Reads and checks the cells; together they must hold exactly `items` items.
pub fn read(section: &Section, items: u32, dim: usize) -> Result<Vec<Cell>, FormatError> {
    let mut reader = Reader::new(&section.bytes, SectionKind::Cells.name());
    let found = reader.u32()? as usize;
    reader.check(found == dim && dim <= MAX_DIM, "the centroids have another dimension than the manifest says")?;
    reader.zeros::<4>()?;
    let padded = dim.next_multiple_of(4);
    let entry_bytes = padded.saturating_add(36);
    let fits = (section.count as usize).saturating_mul(entry_bytes) == reader.remaining();
    reader.check(fits, "its length does not fit the number of cells")?;
    let mut cells = Vec::with_capacity(section.count as usize);
    let mut base = 0u32;
    for _ in 0..section.count {
        let count = reader.u32()?;
        reader.check(count > 0, "a cell is empty")?;
        let (vec, i2i) = (ShardName(reader.array()?), ShardName(reader.array()?));
        let (vec_bytes, i2i_bytes) = (reader.u32()?, reader.u32()?);
        reader.check(
            (i2i == ShardName::NONE) == (i2i_bytes == 0),
            "a file has a size without a name or a name without a size",
        )?;
        let scale = reader.f32()?;
        reader.check(scale.is_finite() && scale >= 0.0, "a centroid scale is negative or not finite")?;
        let (codes, padding) = reader.take(padded)?.split_at_checked(dim).unwrap_or_default();
        reader.check(padding.iter().all(|&b| b == 0), "padding is not zero")?;
        cells.push(Cell {
            base,
            items: count,
            vec: CellFile { name: vec, bytes: vec_bytes },
            i2i: (i2i_bytes > 0).then_some(CellFile { name: i2i, bytes: i2i_bytes }),
            centroid: codes.iter().map(|&code| f32::from(code.cast_signed()) * scale).collect(),
        });
        base = base.checked_add(count).ok_or_else(|| reader.broken("more items than ordinals"))?;
    }
    reader.check(base == items, "the cells do not add up to the catalogue")?;
    reader.finish()?;
    Ok(cells)
}

/// A centroid as it will be stored: codes and scale. [`read`] decodes it to `code * scale`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CentroidCode {
    /// One code a dimension.
    pub codes: Vec<i8>,
    /// Factor that restores the coordinates.
    pub scale: f32,
}

impl CentroidCode {
    /// Quantises a centroid to 8 bits.
    pub fn of(centroid: &[f32]) -> CentroidCode {
        let top = centroid.iter().fold(0f32, |top, x| top.max(x.abs()));
        let scale = top / 127.0;
        let code = |&x: &f32| if scale > 0.0 { (x / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 };
        CentroidCode { codes: centroid.iter().map(code).collect(), scale }
    }

    /// The centroid that readers will see; residuals must be taken against this one.
    pub fn decoded(&self) -> Vec<f32> {
        self.codes.iter().map(|&code| f32::from(code) * self.scale).collect()
    }
}

/// Encodes the directory: for each cell its items, files and centroid.
pub fn encode(dim: usize, cells: &[(u32, CellFile, Option<CellFile>, CentroidCode)]) -> Vec<u8> {
    let mut to = Vec::new();
    to.extend_from_slice(&(dim as u32).to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    for (items, vec, i2i, centroid) in cells {
        let i2i = i2i.unwrap_or(CellFile { name: ShardName::NONE, bytes: 0 });
        to.extend_from_slice(&items.to_le_bytes());
        to.extend_from_slice(&vec.name.0);
        to.extend_from_slice(&i2i.name.0);
        to.extend_from_slice(&vec.bytes.to_le_bytes());
        to.extend_from_slice(&i2i.bytes.to_le_bytes());
        to.extend_from_slice(&centroid.scale.to_le_bytes());
        let padded = centroid.codes.iter().copied().chain(core::iter::repeat(0)).take(dim.next_multiple_of(4));
        to.extend(padded.map(i8::cast_unsigned));
    }
    to
}
