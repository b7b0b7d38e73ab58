//! The promises of `VectorIndex`, held by every index over every code: one macro, one line an index.

use edge_recall::AlignedBytes;
use edge_recall::candidate::{Candidate, ItemSet};
use edge_recall::format::cells::CentroidCode;
use edge_recall::format::codes::{self, Code, Codes, Metric};
use edge_recall::format::header::Header;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{Shard, ShardKind};
use edge_recall::ids::{Epoch, Model, Ordinal};
use edge_recall::index::VectorIndex;
use edge_recall::index::flat::FlatIndex;
use edge_recall::kernel::{self, IntegerQuery};
use edge_recall::store::embeddings::{CellVectors, Embeddings};
use edge_recall::topk::rank_order;

use crate::dice::Dice;

const DIM: usize = 19;
const CELLS: [u32; 3] = [40, 1, 83];
const ITEMS: u32 = 124;

/// Vectors with many ties: every third one is the one before it.
fn store(code: Code) -> Embeddings {
    let mut dice = Dice::new(0x1DE);
    let mut store = Embeddings::new(DIM);
    let mut base = 0;
    for count in CELLS {
        let mut rows: Vec<f32> = Vec::new();
        for row in 0..count as usize {
            let fresh: Vec<f32> = (0..DIM).map(|_| dice.signed()).collect();
            let twin = row.checked_sub(1).filter(|_| row % 3 == 2).map(|before| rows[before * DIM..][..DIM].to_vec());
            rows.extend(twin.unwrap_or(fresh));
        }
        let centroid = CentroidCode::of(&rows[..DIM], 0.0).decoded();
        let header = Header { kind: ShardKind::Vec, epoch: Epoch(1), model: Model(1), cell: 0, base, count };
        let (codes, scales) = codes::encode(code, Metric::Dot, &centroid, &rows);
        let mut shard = ShardWriter::new(header).section(SectionKind::Codes, 0, count, codes);
        if let Some(scales) = scales {
            shard = shard.section(SectionKind::Scales, 0, count, scales);
        }
        let bytes = AlignedBytes::copy_of(&shard.finish().expect("a small file"));
        let shard = Shard::open(bytes).expect("a valid shard");
        let codes = Codes::read(&shard, DIM, code, Metric::Dot).expect("valid codes").expect("codes");
        store.attach(base, count, CellVectors { centroid, codes });
        base += count;
    }
    store
}

/// Scores over decoded vectors, and how far an index may be from them: nothing for f16, the rounding of the query for the others.
fn scores(store: &Embeddings, code: Code, query: &[f32]) -> Vec<(f32, f32)> {
    let step = IntegerQuery::of(query).scale;
    let score = |item| {
        let vector = store.vector(Ordinal(item)).expect("an item of the store");
        let length: f32 = vector.iter().map(|x| x.abs()).sum();
        let tolerance = if code == Code::F16 { 0.0 } else { step * (length + 20.0) + 1e-5 };
        (kernel::dot(query, &vector), tolerance)
    };
    (0..ITEMS).map(score).collect()
}

/// What any search result must be, whatever the query.
fn check(found: &[Candidate], limit: usize, exclude: &ItemSet, scores: &[(f32, f32)]) {
    let allowed: Vec<u32> = (0..ITEMS).filter(|&item| !exclude.contains(Ordinal(item))).collect();
    assert_eq!(found.len(), limit.min(allowed.len()), "as many as are wanted and there");
    assert!(found.is_sorted_by(|a, b| rank_order(a, b).is_lt()), "in the total order, each once");
    for candidate in found {
        assert!(allowed.contains(&candidate.item.0), "{candidate:?} is excluded or does not exist");
        let (score, tolerance) = scores[candidate.item.place()];
        assert!((candidate.score - score).abs() <= tolerance, "{candidate:?} and {score}");
    }
    let worst = found.last().map_or(f32::INFINITY, |candidate| candidate.score);
    for item in allowed.into_iter().filter(|item| !found.iter().any(|c| c.item.0 == *item)).filter(|_| limit > 0) {
        let (score, tolerance) = scores[item as usize];
        assert!(score - tolerance <= worst, "item {item} of score {score} was left out");
    }
}

/// The tests of one index: `$make` makes it over a store of `$code`.
macro_rules! conforms {
    ($name:ident, $code:expr, $make:expr) => {
        mod $name {
            use super::*;

            fn search(store: &Embeddings, query: &[f32], limit: usize, exclude: &ItemSet) -> Vec<Candidate> {
                let make = $make;
                make(store).search(query, limit, &|item| !exclude.contains(item))
            }

            #[test]
            fn finds_what_brute_force_finds() {
                let (store, mut dice) = (store($code), Dice::new(0x5EA2C4));
                for _ in 0..40 {
                    let query: Vec<f32> = (0..DIM).map(|_| dice.signed()).collect();
                    let excluded = (0..dice.below(60)).map(|_| Ordinal(dice.below(140) as u32)).collect();
                    let scores = scores(&store, $code, &query);
                    for limit in [0, 1, 7, 123, 124, 125, 5000] {
                        check(&search(&store, &query, limit, &excluded), limit, &excluded, &scores);
                        let nothing = ItemSet::default();
                        check(&search(&store, &query, limit, &nothing), limit, &nothing, &scores);
                    }
                }
            }

            #[test]
            fn a_longer_list_begins_with_the_shorter() {
                let (store, mut dice) = (store($code), Dice::new(0xAB));
                let query: Vec<f32> = (0..DIM).map(|_| dice.signed()).collect();
                let all = search(&store, &query, ITEMS as usize, &ItemSet::default());
                for limit in 0..ITEMS as usize {
                    assert_eq!(search(&store, &query, limit, &ItemSet::default()), all[..limit]);
                }
            }

            #[test]
            fn ties_go_to_the_smaller_ordinal() {
                let store = store($code);
                let all = search(&store, &[0.0; DIM], 50, &ItemSet::default());
                let items: Vec<u32> = all.iter().map(|candidate| candidate.item.0).collect();
                assert_eq!(items, (0..50).collect::<Vec<_>>(), "a zero query ties with everything");
                let mut dice = Dice::new(0x71E);
                let query: Vec<f32> = (0..DIM).map(|_| dice.signed()).collect();
                let all = search(&store, &query, ITEMS as usize, &ItemSet::default());
                let place = |item| all.iter().position(|candidate| candidate.item == Ordinal(item));
                // Items 1 and 2 have the same vector, as have 4 and 5.
                assert_eq!(place(2), place(1).map(|place| place + 1));
                assert_eq!(place(5), place(4).map(|place| place + 1));
            }

            #[test]
            fn an_empty_store_has_no_neighbours() {
                assert_eq!(search(&Embeddings::new(DIM), &[1.0; DIM], 9, &ItemSet::default()), []);
            }

            #[test]
            fn not_a_number_is_not_an_answer() {
                for query in [[f32::NAN; DIM], [f32::INFINITY; DIM], [f32::MAX; DIM]] {
                    let found = search(&store($code), &query, 200, &ItemSet::default());
                    assert!(found.iter().all(|candidate| !candidate.score.is_nan()));
                    assert!(found.is_sorted_by(|a, b| rank_order(a, b).is_lt()));
                }
            }
        }
    };
}

conforms!(flat_over_f16, Code::F16, FlatIndex::new);
conforms!(flat_over_int8, Code::Int8, FlatIndex::new);
conforms!(flat_over_int4, Code::Int4, FlatIndex::new);
conforms!(flat_over_int2, Code::Int2, FlatIndex::new);
