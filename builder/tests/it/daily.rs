//! Daily builds: inside an epoch few files change, and what pages and profiles hold stays good.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use edge_recall::format::base64;
use edge_recall::ids::{Ordinal, ShardName};
use edge_recall::{AlignedBytes, Manifest, Recaller, Request};
use serde_json::{Value, json};

use crate::answers::ids;
use crate::logs::{MANY_CELLS, NEW_A_DAY, QUICK, SHOP_DAYS, SHOP_ITEMS, checkerboard, shop, shop_catalogue, sku};
use crate::place::Place;

/// Two days of a shop: `a` is the first build, `b` the one that goes on from it. Changed by no test.
static DAYS: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new();
    place.file("recall.toml", MANY_CELLS);
    day(&place, SHOP_DAYS, "--out a");
    day(&place, SHOP_DAYS + 1, "--out b --previous a");
    place
});

/// Builds what the shop is after so many days.
fn day(place: &Place, days: u32, rest: &str) -> Value {
    place.file("log.csv", shop(days)).file("items.csv", shop_catalogue(days));
    place.json(&format!("build --log log.csv --items items.csv --config recall.toml {rest}"))
}

/// Names of the shards of a build by kind.
fn shards(place: &Place, out: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in place.json(&format!("inspect {out}"))["files"].as_array().unwrap() {
        let text = |field: &str| file[field].as_str().unwrap().to_owned();
        kinds.entry(text("kind")).or_default().insert(text("name"));
    }
    kinds
}

fn manifest(place: &Place, out: &str) -> Manifest {
    Manifest::parse(&place.read(&format!("{out}/recall.json"))).unwrap()
}

/// Everything of a build attached.
fn whole(place: &Place, out: &str) -> Recaller {
    let mut recaller = Recaller::new(manifest(place, out)).unwrap();
    recaller.attach_inline().unwrap();
    loop {
        let plan = recaller.plan(&Request::recommend(Vec::new()));
        for file in &plan.files {
            let bytes = std::fs::read(place.path(&format!("{out}/c/{}.er", file.name))).unwrap();
            recaller.attach(file.name, AlignedBytes::copy_of(&bytes)).unwrap();
        }
        if plan.last {
            return recaller;
        }
    }
}

/// Share of the files of `new` that `old` does not have.
fn changed(place: &Place, old: &str, new: &str) -> f64 {
    let names = |out: &str| -> BTreeSet<String> { shards(place, out).into_values().flatten().collect() };
    let (old, new) = (names(old), names(new));
    // recall.json is a file, too, and always another one.
    (new.difference(&old).count() + 1) as f64 / (new.len() + 1) as f64
}

#[test]
fn a_day_changes_at_most_a_tenth_of_the_files() {
    let (a, b) = (shards(&DAYS, "a"), shards(&DAYS, "b"));
    assert!(a["vec"].len() > 100 && a["leaf"].len() > 10, "{} cells, {} leaves", a["vec"].len(), a["leaf"].len());
    let share = changed(&DAYS, "a", "b");
    assert!(share <= 0.1, "{share} of {} files", b.values().map(BTreeSet::len).sum::<usize>());
    assert!(b["vec"].is_superset(&a["vec"]), "what the epoch has frozen");
    assert_eq!(b["vec"].len(), a["vec"].len() + 1, "and a cell for what is new");
    let (old, new) = (manifest(&DAYS, "a"), manifest(&DAYS, "b"));
    assert_eq!((new.epoch, new.model, new.epoch_items), (old.epoch, old.model, old.items));
    assert_eq!(new.items, old.items + NEW_A_DAY);
    assert_ne!(new.build, old.build);
}

