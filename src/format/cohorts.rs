//! Section `cohorts` (docs/FORMAT.md 5.15): where the cohorts of users lie. Their lists are crowd lists.

use crate::error::{FormatError, Part};
use crate::format::cells::{self, Centroid, CentroidCode};
use crate::format::section::Section;

/// Reads the centroids; place = number of the cohort.
pub fn read(section: &Section, dim: usize) -> Result<Vec<Centroid>, FormatError> {
    let mut reader = cells::begin(section, Part::Cohorts, dim, 0);
    let mut cohorts = Vec::new();
    while reader.remaining() > 0 {
        cohorts.push(Centroid::read(&mut reader, dim));
    }
    reader.finish()?;
    Ok(cohorts)
}

/// Encodes centroids as [`read`] expects them.
pub fn encode(dim: usize, cohorts: &[CentroidCode]) -> Vec<u8> {
    let mut to = Vec::new();
    to.extend_from_slice(&(dim as u32).to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    cohorts.iter().for_each(|cohort| cohort.put(&mut to, dim));
    to
}
