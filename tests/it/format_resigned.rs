//! Lies that carry valid checksums: counts, offsets and ids of a file that was made to deceive. Whatever is accepted must
//! give an answer that keeps its promises, and no lie may cost memory.

use std::collections::HashSet;

use edge_recall::format::ShardKind;
use edge_recall::format::cells;
use edge_recall::format::section::SectionKind;
use edge_recall::ids::ShardName;
use edge_recall::recaller::{Budget, Privacy};
use edge_recall::{AlignedBytes, Recaller, Request};

use crate::allocations::largest;
use crate::fixture::{Build, COMPACT, EXACT, MASKED, Recipe, views};
use crate::surgery::{changed, samples, u32_at};

/// The largest allocation that a lie in a file of about a kilobyte may cause: tables of the checksum and the sums.
const MOST_BYTES: usize = 32 * 1024;

/// Offers a changed shard where only it is missing. Tells whether it was accepted; then its answers have been checked.
fn accepted(build: &Build, prepared: &Recaller, name: ShardName, bytes: &[u8], lie: &str) -> bool {
    let kind = build.files.iter().find(|file| file.0 == name).expect("a file of the build").1;
    let bytes = AlignedBytes::copy_of(bytes);
    let mut recaller = prepared.clone();
    let (attached, most) = largest(|| recaller.attach(name, bytes));
    assert!(most <= MOST_BYTES, "{lie}: an allocation of {most} bytes");
    if attached.is_err() {
        return false;
    }
    // What names others may name files that are not there; those that are may have become skewed.
    if matches!(kind, ShardKind::Dir | ShardKind::Leaf | ShardKind::IdMap) {
        plans(&recaller, lie);
        for (other, _, own) in &build.files {
            let _refused = recaller.attach(*other, AlignedBytes::copy_of(own));
        }
        plans(&recaller, lie);
    }
    for request in [
        Request::recommend(views(&["b2", "c1", "22", "31"])),
        Request::similar(views(&["a1", "11"])),
        Request::trending(),
    ] {
        let (response, most) = largest(|| recaller.finish(&request.limit(20)).expect("a request that makes sense"));
        assert!(most <= MOST_BYTES, "{lie}: an allocation of {most} bytes in the answer");
        let mut seen = HashSet::new();
        for result in &response.recommendations {
            assert!(seen.insert(&result.key), "{lie}: {} twice", result.key);
            assert!(result.score.is_finite(), "{lie}: score {}", result.score);
            let shares = result.shares.iter().copied().chain(result.why.iter().map(|reason| reason.share));
            for share in shares {
                assert!((0.0..=1.0001).contains(&share), "{lie}: share {share} of {}", result.key);
            }
        }
    }
    for item in 0..13 {
        let _decoded = recaller.attributes(edge_recall::ids::Ordinal(item));
    }
    true
}

/// Plans over lies cost no memory and name no file twice.
fn plans(recaller: &Recaller, lie: &str) {
    let budget = Budget { bytes: 5000, files: 9 };
    let strange = Request::recommend(views(&["b2", "z9", "31"])).budget(budget);
    for request in [strange.clone(), Request { privacy: Privacy::Decoys(5), ..strange }] {
        let (plan, most) = largest(|| recaller.plan(&request));
        assert!(most <= MOST_BYTES, "{lie}: an allocation of {most} bytes in the plan");
        let names: HashSet<_> = plan.files.iter().map(|file| file.name).collect();
        assert_eq!(names.len(), plan.files.len(), "{lie}: a file twice");
    }
    let _shown = recaller.plan_display(&["a1".into(), "d3".into()]);
    let _fields = recaller.display("b2");
}

