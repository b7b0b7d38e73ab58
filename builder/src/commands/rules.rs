//! `edge-recall rules`: whether a site's rules say what they mean. A device passes over what it does not know; here it is told.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use edge_recall::format::json::Json;
use edge_recall::ids::{ChannelId, Ordinal};
use edge_recall::mechanism::rules::Rules;
use edge_recall::{Recaller, Request};
use serde::Serialize;

use super::Context;
use crate::open;

/// Check a site's rules against a build.
#[derive(Args, Clone, Debug)]
pub struct RulesArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The rules [default: the file in DIR that its recall.json names, else rules.json]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Answer {
    file: String,
    /// What the rules name that the build does not have; none of it stops an answer.
    problems: Vec<String>,
}

/// Reads rules for one command.
///
/// # Errors
/// Says the file, and the field with what it must be.
pub fn read(file: &Path) -> Result<Rules> {
    Rules::read(&parse(file)?).with_context(|| file.display().to_string())
}

/// Checks names, values and ids; ends with 1 where anything is wrong.
pub fn run(args: &RulesArgs, context: &Context) -> Result<()> {
    let recaller = open::open(&args.dir, &Request::recommend(Vec::new()))?.recaller;
    let named = recaller.manifest().rules.clone().unwrap_or_else(|| "rules.json".into());
    let file = args.file.clone().unwrap_or_else(|| args.dir.join(named));
    let rules = read(&file)?;
    let problems = problems(&recaller, &parse(&file)?, &rules);
    let answer = Answer { file: file.display().to_string(), problems };
    if answer.problems.is_empty() {
        return context.report.answer(&answer, |answer| format!("{}: nothing is wrong", answer.file));
    }
    bail!("{}: {}", answer.file, answer.problems.join("\n  "))
}

fn parse(file: &Path) -> Result<Json> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not valid JSON", file.display()))?;
    Ok(value.into())
}

/// What the rules name that the build does not have: the field, what is wrong, and what to write.
fn problems(recaller: &Recaller, json: &Json, rules: &Rules) -> Vec<String> {
    let mut found = Vec::new();
    let map = |json: &Json| if let Json::Map(fields) = json { fields.clone() } else { Vec::new() };
    for (name, value) in map(json) {
        if !Rules::knows(&name) {
            found.push(format!("`{name}` is no rule; README.md lists them"));
        }
        for (channel, _) in map(&value).iter().filter(|_| name == "channels") {
            if ChannelId::parse(channel).is_none() {
                found.push(format!("`channels`: {channel} is none of {}", ChannelId::NAMES.join(", ")));
            }
        }
    }
    let keys = rules.exclude.iter().map(|key| ("exclude", key));
    for (field, key) in keys.chain(rules.pin.iter().map(|pin| ("pin", &pin.key))) {
        if recaller.find(key).is_none() {
            found.push(format!("`{field}`: the catalogue has no item {key}; give the key as the log has it"));
        }
    }
    let columns: Vec<&str> = recaller.manifest().attributes.iter().map(|column| column.name.as_str()).collect();
    let mut used: BTreeSet<(&str, &str)> = rules.spread.iter().map(|own| ("spread", own.attribute.as_str())).collect();
    let boosts = rules.boost.iter().flat_map(|boost| &boost.wanted).map(|clause| ("boost", clause));
    let clauses = rules.wanted.iter().map(|clause| ("where", clause));
    let clauses = clauses.chain(rules.without.iter().map(|clause| ("without", clause))).chain(boosts);
    for (field, clause) in clauses {
        used.insert((field, &clause.attribute));
        let values = &clause.test.values;
        let is_there = |item| {
            let known = recaller.attributes(Ordinal(item));
            let own = known.into_iter().filter(|(name, _)| *name == clause.attribute).flat_map(|(_, values)| values);
            own.into_iter().any(|text| values.contains(&edge_recall::ids::Value::of(&clause.attribute, &text)))
        };
        let none = clause.test.ranges.is_empty() && !(0..recaller.manifest().items).any(is_there);
        if none && columns.contains(&clause.attribute.as_str()) {
            found.push(format!(
                "`{field}`: no item has any of the values of {}; check their spelling",
                clause.attribute
            ));
        }
    }
    for (field, attribute) in used.into_iter().filter(|(_, attribute)| !columns.contains(attribute)) {
        let known = if columns.is_empty() { "none: build with --items".into() } else { columns.join(", ") };
        found.push(format!("`{field}`: the build has no attribute {attribute}; it has {known}"));
    }
    found
}