#[test]
fn old_items_keep_their_places_and_their_cards() {
    let (old, new) = (whole(&DAYS, "a"), whole(&DAYS, "b"));
    for item in 0..SHOP_ITEMS {
        let item = Ordinal(item);
        assert_eq!(old.key(item), new.key(item));
        assert_eq!(old.embeddings().vector(item), new.embeddings().vector(item));
    }
    for id in [3, 300, 599].map(sku) {
        let card = DAYS.json(&format!("card a {id}"))["card"].as_str().unwrap().to_owned();
        let card = new.check_card(&base64::decode(&card).unwrap()).unwrap();
        assert_eq!(Some(card.item()), new.find(&id));
    }
}

/// Of the three new items two were looked at by four visitors each, and the first is known by what the catalogue says alone.
/// (Fifty kinds in eight dimensions: some of them share a direction.)
#[test]
fn new_items_are_at_home_among_their_kind() {
    for (new, depth) in (SHOP_ITEMS..SHOP_ITEMS + NEW_A_DAY).zip([20, 200, 200]) {
        let answer = DAYS.json(&format!("similar b {} -k 5", sku(new)));
        let kinds: Vec<u32> = ids(&answer).iter().map(|id| kind(id)).collect();
        assert!(kinds.len() == 5 && kinds.iter().filter(|&&kind| kind == new % 50).count() >= 3, "{new}: {kinds:?}");
        let answer = DAYS.json(&format!("recommend b --history {} -k {depth}", sku(new % 50 + 50)));
        assert!(ids(&answer).contains(&sku(new).as_str()), "{new}: {:?}", ids(&answer));
    }
}

fn kind(id: &str) -> u32 {
    id.trim_start_matches("sku").trim_start_matches('-').parse::<u32>().unwrap() % 50
}

/// The way of a visitor, who finds a new item by the id map.
#[test]
fn the_id_map_knows_new_items() {
    for item in [0, 599, SHOP_ITEMS, SHOP_ITEMS + NEW_A_DAY - 1] {
        assert!(DAYS.json(&format!("card b {}", sku(item)))["card"].is_string());
    }
    assert!(DAYS.fails(&format!("card a {}", sku(SHOP_ITEMS)), 1).contains("has no item"));
    let (a, b) = (shards(&DAYS, "a"), shards(&DAYS, "b"));
    assert_eq!(b["idmap"].difference(&a["idmap"]).count(), 2, "the root, and the keys that came later");
}

#[test]
fn the_same_day_twice_is_the_same_build_whatever_the_threads() {
    let place = Place::new();
    place.file("recall.toml", MANY_CELLS).file("log.csv", shop(SHOP_DAYS + 1));
    place.file("items.csv", shop_catalogue(SHOP_DAYS + 1));
    std::fs::create_dir(place.path("a")).unwrap();
    std::fs::create_dir(place.path("a/c")).unwrap();
    for (name, bytes) in DAYS.files("a") {
        place.file(&format!("a/{name}"), bytes);
    }
    for threads in ["1", "2"] {
        let line = "build --log log.csv --items items.csv --config recall.toml --previous a --out b";
        let output = place.run_with(line, &[("RAYON_NUM_THREADS", threads)]);
        assert!(output.status.success(), "{output:?}");
        assert!(place.files("b") == DAYS.files("b"), "{threads} thread(s)");
    }
    let answer = day(&place, SHOP_DAYS + 1, "--out a --previous a");
    assert_eq!((&answer["continued"], &answer["kept"]["builds"]), (&json!(true), &json!(1)));
    assert_eq!(place.read("a/recall.json"), DAYS.read("b/recall.json"), "into the folder of the day before");
    for (name, bytes) in DAYS.budgeted("a").into_iter().filter(|(name, _)| name.starts_with("c/")) {
        assert!(place.files("a").get(&name) == Some(&bytes), "pages of the day before still find {name}");
    }
}

