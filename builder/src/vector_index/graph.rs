//! Index files with a graph over their rows. Owns how the graph is built, and that two builds make the same bytes; following its
//! links is the runtime's.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use edge_recall::format::graph::{MAX_WIDTH, check};
use edge_recall::kernel;
use instant_distance::{Builder, Hnsw, Point};
use serde::{Serialize, Serializer};

use super::kmeans::Cells;
use super::{IndexFile, IndexParams, partition_of, write};
use crate::model::ItemVectors;

/// From which number of rows on cells are the better choice: a build takes many minutes then, and searches find no more.
pub const MANY_ROWS: usize = 100_000;

/// Where the layers of a graph come from; any number would do.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a graph is built by. The third parameter of the paper, `M`, is 32: a constant of instant-distance.
#[derive(Clone, Copy, Debug)]
pub struct GraphParams {
    /// Rows that are held while the links of a new one are looked for (`efConstruction`).
    pub construction: usize,
    /// Rows that a search holds on its way (`ef`): it finds no more than these. At most 4,096.
    pub width: usize,
}

impl Default for GraphParams {
    fn default() -> GraphParams {
        GraphParams { construction: 100, width: 100 }
    }
}

/// Makes an index file of all rows with a graph over them; the id of a row is its place among `vectors`, and `names` names the
/// ids. Rows stand in the order of the graph, in one cell. `step` is called for every row that has got its links.
///
/// # Errors
/// Where the file would pass the 4 GiB that the format can say.
pub fn make_linked(
    vectors: &ItemVectors,
    names: Option<&[String]>,
    params: &IndexParams,
    graph: &GraphParams,
    step: &(dyn Fn() + Sync),
) -> Result<IndexFile> {
    let rows = vectors.rows.len() / vectors.dim.max(1);
    ensure!(rows > 0, "there are no vectors; give at least one");
    ensure!((1..=MAX_WIDTH as usize).contains(&graph.width), "a search holds 1 to {MAX_WIDTH} rows; give another --ef");
    let (links, order) = build(vectors, graph, step)?;
    check(&links, rows as u32).ok().context("the graph broke a rule of its own format; please report this")?;
    let partition = partition_of(&Cells::of_one(vectors, order.clone()));
    let bytes = write(vectors, names, params, &order, &partition, Some(links))?;
    Ok(IndexFile { bytes, cells: 1, probes: partition.probes })
}

/// The bytes of a graph, and the rows in its order.
fn build(vectors: &ItemVectors, graph: &GraphParams, step: &(dyn Fn() + Sync)) -> Result<(Vec<u8>, Vec<u32>)> {
    let dim = vectors.dim + 1;
    let augmented = augmented(vectors);
    let rows = augmented.len() / dim;
    let site = Site {
        places: (0..rows).map(|_| AtomicU32::new(0)).collect(),
        linked: (0..rows).map(|_| AtomicBool::new(false)).collect(),
        step,
    };
    let vertex = |(row, numbers)| Vertex { row, numbers, site: &site };
    let vertices: Vec<Vertex<'_>> = augmented.chunks_exact(dim).enumerate().map(vertex).collect();
    let settings = Builder::default().seed(SEED).ef_construction(graph.construction).ef_search(graph.width);
    // Two threads would link rows in another order every time.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    let (hnsw, places): (Hnsw<Vertex<'_>>, _) = alone.install(|| settings.build_hnsw(vertices));
    let mut order = vec![0u32; rows];
    for (row, place) in (0u32..).zip(places) {
        let place = place.into_inner();
        order[place as usize] = row;
        site.places[row as usize].store(place, Ordering::Relaxed);
    }
    Ok((postcard::to_allocvec(&hnsw).context("cannot encode the graph")?, order))
}

/// Vectors of equal length, whose products are those of the given ones with a query whose last number is zero: nearest is then
/// the same as of largest product (Bachrach et al. 2014, "Speeding up the Xbox recommender system", section 4.1). Rows of unit
/// length get a zero.
fn augmented(vectors: &ItemVectors) -> Vec<f32> {
    let square = |row: &[f32]| row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    let rows = || vectors.rows.chunks_exact(vectors.dim.max(1));
    let longest = rows().map(square).fold(0.0, f64::max);
    let mut all = Vec::with_capacity(vectors.rows.len() + vectors.rows.len() / vectors.dim.max(1));
    for row in rows() {
        all.extend_from_slice(row);
        all.push((longest - square(row)).max(0.0).sqrt() as f32);
    }
    all
}

/// What the rows of a graph share while it is built.
struct Site<'a> {
    /// Place of each row in the graph, known when it is built.
    places: Vec<AtomicU32>,
    /// Rows whose links are looked for, or found.
    linked: Vec<AtomicBool>,
    step: &'a (dyn Fn() + Sync),
}

/// A row as instant-distance knows it.
#[derive(Clone)]
struct Vertex<'a> {
    row: usize,
    numbers: &'a [f32],
    site: &'a Site<'a>,
}

impl Point for Vertex<'_> {
    /// Orders vectors of equal length as their Euclidean distance does.
    fn distance(&self, other: &Self) -> f32 {
        // A row is first asked for a distance when its turn has come.
        let linked = &self.site.linked[self.row];
        if !linked.load(Ordering::Relaxed) {
            linked.store(true, Ordering::Relaxed);
            (self.site.step)();
        }
        -kernel::dot(self.numbers, other.numbers)
    }
}

impl Serialize for Vertex<'_> {
    /// Its place in the graph alone: the vector stands in the file already.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(self.site.places[self.row].load(Ordering::Relaxed))
    }
}
