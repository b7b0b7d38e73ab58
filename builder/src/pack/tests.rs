//! Tests of `pack.rs`: what is packed comes back through a recaller as it went in.

use std::collections::BTreeSet;

use edge_recall::format::attribute::AttributeType;
use edge_recall::format::crowds::Crowd;
use edge_recall::format::manifest::{PurchaseSpec, RetargetSpec};
use edge_recall::{Context, HistoryEvent, Request};

use edge_recall::Recaller;
use edge_recall::format::codes::Code;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::shard_name;
use edge_recall::format::{Shard, base64, gram};
use edge_recall::ids::{ChannelId, Ordinal};
use edge_recall::recaller::Budget;

use super::*;
use crate::config::Config;
use crate::learn::{Learned, Table};
use crate::lists::Lists;
use crate::model::{CrowdList, I2iTable, Interactions, ItemAttributes, ItemVectors, UserAttributes};
use crate::recipe::Recipe;
use crate::stages::fixture::log;
use crate::typed::type_columns;
use crate::visit::visit;

/// Three items, numbered i2, i0, i1 by popularity, and one that nobody met.
fn small_log() -> Interactions {
    log(4, &[&[2, 0], &[2, 0, 1], &[2]])
}

fn recipe(code: Code) -> Recipe {
    let recipe = Recipe::new(&Config::default(), &small_log(), &UserAttributes::default());
    Recipe { code, ..recipe }
}

/// Vectors of three dimensions, zeros for the item that nobody met.
fn vectors() -> ItemVectors {
    ItemVectors { dim: 3, rows: vec![1.0, 0.5, -0.25, 2.0, 0.0, 1.0, -0.5, 0.75, 0.125, 0.0, 0.0, 0.0] }
}

fn learned() -> Learned {
    let everyone = CrowdList { key: Vec::new(), users: 3, items: vec![(2, 1.0), (0, 0.25)] };
    let old = CrowdList { key: vec![("age".into(), "60=".into())], users: 2, items: vec![(1, 0.5)] };
    Learned {
        tables: vec![
            table(ChannelId::I2i, [&[(2, 4.0), (1, 1.0)], &[(0, 1.0)], &[(0, 0.5)], &[]]),
            table(ChannelId::Next, [&[], &[], &[(1, 8.0)], &[]]),
        ],
        vectors: Some(vectors()),
        crowds: vec![everyone, old],
        lists: Lists::default(),
    }
}

fn table(channel: ChannelId, rows: [&[(u32, f32)]; 4]) -> Table {
    Table { channel, rows: I2iTable { rows: rows.map(<[(u32, f32)]>::to_vec).to_vec() } }
}

fn packed(code: Code) -> Packed {
    pack(Material::bare(&small_log(), &learned(), &recipe(code)), None).unwrap()
}

fn packed_from(learned: &Learned) -> Packed {
    pack(Material::bare(&small_log(), learned, &recipe(Code::Int8)), None).unwrap()
}

fn item(recaller: &Recaller, key: &str) -> Ordinal {
    recaller.find(key).unwrap()
}

#[test]
fn keys_come_back_by_popularity() {
    let recaller = packed(Code::Int8).attach().unwrap();
    let keys: Vec<String> = (0..4).filter_map(|item| recaller.key(Ordinal(item))).collect();
    assert_eq!(keys, ["i2", "i0", "i1", "i3"]);
    assert_eq!((0..5).filter(|&item| recaller.key(Ordinal(item)).is_some()).count(), 4);
    assert_eq!((recaller.find("i1"), recaller.find("i4")), (Some(Ordinal(2)), None));
}

