//! The reference of a build: the same recipe with nothing quantised, in as many bytes as that takes. Tells what the bits of a
//! build cost, apart from what its recipe finds.

use std::path::Path;

use anyhow::{Context, Result};

use super::convert::Tables;
use super::goals::{Pair, Set};
use super::{beside, build, evaluate, measured};
use crate::paths::Paths;

/// Vectors in halves of a float and weights in whole ones.
const EXACT: &str = "[model]\nbits = 16\n\n[model.i2i]\nbits = 32\n";

/// What the reference of the build in `folder` finds.
pub fn found(paths: &Paths, set: Set, folder: &Path, tables: &Tables) -> Result<Pair> {
    let (config, exact) = (beside(folder, "-reference.toml"), beside(folder, "-reference"));
    std::fs::write(&config, EXACT).with_context(|| format!("cannot write {}", config.display()))?;
    let mut build = build(paths, tables, &exact);
    measured::run(build.arg("--like").arg(folder).arg("--config").arg(&config))?;
    evaluate(paths, set, &exact, &tables.history, &tables.test)
}
