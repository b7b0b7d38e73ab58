//! Exact scan of every attached row: the default index, and the definition of correct for the others.

use crate::candidate::{Admits, Candidate};
use crate::format::codes::Rows;
use crate::ids::Ordinal;
use crate::index::VectorIndex;
use crate::kernel::{self, HalfQuery, Int8Query, IntegerQuery, PackedQuery};
use crate::store::embeddings::Embeddings;
use crate::topk::TopK;

/// The flat index over a store of embeddings.
pub struct FlatIndex<'a> {
    embeddings: &'a Embeddings,
}

impl<'a> FlatIndex<'a> {
    /// An index over all cells that are attached.
    pub fn new(embeddings: &'a Embeddings) -> FlatIndex<'a> {
        FlatIndex { embeddings }
    }
}

impl VectorIndex for FlatIndex<'_> {
    fn search(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Vec<Candidate> {
        let mut top = TopK::new(limit);
        let int8 = Int8Query::of(IntegerQuery::of(query));
        for segment in self.embeddings.segments() {
            let codes = &segment.part.codes;
            let offset = kernel::dot(query, &segment.part.centroid);
            let floor = top.floor();
            // Few rows reach the floor, and only those are asked about.
            let offer = |slot: usize, score: f32| {
                let item = Ordinal(segment.base + slot as u32);
                if admits(item) {
                    top.push(Candidate { item, score });
                }
                top.floor()
            };
            match codes.span(query.len(), 0, segment.count as usize) {
                Rows::F16(rows) => kernel::scan_f16(&HalfQuery::of(query), rows, floor, offer),
                Rows::Int8(rows, scales) => kernel::scan_int8(&int8, offset, rows, scales, floor, offer),
                Rows::Packed(rows, scales) => {
                    let packed = PackedQuery::of(int8.integer(), codes.code.bits());
                    kernel::scan_packed(&packed, offset, rows, scales, floor, offer);
                }
            }
        }
        top.into_sorted()
    }
}
