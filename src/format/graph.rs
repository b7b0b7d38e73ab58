//! Section `graph` (docs/FORMAT.md 5.19): links between the rows of an index. Owns the walk that finds every number of it in its
//! bounds, before anything is decoded or allocated; `index::hnsw` decodes and follows the links.

use crate::error::{FormatError, Part};
use crate::format::bytes::Reader;

/// Links of a row on the lowest layer; half as many on each layer above. A constant of instant-distance: twice its `M`.
pub const LINKS: usize = 64;
/// The most rows that a search may hold on its way.
pub const MAX_WIDTH: u32 = 4_096;
/// The most layers above the lowest one. Each has about 2/7 of the rows of the one below.
pub const MAX_LAYERS: u32 = 32;
/// Stands where a row has no further link.
pub const NO_LINK: u32 = u32::MAX;

/// Checks the links of `rows` rows, and returns how many rows a search holds on its way (`ef`). Costs no memory.
///
/// What it accepts, instant-distance 0.6.1 can follow without leaving its tables: a search comes to a layer with rows of the layer
/// above, so no layer may have more rows than the one below it, and no link may lead out of its layer.
pub fn check(bytes: &[u8], rows: u32) -> Result<usize, FormatError> {
    let mut reader = Reader::new(bytes, Part::Graph);
    let width = reader.varint();
    reader.check((1..=MAX_WIDTH).contains(&width), &"a search of no width, or of more than 4096");
    let points = reader.varint();
    reader.check(points == rows, &"another number of points than the index has rows");
    for row in 0..points {
        if !reader.is_well() {
            break;
        }
        let point = reader.varint();
        reader.check(point == row, &"a point stands in another place than its row");
    }
    let zero = reader.varint();
    reader.check(zero == rows, &"another number of linked rows than the index has");
    nodes(&mut reader, rows, LINKS);
    let layers = reader.varint();
    reader.check(layers <= MAX_LAYERS, &"more layers than rows could need");
    let mut below = rows;
    for _ in 0..layers {
        if !reader.is_well() {
            break;
        }
        let count = reader.varint();
        reader.check(count > 0 && count <= below, &"a layer is empty or larger than the one below it");
        nodes(&mut reader, count, LINKS / 2);
        below = count;
    }
    reader.finish()?;
    Ok(width as usize)
}

/// Walks the links of one layer.
fn nodes(reader: &mut Reader<'_>, count: u32, links: usize) {
    for _ in 0..count {
        if !reader.is_well() {
            return;
        }
        for _ in 0..links {
            let link = reader.varint();
            reader.check(link < count || link == NO_LINK, &"a link leads out of its layer");
        }
    }
}
