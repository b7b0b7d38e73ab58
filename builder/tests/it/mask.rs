//! `mask`: hidden items do not come back by any way, and nothing but what hides them changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use edge_recall::ids::ChannelId;
use edge_recall::recaller::Budget;
use edge_recall::{AlignedBytes, Context, Manifest, Recaller, Request};
use serde_json::{Value, json};

use crate::logs::{MANY_CELLS, SHOP_DAYS, SHOP_ITEMS, built, shop, shop_built, sku};
use crate::place::Place;

fn ids(answer: &Value) -> BTreeSet<String> {
    answer["results"].as_array().unwrap().iter().map(|found| found["id"].as_str().unwrap().to_owned()).collect()
}

/// Everything that a visitor may be shown.
fn shown(place: &Place, seeds: &[String]) -> BTreeSet<String> {
    let asks =
        seeds.iter().flat_map(|id| [format!("similar out {id} -k 50"), format!("recommend out --history {id} -k 90")]);
    asks.chain(["recommend out -k 90".into()]).flat_map(|ask| ids(&place.json(&ask))).collect()
}

/// Names of the shards of a build by kind.
fn shards(place: &Place) -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in place.json("inspect out")["files"].as_array().unwrap() {
        let text = |field: &str| file[field].as_str().unwrap().to_owned();
        kinds.entry(text("kind")).or_default().insert(text("name"));
    }
    kinds
}

#[test]
fn hidden_items_never_come_back_and_return_to_the_byte() {
    let place = shop_built();
    let (before, kinds) = (place.files("out"), shards(&place));
    let seeds: Vec<String> = [7, 207, 333].map(sku).into();
    let all = shown(&place, &seeds);
    // Half of what can be seen, crowd lists included, and the seeds themselves.
    let hidden: BTreeSet<String> = all.iter().step_by(2).chain(&seeds).cloned().collect();
    let rows: String = hidden.iter().map(|id| format!("{id},gone\n")).collect();
    place.file("removed.csv", format!("item,why\n{rows}{},never met\n", "nowhere"));

    let output = place.run("mask out --items removed.csv --json");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "1 item(s) are not in the catalogue: nowhere\n");
    assert_eq!((&answer["masked"], &answer["unknown"]), (&json!(hidden.len()), &json!(["nowhere"])));
    assert_eq!((&answer["changed"], &answer["kept"]["builds"]), (&json!(true), &json!(1)));
    let left = shown(&place, &seeds);
    assert!(left.len() > 20 && left.is_disjoint(&hidden), "{:?}", left.intersection(&hidden).collect::<Vec<_>>());

    let masked = shards(&place);
    for kind in ["vec", "i2i", "idmap"] {
        assert_eq!(masked[kind], kinds[kind], "{kind}");
    }
    let new: usize = masked.iter().map(|(kind, names)| names.difference(&kinds[kind]).count()).sum();
    assert_eq!(answer["files"], new);
    let files = place.files("out");
    for (name, bytes) in before.iter().filter(|(name, _)| name.starts_with("c/")) {
        assert!(files.get(name) == Some(bytes), "pages that are open still find {name}");
    }
    let manifest =
        |files: &BTreeMap<String, Vec<u8>>| Manifest::parse(str::from_utf8(&files["recall.json"]).unwrap()).unwrap();
    assert_eq!(manifest(&files).epoch, manifest(&before).epoch);
    assert_eq!(place.json("publish out --plan --published out")["upload"].as_array().unwrap().len(), 3);

    assert_eq!(place.json("mask out --items removed.csv")["changed"], false);
    assert!(place.files("out") == files, "the same mask again");
    place.json("mask out --clear");
    let back = place.files("out");
    assert!(before.iter().all(|(name, bytes)| name == "builds.json" || back.get(name) == Some(bytes)));
    assert_eq!(shown(&place, &seeds), all);
    place.json("mask out --items removed.csv");
    assert_eq!(place.files("out")["recall.json"], files["recall.json"]);
}

#[test]
fn only_the_leaf_of_an_item_changes() {
    let place = shop_built();
    let before = shards(&place);
    let answer = place.json(&format!("mask out --ids {}", sku(17)));
    let after = shards(&place);
    assert_eq!((after["leaf"].len(), after["leaf"].difference(&before["leaf"]).count()), (before["leaf"].len(), 1));
    assert_eq!(answer["files"], 1, "head and directory ride inside the manifest");
    // Another mask takes the place of this one.
    place.json(&format!("mask out --ids {},{}", sku(18), sku(19)));
    assert!(ids(&place.json(&format!("recommend out --history {} -k 100", sku(67)))).contains(&sku(17)));
    place.file("none.csv", "item\n");
    place.json("mask out --items none.csv");
    assert_eq!(shards(&place), before);
}

