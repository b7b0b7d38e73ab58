//! The rules of docs/FORMAT.md 5.9 to 5.14 and 11, one broken at a time in otherwise valid sections; and lies that only the
//! place of a shard gives away.

use edge_recall::error::Part;
use edge_recall::format::card::ItemCard;
use edge_recall::format::checksum::Crc32c;
use edge_recall::format::display::Display;
use edge_recall::format::idmap::{IdFiles, Ids};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{ShardKind, gain, leaves, ordinals};
use edge_recall::ids::{Epoch, Model, Ordinal, ShardName};
use edge_recall::{AlignedBytes, Error, FormatError};

use crate::allocations::largest;
use crate::board::{self, ITEMS, text_key};
use crate::fixture::{Build, LARGE, Recipe};
use crate::format_rules::{Read, check};
use crate::packing;
use crate::surgery::{changed, with_section};

#[test]
fn a_directory_of_two_leaves() {
    let read: Read = |section| leaves::read(section, 5, 1).map(drop);
    let leaf = |items: u8, cells: u8, name: u8, size: u8, spread: f32| {
        let mut bytes = vec![items, 0, 0, 0, cells, 0, 0, 0];
        bytes.extend([name; 10].into_iter().chain([0, 0, size, 0, 0, 0]));
        bytes.extend(1f32.to_le_bytes().into_iter().chain(spread.to_le_bytes()).chain([5, 0, 0, 0]));
        bytes
    };
    let two = |first: Vec<u8>| [&[1, 0, 0, 0, 0, 0, 0, 0][..], &first, &leaf(3, 1, 8, 9, 0.0)].concat();
    let sound = two(leaf(2, 2, 7, 9, 0.5));
    let mut padded = sound.clone();
    *padded.last_mut().expect("a byte") = 1;
    let mut reserved = sound.clone();
    reserved[8 + 18] = 1;
    check(
        read,
        SectionKind::Leaves,
        2,
        &[
            (&sound, ""),
            (&two(leaf(2, 3, 7, 9, 0.5)), "more cells than items"),
            (&two(leaf(2, 0, 7, 9, 0.5)), "is empty"),
            (&two(leaf(0, 0, 7, 9, 0.5)), "is empty"),
            (&two(leaf(3, 2, 7, 9, 0.5)), "do not add up"),
            (&two(leaf(2, 2, 0, 9, 0.5)), "has no file"),
            (&two(leaf(2, 2, 7, 0, 0.5)), "has no file"),
            (&two(leaf(2, 2, 7, 9, f32::NAN)), "not finite"),
            (&two(leaf(2, 2, 7, 9, -1.0)), "negative"),
            (&padded, "padding"),
            (&reserved, "reserved"),
            (&sound[..sound.len() - 1], "does not fit"),
            (&[&[2], &sound[1..]].concat(), "another dimension"),
        ],
    );
    check(read, SectionKind::Leaves, u32::MAX, &[(&sound, "does not fit")]);
}

#[test]
fn ascending_ordinals() {
    let mask: Read = |section| ordinals::read_mask(section, 10, 5).map(drop);
    let cases: [(&[u8], &str); 6] = [
        (b"\x00\x03", ""),
        (b"\x00\x04", "outside the shard"),
        (b"\x05\x00", "outside the shard"),
        (b"\xff\xff\xff\xff\x0f\x00", "outside the shard"),
        (b"\x00\x00\x00", "left over"),
        (b"\x00", "more items"),
    ];
    check(mask, SectionKind::Mask, 2, &cases);
    check(mask, SectionKind::Mask, u32::MAX, &[(b"\x00\x01", "more items")]);
    let known = |section: &edge_recall::format::section::Section| ordinals::read_known(section, 9).map(drop);
    let keys = edge_recall::format::keys::encode(&["7", "8"]);
    let cases = [
        ([&[2, 0, 0, 0, 0, 7][..], &keys].concat(), ""),
        ([&[2, 0, 0, 0, 0, 8][..], &keys].concat(), "outside the shard"),
        ([&[3, 0, 0, 0, 0, 7, 0][..], &keys].concat(), "left over"),
        ([&[255, 255, 255, 255, 0, 7][..], &keys].concat(), "ends too early"),
        ([&[1, 0, 0, 0, 0][..], &keys].concat(), "more items"),
    ];
    for (bytes, rule) in &cases {
        check(known, SectionKind::Known, 2, &[(bytes, rule)]);
    }
}

