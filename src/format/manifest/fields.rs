//! The fields of `recall.json`, reader and writer side by side. Owns names and nesting; the rules are the parent's.

use super::{
    AttributeSpec, ChannelWeight, Decay, Manifest, Policy, RetargetSpec, ShardRef, TableSpec, TagsSpec, TowerKind,
    TowerSpec, TriggerSpec, VectorSpec, WalkSpec, purchases,
};
use crate::error::{Error, Result};
use crate::format::attribute::AttributeType;
use crate::format::codes::{Code, Metric};
use crate::format::header::MAJOR;
use crate::format::json::{Fields, Json, UNKNOWN};
use crate::ids::{BuildId, ChannelId, Epoch, Model, ShardName, hex};

/// Every field. The version comes first: fields of another major may be anything.
pub fn read(json: &Json) -> Result<Manifest> {
    let mut fields = Fields::default();
    let format = fields.field(json, "format");
    let (major, minor) = match fields.as_list(format, "format") {
        [major, minor] => (fields.as_integer(major, "format"), fields.as_integer(minor, "format")),
        _ => {
            fields.check(false, "format", &"is not [major, minor]");
            (0, 0)
        }
    };
    if major != u32::from(MAJOR) {
        return Err(fields.done().err().unwrap_or(Error::ManifestVersion { found: major }));
    }
    let manifest = read_all(&mut fields, json, (major, minor));
    fields.done()?;
    Ok(manifest)
}

fn read_all(fields: &mut Fields, json: &Json, format: (u32, u32)) -> Manifest {
    // Filled field by field: the way out on an error is in one place.
    let mut manifest = Manifest { format, ..Manifest::default() };
    manifest.build = BuildId(identity(fields, json, "build"));
    manifest.epoch = Epoch(identity(fields, json, "epoch"));
    manifest.model = Model(identity(fields, json, "model"));
    manifest.items = fields.integer(json, "items");
    manifest.epoch_items = json.get("epochItems").map_or(manifest.items, |n| fields.as_integer(n, "epochItems"));
    let head = fields.field(json, "head");
    manifest.head = read_shard(fields, head);
    let dir = fields.field(json, "dir");
    manifest.dir = read_shard(fields, dir);
    manifest.crowds = json.get("crowds").map(|shard| read_shard(fields, shard));
    manifest.idmap = json.get("idmap").map(|shard| read_shard(fields, shard));
    if let Some(visit) = json.get("visit") {
        manifest.visit.bytes = fields.integer(visit, "bytes");
        manifest.visit.files = fields.integer(visit, "files");
        manifest.visit.probes = fields.integer(visit, "probes");
    }
    if let Some(vectors) = json.get("vectors") {
        let dim = fields.integer(vectors, "dim");
        let metric = pick(&Metric::ALL, fields.word(vectors, "metric", &Metric::NAMES), Metric::Dot);
        let code = pick(&Code::ALL, fields.word(vectors, "code", &Code::NAMES), Code::F16);
        manifest.vectors = Some(VectorSpec { dim, metric, code });
    }
    if let Some(tower) = json.get("tower") {
        let mut kind = TowerKind::Pool;
        if fields.word(tower, "kind", &TOWERS) == 1 {
            kind = TowerKind::FoldIn { alpha: fields.number(tower, "alpha"), lambda: fields.number(tower, "lambda") };
        }
        manifest.tower = Some(TowerSpec { kind, triggers: read_triggers(fields, tower) });
    }
    for table in fields.list(json, "tables") {
        let triggers = read_triggers(fields, table);
        manifest.tables.push(TableSpec { channel: read_channel(fields, table), triggers });
    }
    if let Some(walk) = json.get("walk") {
        let (table, fan) = (fields.integer(walk, "table"), fields.integer(walk, "fan"));
        manifest.walk = Some(WalkSpec { table, fan, triggers: read_triggers(fields, walk) });
    }
    manifest.repeat = json.get("repeat").map(|repeat| read_triggers(fields, repeat));
    manifest.retarget = json.get("retarget").map(|retarget| {
        let days = fields.integer(retarget, "days");
        RetargetSpec { days, share: fields.number(retarget, "share") }
    });
    if let Some(tags) = json.get("tags") {
        let names = fields.field(tags, "attributes");
        let attributes = fields.as_texts(names, "attributes");
        manifest.tags = Some(TagsSpec { attributes, triggers: read_triggers(fields, tags) });
    }
    manifest.peers = json.get("peers").map(|peers| fields.integer(peers, "nearest"));
    manifest.purchases = json.get("purchases").map(|own| purchases::read(fields, own));
    manifest.duplicates = json.get("duplicates").map_or(0, |bits| fields.as_integer(bits, "duplicates"));
    #[cfg(feature = "json")]
    if let Some(file) = json.get("rules") {
        manifest.rules = Some(String::from(fields.as_text(file, "rules")));
    }
    for column in fields.list(json, "attributes") {
        let name = String::from(fields.text(column, "name"));
        let kind = pick(&AttributeType::ALL, fields.word(column, "type", &AttributeType::NAMES), AttributeType::Number);
        manifest.attributes.push(AttributeSpec { name, kind });
    }
    if let Some(names) = json.get("fields") {
        manifest.fields = fields.as_texts(names, "fields");
    }
    if let Some(crowd) = json.get("crowd") {
        let keys = fields.field(crowd, "keys");
        for key in fields.as_list(keys, "keys") {
            manifest.crowd.keys.push(fields.as_texts(key, "keys"));
        }
    }
    let fusion = fields.field(json, "fusion");
    manifest.fusion.depth = fields.integer(fusion, "depth");
    for weight in fields.list(fusion, "weights") {
        let channel = read_channel(fields, weight);
        manifest.fusion.weights.push(ChannelWeight { channel, weight: fields.number(weight, "weight") });
    }
    if fusion.get("policy").is_some() {
        manifest.fusion.policy = pick(&Policy::ALL, fields.word(fusion, "policy", &Policy::NAMES), Policy::Weighted);
    }
    if let Some(factors) = fusion.get("mic") {
        let factors = fields.as_list(factors, "mic");
        fields.check(factors.len() == manifest.fusion.mic.len(), "mic", &"is not three numbers");
        for (own, factor) in manifest.fusion.mic.iter_mut().zip(factors) {
            *own = fields.as_number(factor, "mic");
        }
    }
    if fusion.get("category").is_some() {
        manifest.fusion.category = Some(String::from(fields.text(fusion, "category")));
    }
    match json.get("events") {
        None => {}
        Some(Json::Map(events)) => {
            for (name, weight) in events {
                manifest.events.push((name.clone(), fields.as_number(weight, name)));
            }
        }
        Some(_) => fields.check(false, "events", &"is not an object"),
    }
    manifest
}

