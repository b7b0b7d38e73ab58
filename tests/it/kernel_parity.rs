//! The kernels that this build chose, against the scalar reference to the bit, and both against plain arithmetic.
//!
//! Natively the chosen kernel is the scalar one. Vectors run in wasm only: `tests/packaging/node.test.mjs` holds the SIMD artefact
//! of the core against the baseline artefact and against the native answer, `search.test.mjs` the three of search against each other.

use edge_recall::format::codes::packed_level;
use edge_recall::kernel::{self, HalfQuery, Int8Query, IntegerQuery, PackedQuery, scalar};
use edge_recall::numeric::from_f16;

use crate::dice::Dice;

/// Every length that has another number of whole steps or leftovers, and the largest dimension.
fn lengths() -> impl Iterator<Item = usize> {
    (0..=257).chain([511, 512])
}

/// Value of a finite half-precision number, from its definition.
fn half_value(half: u16) -> f64 {
    let (exponent, fraction) = (i32::from(half >> 10 & 31), f64::from(half & 1023));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if half & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// A finite half of any size.
fn any_half(dice: &mut Dice) -> u16 {
    let half = dice.word() as u16;
    if half & 0x7C00 == 0x7C00 { half & 0x83FF } else { half }
}

/// The sum is within what rounding may do to this many additions.
fn near(found: f32, products: impl Iterator<Item = f64> + Clone, length: usize) -> bool {
    let bound = f64::from(f32::EPSILON) * (length + 2) as f64 * products.clone().map(f64::abs).sum::<f64>();
    (f64::from(found) - products.sum::<f64>()).abs() <= bound + f64::from(f32::MIN_POSITIVE)
}

/// What a scan without a floor visits.
fn every(scan: impl FnOnce(&mut dyn FnMut(usize, f32) -> f32)) -> Vec<(usize, f32)> {
    let mut found = Vec::new();
    scan(&mut |row, score| {
        found.push((row, score));
        f32::NEG_INFINITY
    });
    found
}

#[test]
fn halves_have_their_values() {
    for half in (0..=u16::MAX).filter(|half| half & 0x7C00 != 0x7C00) {
        assert_eq!(f64::from(from_f16(half)), half_value(half), "{half:#06x}");
    }
}

#[test]
fn float_products() {
    let mut dice = Dice::new(0xF10A7);
    for length in lengths() {
        let [a, b]: [Vec<f32>; 2] = [0, 1].map(|_| (0..length).map(|_| dice.signed()).collect());
        let found = kernel::dot(&a, &b);
        assert_eq!(found.to_bits(), scalar::dot(&a, &b).to_bits(), "length {length}");
        let products = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y));
        assert!(near(found, products, length), "length {length}: {found}");
    }
}

#[test]
fn half_precision_rows() {
    let mut dice = Dice::new(0xF16);
    for length in lengths().skip(1) {
        let query: Vec<f32> = (0..length).map(|_| dice.signed()).collect();
        let rows: Vec<u16> = (0..3 * length).map(|_| any_half(&mut dice)).collect();
        let found = every(|see| kernel::scan_f16(&HalfQuery::of(&query), &rows, f32::NEG_INFINITY, see));
        assert_eq!(found.len(), 3);
        for (place, (row, score)) in found.into_iter().enumerate() {
            let own = &rows[place * length..][..length];
            assert_eq!((row, score.to_bits()), (place, scalar::dot_f16(&query, own).to_bits()), "length {length}");
            let decoded: Vec<f32> = own.iter().map(|&half| from_f16(half)).collect();
            assert_eq!(score.to_bits(), kernel::dot(&query, &decoded).to_bits(), "the order of additions is one");
            let products = query.iter().zip(own).map(|(x, &y)| f64::from(*x) * half_value(y));
            assert!(near(score, products, length), "length {length}: {score}");
        }
    }
}

#[test]
fn int8_rows() {
    let mut dice = Dice::new(0x18);
    for length in lengths().skip(1) {
        let query = IntegerQuery { codes: (0..length).map(|_| dice.word() as i16).collect(), scale: 0.25 };
        // A block of rows that are scored together, and three that are left over.
        let rows: Vec<i8> = (0..7 * length).map(|_| dice.word() as i8).collect();
        let scales = [0.5, 0.0, dice.signed().abs(), 1.0, 0.25, dice.signed().abs(), 0.0];
        let found =
            every(|see| kernel::scan_int8(&Int8Query::of(query.clone()), 1.5, &rows, &scales, f32::NEG_INFINITY, see));
        assert_eq!(found.len(), 7);
        for (place, (row, score)) in found.into_iter().enumerate() {
            let own = &rows[place * length..][..length];
            let exact: i64 = query.codes.iter().zip(own).map(|(&q, &r)| i64::from(q) * i64::from(r)).sum();
            assert_eq!(i64::from(scalar::dot_int8(&query.codes, own)), exact, "length {length}");
            let expected = 1.5 + (query.scale * scales[place]) * exact as f32;
            assert_eq!((row, score.to_bits()), (place, expected.to_bits()), "length {length}");
        }
    }
}

