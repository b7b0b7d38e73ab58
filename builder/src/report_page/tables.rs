//! The numbers behind the charts, as tables. Owns their columns.

use maud::{Markup, html};

use super::figures::shown;
use super::page::bytes_text;
use super::tuning::Trial;
use super::{Facts, Tuning};
use crate::evaluation::answer::{Answer, Figures, Intervals};
use crate::evaluation::budgets::AtBudget;
use crate::evaluation::text::{Row, rows};

/// Every figure of every system, folded away.
pub(super) fn all_figures(answer: &Answer) -> Markup {
    let systems: Vec<_> = answer.figures.all().zip(answer.intervals.all()).collect();
    let mut metrics: Vec<&String> = answer.figures.all().flat_map(|(_, of)| of.keys()).collect();
    metrics.sort_unstable();
    metrics.dedup();
    let row = |metric: &&String| {
        let cells = systems.iter().map(|((_, of), (_, intervals))| with_interval(of, intervals, metric));
        words(metric, cells)
    };
    let head = words("metric", systems.iter().map(|((name, _), _)| shown(name).to_owned()));
    folded("All figures", &head, &metrics.iter().map(row).collect::<Vec<_>>())
}

/// Each channel alone: what it finds, what of it no other does, how long it takes; or why it is missing.
pub(super) fn channels(answer: &Answer, k: usize) -> Markup {
    let names = ["recall", "ndcg", "unique"].map(|name| format!("{name}@{k}"));
    let head = words("channel", names.iter().cloned().chain(["share".into(), "median µs".into()]));
    let row = |(name, row): (&'static str, Row<'_>)| match row {
        Row::Served(of) => {
            let cell = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
            let figures = names.iter().map(|metric| cell(of.get(metric).map(|value| format!("{value:.4}"))));
            let share = cell(answer.shares.get(name).map(|share| format!("{:.0} %", share * 100.0)));
            let micros = cell(answer.latency_us.get(name).map(|micros| format!("{micros:.0}")));
            words(shown(name), figures.chain([share, micros]))
        }
        Row::Absent(why) => words(name, [format!("n/a: {why}")].into_iter()),
    };
    folded("Every channel", &head, &rows(answer).map(row).collect::<Vec<_>>())
}

/// One metric by the length of the history, folded away.
pub(super) fn lengths(answer: &Answer, metric: &str) -> Markup {
    let names = answer.figures.all().map(|(name, _)| shown(name).to_owned());
    let head = words("events", ["users".to_owned()].into_iter().chain(names));
    let row = |group: &crate::evaluation::answer::OfLength| {
        let systems = group.figures.all().zip(group.intervals.all());
        let cells = systems.map(|((_, of), (_, intervals))| with_interval(of, intervals, metric));
        words(&group.events, [group.users.to_string()].into_iter().chain(cells))
    };
    let rows: Vec<Vec<String>> = answer.by_history_length.iter().map(row).collect();
    folded(&format!("{metric} by length of history"), &head, &rows)
}

/// Visits under all budgets, folded away.
pub(super) fn budgets(answer: &Answer, ndcg: &str, recall: &str) -> Markup {
    let head = ["budget", "bytes read", "files", ndcg, recall].map(str::to_owned);
    let row = |point: &AtBudget| {
        let with = |metric: &str| with_interval(&point.fused, &point.intervals, metric);
        let budget = point.budget.map_or_else(|| "everything".to_owned(), |bytes| bytes_text(bytes.into()));
        vec![budget, bytes_text(point.bytes), format!("{:.1}", point.files), with(ndcg), with(recall)]
    };
    folded("Budgets", &head, &answer.budgets.iter().map(row).collect::<Vec<_>>())
}

/// How the lists of each system spread over the catalogue.
pub(super) fn spreads(answer: &Answer, k: usize) -> Markup {
    let names = ["coverage", "gini", "novelty"].map(|name| format!("{name}@{k}"));
    let row = |(name, of): (&'static str, &Figures)| {
        let [coverage, gini, novelty] = names.each_ref().map(|name| of[name]);
        words(shown(name), [format!("{coverage:.3}"), format!("{gini:.3}"), format!("{novelty:.2} bits")].into_iter())
    };
    table(&words("system", names.iter().cloned()), &answer.figures.all().map(row).collect::<Vec<_>>())
}

/// The best trial of each decision of the tuner, folded away.
pub(super) fn decisions(tuning: &Tuning) -> Markup {
    let head = ["decision", "trials", "best by ndcg@20", "ndcg@20", "recall@20"].map(str::to_owned);
    let row = |stretch: &&[Trial]| {
        let best = stretch.iter().max_by(|one, other| one.mean_ndcg().total_cmp(&other.mean_ndcg()));
        let of = |say: fn(&Trial) -> String| best.map_or_else(String::new, say);
        let (ndcg, recall) = (of(|it| format!("{:.4}", it.mean_ndcg())), of(|it| format!("{:.4}", it.mean_recall())));
        vec![of(|it| it.decision().to_owned()), stretch.len().to_string(), of(|it| it.what.clone()), ndcg, recall]
    };
    folded("Best of each decision", &head, &tuning.stretches().iter().map(row).collect::<Vec<_>>())
}

/// What is known of the build.
pub(super) fn facts(facts: &Facts) -> Markup {
    html! {
        table class="facts" { tbody {
            @for (name, value) in &facts.0 { tr { th scope="row" { (name) } td { (value) } } }
        } }
    }
}

/// A figure with half its interval, as far as there are any.
fn with_interval(of: &Figures, intervals: &Intervals, metric: &str) -> String {
    let half = intervals.get(metric).map(|[low, high]| format!(" ± {:.4}", (high - low) / 2.0));
    of.get(metric).map_or_else(|| "–".to_owned(), |value| format!("{value:.4}{}", half.unwrap_or_default()))
}

fn words(first: &str, rest: impl Iterator<Item = String>) -> Vec<String> {
    [first.to_owned()].into_iter().chain(rest).collect()
}

fn folded(summary: &str, head: &[String], rows: &[Vec<String>]) -> Markup {
    html! { details { summary { (summary) } (table(head, rows)) } }
}

/// The first column names the rows. A row of one cell beside its name spans the table.
fn table(head: &[String], rows: &[Vec<String>]) -> Markup {
    html! {
        div class="scroll" { table {
            thead { tr { @for cell in head { th scope="col" { (cell) } } } }
            tbody {
                @for row in rows {
                    tr {
                        @for (at, cell) in row.iter().enumerate() {
                            @if at == 0 { th scope="row" { (cell) } }
                            @else if row.len() == 2 && head.len() > 2 { td colspan=(head.len() - 1) { (cell) } }
                            @else { td { (cell) } }
                        }
                    }
                }
            }
        } }
    }
}
