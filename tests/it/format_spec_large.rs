//! docs/FORMAT.md against the code, continued: packed codes, the id map, ordinals, rounds and item cards. Constants that no
//! host can see are read from the source.

use edge_recall::format::bytes::AlignedBytes;
use edge_recall::format::card::ItemCard;
use edge_recall::format::checksum::Crc32c;
use edge_recall::format::codes::packed_level;
use edge_recall::format::codes::{self, Code, Codes, Metric};
use edge_recall::format::header::Header;
use edge_recall::format::idmap::{self, IdFiles, Ids};
use edge_recall::format::manifest::VisitSpec;
use edge_recall::format::ordinals;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{Shard, ShardKind};
use edge_recall::ids::{Epoch, Model, Ordinal};
use edge_recall::store::embeddings::{CellVectors, Embeddings};

use crate::format_spec::{page, says};
use crate::spec_page::{chapter, table, text};

const PLAN: &str = "src/recaller/plan.rs";
const WORTH: &str = "src/recaller/worth.rs";

/// The value of a constant of `src/`, as it is written there.
fn constant(file: &str, name: &str) -> String {
    let source = text(file);
    let declared = source.split(&format!("const {name}: ")).nth(1).unwrap_or_else(|| panic!("{file} has no {name}"));
    let value = declared.split([';', '=']).nth(1).expect("a value").trim();
    let product = value.split(" * ").map(str::parse::<f64>).product::<Result<f64, _>>();
    product.unwrap_or_else(|_| panic!("{name} = {value} is no number")).to_string()
}

#[test]
fn rounds_go_by_the_numbers_of_the_page() {
    let page = page();
    let rows = table(chapter(&page, "### 6.2 Rounds"), &["constant", "value"]);
    let known = [
        ("bare keys", PLAN, "MAX_BARE"),
        ("leaves", PLAN, "MAX_LEAVES"),
        ("files of rows", PLAN, "MAX_ROW_FILES"),
        ("reach", WORTH, "REACH"),
        ("sharpness", WORTH, "SHARPNESS"),
        ("worth", WORTH, "VECTOR_WORTH"),
    ];
    assert_eq!(rows.len(), known.len());
    for (row, (word, file, name)) in rows.iter().zip(known) {
        assert_eq!((row[0].as_str(), &row[1]), (word, &constant(file, name)), "{name}");
    }
    let number = |name| constant(PLAN, name);
    says(&page, &format!("at most {} distinct items", number("MAX_BARE")));
    says(&page, &format!("as long as fewer than {} are chosen", number("MAX_LEAVES")));
    says(&page, &format!("`i2i` of at most {} cells", number("MAX_ROW_FILES")));
    let VisitSpec { bytes, files, probes } = VisitSpec::default();
    says(&page, &format!("Without `visit` it is {bytes} bytes, {files} files, {probes} probes."));
}

#[test]
fn packed_codes_lie_where_the_page_says() {
    let page = page();
    says(&page, "dimension `d` lies in byte `d mod n`, in the bits `p b .. (p + 1) b` of part `p = floor(d / n)`");
    says(&page, "a code `c` stands for the level `2c - (2^b - 1)`");
    says(&page, "f32 for int8 and f16 for packed codes");
    for (code, dim) in [(Code::Int4, 7usize), (Code::Int2, 7), (Code::Int4, 8), (Code::Int2, 16)] {
        let (b, n) = (code.bits(), code.row_bytes(dim));
        let largest = (1 << b) - 1;
        let centroid: Vec<f32> = (0..dim).map(|d| d as f32).collect();
        // Every level in turn, at a scale of 1/2; the first two are the extremes, so that the scale is found.
        let level = |d: usize| 2 * ((d as i32 * 5 + if d == 0 { 0 } else { largest - 5 }) & largest) - largest;
        let row: Vec<f32> = (0..dim).map(|d| d as f32 + 0.5 * level(d) as f32).collect();
        let (body, scales) = codes::encode(code, Metric::Dot, &centroid, &row);
        let (packed, scales) = (&body[8..], scales.expect("scales"));
        assert_eq!((packed.len(), scales.as_slice()), (n, &0x3800u16.to_le_bytes()[..]), "{code:?} {dim}");
        for d in 0..dim {
            let c = i32::from(packed[d % n]) >> (b as usize * (d / n)) & largest;
            assert_eq!(2 * c - largest, level(d), "{code:?}, dimension {d} of {dim}");
            assert_eq!(packed_level(packed[d % n], b, (d / n) as u32), level(d));
        }
        let header = Header { kind: ShardKind::Vec, epoch: Epoch(0), model: Model(0), cell: 0, base: 0, count: 1 };
        let shard = ShardWriter::new(header).section(SectionKind::Codes, 0, 1, body);
        let shard = shard.section(SectionKind::Scales, 0, 1, scales).finish().expect("a small file");
        let shard = Shard::open(AlignedBytes::copy_of(&shard)).expect("a sound shard");
        let codes = Codes::read(&shard, dim, code, Metric::Dot).expect("sound codes").expect("codes");
        let mut store = Embeddings::new(dim);
        store.attach(0, 1, CellVectors { centroid, codes });
        assert_eq!(store.vector(Ordinal(0)), Some(row), "{code:?} {dim}");
    }
}