/// Rows of `length` dimensions in codes of `bits` bits, as docs/FORMAT.md 5.6 lays them out: part `p` of the dimensions in
/// the bits `p b` to `(p + 1) b` of the bytes. Also gives the levels.
fn packed(dice: &mut Dice, bits: u32, length: usize) -> (Vec<u8>, Vec<i64>) {
    let bytes = (length * bits as usize).div_ceil(8);
    let (mut row, mut levels) = (vec![0u8; bytes], Vec::new());
    for place in 0..length {
        let code = dice.below(1 << bits) as u8;
        row[place % bytes] |= code << (bits * (place / bytes) as u32);
        levels.push(2 * i64::from(code) - ((1 << bits) - 1));
    }
    (row, levels)
}

#[test]
fn packed_rows() {
    let mut dice = Dice::new(0x42);
    for (bits, length) in lengths().skip(1).flat_map(|length| [(4, length), (2, length)]) {
        let query = IntegerQuery { codes: (0..length).map(|_| dice.word() as i16).collect(), scale: 0.25 };
        let (rows, levels): (Vec<_>, Vec<_>) = (0..3).map(|_| packed(&mut dice, bits, length)).unzip();
        let scales = [0x3800, 0, any_half(&mut dice) & 0x7FFF];
        let packed = PackedQuery::of(&query, bits);
        let found = every(|see| kernel::scan_packed(&packed, 1.5, &rows.concat(), &scales, f32::NEG_INFINITY, see));
        assert_eq!(found.len(), 3);
        for (place, (row, score)) in found.into_iter().enumerate() {
            let own = &levels[place];
            let exact: i64 = query.codes.iter().zip(own).map(|(&q, &level)| i64::from(q) * level).sum();
            let expected = 1.5 + (query.scale * from_f16(scales[place])) * exact as f32;
            assert_eq!((row, score.to_bits()), (place, expected.to_bits()), "{bits} bits, length {length}");
            let bytes = rows[place].len();
            for (at, &level) in own.iter().enumerate() {
                let found = packed_level(rows[place][at % bytes], bits, (at / bytes) as u32);
                assert_eq!(i64::from(found), level, "{bits} bits, length {length}, dimension {at}");
            }
        }
    }
}

#[test]
fn the_largest_packed_sums_fit() {
    for (bits, byte, query) in [(4, 0xFF, 32767i16), (4, 0, 32767), (4, 0xFF, -32767), (2, 0xFF, 32767), (2, 0, -32767)]
    {
        let level = i64::from(packed_level(byte, bits, 0));
        let query = IntegerQuery { codes: vec![query; 512], scale: 1.0 };
        let row = vec![byte; 64 * bits as usize];
        let packed = PackedQuery::of(&query, bits);
        let found = every(|see| kernel::scan_packed(&packed, 0.0, &row, &[0x3C00], f32::NEG_INFINITY, see));
        assert_eq!(found, [(0, (512 * level * i64::from(query.codes[0])) as f32)]);
    }
}

#[test]
fn the_largest_integer_sums_fit() {
    for (query, code) in [(32767i16, 127i8), (-32767, 127), (-32767, -128), (32767, -128)] {
        let (queries, codes) = ([query; 512], [code; 512]);
        let exact = 512 * i64::from(query) * i64::from(code);
        assert_eq!(i64::from(scalar::dot_int8(&queries, &codes)), exact);
        let query = IntegerQuery { codes: queries.to_vec(), scale: 1.0 };
        let found = every(|see| {
            kernel::scan_int8(&Int8Query::of(query.clone()), 0.0, &codes.repeat(4), &[1.0; 4], f32::NEG_INFINITY, see)
        });
        assert_eq!(found, [0, 1, 2, 3].map(|row| (row, exact as f32)));
    }
}

#[test]
fn nothing_times_nothing() {
    assert_eq!(kernel::dot(&[], &[]), 0.0);
    let nothing = IntegerQuery::default();
    assert_eq!(every(|see| kernel::scan_f16(&HalfQuery::of(&[]), &[], 0.0, see)), []);
    assert_eq!(every(|see| kernel::scan_int8(&Int8Query::of(nothing.clone()), 1.0, &[], &[], 0.0, see)), []);
    assert_eq!(every(|see| kernel::scan_packed(&PackedQuery::of(&nothing, 4), 1.0, &[], &[], 0.0, see)), []);
}
