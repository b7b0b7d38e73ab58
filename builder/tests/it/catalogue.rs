//! What the catalogue adds to a build: a place for items that nobody has met, and the fields that a page shows.

use std::fmt::Write;

use edge_recall::{AlignedBytes, EventKind, HistoryEvent, Manifest, Recaller, Request};

use crate::answers::{found, ids};
use crate::logs::{MANY_CELLS, QUICK, SHOP_DAYS, SHOP_ITEMS, checkerboard, shop, shop_catalogue, sku};
use crate::place::Place;

/// Forty items of two sides that people met, and six that they did not: two of each side, by its word in the title or by
/// its tag; one that says nothing; one that says what nobody else says.
fn half_known() -> Place {
    let place = Place::new();
    // Vectors alone know of what nobody met: no lists beside them.
    let config = "[model]\ndim = 8\n[items]\nattributes = [\"title\", \"tags\", \"price\"]\n".to_owned()
        + "[tags]\nattributes = []\n[peers]\nnearest = 0\n[fresh]\nhalf_life_days = 0\n";
    place.file("log.csv", checkerboard(60, 40)).file("recall.toml", &config);
    let mut items = String::from("item,title,tags,price\n");
    for item in 0..40 {
        let (word, tag) = if item % 2 == 0 { ("lantern", "light") } else { ("anchor", "sea") };
        writeln!(items, "i{item},Fine {word} no {item},{tag}|gift,{}", item % 9).unwrap();
    }
    items.push_str(
        "new0,A new lantern,,\nnew1,An anchor for you,,\nnew2,,light,3\nnew3,,sea,4\nblank,,,\nodd,Zyx,qwv,\n",
    );
    place.file("items.csv", items);
    place
}

#[test]
fn items_that_nobody_met_are_found_by_what_the_catalogue_says() {
    let place = half_known();
    place.json("build --log log.csv --items items.csv --out out --config recall.toml");
    for (new, side) in [("new0", 0), ("new1", 1), ("new2", 0), ("new3", 1)] {
        let answer = place.json(&format!("similar out {new} -k 8"));
        let near: Vec<u32> = ids(&answer).iter().filter_map(|id| id.strip_prefix('i')?.parse().ok()).collect();
        assert!(near.len() >= 5 && near.iter().all(|item| item % 2 == side), "{new}: {:?}", ids(&answer));
        for (met, own) in [(side, true), (1 - side, false)] {
            let answer = place.json(&format!("recommend out --history i{met},i{} -k 20", met + 2));
            assert_eq!(found(&answer).contains(&new), own, "{new} for who met i{met}: {:?}", ids(&answer));
        }
    }
    assert!(ids(&place.json("similar out blank")).is_empty(), "nothing is known of it");
    let all = place.json("recommend out --history i0,i1 -k 100");
    assert!(!found(&all).contains(&"blank") && ids(&all).contains(&"blank"), "it fills up and is not found");
}

#[test]
fn a_catalogue_of_keys_alone_gives_nobody_a_place() {
    let place = half_known();
    place.file("keys.csv", "item\nnew0\nnew1\n").file("recall.toml", QUICK);
    place.json("build --log log.csv --items keys.csv --out out --config recall.toml");
    assert!(ids(&place.json("similar out new0")).is_empty());
}

#[test]
fn display_fields_ride_in_files_of_their_own() {
    let place = Place::new();
    let config = MANY_CELLS.to_owned() + "cards = [\"price\", \"kind\"]\n";
    place.file("log.csv", shop(SHOP_DAYS)).file("items.csv", shop_catalogue(SHOP_DAYS)).file("recall.toml", config);
    place.json("build --log log.csv --items items.csv --out out --config recall.toml");
    let answer = place.json("inspect out");
    let count = |kind: &str| answer["files"].as_array().unwrap().iter().filter(|file| file["kind"] == kind).count();
    assert!(count("card") > 100 && count("card") == count("vec"), "{} of {}", count("card"), count("vec"));

    let mut recaller = Recaller::new(Manifest::parse(&place.read("out/recall.json")).unwrap()).unwrap();
    recaller.attach_inline().unwrap();
    let read = |name| AlignedBytes::copy_of(&std::fs::read(place.path(&format!("out/c/{name}.er"))).unwrap());
    let seed = HistoryEvent { key: sku(7), kind: EventKind::View, age: None };
    let request = Request::similar(vec![seed]);
    loop {
        let plan = recaller.plan(&request);
        plan.files.iter().for_each(|file| recaller.attach(file.name, read(file.name)).unwrap());
        if plan.last {
            break;
        }
    }
    assert_eq!(recaller.manifest().fields, ["price", "kind"]);
    let found: Vec<String> = recaller.finish(&request).unwrap().recommendations.into_iter().map(|f| f.key).collect();
    assert!(found.len() == 10 && recaller.display(&found[0]).is_none(), "fields are read for what is shown alone");
    let files = recaller.plan_display(&found);
    assert!((1..=10).contains(&files.len()), "{} files", files.len());
    files.iter().for_each(|file| recaller.attach(file.name, read(file.name)).unwrap());
    for key in &found {
        let item: u32 = key.trim_start_matches("sku").trim_start_matches('-').parse().unwrap();
        assert!(item < SHOP_ITEMS);
        assert_eq!(recaller.display(key), Some(vec![&*(5 + item % 7).to_string(), &*format!("kind {}", item % 50)]));
    }
    assert!(recaller.plan_display(&found).is_empty());
    place.file("recall.toml", MANY_CELLS.to_owned() + "cards = [\"colour\"]\n");
    let line = "build --log log.csv --items items.csv --out next --config recall.toml";
    assert!(place.fails(line, 1).contains("[shards] cards: the catalogue has no column `colour`, only kind, price"));
    assert!(
        place.fails(&line.replace(" --items items.csv", ""), 1).contains("but there is none; give it with --items")
    );
}

/// Two builds into empty folders.
#[test]
fn many_cells_are_the_same_to_the_byte_whatever_the_threads() {
    let place = Place::new();
    let config = MANY_CELLS.to_owned() + "cards = [\"kind\"]\n";
    place.file("log.csv", shop(SHOP_DAYS)).file("items.csv", shop_catalogue(SHOP_DAYS)).file("recall.toml", config);
    let [one, two] = ["1", "2"].map(|threads| {
        let line = format!("build --log log.csv --items items.csv --out out{threads} --config recall.toml --quiet");
        let output = place.run_with(&line, &[("RAYON_NUM_THREADS", threads)]);
        assert!(output.status.success(), "{output:?}");
        place.files(&format!("out{threads}"))
    });
    assert!(one.len() > 300 && one == two);
}
