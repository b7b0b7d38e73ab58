//! One item-to-item table over all attached cells: trigger -> (target, weight)*.

use crate::candidate::Candidate;
use crate::format::rows::Rows;
use crate::ids::Ordinal;
use crate::store::Segments;

/// The rows that are at hand.
#[derive(Clone, Default)]
pub struct I2iStore {
    segments: Segments<Rows>,
}

impl I2iStore {
    /// Adds the rows of a cell.
    pub fn attach(&mut self, base: u32, rows: Rows) {
        self.segments.insert(base, rows.count(), rows);
    }

    /// Calls `visit(target, weight)` for every target of a trigger. False, without a call, where its cell is not attached.
    pub fn for_each(&self, trigger: Ordinal, visit: &mut dyn FnMut(Ordinal, f32)) -> bool {
        let Some((slot, segment)) = self.segments.find(trigger) else { return false };
        segment.part.for_each(slot, visit);
        true
    }

    /// Puts every target of a trigger with its weight at the end of a list. False where its cell is not attached.
    pub fn append(&self, trigger: Ordinal, to: &mut Vec<Candidate>) -> bool {
        let Some((slot, segment)) = self.segments.find(trigger) else { return false };
        segment.part.append(slot, to);
        true
    }

    /// The row of a trigger as its shard holds it, where its cell is attached.
    pub fn row(&self, trigger: Ordinal) -> Option<&[u8]> {
        let (slot, segment) = self.segments.find(trigger)?;
        Some(segment.part.bytes_of(slot))
    }
}
