//! From the answer to the charts: which systems are drawn, how they are called and coloured.

use anyhow::Result;
use maud::Markup;
use plotters::style::RGBColor;

use super::chart::bars::{Bar, bars};
use super::chart::lines::{Points, Series, lines};
use super::chart::lorenz::{Curve, lorenz};
use super::chart::trials::{Stretch, trials};
use super::chart::{CHANNEL, FUSED, ITEM_CF, Label, Mark, OTHER};
use super::page::bytes_text;
use super::tuning::Tuning;
use crate::evaluation::PerSystem;
use crate::evaluation::answer::{Answer, OfLength};
use crate::evaluation::budgets::AtBudget;

/// How a system is called in the page.
pub(super) fn shown(name: &str) -> &str {
    if name == "item_cf" { "item CF" } else { name }
}

fn look(answer: &Answer, name: &str) -> (RGBColor, Mark) {
    match name {
        "fused" => (FUSED, Mark::Circle),
        "item_cf" => (ITEM_CF, Mark::Square),
        name if answer.figures.channels.contains_key(name) => (CHANNEL, Mark::Triangle),
        _ => (OTHER, Mark::Cross),
    }
}

/// One metric of all systems: what ships first, then the channels, then the baselines, best first.
pub(super) fn by_system(answer: &Answer, metric: &str, id: &str) -> Result<Markup> {
    let (all, intervals) = (&answer.figures, &answer.intervals);
    let bar = |name: &str, value: f64, interval: Option<[f64; 2]>| {
        let (name, colour) = (shown(name).to_owned(), look(answer, name).0);
        Bar { name, colour, value, interval, text: format!("{value:.4}") }
    };
    let mut rows = vec![bar("fused", all.fused[metric], intervals.fused.get(metric).copied())];
    let groups = [(&all.channels, &intervals.channels), (&all.baselines, &intervals.baselines)];
    for (systems, intervals) in groups {
        let mut group: Vec<Bar> =
            systems.iter().map(|(name, of)| bar(name, of[metric], intervals[name].get(metric).copied())).collect();
        group.sort_by(|one, other| other.value.total_cmp(&one.value));
        rows.extend(group);
    }
    let told: Vec<String> = rows.iter().map(|row| format!("{} {}", row.name, row.text)).collect();
    let (title, description) = (format!("{metric} by system"), told.join(", "));
    bars(&rows, Label { id, title: &title, description: &description })
}

/// Something that only channels have: shares, unique hits.
pub(super) fn by_channel(parts: &[(&str, f64)], title: &str, id: &str) -> Result<Markup> {
    let mut parts = parts.to_vec();
    parts.sort_by(|one, other| other.1.total_cmp(&one.1));
    let row = |&(name, value): &(&str, f64)| Bar {
        name: name.to_owned(),
        colour: CHANNEL,
        value: value * 100.0,
        interval: None,
        text: format!("{:.1} %", value * 100.0),
    };
    let rows: Vec<Bar> = parts.iter().map(row).collect();
    let told: Vec<String> = rows.iter().map(|row| format!("{} {}", row.name, row.text)).collect();
    bars(&rows, Label { id, title, description: &told.join(", ") })
}

/// The systems that are drawn as lines: what ships, the channel that is the best alone, the baselines.
fn drawn<'a, T>(answer: &Answer, systems: &'a PerSystem<T>, metric: &str) -> Vec<(&'static str, &'a T)> {
    let best = answer.against_best.get(metric).map(|best| best.channel);
    systems.all().filter(|(name, _)| !answer.figures.channels.contains_key(name) || best == Some(name)).collect()
}

