//! The answer of `evaluate` for people. Owns the tables and sentences; which of them are printed is the caller's choice.

use std::fmt::Write;

use edge_recall::ids::ChannelId;

use super::answer::{Answer, Figures, Intervals};
use crate::baselines::source::{Chosen, Source};
use crate::metrics::Metric;

/// What people read beside the overall figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Each channel alone.
    pub by_channel: bool,
    /// Users by the length of their history.
    pub by_history_length: bool,
}

/// Everything that people read.
pub fn text(answer: &Answer, wanted: Wanted) -> String {
    let mut text = overall(answer);
    if wanted.by_channel {
        text.push_str(&by_channel(answer));
    }
    if wanted.by_history_length {
        for metric in [Metric::Recall, Metric::Ndcg] {
            text.push_str(&by_length(answer, metric));
        }
    }
    text.push_str(&sentences(answer));
    text
}

/// The longest list that was measured.
pub fn longest(answer: &Answer) -> usize {
    answer.k.iter().copied().max().unwrap_or(0)
}

/// Fused and the baselines, one metric a line.
fn overall(answer: &Answer) -> String {
    let (all, intervals) = (&answer.figures, &answer.intervals);
    let baselines = all.baselines.iter().map(|(name, of)| (*name, of, &intervals.baselines[name]));
    let systems: Vec<(&str, &Figures, &Intervals)> =
        [("fused", &all.fused, &intervals.fused)].into_iter().chain(baselines).collect();
    let mut text = String::from("metric        ");
    for (name, _, _) in &systems {
        let _ = write!(text, "{name:>18}");
    }
    for metric in all.fused.keys() {
        let _ = write!(text, "\n{metric:<14}");
        for (_, of, intervals) in &systems {
            let half = intervals.get(metric).map(|[low, high]| format!(" ±{:.4}", (high - low) / 2.0));
            let _ = write!(text, "{:>18}", format!("{:.4}{}", of[metric], half.unwrap_or_default()));
        }
    }
    text
}

/// Each channel alone, one a line, over the longest list.
fn by_channel(answer: &Answer) -> String {
    let k = longest(answer);
    let names =
        ["recall", "ndcg", "hit_rate", "mrr", "coverage", "novelty", "unique"].map(|name| format!("{name}@{k}"));
    let mut text = format!("\n\n{:<14}", "by channel");
    for name in &names {
        let _ = write!(text, "{name:>13}");
    }
    let _ = write!(text, "{:>8}{:>11}", "share", "median µs");
    for (name, row) in rows(answer) {
        let of = match row {
            Row::Served(of) => of,
            Row::Absent(why) => {
                let _ = write!(text, "\n{name:<14}  n/a: {why}");
                continue;
            }
        };
        let _ = write!(text, "\n{name:<14}");
        for metric in &names {
            let value = of.get(metric).map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
            let _ = write!(text, "{value:>13}");
        }
        let share = answer.shares.get(name).map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0));
        let micros = answer.latency_us.get(name).map_or_else(|| "-".to_owned(), |micros| format!("{micros:.0}"));
        let _ = write!(text, "{share:>8}{micros:>11}");
    }
    text
}

/// A row of the table of channels.
pub enum Row<'a> {
    /// What was measured.
    Served(&'a Figures),
    /// Why nothing was.
    Absent(&'a str),
}

/// What ships, then every channel there is, in the order of fusion.
pub fn rows(answer: &Answer) -> impl Iterator<Item = (&'static str, Row<'_>)> {
    let row = |channel: ChannelId| {
        let name = channel.name();
        let absent = || answer.absent.get(name).map_or("", String::as_str);
        (name, answer.figures.channels.get(name).map_or_else(|| Row::Absent(absent()), Row::Served))
    };
    [("fused", Row::Served(&answer.figures.fused))].into_iter().chain(ChannelId::ALL.map(row))
}

/// One metric over the longest list, one group of users a line.
fn by_length(answer: &Answer, metric: Metric) -> String {
    let name = format!("{}@{}", metric.name(), longest(answer));
    let mut text = format!("\n\n{:<14}{:>8}", "by history", "users");
    for (system, _) in answer.figures.all() {
        let _ = write!(text, "{system:>12}");
    }
    let _ = write!(text, "    {name}");
    for group in &answer.by_history_length {
        let _ = write!(text, "\n{:<14}{:>8}", format!("{} events", group.events), group.users);
        for (_, of) in group.figures.all() {
            let _ = write!(text, "{:>12.4}", of[&name]);
        }
    }
    text
}

fn sentences(answer: &Answer) -> String {
    let mut text = String::from("\n");
    let shares: Vec<String> =
        answer.shares.iter().map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect();
    let _ = write!(text, "\nshares of the fused scores: {}", shares.join(", "));
    for (metric, best) in &answer.against_best {
        let (channel, by) = (best.channel, &best.by);
        let _ = write!(
            text,
            "\nfused against {channel} alone, {metric}: {:+.4} (standard error {:.4}{})",
            by.difference,
            by.error,
            if by.difference < -by.error { ", beyond it" } else { "" }
        );
    }
    let k = longest(answer);
    for (baseline, by) in &answer.against_baselines {
        for metric in [Metric::Recall, Metric::Ndcg].map(|metric| format!("{}@{k}", metric.name())) {
            let by = &by[&metric];
            let _ = write!(
                text,
                "\nfused against {baseline}, {metric}: {:+.4} (standard error {:.4})",
                by.difference, by.error
            );
        }
    }
    for (metric, found) in &answer.visit.fused {
        let whole = answer.visit.whole[metric];
        let _ = write!(text, "\nunder the budget of a visit, {metric}: {found:.4} (everything attached {whole:.4})");
    }
    for point in &answer.budgets {
        let what = point.budget.map_or_else(|| "with everything".to_owned(), |bytes| format!("within {bytes} bytes"));
        let found = [Metric::Recall, Metric::Ndcg].map(|metric| {
            let name = format!("{}@{k}", metric.name());
            format!("{name} {:.4}", point.fused[&name])
        });
        let _ = write!(text, "\n{what}: {}; {} bytes read in {:.1} files", found.join(", "), point.bytes, point.files);
    }
    let _ = write!(text, "\n{}", of_source(&answer.baselines_from));
    for (count, what) in strangers(answer) {
        let _ = write!(text, "\n{count} {what}");
    }
    let (users, bytes, requests) = (answer.users, answer.bytes_per_visit, answer.requests_per_visit);
    let _ =
        write!(text, "\n{users} users; a visit reads {bytes} bytes in {requests:.1} files; ± is half a 95 % interval");
    text
}

/// What the baselines learnt from, in words.
pub fn of_source(source: &Source) -> String {
    let why = match source.chosen {
        Chosen::Given => "as given",
        Chosen::Beside => "which lies beside the histories",
        Chosen::Histories => "the histories themselves, for want of --log",
    };
    format!("baselines learnt from {}, {why}: {} events of {} users", source.file, source.events, source.users)
}

/// Users that the build can do little for, in words; only those that there are.
pub fn strangers(answer: &Answer) -> Vec<(usize, &'static str)> {
    let unknown = answer.unknown;
    let all = [
        (answer.input.without_history, "users have no history; they count"),
        (
            unknown.histories,
            "users have a history of which the build has no item; they count, answered like new visitors",
        ),
        (unknown.tests, "users are to find only items that the build does not have; they count, with zeros"),
        (unknown.test_items, "items to find are none of the build's"),
    ];
    all.into_iter().filter(|(count, _)| *count > 0).collect()
}