#[test]
fn the_files_and_keys_of_an_id_map() {
    let files: Read = |section| IdFiles::read(section).map(drop);
    let one = b"\x01\0\0\0\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x05\0\0\0";
    let cases: [(&[u8], &str); 5] = [
        (one, ""),
        (&[&[0], &one[1..]].concat(), ""),
        (&[&[2], &one[1..]].concat(), "does not fit"),
        (&one[..17], "does not fit"),
        (&[&one[..14], &[0; 4]].concat(), "no name or no size"),
    ];
    check(files, SectionKind::IdFiles, 1, &cases);
    check(files, SectionKind::IdFiles, 1, &[(&[&one[..4], &[0; 10], &one[14..]].concat(), "no name or no size")]);
    check(files, SectionKind::IdFiles, u32::MAX, &[(one, "does not fit")]);
    let ids: Read = |section| Ids::read(section, 3).map(drop);
    check(
        ids,
        SectionKind::Ids,
        1,
        &[(b"\x02\0\0\0\xaa\xbb", ""), (b"\x03\0\0\0\xaa\xbb", "outside"), (b"\x02\0\0\0\xaa", "does not fit")],
    );
    check(ids, SectionKind::Ids, u32::MAX, &[(b"\x02\0\0\0\xaa\xbb", "does not fit")]);
}

#[test]
fn fields_and_gains_of_two_items() {
    let fields: Read = |section| Display::read(section, 2).map(drop);
    check(
        fields,
        SectionKind::Fields,
        2,
        &[
            (b"\x01\0\0\0\0\0\0\0\x02ab\0\0\x01c", ""),
            (b"\x02\0\0\0\0\0\0\0\x02ab\0\0\x01c", "number of blocks"),
            (b"\x01\0\0\0\x01\0\0\0\x02ab\0\0\x01c", "does not begin"),
            (b"\x01\0\0\0\0\0\0\0\x02ab\0\0\x01", "ends too early"),
            (b"\x01\0\0\0\0\0\0\0\x02ab\0\0\x01c\0", "left over"),
            (b"\x01\0\0\0\0\0\0\0\x02a\xff\0\0\x01c", "not UTF-8"),
            (b"\x01\0\0\0\0\0\0\0\x02a\n\0\0\x01c", "control characters"),
        ],
    );
    check(fields, SectionKind::Fields, u32::MAX, &[(b"\x01\0\0\0\0\0\0\0", "number of blocks")]);
    let gains: Read = |section| gain::read(section).map(drop);
    check(
        gains,
        SectionKind::Gain,
        2,
        &[(b"\x05\xff", ""), (b"\x05", "does not fit"), (b"\x05\x05\x05", "does not fit")],
    );
    let two = [0xFF; 16];
    let prints = [(&two[..], ""), (&two[1..], "does not fit"), (&[0xFF; 17], "does not fit"), (&[], "does not fit")];
    check(gains, SectionKind::Prints, 2, &prints);
    check(gains, SectionKind::Prints, u32::MAX, &[(&two, "does not fit")]);
}

