//! Attributes of items over all attached cells, as text by column name.

use crate::format::attribute::Column;
use crate::format::manifest::AttributeSpec;
use crate::ids::Ordinal;
use crate::store::Segments;

/// The attribute columns that are at hand.
#[derive(Clone, Default)]
pub struct Attributes {
    names: Vec<String>,
    segments: Segments<Vec<Column>>,
}

impl Attributes {
    /// An empty store for the columns that the manifest declares.
    pub fn new(columns: &[AttributeSpec]) -> Attributes {
        Attributes { names: columns.iter().map(|column| column.name.clone()).collect(), segments: Segments::default() }
    }

    /// Adds the columns of a cell, in the order of the manifest.
    pub fn attach(&mut self, base: u32, count: u32, columns: Vec<Column>) {
        self.segments.insert(base, count, columns);
    }

    /// Every known attribute of an item: name and values.
    pub fn of(&self, item: Ordinal) -> Vec<(&str, Vec<String>)> {
        let Some((slot, segment)) = self.segments.find(item) else { return Vec::new() };
        let columns = self.names.iter().zip(&segment.part);
        let known = columns.map(|(name, column)| (name.as_str(), column.values(slot as usize)));
        known.filter(|(_, values)| !values.is_empty()).collect()
    }
}