#[test]
fn nothing_is_retargeted_unless_the_configuration_asks() {
    assert_eq!(packed(Code::Int8).manifest.retarget, None);
    assert_eq!(packed(Code::Int8).manifest.weight_of(ChannelId::Retarget), 0.0);
    let config = Config::parse("[retarget]\nshare = 0.25").unwrap();
    let recipe = Recipe::new(&config, &small_log(), &UserAttributes::default());
    let manifest = pack(Material::bare(&small_log(), &learned(), &recipe), None).unwrap().manifest;
    assert_eq!(manifest.retarget, Some(RetargetSpec { days: 3, share: 0.25 }));
    assert_eq!(manifest.weight_of(ChannelId::Retarget), manifest.weight_of(ChannelId::U2i));
}

#[test]
fn purchases_close_nothing_unless_the_configuration_asks() {
    let manifest = packed(Code::Int8).manifest;
    assert_eq!((manifest.purchases, manifest.rules), (None, None));
    let config = Config::parse("rules = \"rules.json\"\n[purchase]\ndays = 7").unwrap();
    let recipe = Recipe::new(&config, &small_log(), &UserAttributes::default());
    let manifest = pack(Material::bare(&small_log(), &learned(), &recipe), None).unwrap().manifest;
    let spec = PurchaseSpec { days: 7, release: 3, ..PurchaseSpec::default() };
    assert_eq!((manifest.purchases, manifest.rules.as_deref()), (Some(spec), Some("rules.json")));
    let config = Config::parse("[purchase]\nattribute = \"kind\"").unwrap();
    let recipe = Recipe::new(&config, &small_log(), &UserAttributes::default());
    let manifest = pack(Material::bare(&small_log(), &learned(), &recipe), None).unwrap().manifest;
    assert_eq!(manifest.purchases, None, "there is no catalogue");
    let error = config.purchase.unwrap().check_columns(["brand"].into_iter()).expect_err("another column");
    assert!(error.to_string().contains("no column `kind`, only brand"), "{error}");
    for (wrong, word) in [
        ("[purchase]\ndays = 0", "days"),
        ("[purchase]\nrelease = 0", "release"),
        ("[purchase]\nperiods = { shoes = 60 }", "attribute"),
        ("rules = \"../rules.json\"", "rules"),
        ("rules = \"recall.json\"", "rules"),
    ] {
        assert!(Config::parse(wrong).expect_err(wrong).to_string().contains(word), "{wrong}");
    }
}

#[test]
fn targets_and_weights_come_back() {
    let recaller = packed(Code::Int8).attach().unwrap();
    let row = |table: usize, key: &str| {
        let mut row = Vec::new();
        let trigger = item(&recaller, key);
        recaller.tables()[table]
            .for_each(trigger, &mut |target, weight| row.push((recaller.key(target).unwrap(), weight)));
        row
    };
    let close = |row: Vec<(String, f32)>, expected: &[(&str, f32)]| {
        assert_eq!(row.len(), expected.len(), "{row:?}");
        for ((key, weight), (expected_key, expected_weight)) in row.iter().zip(expected) {
            assert_eq!(key, expected_key);
            assert!((weight / expected_weight - 1.0).abs() < 0.07, "{weight} against {expected_weight}");
        }
    };
    close(row(0, "i0"), &[("i2", 4.0), ("i1", 1.0)]);
    close(row(0, "i1"), &[("i0", 1.0)]);
    close(row(0, "i2"), &[("i0", 0.5)]);
    close(row(0, "i3"), &[]);
    close(row(1, "i0"), &[]);
    close(row(1, "i2"), &[("i1", 8.0)]);
    let channels: Vec<ChannelId> = recaller.manifest().tables.iter().map(|table| table.channel).collect();
    assert_eq!(channels, [ChannelId::I2i, ChannelId::Next]);
}

#[test]
fn vectors_come_back_within_their_code() {
    for (code, off) in [(Code::F16, 1e-3), (Code::Int8, 0.01)] {
        let recaller = packed(code).attach().unwrap();
        for (row, key) in ["i0", "i1", "i2"].into_iter().enumerate() {
            let found = recaller.embeddings().vector(item(&recaller, key)).unwrap();
            let expected = &vectors().rows[row * 3..row * 3 + 3];
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < off), "{found:?} against {expected:?}");
        }
    }
}

