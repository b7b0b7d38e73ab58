//! Ids and scores of the GPU search are the exact scan's, to the bit: random vectors, both codes, every shape.

use edge_recall::candidate::{Candidate, ItemSet};
use edge_recall::format::codes::Code;
use edge_recall::ids::Ordinal;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::ExactScan;
use edge_recall_webgpu::{GpuIndex, Settings};

use crate::dice::Dice;
use crate::fixture::Vectors;
use crate::open;

/// Random vectors in uneven cells with ids that are no row numbers.
fn vectors(code: Code, rows: usize, dim: usize, seed: u64) -> Vectors {
    let mut dice = Dice::new(seed);
    let mut cells = Vec::new();
    let mut left = rows;
    while left > 0 {
        let size = (1 + dice.below(300)).min(left);
        cells.push(size);
        left -= size;
    }
    let numbers = (0..rows * dim).map(|_| dice.signed()).collect();
    Vectors { code, dim, rows: numbers, cells, ids: (0..rows as u32).rev().map(|row| row * 3 + 1).collect() }
}

fn queries(count: usize, dim: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut dice = Dice::new(seed);
    (0..count).map(|_| (0..dim).map(|_| dice.signed()).collect()).collect()
}

/// Bits tell more than `==`: negative zero, for one.
fn bits(found: &[Candidate]) -> Vec<(u32, u32)> {
    found.iter().map(|candidate| (candidate.item.0, candidate.score.to_bits())).collect()
}

/// Searches for all queries at once and compares each answer.
fn compare(index: &GpuIndex, queries: &[Vec<f32>], limit: usize, excluded: Option<&ItemSet>) {
    let admits = |item: Ordinal| excluded.is_none_or(|items| !items.contains(item));
    let slices: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
    let some = excluded.map(|_| &admits as &dyn Fn(Ordinal) -> bool);
    let found = pollster::block_on(index.search_all(&slices, limit, some));
    assert_eq!(found.len(), queries.len());
    for (found, query) in found.iter().zip(queries) {
        let exact = ExactScan(index.store()).search(query, limit, &admits);
        assert_eq!(bits(found), bits(&exact), "limit {limit}");
    }
    assert_eq!(index.stats().engine, "webgpu", "{:?}", index.stats());
}

#[test]
fn one_three_a_hundred_and_257_queries() {
    for code in [Code::F16, Code::Int8] {
        let Some(index) = open(vectors(code, 1500, 19, 0x6E0).store(), Settings::default()) else { return };
        for count in [1, 3, 100, 257] {
            compare(&index, &queries(count, 19, count as u64), 10, None);
        }
        let stats = index.stats();
        assert_eq!((stats.widened, stats.fallbacks), (0, 0), "the margin is enough for ordinary vectors");
    }
}

#[test]
fn every_size_and_dimension() {
    for code in [Code::F16, Code::Int8] {
        for (rows, dim) in [(1, 1), (63, 4), (256, 7), (257, 64), (1025, 5), (300, 512)] {
            let Some(index) = open(vectors(code, rows, dim, 0xD1).store(), Settings::default()) else { return };
            for limit in [7, rows + 5] {
                compare(&index, &queries(2, dim, 7), limit, None);
            }
        }
    }
}

#[test]
fn every_length_of_list() {
    for code in [Code::F16, Code::Int8] {
        let Some(index) = open(vectors(code, 2000, 16, 0x11).store(), Settings::default()) else { return };
        for limit in [0, 1, 24, 25, 113, 228] {
            compare(&index, &queries(5, 16, limit as u64), limit, None);
        }
        assert_eq!(index.stats().fallbacks, 0);
        compare(&index, &queries(2, 16, 1), 1000, None);
        assert_eq!(index.stats().fallbacks, 2, "lists on the GPU are not as long");
    }
}

#[test]
fn rows_in_several_buffers_and_little_workgroup_memory() {
    for code in [Code::F16, Code::Int8] {
        let settings = Settings { buffer_bytes: Some(40_000), modest: true };
        let Some(index) = open(vectors(code, 5000, 24, 0xB0F).store(), settings) else { return };
        for (count, limit) in [(1, 10), (12, 10), (40, 90)] {
            compare(&index, &queries(count, 24, 5), limit, None);
        }
    }
}

#[test]
fn what_is_excluded_is_not_found() {
    for code in [Code::F16, Code::Int8] {
        let made = vectors(code, 1500, 12, 0xE8C);
        let ids = made.ids.clone();
        let Some(index) = open(made.store(), Settings::default()) else { return };
        let asked = queries(9, 12, 3);
        // The best of all, half of all, all but three, all.
        let best = ExactScan(index.store()).search(&asked[0], 40, &|_| true);
        compare(&index, &asked, 10, Some(&best.iter().map(|candidate| candidate.item).collect()));
        for keep in [2, 500, 1501] {
            let excluded = ids.iter().enumerate().filter(|(row, _)| row % keep != 0).map(|(_, &id)| Ordinal(id));
            compare(&index, &asked, 10, Some(&excluded.collect()));
        }
        compare(&index, &asked, 10, Some(&ids.iter().map(|&id| Ordinal(id)).collect()));
        assert_eq!(index.stats().fallbacks, 0);
    }
}

#[test]
fn ties_beyond_every_list_are_left_to_the_exact_scan() {
    for code in [Code::F16, Code::Int8] {
        let mut made = vectors(code, 900, 8, 0x71E);
        let first = made.rows[..8].to_vec();
        made.rows = first.repeat(900);
        made.cells = vec![900];
        let Some(index) = open(made.store(), Settings::default()) else { return };
        compare(&index, &queries(3, 8, 1), 10, None);
        let stats = index.stats();
        assert_eq!((stats.widened, stats.fallbacks), (6, 3), "two longer lists for each, then the scan");
    }
}

#[test]
fn ties_within_the_margin_need_no_second_look() {
    for code in [Code::F16, Code::Int8] {
        let mut made = vectors(code, 1000, 8, 0x71F);
        for row in (0..1000).filter(|row| row % 3 == 2) {
            made.rows.copy_within((row - 1) * 8..row * 8, row * 8);
        }
        made.cells = vec![1000];
        let Some(index) = open(made.store(), Settings::default()) else { return };
        compare(&index, &queries(20, 8, 2), 9, None);
        assert_eq!(index.stats().fallbacks, 0);
    }
}

#[test]
fn several_interests_are_one_query() {
    for code in [Code::F16, Code::Int8] {
        let Some(index) = open(vectors(code, 2000, 20, 0x5EE).store(), Settings::default()) else { return };
        compare(&index, &queries(7, 60, 4), 12, None);
        assert_eq!(index.stats().fallbacks, 0);
    }
}

#[test]
fn numbers_at_the_edge() {
    for code in [Code::F16, Code::Int8] {
        let mut made = vectors(code, 600, 8, 0xED6);
        for (place, x) in made.rows.iter_mut().enumerate() {
            // Halves that are not normal, the largest ones, and both zeros.
            *x = [*x, *x * 6e-5, *x * 6e-8, 65504.0 * *x, 0.0, -0.0][place % 6];
        }
        let Some(index) = open(made.store(), Settings::default()) else { return };
        for factor in [0.0, 1e-40, 1e-30, 1.0, 1e20, 1e35, f32::INFINITY, f32::NAN] {
            let mut asked = queries(3, 8, 9);
            asked.iter_mut().flatten().for_each(|x| *x *= factor);
            compare(&index, &asked, 10, None);
        }
    }
}
