//! Cells of an index by Lloyd's k-means on the vectors themselves. Owns the rounds. The cells of a build are another matter
//! (`stages::cells`): those are files of about one size; these are places in one file, and nothing keeps them equal.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::ItemVectors;
use crate::splitmix;
use crate::stages::dense::dot;

/// Rounds; later ones move few rows.
const ROUNDS: usize = 12;
/// Rows a cell that the rounds look at: a mean needs no more (Douze et al., The Faiss library, 2024, section 5.1).
const ROWS_PER_CELL: usize = 64;

/// Rows cell after cell.
#[derive(Debug, PartialEq)]
pub struct Cells {
    /// Row numbers, ascending in each cell.
    pub order: Vec<u32>,
    /// Where each cell begins, then the number of rows. No cell is empty.
    pub starts: Vec<u32>,
    /// Means of the cells, row-major.
    pub means: Vec<f32>,
}

impl Cells {
    /// One cell with the rows in this order.
    pub fn of_one(vectors: &ItemVectors, order: Vec<u32>) -> Cells {
        let rows = order.len();
        Cells { means: mean(vectors, &order, 0..rows), starts: vec![0, rows as u32], order }
    }

    /// The rows of each cell.
    pub fn members(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|cell| &self.order[cell[0] as usize..cell[1] as usize])
    }

    /// Root mean square distance of the rows of each cell to their mean.
    pub fn spreads(&self, vectors: &ItemVectors) -> Vec<f32> {
        let squares = |row: u32, mean: &[f32]| -> f64 {
            vectors.row(row as usize).iter().zip(mean).map(|(x, c)| f64::from(x - c) * f64::from(x - c)).sum()
        };
        let spread = |(rows, mean): (&[u32], &[f32])| {
            (rows.iter().map(|&row| squares(row, mean)).sum::<f64>() / rows.len() as f64).sqrt() as f32
        };
        self.members().zip(self.means.chunks_exact(vectors.dim)).map(spread).collect()
    }
}

/// Parts the rows into at most `cells` cells of near vectors. The same bits on any number of threads.
pub fn kmeans(vectors: &ItemVectors, cells: usize) -> Cells {
    let rows = vectors.rows.len() / vectors.dim;
    let cells = cells.clamp(1, rows);
    let mut state = 0x5EED;
    let mut sample: Vec<u32> = (0..rows as u32).collect();
    // The head of a shuffle: rows to begin with, and rows to learn from.
    let learning = rows.min(cells * ROWS_PER_CELL);
    for place in 0..learning {
        let other = place + (splitmix::next(&mut state) % (rows - place) as u64) as usize;
        sample.swap(place, other);
    }
    sample.truncate(learning);
    let mut means: Vec<f32> =
        sample[..cells].iter().flat_map(|&row| vectors.row(row as usize).iter().copied()).collect();
    for _ in 0..if cells > 1 { ROUNDS } else { 0 } {
        let own = nearest(vectors, &sample, &means);
        means = refilled(vectors, &sample, &own, &means);
    }
    let all: Vec<u32> = (0..rows as u32).collect();
    let own = nearest(vectors, &all, &means);
    publish(vectors, &own, cells)
}

/// The cell of each row: that of the nearest mean, the first of equals.
fn nearest(vectors: &ItemVectors, rows: &[u32], means: &[f32]) -> Vec<u32> {
    let halves: Vec<f32> = means.chunks_exact(vectors.dim).map(|mean| dot(mean, mean) / 2.0).collect();
    let near = |&row: &u32| {
        let row = vectors.row(row as usize);
        let mut best = (f32::NEG_INFINITY, 0);
        for (cell, (mean, half)) in (0u32..).zip(means.chunks_exact(vectors.dim).zip(&halves)) {
            // |x - c|^2 = |x|^2 - 2 (x c - |c|^2 / 2), and the first part is the same for all.
            let score = dot(row, mean) - half;
            if score > best.0 {
                best = (score, cell);
            }
        }
        best.1
    };
    rows.par_iter().map(near).collect()
}

/// The means of the rows; a cell that lost all of them takes a row out of the fullest one.
fn refilled(vectors: &ItemVectors, rows: &[u32], own: &[u32], before: &[f32]) -> Vec<f32> {
    let dim = vectors.dim;
    let mut sums = vec![0f64; before.len()];
    let mut counts = vec![0u32; before.len() / dim];
    for (&row, &cell) in rows.iter().zip(own) {
        counts[cell as usize] += 1;
        let sum = &mut sums[cell as usize * dim..][..dim];
        sum.iter_mut().zip(vectors.row(row as usize)).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let mut means: Vec<f32> = before.to_vec();
    for (cell, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let sum = &sums[cell * dim..][..dim];
        means[cell * dim..][..dim].iter_mut().zip(sum).for_each(|(mean, sum)| *mean = (sum / f64::from(count)) as f32);
    }
    let fullest = (0..counts.len()).max_by_key(|&cell| (counts[cell], usize::MAX - cell)).unwrap_or(0);
    let mut spare = rows.iter().zip(own).filter(|(_, own)| **own as usize == fullest).map(|(row, _)| *row);
    for cell in (0..counts.len()).filter(|&cell| counts[cell] == 0) {
        if let Some(row) = spare.next() {
            means[cell * dim..][..dim].copy_from_slice(vectors.row(row as usize));
        }
    }
    means
}

/// Rows sorted by cell, without the cells that nobody is in.
fn publish(vectors: &ItemVectors, own: &[u32], cells: usize) -> Cells {
    let mut order: Vec<u32> = (0..own.len() as u32).collect();
    order.sort_by_key(|&row| own[row as usize]);
    let mut published = Cells { order, starts: vec![0], means: Vec::new() };
    let mut start = 0;
    for cell in 0..cells as u32 {
        let end = start + published.order[start..].iter().take_while(|&&row| own[row as usize] == cell).count();
        if end > start {
            published.means.extend(mean(vectors, &published.order, start..end));
            published.starts.push(end as u32);
            start = end;
        }
    }
    published
}

fn mean(vectors: &ItemVectors, order: &[u32], rows: Range<usize>) -> Vec<f32> {
    let mut sums = vec![0f64; vectors.dim];
    for &row in &order[rows.clone()] {
        sums.iter_mut().zip(vectors.row(row as usize)).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums.iter().map(|sum| (sum / rows.len() as f64) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool")
    }

    #[test]
    fn two_heaps_are_two_cells() {
        let rows: Vec<f32> =
            (0..20).flat_map(|n| if n % 2 == 0 { [10.0, n as f32 / 9.0] } else { [-10.0, 0.5] }).collect();
        let cells = kmeans(&ItemVectors { dim: 2, rows }, 2);
        let mut members: Vec<Vec<u32>> = cells.members().map(<[u32]>::to_vec).collect();
        members.sort();
        assert_eq!(members, [(0..20).step_by(2).collect::<Vec<_>>(), (1..20).step_by(2).collect()]);
    }

    #[test]
    fn rows_that_are_all_alike_are_one_cell_and_lose_nobody() {
        let cells = kmeans(&ItemVectors { dim: 3, rows: vec![1.0; 30] }, 4);
        assert_eq!((cells.order, cells.starts, cells.means), ((0..10).collect(), vec![0, 10], vec![1.0; 3]));
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let mut state = 7;
        let rows = (0..3_000).map(|_| (splitmix::next(&mut state) >> 40) as f32).collect();
        let vectors = ItemVectors { dim: 6, rows };
        let [one, three] = [1, 3].map(|threads| pool(threads).install(|| kmeans(&vectors, 24)));
        assert_eq!(one, three);
    }
}
