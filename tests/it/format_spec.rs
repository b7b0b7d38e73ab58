//! docs/FORMAT.md against the code: every number of its tables and rules, and the worked example byte by byte. A change to
//! `src/format/` that the page does not tell fails here.

use edge_recall::error::Part;
use edge_recall::format::attribute::AttributeType;
use edge_recall::format::bits::MAX_ORDER;
use edge_recall::format::bytes::{AlignedBytes, MAX_KEY_BYTES, Reader};
use edge_recall::format::cells::{self, CellEntry, CellFile, CentroidCode};
use edge_recall::format::checksum::Crc32c;
use edge_recall::format::codes::{self, Code, MAX_DIM, Metric};
use edge_recall::format::header::{HEADER_BYTES, Header, MAGIC, MAJOR, MINOR, NO_CELL};
use edge_recall::format::keys::{self, BLOCK};
use edge_recall::format::leaves::{self, LeafEntry};
use edge_recall::format::manifest::Policy;
use edge_recall::format::rows::{self, MAX_TARGETS, Rows};
use edge_recall::format::section::{ENTRY_BYTES, MAX_SECTIONS, REQUIRED, SectionKind};
use edge_recall::format::write::{ShardWriter, shard_name};
use edge_recall::format::{Shard, ShardKind};
use edge_recall::fusion;
use edge_recall::ids::{ChannelId, Epoch, Model};

use crate::spec_page::{bytes, chapter, dump, path, table, text};

pub fn page() -> String {
    text("docs/FORMAT.md")
}

/// Fails unless the page says this, whatever its line breaks.
pub fn says(page: &str, sentence: &str) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(page).contains(&flat(sentence)), "docs/FORMAT.md does not say: {sentence}");
}

/// A header with another value in every field, and its shard of one section.
fn sample() -> (Header, Vec<u8>) {
    let (epoch, model) = (Epoch(0x1111_2222_3333_4444), Model(0x5555_6666_7777_8888));
    let header = Header { kind: ShardKind::I2i, epoch, model, cell: 0x0A0B, base: 0x0C0D, count: 0x0E0F };
    let shard = ShardWriter::new(header).section(SectionKind::Rows, 3, 5, vec![1, 2, 3]);
    (header, shard.finish().expect("a small file"))
}

/// Reads every field of a layout table out of `file` and compares it with what was written there.
fn check_layout(rows: &[Vec<String>], file: &[u8], size: usize, written: &[(&str, u64)]) {
    let mut end = 0;
    for row in rows {
        let (offset, length): (usize, usize) = (row[0].parse().expect("a number"), row[1].parse().expect("a number"));
        assert_eq!(offset, end, "{}: fields follow each other without gaps", row[2]);
        end += length;
        let field = &file[offset..end];
        let value = || field.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
        match row[2].as_str() {
            "magic" => assert_eq!(field, bytes(row[3].split('`').nth(1).expect("bytes in backticks"))),
            "reserved" => assert!(field.iter().all(|&byte| byte == 0)),
            name => {
                let known = written.iter().find(|(known, _)| *known == name);
                assert_eq!(Some(value()), known.map(|(_, value)| *value), "{name}");
            }
        }
    }
    assert_eq!(end, size);
}

#[test]
fn the_header_lies_where_the_page_says() {
    let page = page();
    let rows = table(chapter(&page, "## 3. Header"), &["offset", "size", "field", "value"]);
    let (header, file) = sample();
    let crc = Crc32c::default();
    let written = [
        ("minor", u64::from(MINOR)),
        ("kind", header.kind as u64),
        ("sections", 1),
        ("epoch", header.epoch.0),
        ("model", header.model.0),
        ("cell", u64::from(header.cell)),
        ("base", u64::from(header.base)),
        ("count", u64::from(header.count)),
        ("length", file.len() as u64),
        ("checksum", u64::from(crc.update(crc.update(0, &file[..60]), &file[HEADER_BYTES..][..ENTRY_BYTES]))),
    ];
    check_layout(&rows, &file, HEADER_BYTES, &written);
    let value = |field: &str| rows.iter().find(|row| row[2] == field).map(|row| row[3].clone()).expect("the field");
    assert_eq!(bytes(value("magic").split('`').nth(1).expect("backticks")), MAGIC);
    assert_eq!(MAGIC[7], MAJOR);
    assert_eq!(value("minor"), MINOR.to_string());
    assert!(value("sections").ends_with(&format!("at most {MAX_SECTIONS}")));
    assert!(value("cell").contains(&format!("`{NO_CELL:08X}`")));
}

