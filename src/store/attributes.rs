//! Attributes of items over all attached cells, as text by column name. Columns are decoded when they are asked for: most
//! visits never do.

use crate::format::attribute::{AttributeType, Column};
use crate::format::manifest::AttributeSpec;
use crate::format::section::Section;
use crate::ids::Ordinal;
use crate::store::Segments;

/// The attribute columns that are at hand.
#[derive(Clone, Default)]
pub struct Attributes {
    columns: Vec<(String, AttributeType)>,
    segments: Segments<Vec<Section>>,
}

impl Attributes {
    /// An empty store for the columns that the manifest declares.
    pub fn new(columns: &[AttributeSpec]) -> Attributes {
        let columns = columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
        Attributes { columns, segments: Segments::default() }
    }

    /// Adds the columns of a cell, in the order of the manifest.
    pub fn attach(&mut self, base: u32, count: u32, columns: Vec<Section>) {
        self.segments.insert(base, count, columns);
    }

    /// Every known attribute of an item: name and values. A column that breaks the rules of its section knows nothing.
    pub fn of(&self, item: Ordinal) -> Vec<(&str, Vec<String>)> {
        let Some((slot, segment)) = self.segments.find(item) else { return Vec::new() };
        let columns = self.columns.iter().zip(&segment.part);
        let known = columns.filter_map(|((name, kind), section)| {
            Some((name.as_str(), Column::read(section, *kind).ok()?.values(slot as usize)))
        });
        known.filter(|(_, values)| !values.is_empty()).collect()
    }
}
