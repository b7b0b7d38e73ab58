//! Tests of the readers of interchange tables: what they hold, and what each bad input is called.

use super::*;
use crate::input::testing::Files;

/// A set of files to read.
#[derive(Default)]
struct Given<'a> {
    vectors: Option<(&'a str, &'a [u8])>,
    keys: Option<&'a str>,
    i2i: &'a [&'a str],
    crowds: Option<&'a str>,
    cohorts: Option<&'a str>,
    items: Option<&'a str>,
    cosine: bool,
    strict: bool,
}

fn read_given(given: &Given<'_>) -> Result<Tables, String> {
    let files = Files::empty();
    let vectors = given.vectors.map(|(name, content)| files.file(name, content));
    let keys = given.keys.map(|content| files.file("keys.txt", content));
    let name = |at: usize| format!("pairs{}.csv", at + 1);
    let i2i: Vec<PathBuf> = given.i2i.iter().enumerate().map(|(at, content)| files.file(&name(at), content)).collect();
    let crowds = given.crowds.map(|content| files.file("crowds.csv", content));
    let cohorts = given.cohorts.map(|content| files.file("cohorts.csv", content));
    let items = given.items.map(|content| files.file("items.csv", content));
    let sources = Sources {
        item_vectors: vectors.as_deref(),
        keys: keys.as_deref(),
        i2i: &i2i,
        crowds: crowds.as_deref(),
        cohorts: cohorts.as_deref(),
        items: items.as_deref(),
        metric: if given.cosine { Metric::Cosine } else { Metric::Dot },
    };
    let reading = if given.strict { files.strict() } else { files.lenient() };
    read(sources, &Config::default(), reading).map_err(|error| format!("{error:#}"))
}

fn pairs(files: &[&str]) -> Result<Tables, String> {
    read_given(&Given { i2i: files, ..Given::default() })
}

fn vectors(name: &str, content: &[u8]) -> Result<Tables, String> {
    read_given(&Given { vectors: Some((name, content)), ..Given::default() })
}

fn crowds(content: &str) -> Result<Tables, String> {
    read_given(&Given { crowds: Some(content), ..Given::default() })
}

/// `{'descr': ...}` and four-byte floats.
fn npy(rows: usize, numbers: &[f32]) -> Vec<u8> {
    let shape = format!("({rows}, {})", numbers.len() / rows.max(1));
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    let data = numbers.iter().flat_map(|x| x.to_le_bytes());
    let start = b"\x93NUMPY\x01\x00".iter().copied().chain((header.len() as u16).to_le_bytes());
    start.chain(header.bytes()).chain(data).collect()
}

#[test]
fn all_tables_share_their_items_in_key_order() {
    let tables = read_given(&Given {
        vectors: Some(("v.csv", b"item,vector\nd,1 2\nb,\"[3, 4]\"\n")),
        i2i: &["trigger,target,score\nc,a,0.5\nc,b,2\n", "Trigger,Target,Score,Channel\na,c,1,next\n"],
        crowds: Some("crowd,item,score\n,a,2\n,e,2\n,b,3\nage=1,a,1\n"),
        items: Some("item,title\nz,Zed\na,Ay\n"),
        ..Given::default()
    })
    .unwrap();
    assert_eq!(tables.items.items, ["a", "b", "c", "d", "e", "z"]);
    let empty = Vec::new;
    let i2i = vec![empty(), empty(), vec![(1, 2.0), (0, 0.5)], empty(), empty(), empty()];
    let next = vec![vec![(2, 1.0)], empty(), empty(), empty(), empty(), empty()];
    assert_eq!(tables.rows, [(ChannelId::I2i, I2iTable { rows: i2i }), (ChannelId::Next, I2iTable { rows: next })]);
    let vectors = tables.vectors.unwrap();
    assert_eq!(
        (vectors.dim, vectors.row(1), vectors.row(3), vectors.row(5)),
        (2, &[3.0, 4.0][..], &[1.0, 2.0][..], &[0.0; 2][..])
    );
    let lists: Vec<_> = tables.crowds.iter().map(|list| (list.key.len(), list.items.clone())).collect();
    assert_eq!(lists, [(0, vec![(1, 3.0), (0, 2.0), (4, 2.0)]), (1, vec![(0, 1.0)])]);
    assert_eq!(tables.attributes.unwrap().values[0], ["Ay"]);
    assert_eq!((tables.summary.vectors, tables.summary.pairs, tables.summary.crowds), (2, 3, 2));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let rows = ["a,b,1", "a,c,1", "b,a,2", "d,c,0.5"];
    let read = |rows: &[&str]| pairs(&[&format!("trigger,target,score\n{}\n", rows.join("\n"))]).unwrap();
    let backward: Vec<&str> = rows.iter().rev().copied().collect();
    let (one, two) = (read(&rows), read(&backward));
    assert_eq!((one.items, one.rows), (two.items, two.rows));
}