#[test]
fn who_has_no_vector_is_exactly_nowhere() {
    // Quantised against a centroid, zeros would come back as something that suits some visitors.
    for code in [Code::F16, Code::Int8] {
        let recaller = packed(code).attach().unwrap();
        assert_eq!(recaller.embeddings().vector(item(&recaller, "i3")), Some(vec![0.0; 3]));
        for key in ["i0", "i1", "i2"] {
            let seed = HistoryEvent { key: key.into(), kind: edge_recall::EventKind::View, age: None };
            let answer = recaller.finish(&Request::similar(vec![seed])).unwrap();
            assert!(answer.recommendations.iter().all(|found| found.key != "i3"), "{answer:?}");
        }
    }
}

#[test]
fn vectors_that_are_all_zero_propose_nothing() {
    let learned = Learned { vectors: Some(ItemVectors { dim: 3, rows: vec![0.0; 12] }), ..learned() };
    let recaller = packed_from(&learned).attach().unwrap();
    let history = vec![HistoryEvent { key: "i0".into(), kind: edge_recall::EventKind::View, age: Some(0) }];
    let lists = recaller.channel_lists(&Request::recommend(history), 10);
    assert!(
        lists.iter().filter(|list| list.channel == ChannelId::U2i).all(|list| list.candidates.is_empty()),
        "{lists:?}"
    );
}

#[test]
fn the_gram_matrix_is_that_of_the_decoded_vectors() {
    let recaller = packed(Code::Int8).attach().unwrap();
    let decoded: Vec<Vec<f32>> = (0..4).filter_map(|item| recaller.embeddings().vector(Ordinal(item))).collect();
    let expected = |row: usize, column: usize| decoded.iter().map(|y| y[row] * y[column]).sum::<f32>();
    let packed = packed(Code::Int8);
    let head = base64::decode(packed.manifest.head.inline.as_ref().unwrap()).unwrap();
    let head = Shard::open(edge_recall::AlignedBytes::copy_of(&head)).unwrap();
    let gram = gram::read(head.required(SectionKind::Gram).unwrap(), 3).unwrap();
    let places = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)];
    assert_eq!(gram.len(), places.len());
    for (found, (row, column)) in gram.iter().zip(places) {
        assert!((found - expected(row, column)).abs() < 1e-5, "{row}, {column}: {found}");
    }
}

#[test]
fn crowds_come_back_under_their_escaped_keys() {
    let recaller = packed(Code::Int8).attach().unwrap();
    let list =
        |crowd: &Crowd| (crowd.key.clone(), crowd.users, crowd.items.iter().map(|c| c.item.0).collect::<Vec<_>>());
    let lists: Vec<_> = recaller.crowds().iter().map(list).collect();
    assert_eq!(lists, [(String::new(), 3, vec![0, 1]), ("age=60%3D".to_owned(), 2, vec![2])]);
    let answer = recaller.finish(&Request::recommend(Vec::new()).context(Context::default())).unwrap();
    let found = answer.recommendations.iter().filter(|found| found.channels.has(ChannelId::Crowd));
    assert_eq!(found.map(|found| found.key.as_str()).collect::<Vec<_>>(), ["i2", "i0"]);
}

