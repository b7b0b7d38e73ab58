//! Flat search: every vector of the catalogue against one query of 64 dimensions.

mod common;

use common::catalogue::DIM;
use common::{Catalogue, Stopwatch};
use edge_recall::candidate::{Candidate, ItemSet};
use edge_recall::format::ShardKind;
use edge_recall::format::codes::Code;
use edge_recall::ids::Ordinal;
use edge_recall::index::VectorIndex;
use edge_recall::index::flat::FlatIndex;
use edge_recall::store::embeddings::Embeddings;

fn main() {
    let mut watch = Stopwatch::start("scan");
    for items in watch.sizes() {
        for code in Code::ALL {
            let catalogue = Catalogue::generate(items, code);
            let recaller = catalogue.recaller(&[ShardKind::Vec]);
            let query = catalogue.query();
            let truth = ranked(recaller.embeddings(), &query, items);
            for k in [10, 100] {
                let everyone = ItemSet::default();
                // The best items are what a visitor has seen: the exclusion that has to be looked up most.
                let seen: ItemSet = truth.iter().take(200).map(|&(item, _)| Ordinal(item)).collect();
                for (exclude, title) in [(&everyone, ""), (&seen, ", 200 excluded")] {
                    let what = format!("scan {}, k = {k}{title}", code.name());
                    let scale = match code {
                        Code::F16 => 0,
                        Code::Int8 => 4,
                        Code::Int4 | Code::Int2 => 2,
                    };
                    let width = code.row_bytes(DIM) + scale;
                    let index = FlatIndex::new(recaller.embeddings());
                    let search = || index.search(&query, k, &|item| !exclude.contains(item));
                    let found = watch.measure(&what, items, items as usize * width, search);
                    check(&found, &truth, exclude, k);
                }
            }
        }
    }
    watch.finish();
}

/// All items by their score in double precision, best first.
fn ranked(embeddings: &Embeddings, query: &[f32], items: u32) -> Vec<(u32, f64)> {
    let score = |item| {
        let vector = embeddings.vector(Ordinal(item)).expect("every item has a vector");
        vector.iter().zip(query).map(|(x, q)| f64::from(*x) * f64::from(*q)).sum::<f64>()
    };
    let mut all: Vec<(u32, f64)> = (0..items).map(|item| (item, score(item))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all
}

/// The scores found are the best that are not excluded, up to rounding, which may also swap neighbours.
fn check(found: &[Candidate], truth: &[(u32, f64)], exclude: &ItemSet, k: usize) {
    let expected = truth.iter().filter(|(item, _)| !exclude.contains(Ordinal(*item))).take(k);
    assert_eq!(found.len(), k);
    for (found, (_, score)) in found.iter().zip(expected) {
        assert!(!exclude.contains(found.item));
        assert!((f64::from(found.score) - score).abs() < 2e-3, "{found:?} instead of {score}");
    }
}
