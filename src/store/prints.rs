//! Fingerprints of items over all attached cells, and when two of them tell of one product.

use crate::format::bytes::SharedBytes;
use crate::format::gain::PRINT_BYTES;
use crate::ids::Ordinal;
use crate::store::Segments;

/// The fingerprints that are at hand.
#[derive(Clone, Default)]
pub struct Prints {
    segments: Segments<SharedBytes>,
}

impl Prints {
    /// Adds the fingerprints of a cell.
    pub fn attach(&mut self, base: u32, count: u32, prints: SharedBytes) {
        self.segments.insert(base, count, prints);
    }

    /// The fingerprint of an item; 0 where it has none or its cell is not attached.
    pub fn of(&self, item: Ordinal) -> u64 {
        let Some((slot, segment)) = self.segments.find(item) else { return 0 };
        let print = segment.part.get(slot as usize * PRINT_BYTES..).and_then(|rest| rest.first_chunk());
        print.map_or(0, |print| u64::from_le_bytes(*print))
    }
}

/// Whether two fingerprints differ in fewer bits than `bits`: then they are of one product (the SimHash of Charikar 2002, and
/// Manku, Jain, Das Sarma 2007 for near-duplicates). What has no fingerprint is like nothing.
pub fn alike(a: u64, b: u64, bits: u32) -> bool {
    a != 0 && b != 0 && (a ^ b).count_ones() < bits
}
