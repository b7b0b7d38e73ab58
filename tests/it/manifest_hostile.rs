//! `recall.json` with every field missing, of a wrong type and out of range: the error names the field.

use edge_recall::format::manifest::{Decay, Manifest, Policy, TowerKind, VisitSpec};
use edge_recall::{Error, Recaller};
use serde_json::{Value, json};

use crate::fixture::{Build, COMPACT, EXACT, LARGE, Recipe};

/// A manifest of the board with a tower of `fold-in`, inline shards and all that a large catalogue has, so that every field
/// is there.
fn whole() -> Value {
    let mut manifest = Build::new(Recipe { inline: true, tower: COMPACT.tower, ..LARGE }).manifest;
    manifest.tables[0].triggers.decay = Decay::Age(0.5);
    (manifest.fusion.policy, manifest.fusion.mic) = (Policy::Mic, [1.0, 0.25, 0.0]);
    serde_json::from_str(&manifest.to_json()).expect("JSON")
}

fn parse(value: &Value) -> Result<Manifest, Error> {
    Manifest::parse(&value.to_string())
}

/// Parses the manifest with something else at `pointer`; `None` takes the field away.
fn with(pointer: &str, value: Option<Value>) -> Result<Manifest, Error> {
    let mut manifest = whole();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match (manifest.pointer_mut(parent).expect("a field's parent"), value) {
        (Value::Object(fields), None) => assert!(fields.remove(name).is_some(), "{pointer} is not there"),
        (Value::Object(fields), Some(value)) => drop(fields.insert(name.into(), value)),
        (Value::Array(list), value) => list[name.parse::<usize>().expect("a place")] = value.unwrap_or(Value::Null),
        other => panic!("{pointer}: {other:?}"),
    }
    parse(&manifest)
}

/// The field an error is about, and all of its text.
fn blamed(error: &Error) -> (String, String) {
    match error {
        Error::Json { field, .. } => (field.clone(), error.to_string()),
        Error::Manifest { problem } => (problem.clone(), error.to_string()),
        other => panic!("{other:?} is not about a field"),
    }
}

/// Every value must be refused with an error that holds `name`.
fn refused(pointer: &str, name: &str, values: impl IntoIterator<Item = Option<Value>>) {
    for value in values {
        let shown = value.as_ref().map_or("nothing".to_owned(), Value::to_string);
        let error = with(pointer, value).expect_err(&format!("{pointer}: {shown} was accepted"));
        let (field, text) = blamed(&error);
        assert!(field.contains(name), "{pointer}: {shown} blames {field}, not {name}");
        assert!(text.starts_with("recall.json: ") && error.code() == "bad-manifest", "{text}");
    }
}

#[test]
fn the_undamaged_manifest_is_read() {
    let manifest = parse(&whole()).expect("a valid manifest");
    assert!(matches!(manifest.tower.expect("a tower").kind, TowerKind::FoldIn { .. }));
    assert!(manifest.head.inline.is_some() && manifest.tables.len() == 2 && manifest.events.len() == 2);
}

#[test]
fn fields_that_are_needed() {
    for pointer in [
        "/format",
        "/build",
        "/epoch",
        "/model",
        "/items",
        "/head",
        "/dir",
        "/fusion",
        "/head/name",
        "/head/bytes",
        "/dir/name",
        "/dir/bytes",
        "/crowds/name",
        "/idmap/bytes",
        "/visit/bytes",
        "/visit/files",
        "/visit/probes",
        "/vectors/dim",
        "/vectors/metric",
        "/vectors/code",
        "/tower/kind",
        "/tower/alpha",
        "/tower/lambda",
        "/tower/triggers",
        "/tower/triggers/window",
        "/tower/triggers/decay",
        "/tables/0/channel",
        "/tables/0/triggers",
        "/tables/0/triggers/decay",
        "/tables/1/triggers/window",
        "/attributes/0/name",
        "/attributes/0/type",
        "/crowd/keys",
        "/fusion/depth",
        "/fusion/weights/0/channel",
        "/fusion/weights/3/weight",
    ] {
        let name = pointer.rsplit('/').next().expect("a name");
        refused(pointer, name, [None, Some(Value::Null)]);
    }
    // Vectors are of no use without a way to make a user vector, and the other way round.
    refused("/vectors", "`vectors` and `tower` come together", [None]);
    refused("/tower", "`vectors` and `tower` come together", [None]);
}

