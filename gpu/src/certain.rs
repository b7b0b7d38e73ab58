//! Owns the judgement on what the GPU found: the kernel scores it once more, and it stands only where it is certain that nothing
//! better was left out.

use edge_recall::candidate::Candidate;
use edge_recall::ids::Ordinal;
use edge_recall::index::query::PreparedQuery;
use edge_recall::kernel;
use edge_recall::store::vectors::VectorStore;
use edge_recall::topk::TopK;

use crate::dispatch::Kept;

/// One search: a query of one or several interests, and what became of it.
pub struct Task<'a> {
    /// The query, by interests.
    pub interests: Vec<&'a [f32]>,
    /// How far scores of each interest may be off.
    pub bounds: Vec<f64>,
    /// The answer, once it is certain.
    pub found: Option<Vec<Candidate>>,
}

/// The best `limit` of the rows in these lists, one list an interest, by the kernel's scores; `None` unless it is certain that
/// no other row belongs among them. An error means that the lists are none.
pub fn certain(
    store: &VectorStore,
    task: &Task<'_>,
    lists: &[Vec<Kept>],
    kept: usize,
    limit: usize,
) -> Result<Option<Vec<Candidate>>, String> {
    let mut rows: Vec<u32> = Vec::new();
    // What was left out of a full list scores at most as its last entry does, and so much more as the GPU may be off.
    let mut left_out = f64::NEG_INFINITY;
    for (list, bound) in lists.iter().zip(&task.bounds) {
        let before = rows.len();
        rows.extend(list.iter().map(|kept| kept.row));
        rows[before..].sort_unstable();
        if rows[before..].windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("the GPU named a row twice".to_owned());
        }
        if let Some(last) = list.last().filter(|_| list.len() >= kept) {
            left_out = left_out.max(f64::from(last.score) + bound);
        }
    }
    rows.sort_unstable();
    rows.dedup();
    if rows.last().is_some_and(|&row| row as usize >= store.rows()) {
        return Err("the GPU named a row that does not exist".to_owned());
    }
    let code = store.finest_code();
    let queries: Vec<PreparedQuery<'_>> =
        task.interests.iter().map(|interest| PreparedQuery::of(interest, code, 1)).collect();
    let mut top = TopK::new(limit);
    for row in rows {
        let row = row as usize;
        let (codes, centroid) = (store.finest_span(row..row + 1), store.centroid(store.cell_of(row)));
        let mut best = f32::NEG_INFINITY;
        for (interest, query) in task.interests.iter().zip(&queries) {
            query.scan(codes, kernel::dot(interest, centroid), best, |_, score| {
                best = score;
                score
            });
        }
        top.push(Candidate { item: Ordinal(store.id(row)), score: best });
    }
    let found = top.into_sorted();
    let is_certain = left_out == f64::NEG_INFINITY
        || found.len() == limit && found.last().is_some_and(|last| f64::from(last.score) > left_out);
    Ok(is_certain.then_some(found))
}
