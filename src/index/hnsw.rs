//! Search along the links of a graph (hierarchical navigable small world, Malkov and Yashunin 2018) through instant-distance. Owns
//! the graph in memory and when it is not asked; the exact scan scores what it finds.
//!
//! instant-distance compares two points of one type and hands them no context. So a point here is either a row, four bytes of
//! which are all that a file says of it, or a borrowed query that knows the store: the crate always asks the query for its
//! distance to a row, never a row for anything. A graph of rows is as well a graph of anything shorter-lived (`Hnsw` is covariant
//! in its point), so the borrowed query needs no global state, no counted pointer in every point and no second copy of the rows.

use std::sync::Mutex;

use instant_distance::{Hnsw, Point, Search};
use serde::{Deserialize, Deserializer};

use crate::candidate::{Admits, Candidate};
use crate::error::{FormatError, Part, told};
use crate::format::graph;
use crate::ids::Ordinal;
use crate::index::VectorIndex;
use crate::index::cells::{ExactScan, Scan};
use crate::index::query::PreparedQuery;
use crate::kernel;
use crate::store::vectors::VectorStore;

/// The links of a store, checked and decoded. About 330 bytes a row beside the file's own, so make one and keep it.
pub struct Graph {
    links: Hnsw<Vertex<'static>>,
    width: usize,
    /// Working memory of the last search, for the next one.
    memory: Mutex<Search>,
}

/// A [`Graph`] over its store, as an index.
pub struct GraphIndex<'a> {
    /// The links.
    pub graph: &'a Graph,
    /// The store that they are of.
    pub store: &'a VectorStore,
}

impl Graph {
    /// Checks and decodes the graph of a store; `None` where it has none.
    ///
    /// # Errors
    /// Where a link or a count is out of its bounds, or where the store has more than one cell.
    pub fn read(store: &VectorStore) -> Result<Option<Graph>, FormatError> {
        let Some(bytes) = store.graph() else { return Ok(None) };
        let broken = |rule| FormatError::Rule { section: Part::Graph, rule: told(rule) };
        if store.cells() != 1 {
            return Err(broken(&"a graph stands beside several cells"));
        }
        // The walk comes first: decoding trusts every count.
        let width = graph::check(bytes, store.rows() as u32)?;
        let links = postcard::from_bytes(bytes).map_err(|_| broken(&"it cannot be decoded"))?;
        Ok(Some(Graph { links, width, memory: Mutex::default() }))
    }

    /// Rows that a search holds on its way: it finds no more than these, and longer lists are scanned for. Fixed when the graph
    /// is built.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows that a walk towards one interest ends with; `None` where the scores are no numbers, so that no way is better
    /// than another.
    fn walk(&self, asked: &Asked<'_>, rows: &mut Vec<Candidate>) -> Option<()> {
        // Whoever searches at the same time takes fresh memory rather than wait.
        let (mut kept, mut fresh) = (self.memory.try_lock().ok(), Search::default());
        let memory = kept.as_deref_mut().unwrap_or(&mut fresh);
        walk(&self.links, &Vertex::Asked(asked), memory, rows)
    }
}

/// Takes the graph as one of points that live as long as the query.
fn walk<'a>(
    links: &Hnsw<Vertex<'a>>,
    query: &Vertex<'a>,
    memory: &mut Search,
    rows: &mut Vec<Candidate>,
) -> Option<()> {
    for found in links.search(query, memory) {
        let score = -found.distance;
        if !score.is_finite() {
            return None;
        }
        rows.push(Candidate { item: Ordinal(found.pid.into_inner()), score });
    }
    Some(())
}

impl VectorIndex for GraphIndex<'_> {
    /// As the exact scan, but for the rows that the graph does not lead to. It is the exact scan where the graph cannot tell:
    /// more are wanted than it holds, too many of those are excluded, or the scores are no numbers.
    fn search(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Vec<Candidate> {
        let limit = limit.min(self.store.rows());
        self.along_links(query, limit, admits).unwrap_or_else(|| ExactScan(self.store).search(query, limit, admits))
    }
}

impl GraphIndex<'_> {
    fn along_links(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Option<Vec<Candidate>> {
        if limit > self.graph.width {
            return None;
        }
        let mut rows = Vec::new();
        for interest in query.chunks_exact(self.store.dim()) {
            let asked = Asked {
                store: self.store,
                query: PreparedQuery::of(interest, self.store.code(), 1),
                offset: kernel::dot(interest, self.store.centroid(0)),
            };
            self.graph.walk(&asked, &mut rows)?;
        }
        // A row that several interests lead to counts once, at its best.
        rows.sort_unstable_by_key(|found| found.item);
        rows.dedup_by_key(|found| found.item);
        rows.retain(|found| admits(Ordinal(self.store.id(found.item.place()))));
        let found = Scan::new(self.store, query, self.store.code(), 1).rescored(&rows, limit);
        (found.len() == limit).then_some(found)
    }
}

/// A query on its way through the graph.
struct Asked<'a> {
    store: &'a VectorStore,
    query: PreparedQuery<'a>,
    /// Its product with the one centroid.
    offset: f32,
}

/// A point as instant-distance knows it: a row of the file, or the query.
#[derive(Clone)]
enum Vertex<'a> {
    Row(u32),
    Asked(&'a Asked<'a>),
}

impl Point for Vertex<'_> {
    /// The score with its sign changed: on augmented vectors it orders rows as the Euclidean distance does (Bachrach et al. 2014),
    /// and the augmented coordinate of a query is zero.
    fn distance(&self, other: &Self) -> f32 {
        let (Vertex::Asked(asked), Vertex::Row(row)) = (self, other) else { return f32::INFINITY };
        let (row, mut distance) = (*row as usize, f32::INFINITY);
        let codes = asked.store.span(row..row.saturating_add(1));
        asked.query.scan(codes, asked.offset, f32::NEG_INFINITY, |_, score| {
            distance = -score;
            score
        });
        distance
    }
}

impl<'de> Deserialize<'de> for Vertex<'_> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u32::deserialize(from).map(Vertex::Row)
    }
}

/// What would seed the build of a graph: there is none in wasm, and so no import of a source of randomness.
#[cfg(target_arch = "wasm32")]
mod randomness {
    fn refuse(_: &mut [u8]) -> Result<(), getrandom::Error> {
        Err(getrandom::Error::UNSUPPORTED)
    }

    getrandom::register_custom_getrandom!(refuse);
}
