//! `recipe.json`: what a build leaves for the next one, and for whoever wonders why it is as it is. Owns the file; no page reads it.
//! How a device serves stands in the manifest and is not said twice.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use edge_recall::Manifest;
use serde::{Deserialize, Serialize};

use crate::recipe::{Recipe, TableRecipe};
use crate::stages::als::AlsParams;
use crate::stages::family::Family;
use crate::tune::TuneReport;

/// Name of the file, beside the manifest.
pub const NOTES: &str = "recipe.json";

/// How tables and vectors were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// The tables, in the order of the manifest.
    pub tables: Vec<Family>,
    /// Bits of a weight in their rows; 32 = not quantised.
    pub weight_bits: u8,
    /// The vectors, where there are any.
    pub vectors: Option<AlsParams>,
    /// Channels that the build lacks, and why.
    #[serde(default)]
    pub absent: BTreeMap<String, String>,
    /// What was tried, and what was found of the log.
    pub tuning: TuneReport,
}

impl Notes {
    /// What is to be kept of a recipe.
    pub fn new(recipe: &Recipe, absent: BTreeMap<String, String>, tuning: TuneReport) -> Notes {
        Notes {
            tables: recipe.tables.iter().map(|table| table.family.clone()).collect(),
            weight_bits: recipe.weights.bits(),
            vectors: recipe.als.clone(),
            absent,
            tuning,
        }
    }

    /// Reads the notes of a build.
    pub fn read(dir: &Path) -> Result<Notes> {
        let path = dir.join(NOTES);
        let remedy = || format!("cannot read {}; build anew without --previous or --like", path.display());
        let text = std::fs::read_to_string(&path).with_context(remedy)?;
        serde_json::from_str(&text).with_context(remedy)
    }

    /// The text of the file.
    pub fn text(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }
}

/// The tables of the notes with the triggers of the manifest.
pub fn tables_of(notes: &Notes, manifest: &Manifest) -> Result<Vec<TableRecipe>> {
    let table = |family: &Family| {
        let spec = manifest.tables.iter().find(|table| table.channel == family.channel());
        let spec = spec.with_context(|| format!("{NOTES} and recall.json are of two builds; build anew"))?;
        Ok(TableRecipe { family: family.clone(), triggers: spec.triggers })
    };
    notes.tables.iter().map(table).collect()
}
