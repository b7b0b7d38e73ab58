//! Rounds over a directory of two levels, where the right ones are known by construction: six cells of the board in three
//! leaves. Someone who likes dark squares finds most of them in the cells of one dark square, a3 and c3.

use std::collections::{BTreeSet, HashSet};

use edge_recall::format::ShardKind;
use edge_recall::format::idmap::{file_of, hash};
use edge_recall::ids::{Epoch, ShardName};
use edge_recall::recaller::{Budget, Plan, Privacy, Task};
use edge_recall::{EventKind, Profile, Recaller, Request};

use crate::board::{ITEMS, text_key};
use crate::dice::Dice;
use crate::fixture::{Build, LARGE, Recipe, context};
use crate::visit::{AMPLE, labels, rounds, visit};

/// A view of each key, with the cards of those in `cards`.
fn viewed(build: &Build, keys: &[&str], cards: &[&str]) -> Request {
    let (whole, mut profile) = (build.open(), Profile::default());
    profile.settle(build.manifest.epoch, build.manifest.model);
    for (minute, key) in (0..).zip(keys.iter().rev()) {
        profile.observe(EventKind::View, key, minute).expect("a key");
    }
    cards.iter().for_each(|key| assert!(profile.keep(key, whole.card(key).expect("an item of the board"))));
    Request::of_profile(Task::Recommend, &profile, &[], &[], 100).budget(AMPLE)
}

#[test]
fn with_a_card_leaves_come_first_and_then_cells() {
    let mut build = Build::new(LARGE);
    let request = viewed(&build, &["b2"], &["b2"]);
    // Of the leaves, column a is mostly dark, and c and d are where the rows lead; column b is mostly light.
    let first = ["head 0, dir 0", "leaf 0, leaf 2"];
    assert_eq!(rounds(&build, &request)[..2], first);
    // c3, where a row leads, and a3; then c1 and c2, a1 and a2, and last the light ones of column d.
    assert_eq!(rounds(&build, &request)[2..], ["vec 4, vec 1, vec 3, vec 0, vec 5, last"]);
    build.manifest.visit.probes = 2;
    assert_eq!(rounds(&build, &request)[2..], ["vec 4, vec 1, last"]);
    build.manifest.visit.probes = 0;
    assert_eq!(rounds(&build, &request)[2..], ["last"]);
}

#[test]
fn a_card_without_rows_asks_for_those() {
    let build = Build::new(LARGE);
    let mut request = viewed(&build, &["b2"], &["b2"]);
    request.cards[0].1.rows.clear();
    let found = rounds(&build, &request);
    assert_eq!(found.len(), 3, "{found:?}");
    // The rows lie with column b, whose leaf is not among the promising ones: they are done without.
    assert!(!found.iter().any(|round| round.contains("i2i")), "{found:?}");
    let mut request = viewed(&build, &["a3"], &["a3"]);
    request.cards[0].1.rows.clear();
    assert!(rounds(&build, &request)[2].starts_with("i2i 1, vec "), "{:?}", rounds(&build, &request));
}

#[test]
fn a_bare_key_is_looked_up_first() {
    let build = Build::new(LARGE);
    let request = viewed(&build, &["b2"], &[]);
    // Everyone's list tells where b2 is.
    let known = rounds(&build, &request);
    assert_eq!(known[1..], ["leaf 1, leaf 2", "vec 2, i2i 2, vec 5, vec 3, vec 4, last"]);
    // Where it does not, the id map has to.
    let build = Build::new(Recipe { known: false, ..LARGE });
    let found = rounds(&build, &viewed(&build, &["b2"], &[]));
    let own = 1 + file_of(hash("b2"), 2);
    assert_eq!(found[..3], ["head 0, dir 0".to_owned(), "idmap 0".into(), format!("idmap {own}, idmap 3")]);
    assert_eq!(found[3..], known[1..]);
}

#[test]
fn keys_that_came_later_and_keys_of_nobody() {
    let build = Build::new(Recipe { known: false, ..LARGE });
    for (key, found_in) in [("d3", Some(5)), ("z9", None)] {
        let mut all = Vec::new();
        let request = viewed(&build, &[key], &[]);
        let mut recaller = build.closed();
        visit(&build, &mut recaller, &request, &[], &mut |plan, _| all.push(labels(&build, plan)));
        assert!(all[2].ends_with("idmap 3"), "{all:?}");
        assert_eq!(recaller.find(key).is_some(), found_in.is_some(), "{all:?}");
        if let Some(cell) = found_in {
            assert!(all.iter().any(|round| round.contains(&format!("vec {cell}, i2i {cell}"))), "{all:?}");
        }
    }
}

#[test]
fn without_limit_everything_is_wanted() {
    let build = Build::new(LARGE);
    let request = viewed(&build, &["b2"], &["b2"]).budget(Budget::UNLIMITED);
    let cells = |i2i: bool| {
        let files = (0..6).map(|cell| if i2i { format!("vec {cell}, i2i {cell}") } else { format!("vec {cell}") });
        files.collect::<Vec<_>>().join(", ") + ", last"
    };
    let leaves = "leaf 0, leaf 1, leaf 2".to_owned();
    assert_eq!(rounds(&build, &request), ["head 0, dir 0".into(), leaves, cells(true)]);
    let small = Build::new(Recipe { leaves: &[], ..LARGE });
    assert_eq!(rounds(&small, &Request::trending()), ["head 0, dir 0".into(), cells(false)]);
}

