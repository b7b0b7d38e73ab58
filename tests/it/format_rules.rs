//! The rules of section 5 of docs/FORMAT.md, one broken at a time in otherwise valid sections: each is refused by its name.

use edge_recall::format::attribute::{AttributeType, Column};
use edge_recall::format::bytes::SharedBytes;
use edge_recall::format::codes::{Code, Codes, Metric};
use edge_recall::format::header::Header;
use edge_recall::format::keys::Keys;
use edge_recall::format::rows::Rows;
use edge_recall::format::section::{Section, SectionKind};
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{Shard, ShardKind, cells, crowds, gram};
use edge_recall::ids::{Epoch, Model};
use edge_recall::{AlignedBytes, FormatError};

pub type Read = fn(&Section) -> Result<(), FormatError>;

/// Reads `bytes` as a section of `count` entries. An empty `rule` = it must be accepted.
pub fn check(read: Read, kind: SectionKind, count: u32, cases: &[(&[u8], &str)]) {
    for (bytes, expected) in cases {
        let bytes = SharedBytes::whole(AlignedBytes::copy_of(bytes));
        match read(&Section { kind: Some(kind), instance: 0, count, bytes: bytes.clone() }) {
            Ok(()) => assert_eq!(*expected, "", "accepted: {:02x?}", &*bytes),
            Err(FormatError::Rule { section, rule }) => {
                assert_eq!(section, kind.part());
                assert!(
                    !expected.is_empty() && rule.contains(expected),
                    "{:02x?}: {rule:?}, not {expected:?}",
                    &*bytes
                );
            }
            Err(other) => panic!("{:02x?}: {other}", &*bytes),
        }
    }
}

#[test]
fn rows_of_two_items_in_a_catalogue_of_three() {
    let read: Read = |section| Rows::read(section, 0, 3).map(drop);
    check(
        read,
        SectionKind::Rows,
        2,
        &[
            // Targets 1 and 2 of item 0, at order 0: zigzag 2 = 01 1, gap 0 = 1, each with a weight of one bit; item 1 has none.
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\x3e\0", ""),
            (b"\x02\0\0\0\0\0\0\0\x04\0\0\xc0\x3e\0", "number of blocks"),
            (b"\x01\0\0\0\x01\0\0\0\x04\0\0\xc0\x3e\0", "a block does not begin"),
            // Zigzag 4 = 001 10, zigzag 1 = 01 0, zigzag 0 = 1.
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\xec\0", "outside the catalogue"),
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\x3a\0", "outside the catalogue"),
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\x0f\0", "its own trigger"),
            // One target more than there are items; no bits; a byte of zeros too many; half of an exact weight.
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\x7e\0", "outside the catalogue"),
            (b"\x01\0\0\0\0\0\0\0\x03\0\0\xc0\0", "outside the catalogue"),
            (b"\x01\0\0\0\0\0\0\0\x05\0\0\xc0\x3e\0\0", "end elsewhere"),
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\0\x06\0", "end elsewhere"),
            (b"\x01\0\0\0\0\0\0\0\x02\0\0\0", "ends too early"),
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\x3e", "ends too early"),
            (b"\x01\0\0\0\0\0\0\0\x04\0\0\xc0\x3e\0\0", "bytes are left over"),
        ],
    );
}

#[test]
fn keys_of_two_items() {
    let read: Read = |section| Keys::read(section).map(drop);
    check(
        read,
        SectionKind::Keys,
        2,
        &[
            (b"\0\0\0\0\x01\0\0\0\0\0\0\0\x02ab\x01\x01c", ""),
            (b"\x01\0\0\0\x01\0\0\0\0\0\0\0\x05\x80\x01", ""),
            (b"\x02\0\0\0\x01\0\0\0\0\0\0\0\x02ab\x01\x01c", "unknown encoding"),
            (b"\0\x01\0\0\x01\0\0\0\0\0\0\0\x02ab\x01\x01c", "reserved"),
            (b"\0\0\0\0\x01\0\0\0\0\0\0\0\x02ab\x03\x01c", "shares more"),
            (b"\0\0\0\0\x01\0\0\0\0\0\0\0\x02ab\0\0", "a key is empty"),
            (b"\0\0\0\0\x01\0\0\0\0\0\0\0\x02a\x7f\x01\x01c", "control characters"),
            (b"\0\0\0\0\x01\0\0\0\0\0\0\0\x02\xc3\xa9\x01\x01c", "not UTF-8"),
            (b"\0\0\0\0\x01\0\0\0\0\0\0\0\x02ab\x01\x01c!", "left over"),
        ],
    );
}

