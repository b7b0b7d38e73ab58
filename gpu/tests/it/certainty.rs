//! What counts as certain, on lists made by hand: no adapter is needed.

use edge_recall::format::codes::Code;
use edge_recall_webgpu::certain::{Task, certain};
use edge_recall_webgpu::dispatch::Kept;

use crate::fixture::Vectors;

/// Row `r` scores `r` against the query 1.
fn judge(list: &[(f32, u32)], kept: usize, bound: f64, limit: usize) -> Result<Option<Vec<u32>>, String> {
    let rows = (0..8).map(|row| row as f32).collect();
    let store = Vectors { code: Code::F16, dim: 1, rows, cells: vec![8], ids: (0..8).collect() }.store();
    let task = Task { interests: vec![&[1.0]], bounds: vec![bound], found: None };
    let lists = [list.iter().map(|&(score, row)| Kept { score, row }).collect()];
    let found = certain(&store, &task, &lists, kept, limit)?;
    Ok(found.map(|list| list.iter().map(|candidate| candidate.item.0).collect()))
}

#[test]
fn an_answer_stands_where_nothing_left_out_can_reach_it() {
    let list = [(7.1, 7), (5.9, 6), (5.1, 5), (4.0, 4)];
    assert_eq!(judge(&list, 4, 0.5, 2), Ok(Some(vec![7, 6])));
    assert_eq!(judge(&list, 4, 0.5, 3), Ok(Some(vec![7, 6, 5])));
    assert_eq!(judge(&list, 4, 1.0, 3), Ok(None), "a row of score 5 may have been left out");
    assert_eq!(judge(&list, 4, 0.5, 4), Ok(None));
    assert_eq!(judge(&list, 5, 9.0, 4), Ok(Some(vec![7, 6, 5, 4])), "a list that is not full left nothing out");
    assert_eq!(judge(&list, 4, 0.5, 5), Ok(None), "too few");
}

#[test]
fn lists_that_no_scan_could_make_are_refused() {
    assert!(judge(&[(7.0, 7), (7.0, 7)], 4, 0.5, 1).is_err(), "a row twice");
    assert!(judge(&[(9.0, 8)], 4, 0.5, 1).is_err(), "a row that does not exist");
}