#[test]
fn the_section_table_lies_where_the_page_says() {
    let page = page();
    let rows = table(chapter(&page, "## 4. Section table"), &["offset", "size", "field", "value"]);
    let (_, file) = sample();
    let written = [
        ("kind", SectionKind::Rows as u64),
        ("instance", 3),
        ("flags", u64::from(REQUIRED)),
        ("count", 5),
        ("offset", (HEADER_BYTES + ENTRY_BYTES) as u64),
        ("length", 3),
        ("checksum", u64::from(Crc32c::default().update(0, &[1, 2, 3]))),
    ];
    check_layout(&rows, &file[HEADER_BYTES..], ENTRY_BYTES, &written);
    assert_eq!(REQUIRED, 1, "bit 0");
    says(&page, &format!("header ({HEADER_BYTES} bytes), section table ({ENTRY_BYTES} bytes an entry), sections"));
    assert_eq!(file.len(), HEADER_BYTES + ENTRY_BYTES + 8, "three bytes, padded to a multiple of 8");
}

#[test]
fn kinds_have_their_numbers() {
    let page = page();
    let shards = table(chapter(&page, "## 3. Header"), &["kind", "name", "one per"]);
    let shards: Vec<(String, String)> = shards.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let known = ShardKind::ALL.map(|kind| ((kind as u16).to_string(), kind.name().to_owned()));
    assert_eq!(shards, known);
    let sections = table(chapter(&page, "## 4. Section table"), &["kind", "name", "in", "count"]);
    let named: Vec<(String, String)> = sections.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let known = SectionKind::ALL.map(|kind| ((kind as u16).to_string(), kind.name().to_owned()));
    assert_eq!(named, known);
    for row in &sections {
        let lies_in = |kind: &str| shards.iter().any(|(_, name)| name == kind);
        assert!(row[2].split(", ").all(lies_in), "{} lies in no kind of shard", row[1]);
        let heading = page.lines().find(|line| line.starts_with("### 5.") && line.contains(&format!("`{}`", row[1])));
        assert!(heading.is_some(), "no chapter of section 5 is about `{}`", row[1]);
    }
}

#[test]
fn the_checksum_is_the_one_named() {
    let page = page();
    let polynomial = page.split("(reflected `").nth(1).and_then(|rest| rest.get(..8)).expect("the polynomial");
    let polynomial = u32::from_str_radix(polynomial, 16).expect("a number");
    let slow = |bytes: &[u8]| {
        let step = |crc: u32, _| (crc >> 1) ^ if crc & 1 == 1 { polynomial } else { 0 };
        !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
    };
    for length in 0..40u8 {
        let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(97)).collect();
        assert_eq!(Crc32c::default().update(0, &bytes), slow(&bytes));
    }
}

#[test]
fn limits_and_numbers_are_those_of_the_page() {
    let page = page();
    says(&page, &format!("dimension `d`, 1..={MAX_DIM}, equal to the manifest's"));
    says(&page, &format!("| dim | u16 | 1..={MAX_DIM} |"));
    says(&page, &format!("which {MAX_DIM} dimensions cannot overflow"));
    says(&page, &format!("A key is 1 to {MAX_KEY_BYTES} bytes of UTF-8"));
    says(&page, &format!("start of each block of {BLOCK} keys"));
    says(&page, &format!("start of each block of {BLOCK} rows"));
    assert_eq!(page.matches(&format!("`ceil(count / {BLOCK})`")).count(), 2);
    says(&page, &format!("A row has 1..={MAX_TARGETS} targets."));
    says(&page, &format!("order `k` of the code, 0..={MAX_ORDER}"));
    says(&page, "| code | u8 | 1 = f16, 2 = int8, 3 = int4, 4 = int2 |");
    says(&page, "| metric | u8 | 1 = dot, 2 = cosine");
    says(&page, "| encoding | u8 | 0 = text, 1 = decimal |");
    for (number, code) in (1..).zip(Code::ALL) {
        assert_eq!(codes::encode(code, Metric::Cosine, &[0.0; 5], &[]).0[..4], [number, 2, 5, 0]);
    }
    assert_eq!(codes::encode(Code::F16, Metric::Dot, &[0.0; 7], &[]).0[..4], [1, 1, 7, 0]);
    assert_eq!([keys::encode(&["a"])[0], keys::encode(&["7"])[0]], [0, 1]);
    says(&page, "the first 80 bits of the SHA-256");
    assert_eq!(shard_name(b"abc").to_string(), "xj4bnp4pahh6uqkb", "SHA-256 of abc is ba7816bf 8f01cfea 4141...");
    // An entry of `cells` is what its table adds up to: u32, three names, two bytes, three sizes, the centroid.
    let centroid = CentroidCode { codes: vec![0; 9], scale: 0.0, spread: 0.0 };
    let cell = CellEntry { items: 1, centroid: centroid.clone(), ..CellEntry::default() };
    assert_eq!(cells::encode(9, &[cell]).len(), 8 + 4 + 3 * 10 + 2 + 3 * 4 + 4 + 4 + 12);
    // And one of `leaves`: two numbers, a name, two bytes, a size, the centroid.
    let leaf = LeafEntry { items: 1, cells: 1, file: CellFile::default(), centroid };
    assert_eq!(leaves::encode(9, &[leaf]).len(), 8 + 4 + 4 + 10 + 2 + 4 + 4 + 4 + 12);
}

