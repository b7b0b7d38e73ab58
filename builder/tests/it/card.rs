//! `card`: what a page brings along spares its visitors every question about its own item.

use std::sync::LazyLock;

use edge_recall::format::card::ItemCard;
use edge_recall::format::{ShardKind, base64};
use edge_recall::recaller::{Budget, FileWanted};
use edge_recall::{EventKind, HistoryEvent, Manifest, Recaller, Request};
use serde_json::Value;

use crate::logs::{QUICK, SHOP_ITEMS, checkerboard, shop_built, sku};
use crate::place::Place;

/// Read by all tests, changed by none.
static BUILT: LazyLock<Place> = LazyLock::new(shop_built);

fn page() -> Recaller {
    let mut recaller = Recaller::new(Manifest::parse(&BUILT.read("out/recall.json")).unwrap()).unwrap();
    recaller.attach_inline().unwrap();
    recaller
}

fn bytes(line: &str) -> Vec<u8> {
    let output = BUILT.run(line);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.strip_suffix('\n').unwrap();
    assert!(line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)), "bare base64: {line}");
    base64::decode(line).unwrap()
}

fn similar(id: &str, cards: Vec<(String, ItemCard)>) -> Request {
    let seed = HistoryEvent { key: id.into(), kind: EventKind::View, age: None };
    Request { cards, ..Request::similar(vec![seed]) }.budget(Budget { bytes: 20_000, files: 9 })
}

fn kind(key: &str) -> u32 {
    key.trim_start_matches("sku").trim_start_matches('-').parse::<u32>().unwrap() % 50
}

fn attach(recaller: &mut Recaller, files: &[FileWanted]) {
    for file in files {
        let bytes = std::fs::read(BUILT.path(&format!("out/c/{}.er", file.name))).unwrap();
        recaller.attach(file.name, edge_recall::AlignedBytes::copy_of(&bytes)).unwrap();
    }
}

#[test]
fn a_card_stands_for_its_item() {
    let recaller = page();
    let leaves = recaller.directory().unwrap().leaves().count();
    assert!(leaves > 10, "{leaves}");
    for id in [0, 77, 599].map(sku) {
        let card = recaller.check_card(&bytes(&format!("card out {id}"))).unwrap();
        let inspected = BUILT.json(&format!("inspect out --item {id}"));
        assert_eq!(inspected["ordinal"], card.ordinal);
        assert_eq!((card.rows.len(), card.vector(8).map(|vector| vector.len())), (2, Some(8)), "{id}");
    }
}

/// Its rows count before anything is fetched, and the cells that they lead to are all that is asked for.
#[test]
fn a_request_with_a_card_needs_no_look_up() {
    let mut recaller = page();
    let id = &sku(5);
    let card = recaller.check_card(&bytes(&format!("card out {id}"))).unwrap();
    let bare = recaller.plan(&similar(id, Vec::new()));
    assert!(!bare.last && bare.files.iter().all(|file| file.kind == ShardKind::IdMap), "{bare:?}");
    let request = similar(id, vec![(id.to_owned(), card)]);
    let lists = recaller.channel_lists(&request, 50);
    let targets = BUILT.json(&format!("inspect out --item {id}"))["tables"]["i2i"].as_array().unwrap().len();
    assert!(targets > 5 && lists[0].candidates.len() == targets, "{targets}: {lists:?}");
    for (kind, last) in [(ShardKind::Leaf, false), (ShardKind::Vec, true)] {
        let plan = recaller.plan(&request);
        assert!(plan.last == last && plan.files.iter().all(|file| file.kind == kind), "{plan:?}");
        attach(&mut recaller, &plan.files);
    }
    let answer = recaller.finish(&request).unwrap();
    let found: Vec<&str> = answer.recommendations.iter().map(|found| found.key.as_str()).collect();
    assert!(found.len() >= 5 && found[..5].iter().all(|key| kind(key) == 5), "{found:?}");
    assert_eq!(answer.diagnostics.unknown, 0);
}

#[test]
fn every_item_has_a_line() {
    let output = BUILT.run("card out --all");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), SHOP_ITEMS as usize);
    let recaller = page();
    for (ordinal, line) in (0u32..).zip(&lines) {
        let card = recaller.check_card(&base64::decode(line["card"].as_str().unwrap()).unwrap()).unwrap();
        assert_eq!(card.ordinal, ordinal);
    }
    let first = lines[0]["id"].as_str().unwrap();
    assert_eq!(BUILT.json(&format!("card out {first}")), lines[0]);
}

#[test]
fn one_card_reads_little() {
    let place = shop_built();
    let id = &sku(5);
    let card = place.json(&format!("card out {id}"))["card"].clone();
    let whole: Vec<String> = place.names("out/c");
    // Whatever is not needed may be away.
    let mut away = 0;
    for name in whole.iter().step_by(4) {
        let path = format!("out/c/{name}");
        let bytes = std::fs::read(place.path(&path)).unwrap();
        std::fs::remove_file(place.path(&path)).unwrap();
        let output = place.run(&format!("card out {id} --json"));
        if output.status.success() {
            assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["card"], card);
            away += 1;
        } else {
            assert!(String::from_utf8(output.stderr).unwrap().contains(name.as_str()));
        }
        std::fs::write(place.path(&path), bytes).unwrap();
    }
    assert!(away + 6 >= whole.len().div_ceil(4), "{away} of a fourth of {} files may be away", whole.len());
}

#[test]
fn what_has_no_card_is_told() {
    let message = BUILT.fails("card out nowhere", 1);
    assert_eq!(message, "error: out: the catalogue has no item nowhere; give the key as the log has it\n");
    assert!(BUILT.fails("card out", 2).contains("<ID>"));
    let place = Place::new();
    place.file("log.csv", checkerboard(20, 8)).file("recall.toml", QUICK);
    place.json("build --log log.csv --out out --config recall.toml");
    let small = place.json("card out i1")["card"].clone();
    let error = page().check_card(&base64::decode(small.as_str().unwrap()).unwrap()).unwrap_err();
    assert!(matches!(error, edge_recall::Error::StaleCard), "{error:?}");
}
