//! What parts of a build weigh, before it is packed. Owns estimates; the packed build is weighed again and cut to the budget.

use edge_recall::format::rows::{self, WeightCode};

use crate::model::I2iTable;

/// Every so many blocks of rows one is encoded.
const SAMPLED: usize = 8;
/// Rows of a block.
const BLOCK: usize = 64;
/// Bytes of an item besides vector and rows: key, gain, offsets.
const ITEM: f64 = 3.5;
/// Bytes of a build whatever its size: manifest, headers, crowd lists.
const BUILD: f64 = 2_500.0;
/// Bytes of a cell besides its items: its entry in the directory, and the headers of its files.
const CELL: f64 = 450.0;
/// Bytes of the vectors of a cell, roughly.
const CELL_VECTORS: f64 = 16_000.0;

/// Bytes that a build has besides vectors and rows.
pub fn of_frame(keys: &[String]) -> f64 {
    let letters: usize = keys.iter().map(String::len).sum();
    let numbers = keys.iter().all(|key| key.parse::<u32>().is_ok());
    BUILD + keys.len() as f64 * ITEM + if numbers { 0.0 } else { letters as f64 * 0.6 }
}

/// Bytes of vectors.
pub fn of_vectors(items: usize, row_bytes: usize, dim: usize) -> f64 {
    let rows = items as f64 * (row_bytes as f64 + 2.0);
    rows + (rows / CELL_VECTORS).ceil() * (CELL + dim as f64) + (dim * dim * 2) as f64
}

/// Bytes of a table, from a sample of its rows. `order` lists rows as they are published, `ordinals` is the other way.
pub fn of_table(table: &I2iTable, order: &[u32], ordinals: &[u32], code: WeightCode) -> f64 {
    let mut bytes = 0;
    let mut sampled = 0;
    for (block, items) in (0u32..).zip(order.chunks(BLOCK)).step_by(SAMPLED.min(order.len() / (4 * BLOCK) + 1)) {
        let renumbered = |&item: &u32| -> Vec<(u32, f32)> {
            let row = table.rows[item as usize].iter();
            row.map(|&(target, weight)| (ordinals[target as usize], weight)).collect()
        };
        let rows: Vec<Vec<(u32, f32)>> = items.iter().map(renumbered).collect();
        bytes += rows::encode(block * BLOCK as u32, &rows, code).len();
        sampled += items.len();
    }
    bytes as f64 * order.len() as f64 / sampled.max(1) as f64
}