/// One metric by the length of the history.
pub(super) fn by_length(answer: &Answer, metric: &str, id: &str) -> Result<Markup> {
    let groups = &answer.by_history_length;
    let steps = groups.len().saturating_sub(1).max(1) as f64;
    let points = Points {
        places: (0..groups.len()).map(|at| if groups.len() == 1 { 0.5 } else { at as f64 / steps }).collect(),
        names: groups
            .iter()
            .map(|group| {
                [group.events.clone(), format!("{} {}", group.users, if group.users == 1 { "user" } else { "users" })]
            })
            .collect(),
        axis: "events in the history".into(),
    };
    let series = drawn(answer, &answer.figures, metric).into_iter().map(|(name, _)| {
        let value = |group: &OfLength| {
            let mean = group.figures.get(name).map_or(0.0, |of| of[metric]);
            (mean, group.intervals.get(name).and_then(|of| of.get(metric).copied()))
        };
        let (colour, mark) = look(answer, name);
        Series { name: shown(name).to_owned(), colour, mark, values: groups.iter().map(value).collect() }
    });
    let title = format!("{metric} by length of history");
    let description = "Lines of what ships, its best channel alone and the baselines over groups of users; the table below has the numbers.";
    lines(&points, &series.collect::<Vec<_>>(), Label { id, title: &title, description })
}

/// One metric under visits of growing budgets, over what they read.
pub(super) fn by_bytes(answer: &Answer, metric: &str, id: &str) -> Result<Markup> {
    // Budgets that read the same are one point: the largest of them, or everything.
    let points: Vec<&AtBudget> = answer.budgets.iter().collect();
    let same = |one: &&AtBudget, other: &&AtBudget| one.bytes == other.bytes;
    let budgets: Vec<&AtBudget> = points.chunk_by(same).map(|points| points[points.len() - 1]).collect();
    let logs: Vec<f64> = budgets.iter().map(|point| (point.bytes.max(1) as f64).log10()).collect();
    let (low, high) = (logs.first().copied().unwrap_or(0.0), logs.last().copied().unwrap_or(1.0));
    let mut places: Vec<f64> = logs.iter().map(|log| (log - low) / (high - low).max(1e-9)).collect();
    // Names need room; the axis says that the places are only about logarithmic.
    let room = 0.165_f64.min(1.0 / places.len().saturating_sub(1).max(1) as f64);
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + room);
    }
    let last = places.last().copied().unwrap_or(1.0).max(1e-9);
    places.iter_mut().for_each(|place| *place /= last);
    let name = |point: &&AtBudget| {
        let budget =
            point.budget.map_or_else(|| "everything".to_owned(), |bytes| format!("≤ {}", bytes_text(bytes.into())));
        [bytes_text(point.bytes), budget]
    };
    let points = Points {
        places,
        names: budgets.iter().map(name).collect(),
        axis: "bytes read by a visit (its budget below), about logarithmic".into(),
    };
    let values = budgets.iter().map(|point| (point.fused[metric], Some(point.intervals[metric]))).collect();
    let series = [Series { name: "fused".into(), colour: FUSED, mark: Mark::Circle, values }];
    let told: Vec<String> =
        budgets.iter().map(|point| format!("{:.4} for {}", point.fused[metric], bytes_text(point.bytes))).collect();
    let title = format!("{metric} against bytes read");
    lines(&points, &series, Label { id, title: &title, description: &told.join(", ") })
}

/// How recommendations spread over the catalogue.
pub(super) fn spread(answer: &Answer, k: usize, id: &str) -> Result<Markup> {
    let metric = format!("ndcg@{k}");
    let curves: Vec<Curve<'_>> = drawn(answer, &answer.lorenz, &metric)
        .into_iter()
        .map(|(name, parts)| {
            let (colour, mark) = look(answer, name);
            Curve { name: shown(name), colour, mark, parts }
        })
        .collect();
    let title = format!("Lorenz curves of the first {k} places");
    let told: Vec<String> = drawn(answer, &answer.figures, &metric)
        .into_iter()
        .map(|(name, of)| format!("{} has a Gini coefficient of {:.3}", shown(name), of[&format!("gini@{k}")]))
        .collect();
    lorenz(&curves, Label { id, title: &title, description: &told.join(", ") })
}

/// What the tuner tried.
pub(super) fn tried(tuning: &Tuning, id: &str) -> Result<Markup> {
    let stretches = tuning.stretches();
    let stretches: Vec<Stretch<'_>> = stretches
        .iter()
        .map(|stretch| Stretch {
            name: stretch[0].decision(),
            values: stretch.iter().map(super::tuning::Trial::mean_ndcg).collect(),
        })
        .collect();
    let description = "One dot a trial, in order, by decision; the table below has the best of each.";
    trials(&stretches, Label { id, title: "ndcg@20 of each trial on held-out events", description })
}
