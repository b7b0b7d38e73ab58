use super::*;
use crate::format::bytes::AlignedBytes;
use crate::format::section::SectionKind;

const FOUR: WeightCode = WeightCode::Levels(4);

fn read(bytes: &[u8], base: u32, count: u32, items: u32) -> Result<Rows, FormatError> {
    let bytes = SharedBytes::whole(AlignedBytes::copy_of(bytes));
    Rows::read(&Section { kind: Some(SectionKind::Rows), instance: 0, count, bytes }, base, items)
}

fn targets(rows: &Rows, slot: u32) -> Vec<(u32, f32)> {
    let mut all = Vec::new();
    rows.for_each(slot, &mut |target, weight| all.push((target.0, weight)));
    all
}

/// Forty rows of up to six targets, in no order, every third weight negative where `signed`.
fn some_rows(signed: bool) -> Vec<Vec<(u32, f32)>> {
    let sign = |n: u32| if signed && n.is_multiple_of(3) { -1.0 } else { 1.0 };
    let pair = |own: u32, n: u32| ((own * 13 + n * 29 + 1) % 200 + 100, sign(n) * (0.001 + n as f32 * 0.3));
    (0..40u32).map(|own| (0..own % 7).map(|n| pair(own, n)).collect()).collect()
}

fn sorted(row: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut sorted = row.to_vec();
    sorted.sort_by_key(|&(target, _)| target);
    sorted
}

#[test]
fn rows_come_back_within_the_step_of_their_bits() {
    for (bits, signed) in [(2u8, false), (4, false), (4, true), (8, true)] {
        let rows = some_rows(signed);
        let read = read(&encode(20, &rows, WeightCode::Levels(bits)), 20, 40, 300).unwrap();
        for (slot, row) in (0..).zip(&rows) {
            let (row, back) = (sorted(row), targets(&read, slot));
            assert_eq!(back.len(), row.len());
            let top = row.iter().fold(0f32, |top, &(_, w)| top.max(w.abs()));
            for (a, b) in back.iter().zip(&row) {
                assert_eq!((a.0, a.1.is_sign_negative()), (b.0, b.1.is_sign_negative()));
                // Half a step between the roots of the smallest and the largest, which are a little apart from their codes.
                let levels = (1u32 << (bits - u8::from(signed))) - 1;
                let off = ((a.1.abs() / top).sqrt() - (b.1.abs() / top).sqrt()).abs();
                assert!(off < 0.5 / levels as f32 + 0.035, "{bits} bits: {a:?} {b:?}");
            }
        }
        assert_eq!(targets(&read, 40), []);
        assert_eq!(targets(&read, u32::MAX), []);
    }
}

#[test]
fn the_reference_keeps_every_bit() {
    let rows = some_rows(true);
    let read = read(&encode(20, &rows, WeightCode::Exact), 20, 40, 300).unwrap();
    for (slot, row) in (0..).zip(&rows) {
        assert_eq!(targets(&read, slot), sorted(row));
    }
}

#[test]
fn one_row_by_hand() {
    // Item 3 leads to items 1 and 6: zigzag(-2) = 3 and a gap of 4, cheapest at order 1: 3 = 01 10, 4 = 01 01.
    let bytes = encode(3, &[vec![(6, 0.5), (1, -2.0)]], FOUR);
    // Three bits beside the sign; floor 16 / 32, the root of a quarter; top 2^(49 - 48).
    assert_eq!(bytes[8..12], [5, 0b0101_0001, 16, 49 << 2]);
    // From the lowest bit: 01 10, level 7 = 111, sign 1; then 01 01, level 0 = 000, sign 0.
    assert_eq!(bytes[12..], [0b1111_0110, 0b0000_1010]);
    assert_eq!(targets(&read(&bytes, 3, 1, 7).unwrap(), 0), [(1, -2.0), (6, 0.5)]);
}

#[test]
fn lies_are_refused() {
    let rows = [vec![(1, 1.0), (2, 0.5)], Vec::new(), vec![(0, 0.25)]];
    let bytes = encode(0, &rows, FOUR);
    assert!(read(&bytes, 0, 3, 3).is_ok());
    assert!(read(&bytes, 0, 3, 2).is_err(), "target outside the catalogue");
    assert!(read(&bytes, 1, 3, 3).is_err(), "own trigger or outside");
    assert!(read(&bytes, 0, 4, 4).is_err());
    assert!(read(&bytes, 0, u32::MAX, 4).is_err());
    for cut in 0..bytes.len() {
        assert!(read(&bytes[..cut], 0, 3, 3).is_err(), "cut at {cut}");
    }
    assert!(read(&encode(0, &[vec![(0, 1.0)]], FOUR), 0, 1, 3).is_err(), "a trigger may not lead to itself");
}

#[test]
fn a_weight_that_is_no_number_counts_nothing() {
    let bytes = encode(0, &[vec![(1, f32::NAN), (2, f32::INFINITY)]], WeightCode::Exact);
    assert_eq!(targets(&read(&bytes, 0, 1, 3).unwrap(), 0), [(1, 0.0), (2, 0.0)]);
}
