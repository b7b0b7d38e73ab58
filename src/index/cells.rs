//! Search over an index file: the exact scan of all its cells, and the search of the most promising ones (inverted file, Jégou,
//! Douze and Schmid 2011, with the codes' residuals to the centroids). Owns which cells are looked into; kernels score.

use core::ops::Range;

use crate::candidate::{Admits, Candidate};
use crate::format::codes::{Code, Rows};
use crate::ids::Ordinal;
use crate::index::VectorIndex;
use crate::index::query::PreparedQuery;
use crate::kernel::{self, Int8Query, IntegerQuery};
use crate::store::vectors::VectorStore;
use crate::topk::TopK;

/// How many of the best by the scanned code are scored by the finest one, for `limit` that are wanted: the coarser the scan, the
/// further down the best may stand.
fn wider(limit: usize, scanned: Code) -> usize {
    let (times, more) = match scanned {
        Code::F16 | Code::Int8 => (1, 12),
        Code::Int4 => (3, 24),
        Code::Int2 => (4, 60),
    };
    limit.saturating_mul(times).saturating_add(more)
}

/// The exact scan: the definition of correct.
pub struct ExactScan<'a>(pub &'a VectorStore);

/// The search of some cells. Holds the centroids in 8 bits, for ranking alone, so make one and keep it.
pub struct CellSearch {
    codes: Vec<i8>,
    scales: Vec<f32>,
    reaches: Vec<f32>,
    /// The largest of the reaches.
    farthest: f32,
}

/// A [`CellSearch`] over its store, as an index.
pub struct Probed<'a> {
    /// The cells.
    pub search: &'a CellSearch,
    /// The store that the cells are of.
    pub store: &'a VectorStore,
    /// Cells to look into; `None` = as many as the file advises.
    pub probes: Option<usize>,
}

impl VectorIndex for ExactScan<'_> {
    fn search(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Vec<Candidate> {
        let all = Scan::new(self.0, query, self.0.finest_code(), self.0.rows());
        all.scan(0..self.0.cells(), limit.min(self.0.rows()), |row| Ordinal(self.0.id(row)), admits)
    }
}

impl CellSearch {
    /// Prepares the cells of a store.
    pub fn new(store: &VectorStore) -> CellSearch {
        let (mut codes, mut scales) = (Vec::with_capacity(store.centroids().len()), Vec::with_capacity(store.cells()));
        for cell in 0..store.cells() {
            let centroid = store.centroid(cell);
            let scale = centroid.iter().fold(0f32, |top, x| top.max(x.abs())) / 127.0;
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            codes.extend(centroid.iter().map(|x| (x * inverse).round() as i8));
            scales.push(scale);
        }
        let reaches: Vec<f32> = (0..store.cells()).map(|cell| store.reach(cell)).collect();
        let farthest = reaches.iter().fold(0f32, |most, reach| most.max(*reach));
        CellSearch { codes, scales, reaches, farthest }
    }

    /// The `probes` cells that promise most to any of the interests, best first for each: by the product with their centroid, and
    /// by their reach.
    pub fn nearest(&self, interests: &[f32], dim: usize, probes: usize) -> Vec<usize> {
        let mut cells: Vec<usize> = Vec::new();
        for interest in interests.chunks_exact(dim) {
            let mut top = TopK::new(probes);
            let query = Int8Query::of(IntegerQuery::of(interest));
            let length = kernel::dot(interest, interest).sqrt();
            kernel::scan_int8(&query, 0.0, &self.codes, &self.scales, f32::NEG_INFINITY, |cell, score| {
                top.push(Candidate { item: Ordinal(cell as u32), score: score + length * self.reaches[cell] });
                // What is below it would rank behind all that are kept, or draw with the last of them and come after it: rounding keeps
                // the order, and cells come in theirs.
                top.floor() - length * self.farthest
            });
            for Candidate { item, .. } in top.into_sorted() {
                if !cells.contains(&item.place()) {
                    cells.push(item.place());
                }
            }
        }
        cells
    }
}

impl VectorIndex for Probed<'_> {
    fn search(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Vec<Candidate> {
        let store = self.store;
        let mut probes = self.probes.unwrap_or_else(|| store.probes(limit)).clamp(1, store.cells().max(1));
        let scan = Scan::new(store, query, store.code(), store.rows() / store.cells().max(1) * probes);
        loop {
            let cells = self.search.nearest(query, store.dim(), probes);
            let found = scan.run(cells.into_iter(), limit, admits);
            // What may not be found leaves room: further cells fill it.
            if found.len() >= limit.min(store.rows()) || probes >= store.cells() {
                return found;
            }
            probes = probes.saturating_mul(4).min(store.cells());
        }
    }
}

