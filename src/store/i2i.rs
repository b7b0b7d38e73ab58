//! One item-to-item table over all attached cells: trigger -> (target, weight)*.

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

    /// Calls `visit(target, weight)` for every target of a trigger; for none where its cell is not attached.
    pub fn for_each(&self, trigger: Ordinal, visit: &mut dyn FnMut(Ordinal, f32)) {
        if let Some((slot, segment)) = self.segments.find(trigger) {
            segment.part.for_each(slot, visit);
        }
    }
}
