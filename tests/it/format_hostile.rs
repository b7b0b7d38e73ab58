//! Damaged files as they come from networks and hosts: every one is refused, or gives the same answer.

use edge_recall::error::Part;
use edge_recall::format::header::MAGIC;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{ShardKind, rows};
use edge_recall::ids::ShardName;
use edge_recall::{AlignedBytes, Error, FormatError, Recaller, Request, Response};

use crate::fixture::{Build, COMPACT, EXACT, MASKED, views};
use crate::surgery::{changed, samples, u32_at, with_section};

fn builds() -> [Build; 3] {
    [EXACT, COMPACT, MASKED].map(Build::new)
}

fn attach(recaller: &mut Recaller, name: ShardName, bytes: &[u8]) -> Result<(), Error> {
    recaller.attach(name, AlignedBytes::copy_of(bytes))
}

/// The answer of a build in which the file `name` has other bytes, and with which error the file was refused.
fn answer_with(build: &Build, name: ShardName, bytes: &[u8]) -> Result<Response, Error> {
    let mut recaller = build.closed();
    // The directory comes first, so that it can name the others.
    for (other, kind, own) in &build.files {
        if *kind == ShardKind::Dir {
            attach(&mut recaller, *other, if *other == name { bytes } else { own })?;
        }
    }
    for (other, _, own) in &build.files {
        attach(&mut recaller, *other, if *other == name { bytes } else { own })?;
    }
    recaller.finish(&Request::recommend(views(&["b2", "22", "c1", "31"])).limit(20))
}

/// Damages every shard of both builds in `ways` ways; each must be refused with an error that names the file.
fn all_refused(what: &str, ways: impl Fn(&[u8]) -> usize, damage: impl Fn(&[u8], usize) -> Vec<u8>) {
    for build in builds() {
        for (name, kind, bytes) in samples(&build) {
            let prepared = build.open_without(&[*name]);
            for way in 0..ways(bytes) {
                // A closed recaller knows no cells; `prepared` knows every place, so that nothing but the damage is refused.
                let refused = attach(&mut prepared.clone(), *name, &damage(bytes, way));
                let error = refused.expect_err(&format!("{what} {way} of {} was accepted", kind.name()));
                assert!(matches!(error, Error::Shard { .. }), "{what} {way}: {error}");
                assert_eq!(error.shard(), Some(*name));
            }
        }
    }
}