#[test]
fn cards_that_stand_alone() {
    let card =
        ItemCard { ordinal: 300, scale: 0.5, codes: vec![1, -2, 3], rows: vec![vec![1, 0x80, 0x3F, 2, 15], vec![]] };
    let bytes = card.encode(Epoch(1), Model(2));
    assert_eq!(ItemCard::decode(&bytes), Ok((Epoch(1), Model(2), card)));
    for length in 0..bytes.len() {
        assert!(ItemCard::decode(&bytes[..length]).is_err(), "length {length}");
    }
    let signed = |body: &[u8]| [body, &Crc32c::default().update(0, body).to_le_bytes()].concat();
    let body = &bytes[..bytes.len() - 4];
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(ItemCard::decode(&flipped), Err(FormatError::Checksum { section: Part::Card }), "bit {bit}");
        // The same lie behind a valid checksum: refused, or a card that keeps its promises; memory it costs none.
        let lie = signed(&flipped[..bytes.len() - 4]);
        let (read, most) = largest(|| ItemCard::decode(&lie));
        assert!(most <= 32 * 1024, "bit {bit}: an allocation of {most} bytes");
        if let Ok((_, _, card)) = read {
            assert!(card.vector(3).is_none_or(|vector| !vector.iter().any(|x| x.is_nan())), "bit {bit}");
            assert!(card.rows.iter().all(|row| row.len() <= 2048) && card.rows.len() <= 8);
        }
    }
    let refused = |body: &[u8], expected: &str| {
        let error = ItemCard::decode(&signed(body)).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}: not {expected}");
    };
    refused(&[&[2], &body[1..]].concat(), "unknown version");
    refused(&[body, &[0]].concat(), "left over");
    refused(&[&body[..17], &[0, 0, 0, 0xC0, 0x7F, 0, 0]].concat(), "no usable vector");
    refused(&[&body[..17], &[0, 0, 0, 0x80, 0xBF, 0, 0]].concat(), "no usable vector");
    refused(&[&body[..17], &[0, 0, 0, 0, 0, 0x81, 4]].concat(), "no usable vector");
    refused(&[&body[..17], &[0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]].concat(), "ends too early");
    refused(&[&body[..17], &[0, 0, 0, 0, 0, 0, 9], &[0; 9]].concat(), "too many");
    refused(&[&body[..17], &[0, 0, 0, 0, 0, 0, 1, 0x81, 0x10], &[0; 2049]].concat(), "too long");
}

/// Offers `bytes` in the place of a file of the large build where only it is missing.
fn offered(build: &Build, name: ShardName, bytes: &[u8]) -> Result<(), FormatError> {
    build.open_without(&[name]).attach(name, AlignedBytes::copy_of(bytes)).map_err(problem)
}