/// Tells every lie about a shard of each kind of every build; returns how many were accepted and how many refused.
fn tell(lies: impl Fn(&[u8]) -> Vec<(usize, Vec<u8>)>) -> (usize, usize) {
    let (mut yes, mut no) = (0, 0);
    for recipe in [EXACT, COMPACT, MASKED] {
        let build = Build::new(recipe);
        for (name, kind, bytes) in samples(&build) {
            let prepared = build.open_without(&[*name]);
            for (at, value) in lies(bytes) {
                let lie = format!("{} {at}: {value:02x?}", kind.name());
                let is = accepted(&build, &prepared, *name, &changed(bytes, at, &value), &lie);
                *(if is { &mut yes } else { &mut no }) += 1;
            }
        }
    }
    (yes, no)
}

#[test]
fn every_number_replaced_by_zero_one_and_the_largest() {
    let (yes, no) = tell(|bytes| {
        let values = [0, 1, 0x7FFF_FFFF, u32::MAX];
        let places = 8..bytes.len() - 3;
        places.flat_map(|at| values.map(|value: u32| (at, value.to_le_bytes().to_vec()))).collect()
    });
    assert!(no > yes && yes > 0, "{yes} accepted, {no} refused: both kinds must have been tried");
}

#[test]
fn every_flipped_bit_behind_valid_checksums() {
    let (yes, no) = tell(|bytes| {
        let bits = 8 * 8..bytes.len() * 8;
        bits.map(|bit| (bit / 8, vec![bytes[bit / 8] ^ 1 << (bit % 8)])).collect()
    });
    assert!(no > 0 && yes > 0, "{yes} accepted, {no} refused: both kinds must have been tried");
}

#[test]
fn a_wrong_count_is_refused_in_header_and_table() {
    let right = |bytes: &[u8], at: usize| u32_at(bytes, at).expect("inside");
    for recipe in [EXACT, COMPACT, MASKED] {
        let build = Build::new(recipe);
        for (name, kind, bytes) in samples(&build) {
            let prepared = build.open_without(&[*name]);
            let sections = right(bytes, 12) as usize;
            let counts = (0..sections).map(|section| 64 + 24 * section + 8);
            // Sections, cell, base, count, length; then the count of every section.
            // A file of the id map outlives the number of items, so its header tells nothing of them.
            let place: &[usize] = if *kind == ShardKind::IdMap { &[12, 44] } else { &[12, 32, 36, 40, 44] };
            for at in place.iter().copied().chain(counts) {
                let around = [right(bytes, at).wrapping_sub(1), right(bytes, at).wrapping_add(1)];
                for value in [0, 1, u32::MAX].into_iter().chain(around).filter(|&value| value != right(bytes, at)) {
                    let lie = format!("{} {at}: {value}", kind.name());
                    let file = changed(bytes, at, &value.to_le_bytes());
                    assert!(!accepted(&build, &prepared, *name, &file, &lie), "{lie} was accepted");
                }
            }
        }
    }
}

#[test]
fn a_directory_of_billions_is_refused_at_once() {
    let build = Build::new(Recipe { inline: false, ..COMPACT });
    let dir = build.names(ShardKind::Dir)[0];
    let section = build.bytes(dir);
    let mut manifest = build.manifest.clone();
    manifest.items = u32::MAX;
    let recaller = Recaller::new(manifest).expect("a manifest may claim any number of items");
    let claim = changed(&section, 40, &u32::MAX.to_le_bytes());
    assert!(!accepted(&build, &recaller, dir, &claim, "items of the catalogue"));
    // Every cell claims all of them: their sum does not fit.
    let cells_at = 64 + 24 + 8;
    let entry = 56 + crate::board::DIM.next_multiple_of(4);
    let mut claim = claim;
    for cell in 0..2 {
        claim = changed(&claim, cells_at + cell * entry, &u32::MAX.to_le_bytes());
    }
    assert!(!accepted(&build, &recaller, dir, &claim, "items of a cell"));
    let opened = edge_recall::format::Shard::open(AlignedBytes::copy_of(&claim)).expect("its structure is sound");
    let cells = opened.required(SectionKind::Cells).expect("a directory has cells");
    assert!(cells::read(cells, 0, u32::MAX, crate::board::DIM).is_err());
}