#[test]
fn fields_that_may_be_absent() {
    for pointer in [
        "/tables",
        "/attributes",
        "/fields",
        "/crowd",
        "/crowds",
        "/idmap",
        "/visit",
        "/events",
        "/fusion/weights",
        "/fusion/policy",
        "/fusion/mic",
        "/head/inline",
        "/dir/inline",
    ] {
        for value in [None, Some(Value::Null)] {
            assert!(with(pointer, value).is_ok(), "{pointer}");
        }
    }
    let default = with("/visit", None).map(|manifest| manifest.visit);
    assert_eq!(default, Ok(VisitSpec { bytes: 250_000, files: 9, probes: 7 }));
    assert_eq!(with("/fusion/policy", None).map(|manifest| manifest.fusion.policy), Ok(Policy::Weighted));
    assert_eq!(with("/fusion/mic", None).map(|manifest| manifest.fusion.mic), Ok([1.0, 0.5, 0.2]));
    assert!(with("/words_of_a_newer_minor", Some(json!({ "a": [1] }))).is_ok());
    let mut bare = whole();
    let fields = bare.as_object_mut().expect("an object");
    fields.retain(|name, _| !["vectors", "tower", "tables", "attributes", "crowd", "events"].contains(&name.as_str()));
    assert!(parse(&bare).is_ok());
}

#[test]
fn texts_of_another_type_or_meaning() {
    let wrong = [json!(5), json!(true), json!(["x"]), json!({ "x": 1 }), json!(""), json!("nonsense")];
    for pointer in [
        "/build",
        "/epoch",
        "/model",
        "/head/name",
        "/dir/name",
        "/vectors/metric",
        "/vectors/code",
        "/tower/kind",
        "/tables/0/channel",
        "/attributes/0/type",
        "/fusion/weights/0/channel",
        "/fusion/policy",
    ] {
        let name = pointer.rsplit('/').next().expect("a name");
        refused(pointer, name, wrong.iter().cloned().map(Some));
    }
    for pointer in ["/attributes/0/name", "/fields/0", "/head/inline", "/crowd/keys/0/0"] {
        let name = pointer.split('/').rfind(|word| word.parse::<u32>().is_err()).expect("a name");
        refused(pointer, name, wrong[..4].iter().cloned().map(Some));
    }
    refused(
        "/epoch",
        "epoch",
        [json!("0123456789abcdef0"), json!("+123456789abcdef"), json!("0123456789abcdeg")].map(Some),
    );
    refused(
        "/head/name",
        "name",
        [json!("aaaaaaaaaaaaaaa"), json!("aaaaaaaaaaaaaaa1"), json!("AAAAAAAAAAAAAAAA")].map(Some),
    );
    refused("/tables/0/channel", "`tables`", [json!("u2i"), json!("crowd"), json!("next")].map(Some));
}

#[test]
fn numbers_of_another_type_or_size() {
    let wrong = [json!("5"), json!(true), json!([5]), json!({ "x": 5 })];
    let integers = [
        "/items",
        "/head/bytes",
        "/idmap/bytes",
        "/visit/bytes",
        "/visit/probes",
        "/vectors/dim",
        "/tower/triggers/window",
        "/fusion/depth",
    ];
    for pointer in integers {
        let name = pointer.rsplit('/').next().expect("a name");
        refused(pointer, name, wrong.iter().cloned().map(Some));
        refused(pointer, name, [json!(-1), json!(1.5), json!(4_294_967_296u64), json!(1e300)].map(Some));
    }
    for (pointer, name) in [
        ("/tower/alpha", "alpha"),
        ("/tower/lambda", "lambda"),
        ("/fusion/weights/1/weight", "weight"),
        ("/tower/triggers/decay/age", "age"),
        ("/events/click", "click"),
        ("/fusion/mic/2", "mic"),
    ] {
        refused(pointer, name, wrong.iter().cloned().map(Some));
    }
    for (pointer, name, values) in [
        ("/vectors/dim", "`vectors.dim`", [json!(0), json!(513)]),
        ("/fusion/depth", "`fusion.depth`", [json!(10_001), json!(u32::MAX)]),
        ("/fusion/weights/0/weight", "fusion weight", [json!(-0.5), json!(1e39)]),
        ("/tower/alpha", "`tower`", [json!(-1), json!(1e39)]),
        ("/tower/lambda", "`tower`", [json!(0), json!(1e39)]),
        ("/tower/triggers/window", "`triggers`", [json!(10_001), json!(u32::MAX)]),
        ("/tower/triggers/decay/age", "`triggers`", [json!(0), json!(-1)]),
        ("/tables/0/triggers/decay/age", "`triggers`", [json!(1e39), json!(1e-50)]),
        ("/tables/1/triggers/decay", "`triggers`", [json!({ "position": 0 }), json!({ "position": -2 })]),
        ("/fusion/mic/0", "`fusion.mic`", [json!(-0.5), json!(1e39)]),
        ("/events/hide", "event weight", [json!(1e39), json!(-1e39)]),
    ] {
        refused(pointer, name, values.map(Some));
    }
}

