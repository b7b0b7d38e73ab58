//! What `recommend` and `similar` share: the answer of one request, for machines and for people.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, bail};
use edge_recall::ids::ChannelId;
use edge_recall::{Recaller, Request};
use serde::Serialize;

use super::Context;
use crate::open::{Folder, Opened};

/// The answer to one request.
#[derive(Debug, Serialize)]
struct Answer {
    results: Vec<Found>,
    /// History items that the catalogue does not have.
    unknown: Vec<String>,
    bytes: u64,
    requests: u32,
}

/// One result.
#[derive(Debug, Serialize)]
struct Found {
    id: String,
    score: f32,
    channels: Vec<&'static str>,
    why: Vec<Why>,
    attributes: serde_json::Map<String, serde_json::Value>,
}

/// One reason.
#[derive(Debug, Serialize)]
struct Why {
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
    share: f32,
}

/// Whether items of the history may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// They may.
    Kept,
    /// They may where visitors of the build come back to what they met.
    AsBuilt,
}

/// Opens a build, asks once, answers.
pub fn ask(dir: &Path, mut request: Request, seen: Seen, context: &Context) -> Result<()> {
    let folder = Folder::open(dir)?;
    if seen == Seen::AsBuilt && !folder.recaller.manifest().offers_again() {
        request.is_new = true;
    }
    let request = &request;
    let Opened { recaller, bytes, requests } = folder.visited(request)?;
    let keys = request.history.iter().map(|event| event.key.clone());
    let unknown: Vec<String> = keys.filter(|key| recaller.find(key).is_none()).collect();
    if !unknown.is_empty() && unknown.len() == request.history.len() {
        bail!(
            "{}: the catalogue has none of {}; give item keys as the log has them",
            dir.display(),
            unknown.join(", ")
        );
    }
    let response = recaller.finish(request)?;
    let results = response.recommendations.into_iter().map(|found| Found {
        attributes: attributes_of(&recaller, &found.key),
        channels: ChannelId::ALL.into_iter().filter(|&c| found.channels.has(c)).map(ChannelId::name).collect(),
        why: found
            .why
            .iter()
            .map(|reason| Why {
                channel: reason.channel.name(),
                seed: reason
                    .trigger
                    .and_then(|place| request.history.get(place as usize))
                    .map(|event| event.key.clone()),
                share: reason.share,
            })
            .collect(),
        id: found.key,
        score: found.score,
    });
    let answer = Answer { results: results.collect(), unknown, bytes, requests };
    context.report.answer(&answer, text)
}

/// Attributes of an item as JSON: one value as it is, several as an array.
pub fn attributes_of(recaller: &Recaller, key: &str) -> serde_json::Map<String, serde_json::Value> {
    let known = recaller.find(key).map(|item| recaller.attributes(item)).unwrap_or_default();
    let value = |values: Vec<String>| match <[String; 1]>::try_from(values) {
        Ok([one]) => one.into(),
        Err(several) => several.into(),
    };
    known.into_iter().map(|(name, values)| (name.to_owned(), value(values))).collect()
}

fn text(answer: &Answer) -> String {
    let mut text = String::new();
    for (rank, found) in (1..).zip(&answer.results) {
        let why = found.why.first().map(|why| match &why.seed {
            Some(seed) => format!("{} because of {seed}", why.channel),
            None => why.channel.to_owned(),
        });
        let attributes = serde_json::to_string(&found.attributes).unwrap_or_default();
        let _ = writeln!(
            text,
            "{rank:>4}  {:<24} {:.4}  {:<32} {attributes}",
            found.id,
            found.score,
            why.unwrap_or_default()
        );
    }
    if !answer.unknown.is_empty() {
        let _ = writeln!(text, "not in the catalogue: {}", answer.unknown.join(", "));
    }
    let _ = write!(text, "{} bytes in {} files", answer.bytes, answer.requests);
    text
}
