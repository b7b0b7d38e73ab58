//! From what `build` and `evaluate` answer to the tables of one set. Owns their columns.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Found;

/// The channels, in the order of the runtime's.
const ORDER: [&str; 14] = [
    "i2i", "ease", "next", "last", "rank", "walk", "repeat", "retarget", "u2i", "peers", "tags", "fresh", "crowd",
    "popular",
];

/// A sentence, the channels alone, and what they find by length of history.
pub fn tables(found: &Found) -> Result<String> {
    let mut text = facts(found)?;
    text.push_str(&channels(&found.evaluation));
    text.push_str(&lengths(&found.evaluation)?);
    Ok(text)
}

fn facts(Found { build, evaluation }: &Found) -> Result<String> {
    let number = |of: &Value, name: &str| of[name].as_u64().with_context(|| format!("the builder tells no {name}"));
    let mut text = format!(
        "{} events of {} users with {} items, {} users to find something for; {} bytes in {} files. ",
        number(build, "events")?,
        number(build, "users")?,
        number(build, "items")?,
        number(evaluation, "users")?,
        number(build, "bytes")?,
        number(build, "files")?,
    );
    let masked = evaluation["masked"].as_bool().unwrap_or(true);
    text.push_str(if masked { "What was met is left out of every list." } else { "What was met may come back." });
    for metric in ["recall@20", "ndcg@20"] {
        let best = &evaluation["against_best"][metric];
        if let (Some(channel), Some(difference), Some(error)) =
            (best["channel"].as_str(), best["difference"].as_f64(), best["error"].as_f64())
        {
            let _ = write!(text, " Fused against {channel}, {metric}: {difference:+.4} (standard error {error:.4}).");
        }
    }
    Ok(text)
}

/// One line a channel, also for those that are not there.
fn channels(evaluation: &Value) -> String {
    let mut text = String::from(
        "\n\n| channel | recall@20 | ndcg@20 | unique@20 | share | median µs |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for name in ["fused"].into_iter().chain(in_order(evaluation)) {
        let of = if name == "fused" { &evaluation["fused"] } else { &evaluation["channels"][name] };
        let four = |metric: &str| of[metric].as_f64().map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"));
        let share = evaluation["shares"][name].as_f64().map_or("–".into(), |share| format!("{:.0} %", share * 100.0));
        let micros = evaluation["latency_us"][name].as_f64().map_or("–".into(), |micros| format!("{micros:.0}"));
        let (recall, ndcg, unique) = (four("recall@20"), four("ndcg@20"), four("unique@20"));
        let _ = writeln!(text, "| {name} | {recall} | {ndcg} | {unique} | {share} | {micros} |");
    }
    let absent = evaluation["absent"].as_object().into_iter().flatten();
    let mut missing: Vec<(&str, &str)> =
        absent.map(|(name, why)| (name.as_str(), why.as_str().unwrap_or(""))).collect();
    missing.sort_by_key(|(name, _)| place(name));
    for (name, why) in missing {
        let _ = writeln!(text, "| {name} | n/a: {} | | | | |", why.replace('|', "\\|"));
    }
    text
}

/// recall@20 of everything, one line a group of users.
fn lengths(evaluation: &Value) -> Result<String> {
    let names: Vec<&str> = ["fused"].into_iter().chain(in_order(evaluation)).collect();
    let mut text =
        format!("\n| events | users | {} |\n| --- | ---: |{}\n", names.join(" | "), " ---: |".repeat(names.len()));
    let groups = evaluation["by_history_length"].as_array().context("the evaluation tells no lengths of history")?;
    for group in groups {
        let _ = write!(text, "| {} | {} |", group["events"].as_str().unwrap_or("?"), group["users"]);
        for &name in &names {
            let of = if name == "fused" { &group["fused"] } else { &group["channels"][name] };
            let _ = write!(text, " {:.4} |", of["recall@20"].as_f64().context("a group has no recall@20")?);
        }
        text.push('\n');
    }
    Ok(text)
}

/// The channels that have figures.
fn in_order(evaluation: &Value) -> Vec<&str> {
    let channels = evaluation["channels"].as_object().into_iter().flatten();
    let mut names: Vec<&str> = channels.map(|(name, _)| name.as_str()).collect();
    names.sort_by_key(|name| place(name));
    names
}

/// Where a channel stands; one that is not known here stands last.
fn place(name: &str) -> usize {
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_channel_has_a_row() {
        let of = |recall: f64| json!({ "recall@20": recall, "ndcg@20": 0.25, "unique@20": 0.5 });
        let evaluation = json!({
            "users": 3, "masked": true, "fused": { "recall@20": 0.5, "ndcg@20": 0.25 },
            "channels": { "crowd": of(0.125), "i2i": of(0.375) }, "shares": { "i2i": 0.75, "crowd": 0.25 },
            "latency_us": { "fused": 120.4, "i2i": 33.0 }, "absent": { "rank": "no exposures", "next": "no | times" },
            "against_best": { "recall@20": { "channel": "i2i", "difference": 0.125, "error": 0.0625 } },
            "by_history_length": [{ "events": "1", "users": 3, "fused": of(0.5), "channels": { "crowd": of(0.1), "i2i": of(0.2) } }],
        });
        let build = json!({ "events": 9, "users": 4, "items": 5, "bytes": 1000, "files": 2 });
        let expected = "\
9 events of 4 users with 5 items, 3 users to find something for; 1000 bytes in 2 files. What was met is left out of every list. \
Fused against i2i, recall@20: +0.1250 (standard error 0.0625).

| channel | recall@20 | ndcg@20 | unique@20 | share | median µs |
| --- | ---: | ---: | ---: | ---: | ---: |
| fused | 0.5000 | 0.2500 | – | – | 120 |
| i2i | 0.3750 | 0.2500 | 0.5000 | 75 % | 33 |
| crowd | 0.1250 | 0.2500 | 0.5000 | 25 % | – |
| next | n/a: no \\| times | | | | |
| rank | n/a: no exposures | | | | |

| events | users | fused | i2i | crowd |
| --- | ---: | ---: | ---: | ---: |
| 1 | 3 | 0.5000 | 0.2000 | 0.1000 |
";
        assert_eq!(tables(&Found { build, evaluation }).unwrap(), expected);
    }
}