#[test]
fn lists_and_objects_of_another_type() {
    let wrong = [json!(5), json!("x"), json!(true)];
    for (pointer, name) in [
        ("/tables", "tables"),
        ("/tables/0", "triggers"),
        ("/attributes", "attributes"),
        ("/attributes/0", "name"),
        ("/crowd", "keys"),
        ("/crowd/keys", "keys"),
        ("/crowd/keys/0", "keys"),
        ("/fusion", "depth"),
        ("/fusion/weights", "weights"),
        ("/fusion/weights/0", "channel"),
        ("/events", "events"),
        ("/head", "name"),
        ("/crowds", "name"),
        ("/idmap", "name"),
        ("/visit", "bytes"),
        ("/fields", "fields"),
        ("/vectors", "dim"),
        ("/tower", "kind"),
        ("/tower/triggers", "decay"),
        ("/tower/triggers/decay", "age"),
    ] {
        refused(pointer, name, wrong.iter().cloned().map(Some));
    }
    let three = [json!([]), json!([1, 1]), json!([1, 1, 1, 1]), json!({ "a": 1 })];
    refused("/fusion/mic", "mic", wrong.into_iter().chain(three).map(Some));
}

#[test]
fn another_version_is_refused_before_anything_else() {
    for major in [0u32, 2, 77, u32::MAX] {
        assert_eq!(with("/format", Some(json!([major, 0]))), Err(Error::ManifestVersion { found: major }));
        let bare = Manifest::parse(&json!({ "format": [major, 5], "items": "of another kind" }).to_string());
        assert_eq!(bare, Err(Error::ManifestVersion { found: major }));
        assert_eq!(bare.map_err(|error| error.code()), Err("unsupported-version"));
    }
    assert!(with("/format", Some(json!([1, 9]))).is_ok(), "a newer minor is read");
    let wrong = [json!(1), json!("1.0"), json!([]), json!([1]), json!(["1", "0"]), json!([1.5, 0]), json!([-1, 0])];
    refused("/format", "format", wrong.map(Some));
}

#[test]
fn what_is_no_json_object_at_all() {
    for text in ["", "<!doctype html>", "{", "nul"] {
        let error = Manifest::parse(text).expect_err(text);
        assert!(error.to_string().contains("web page"), "{error}");
    }
    for text in ["null", "[]", "5", "\"recall\"", "{}"] {
        assert_eq!(blamed(&Manifest::parse(text).expect_err(text)).0, "format");
    }
}

#[test]
fn what_is_written_is_read_again() {
    for recipe in [EXACT, COMPACT, LARGE] {
        let mut manifest = Build::new(recipe).manifest;
        // Weights that no short decimal names exactly.
        manifest.fusion.weights[0].weight = 1.0 / 3.0;
        manifest.events[0].1 = f32::MIN_POSITIVE;
        manifest.tables[0].triggers.decay = Decay::Position(0.1);
        let text = manifest.to_json();
        let read = Manifest::parse(&text).expect("what was written");
        assert_eq!(read, manifest);
        assert_eq!(read.to_json(), text);
    }
    let value = whole();
    assert_eq!(parse(&value).map(|manifest| manifest.to_json()), Ok(value.to_string()));
}

#[test]
fn every_policy_has_its_name() {
    for (policy, name) in Policy::ALL.into_iter().zip(["weighted", "rrf", "rounds", "quota", "mic"]) {
        assert_eq!(with("/fusion/policy", Some(json!(name))).map(|manifest| manifest.fusion.policy), Ok(policy));
        assert_eq!(policy.name(), name);
    }
    // A build that says nothing of it is merged as ever, and its manifest says nothing either.
    let plain = Build::new(EXACT).manifest.to_json();
    assert!(!plain.contains("policy") && !plain.contains("mic"), "{plain}");
}

#[test]
fn a_recaller_refuses_what_a_parser_would_refuse() {
    let mut manifest = Build::new(EXACT).manifest;
    manifest.fusion.weights[0].weight = f32::NAN;
    assert!(matches!(Recaller::new(manifest.clone()), Err(Error::Manifest { .. })));
    manifest.fusion.weights[0].weight = 1.0;
    assert!(Recaller::new(manifest.clone()).is_ok());
    manifest.fusion.mic[1] = f32::NAN;
    assert!(matches!(Recaller::new(manifest), Err(Error::Manifest { .. })));
}
