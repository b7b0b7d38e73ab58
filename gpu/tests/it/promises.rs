//! What every index promises (`edge_recall::index`), held by this one: answers known by construction.

use edge_recall::format::codes::Code;
use edge_recall::index::VectorIndex;
use edge_recall_webgpu::Settings;

use crate::fixture::Vectors;
use crate::index_files::{FileParams, TOPICS, store};
use crate::index_promises::holds_exactly;
use crate::open;

/// Row `r` is `r` steps along the first axis: the order of any search is known without computing it.
fn ladder(code: Code) -> Vectors {
    let rows = (0..400).flat_map(|row| [row as f32 / 128.0, 0.0, 0.0]).collect();
    Vectors { code, dim: 3, rows, cells: vec![150, 250], ids: (0..400).collect() }
}

#[test]
fn a_ladder_is_climbed_from_its_top() {
    let Some(index) = open(ladder(Code::F16).store(), Settings::default()) else { return };
    let search = |query: [f32; 3], limit| {
        let found = index.search(&query, limit, &|_| true);
        found.iter().map(|candidate| (candidate.item.0, candidate.score)).collect::<Vec<_>>()
    };
    assert_eq!(search([1.0, 0.0, 0.0], 3), [(399, 399.0 / 128.0), (398, 398.0 / 128.0), (397, 397.0 / 128.0)]);
    assert_eq!(search([-2.0, 5.0, 5.0], 2), [(0, 0.0), (1, -2.0 / 128.0)]);
    assert_eq!(search([1.0, 0.0, 0.0], 400).len(), 400);
    assert_eq!(search([0.0; 3], 4), [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0)], "ties go to the smaller id");
    assert_eq!(search([1.0, 0.0, 0.0], 0), []);
    let even = index.search(&[1.0, 0.0, 0.0], 2, &|item| item.0 % 2 == 0);
    assert_eq!(even.iter().map(|candidate| candidate.item.0).collect::<Vec<_>>(), [398, 396]);
}

#[test]
fn a_longer_list_begins_with_the_shorter() {
    for code in [Code::F16, Code::Int8] {
        let Some(index) = open(ladder(code).store(), Settings::default()) else { return };
        let all = index.search(&[0.7, -0.2, 0.1], 400, &|_| true);
        for limit in [1, 10, 24, 31, 32, 33, 119, 228, 399] {
            assert_eq!(index.search(&[0.7, -0.2, 0.1], limit, &|_| true), all[..limit]);
        }
    }
}

#[test]
fn it_conforms_as_the_scan_and_the_cells_do() {
    for code in [Code::F16, Code::Int8] {
        let params = FileParams::plain(code, TOPICS);
        let Some(index) = open(store(&params), Settings::default()) else { return };
        holds_exactly(&store(&params), &|query, limit, exclude| {
            index.search(query, limit, &|item| !exclude.contains(item))
        });
    }
}
