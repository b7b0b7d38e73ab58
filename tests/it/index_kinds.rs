//! Every search of an index file over every code: one line each.

use edge_recall::candidate::{Candidate, ItemSet};
use edge_recall::format::codes::Code;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::{CellSearch, ExactScan, Probed};
use edge_recall::index::hnsw::{Graph, GraphIndex};
use edge_recall::store::vectors::VectorStore;

use crate::index_files::{FileParams, TOPICS, store};
use crate::index_graphs::{WIDTH, linked};
use crate::index_promises::{Search, holds_exactly, holds_nearly};

fn ask(index: &dyn VectorIndex, query: &[f32], limit: usize, exclude: &ItemSet) -> Vec<Candidate> {
    index.search(query, limit, &|item| !exclude.contains(item))
}

fn scan(store: &VectorStore, check: fn(&VectorStore, &Search<'_>)) {
    check(store, &|query, limit, exclude| ask(&ExactScan(store), query, limit, exclude));
}

fn cells(store: &VectorStore, probes: Option<usize>, check: fn(&VectorStore, &Search<'_>)) {
    let search = CellSearch::new(store);
    let probed = Probed { search: &search, store, probes };
    check(store, &|query, limit, exclude| ask(&probed, query, limit, exclude));
}

fn graph(store: &VectorStore, check: fn(&VectorStore, &Search<'_>)) {
    let graph = Graph::read(store).expect("sound links").expect("links");
    assert_eq!(graph.width(), WIDTH);
    let index = GraphIndex { graph: &graph, store };
    check(store, &|query, limit, exclude| ask(&index, query, limit, exclude));
}

macro_rules! conforms {
    ($name:ident, $code:expr, $fine:expr) => {
        mod $name {
            use super::*;

            const CODE: Code = $code;
            const FINE: Option<Code> = $fine;

            #[test]
            fn the_scan_is_exact() {
                scan(&store(&FileParams { fine: FINE, ..FileParams::plain(CODE, 1) }), holds_exactly);
                scan(&store(&FileParams { fine: FINE, ..FileParams::plain(CODE, TOPICS) }), holds_exactly);
            }

            #[test]
            fn all_cells_are_exact_unless_rescored() {
                let store = store(&FileParams { fine: FINE, ..FileParams::plain(CODE, TOPICS) });
                cells(&store, Some(TOPICS), if FINE.is_none() { holds_exactly } else { holds_nearly });
            }

            #[test]
            fn the_advised_cells_find_most() {
                cells(&store(&FileParams { fine: FINE, ..FileParams::plain(CODE, TOPICS) }), None, holds_nearly);
            }

            #[test]
            fn a_graph_finds_most() {
                let graphed = FileParams { fine: FINE, graph: Some(linked()), ..FileParams::plain(CODE, 1) };
                graph(&store(&graphed), holds_nearly);
            }
        }
    };
}

conforms!(over_f16, Code::F16, None);
conforms!(over_int8, Code::Int8, None);
conforms!(over_int4, Code::Int4, None);
conforms!(over_int2, Code::Int2, None);
conforms!(over_int4_rescored_by_f16, Code::Int4, Some(Code::F16));
conforms!(over_int4_rescored_by_int8, Code::Int4, Some(Code::Int8));
