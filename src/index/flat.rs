//! Exact scan of every attached row: the default index, and the definition of correct for the others.

use crate::candidate::{Admits, Candidate};
use crate::format::codes::Code;
use crate::ids::Ordinal;
use crate::index::VectorIndex;
use crate::kernel::{self, IntegerQuery};
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
        let integer = IntegerQuery::of(query);
        for segment in self.embeddings.segments() {
            let mut offer = |slot: usize, score: f32| {
                // The score first: few rows pass it, and only those are asked about.
                let item = Ordinal(segment.base + slot as u32);
                if top.admits(score) && admits(item) {
                    top.push(Candidate { item, score });
                }
            };
            let codes = &segment.part.codes;
            let (rows, scales) = (&codes.rows, &codes.scales);
            if codes.code == Code::F16 {
                kernel::scan_f16(query, rows.typed().unwrap_or_default(), offer);
                continue;
            }
            let offset = kernel::dot(query, &segment.part.centroid);
            if codes.code == Code::Int8 {
                let (rows, scales) = (rows.typed().unwrap_or_default(), scales.typed().unwrap_or_default());
                kernel::scan_int8(&integer, offset, rows, scales, &mut offer);
            } else {
                let scales = scales.typed().unwrap_or_default();
                kernel::scan_packed(&integer, codes.code.bits(), offset, rows, scales, &mut offer);
            }
        }
        top.into_sorted()
    }
}