#[test]
fn every_form_of_a_vector_is_the_same() {
    let array = npy(2, &[0.5, -1.0, 2e-3, 4.0]);
    let array = Given { vectors: Some(("v.npy", &array)), keys: Some("a\nb\n"), ..Given::default() };
    let expected = read_given(&array).unwrap().vectors.unwrap();
    assert_eq!(expected.rows, [0.5, -1.0, 0.002, 4.0]);
    for (name, text) in [
        ("v.csv", "item,vector\na,0.5 -1 2e-3\nb,4 4 4\n".replace("0.5 -1 2e-3", "0.5 -1").replace("4 4 4", ".002 4")),
        ("v.csv", "item;vector\nb;[2e-3, 4.0]\na;[0.5,-1.0]\n".into()),
        ("v.tsv", "item\tvector\na\t[ 0.5 -1.  ]\nb\t0.002,4\n".into()),
        ("v.jsonl", "{\"item\":\"a\",\"vector\":[0.5,-1]}\n{\"item\":\"b\",\"vector\":[0.002,4]}\n".into()),
    ] {
        assert_eq!(vectors(name, text.as_bytes()).unwrap().vectors.unwrap(), expected, "{name} {text}");
    }
}

#[test]
fn cosine_scales_to_length_one_and_leaves_zeros() {
    let content = b"item,vector\na,3 4\nb,0 0\n";
    let given = Given { vectors: Some(("v.csv", content)), cosine: true, ..Given::default() };
    assert_eq!(read_given(&given).unwrap().vectors.unwrap().rows, [0.6, 0.8, 0.0, 0.0]);
}

#[test]
fn bad_vectors_are_named() {
    let wrong = |rows: &str| vectors("v.csv", format!("item,vector\na,1 2\n{rows}\n").as_bytes()).unwrap_err();
    assert!(
        wrong("b,1 2 3").contains("v.csv, line 3: the vector has 3 numbers, that of line 2 has 2; give all the same")
    );
    assert!(wrong("b,1 nan").contains("line 3: number 2 of the vector is NaN; give finite numbers"));
    assert!(wrong("b,inf 1").contains("number 1 of the vector is inf"));
    assert!(wrong("b,1 70000").contains("number 2 of the vector is 70000; give finite numbers of at most 65504"));
    assert!(wrong("b,1 x").contains("number 2 of the vector, `x`, is none"));
    assert!(wrong("a,1 2").contains("line 3: the item has a vector already, in line 2; give each item one"));
    assert!(wrong(",1 2").contains("line 3: the item is empty"));
    let wide = format!("item,vector\na,{}\n", vec!["1"; 513].join(" "));
    assert!(vectors("v.csv", wide.as_bytes()).unwrap_err().contains("the vector has 513 numbers; give 1 to 512"));
    assert!(vectors("v.csv", b"item,vector\na,\n").unwrap_err().contains("the vector has 0 numbers"));
    let null = b"{\"item\":\"a\",\"vector\":[1,null]}\n";
    assert!(vectors("v.jsonl", null).unwrap_err().contains("v.jsonl, line 1: a number of the vector is missing"));
    assert!(vectors("v.csv", b"item,vector\n").unwrap_err().contains("the table item_vectors has no rows"));
    let message = vectors("v.csv", b"sku,vec\na,1\n").unwrap_err();
    assert!(
        message.contains("no column `item`; found `sku`, `vec`; the table item_vectors has the columns item, vector")
    );
}