/// The first build knows half of the visitors, so that every row has something to tell as soon as its turn comes.
#[test]
fn ten_days_write_every_row_anew() {
    let place = Place::new();
    place.file("recall.toml", MANY_CELLS).file("items.csv", shop_catalogue(SHOP_DAYS));
    let half = |row: &&str| !row.split(',').next().is_some_and(|user| user.ends_with(['1', '3', '5', '7', '9']));
    let rows: Vec<String> = shop(SHOP_DAYS).lines().filter(half).map(|row| format!("{row}\n")).collect();
    place.file("log.csv", rows.concat());
    place.json("build --log log.csv --items items.csv --config recall.toml --out out");
    let first = shards(&place, "out");
    let names = |recaller: Recaller| -> Vec<ShardName> {
        recaller.directory().unwrap().cells().map(|(_, cell)| cell.i2i.unwrap().name).collect()
    };
    let before = names(whole(&place, "out"));
    for days in SHOP_DAYS + 1..=SHOP_DAYS + 10 {
        std::fs::rename(place.path("out"), place.path("before")).unwrap();
        let answer = day(&place, days, "--out out --previous before");
        assert_eq!(answer["continued"], true);
        let share = changed(&place, "before", "out");
        assert!(share <= 0.1, "day {days}: {share}");
        std::fs::remove_dir_all(place.path("before")).unwrap();
    }
    let after = names(whole(&place, "out"));
    let stale: Vec<usize> = (0..before.len()).filter(|&cell| before[cell] == after[cell]).collect();
    assert!(stale.is_empty(), "cells {stale:?} of {}", before.len());
    let last = shards(&place, "out");
    assert!(last["vec"].is_superset(&first["vec"]));
    assert_eq!(last["leaf"].len(), first["leaf"].len() + 1, "one leaf for all that is new");
}

#[test]
fn a_new_epoch_begins_when_it_must() {
    let place = Place::new();
    place.file("recall.toml", QUICK);
    let build = |log: String, rest: &str| {
        place.file("log.csv", log);
        let output = place.run(&format!("build --log log.csv --config recall.toml --json {rest}"));
        assert!(output.status.success(), "{output:?}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        (answer["continued"] == true, String::from_utf8(output.stderr).unwrap(), answer["manifest"]["epoch"].clone())
    };
    let log = checkerboard(20, 24);
    let more = |new: u32| {
        let rows = (0..new).flat_map(|n| (0..3).map(move |user| format!("u{user},new{n},1800000000\n")));
        log.clone() + &rows.collect::<String>()
    };
    let (_, _, epoch) = build(log.clone(), "--out out");
    let (continued, notice, same) = build(more(1), "--out next --previous out");
    assert!(continued && notice.is_empty() && same == epoch, "{notice}");
    // What came yesterday counts, too.
    let (continued, notice, other) = build(more(2), "--out third --previous next");
    assert!(!continued && other != epoch);
    assert!(notice.contains("a new epoch begins: 2 items are newer than the epoch's 24, more than 5 %\n"), "{notice}");
    let untimed: String = log.lines().map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0)).collect();
    let (continued, notice, _) = build(untimed, "--out untimed --previous out");
    assert!(
        !continued
            && notice.contains("a new epoch begins: the log of the build before had an order, and this one has none\n"),
        "{notice}"
    );
    build("user,item,timestamp\nme,a,1\nme,b,2\n".into(), "--out bare");
    let (continued, notice, _) = build(log.clone(), "--out out --previous bare");
    assert!(!continued && notice.contains("a new epoch begins: the build before has no vectors\n"), "{notice}");
}

#[test]
fn a_previous_build_that_cannot_be_read_is_refused() {
    let place = Place::new();
    place.file("recall.toml", QUICK).file("log.csv", checkerboard(20, 8));
    let line = "build --log log.csv --config recall.toml --out out --previous";
    let message = place.fails(&format!("{line} nowhere"), 1);
    assert!(message.contains("give the directory that `edge-recall build --out` wrote"), "{message}");
    assert_eq!(place.names("."), ["log.csv", "recall.toml"]);
    place.json("build --log log.csv --config recall.toml --out before");
    let lost = format!("before/c/{}", place.names("before/c")[0]);
    std::fs::remove_file(place.path(&lost)).unwrap();
    assert!(place.fails(&format!("{line} before"), 1).contains(&lost));
    assert!(!place.names(".").contains(&"out".into()));
}
