//! Owns how rows and queries lie in the words that the shader reads. Pure; knows no device.

use edge_recall::format::codes::{Code, Rows};
use edge_recall::kernel::IntegerQuery;
use edge_recall::store::vectors::VectorStore;

use crate::shader::{GROUP, LANES};

/// Words of a row on the GPU, an even number; `None` for the codes that are not kept there.
pub fn row_words(code: Code, dim: usize) -> Option<usize> {
    match code {
        Code::F16 => Some(dim.div_ceil(4) * 2),
        // Two more for scale and cell.
        Code::Int8 => Some(dim.div_ceil(8) * 2 + 2),
        Code::Int4 | Code::Int2 => None,
    }
}

/// Appends the rows of one group, by the finest code, as `scan.wgsl` describes them; rows that do not exist are zero.
pub fn put_group(to: &mut Vec<u32>, store: &VectorStore, group: usize, words: usize) {
    let start = to.len();
    to.resize(start + words * GROUP, 0);
    let target = &mut to[start..];
    let first = group * GROUP;
    let mut cell = store.cell_of(first);
    for (place, row) in (first..store.rows().min(first + GROUP)).enumerate() {
        while store.cell(cell).end <= row {
            cell += 1;
        }
        // Word `w` of row `4 lane + part` of the group.
        let (lane, part) = (place / 4, place % 4);
        let mut put = |word: usize, value: u32| target[(word * LANES + lane) * 4 + part] = value;
        match store.finest_span(row..row + 1) {
            Rows::F16(halves) => {
                for (word, pair) in halves.chunks(2).enumerate() {
                    put(word, pair.iter().rev().fold(0, |word, &half| word << 16 | u32::from(half)));
                }
            }
            Rows::Int8(codes, scales) => {
                for (word, four) in codes.chunks(4).enumerate() {
                    put(word, four.iter().rev().fold(0, |word, &code| word << 8 | u32::from(code.cast_unsigned())));
                }
                put(words - 2, scales.first().copied().unwrap_or_default().to_bits());
                put(words - 1, cell as u32);
            }
            Rows::Packed(..) => {}
        }
    }
}

/// Packs queries of `dim` numbers for f16 rows, `many` to a workgroup: for each block, four coordinates of each query after
/// one another. Queries that fill the last block are zero.
pub fn float_queries(queries: &[&[f32]], dim: usize, many: usize) -> Vec<u32> {
    let mut words = Vec::with_capacity(queries.len().next_multiple_of(many) * dim.next_multiple_of(4));
    for block in queries.chunks(many) {
        for start in (0..dim).step_by(4) {
            for place in 0..many {
                let query = block.get(place).copied().unwrap_or_default();
                let number = |at: usize| query.get(start + at).copied().unwrap_or_default();
                words.extend([0, 1, 2, 3].map(|at| number(at).to_bits()));
            }
        }
    }
    words
}

/// As [`float_queries`] for int8 rows: high and low bytes of four coordinates, then of the next four. A coordinate is
/// `256 high + (low - 128) + 128`, so that both parts are signed bytes.
pub fn integer_queries(queries: &[IntegerQuery], dim: usize, many: usize) -> Vec<u32> {
    let mut words = Vec::with_capacity(queries.len().next_multiple_of(many) * dim.next_multiple_of(8) / 2);
    for block in queries.chunks(many) {
        for start in (0..dim).step_by(8) {
            for place in 0..many {
                let codes = block.get(place).map(|query| query.codes.as_slice()).unwrap_or_default();
                let number = |at: usize| codes.get(start + at).copied().unwrap_or_default();
                for half in [0, 4] {
                    let bytes =
                        |part: fn(i16) -> u8| u32::from_le_bytes([0, 1, 2, 3].map(|at| part(number(half + at))));
                    words.push(bytes(|code| (code >> 8) as u8));
                    words.push(bytes(|code| (code as u8) ^ 0x80));
                }
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_come_back_from_two_signed_bytes() {
        for code in [i16::MIN + 1, -32640, -129, -128, -1, 0, 1, 127, 128, 255, 256, 32639, 32640, 32767] {
            let words = integer_queries(&[IntegerQuery { codes: vec![code], scale: 1.0 }], 1, 4);
            assert_eq!(words.len(), 16, "four queries of eight coordinates");
            let (high, low) = (words[0] as u8 as i8, words[1] as u8 as i8);
            assert_eq!(256 * i32::from(high) + i32::from(low) + 128, i32::from(code));
        }
    }

    #[test]
    fn queries_stand_beside_each_other_in_steps_of_four_coordinates() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0; 5]);
        let words = float_queries(&[&a, &b], 5, 4);
        let floats: Vec<f32> = words.into_iter().map(f32::from_bits).collect();
        let mut expected = vec![1.0, 2.0, 3.0, 4.0, 6.0, 6.0, 6.0, 6.0];
        expected.resize(16, 0.0);
        expected.extend([5.0, 0.0, 0.0, 0.0, 6.0]);
        expected.resize(32, 0.0);
        assert_eq!(floats, expected);
    }
}