#[test]
fn arrays_and_their_keys_must_fit() {
    let array = npy(2, &[1.0, 2.0, 3.0, 4.0]);
    let wrong = |keys: Option<&str>| {
        read_given(&Given { vectors: Some(("v.npy", &array)), keys, ..Given::default() }).unwrap_err()
    };
    assert!(wrong(None).contains("give their keys, one a line, with --keys"));
    assert!(wrong(Some("a\n")).contains("keys.txt has 1 keys and"));
    assert!(wrong(Some("a\na\n")).contains("keys.txt, line 2: the item has a vector already, in line 1"));
    assert!(wrong(Some("a\n\n")).contains("keys.txt, line 2: the item is empty"));
    let table = Given { vectors: Some(("v.csv", b"item,vector\na,1\n")), keys: Some("a\n"), ..Given::default() };
    assert!(read_given(&table).unwrap_err().contains("goes with an array of NumPy (.npy)"));
    let nan = npy(2, &[1.0, 2.0, f32::NAN, 4.0]);
    let nan = Given { vectors: Some(("v.npy", &nan)), keys: Some("a\nb\n"), ..Given::default() };
    let message = read_given(&nan).unwrap_err();
    assert!(
        message.contains("keys.txt, line 2: number 1 of the vector is NaN") && message.contains("v.npy"),
        "{message}"
    );
}

#[test]
fn bad_pairs_are_named() {
    let wrong = |row: &str| pairs(&[&format!("trigger,target,score,channel\na,b,1,\n{row}\n")]).unwrap_err();
    assert!(wrong("a,a,1,").contains("pairs1.csv, line 3: `a` is its own target; leave the row out"));
    assert!(wrong("a,c,nan,").contains("the score `nan` is not finite; leave the row out"));
    assert!(wrong("a,c,x,").contains("the score `x` is not a number"));
    assert!(wrong("a,c,0,").contains("the score is 0, which says nothing"));
    assert!(wrong("a,c,1,u2i").contains("no channel `u2i`; the tables are i2i, "), "{}", wrong("a,c,1,u2i"));
    assert!(wrong("a,,1,").contains("line 3: the target is empty"));
    assert!(wrong("a,c").contains("line 3: the row has 2 field(s), the header has 4"));
    let message = wrong("a,b,2,i2i");
    assert!(message.contains("pairs1.csv, line 3: the pair stands in channel i2i already ("), "{message}");
    assert!(message.contains("pairs1.csv, line 2); give each pair one score"), "{message}");
    let file = "trigger,target,score\na,b,1\n";
    let message = pairs(&[file, file]).unwrap_err();
    assert!(message.contains("pairs2.csv, line 2: the pair stands in channel i2i already"), "{message}");
    assert!(message.contains("pairs1.csv, line 2)"), "{message}");
    assert!(pairs(&["trigger,target,score\n"]).unwrap_err().contains("the table i2i has no rows"));
    assert!(pairs(&[]).unwrap_err().contains("no table, so there is nothing to pack; give --item-vectors"));
}

#[test]
fn a_row_keeps_its_255_largest() {
    let rows: String = (0..300).map(|n| format!("t,i{n},{}\n", n + 1)).collect();
    let tables = pairs(&[&format!("trigger,target,score\n{rows}")]).unwrap();
    assert_eq!((tables.summary.pairs, tables.summary.pairs_left_out), (255, 45));
    let row = tables.rows[0].1.rows.iter().find(|row| !row.is_empty()).unwrap();
    assert_eq!((row.len(), row[0].1), (255, 300.0));
    assert!(row.iter().all(|(_, score)| score.abs() >= 46.0));
}

#[test]
fn bad_crowds_are_named() {
    let wrong = |row: &str| crowds(&format!("crowd,item,score\n,a,1\n{row}\n")).unwrap_err();
    assert!(wrong(",a,2").contains("crowds.csv, line 3: the item stands in this crowd already, in line 2"));
    assert!(wrong("age,a,2").contains("the crowd `age` is not `name=value`"));
    assert!(wrong(",b,-1").contains("the score is -1; give one above 0"));
    assert!(wrong(",b,inf").contains("the score `inf` is not finite"));
}

