//! `index --kind hnsw`: a file whose graph the runtime reads, the same one twice, and what is wrong use.

use edge_recall::AlignedBytes;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::ExactScan;
use edge_recall::index::hnsw::{Graph, GraphIndex};
use edge_recall::store::vectors::VectorStore;

use crate::place::Place;

/// 300 vectors around five directions.
fn table() -> String {
    let number = |row: usize, d: usize| f64::from(u8::from(d == row % 5)) + ((row * 31 + d * 17) % 23) as f64 / 100.0;
    let vector = |row| (0..6).map(|d| format!("{:.2}", number(row, d))).collect::<Vec<_>>().join(" ");
    let line = |row| format!("sku-{row},{}\n", vector(row));
    "item,vector\n".to_owned() + &(0..300).map(line).collect::<String>()
}

#[test]
fn a_graph_is_built_read_and_built_alike_again() {
    let place = Place::new();
    place.file("vectors.csv", table());
    let told = place.json("index vectors.csv --kind hnsw --ef 40 --ef-construction 50 --out a.er");
    place.json("index vectors.csv --kind hnsw --ef 40 --ef-construction 50 --out b.er");
    let bytes = std::fs::read(place.path("a.er")).unwrap();
    assert!(bytes == std::fs::read(place.path("b.er")).unwrap(), "two builds differ");
    assert_eq!((told["rows"].as_u64(), told["cells"].as_u64()), (Some(300), Some(1)));
    assert_eq!(told["bytes"].as_u64(), Some(bytes.len() as u64));
    let store = VectorStore::open(AlignedBytes::copy_of(&bytes)).unwrap();
    let graph = Graph::read(&store).unwrap().expect("links");
    assert_eq!(graph.width(), 40);
    let index = GraphIndex { graph: &graph, store: &store };
    let keys = store.keys().unwrap().expect("names");
    for topic in 0..5 {
        let query: Vec<f32> = (0..6).map(|d| f32::from(u8::from(d == topic))).collect();
        let found = index.search(&query, 10, &|_| true);
        let scanned = ExactScan(&store).search(&query, 10, &|_| true);
        assert!(found.iter().filter(|one| scanned.contains(one)).count() >= 9, "{found:?} and {scanned:?}");
        let number: usize = keys.get(found[0].item.0).trim_start_matches("sku-").parse().unwrap();
        assert_eq!(number % 5, topic, "the best is of the topic");
    }
}

#[test]
fn options_of_other_kinds_are_wrong_use() {
    let place = Place::new();
    place.file("vectors.csv", table());
    for line in ["--kind cells --ef 10", "--ef-construction 10", "--kind hnsw --cells 3", "--kind hnsw --ef 5000"] {
        assert!(!place.fails(&format!("index vectors.csv --out a.er {line}"), 2).is_empty());
        assert!(!place.path("a.er").exists());
    }
}