/// The hash as the page tells it, step by step, in wider numbers.
fn slow_hash(key: &str, page: &str) -> u32 {
    let hex = |before: &str| {
        let word = page.split(before).nth(1).and_then(|rest| rest.get(..8)).expect("eight digits");
        u64::from_str_radix(word, 16).expect("hexadecimal digits")
    };
    let (prime, mut h) = (hex("prime `"), hex("(start `"));
    for byte in key.bytes() {
        h = ((h ^ u64::from(byte)) * prime) & 0xFFFF_FFFF;
    }
    h ^= h >> 15;
    h = (h * hex("h *= ")) & 0xFFFF_FFFF;
    h ^= h >> 13;
    let second = page.split("h ^= h >> 13; h *= ").nth(1).and_then(|rest| rest.get(..8)).expect("eight digits");
    h = (h * u64::from_str_radix(second, 16).expect("hexadecimal digits")) & 0xFFFF_FFFF;
    (h ^ h >> 16) as u32
}

#[test]
fn keys_are_hashed_as_the_page_says() {
    let page = page();
    says(&page, "A key may be in file `floor(hash × n / 2^32)`");
    for key in ["", "a", "sku-1", "äöü", "item-000123"] {
        let hash = slow_hash(key, &page);
        assert_eq!(idmap::hash(key), hash, "{key}");
        for files in [1, 2, 7, u32::MAX] {
            let file = ((u128::from(hash) * u128::from(files)) >> 32) as u32;
            assert_eq!(idmap::file_of(hash, files), file);
        }
    }
    let body = Ids::encode(&[(0x1234_5678, Ordinal(9)), (1, Ordinal(2))]);
    assert_eq!(body, [9, 0, 0, 0, 2, 0, 0, 0, 0x78, 0x56, 1, 0]);
    let file = edge_recall::format::cells::CellFile { name: edge_recall::ids::ShardName([7; 10]), bytes: 5 };
    let body = IdFiles { files: vec![file], hashed: 1 }.encode();
    assert_eq!(body, [1, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 5, 0, 0, 0]);
}

#[test]
fn ordinals_are_gaps() {
    says(&page(), "the first minus the base, every other minus the one before it minus 1");
    let items = [100, 101, 400].map(Ordinal);
    assert_eq!(ordinals::encode_mask(98, &items), [2, 0, 0xAA, 2], "298 is AA 02");
    let known = ordinals::encode_known(&[Ordinal(3)], &["7"]);
    assert_eq!(known[..5], [1, 0, 0, 0, 3]);
    assert_eq!(known[5..], edge_recall::format::keys::encode(&["7"]));
}

#[test]
fn cards_lie_as_the_page_says() {
    let page = page();
    let card = ItemCard { ordinal: 300, scale: 0.5, codes: vec![1, -2], rows: vec![vec![9, 9], Vec::new()] };
    let own = [0xAC, 2, 0, 0, 0, 0x3F, 2, 1, 0xFE, 2, 2, 9, 9, 0];
    let mut alone = vec![1];
    alone.extend(0x0102_0304_0506_0708u64.to_le_bytes());
    alone.extend(5u64.to_le_bytes());
    alone.extend(own);
    let checksum = Crc32c::default().update(0, &alone);
    alone.extend(checksum.to_le_bytes());
    assert_eq!(card.encode(Epoch(0x0102_0304_0506_0708), Model(5)), alone);
    says(&page, &format!("`u8` version {}, `u64` epoch", constant("src/format/card.rs", "VERSION")));
    says(&page, &format!("at most {} bytes; empty = no targets", constant("src/format/card.rs", "MAX_ROW_BYTES")));
    says(&page, &format!("in the order of the manifest, at most {}", constant("src/format/card.rs", "MAX_ROWS")));
    says(&page, &format!("the version byte {};", constant("src/profile/blob.rs", "VERSION")));
    let cap = |name| constant("src/profile/keepsakes.rs", name);
    says(&page, &format!("At most {} cards and {} bytes", cap("MAX_CARDS"), cap("MAX_CARD_TOTAL")));
    let mut profile = edge_recall::Profile::default();
    profile.settle(Epoch(300), Model(5));
    profile.keep("k", card);
    let tail: Vec<u8> = [0xAC, 2, 5, 1, 1, b'k'].into_iter().chain(own).collect();
    assert!(profile.encode().ends_with(&tail));
}
