//! How many cells hold enough of the best rows. Owns the sample of queries; asks the runtime's own exact scan and cell ranking.

use anyhow::{Result, anyhow};
use edge_recall::AlignedBytes;
use edge_recall::ids::Ordinal;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::{CellSearch, ExactScan};
use edge_recall::store::vectors::VectorStore;
use rayon::prelude::*;

use crate::model::ItemVectors;

/// Rows that are asked for their neighbours.
const SAMPLE: usize = 400;

/// The fewest cells that hold `recall` of the best 10, and of the best 100, on average over rows that stand for queries. A row does
/// not find itself. As cells are scanned exactly, what a search finds is what its cells hold.
pub fn enough(file: &[u8], vectors: &ItemVectors, recall: f64) -> Result<[u32; 2]> {
    let store =
        VectorStore::open(AlignedBytes::copy_of(file)).map_err(|error| anyhow!("the index is not sound: {error}"))?;
    if store.cells() == 1 {
        return Ok([1, 1]);
    }
    let cells = CellSearch::new(&store);
    let mut cell_of = vec![0u32; store.rows()];
    for cell in 0..store.cells() {
        store.cell(cell).for_each(|row| cell_of[store.id(row) as usize] = cell as u32);
    }
    let sample: Vec<usize> =
        (0..SAMPLE.min(store.rows())).map(|n| n * store.rows() / SAMPLE.min(store.rows())).collect();
    // For each query: how many cells must be looked into to hold its n-th best, in order of n.
    let needed: Vec<Vec<u32>> = sample
        .par_iter()
        .map(|&row| {
            let query = vectors.row(row);
            let best = ExactScan(&store).search(query, 100, &|item| item != Ordinal(row as u32));
            let mut rank = vec![0u32; store.cells()];
            for (place, cell) in (1..).zip(cells.nearest(query, store.dim(), store.cells())) {
                rank[cell] = place;
            }
            best.iter().map(|found| rank[cell_of[found.item.place()] as usize]).collect()
        })
        .collect();
    Ok([10, 100].map(|best| fewest(&needed, best, recall)))
}

/// The fewest cells that hold this share of the first `best` of each list.
fn fewest(needed: &[Vec<u32>], best: usize, recall: f64) -> u32 {
    let mut ranks: Vec<u32> = needed.iter().flat_map(|list| list.iter().take(best).copied()).collect();
    ranks.sort_unstable();
    let last = ((ranks.len() as f64 * recall).ceil() as usize).clamp(1, ranks.len().max(1)) - 1;
    ranks.get(last).map_or(1, |&rank| rank.max(1))
}
