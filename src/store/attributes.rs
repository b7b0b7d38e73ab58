//! Attributes of items over all attached cells: as hashes and numbers for rules, as text for people. Text is decoded when it is
//! asked for: no visit asks.

use crate::error::FormatError;
use crate::format::attribute::{AttributeType, Column, Facts};
use crate::format::manifest::AttributeSpec;
use crate::format::section::Section;
use crate::ids::{Ordinal, Value};
use crate::listed::Listed;
use crate::store::Segments;

/// The attribute columns that are at hand.
#[derive(Clone, Default)]
pub struct Attributes {
    columns: Vec<(String, AttributeType)>,
    segments: Segments<Vec<CellColumn>>,
}

/// One column of one cell.
#[derive(Clone)]
pub struct CellColumn {
    section: Section,
    facts: Facts,
}

impl Attributes {
    /// An empty store for the columns that the manifest declares.
    pub fn new(columns: &[AttributeSpec]) -> Attributes {
        let mut attributes = Attributes::default();
        for column in columns {
            attributes.columns.push((column.name.clone(), column.kind));
        }
        attributes
    }

    /// Checks the columns of a cell, in the order of the manifest.
    pub fn read(&self, sections: Vec<Section>) -> Result<Vec<CellColumn>, FormatError> {
        let mut columns = Vec::new();
        for ((name, kind), section) in self.columns.iter().zip(sections) {
            columns.push(CellColumn { facts: Facts::read(&section, name, *kind)?, section });
        }
        Ok(columns)
    }

    /// Adds the columns of a cell.
    pub fn attach(&mut self, base: u32, count: u32, columns: Vec<CellColumn>) {
        self.segments.insert(base, count, columns);
    }

    /// Place of the column of that name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(known, _)| known == name)
    }

    /// What an item has in a column of categories or tags; nothing where its cell is not attached.
    pub fn values(&self, item: Ordinal, column: usize) -> &[Value] {
        self.find(item, column).map_or(&[], |(slot, facts)| facts.values(slot))
    }

    /// What an item has in a column of numbers.
    pub fn number(&self, item: Ordinal, column: usize) -> Option<f32> {
        self.find(item, column).and_then(|(slot, facts)| facts.number(slot))
    }

    fn find(&self, item: Ordinal, column: usize) -> Option<(usize, &Facts)> {
        let (slot, segment) = self.segments.find(item)?;
        Some((slot as usize, &segment.part.get(column)?.facts))
    }

    /// Every known attribute of an item: name and values.
    pub fn of(&self, item: Ordinal) -> Vec<(&str, Vec<String>)> {
        let Some((slot, segment)) = self.segments.find(item) else { return Vec::new() };
        let columns = self.columns.iter().zip(&segment.part);
        let known = columns.filter_map(|((name, kind), column)| {
            Some((name.as_str(), Column::read(&column.section, *kind).ok()?.values(slot as usize)))
        });
        known.filter(|(_, values)| !values.is_empty()).listed()
    }
}
