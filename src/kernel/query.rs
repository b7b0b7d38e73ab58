//! Queries as rows of each code want them, prepared once for all rows. Owns the quantisation of a query; multiplies nothing.

use super::{blocks, chosen};
use crate::listed::Listed;
use crate::numeric::from_f16;

/// A query quantised to 16-bit integers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntegerQuery {
    /// One code a dimension.
    pub codes: Vec<i16>,
    /// Factor that restores the coordinates.
    pub scale: f32,
}

impl IntegerQuery {
    /// Quantises `query` by its largest magnitude. A zero or non-finite query becomes zero.
    pub fn of(query: &[f32]) -> IntegerQuery {
        let top = query.iter().fold(0f32, |top, x| top.max(x.abs()));
        let scale = top / 32767.0;
        if scale > 0.0 && scale.is_finite() {
            IntegerQuery { codes: query.iter().map(|x| (x / scale).round() as i16).listed(), scale }
        } else {
            IntegerQuery { codes: vec![0; query.len()], scale: 0.0 }
        }
    }
}

/// A query as half-precision rows want it.
pub struct HalfQuery<'a> {
    pub(super) vector: &'a [f32],
    /// For blocks of rows, where the query is in their range.
    pub(super) lifted: Option<blocks::Lifted>,
}

impl HalfQuery<'_> {
    /// A query for rows in half precision.
    pub fn of(query: &[f32]) -> HalfQuery<'_> {
        HalfQuery { vector: query, lifted: blocks::Lifted::of(query) }
    }

    /// Score of one row.
    #[cfg_attr(all(target_arch = "wasm32", feature = "search"), inline(never))]
    #[cfg_attr(not(all(target_arch = "wasm32", feature = "search")), inline(always))]
    pub(super) fn score(&self, row: &[u16]) -> f32 {
        match &self.lifted {
            Some(lifted) => lifted.dot(row),
            None => chosen::dot_f16(self.vector, row),
        }
    }
}

/// A query as 8-bit rows want it.
pub struct Int8Query {
    integer: IntegerQuery,
    /// What tells most rows from the best without their exact products; only where many rows are scored is it worth its making.
    #[allow(dead_code, reason = "only vectors make use of it")]
    pub(super) bound: Option<blocks::Bound>,
}

impl Int8Query {
    /// A query for 8-bit rows.
    pub fn of(query: IntegerQuery) -> Int8Query {
        Int8Query { bound: None, integer: query }
    }

    /// As [`Int8Query::of`], for thousands of rows, of which few are wanted.
    pub fn of_many(query: IntegerQuery) -> Int8Query {
        Int8Query { bound: blocks::Bound::of(&query.codes), integer: query }
    }

    /// Its codes.
    #[inline(always)]
    pub fn integer(&self) -> &IntegerQuery {
        &self.integer
    }

    /// Score of one row, without an offset.
    #[cfg_attr(all(target_arch = "wasm32", feature = "search"), inline(never))]
    #[cfg_attr(not(all(target_arch = "wasm32", feature = "search")), inline(always))]
    pub(super) fn score(&self, row: &[i8], scale: f32) -> f32 {
        (self.integer.scale * scale) * chosen::dot_int8(&self.integer.codes, row) as f32
    }
}

/// A query as packed rows want it: its codes in as many parts as a byte has.
pub struct PackedQuery {
    pub(super) codes: Vec<i16>,
    pub(super) scale: f32,
    pub(super) bits: u32,
    /// Bytes of a row, at least 1.
    pub(super) bytes: usize,
    /// What every row has too much: a code `c` stands for the level `2 c - (2^b - 1)`, and the second part is the same for all.
    pub(super) bias: i32,
    /// The codes in the order in which blocks of rows take them.
    pub(super) spread: Option<blocks::Spread>,
}

impl PackedQuery {
    /// A query for rows of `bits` bits, 4 or 2.
    pub fn of(query: &IntegerQuery, bits: u32) -> PackedQuery {
        let bytes = (query.codes.len() * bits as usize).div_ceil(8).max(1);
        let mut codes = query.codes.clone();
        codes.resize(bytes * (8 / bits) as usize, 0);
        let bias = ((1 << bits) - 1) * codes.iter().map(|&q| i32::from(q)).sum::<i32>();
        let spread = blocks::Spread::of(&codes, bits);
        PackedQuery { codes, scale: query.scale, bits, bytes, bias, spread }
    }

    /// Score of one row, without an offset.
    #[cfg_attr(all(target_arch = "wasm32", feature = "search"), inline(never))]
    #[cfg_attr(not(all(target_arch = "wasm32", feature = "search")), inline(always))]
    pub(super) fn score(&self, row: &[u8], scale: u16) -> f32 {
        let product = 2 * chosen::dot_packed(&self.codes, row, self.bits) - self.bias;
        (self.scale * from_f16(scale)) * product as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_keep_their_direction() {
        let query = IntegerQuery::of(&[0.5, -1.0, 0.0]);
        assert_eq!(query.codes, [16384, -32767, 0]);
        assert_eq!(IntegerQuery::of(&[0.0; 3]).codes, [0; 3]);
        assert_eq!(IntegerQuery::of(&[f32::INFINITY, 1.0]).scale, 0.0);
    }
}
