//! Tests of `epoch.rs`: what one more day keeps, to the byte, and where it puts what is new.

use std::collections::BTreeMap;
use std::path::Path;

use edge_recall::EventKind;
use edge_recall::HistoryEvent;

use super::*;
use crate::config::{Config, ModelConfig};
use crate::layout::Cut;
use crate::learn::{Learned, learn};
use crate::model::UserAttributes;
use crate::notes::Notes;
use crate::numbering::Numbering;
use crate::output::{OutputDir, SHARDS};
use crate::pack::{Memory, Packed, pack_numbered};
use crate::progress::Progress;
use crate::publish::publish;
use crate::recipe::Recipe;
use crate::stages::fixture::{checkerboard, log};
use crate::tune::TuneReport;

const ITEMS: u32 = 60;

/// Sixty items of two halves, and `more` that came after them, each met by three users together with some of its half.
fn site(more: u32) -> Interactions {
    let known = checkerboard(80, ITEMS);
    let mut rows: Vec<Vec<u32>> =
        (0..80).map(|user| known.user(user).iter().map(|event| event.item).collect()).collect();
    for new in 0..more {
        for friend in 0..3 {
            rows.push(vec![ITEMS + new, new % 2 + 2 * friend, new % 2 + 2 * friend + 10]);
        }
    }
    log((ITEMS + more) as usize, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// One cell; several in one level; several below leaves.
const CUTS: [Cut; 3] = [Cut { cells: 1, leaves: 1 }, Cut { cells: 6, leaves: 1 }, Cut { cells: 20, leaves: 4 }];

fn recipe(log: &Interactions) -> Recipe {
    let model = ModelConfig { dim: Some(4), ..ModelConfig::default() };
    Recipe::new(&Config { model, ..Config::default() }, log, &UserAttributes::default())
}

fn learned(log: &Interactions, recipe: &Recipe) -> Learned {
    learn(log, &UserAttributes::default(), recipe, &Progress::hidden()).unwrap()
}

/// The first build of a site in `dir`.
fn first(dir: &Path, cut: Cut) -> Packed {
    let log = site(0);
    let recipe = recipe(&log);
    let learned = learned(&log, &recipe);
    let numbering = Numbering::new(&log, learned.vectors.as_ref(), cut);
    let sink = Memory::default();
    let manifest = pack_numbered(Material::bare(&log, &learned, &recipe), &numbering, &sink).unwrap();
    let packed = sink.packed(manifest);
    write(&packed, dir);
    packed
}

fn write(packed: &Packed, dir: &Path) {
    let notes = Notes::new(&recipe(&site(0)), BTreeMap::new(), TuneReport::default());
    publish(packed, Some(&notes), None, OutputDir::create(dir, SHARDS).unwrap(), 1).unwrap();
}

/// The day after the build in `dir`.
fn next(dir: &Path, log: &Interactions) -> Packed {
    let previous = Previous::read(dir).unwrap();
    let recipe = recipe(log);
    let (vectors, known) = previous.vectors(log);
    // New items get the vector of the item of their half that came first.
    let rows = (0..log.items.len()).flat_map(|item| {
        let from = if known[item] { item } else { item % 2 };
        vectors.row(from).to_vec()
    });
    let vectors = ItemVectors { dim: vectors.dim, rows: rows.collect() };
    let learned = Learned { vectors: Some(vectors), ..learned(log, &recipe) };
    let sink = Memory::default();
    let manifest = Continued::new(&previous, Material::bare(log, &learned, &recipe)).unwrap().pack(&sink).unwrap();
    sink.packed(manifest)
}

#[test]
fn a_day_without_anything_new_is_the_same_build() {
    let home = tempfile::tempdir().unwrap();
    for cut in CUTS {
        let before = first(home.path(), cut);
        let after = next(home.path(), &site(0));
        assert_eq!(after.manifest.visit, before.manifest.visit, "{cut:?}");
        assert!(after.manifest_text() == before.manifest_text() && after.files == before.files, "{cut:?}");
    }
}

#[test]
fn new_items_stand_behind_and_are_found_from_both_sides() {
    let home = tempfile::tempdir().unwrap();
    for cut in CUTS {
        let before = first(home.path(), cut);
        let after = next(home.path(), &site(3));
        let (old, new) = (before.attach().unwrap(), after.attach().unwrap());
        assert_eq!((new.manifest().items, new.manifest().epoch_items), (ITEMS + 3, ITEMS));
        assert!((0..ITEMS).all(|item| old.key(Ordinal(item)) == new.key(Ordinal(item))));
        for item in ITEMS..ITEMS + 3 {
            let key = format!("i{item}");
            assert!(new.find(&key).unwrap().0 >= ITEMS);
            let seed = HistoryEvent { key, kind: EventKind::View, age: None };
            let answer = new.finish(&Request::similar(vec![seed])).unwrap();
            let near: Vec<u32> = answer.recommendations.iter().map(|f| f.key[1..].parse::<u32>().unwrap()).collect();
            assert!(near.len() == 10 && near[..5].iter().all(|near| near % 2 == item % 2), "{item}: {near:?}");
        }
        let seed = HistoryEvent { key: "i0".into(), kind: EventKind::View, age: None };
        let answer = new.finish(&Request::similar(vec![seed]).limit(40)).unwrap();
        assert!(answer.recommendations.iter().any(|found| found.key == "i60"), "{cut:?}: {answer:?}");
    }
}

#[test]
fn the_vectors_of_the_epoch_are_those_of_the_day_before() {
    let home = tempfile::tempdir().unwrap();
    let before = first(home.path(), CUTS[2]);
    let log = site(2);
    let (vectors, known) = Previous::read(home.path()).unwrap().vectors(&log);
    assert_eq!(known.iter().filter(|known| !**known).count(), 2);
    let recaller = before.attach().unwrap();
    for (item, key) in log.items.iter().enumerate() {
        let vector = recaller.find(key).and_then(|item| recaller.embeddings().vector(item));
        assert_eq!(vectors.row(item), vector.unwrap_or_else(|| vec![0.0; 4]));
    }
}

#[test]
fn what_the_log_no_longer_has_keeps_its_place() {
    let home = tempfile::tempdir().unwrap();
    let before = first(home.path(), CUTS[2]).attach().unwrap();
    let mut log = site(0);
    let gone = log.items.len() - 1;
    let key = log.items.pop().unwrap();
    let mut offsets = vec![0];
    let mut events = Vec::new();
    for user in 0..log.users.len() {
        events.extend(log.user(user).iter().filter(|event| event.item as usize != gone));
        offsets.push(events.len());
    }
    (log.events, log.offsets) = (events, offsets);
    let after = next(home.path(), &log).attach().unwrap();
    assert_eq!((after.manifest().items, after.find(&key)), (ITEMS, before.find(&key)));
    assert_eq!(after.manifest().epoch, before.manifest().epoch);
    let item = after.find(&key).unwrap();
    assert_eq!(after.embeddings().vector(item), before.embeddings().vector(item));
}

/// Three days: each adds a cell, all of them below one leaf behind those of the epoch.
#[test]
fn what_is_new_has_one_leaf() {
    let cell = |n: u32| n..n + 1;
    for (cut, flat) in CUTS[1..].iter().zip([true, false]) {
        let home = tempfile::tempdir().unwrap();
        let mut packed = first(home.path(), *cut);
        let leaves = |packed: &Packed| packed.attach().unwrap().directory().unwrap().leaves().count();
        let cells = |packed: &Packed| packed.attach().unwrap().directory().unwrap().cells().count();
        let (began, many) = (leaves(&packed), cells(&packed));
        assert_eq!(began == 1, flat, "{began} leaves");
        for day in 1..=3 {
            packed = next(home.path(), &site(day));
            assert_eq!(leaves(&packed), began + usize::from(!flat), "day {day}");
            assert_eq!(cells(&packed), many + day as usize, "day {day}");
            write(&packed, home.path());
        }
        let recaller = packed.attach().unwrap();
        let last: Vec<_> =
            recaller.directory().unwrap().cells().map(|(_, cell)| cell.base..cell.base + cell.items).collect();
        assert_eq!(last[many..], [cell(ITEMS), cell(ITEMS + 1), cell(ITEMS + 2)]);
    }
}

#[test]
fn a_flat_directory_grows_a_second_level_when_it_is_full() {
    let home = tempfile::tempdir().unwrap();
    first(home.path(), CUTS[1]);
    let previous = Previous::read(home.path()).unwrap();
    let full = layout::FLAT_CELLS as u32;
    let mut leaves: Vec<_> = once(0..full - 1).collect();
    extend_leaves(&previous, &mut leaves, full - 1, full);
    assert!(leaves.iter().eq(once(&(0..full))), "{leaves:?}");
    extend_leaves(&previous, &mut leaves, full, full + 2);
    assert_eq!(leaves, [0..full, full..full + 2]);
}