/// One query, of one or several interests, over one of the codes of a store.
pub(super) struct Scan<'a> {
    store: &'a VectorStore,
    code: Code,
    interests: Vec<(&'a [f32], PreparedQuery<'a>)>,
}

impl<'a> Scan<'a> {
    /// A query for about this many of the rows.
    pub(super) fn new(store: &'a VectorStore, query: &'a [f32], code: Code, rows: usize) -> Scan<'a> {
        let interests = query.chunks_exact(store.dim());
        Scan { store, code, interests: interests.map(|one| (one, PreparedQuery::of(one, code, rows))).collect() }
    }

    /// The best `limit` rows of the cells, as ids; by the finest code, where it is not the one of this scan, among the best
    /// by this one.
    fn run(&self, cells: impl Iterator<Item = usize>, limit: usize, admits: &Admits<'_>) -> Vec<Candidate> {
        let limit = limit.min(self.store.rows());
        if !self.store.is_rescored() {
            return self.scan(cells, limit, |row| Ordinal(self.store.id(row)), admits);
        }
        let wider = wider(limit, self.store.code());
        let admitted = |row: Ordinal| admits(Ordinal(self.store.id(row.place())));
        self.rescored(&self.scan(cells, wider, |row| Ordinal(row as u32), &admitted), limit)
    }

    /// The best `limit` of the cells' rows, by the names that `name` gives them.
    fn scan(
        &self,
        cells: impl Iterator<Item = usize>,
        limit: usize,
        name: impl Fn(usize) -> Ordinal,
        admits: &Admits<'_>,
    ) -> Vec<Candidate> {
        let mut top = TopK::new(limit);
        let mut best = Vec::new();
        for cell in cells {
            let rows = self.store.cell(cell);
            let first = rows.start;
            let offer = |row: usize, score: f32, top: &mut TopK| {
                let item = name(first + row);
                if admits(item) {
                    top.push(Candidate { item, score });
                }
                top.floor()
            };
            let codes = self.codes(rows.clone());
            let centroid = self.store.centroid(cell);
            if let [(interest, query)] = self.interests.as_slice() {
                let floor = top.floor();
                query.scan(codes, kernel::dot(interest, centroid), floor, |row, score| offer(row, score, &mut top));
                continue;
            }
            // Several interests: a row's score is its best, and its codes are in the nearest cache from the second one on.
            best.clear();
            best.resize(rows.len(), f32::NEG_INFINITY);
            for (interest, query) in &self.interests {
                query.scan(codes, kernel::dot(interest, centroid), f32::NEG_INFINITY, |row, score| {
                    best[row] = score.max(best[row]);
                    f32::NEG_INFINITY
                });
            }
            for (row, &score) in best.iter().enumerate() {
                if !self.interests.is_empty() && top.admits(score) {
                    offer(row, score, &mut top);
                }
            }
        }
        top.into_sorted()
    }

    fn codes(&self, rows: Range<usize>) -> Rows<'_> {
        if self.code == self.store.code() { self.store.span(rows) } else { self.store.finest_span(rows) }
    }

    /// The best `limit` of these rows by the finest code, as ids.
    pub(super) fn rescored(&self, rows: &[Candidate], limit: usize) -> Vec<Candidate> {
        let mut top = TopK::new(limit);
        let finest = self.store.finest_code();
        let queries: Vec<PreparedQuery<'_>> =
            self.interests.iter().map(|(one, _)| PreparedQuery::of(one, finest, 1)).collect();
        for row in rows.iter().map(|candidate| candidate.item.place()) {
            let codes = self.store.finest_span(row..row + 1);
            let centroid = self.store.centroid(self.store.cell_of(row));
            let mut score = f32::NEG_INFINITY;
            for ((interest, _), query) in self.interests.iter().zip(&queries) {
                query.scan(codes, kernel::dot(interest, centroid), score, |_, found| {
                    score = found;
                    found
                });
            }
            top.push(Candidate { item: Ordinal(self.store.id(row)), score });
        }
        top.into_sorted()
    }
}