#[test]
fn words_are_those_of_the_page() {
    let page = page();
    let manifest = chapter(&page, "## 6. Manifest");
    let mut words: Vec<&str> = Code::ALL.map(Code::name).to_vec();
    words.extend([Metric::Dot, Metric::Cosine].map(Metric::name));
    words.extend([AttributeType::Number, AttributeType::Category, AttributeType::Tags].map(AttributeType::name));
    words.extend(ChannelId::TABLES.map(ChannelId::name));
    words.extend(Policy::ALL.map(Policy::name));
    for word in words {
        assert!(manifest.contains(&format!("`{word}`")), "section 6 does not name `{word}`");
    }
    let scores = table(chapter(&page, "### 6.1 From history to scores"), &["policy", "score of an item"]);
    let named: Vec<&str> = scores.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(named, Policy::NAMES);
    assert!(scores[Policy::Reciprocal as usize][1].contains(&format!("({} + rank)", fusion::ranks::SMOOTHING)));
    let [sum, agreement, variety] = Policy::MIC;
    says(&page, &format!("Without `policy` it is `weighted`, without `mic` {sum}, {agreement}, {variety}."));
    says(&page, &format!("in the order {}, in sums", ChannelId::NAMES.join(", ")));
}

#[test]
fn varints_are_as_wide_as_the_page_allows() {
    says(&page(), "At most 5 bytes for 32-bit values and 10 for 64-bit values; bits beyond the width MUST be zero.");
    let narrow = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes, Part::Unknown);
        let value = reader.varint();
        reader.done().map(|()| value)
    };
    let wide = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes, Part::Unknown);
        let value = reader.varint64();
        reader.done().map(|()| value)
    };
    assert_eq!(narrow(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), Ok(u32::MAX));
    assert_eq!(narrow(&[0x85, 0x80, 0x80, 0x80, 0x00]), Ok(5), "longer than needed, not longer than allowed");
    assert!(narrow(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F]).is_err());
    assert!(narrow(&[0x85, 0x80, 0x80, 0x80, 0x80, 0x00]).is_err(), "six bytes");
    assert_eq!(wide(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]), Ok(u64::MAX));
    assert!(wide(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x03]).is_err());
    assert!(wide(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).is_err(), "eleven bytes");
}

#[test]
fn a_version_has_its_page_its_change_and_its_golden_shards() {
    let page = page();
    let version = format!("{MAJOR}.{MINOR}");
    assert!(page.starts_with(&format!("# The edge-recall shard format, version {version}\n")));
    let changes = chapter(&page, "## 10. Changes");
    assert!(changes.contains(&format!("* **{version}**: ")), "section 10 does not tell what {version} changed");
    // What was never published needs no golden shards.
    says(&page, "1.0 and 1.1 were never published");
    for minor in 3..=MINOR {
        let folder = format!("tests/fixtures/v{MAJOR}.{minor}");
        assert!(path(&folder).join("README.md").is_file(), "{folder} must hold the golden shards of that minor");
    }
}

/// The shard that section 9 describes.
fn example() -> Vec<u8> {
    let (epoch, model) = (Epoch(0x0123_4567_89AB_CDEF), Model(0));
    let header = Header { kind: ShardKind::I2i, epoch, model, cell: 0, base: 0, count: 2 };
    let rows = rows::encode(0, &[vec![(1, 0.5)], Vec::new()], rows::WeightCode::Levels(4));
    ShardWriter::new(header).section(SectionKind::Rows, 0, 2, rows).finish().expect("a small file")
}

#[test]
fn the_worked_example_is_what_the_writer_writes_and_the_reader_reads() {
    let page = page();
    says(&page, "item 0 leads to item 1 with weight 0.5, item 1 to nothing");
    let mut file = Vec::new();
    for (offset, bytes, note) in dump(&page) {
        assert_eq!(offset, file.len(), "line {offset:04X} ({note}) is misplaced");
        file.extend(bytes);
    }
    let shown = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X} ")).collect::<String>();
    assert_eq!(shown(&file), shown(&example()));
    says(&page, &format!("Its file is `c/{}.er`.", shard_name(&file)));
    let shard = Shard::open(AlignedBytes::copy_of(&file)).expect("the example is a valid shard");
    let header = shard.header();
    assert_eq!((header.kind, header.cell, header.base, header.count), (ShardKind::I2i, 0, 0, 2));
    let rows = Rows::read(shard.required(SectionKind::Rows).expect("rows"), 0, 2).expect("valid rows");
    let targets = |slot| {
        let mut targets = Vec::new();
        rows.for_each(slot, &mut |target, weight| targets.push((target.0, weight)));
        targets
    };
    assert_eq!((targets(0), targets(1)), (vec![(1, 0.5)], vec![]));
}