/// A visitor who has read what everyone reads: the manifest, and the lists of his town.
#[test]
fn crowd_lists_hide_without_any_leaf() {
    let place = Place::new();
    let log = shop(SHOP_DAYS);
    let users: BTreeSet<&str> = log.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    let rows = (0..).zip(&users).map(|(place, user): (u32, _)| format!("{user},t{}\n", place % 20));
    place.file("users.csv", format!("user,town\n{}", rows.collect::<String>()));
    place.file("log.csv", &log).file("recall.toml", MANY_CELLS);
    place.json("build --log log.csv --users users.csv --out out --config recall.toml");
    assert!(shards(&place).contains_key("crowds"), "the towns' lists are in a shard of their own");
    // What the list of the town has, and what fills up behind it.
    let crowd = |town: Option<&str>, limit: usize| -> [BTreeSet<String>; 2] {
        let mut recaller = Recaller::new(Manifest::parse(&place.read("out/recall.json")).unwrap()).unwrap();
        recaller.attach_inline().unwrap();
        let context: Context = town.map(|town| ("town".to_owned(), town.to_owned())).into_iter().collect();
        let request = Request::trending().context(context).limit(limit).budget(Budget { bytes: 0, files: 0 });
        for file in recaller.plan(&request).files {
            let bytes = fs::read(place.path(&format!("out/c/{}.er", file.name))).unwrap();
            recaller.attach(file.name, AlignedBytes::copy_of(&bytes)).unwrap();
        }
        let found = recaller.finish(&request).unwrap().recommendations;
        [ChannelId::Crowd, ChannelId::Popular].map(|channel| {
            found.iter().filter(|found| found.channels.has(channel)).map(|found| found.key.clone()).collect()
        })
    };
    for town in [None, Some("t7")] {
        let ([all, _], [hidden, none]) = (crowd(town, 100), crowd(town, 20));
        assert!(all.len() > 40 && hidden.len() == 20 && none.is_empty(), "{town:?}");
        let list: Vec<&str> = hidden.iter().map(String::as_str).collect();
        place.json(&format!("mask out --ids {}", list.join(",")));
        let [rest, fill] = crowd(town, 100);
        assert_eq!(rest, all.difference(&hidden).cloned().collect(), "{town:?}");
        assert!(fill.is_disjoint(&hidden), "{town:?}");
        place.json("mask out --clear");
    }
}

#[test]
fn a_small_build_hides_in_its_directory_and_its_crowds() {
    let place = built();
    let before = place.files("out");
    place.json("mask out --ids i0,i1,i2 --ids i3");
    for ask in ["recommend out -k 50", "recommend out --context side=even -k 50", "recommend out --history i0,i5 -k 50"]
    {
        let found = ids(&place.json(ask));
        assert!(found.len() >= 5 && ["i0", "i1", "i2", "i3"].iter().all(|id| !found.contains(*id)), "{ask}: {found:?}");
    }
    assert!(ids(&place.json("similar out i0 -k 50")).len() > 5, "hidden items still lead to others");
    place.json("mask out --clear");
    assert!(place.files("out").iter().all(|(name, bytes)| name == "builds.json" || before.get(name) == Some(bytes)));
}

#[test]
fn the_next_day_starts_without_a_mask() {
    let place = shop_built();
    place.file("log.csv", shop(SHOP_DAYS + 1));
    let day = |out: &str| {
        let line = format!("build --log log.csv --config recall.toml --previous out --out {out}");
        assert_eq!(place.json(&line)["continued"], true);
        place.files(out)
    };
    assert_eq!(place.read("recall.toml"), MANY_CELLS);
    let plain = day("plain");
    place.json(&format!("mask out --ids {}", sku(17)));
    assert!(day("next") == plain);
}

#[test]
fn a_damaged_build_is_refused_untouched() {
    let place = shop_built();
    let kinds = shards(&place);
    for kind in ["vec", "i2i", "leaf", "idmap"] {
        let name = format!("c/{}.er", kinds[kind].first().unwrap());
        let path = format!("out/{name}");
        let bytes = fs::read(place.path(&path)).unwrap();
        let every: Vec<String> = (0..SHOP_ITEMS).step_by(3).map(sku).collect();
        place.file("all.csv", format!("item\n{}\n", every.join("\n")));
        for damaged in [Some(&bytes[..bytes.len() / 2]), None] {
            match damaged {
                Some(cut) => drop(place.file(&path, cut)),
                None => fs::remove_file(place.path(&path)).unwrap(),
            }
            let before = place.files("out");
            let message = place.fails("mask out --items all.csv", 1);
            assert!(message.contains(&name) && !message.contains("panicked"), "{kind}: {message}");
            assert!(place.files("out") == before, "{kind}");
        }
        place.file(&path, &bytes);
    }
    place.file("page.html", "<!doctype html>").file("other.csv", "name\nx\n");
    for (line, message) in [
        ("mask nowhere --clear", "give the directory that `edge-recall build --out` wrote"),
        ("mask out --items gone.csv", "cannot open gone.csv"),
        ("mask out --items other.csv", "other.csv: no column `item`"),
    ] {
        let told = place.fails(line, 1);
        assert!(told.contains(message), "{line}: {told}");
    }
    assert!(place.fails("mask out", 2).contains("--items <FILE>"));
    let mut left = place.names(".");
    left.retain(|name| name.starts_with('.') || name == "nowhere");
    assert!(left.is_empty(), "{left:?}");
}