#[test]
fn crowds_over_a_catalogue_of_three() {
    let read: Read = |section| crowds::read(section, 3).map(drop);
    check(
        read,
        SectionKind::Crowds,
        2,
        &[
            (b"\0\x05\x02\0\0\x80\x3f\x02\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", ""),
            (b"\x01b\x05\x02\0\0\x80\x3f\x02\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "ascending order"),
            (b"\x01a\x05\x02\0\0\x80\x3f\x02\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "ascending order"),
            (b"\0\x05\x02\0\0\x80\x3f\x03\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "outside the catalogue"),
            (b"\0\x05\x02\0\0\x80\x3f\x02\x02\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "twice"),
            (b"\0\x05\x02\0\0\x80\x3f\x02\0\x09\xff\x01a\x05\x01\0\0\x80\x3f\x01\xff", "scores increase"),
            (b"\0\x05\x02\0\0\0\0\x02\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "not positive"),
            (b"\0\x05\x02\0\0\x80\x7f\x02\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "not positive and finite"),
            (b"\0\x05\x7f\0\0\x80\x3f\x02\0\xff\x09\x01a\x05\x01\0\0\x80\x3f\x01\xff", "longer than the bytes"),
        ],
    );
    check(read, SectionKind::Crowds, 9, &[(b"\0\x05\0\0\0\x80\x3f", "more lists")]);
}

#[test]
fn a_gram_matrix_of_one_dimension() {
    let read: Read = |section| gram::read(section, 1).map(drop);
    check(
        read,
        SectionKind::Gram,
        1,
        &[
            (b"\x01\0\0\0\0\0\0\0\0\0\x80\x3f", ""),
            (b"\x02\0\0\0\0\0\0\0\0\0\x80\x3f", "another dimension"),
            (b"\x01\0\0\0\0\0\0\x01\0\0\x80\x3f", "reserved"),
            (b"\x01\0\0\0\0\0\0\0\0\0\x80\x7f", "not finite"),
            (b"\x01\0\0\0\0\0\0\0\0\0\x80\x3f\0", "does not fit its dimension"),
        ],
    );
}

#[test]
fn a_directory_of_one_cell() {
    let read: Read = |section| cells::read(section, 40, 3, 1).map(drop);
    let with = |vec: [u8; 2], items: u8, i2i: [u8; 2], scale: u32, centroid: [u8; 4], spread: f32| {
        let mut bytes = vec![1, 0, 0, 0, 0, 0, 0, 0, items, 0, 0, 0];
        bytes.extend([vec[0]; 10].into_iter().chain([i2i[0]; 10]).chain([i2i[0]; 10]).chain([0, 0]));
        bytes.extend([vec[1], 0, 0, 0, i2i[1], 0, 0, 0, i2i[1], 0, 0, 0]);
        bytes.extend(scale.to_le_bytes().into_iter().chain(spread.to_le_bytes()).chain(centroid));
        bytes
    };
    let entry = |items, i2i, scale, centroid| with([7, 9], items, i2i, scale, centroid, 0.5);
    let one = 1f32.to_bits();
    check(
        read,
        SectionKind::Cells,
        1,
        &[
            (&entry(3, [7, 9], one, [5, 0, 0, 0]), ""),
            (&entry(3, [0, 0], one, [5, 0, 0, 0]), ""),
            (&entry(0, [7, 9], one, [5, 0, 0, 0]), "a cell is empty"),
            (&entry(2, [7, 9], one, [5, 0, 0, 0]), "do not add up"),
            (&entry(3, [0, 9], one, [5, 0, 0, 0]), "size without a name"),
            (&entry(3, [7, 0], one, [5, 0, 0, 0]), "name without a size"),
            (&entry(3, [7, 9], f32::NAN.to_bits(), [5, 0, 0, 0]), "not finite"),
            (&entry(3, [7, 9], (-1f32).to_bits(), [5, 0, 0, 0]), "negative"),
            (&entry(3, [7, 9], one, [5, 0, 0, 1]), "padding"),
            (&with([0, 0], 3, [7, 9], one, [5, 0, 0, 0], 0.5), "has no vec file"),
            (&with([7, 9], 3, [7, 9], one, [5, 0, 0, 0], -0.5), "spread is negative"),
            (&with([7, 9], 3, [7, 9], one, [5, 0, 0, 0], f32::INFINITY), "not finite"),
        ],
    );
}

#[test]
fn columns_of_two_items() {
    let number: Read = |section| Column::read(section, AttributeType::Number).map(drop);
    check(
        number,
        SectionKind::Attribute,
        2,
        &[
            (b"\0\0\x80\x3f\0\0\xc0\x7f", ""),
            (b"\0\0\x80\x3f\x01\0\xc0\x7f", "not finite"),
            (b"\0\0\x80\x3f\0\0\x80\x7f", "not finite"),
            (b"\0\0\x80\x3f", "does not fit"),
        ],
    );
    let category: Read = |section| Column::read(section, AttributeType::Category).map(drop);
    check(
        category,
        SectionKind::Attribute,
        2,
        &[
            (b"\x02\x01a\x01b\x02\0", ""),
            (b"\x02\x01a\x01b\x03\0", "not in the dictionary"),
            (b"\x02\x01b\x01a\x02\0", "do not ascend"),
            (b"\x02\x01a\x01b\x02\0\0", "left over"),
            (b"\x7f\x01a\x01b\x02\0", "more values"),
        ],
    );
    let tags: Read = |section| Column::read(section, AttributeType::Tags).map(drop);
    check(
        tags,
        SectionKind::Attribute,
        2,
        &[
            (b"\x02\x01a\x01b\x02\0\x01\0", ""),
            (b"\x02\x01a\x01b\x02\0\x00\0", "do not ascend"),
            (b"\x02\x01a\x01b\x02\0\x02\0", "not in the dictionary"),
        ],
    );
}

#[test]
fn vectors_of_one_item() {
    let read = |code, codes: &[u8], scales: Option<&[u8]>| {
        let header = Header { kind: ShardKind::Vec, epoch: Epoch(1), model: Model(1), cell: 0, base: 0, count: 1 };
        let mut shard = ShardWriter::new(header).section(SectionKind::Codes, 0, 1, codes.to_vec());
        if let Some(scales) = scales {
            shard = shard.section(SectionKind::Scales, 0, 1, scales.to_vec());
        }
        let file = AlignedBytes::copy_of(&shard.finish().expect("a small file"));
        let problem = Codes::read(&Shard::open(file).expect("a sound shard"), 2, code, Metric::Dot).err();
        problem.map(|problem| problem.to_string())
    };
    let one = 1f32.to_le_bytes();
    for (code, codes, scales, expected) in [
        (Code::F16, &b"\x01\x01\x02\0\0\0\0\0\0\x3c\0\x3c"[..], None, None),
        (Code::F16, b"\x02\x01\x02\0\0\0\0\0\0\x3c\0\x3c", None, Some("another code")),
        (Code::F16, b"\x01\x02\x02\0\0\0\0\0\0\x3c\0\x3c", None, Some("another metric")),
        (Code::F16, b"\x01\x01\x03\0\0\0\0\0\0\x3c\0\x3c", None, Some("another dimension")),
        (Code::F16, b"\x01\x01\x02\0\0\0\x01\0\0\x3c\0\x3c", None, Some("reserved")),
        (Code::F16, b"\x01\x01\x02\0\0\0\0\0\0\x3c\0\x7c", None, Some("not finite")),
        (Code::F16, b"\x01\x01\x02\0\0\0\0\0\0\x3c", None, Some("does not fit")),
        (Code::F16, b"\x01\x01\x02\0\0\0\0\0\0\x3c\0\x3c", Some(&one[..]), Some("beside f16")),
        (Code::Int8, b"\x02\x01\x02\0\0\0\0\0\x7f\x81", Some(&one), None),
        (Code::Int8, b"\x02\x01\x02\0\0\0\0\0\x7f\x80", Some(&one), Some("-128")),
        (Code::Int8, b"\x02\x01\x02\0\0\0\0\0\x7f\x81", None, Some("is missing")),
        (Code::Int8, b"\x02\x01\x02\0\0\0\0\0\x7f\x81", Some(&[0, 0, 0x80, 0xBF]), Some("negative")),
        (Code::Int8, b"\x02\x01\x02\0\0\0\0\0\x7f\x81", Some(&[0, 0, 0x80, 0x7F]), Some("not finite")),
        (Code::Int8, b"\x02\x01\x02\0\0\0\0\0\x7f\x81", Some(&[0; 8]), Some("number of scales")),
    ] {
        let problem = read(code, codes, scales);
        let fits =
            problem.as_deref().zip(expected).map_or(problem.is_none() && expected.is_none(), |(p, e)| p.contains(e));
        assert!(fits, "{codes:02x?}: {problem:?}, not {expected:?}");
    }
}
