//! How many cells a catalogue is cut into, and how many leaves hold them. Owns the one knob, the size of a file.
//!
//! Small catalogues are one cell: two files, read whole. Larger ones are cut so that a `vec` file has the target size, which
//! grows with the square root of the catalogue: half of what a visit reads is then directory, whatever its size.

use crate::config::ShardsConfig;

/// A catalogue whose vectors and rows together stay below this is one cell: a visit reads it whole.
const WHOLE_BYTES: usize = 400_000;
/// Target size of a `vec` file for a catalogue of a million items, and the smallest target that is worth a request.
const TARGET_AT_A_MILLION: f64 = 24_000.0;
const SMALLEST_TARGET: f64 = 16_000.0;
/// Cells that one level of a directory holds: what fits beside the manifest.
pub const FLAT_CELLS: usize = 100;
/// Files that are no cell's: head, directory, leaves, id map.
const OTHER_FILES: usize = 40;

/// What decides the cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// Items of the catalogue.
    pub items: usize,
    /// Mean bytes of an item in a `vec` file.
    pub vec: f64,
    /// Mean bytes of an item in an `i2i` file.
    pub i2i: f64,
    /// Files of a cell: vectors, rows, and display fields where there are any.
    pub files: usize,
}

/// How many cells and leaves there will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Cells, at least 1.
    pub cells: usize,
    /// Leaves; 1 = the directory has one level.
    pub leaves: usize,
}

/// Cuts a catalogue by the configured target, or by its own size.
pub fn cut(weight: &Weight, config: &ShardsConfig) -> Cut {
    let items = weight.items as f64;
    let whole = items * (weight.vec + weight.i2i);
    let cells = match config.target {
        None if whole <= WHOLE_BYTES as f64 => 1,
        None => (items * weight.vec / default_target(weight.items)).ceil() as usize,
        Some(target) if whole <= target as f64 => 1,
        Some(target) => (items * weight.vec / target as f64).ceil() as usize,
    };
    let files = |cells: usize| cells * weight.files + leaves_of(cells) + id_files(weight.items, cells) + OTHER_FILES;
    let mut cells = cells.clamp(1, weight.items.max(1));
    while cells > 1 && files(cells) > config.max_files {
        cells = cells * 19 / 20;
    }
    Cut { cells, leaves: leaves_of(cells) }
}

/// Bytes of a `vec` file where the configuration says nothing.
fn default_target(items: usize) -> f64 {
    (TARGET_AT_A_MILLION * (items as f64 / 1e6).sqrt()).max(SMALLEST_TARGET)
}

fn leaves_of(cells: usize) -> usize {
    if cells <= FLAT_CELLS { 1 } else { (cells as f64).sqrt().round() as usize }
}

/// Files of the id map: each about 32 kB of six bytes a key, twice that where they would be too many; none where the
/// catalogue is read whole.
pub fn id_files(items: usize, cells: usize) -> usize {
    let target = if items > 4_000_000 { 64_000 } else { 32_000 };
    if cells <= 1 { 0 } else { (items * 6).div_ceil(target) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(items: usize) -> Weight {
        Weight { items, vec: 48.0, i2i: 90.0, files: 2 }
    }

    #[test]
    fn catalogues_grow_from_one_cell_to_thousands() {
        let cells = |items| cut(&weight(items), &ShardsConfig::default());
        assert_eq!(cells(2_500), Cut { cells: 1, leaves: 1 });
        assert_eq!(cells(20_000), Cut { cells: 60, leaves: 1 });
        assert_eq!(cells(100_000), Cut { cells: 300, leaves: 17 });
        assert_eq!(cells(1_000_000), Cut { cells: 2_000, leaves: 45 });
        assert!(cells(0).cells == 1 && cells(1).cells == 1);
    }

    #[test]
    fn the_number_of_files_is_held_and_the_target_obeyed() {
        let ten_million = cut(&weight(10_000_000), &ShardsConfig::default());
        let files = ten_million.cells * 2 + ten_million.leaves + id_files(10_000_000, ten_million.cells) + OTHER_FILES;
        assert!(files <= 15_000 && ten_million.cells > 6_000, "{files} files, {ten_million:?}");
        let few = ShardsConfig { max_files: 100, ..ShardsConfig::default() };
        let held = cut(&weight(100_000), &few);
        assert!(held.cells * 2 + held.leaves + id_files(100_000, held.cells) + OTHER_FILES <= 100 || held.cells == 1);
        let small = ShardsConfig { target: Some(2_000), ..ShardsConfig::default() };
        assert_eq!(cut(&weight(1_000), &small).cells, 24);
    }
}