#[test]
fn the_undamaged_files_are_accepted() {
    for build in builds() {
        for (name, _, bytes) in &build.files {
            let answer = answer_with(&build, *name, bytes).expect("an undamaged build");
            let masked = if build.manifest.idmap.is_some() { MASKED.masked.len() } else { 0 };
            assert_eq!(answer.recommendations.len(), 12 - masked);
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    all_refused("length", |bytes| bytes.len(), |bytes, length| bytes[..length].to_vec());
}

#[test]
fn every_flipped_bit_is_refused() {
    let flip = |bytes: &[u8], bit: usize| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    };
    all_refused("bit", |bytes| bytes.len() * 8, flip);
}

#[test]
fn whatever_follows_the_file_is_refused() {
    let longer = |bytes: &[u8], way: usize| {
        let mut longer = bytes.to_vec();
        longer.resize(bytes.len() + 1 + way / 2, if way.is_multiple_of(2) { 0 } else { 0xEE });
        longer
    };
    all_refused("tail", |_| 34, longer);
    // The same with a header that admits to the tail.
    let admitted = |bytes: &[u8], way: usize| {
        let longer = longer(bytes, way);
        changed(&longer, 44, &(longer.len() as u32).to_le_bytes())
    };
    all_refused("admitted tail", |_| 34, admitted);
}

#[test]
fn files_of_other_kinds_are_told_apart() {
    let build = Build::new(EXACT);
    let (name, _, bytes) = &build.files[0];
    let mut other_major = MAGIC;
    other_major[7] = 2;
    let long_page = format!("<!doctype html><title>Not found</title>{}", " ".repeat(bytes.len()));
    for (what, file, problem, code) in [
        ("nothing", Vec::new(), FormatError::NotAShard, "not-a-shard"),
        ("a web page", b"<!doctype html>".to_vec(), FormatError::NotAShard, "not-a-shard"),
        ("a long web page", long_page.into_bytes(), FormatError::NotAShard, "not-a-shard"),
        ("line ends changed", changed(bytes, 4, b"\n\n"), FormatError::NotAShard, "not-a-shard"),
        ("another major", changed(bytes, 0, &other_major), FormatError::Version { found: 2 }, "unsupported-version"),
        (
            "the magic alone",
            MAGIC.to_vec(),
            FormatError::Rule { section: Part::Header, rule: &"it ends too early" },
            "damaged-shard",
        ),
    ] {
        let error = attach(&mut build.closed(), *name, &file).expect_err(what);
        assert_eq!(error.code(), code, "{what}");
        assert_eq!(error, Error::Shard { name: Some(*name), problem }, "{what}");
    }
}

#[test]
fn a_newer_minor_is_read_and_its_sections_are_skipped_unless_required() {
    for build in builds() {
        let expected = answer_with(&build, build.files[0].0, &build.files[0].2).expect("the build");
        for (name, kind, bytes) in &build.files {
            let newer = changed(bytes, 8, &7u16.to_le_bytes());
            assert_eq!(answer_with(&build, *name, &newer).as_ref(), Ok(&expected), "{}", kind.name());
            let optional = with_section(&newer, 999, 3, 0, b"from the future");
            assert_eq!(answer_with(&build, *name, &optional).as_ref(), Ok(&expected), "{}", kind.name());
            for (what, refused) in [
                ("required", with_section(&newer, 999, 3, 1, b"from the future")),
                ("an unknown flag", with_section(&newer, 999, 3, 2, b"from the future")),
                ("no kind at all", with_section(&newer, 0, 0, 1, b"")),
            ] {
                let error = answer_with(&build, *name, &refused).expect_err(what);
                assert_eq!(error.section(), Some("section table"), "{what}: {error}");
            }
        }
    }
}

#[test]
fn reserved_bytes_are_zero() {
    all_refused("reserved byte", |_| 12, |bytes, way| changed(bytes, 48 + way, &[1]));
}

#[test]
fn a_table_of_another_size_than_its_cell_is_refused() {
    let build = Build::new(EXACT);
    let name = build.names(ShardKind::I2i)[0];
    let (base, count) = crate::board::CELLS[0];
    let rows: Vec<_> = (base..base + count - 1).map(crate::board::diagonal).collect();
    let header = EXACT.header(ShardKind::I2i, 0, base, count);
    let shard = ShardWriter::new(header).section(
        SectionKind::Rows,
        0,
        count - 1,
        rows::encode(base, &rows, rows::WeightCode::Levels(4)),
    );
    let error =
        answer_with(&build, name, &shard.finish().expect("a small file")).expect_err("four rows for five items");
    assert_eq!(error.section(), Some("rows"), "{error}");
}

#[test]
fn a_column_that_breaks_its_rules_is_refused_at_the_door() {
    let build = Build::new(EXACT);
    let name = build.names(ShardKind::Vec)[0];
    let bytes = build.bytes(name);
    // Behind the keys: numbers, a dictionary of two colours, tags.
    for (column, damage) in [(1, f32::INFINITY.to_le_bytes()), (2, [3, 1, b'a', 0]), (3, [0, 1, 0, 0])] {
        let at = u32_at(&bytes, 64 + 24 * column + 12).expect("a section") as usize;
        let error = attach(&mut build.open_without(&[name]), name, &changed(&bytes, at, &damage)).expect_err("damage");
        assert_eq!((error.section(), error.shard()), (Some("attribute"), Some(name)), "column {column}: {error}");
    }
}

#[test]
fn scales_stand_beside_int8_codes_and_only_there() {
    let exact = Build::new(EXACT);
    let (name, _, bytes) = exact.files.iter().find(|file| file.1 == ShardKind::Vec).expect("a vec shard");
    let error = answer_with(&exact, *name, &with_section(bytes, 35, 0, 1, &[0; 4 * 5])).expect_err("f16 with scales");
    assert_eq!(error.section(), Some("codes"), "{error}");
    let compact = Build::new(COMPACT);
    let (name, _, bytes) = compact.files.iter().find(|file| file.1 == ShardKind::Vec).expect("a vec shard");
    // The last section is `scales`; as an optional section of unknown kind it is not there.
    let entry = 64 + 24 * 5;
    assert_eq!(bytes[entry..entry + 2], [35, 0]);
    let without = changed(&changed(bytes, entry, &[231, 3]), entry + 4, &[0; 4]);
    let error = answer_with(&compact, *name, &without).expect_err("int8 without scales");
    assert_eq!(error.section(), Some("scales"), "{error}");
}

#[test]
fn a_section_that_comes_twice_is_refused() {
    for build in builds() {
        for (name, _, bytes) in &build.files {
            let kind = u16::from_le_bytes([bytes[64], bytes[65]]);
            let twice = with_section(bytes, kind, 0, 1, b"");
            let error = answer_with(&build, *name, &twice).expect_err("a section stands twice");
            assert_eq!(error.section(), Some("section table"), "{error}");
        }
    }
}