fn identity(fields: &mut Fields, json: &Json, name: &str) -> u64 {
    let number = hex(fields.text(json, name));
    fields.check(number.is_some(), name, UNKNOWN);
    number.unwrap_or_default()
}

fn read_shard(fields: &mut Fields, json: &Json) -> ShardRef {
    let name = ShardName::parse(fields.text(json, "name"));
    fields.check(name.is_some(), "name", UNKNOWN);
    let bytes = fields.integer(json, "bytes");
    let inline = json.get("inline").map(|text| String::from(fields.as_text(text, "inline")));
    ShardRef { name: name.unwrap_or_default(), bytes, inline }
}

fn read_channel(fields: &mut Fields, json: &Json) -> ChannelId {
    pick(&ChannelId::ALL, fields.word(json, "channel", &ChannelId::NAMES), ChannelId::I2i)
}

/// The value at a place; `or` where there is none.
fn pick<T: Copy>(all: &[T], place: usize, or: T) -> T {
    all.get(place).copied().unwrap_or(or)
}

fn read_triggers(fields: &mut Fields, json: &Json) -> TriggerSpec {
    let json = fields.field(json, "triggers");
    let decay = match fields.field(json, "decay") {
        Json::Text(text) if text == "none" => Decay::None,
        decay if decay.get("position").is_some() => Decay::Position(fields.number(decay, "position")),
        decay => Decay::Age(fields.number(decay, "age")),
    };
    TriggerSpec { window: fields.integer(json, "window"), decay }
}

const POOL: &str = "pool";
const FOLD_IN: &str = "fold-in";
const TOWERS: [&str; 2] = [POOL, FOLD_IN];