#[test]
fn lists_of_every_key_go_out_and_come_back() {
    use crate::lists::Lists;
    use crate::output::{OutputDir, TABLES};
    use edge_recall::format::manifest::TowerKind;
    let items = Interactions { items: ["a", "b", "c"].map(str::to_owned).to_vec(), ..Interactions::default() };
    let keyed = |key: &str, users, items: &[(u32, f32)]| KeyedList { key: key.into(), users, items: items.to_vec() };
    // In the order of keys, as they are read; a value may hold any letter.
    let lists = vec![
        keyed("%a:genre=rock & roll=50%", 30, &[(0, 0.75), (2, 0.5)]),
        keyed("%c:0", 12, &[(1, 2.0)]),
        keyed("%c:1", 13, &[(2, 1.5), (1, 1.0)]),
        keyed("%new", 0, &[(2, 0.9)]),
    ];
    let lists = Lists { lists, cohorts: vec![vec![1.0, -0.5], vec![0.0, 0.25]], ..Lists::default() };
    let escaped = vec![("a%b".to_owned(), "x=y&z".to_owned())];
    let crowds = [
        CrowdList { key: Vec::new(), users: 40, items: vec![(0, 3.0), (1, 2.0)] },
        CrowdList { key: escaped, users: 11, items: vec![(1, 1.0)] },
    ];
    let vectors = ItemVectors { dim: 2, rows: vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0] };
    let files = Files::empty();
    let out = files.file("anchor", "").with_file_name("tables");
    let dir = OutputDir::create(&out, TABLES).unwrap();
    let tower = TowerKind::Pool;
    let learnt =
        write::Learnt { items: &items, rows: vec![], vectors: Some(&vectors), tower, crowds: &crowds, lists: &lists };
    write::write(&learnt, &dir).unwrap();
    dir.commit().unwrap();
    let described: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("tables.json")).unwrap()).unwrap();
    let file = |name: &str| {
        let named = described["files"].as_array().unwrap().iter().filter_map(|file| file.as_str());
        named.map(|file| out.join(file)).find(|file| file.file_stem().is_some_and(|stem| stem == name))
    };
    let paths = ["item_vectors", "crowds", "cohorts"].map(|name| file(name).unwrap());
    assert!(described["pack"].as_str().unwrap().contains("--cohorts cohorts."), "{described}");
    let sources = Sources {
        item_vectors: Some(&paths[0]),
        keys: None,
        i2i: &[],
        crowds: Some(&paths[1]),
        cohorts: Some(&paths[2]),
        items: None,
        metric: Metric::Dot,
    };
    let tables = read(sources, &Config::default(), files.strict()).unwrap();
    assert_eq!((tables.crowds, tables.lists, tables.cohorts), (crowds.to_vec(), lists.lists, lists.cohorts));
    assert_eq!((tables.vectors, tables.summary.lists), (Some(vectors), 4));
}

#[test]
fn lists_that_name_nothing_are_refused() {
    let wrong = |key: &str| crowds(&format!("crowd,item,score\n{key},a,1\n")).unwrap_err();
    for key in ["%b:x=1", "%a:x", "%a:=x", "%c:", "%c:01", "%c:x", "%news", "%"] {
        assert!(wrong(key).contains(&format!("the list `{key}` is none of")), "{key}");
    }
    assert!(wrong("%c:0").contains("no vector tells where that cohort lies; give it with --cohorts"));
    let listed = |users: &str| crowds(&format!("crowd,item,score,users\n%new,a,1,{users}\n"));
    assert!(listed("some").unwrap_err().contains("users is `some`"));
    assert_eq!(listed("").unwrap().lists[0].users, 0);
    let cohorts = |cohorts: &str| {
        let vectors = Some(("v.csv", &b"item,vector\na,1 2\n"[..]));
        let crowds = Some("crowd,item,score\n%c:1,a,1\n");
        read_given(&Given { vectors, crowds, cohorts: Some(cohorts), ..Given::default() })
    };
    assert_eq!(cohorts("cohort,vector\n1,3 4\n0,1 2\n").unwrap().cohorts, [[1.0, 2.0], [3.0, 4.0]]);
    assert!(cohorts("cohort,vector\n0,1 2\n2,3 4\n").unwrap_err().contains("number 1 is missing"));
    assert!(cohorts("cohort,vector\n0,1 2\n").unwrap_err().contains("a list %c:1"));
    assert!(
        cohorts("cohort,vector\n0,1\n1,2\n").unwrap_err().contains("the cohorts have 1 numbers each and the items 2")
    );
}

#[test]
fn items_that_nothing_leads_to_are_named_and_strict_stops() {
    let given = |strict| Given {
        i2i: &["trigger,target,score\na,b,1\n"],
        items: Some("item\na\nlost\n"),
        strict,
        ..Given::default()
    };
    assert_eq!(read_given(&given(false)).unwrap().items.items, ["a", "b", "lost"]);
    let message = read_given(&given(true)).unwrap_err();
    assert!(message.contains("items.csv: 1 item(s) stand in no other table"), "{message}");
    assert!(message.contains("`lost`; give them a vector or a row (--strict)"), "{message}");
}
