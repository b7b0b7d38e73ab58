//! Quality against bytes: the same users, visiting under growing budgets. Owns the points of that curve.

use std::fs;

use anyhow::Result;
use edge_recall::Recaller;
use edge_recall::recaller::Budget;
use serde::Serialize;

use super::answer::{Figures, Intervals, figures, intervals};
use crate::builds::path_of;
use crate::metrics::Evaluation;
use crate::open::{Folder, files_of};
use crate::replay::{Case, visits};

/// What visits under one budget find, and what they read.
#[derive(Clone, Debug, Serialize)]
pub struct AtBudget {
    /// Bytes that the files of a visit may take; `None` = everything is attached.
    pub budget: Option<u32>,
    /// Mean bytes that were read, the manifest among them.
    pub bytes: u64,
    /// Mean files that were read, the manifest among them.
    pub files: f64,
    /// Metrics.
    pub fused: Figures,
    /// Their 95 % confidence intervals.
    pub intervals: Intervals,
}

/// Replays the users under each budget; ends with `whole`, the evaluation of the same users with everything attached. The
/// number of files stays that of the build's visit.
pub fn curve(
    folder: &Folder,
    recaller: &Recaller,
    cases: &[Case],
    ks: &[usize],
    budgets: &[u32],
    whole: &Evaluation,
) -> Result<Vec<AtBudget>> {
    let mut points = Vec::new();
    for &bytes in budgets {
        let budget = Budget { bytes, files: recaller.manifest().visit.files };
        let visits = visits(folder, recaller, cases, ks, budget)?;
        points.push(AtBudget {
            budget: Some(bytes),
            bytes: folder.manifest_bytes + visits.bytes as u64,
            files: 1.0 + visits.files,
            fused: figures(&visits.evaluation),
            intervals: intervals(&visits.evaluation),
        });
    }
    let files = files_of(folder, recaller)?;
    let mut bytes = folder.manifest_bytes;
    for (name, _) in &files {
        bytes += fs::metadata(folder.dir().join(path_of(&name.to_string())))?.len();
    }
    let (fused, intervals) = (figures(whole), intervals(whole));
    points.push(AtBudget { budget: None, bytes, files: 1.0 + files.len() as f64, fused, intervals });
    Ok(points)
}
