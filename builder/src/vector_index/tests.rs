use edge_recall::AlignedBytes;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::{CellSearch, ExactScan, Probed};
use edge_recall::index::hnsw::{Graph, GraphIndex};
use edge_recall::store::vectors::VectorStore;

use super::graph::{GraphParams, make_linked};
use super::*;
use crate::splitmix;

/// Rows around `topics` directions.
fn topical(rows: usize, topics: u64, dim: usize) -> ItemVectors {
    let noise = |seed: u64| (splitmix::mix(seed) >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
    let number = |row: usize, d: usize| {
        noise((row as u64 % topics) * 1_000 + d as u64) + 0.3 * noise(1_000_000 + (row * dim + d) as u64)
    };
    ItemVectors { dim, rows: (0..rows).flat_map(|row| (0..dim).map(move |d| number(row, d))).collect() }
}

fn params(code: Code, cells: usize) -> IndexParams {
    IndexParams { code, rescore: None, metric: Metric::Dot, cells, recall: 0.95 }
}

fn open(file: &IndexFile) -> VectorStore {
    VectorStore::open(AlignedBytes::copy_of(&file.bytes)).expect("a sound file")
}

#[test]
fn rows_keep_their_ids_and_nearly_their_vectors() {
    let vectors = topical(500, 9, 20);
    for code in [Code::F16, Code::Int8, Code::Int4] {
        let store = open(&make(&vectors, None, &params(code, 16)).expect("an index"));
        assert_eq!((store.rows(), store.dim(), store.code(), store.cells()), (500, 20, code, 16));
        let mut seen = vec![false; 500];
        for row in 0..500 {
            let id = store.id(row) as usize;
            assert!(!std::mem::replace(&mut seen[id], true), "id {id} twice");
            let found = store.vector(row).expect("a row");
            let off = found.iter().zip(vectors.row(id)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 0.2, "{code:?}, id {id}: {off}");
        }
    }
}

#[test]
fn the_advised_cells_hold_what_was_asked_for() {
    let vectors = topical(4_000, 40, 16);
    let file = make(&vectors, None, &params(Code::Int8, 64)).expect("an index");
    assert!(file.probes[0] >= 1 && file.probes[1] <= 64 && file.probes[0] < 40, "{:?}", file.probes);
    let (store, mut found, mut wanted) = (open(&file), 0, 0);
    let cells = CellSearch::new(&store);
    for row in (0..4_000).step_by(10) {
        let query = vectors.row(row);
        let others = |item: edge_recall::ids::Ordinal| item.0 != row as u32;
        let exact = ExactScan(&store).search(query, 10, &others);
        let probed = Probed { search: &cells, store: &store, probes: None }.search(query, 10, &others);
        wanted += exact.len();
        found += exact.iter().filter(|candidate| probed.contains(candidate)).count();
    }
    assert!(found as f64 >= 0.95 * wanted as f64, "{found} of {wanted}");
}

#[test]
fn a_finer_code_decides_among_the_best() {
    let vectors = topical(1_000, 10, 32);
    let fine = IndexParams { rescore: Some(Code::F16), ..params(Code::Int2, 1) };
    let [coarse, fine] =
        [params(Code::Int2, 1), fine].map(|params| open(&make(&vectors, None, &params).expect("an index")));
    let exact = open(&make(&vectors, None, &params(Code::F16, 1)).expect("an index"));
    let overlap = |store: &VectorStore| {
        let cells = CellSearch::new(store);
        let search = Probed { search: &cells, store, probes: None };
        let queries = (0..1_000).step_by(20).map(|row| vectors.row(row));
        let share = |query| {
            let truth = ExactScan(&exact).search(query, 10, &|_| true);
            let found = search.search(query, 10, &|_| true);
            truth.iter().filter(|wanted| found.iter().any(|found| found.item == wanted.item)).count()
        };
        queries.map(share).sum::<usize>()
    };
    let (coarse, fine) = (overlap(&coarse), overlap(&fine));
    assert!(fine > coarse + 50, "{fine} against {coarse} of 500");
}

#[test]
fn names_stand_beside_their_ids() {
    let names: Vec<String> = (0..30).map(|n| format!("item-{n:02}")).collect();
    let store = open(&make(&topical(30, 3, 4), Some(&names), &params(Code::Int8, 3)).expect("an index"));
    let keys = store.keys().expect("sound keys").expect("keys");
    assert_eq!((0..30).map(|id| keys.get(id)).collect::<Vec<_>>(), names);
}

#[test]
fn two_builds_of_a_graph_make_the_same_bytes() {
    let vectors = topical(700, 9, 12);
    let counted = std::sync::atomic::AtomicUsize::new(0);
    let step = || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let build =
        || make_linked(&vectors, None, &params(Code::Int8, 1), &GraphParams::default(), &step).expect("an index");
    let (first, second) = (build(), build());
    assert!(first.bytes == second.bytes, "two builds differ");
    assert_eq!(counted.into_inner(), 2 * 700, "every row is told of once a build");
}

#[test]
fn a_graph_leads_to_the_largest_products_of_vectors_of_any_length() {
    let mut vectors = topical(1_500, 30, 16);
    for (row, numbers) in vectors.rows.chunks_exact_mut(16).enumerate() {
        let length = 0.5 + (row % 7) as f32 / 4.0;
        numbers.iter_mut().for_each(|x| *x *= length);
    }
    let graph = GraphParams { width: 64, ..GraphParams::default() };
    let store = open(&make_linked(&vectors, None, &params(Code::F16, 1), &graph, &|| ()).expect("an index"));
    let links = Graph::read(&store).expect("sound links").expect("links");
    assert_eq!((links.width(), store.cells()), (64, 1));
    let (mut found, mut wanted) = (0, 0);
    for row in (0..1_500).step_by(10) {
        let query = vectors.row(row);
        let exact = ExactScan(&store).search(query, 10, &|_| true);
        let linked = GraphIndex { graph: &links, store: &store }.search(query, 10, &|_| true);
        wanted += exact.len();
        found += exact.iter().filter(|candidate| linked.contains(candidate)).count();
        let id = exact[0].item.0 as usize;
        let product: f32 = query.iter().zip(vectors.row(id)).map(|(a, b)| a * b).sum();
        assert!(
            (exact[0].score - product).abs() < 0.05,
            "the id of a row is its place: {} and {product}",
            exact[0].score
        );
    }
    assert!(found as f64 >= 0.95 * wanted as f64, "{found} of {wanted}");
}

#[test]
fn a_graph_of_one_row_or_of_equal_rows_finds_them() {
    for rows in [1, 2, 150] {
        let vectors = ItemVectors { dim: 3, rows: [0.5, -0.25, 1.0].repeat(rows) };
        let file =
            make_linked(&vectors, None, &params(Code::Int8, 1), &GraphParams::default(), &|| ()).expect("an index");
        let store = open(&file);
        let links = Graph::read(&store).expect("sound links").expect("links");
        let found = GraphIndex { graph: &links, store: &store }.search(&[1.0, 1.0, 1.0], rows, &|_| true);
        let ids: Vec<u32> = found.iter().map(|one| one.item.0).collect();
        assert_eq!(ids, (0..rows as u32).collect::<Vec<_>>());
    }
}
