//! Sections `partition` and `row-ids` (docs/FORMAT.md 5.16, 5.17): how the rows of an index lie in cells, how many of these a
//! search looks into, and what each row is called.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes};
use crate::format::section::Section;
use crate::numeric::from_f16;

/// The cells of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// Cells that hold enough of the best 10, and of the best 100, on average: found by whoever wrote the file.
    pub probes: [u32; 2],
    /// First row of each cell, then the number of rows.
    pub starts: Vec<u32>,
    /// What is added to the rank of each cell, in parts of the query's length: a wide cell may hold near rows though its mean is
    /// far.
    pub reaches: Vec<f32>,
    /// Row-major `cells x dim`.
    pub centroids: Vec<f32>,
}

impl Partition {
    /// Reads the cells of `rows` vectors of `dim` dimensions.
    pub fn read(section: &Section, rows: u32, dim: usize) -> Result<Partition, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Partition);
        let cells = section.count as usize;
        let probes = [reader.u32(), reader.u32()];
        reader.check(probes.iter().all(|&n| n > 0 && n <= section.count), &"more probes than cells, or none");
        let numbers = cells.saturating_mul(dim);
        let needed = cells.saturating_mul(8).saturating_add(numbers.saturating_mul(2)).next_multiple_of(4);
        if !reader.check(reader.remaining() == needed, &"its length does not fit cells and dimension") {
            reader.done()?;
        }
        let (mut starts, mut end) = (vec![0], 0u32);
        for _ in 0..cells {
            let size = reader.u32();
            reader.check(size > 0, &"a cell is empty");
            end = end.saturating_add(size);
            starts.push(end);
        }
        reader.check(end == rows, &"the cells hold another number of rows than the index");
        let mut reaches = Vec::with_capacity(cells);
        for _ in 0..cells {
            let reach = reader.f32();
            reader.check(reach.is_finite() && reach >= 0.0, &"a reach is negative or not finite");
            reaches.push(reach);
        }
        let mut centroids = Vec::with_capacity(numbers);
        for _ in 0..numbers {
            let half = reader.u16();
            reader.check(half & 0x7C00 != 0x7C00, &"a centroid is not finite");
            centroids.push(from_f16(half));
        }
        reader.zeros(reader.remaining());
        reader.done()?;
        Ok(Partition { probes, starts, reaches, centroids })
    }
}

/// The ids of the rows: packed numbers, read when they are asked for.
#[derive(Clone)]
pub struct RowIds {
    width: u32,
    packed: SharedBytes,
}

impl RowIds {
    /// Reads the ids of `rows` rows. Whether they differ is for the writer to see to: no search depends on it.
    pub fn read(section: &Section, rows: u32) -> Result<RowIds, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::RowIds);
        let width = reader.u32();
        reader.zeros(4);
        reader.check(section.count == rows, &"another number of ids than the index has rows");
        reader.check((1..=32).contains(&width), &"ids of no bits, or of more than 32");
        // Eight bytes behind the last id, so that every id comes out of one look.
        let needed = (u64::from(rows).saturating_mul(u64::from(width)) / 8).saturating_add(8);
        reader.check(reader.remaining() as u64 == needed, &"its length does not fit rows and bits");
        let packed = section.bytes.last(reader.remaining());
        reader.done()?;
        Ok(RowIds { width, packed })
    }

    /// The id of a row; 0 beyond the last.
    pub fn of(&self, row: usize) -> u32 {
        let bit = (row as u64).wrapping_mul(u64::from(self.width));
        let bytes = self.packed.get((bit >> 3) as usize..).and_then(|rest| rest.first_chunk::<8>());
        let mask = (1u64 << self.width).wrapping_sub(1);
        (u64::from_le_bytes(bytes.copied().unwrap_or_default()).wrapping_shr((bit & 7) as u32) & mask) as u32
    }
}

/// Encodes ids as [`RowIds::read`] expects them.
#[cfg(feature = "write")]
pub fn encode_ids(ids: &[u32]) -> Vec<u8> {
    let width = ids.iter().fold(1, |width, id| width.max(32u32.saturating_sub(id.leading_zeros())));
    let mut bits = crate::format::bits::BitWriter::default();
    for &id in ids {
        bits.bits(u64::from(id), width);
    }
    let mut to = Vec::from(width.to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(&bits.into_bytes());
    let whole = (ids.len() as u64).saturating_mul(u64::from(width)) / 8;
    to.resize((whole as usize).saturating_add(16), 0);
    to
}

/// Encodes cells as [`Partition::read`] expects them; centroids are rounded to half precision, see [`round_centroids`].
#[cfg(feature = "write")]
pub fn encode(partition: &Partition) -> Vec<u8> {
    let mut to = Vec::new();
    for probes in partition.probes {
        to.extend_from_slice(&probes.to_le_bytes());
    }
    for pair in partition.starts.windows(2) {
        if let [start, end] = pair {
            to.extend_from_slice(&end.wrapping_sub(*start).to_le_bytes());
        }
    }
    for reach in &partition.reaches {
        to.extend_from_slice(&reach.to_le_bytes());
    }
    for &x in &partition.centroids {
        to.extend_from_slice(&half::f16::from_f32(x.clamp(-65504.0, 65504.0)).to_bits().to_le_bytes());
    }
    to.resize(to.len().next_multiple_of(4), 0);
    to
}

/// Centroids as readers will decode them, so that residuals are taken to what they are added to.
#[cfg(feature = "write")]
pub fn round_centroids(centroids: &mut [f32]) {
    for x in centroids {
        *x = from_f16(half::f16::from_f32(x.clamp(-65504.0, 65504.0)).to_bits());
    }
}

#[cfg(all(test, feature = "write"))]
mod tests {
    use super::*;
    use crate::format::bytes::AlignedBytes;

    fn section(count: u32, bytes: &[u8]) -> Section {
        Section { kind: None, instance: 0, count, bytes: SharedBytes::whole(AlignedBytes::copy_of(bytes)) }
    }

    #[test]
    fn ids_of_every_width_go_out_and_back() {
        for top in [0, 1, 2, 255, 256, 70_000, u32::MAX] {
            let ids: Vec<u32> = (0..100u32).map(|n| n.wrapping_mul(2_654_435_761) % top.max(1)).chain([top]).collect();
            let read = RowIds::read(&section(101, &encode_ids(&ids)), 101).unwrap();
            assert_eq!((0..101).map(|row| read.of(row)).collect::<Vec<_>>(), ids, "up to {top}");
            assert_eq!(read.of(5_000), 0);
        }
    }

    #[test]
    fn cells_go_out_and_back() {
        let mut partition = Partition {
            probes: [1, 2],
            starts: vec![0, 3, 4, 9],
            reaches: vec![0.0, 0.5, 1.0],
            centroids: vec![0.1, -2.0, 3.0],
        };
        round_centroids(&mut partition.centroids);
        let bytes = encode(&partition);
        assert_eq!(Partition::read(&section(3, &bytes), 9, 1).unwrap(), partition);
        assert!(Partition::read(&section(3, &bytes), 8, 1).is_err(), "another number of rows");
        assert!(Partition::read(&section(2, &bytes), 9, 1).is_err(), "another number of cells");
        assert!(Partition::read(&section(3, &bytes), 9, 2).is_err(), "another dimension");
    }
}
