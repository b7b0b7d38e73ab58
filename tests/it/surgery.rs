//! Damage to a shard with every checksum made valid again, so that the checks behind the checksums are reached.

use edge_recall::format::ShardKind;
use edge_recall::format::checksum::Crc32c;
use edge_recall::format::header::HEADER_BYTES;
use edge_recall::format::section::ENTRY_BYTES;
use edge_recall::ids::ShardName;

use crate::fixture::Build;

/// The files that are worth damaging: all of a small build, and of a large one one of each kind, every leaf, and the root of
/// the id map beside a file of it.
pub fn samples(build: &Build) -> impl Iterator<Item = &(ShardName, ShardKind, Vec<u8>)> {
    let first = |file: &(ShardName, ShardKind, Vec<u8>)| build.names(file.1).iter().position(|name| *name == file.0);
    build.files.iter().filter(move |file| match file.1 {
        ShardKind::Leaf => true,
        ShardKind::IdMap => first(file) <= Some(1),
        _ => build.files.len() < 8 || first(file) == Some(0),
    })
}

thread_local! {
    /// Its tables take longer to make than a small file to sum.
    static CRC: Crc32c = Crc32c::default();
}

fn checksum(parts: &[&[u8]]) -> [u8; 4] {
    CRC.with(|crc| parts.iter().fold(0, |sum, part| crc.update(sum, part))).to_le_bytes()
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// Where the section table of a shard ends, as its header claims, if the file is that long.
fn table_end(bytes: &[u8]) -> Option<usize> {
    let end = (u32_at(bytes, 12)? as usize).checked_mul(ENTRY_BYTES)?.checked_add(HEADER_BYTES)?;
    (end <= bytes.len()).then_some(end)
}

/// Makes every checksum right that lies inside the file, for sections that lie inside the file.
pub fn resign(bytes: &mut [u8]) {
    let Some(end) = table_end(bytes) else { return };
    for entry in (HEADER_BYTES..end).step_by(ENTRY_BYTES) {
        let place = |at| u32_at(bytes, entry + at).map(|value| value as usize);
        let (Some(offset), Some(length)) = (place(12), place(16)) else { return };
        if let Some(body) = offset.checked_add(length).and_then(|section_end| bytes.get(offset..section_end)) {
            let sum = checksum(&[body]);
            put(bytes, entry + 20, &sum);
        }
    }
    let sum = checksum(&[&bytes[..60], &bytes[HEADER_BYTES..end]]);
    put(bytes, 60, &sum);
}

/// The shard with `value` at `at` and valid checksums.
pub fn changed(bytes: &[u8], at: usize, value: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    put(&mut bytes, at, value);
    resign(&mut bytes);
    bytes
}

/// The shard with one more section behind the others.
pub fn with_section(bytes: &[u8], kind: u16, instance: u16, flags: u32, body: &[u8]) -> Vec<u8> {
    let end = table_end(bytes).expect("a valid shard");
    let count = u32_at(bytes, 12).expect("a valid shard");
    let mut grown = bytes[..end].to_vec();
    for entry in (HEADER_BYTES..end).step_by(ENTRY_BYTES) {
        let offset = u32_at(bytes, entry + 12).expect("a valid shard") + ENTRY_BYTES as u32;
        put(&mut grown, entry + 12, &offset.to_le_bytes());
    }
    grown.extend([kind.to_le_bytes(), instance.to_le_bytes()].concat());
    for field in [flags, 1, (bytes.len() + ENTRY_BYTES) as u32, body.len() as u32, 0] {
        grown.extend(field.to_le_bytes());
    }
    grown.extend(&bytes[end..]);
    grown.extend(body);
    grown.resize(grown.len().next_multiple_of(8), 0);
    put(&mut grown, 12, &(count + 1).to_le_bytes());
    let length = grown.len() as u32;
    put(&mut grown, 44, &length.to_le_bytes());
    resign(&mut grown);
    grown
}
