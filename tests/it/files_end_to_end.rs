//! Files in every order, missing, repeated, swapped and from other builds: what a host may do to a session.

use edge_recall::format::ShardKind::{Dir, Head, I2i, Vec as Vectors};
use edge_recall::format::manifest::Manifest;
use edge_recall::ids::{Epoch, Model, Ordinal, ShardName};
use edge_recall::recaller::Plan;
use edge_recall::{AlignedBytes, Error, Recaller, Request, Response};

use crate::board::{self, CELLS, ITEMS, text_key};
use crate::fixture::{Build, COMPACT, EXACT, Recipe, keys_of, views};

fn request() -> Request {
    Request::recommend(views(&["b2", "c1"])).limit(20)
}

fn answer(recaller: &Recaller) -> Response {
    recaller.finish(&request()).expect("a request that makes sense")
}

#[test]
fn a_plan_comes_in_rounds() {
    let build = Build::new(EXACT);
    let mut recaller = build.closed();
    let mut rounds = Vec::new();
    loop {
        let Plan { files: plan, last } = recaller.plan(&request());
        assert_eq!(last, !rounds.is_empty(), "the directory, once here, tells all");
        if plan.is_empty() {
            break;
        }
        for file in &plan {
            assert_eq!(build.bytes(file.name).len(), file.bytes as usize);
            recaller.attach(file.name, build.bytes(file.name)).expect("a file of the build");
        }
        rounds.push(plan.iter().map(|file| file.kind).collect::<Vec<_>>());
    }
    assert_eq!(rounds, [vec![Head, Dir], vec![Vectors, I2i, Vectors, I2i]]);
    let trending = build.open_without(&[build.files[2].0, build.files[3].0]).plan(&Request::trending());
    assert_eq!(trending.files.iter().map(|file| file.kind).collect::<Vec<_>>(), [Vectors], "the crowd needs no rows");
}

#[test]
fn inline_shards_need_no_file() {
    let build = Build::new(COMPACT);
    let mut recaller = build.closed();
    recaller.attach_inline().expect("the manifest's own shards");
    let kinds: Vec<_> = recaller.plan(&request()).files.iter().map(|file| file.kind).collect();
    assert_eq!(kinds, [Vectors, I2i, Vectors, I2i]);
    let mut manifest = build.manifest.clone();
    manifest.head.inline = Some("not base64!".into());
    let broken = Recaller::new(manifest).expect("a manifest").attach_inline();
    assert!(matches!(broken, Err(Error::Manifest { .. })), "{broken:?}");
}

#[test]
fn the_order_of_attaching_does_not_change_the_answer() {
    let build = Build::new(EXACT);
    let expected = answer(&build.open());
    let files = [0, 2, 3, 4, 5].map(|place| build.files[place].0);
    // All orders of five files, numbered as in the factorial number system; the directory names them, so it comes first.
    for order in 0..120 {
        let mut recaller = build.closed();
        recaller.attach(build.files[1].0, build.bytes(build.files[1].0)).expect("the directory");
        let (mut left, mut code) = (files.to_vec(), order);
        while !left.is_empty() {
            let name = left.remove(code % left.len());
            code /= left.len() + 1;
            recaller.attach(name, build.bytes(name)).expect("a file of the build");
        }
        assert_eq!(answer(&recaller), expected, "order {order}");
    }
}

#[test]
fn attaching_twice_is_harmless() {
    let build = Build::new(EXACT);
    let mut recaller = build.open();
    let expected = answer(&recaller);
    for (name, _, bytes) in &build.files {
        assert_eq!(recaller.attach(*name, AlignedBytes::copy_of(bytes)), Ok(()));
    }
    assert_eq!(answer(&recaller), expected);
}

#[test]
fn a_missing_file_is_a_smaller_answer_and_is_still_wanted() {
    for recipe in [EXACT, Recipe { key: text_key, ..COMPACT }] {
        let build = Build::new(recipe);
        let whole = answer(&build.open()).recommendations;
        for (place, (name, kind, _)) in build.files.iter().enumerate() {
            let found = answer(&build.open_without(&[*name]));
            assert_ne!(found.recommendations, whole, "{} {place} made no difference", kind.name());
            let wanted: Vec<_> =
                build.open_without(&[*name]).plan(&request()).files.iter().map(|file| file.name).collect();
            assert_eq!(wanted, [*name], "only the directory's absence hides other files");
            let cells = match kind {
                Dir => 0,
                Vectors => 1,
                _ => 2,
            };
            assert_eq!(found.diagnostics.cells, cells, "{} {place}", kind.name());
        }
    }
    let nothing = Build::new(EXACT).closed();
    assert_eq!(answer(&nothing).recommendations, []);
    assert_eq!(nothing.plan(&request()).files.len(), 2);
}

