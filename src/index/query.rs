//! A query, prepared once for all rows of a code, and the scan of one cell. Owns the way from a code to its kernel; selects nothing.

use crate::format::codes::{Code, Rows};
use crate::kernel::{self, HalfQuery, Int8Query, IntegerQuery, PackedQuery};

/// Rows from which on most are dismissed without their exact score.
const MANY: usize = 4096;

/// A query as the rows of one code want it.
pub enum PreparedQuery<'a> {
    /// For half-precision rows.
    Half(HalfQuery<'a>),
    /// For 8-bit rows.
    Integer(Int8Query),
    /// For packed rows.
    Packed(PackedQuery),
}

impl<'a> PreparedQuery<'a> {
    /// Prepares `query` for about this many rows of `code`.
    pub fn of(query: &'a [f32], code: Code, rows: usize) -> PreparedQuery<'a> {
        match code {
            Code::F16 => PreparedQuery::Half(HalfQuery::of(query)),
            Code::Int8 if rows >= MANY => PreparedQuery::Integer(Int8Query::of_many(IntegerQuery::of(query))),
            Code::Int8 => PreparedQuery::Integer(Int8Query::of(IntegerQuery::of(query))),
            Code::Int4 | Code::Int2 => PreparedQuery::Packed(PackedQuery::of(&IntegerQuery::of(query), code.bits())),
        }
    }

    /// Calls `visit(row, score)`, in order, for the rows whose score is at least `floor`, and takes the next floor from it.
    /// `offset` is the query's product with the centroid that the rows are residuals to; half-precision rows have none.
    #[inline(always)]
    pub fn scan(&self, rows: Rows<'_>, offset: f32, floor: f32, visit: impl FnMut(usize, f32) -> f32) {
        match (self, rows) {
            (PreparedQuery::Half(query), Rows::F16(rows)) => kernel::scan_f16(query, rows, floor, visit),
            (PreparedQuery::Integer(query), Rows::Int8(rows, scales)) => {
                kernel::scan_int8(query, offset, rows, scales, floor, visit);
            }
            (PreparedQuery::Packed(query), Rows::Packed(rows, scales)) => {
                kernel::scan_packed(query, offset, rows, scales, floor, visit);
            }
            _ => {}
        }
    }
}
