//! Graphs for tests, built as the builder builds them: by instant-distance, on vectors of equal length.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use edge_recall::kernel;
use instant_distance::{Builder, Point};
use serde::{Serialize, Serializer};

use crate::index_files::{DIM, clustered};

/// Rows that a search holds on its way.
pub const WIDTH: usize = 120;

#[derive(Clone)]
struct Vertex {
    numbers: Vec<f32>,
    place: Arc<AtomicU32>,
}

impl Point for Vertex {
    fn distance(&self, other: &Self) -> f32 {
        -kernel::dot(&self.numbers, &other.numbers)
    }
}

impl Serialize for Vertex {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.place.load(Ordering::Relaxed))
    }
}

/// Links over the rows of [`clustered`], and the rows in the order of the graph; made once.
pub fn linked() -> (&'static [u8], &'static [u32]) {
    static GRAPH: OnceLock<(Vec<u8>, Vec<u32>)> = OnceLock::new();
    let (links, order) = GRAPH.get_or_init(|| build(&clustered()));
    (links, order)
}

fn build(rows: &[f32]) -> (Vec<u8>, Vec<u32>) {
    let square = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>();
    let longest = rows.chunks_exact(DIM).map(square).fold(0.0, f32::max);
    let vertex = |row: &[f32]| {
        let augmented = (longest - square(row)).max(0.0).sqrt();
        Vertex { numbers: [row, &[augmented]].concat(), place: Arc::default() }
    };
    let vertices: Vec<Vertex> = rows.chunks_exact(DIM).map(vertex).collect();
    let settings = Builder::default().seed(7).ef_construction(60).ef_search(WIDTH);
    let (hnsw, places) = settings.build_hnsw(vertices.clone());
    let mut order = vec![0; vertices.len()];
    for (row, (vertex, place)) in vertices.iter().zip(places).enumerate() {
        vertex.place.store(place.into_inner(), Ordering::Relaxed);
        order[place.into_inner() as usize] = row as u32;
    }
    (postcard::to_allocvec(&hnsw).expect("a small graph"), order)
}
