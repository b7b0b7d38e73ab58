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
            // Few rows pass the score, and only those are asked about. Three closures, so that each is part of its loop.
            let offer = |top: &mut TopK, slot: usize, score: f32| {
                let item = Ordinal(segment.base + slot as u32);
                if admits(item) {
                    top.push(Candidate { item, score });
                }
            };
            let codes = &segment.part.codes;
            let (rows, scales) = (&codes.rows, &codes.scales);
            if codes.code == Code::F16 {
                kernel::scan_f16(query, rows.typed().unwrap_or_default(), |slot, score| {
                    if top.admits(score) {
                        offer(&mut top, slot, score);
                    }
                });
                continue;
            }
            let offset = kernel::dot(query, &segment.part.centroid);
            if codes.code == Code::Int8 {
                let (rows, scales) = (rows.typed().unwrap_or_default(), scales.typed().unwrap_or_default());
                kernel::scan_int8(&integer, offset, rows, scales, |slot, score| {
                    if top.admits(score) {
                        offer(&mut top, slot, score);
                    }
                });
            } else {
                let scales = scales.typed().unwrap_or_default();
                kernel::scan_packed(&integer, codes.code.bits(), offset, rows, scales, |slot, score| {
                    if top.admits(score) {
                        offer(&mut top, slot, score);
                    }
                });
            }
        }
        top.into_sorted()
    }
}