/// The whole manifest as a JSON value.
#[cfg(feature = "json")]
pub fn write(manifest: &Manifest) -> Json {
    let triggers = |spec: TriggerSpec| {
        let decay = match spec.decay {
            Decay::None => text("none"),
            Decay::Position(exponent) => map([("position", Some(number(exponent)))]),
            Decay::Age(scale) => map([("age", Some(number(scale)))]),
        };
        map([("window", Some(integer(spec.window))), ("decay", Some(decay))])
    };
    let shard = |shard: &ShardRef| {
        let inline = shard.inline.as_deref().map(text);
        map([("name", Some(text(shard.name))), ("bytes", Some(integer(shard.bytes))), ("inline", inline)])
    };
    let vectors = |v: VectorSpec| {
        map([
            ("dim", Some(integer(v.dim))),
            ("metric", Some(text(v.metric.name()))),
            ("code", Some(text(v.code.name()))),
        ])
    };
    let tower = |tower: TowerSpec| {
        let (kind, alpha, lambda) = match tower.kind {
            TowerKind::Pool => (POOL, None, None),
            TowerKind::FoldIn { alpha, lambda } => (FOLD_IN, Some(number(alpha)), Some(number(lambda))),
        };
        map([
            ("kind", Some(text(kind))),
            ("alpha", alpha),
            ("lambda", lambda),
            ("triggers", Some(triggers(tower.triggers))),
        ])
    };
    let table = |table: &TableSpec| {
        map([("channel", Some(text(table.channel.name()))), ("triggers", Some(triggers(table.triggers)))])
    };
    let walk = |walk: WalkSpec| {
        map([
            ("table", Some(integer(walk.table))),
            ("fan", Some(integer(walk.fan))),
            ("triggers", Some(triggers(walk.triggers))),
        ])
    };
    let repeat = |spec: TriggerSpec| map([("triggers", Some(triggers(spec)))]);
    let retarget = |spec: RetargetSpec| map([("days", Some(integer(spec.days))), ("share", Some(number(spec.share)))]);
    let tags = |spec: &TagsSpec| {
        let attributes = Json::List(spec.attributes.iter().map(text).collect());
        map([("attributes", Some(attributes)), ("triggers", Some(triggers(spec.triggers)))])
    };
    let peers = |nearest| map([("nearest", Some(integer(nearest)))]);
    let attribute =
        |column: &AttributeSpec| map([("name", Some(text(&column.name))), ("type", Some(text(column.kind.name())))]);
    let weight =
        |w: &ChannelWeight| map([("channel", Some(text(w.channel.name()))), ("weight", Some(number(w.weight)))]);
    let key = |key: &Vec<String>| Json::List(key.iter().map(text).collect());
    // What goes without saying is not said.
    let policy = Some(manifest.fusion.policy).filter(|&policy| policy != Policy::Weighted);
    let mic = Some(manifest.fusion.mic).filter(|&factors| factors != Policy::MIC);
    let fusion = map([
        ("depth", Some(integer(manifest.fusion.depth))),
        ("weights", Some(Json::List(manifest.fusion.weights.iter().map(weight).collect()))),
        ("policy", policy.map(|policy| text(policy.name()))),
        ("mic", mic.map(|factors| Json::List(factors.map(number).to_vec()))),
        ("category", manifest.fusion.category.as_ref().map(text)),
    ]);
    let super::VisitSpec { bytes, files, probes } = manifest.visit;
    let visit =
        map([("bytes", Some(integer(bytes))), ("files", Some(integer(files))), ("probes", Some(integer(probes)))]);
    let events = manifest.events.iter().map(|(name, weight)| (name.clone(), number(*weight)));
    map([
        ("format", Some(Json::List(vec![integer(manifest.format.0), integer(manifest.format.1)]))),
        ("build", Some(text(manifest.build))),
        ("epoch", Some(text(manifest.epoch))),
        ("model", Some(text(manifest.model))),
        ("items", Some(integer(manifest.items))),
        ("epochItems", Some(integer(manifest.epoch_items))),
        ("head", Some(shard(&manifest.head))),
        ("dir", Some(shard(&manifest.dir))),
        ("crowds", manifest.crowds.as_ref().map(shard)),
        ("idmap", manifest.idmap.as_ref().map(shard)),
        ("visit", Some(visit)),
        ("vectors", manifest.vectors.map(vectors)),
        ("tower", manifest.tower.map(tower)),
        ("tables", Some(Json::List(manifest.tables.iter().map(table).collect()))),
        ("walk", manifest.walk.map(walk)),
        ("repeat", manifest.repeat.map(repeat)),
        ("retarget", manifest.retarget.map(retarget)),
        ("tags", manifest.tags.as_ref().map(tags)),
        ("peers", manifest.peers.map(peers)),
        ("purchases", manifest.purchases.as_ref().map(purchases::write)),
        ("duplicates", Some(manifest.duplicates).filter(|&bits| bits > 0).map(integer)),
        ("rules", manifest.rules.as_ref().map(text)),
        ("attributes", Some(Json::List(manifest.attributes.iter().map(attribute).collect()))),
        ("fields", Some(Json::List(manifest.fields.iter().map(text).collect()))),
        ("crowd", Some(map([("keys", Some(Json::List(manifest.crowd.keys.iter().map(key).collect())))]))),
        ("fusion", Some(fusion)),
        ("events", Some(Json::Map(events.collect()))),
    ])
}

/// An object of the fields that have a value.
#[cfg(feature = "json")]
pub(super) fn map<const N: usize>(fields: [(&str, Option<Json>); N]) -> Json {
    let present = fields.into_iter().filter_map(|(name, value)| Some((String::from(name), value?)));
    Json::Map(present.collect())
}

#[cfg(feature = "json")]
fn text(value: impl ToString) -> Json {
    Json::Text(value.to_string())
}

#[cfg(feature = "json")]
fn integer(value: u32) -> Json {
    Json::Number(f64::from(value))
}

/// The shortest decimal that reads back as the same `f32`.
#[cfg(feature = "json")]
fn number(value: f32) -> Json {
    Json::Number(value.to_string().parse().unwrap_or(f64::NAN))
}
