//! The golden shards of every minor, both ways: their bytes hold the values of the board, and the board gives their bytes.
//!
//! `EDGE_RECALL_BLESS=1 cargo test --features write --test it golden` writes the folder of the current minor anew. That is
//! for a minor that is still being made; the folder of a released one never changes.

use std::fs;
use std::path::PathBuf;

use edge_recall::format::codes::Code;
use edge_recall::format::header::{MAJOR, MINOR};
use edge_recall::format::write::shard_name;
use edge_recall::ids::{ChannelId, Ordinal};
use edge_recall::{AlignedBytes, Manifest, Recaller, Request};

use crate::board::{self, ITEMS};
use crate::fixture::{Build, COMPACT, EXACT, LARGE, LISTED, MASKED, Recipe, context};
use crate::spec_page::path;

/// Folder below `tests/fixtures`, and what its shards were made of.
const GOLDEN: [(&str, Recipe); 5] = [
    ("v1.3/exact", EXACT),
    ("v1.3/compact", COMPACT),
    ("v1.3/large", LARGE),
    ("v1.3/masked", MASKED),
    ("v1.3/listed", LISTED),
];

fn folder(name: &str) -> PathBuf {
    path("tests/fixtures").join(name)
}

/// The files of a build as they lie in its folder: `recall.json` and the shards that are not inside it.
fn files(build: &Build) -> Vec<(String, Vec<u8>)> {
    let manifest = format!("{}\n", build.manifest.to_json());
    let mut files = vec![("recall.json".to_owned(), manifest.into_bytes())];
    let inline = |name| {
        let refs = [&build.manifest.head, &build.manifest.dir];
        refs.iter().any(|shard| shard.name == name && shard.inline.is_some())
    };
    let own = build.files.iter().filter(|(name, _, _)| !inline(*name));
    files.extend(own.map(|(name, _, bytes)| (format!("c/{name}.er"), bytes.clone())));
    files
}

fn bless(name: &str, build: &Build) {
    let folder = folder(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder can go");
    }
    fs::create_dir_all(folder.join("c")).expect("a folder");
    for (file, bytes) in files(build) {
        fs::write(folder.join(file), bytes).expect("a file");
    }
}

/// A recaller over the folder, by the loop that a host runs.
fn open(name: &str) -> Recaller {
    let read =
        |file: String| fs::read(folder(name).join(&file)).unwrap_or_else(|error| panic!("{name}/{file}: {error}"));
    let text = String::from_utf8(read("recall.json".into())).expect("text");
    let mut recaller = Recaller::new(Manifest::parse(&text).expect("a valid manifest")).expect("a valid manifest");
    recaller.attach_inline().expect("valid shards");
    loop {
        let keys: Vec<String> = (0..ITEMS).filter_map(|item| recaller.key(Ordinal(item))).collect();
        let mut plan = recaller.plan(&Request::recommend(Vec::new()).context(context(&[("age", "18")]))).files;
        plan.extend(recaller.plan_display(&keys));
        if plan.is_empty() {
            return recaller;
        }
        for file in plan {
            let bytes = read(format!("c/{}.er", file.name));
            assert_eq!((shard_name(&bytes), bytes.len()), (file.name, file.bytes as usize));
            recaller.attach(file.name, AlignedBytes::copy_of(&bytes)).expect("a valid shard");
        }
    }
}

#[test]
fn golden_values_become_the_same_bytes() {
    for (name, recipe) in GOLDEN {
        let build = Build::new(recipe);
        if std::env::var_os("EDGE_RECALL_BLESS").is_some() && name.starts_with(&format!("v{MAJOR}.{MINOR}/")) {
            bless(name, &build);
        }
        for (file, bytes) in files(&build) {
            let golden = fs::read(folder(name).join(&file));
            assert_eq!(golden.ok(), Some(bytes), "{name}/{file} is not what the writer writes");
        }
        let here = fs::read_dir(folder(name).join("c")).expect("a folder").count();
        assert_eq!(here, files(&build).len() - 1, "{name}/c holds files that no manifest names");
    }
}

#[test]
fn golden_bytes_hold_the_values_of_the_board() {
    for (name, recipe) in GOLDEN {
        let recaller = open(name);
        let manifest = recaller.manifest();
        assert_eq!((manifest.items, manifest.epoch, manifest.model), (ITEMS, recipe.epoch, recipe.model));
        let directory = recaller.directory().expect("a directory");
        let cells: Vec<(u32, u32)> = directory.cells().map(|(_, cell)| (cell.base, cell.items)).collect();
        assert_eq!(cells, recipe.cells);
        assert_eq!(
            manifest.tables.iter().map(|table| table.channel).collect::<Vec<_>>(),
            [ChannelId::I2i, ChannelId::Next]
        );
        for item in 0..ITEMS {
            check_item(&recaller, recipe, item);
        }
        let crowds: Vec<(&str, u32, Vec<u32>)> = recaller
            .crowds()
            .iter()
            .map(|crowd| (crowd.key.as_str(), crowd.users, crowd.items.iter().map(|entry| entry.item.0).collect()))
            .collect();
        let mut listed = [&board::crowds()[..], &board::lists()[..if recipe.lists { 6 } else { 0 }]].concat();
        listed.sort_unstable();
        assert_eq!(crowds, listed);
        for crowd in recaller.crowds() {
            for (place, entry) in crowd.items.iter().enumerate() {
                assert_eq!(entry.score, board::crowd_score(place));
            }
        }
    }
}

fn check_item(recaller: &Recaller, recipe: Recipe, item: u32) {
    assert_eq!(recaller.key(Ordinal(item)), Some((recipe.key)(item)));
    for (table, expected) in recaller.tables().iter().zip([board::diagonal(item), board::above(item)]) {
        let mut row = Vec::new();
        table.for_each(Ordinal(item), &mut |target, weight| row.push((target.0, weight)));
        assert_eq!(row, expected, "row of item {item}");
    }
    let vector = recaller.embeddings().vector(Ordinal(item)).expect("a vector");
    // Residuals are below 2/3: half a step is 1/190 of that in 8 bits, a fifteenth in 4 and a third in 2, or a bit more
    // where the best scale lets the largest fall short.
    let tolerance = match recipe.code {
        Code::F16 => 0.0,
        Code::Int8 => 1.0 / 254.0,
        Code::Int4 => 0.06,
        Code::Int2 => 0.35,
    };
    for (found, expected) in vector.iter().zip(board::vector(item)) {
        assert!((found - expected).abs() <= tolerance, "item {item}: {vector:?}");
    }
    assert_eq!(recaller.gain(Ordinal(item)), recipe.extras.then(|| board::gain(item)));
    let fields = recaller.display(&(recipe.key)(item)).map(|texts| texts.join("|"));
    assert_eq!(fields, recipe.extras.then(|| board::fields(item).join("|")));
    let attributes = recaller.attributes(Ordinal(item));
    let value = |name: &str| attributes.iter().find(|(known, _)| *known == name).map(|(_, values)| values.join(" "));
    assert_eq!(value("row"), (item != 0).then(|| (board::row(item) + 1).to_string()));
    let colour = if board::dark(item) { "dark" } else { "light" };
    assert_eq!(value("colour").as_deref(), (item != ITEMS - 1).then_some(colour));
    let places = match (board::row(item) != 1, board::column(item) == 0) {
        (true, true) => Some("edge left"),
        (true, false) => Some("edge"),
        (false, true) => Some("left"),
        (false, false) => None,
    };
    assert_eq!(value("place").as_deref(), places);
}
