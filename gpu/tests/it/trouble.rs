//! Without a usable GPU the exact scan answers, and the stats say why.

use edge_recall::format::codes::Code;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::ExactScan;
use edge_recall_webgpu::{GpuIndex, Settings};

use crate::fixture::Vectors;
use crate::open;

fn small(code: Code) -> Vectors {
    let rows = (0..300u32).flat_map(|row| [1.0, (row * 37 % 300) as f32 / 300.0]).collect();
    Vectors { code, dim: 2, rows, cells: vec![300], ids: (0..300).collect() }
}

#[test]
fn a_device_that_is_lost_costs_speed_and_nothing_else() {
    let Some(index) = open(small(Code::F16).store(), Settings::default()) else { return };
    let exact = ExactScan(index.store()).search(&[0.3, 0.8], 7, &|_| true);
    assert_eq!(index.search(&[0.3, 0.8], 7, &|_| true), exact);
    index.lose();
    assert_eq!(index.search(&[0.3, 0.8], 7, &|_| true), exact);
    let stats = index.stats();
    assert_eq!(stats.engine, "simd");
    assert!(stats.reason.is_some_and(|reason| !reason.is_empty()));
    assert_eq!(index.search(&[0.3, 0.8], 7, &|_| true), exact);
}

#[test]
fn packed_rows_stay_on_the_processor() {
    let index = pollster::block_on(GpuIndex::open(small(Code::Int4).store(), Settings::default()));
    let stats = index.stats();
    assert_eq!(stats.engine, "simd");
    assert!(stats.reason.is_some_and(|reason| reason.contains("int4")));
    let exact = ExactScan(index.store()).search(&[0.3, 0.8], 7, &|_| true);
    assert_eq!(index.search(&[0.3, 0.8], 7, &|_| true), exact);
}
