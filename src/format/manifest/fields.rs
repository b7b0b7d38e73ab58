//! The fields of `recall.json`, reader and writer side by side. Owns names and nesting; the rules are the parent's.

use super::{
    AttributeSpec, ChannelWeight, CrowdSpec, Decay, FusionSpec, Manifest, ShardRef, TableSpec, TowerKind, TowerSpec,
    TriggerSpec, VectorSpec, VisitSpec,
};
use crate::error::Result;
use crate::format::attribute::AttributeType;
use crate::format::codes::{Code, Metric};
use crate::format::json::{Json, broken};
use crate::ids::{BuildId, ChannelId, Epoch, Model, ShardName};

/// Major and minor of the field `format`.
pub fn version(json: &Json) -> Result<(u32, u32)> {
    json.field("format")?;
    let [major, minor] = json.list("format")? else { return Err(broken("format", &"is not [major, minor]")) };
    Ok((major.as_integer("format")?, minor.as_integer("format")?))
}

/// Every field but `format`, which was read before.
pub fn read(json: &Json, format: (u32, u32)) -> Result<Manifest> {
    // Filled field by field: one way out on an error is a third of the code of fourteen.
    let mut manifest = Manifest { format, ..Manifest::default() };
    manifest.build = json.parsed("build", BuildId::parse)?;
    manifest.epoch = json.parsed("epoch", Epoch::parse)?;
    manifest.model = json.parsed("model", Model::parse)?;
    manifest.items = json.integer("items")?;
    manifest.epoch_items = if json.get("epochItems").is_some() { json.integer("epochItems")? } else { manifest.items };
    manifest.head = read_shard(json.field("head")?)?;
    manifest.dir = read_shard(json.field("dir")?)?;
    manifest.crowds = json.get("crowds").map(read_shard).transpose()?;
    manifest.idmap = json.get("idmap").map(read_shard).transpose()?;
    if let Some(visit) = json.get("visit") {
        manifest.visit = read_visit(visit)?;
    }
    manifest.vectors = json.get("vectors").map(read_vectors).transpose()?;
    manifest.tower = json.get("tower").map(read_tower).transpose()?;
    manifest.tables = each(json.list("tables")?, read_table)?;
    manifest.attributes = each(json.list("attributes")?, read_attribute)?;
    manifest.fields = json.texts("fields")?;
    manifest.crowd = json.get("crowd").map(read_crowd).transpose()?.unwrap_or_default();
    manifest.fusion = read_fusion(json.field("fusion")?)?;
    manifest.events = read_events(json.get("events"))?;
    Ok(manifest)
}

fn read_shard(json: &Json) -> Result<ShardRef> {
    let inline = json.get("inline").map(|_| json.text("inline")).transpose()?.map(String::from);
    Ok(ShardRef { name: json.parsed("name", ShardName::parse)?, bytes: json.integer("bytes")?, inline })
}

fn read_visit(json: &Json) -> Result<VisitSpec> {
    Ok(VisitSpec { bytes: json.integer("bytes")?, files: json.integer("files")?, probes: json.integer("probes")? })
}

fn read_vectors(json: &Json) -> Result<VectorSpec> {
    Ok(VectorSpec {
        dim: json.integer("dim")?,
        metric: json.parsed("metric", Metric::parse)?,
        code: json.parsed("code", Code::parse)?,
    })
}

fn read_tower(json: &Json) -> Result<TowerSpec> {
    let kind = match json.text("kind")? {
        POOL => TowerKind::Pool,
        FOLD_IN => TowerKind::FoldIn { alpha: json.number("alpha")?, lambda: json.number("lambda")? },
        _ => return Err(broken("kind", &"is neither pool nor fold-in")),
    };
    Ok(TowerSpec { kind, triggers: read_triggers(json.field("triggers")?)? })
}

fn read_table(json: &Json) -> Result<TableSpec> {
    let triggers = read_triggers(json.field("triggers")?)?;
    Ok(TableSpec { channel: json.parsed("channel", ChannelId::parse)?, triggers })
}

fn read_triggers(json: &Json) -> Result<TriggerSpec> {
    let decay = json.field("decay")?;
    let decay = match decay {
        Json::Text(text) if text == "none" => Decay::None,
        _ if decay.get("position").is_some() => Decay::Position(decay.number("position")?),
        _ => Decay::Age(decay.number("age")?),
    };
    Ok(TriggerSpec { window: json.integer("window")?, decay })
}

fn read_attribute(json: &Json) -> Result<AttributeSpec> {
    Ok(AttributeSpec { name: String::from(json.text("name")?), kind: json.parsed("type", AttributeType::parse)? })
}

fn read_crowd(json: &Json) -> Result<CrowdSpec> {
    let key = |key: &Json| match key {
        Json::List(names) => each(names, |name| name.as_text("keys").map(String::from)),
        _ => Err(broken("keys", &"is not an array of arrays")),
    };
    json.field("keys")?;
    Ok(CrowdSpec { keys: each(json.list("keys")?, key)? })
}

fn read_fusion(json: &Json) -> Result<FusionSpec> {
    let weight = |json: &Json| {
        Ok(ChannelWeight { channel: json.parsed("channel", ChannelId::parse)?, weight: json.number("weight")? })
    };
    let weights = each(json.list("weights")?, weight)?;
    Ok(FusionSpec { depth: json.integer("depth")?, weights })
}

fn read_events(json: Option<&Json>) -> Result<Vec<(String, f32)>> {
    let Some(json) = json else { return Ok(Vec::new()) };
    let Json::Map(fields) = json else { return Err(broken("events", &"is not an object")) };
    fields.iter().map(|(name, _)| Ok((name.clone(), json.number(name)?))).collect()
}

/// Reads every value of an array; stops at the first error.
fn each<T>(list: &[Json], read: impl Fn(&Json) -> Result<T>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for json in list {
        all.push(read(json)?);
    }
    Ok(all)
}

const POOL: &str = "pool";
const FOLD_IN: &str = "fold-in";

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
    let attribute =
        |column: &AttributeSpec| map([("name", Some(text(&column.name))), ("type", Some(text(column.kind.name())))]);
    let weight =
        |w: &ChannelWeight| map([("channel", Some(text(w.channel.name()))), ("weight", Some(number(w.weight)))]);
    let key = |key: &Vec<String>| Json::List(key.iter().map(text).collect());
    let fusion = map([
        ("depth", Some(integer(manifest.fusion.depth))),
        ("weights", Some(Json::List(manifest.fusion.weights.iter().map(weight).collect()))),
    ]);
    let VisitSpec { bytes, files, probes } = manifest.visit;
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
        ("attributes", Some(Json::List(manifest.attributes.iter().map(attribute).collect()))),
        ("fields", Some(Json::List(manifest.fields.iter().map(text).collect()))),
        ("crowd", Some(map([("keys", Some(Json::List(manifest.crowd.keys.iter().map(key).collect())))]))),
        ("fusion", Some(fusion)),
        ("events", Some(Json::Map(events.collect()))),
    ])
}

/// An object of the fields that have a value.
#[cfg(feature = "json")]
fn map<const N: usize>(fields: [(&str, Option<Json>); N]) -> Json {
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
