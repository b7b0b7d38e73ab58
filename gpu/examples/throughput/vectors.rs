//! Vectors by the law `clustered` of `benches/search/lib/laws.mjs`, so that the GPU's line in the plot stands beside the others.
//! Same law, other dice: which rows they are does not matter to an exact scan.

use edge_recall::format::codes::Code;

use crate::dice::Dice;
use crate::fixture::Vectors;

/// Numbers of a row.
pub const DIM: usize = 64;
const CENTRES: usize = 1000;
const NOISE: f32 = 0.8;

/// Draws rows.
pub struct Clustered {
    dice: Dice,
    /// Row-major.
    centres: Vec<f32>,
}

impl Clustered {
    /// The same in every run.
    pub fn new() -> Clustered {
        let mut dice = Dice::new(0x6B0);
        let centres = (0..CENTRES).flat_map(|_| unit(normals(&mut dice))).collect();
        Clustered { dice, centres }
    }

    /// The next row: a centre and noise, normalised.
    pub fn row(&mut self) -> Vec<f32> {
        let from = self.dice.below(CENTRES) * DIM;
        let noise = normals(&mut self.dice);
        let scale = NOISE / (DIM as f32).sqrt();
        let centre = &self.centres[from..][..DIM];
        unit(centre.iter().zip(noise).map(|(centre, noise)| centre + scale * noise).collect())
    }

    /// An index file of `rows` rows in one cell, as `edge-recall index --kind flat` makes it.
    pub fn file(&mut self, code: Code, rows: usize) -> Vectors {
        let mut all = Vec::with_capacity(rows * DIM);
        for _ in 0..rows {
            all.extend(self.row());
        }
        Vectors { code, dim: DIM, rows: all, cells: vec![rows], ids: (0..rows as u32).collect() }
    }
}

/// Standard normal numbers (Box and Muller 1958), one row of them.
fn normals(dice: &mut Dice) -> Vec<f32> {
    let mut row = Vec::with_capacity(DIM);
    while row.len() < DIM {
        // From 0, which has no logarithm, to 1.
        let (radius, angle) = (1.0 - dice.signed().abs(), std::f32::consts::PI * dice.signed());
        let radius = (-2.0 * radius.max(f32::MIN_POSITIVE).ln()).sqrt();
        row.extend([radius * angle.cos(), radius * angle.sin()]);
    }
    row
}

fn unit(mut row: Vec<f32>) -> Vec<f32> {
    let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
    row.iter_mut().for_each(|x| *x /= length);
    row
}