#[test]
fn attributes_come_back_typed() {
    let names = ["tags", "price", "kind"].map(str::to_owned).to_vec();
    let values = [["a|b", "1.5", "x"], ["", "2", ""], ["b", "", "y"], ["c|a", "-3", "x"]];
    let values = values.map(|row| row.map(str::to_owned).to_vec()).to_vec();
    let (columns, _) = type_columns(&ItemAttributes { names, values }, false);
    let (log, learned, recipe) = (small_log(), learned(), recipe(Code::Int8));
    let material = Material { columns: &columns, ..Material::bare(&log, &learned, &recipe) };
    let recaller = pack(material, None).unwrap().attach().unwrap();
    let kinds: Vec<AttributeType> = recaller.manifest().attributes.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [AttributeType::Tags, AttributeType::Number, AttributeType::Category]);
    let of = |key: &str| {
        let known = recaller.attributes(item(&recaller, key)).into_iter().filter(|(_, values)| !values.is_empty());
        known.map(|(name, values)| format!("{name}={}", values.join("+"))).collect::<Vec<_>>()
    };
    assert_eq!(of("i0"), ["tags=a+b", "price=1.5", "kind=x"]);
    assert_eq!(of("i1"), ["price=2"]);
    assert_eq!(of("i2"), ["tags=b", "kind=y"]);
    assert_eq!(of("i3"), ["tags=a+c", "price=-3", "kind=x"]);
}

#[test]
fn names_follow_the_bytes_and_the_build_follows_everything() {
    let (first, again) = (packed(Code::Int8), packed(Code::Int8));
    assert_eq!(first.manifest_text(), again.manifest_text());
    for (name, _, bytes) in &first.files {
        assert_eq!(*name, shard_name(bytes));
    }
    let files = first.files.iter().map(|(_, _, bytes)| bytes.len() as u64).sum::<u64>();
    assert_eq!(first.bytes(), files + first.manifest_text().len() as u64);

    let mut other = learned();
    other.tables[0].rows.rows[3].push((0, 1.0));
    let other = packed_from(&other);
    assert_ne!(other.manifest.build, first.manifest.build);
    assert_eq!((other.manifest.epoch, other.manifest.model), (first.manifest.epoch, first.manifest.model));
    let names = |packed: &Packed| packed.files.iter().map(|file| file.0).collect::<BTreeSet<_>>();
    assert!(names(&other).intersection(&names(&first)).count() > 0, "what has not changed keeps its name");
}

#[test]
fn a_build_of_nothing_is_refused_and_one_without_vectors_is_not() {
    let message =
        pack(Material::bare(&log(0, &[]), &Learned::default(), &recipe(Code::Int8)), None).unwrap_err().to_string();
    assert_eq!(message, "there are no items to publish");
    let mut learned = Learned { vectors: None, ..learned() };
    learned.tables.truncate(1);
    let packed = packed_from(&learned);
    assert_eq!((packed.manifest.vectors, packed.manifest.tower, packed.manifest.tables.len()), (None, None, 1));
    assert_eq!(packed.attach().unwrap().manifest().items, 4);
}

/// What a device may spend on a catalogue of one cell pays for all of it, lists that do not fit into the manifest included.
#[test]
fn a_visit_to_one_cell_reads_everything() {
    let mut learned = learned();
    let many = |n: u32| CrowdList {
        key: vec![("city".into(), format!("a city far away, number {n}"))],
        ..learned.crowds[0].clone()
    };
    let more: Vec<CrowdList> = (0..500).map(many).collect();
    learned.crowds.extend(more);
    let packed = packed_from(&learned);
    assert!(packed.manifest.head.inline.is_none());
    let mut recaller = Recaller::new(packed.manifest.clone()).unwrap();
    recaller.attach_inline().unwrap();
    let spec = packed.manifest.visit;
    let request = Request::recommend(Vec::new()).budget(Budget { bytes: spec.bytes, files: spec.files });
    let cost = visit(&mut recaller, &request, &mut |file| {
        let (_, _, bytes) = packed.files.iter().find(|(name, _, _)| *name == file.name).unwrap();
        Ok(Some(Shard::open(edge_recall::AlignedBytes::copy_of(bytes))?))
    });
    assert_eq!(cost.unwrap().files.len(), packed.files.len());
    let answer = recaller.finish(&request).unwrap().recommendations;
    let listed = answer.iter().filter(|found| found.channels.has(ChannelId::Crowd)).count();
    assert_eq!((listed, answer.len()), (2, packed.manifest.items as usize), "everyone's list, then all that there is");
}