/// What is wrong with a shard.
fn problem(error: Error) -> FormatError {
    match error {
        Error::Shard { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

fn rule(found: Result<(), FormatError>) -> (&'static str, &'static str) {
    match found.expect_err("a broken rule") {
        FormatError::Rule { section, rule } => (section.name(), *rule),
        other => panic!("{other}"),
    }
}

#[test]
fn a_leaf_keeps_to_its_directory() {
    let build = Build::new(LARGE);
    let leaf = build.names(ShardKind::Leaf)[0];
    let bytes = build.bytes(leaf);
    assert_eq!(offered(&build, leaf, &bytes), Ok(()));
    // Two cells of two items and one; the directory says three items in two cells.
    let entry = 56 + board::DIM.next_multiple_of(4);
    let first = 64 + 24 + 8;
    let more = changed(&bytes, first, &3u32.to_le_bytes());
    assert_eq!(rule(offered(&build, leaf, &more)), ("cells", "the cells do not add up to what holds them"));
    let merged: Vec<u8> = [&bytes[64 + 24..first], &3u32.to_le_bytes(), &bytes[first + 4..first + entry]].concat();
    let header = LARGE.header(ShardKind::Leaf, 0, 0, 3);
    let merged = ShardWriter::new(header).section(SectionKind::Cells, 0, 1, merged).finish().expect("a small file");
    assert_eq!(rule(offered(&build, leaf, &merged)), ("cells", "another number of cells than the directory says"));
    let masked = |ordinal: &[u8]| with_section(&bytes, SectionKind::Mask as u16, 0, 1, ordinal);
    assert_eq!(offered(&build, leaf, &masked(&[2])), Ok(()));
    assert_eq!(rule(offered(&build, leaf, &masked(&[3]))), ("mask", "an item lies outside the shard"));
}

#[test]
fn gains_stand_for_the_items_of_the_cell() {
    let build = Build::new(LARGE);
    let name = build.names(ShardKind::Vec)[0];
    let bytes = build.bytes(name);
    // The last section, of two bytes and a padding that is zero.
    let entry = 64 + 24 * 6;
    assert_eq!(bytes[entry..entry + 2], [36, 0]);
    let longer = changed(&bytes, entry + 16, &3u32.to_le_bytes());
    assert_eq!(rule(offered(&build, name, &longer)).0, "gain");
    let counted = changed(&longer, entry + 8, &3u32.to_le_bytes());
    assert_eq!(rule(offered(&build, name, &counted)).0, "gain");
}

#[test]
fn fingerprints_stand_for_the_items_of_the_cell() {
    let build = Build::new(Recipe { prints: true, ..LARGE });
    let name = build.names(ShardKind::Vec)[0];
    let bytes = build.bytes(name);
    assert_eq!(offered(&build, name, &bytes), Ok(()));
    let entry = 64 + 24 * 7;
    assert_eq!(bytes[entry..entry + 2], [37, 0]);
    assert_eq!(bytes[entry + 4..entry + 8], [0; 4], "an older reader leaves them out");
    let longer = changed(&bytes, entry + 8, &3u32.to_le_bytes());
    assert_eq!(rule(offered(&build, name, &longer)).0, "prints");
}

#[test]
fn only_the_root_names_files_and_only_the_others_know_keys() {
    let build = Build::new(LARGE);
    let [root, file, ..] = build.names(ShardKind::IdMap)[..] else { panic!("a root and files") };
    assert_eq!(rule(offered(&build, file, &build.bytes(root))), ("ids", "the section is missing"));
    assert_eq!(rule(offered(&build, root, &build.bytes(file))), ("id-files", "the section is missing"));
}

#[test]
fn a_known_key_is_the_cells_own() {
    let build = Build::new(LARGE);
    let head = build.names(ShardKind::Head)[0];
    let lists = |known: &[(u32, &str)]| {
        let (ordinals, names): (Vec<Ordinal>, Vec<&str>) =
            known.iter().map(|&(item, key)| (Ordinal(item), key)).unzip();
        let section = ordinals::encode_known(&ordinals, &names);
        let header = LARGE.header(ShardKind::Head, edge_recall::format::header::NO_CELL, 0, ITEMS);
        let bare = packing::lists_shard(crate::fixture::Recipe { known: false, ..LARGE }, header, str::is_empty);
        bare.section(SectionKind::Known, 0, known.len() as u32, section).finish().expect("a small file")
    };
    let refused = ("known", "two items have the same key");
    for (known, expected) in [
        (&[(0, "a1"), (4, "b2")][..], None),
        (&[(0, "x"), (4, "x")], Some(refused)),
        // a3 is the key of item 2, whose cell is here.
        (&[(0, "a3")], Some(refused)),
    ] {
        let cells = build.names(ShardKind::Vec);
        let mut recaller = build.open_without(&[head, build.names(ShardKind::Crowds)[0], cells[0], cells[2]]);
        let found = recaller.attach(head, AlignedBytes::copy_of(&lists(known))).map_err(problem);
        assert_eq!(recaller.crowds().is_empty(), found.is_err(), "whole or not at all");
        assert_eq!(found.is_err().then(|| rule(found)), expected, "{known:?}");
    }
    // The other way round: the cell comes after the lie, and then it is the cell that is refused.
    let [cell, _, own, ..] = build.names(ShardKind::Vec)[..] else { panic!("six cells") };
    let mut recaller = build.open_without(&[head, build.names(ShardKind::Crowds)[0], cell, own]);
    recaller.attach(head, AlignedBytes::copy_of(&lists(&[(5, "a2")]))).expect("nobody knows better yet");
    let met = recaller.attach(cell, build.bytes(cell));
    assert!(matches!(met, Err(Error::Shard { problem: FormatError::Rule { section: Part::Keys, .. }, .. })), "{met:?}");
    assert_eq!(recaller.find("a2"), Some(Ordinal(5)));
    assert_eq!(recaller.find(&text_key(6)), Some(Ordinal(6)), "the other cells are as they were");
    assert_eq!(recaller.find("a1"), None, "the refused one left nothing behind");
}
