//! Bytes of strangers against every reader of the format. An error is a fine answer; a panic, a hang or gigabytes are not.
//!
//! Random bytes never pass a checksum, so there is a second way in: sections that the fuzzer makes up, signed properly and
//! placed where a sound build has its own. Both end in a whole recaller that then has to answer.
#![no_main]

#[path = "fixture.rs"]
mod fixture;

use arbitrary::Arbitrary;
use edge_recall::format::attribute::{AttributeType, Column};
use edge_recall::format::card::ItemCard;
use edge_recall::format::codes::{Code, Codes, Metric};
use edge_recall::format::display::Display;
use edge_recall::format::idmap::{IdFiles, Ids};
use edge_recall::format::keys::Keys;
use edge_recall::format::rows::Rows;
use edge_recall::format::section::{Section, SectionKind};
use edge_recall::format::write::ShardWriter;
use edge_recall::format::{Shard, ShardKind, cells, cohorts, crowds, gain, gram, leaves, ordinals};
use edge_recall::{AlignedBytes, Manifest};
use fixture::{ITEMS, Made, attach_all, header};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// A file as it is.
    Raw(&'a [u8]),
    /// The text of a manifest.
    Text(&'a str),
    /// A file whose sections are the fuzzer's and whose checksums are right.
    Signed { kind: u8, sections: Vec<Body<'a>> },
    /// A sound file with bytes exchanged inside one section, signed again.
    Patched { file: u8, section: u8, count: Option<u32>, patches: Vec<(u16, u8)> },
}

#[derive(Arbitrary, Debug)]
struct Body<'a> {
    kind: u8,
    instance: u8,
    count: u16,
    bytes: &'a [u8],
}

fuzz_target!(|input: Input| match input {
    Input::Raw(bytes) => {
        read_all(bytes);
        if let Ok((epoch, model, card)) = ItemCard::decode(bytes) {
            assert_eq!(ItemCard::decode(&card.encode(epoch, model)), Ok((epoch, model, card)));
        }
    }
    Input::Text(text) => {
        if let Ok(manifest) = Manifest::parse(text) {
            // What was read can be written, and is then read as the same.
            assert_eq!(Manifest::parse(&manifest.to_json()), Ok(manifest));
        }
    }
    Input::Signed { kind, sections } => {
        let kind = ShardKind::ALL[usize::from(kind) % ShardKind::ALL.len()];
        let mut writer = ShardWriter::new(header(kind, 0));
        for body in sections {
            let kind = SectionKind::ALL[usize::from(body.kind) % SectionKind::ALL.len()];
            writer = writer.section(kind, u16::from(body.instance), u32::from(body.count), body.bytes.to_vec());
        }
        take_in(kind, writer);
    }
    Input::Patched { file, section, count, patches } => {
        let made = Made::get();
        let (kind, sections) = &made.sections[usize::from(file) % made.sections.len()];
        let mut sections = sections.clone();
        let chosen = usize::from(section) % sections.len();
        let (_, _, entries, bytes) = &mut sections[chosen];
        *entries = count.unwrap_or(*entries);
        for (place, value) in patches {
            let length = bytes.len();
            bytes[usize::from(place) % length] = value;
        }
        let written =
            sections.into_iter().fold(ShardWriter::new(header(*kind, 0)), |writer, (kind, instance, count, bytes)| {
                writer.section(kind, instance, count, bytes)
            });
        take_in(*kind, written);
    }
});

/// Reads a file by itself, then in the place of the sound build's file of its kind.
fn take_in(kind: ShardKind, writer: ShardWriter) {
    let Some(bytes) = writer.finish() else { return };
    read_all(&bytes);
    attach_all(kind, &bytes);
}

/// Every reader over every section, whatever the section says it is.
fn read_all(bytes: &[u8]) {
    let Ok(shard) = Shard::open(AlignedBytes::copy_of(bytes)) else { return };
    for code in Code::ALL {
        let _ = Codes::read(&shard, fixture::DIM, code, Metric::Dot);
    }
    for section in shard.sections() {
        read_section(section);
    }
}

fn read_section(section: &Section) {
    let _ = crowds::read(section, ITEMS);
    let _ = gram::read(section, fixture::DIM);
    let _ = cells::read(section, 0, ITEMS, fixture::DIM);
    let _ = cells::read(section, u32::MAX - ITEMS, ITEMS, fixture::DIM);
    let _ = gain::read(section);
    if let Ok(cohorts) = cohorts::read(section, fixture::DIM) {
        assert!(cohorts.iter().all(|cohort| cohort.mean.len() == fixture::DIM));
    }
    if let Ok(leaves) = leaves::read(section, ITEMS, fixture::DIM) {
        assert_eq!(leaves.iter().map(|leaf| leaf.items).sum::<u32>(), ITEMS);
    }
    if let Ok(masked) = ordinals::read_mask(section, 5, ITEMS) {
        assert!(masked.is_sorted_by(|a, b| a < b) && masked.iter().all(|item| (5..5 + ITEMS).contains(&item.0)));
    }
    if let Ok((known, keys)) = ordinals::read_known(section, ITEMS) {
        assert_eq!(known.len(), keys.count() as usize);
    }
    if let Ok(files) = IdFiles::read(section) {
        assert!(files.of("sku-1").len() <= files.files.len());
    }
    if let Ok(ids) = Ids::read(section, ITEMS) {
        assert!(ids.candidates("sku-1").iter().all(|item| item.0 < ITEMS));
    }
    for fields in 0..3 {
        if let Ok(display) = Display::read(section, fields) {
            assert_eq!(display.get(0).len(), if section.count > 0 { fields } else { 0 });
            assert!(display.get(u32::MAX).len() <= fields);
        }
    }
    if let Ok(keys) = Keys::read(section) {
        let mut slots = 0;
        keys.for_each(&mut |slot, key| {
            assert_eq!(slot, slots);
            assert!(!key.is_empty());
            slots += 1;
        });
        assert_eq!(slots, keys.count());
        for slot in [0, keys.count() / 2, keys.count(), u32::MAX] {
            assert_eq!(keys.get(slot).is_empty(), slot >= keys.count());
        }
    }
    if let Ok(rows) = Rows::read(section, 0, ITEMS) {
        for slot in [0, rows.count() / 2, rows.count(), u32::MAX] {
            let mut before = None;
            rows.for_each(slot, &mut |target, weight| {
                assert!(target.0 < ITEMS && weight.is_finite());
                assert!(before < Some(target));
                before = Some(target);
            });
        }
    }
    for kind in [AttributeType::Number, AttributeType::Category, AttributeType::Tags] {
        if let Ok(column) = Column::read(section, kind) {
            for slot in [0, section.count as usize, usize::MAX] {
                let _ = column.values(slot);
            }
        }
    }
}
