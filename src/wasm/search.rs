//! What the search artefact exports to JavaScript: an index file in memory and room for questions and answers beside it. The
//! numbers cross as memory, not as arguments: a search takes a hundredth of a millisecond, and an array a tenth of that.
//! `pkg-config/src/search/` holds the other side.

use wasm_bindgen::prelude::*;

use crate::candidate::{Candidate, ItemSet};
use crate::error::Error;
use crate::format::bytes::AlignedBytes;
use crate::format::keys::Keys;
use crate::ids::Ordinal;
use crate::index::VectorIndex;
use crate::index::cells::{CellSearch, ExactScan, Probed};
use crate::index::hnsw::{Graph, GraphIndex};
use crate::store::vectors::VectorStore;

/// One index file.
#[wasm_bindgen]
#[derive(Default)]
pub struct Searcher {
    /// Until it is opened.
    file: AlignedBytes,
    opened: Option<Opened>,
    query: Vec<f32>,
    exclude: Vec<u32>,
    ids: Vec<u32>,
    scores: Vec<f32>,
}

struct Opened {
    store: VectorStore,
    cells: CellSearch,
    graph: Option<Graph>,
    keys: Option<Keys>,
}

#[wasm_bindgen]
impl Searcher {
    /// Room for a file of this many bytes, at [`Searcher::file`].
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: usize) -> Searcher {
        Searcher { file: AlignedBytes::with(bytes, |_| ()), ..Searcher::default() }
    }

    /// Where the file is to be written.
    pub fn file(&self) -> *const u8 {
        self.file.as_ptr()
    }

    /// Checks the file. Nothing, or an error: code, section and message, a line each.
    pub fn open(&mut self) -> Option<String> {
        let opened = VectorStore::open(core::mem::take(&mut self.file)).and_then(|store| {
            let keys = store.keys()?;
            let graph = Graph::read(&store)?;
            Ok(Opened { cells: CellSearch::new(&store), graph, store, keys })
        });
        match opened {
            Ok(opened) => {
                self.opened = Some(opened);
                None
            }
            Err(problem) => {
                let error = Error::Shard { name: None, problem };
                Some([error.code(), error.section().unwrap_or_default(), &error.message()].join("\n"))
            }
        }
    }

    /// Rows, numbers of a vector, number of the code, number of the metric, cells, and whether there is a graph.
    pub fn facts(&self) -> Vec<u32> {
        let Some(Opened { store, graph, .. }) = &self.opened else { return Vec::new() };
        let numbers = [store.rows(), store.dim(), store.code() as usize, store.metric() as usize, store.cells()];
        numbers.into_iter().chain([usize::from(graph.is_some())]).map(|n| n as u32).collect()
    }

    /// Room for a query of this many numbers: one vector, or several interests one after another.
    pub fn query(&mut self, numbers: usize) -> *const f32 {
        self.query.resize(numbers, 0.0);
        self.query.as_ptr()
    }

    /// Room for this many ids that the next searches may not find.
    pub fn exclude(&mut self, ids: usize) -> *const u32 {
        self.exclude.resize(ids, 0);
        self.exclude.as_ptr()
    }

    /// Searches for the best `k`: everything (kind 0), or the most promising cells (1), `probes` of them or, where that is 0, as
    /// many as the file advises; or along the links of the graph (2), where there is one. Returns how many were found; they stand at `ids` and `scores`, best first.
    pub fn search(&mut self, kind: u32, k: usize, probes: usize) -> usize {
        let Some(Opened { store, cells, graph, .. }) = &self.opened else { return 0 };
        let excluded: ItemSet = self.exclude.iter().map(|&id| Ordinal(id)).collect();
        let admits = |item| excluded.as_slice().is_empty() || !excluded.contains(item);
        let found = match (kind, graph) {
            (2, Some(graph)) => GraphIndex { graph, store }.search(&self.query, k, &admits),
            (0, _) => ExactScan(store).search(&self.query, k, &admits),
            _ => {
                let probes = (probes > 0).then_some(probes);
                Probed { search: cells, store, probes }.search(&self.query, k, &admits)
            }
        };
        self.ids.clear();
        self.scores.clear();
        for Candidate { item, score } in found {
            self.ids.push(item.0);
            self.scores.push(score);
        }
        self.ids.len()
    }

    /// The ids that the last search found.
    pub fn ids(&self) -> *const u32 {
        self.ids.as_ptr()
    }

    /// Their scores.
    pub fn scores(&self) -> *const f32 {
        self.scores.as_ptr()
    }

    /// The name of an id, where the file names it.
    pub fn key(&self, id: u32) -> Option<String> {
        let keys = self.opened.as_ref()?.keys.as_ref()?;
        (id < keys.count()).then(|| keys.get(id))
    }
}