#[test]
fn a_small_directory_that_fits_is_read_whole() {
    let build = Build::new(Recipe { leaves: &[], ..LARGE });
    let request = viewed(&build, &["b2"], &["b2"]);
    let whole = rounds(&build, &request);
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[1].matches("vec").count() + whole[1].matches("i2i").count(), 12);
    assert!(whole[1].ends_with("last"));
    let tight = request.budget(Budget { files: 8, ..AMPLE });
    assert_eq!(rounds(&build, &tight)[1], "vec 4, vec 1, vec 3, vec 0, vec 2, vec 5, last");
}

#[test]
fn privacy_of_the_head_reads_what_everyone_reads() {
    let build = Build::new(LARGE);
    let head = Request { privacy: Privacy::Head, ..viewed(&build, &["b2", "z9"], &["b2"]) };
    assert_eq!(rounds(&build, &head), ["head 0, dir 0", "last"]);
    let unlimited = head.clone().budget(Budget::UNLIMITED);
    assert_eq!(rounds(&build, &unlimited), ["head 0, dir 0", "last"]);
    assert_eq!(rounds(&build, &head.context(context(&[("age", "18")]))), ["head 0, dir 0, crowds 0", "last"]);
}

/// What the last round of a device wants, with decoys.
fn with_decoys(build: &Build, device: u32, keys: &[&str]) -> Vec<String> {
    let request = Request { privacy: Privacy::Decoys(device), ..viewed(build, keys, keys) };
    rounds(build, &request)
}

#[test]
fn decoys_stay_with_the_device_and_the_epoch() {
    let build = Build::new(LARGE);
    let of_nobody = |build: &Build, device| with_decoys(build, device, &[]);
    let next = Build::new(Recipe { epoch: Epoch(LARGE.epoch.0 ^ 77), ..LARGE });
    let mut plans = BTreeSet::new();
    let mut moved = 0;
    for device in 0..24 {
        let decoys = of_nobody(&build, device);
        assert_eq!(of_nobody(&build, device), decoys, "the same on every visit");
        let vectors = decoys.last().expect("a round").matches("vec").count();
        assert!((1..=2).contains(&vectors), "{decoys:?}");
        // Whatever the history, the decoys are among what is read.
        let busy = with_decoys(&build, device, &["b2"]).concat();
        let words = decoys[1..].iter().flat_map(|round| round.split(", ")).filter(|word| *word != "last");
        words.for_each(|word| assert!(busy.contains(word), "device {device}: {word} is not in {busy}"));
        moved += usize::from(of_nobody(&next, device) != decoys);
        plans.insert(decoys.concat());
    }
    assert!(plans.len() > 5, "devices differ: {plans:?}");
    assert!(moved > 8, "another epoch has other decoys: {moved}");
    assert_eq!(
        rounds(&build, &viewed(&build, &[], &[])),
        ["head 0, dir 0", "last"],
        "nobody in particular wants nothing"
    );
}

/// A history of cards, known and unknown keys, with any budget and privacy.
fn any_request(dice: &mut Dice, build: &Build) -> Request {
    let keys: Vec<String> = (0..dice.below(6)).map(|_| text_key(dice.below(ITEMS as usize + 2) as u32)).collect();
    let keys: Vec<&str> = keys.iter().map(|key| if key.starts_with('e') { "z9" } else { key.as_str() }).collect();
    let cards: HashSet<&str> = keys.iter().filter(|key| **key != "z9" && dice.below(2) == 0).copied().collect();
    let mut request = viewed(build, &keys, &cards.into_iter().collect::<Vec<_>>());
    request.task = *dice.pick(&[Task::Recommend, Task::Recommend, Task::Similar, Task::Trending]);
    let files = dice.below(14) as u32;
    request.budget = Budget { bytes: dice.below(6000) as u32, files: *dice.pick(&[files, files, u32::MAX]) };
    let decoys = Privacy::Decoys(dice.below(9) as u32);
    request.privacy = *dice.pick(&[Privacy::Open, decoys, Privacy::Head]);
    if dice.below(3) == 0 {
        request.context = context(&[("age", "18")]);
    }
    request
}

#[test]
fn a_budget_is_never_exceeded() {
    let mut dice = Dice::new(0xB4D6E7);
    let mut cut = 0;
    for build in [LARGE, Recipe { leaves: &[], ..LARGE }].map(Build::new) {
        let root = build.manifest.idmap.as_ref().expect("an id map").name;
        for _ in 0..250 {
            let request = any_request(&mut dice, &build);
            let mut lost: Vec<ShardName> =
                build.files.iter().map(|file| file.0).filter(|_| dice.below(9) == 0).collect();
            lost.retain(|name| *name != build.manifest.dir.name);
            let mut recaller: Recaller = build.closed();
            let mut seen: HashSet<ShardName> = HashSet::new();
            let mut see = |plan: &Plan, request: &Request| {
                use ShardKind::{Crowds, Dir, Head};
                let free = |file: &&edge_recall::recaller::FileWanted| {
                    !matches!(file.kind, Head | Dir | Crowds) && file.name != root
                };
                let (bytes, files) = (plan.files.iter().map(|file| file.bytes).sum::<u32>(), plan.files.len() as u32);
                if plan.files.iter().any(|file| free(&file)) {
                    assert!(bytes <= request.budget.bytes && files <= request.budget.files, "{plan:?} of {request:?}");
                }
                let names: HashSet<ShardName> = plan.files.iter().map(|file| file.name).collect();
                assert_eq!(names.len(), plan.files.len(), "a file twice");
                assert!(names.iter().all(|name| lost.contains(name) || !seen.contains(name)), "a file again");
                seen.extend(names);
                cut += usize::from(request.budget.files < 3);
            };
            visit(&build, &mut recaller, &request, &lost, &mut see);
            let answer = recaller.finish(&request).expect("a request that makes sense");
            assert!(answer.recommendations.iter().all(|result| !result.key.is_empty()));
        }
    }
    assert!(cut > 50, "budgets that cut: {cut}");
}