#[test]
fn items_of_a_missing_cell_leave_their_places_to_others() {
    let build = Build::new(EXACT);
    for (cell, (base, count)) in CELLS.into_iter().enumerate() {
        let recaller = build.open_without(&[build.names(Vectors)[cell]]);
        let here: Vec<String> =
            (0..ITEMS).rev().filter(|item| !(base..base + count).contains(item)).map(text_key).collect();
        let trending = recaller.finish(&Request::trending().limit(4)).expect("an answer");
        assert_eq!(keys_of(&trending), here[..4], "everyone's list goes backwards over the board");
        let personal = recaller.finish(&request().limit(4)).expect("an answer");
        assert_eq!(personal.recommendations.len(), 4);
        assert!(personal.recommendations.iter().all(|result| here.contains(&result.key)));
        assert_eq!(personal.diagnostics.unknown, 1, "one of b2 and c1 lies in the missing cell");
    }
}

#[test]
fn files_of_another_build_are_refused_as_skew() {
    let build = Build::new(EXACT);
    let other_epoch = Build::new(Recipe { epoch: Epoch(1), ..EXACT });
    let other_model = Build::new(Recipe { model: Model(1), ..EXACT });
    for (place, (name, kind, _)) in build.files.iter().enumerate() {
        let prepared = build.open_without(&[*name]);
        let expected = answer(&build.open());
        for (other, field) in [(&other_epoch, "epoch"), (&other_model, "model")] {
            let mut recaller = prepared.clone();
            let refused = recaller.attach(*name, AlignedBytes::copy_of(&other.files[place].2));
            assert_eq!(refused, Err(Error::Skew { name: *name, field }), "{}", kind.name());
            // The right file may still come.
            recaller.attach(*name, build.bytes(*name)).expect("the right file");
            recaller = if *kind == Dir { build.open() } else { recaller };
            assert_eq!(answer(&recaller), expected);
        }
        for (stray, other, bytes) in build.files.iter().filter(|file| file.0 != *name) {
            let refused = prepared.clone().attach(*name, AlignedBytes::copy_of(bytes));
            let field = if other == kind { "cell, base or count" } else { "kind" };
            assert_eq!(refused, Err(Error::Skew { name: *name, field }), "{stray} as {name}");
        }
    }
}

#[test]
fn a_catalogue_of_another_size_is_skew() {
    let build = Build::new(EXACT);
    let grown = Manifest { items: ITEMS + 1, ..build.manifest.clone() };
    let mut recaller = Recaller::new(grown).expect("a manifest");
    let name = build.files[0].0;
    assert!(matches!(recaller.attach(name, build.bytes(name)), Err(Error::Skew { .. })));
}

#[test]
fn files_that_nobody_names_are_refused() {
    let build = Build::new(EXACT);
    let cell = build.names(Vectors)[0];
    let early = build.closed().attach(cell, build.bytes(cell));
    assert_eq!(early, Err(Error::UnknownShard { name: cell }), "only the directory names cells");
    for stray in [ShardName::NONE, ShardName([7; 10])] {
        let refused = build.open().attach(stray, build.bytes(cell));
        assert_eq!(refused, Err(Error::UnknownShard { name: stray }));
        assert_eq!(refused.map_err(|error| error.code()), Err("unknown-shard"));
    }
}

#[test]
fn items_are_known_by_key_ordinal_and_attributes() {
    let recaller = Build::new(EXACT).open();
    for item in 0..ITEMS {
        let ordinal = Ordinal(item);
        assert_eq!(recaller.key(ordinal), Some(text_key(item)));
        assert_eq!(recaller.find(&text_key(item)), Some(ordinal));
        let mut expected: Vec<(&str, Vec<String>)> = Vec::new();
        if item != 0 {
            expected.push(("row", vec![(board::row(item) + 1).to_string()]));
        }
        if item != ITEMS - 1 {
            expected.push(("colour", vec![if board::dark(item) { "dark" } else { "light" }.into()]));
        }
        let places = [("edge", board::row(item) != 1), ("left", board::column(item) == 0)];
        let places: Vec<String> = places.iter().filter(|(_, is)| *is).map(|(name, _)| (*name).into()).collect();
        if !places.is_empty() {
            expected.push(("place", places));
        }
        assert_eq!(recaller.attributes(ordinal), expected);
        assert_eq!(recaller.embeddings().vector(ordinal), Some(board::vector(item).to_vec()));
    }
    assert_eq!((recaller.key(Ordinal(ITEMS)), recaller.find("z9")), (None, None));
}

#[test]
fn a_retuned_recaller_is_one_that_was_made_so() {
    let build = Build::new(EXACT);
    let change = |manifest: &mut Manifest| {
        manifest.events = vec![("view".into(), 2.0), ("click".into(), 0.5)];
        manifest.crowd.keys = vec![vec!["age".into()]];
        manifest.fusion.depth = 5;
    };
    let mut manifest = build.manifest.clone();
    change(&mut manifest);
    let made = Build { manifest, ..build.clone() }.open();
    let retuned = build.open().retuned(change).expect("a valid manifest");
    let context = [("age".to_owned(), "18".to_owned()), ("sex".to_owned(), "F".to_owned())];
    let request = request().context(context.into_iter().collect());
    assert_eq!(retuned.channel_lists(&request, 5), made.channel_lists(&request, 5));
    assert_eq!(retuned.finish(&request), made.finish(&request));
}
