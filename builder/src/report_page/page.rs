//! The words and tables of the page, from top to bottom. Owns their order; `maud` escapes every text.

use anyhow::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::{by_bytes, by_channel, by_length, by_system, shown, spread, tried};
use super::{ReportPage, Tuning, tables};
use crate::evaluation::answer::{Answer, Figures};
use crate::evaluation::protocol::Protocol;
use crate::evaluation::text::{longest, of_source, strangers};
use crate::metrics::Metric;

const STYLE: &str = include_str!("style.css");
// Written as XML has it, which HTML allows: the page is both.
const HEAD: &str = r#"<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="referrer" content="no-referrer"/>"#;

/// The whole page.
pub(super) fn page(report: &ReportPage<'_>) -> Result<Markup> {
    let (answer, k) = (report.answer, longest(report.answer));
    let (ndcg, recall) = (format!("ndcg@{k}"), format!("recall@{k}"));
    let directory = report.facts.0.first().map_or("", |(_, value)| value.as_str());
    Ok(html! {
        (DOCTYPE)
        html xmlns="http://www.w3.org/1999/xhtml" lang="en" {
            head {
                (PreEscaped(HEAD))
                title { "Evaluation of " (directory) }
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                header {
                    h1 { "What this build finds" }
                    p class="lead" { (headline(answer, &ndcg)) }
                    p class="muted" {
                        (answer.users) " users, every item of the catalogue ranked for each of them, lists of " (k)
                        ". ± and whiskers are 95 % confidence intervals over the users."
                    }
                }
                (tiles(answer, k))
                section {
                    h2 { "By channel, against the baselines" }
                    p { "Fused is what ships. Each channel stands alone below it, then what any recommender must beat." }
                    div class="pair" {
                        (figure(by_system(answer, &ndcg, "systems-ndcg")?, &ndcg, ""))
                        (figure(by_system(answer, &recall, "systems-recall")?, &recall, ""))
                    }
                    (tables::all_figures(answer))
                    (tables::channels(answer, k))
                    @if !answer.figures.channels.is_empty() { (channels(answer, k)?) }
                }
                section {
                    h2 { "By length of history" }
                    p { "New visitors and regulars are different problems; one mean hides both." }
                    div class="pair" {
                        (figure(by_length(answer, &ndcg, "lengths-ndcg")?, &ndcg, ""))
                        (figure(by_length(answer, &recall, "lengths-recall")?, &recall, ""))
                    }
                    (tables::lengths(answer, &ndcg)) (tables::lengths(answer, &recall))
                }
                @if !answer.budgets.is_empty() {
                    section {
                        h2 { "Quality against bytes" }
                        p {
                            "The same replay, by " (answer.visit.users) " of the users, as first visits that may read so much: "
                            "they plan, fetch and answer as a browser would, with the cards of their history and an empty cache."
                        }
                        div class="pair" {
                            (figure(by_bytes(answer, &ndcg, "bytes-ndcg")?, &ndcg, ""))
                            (figure(by_bytes(answer, &recall, "bytes-recall")?, &recall, ""))
                        }
                        (tables::budgets(answer, &ndcg, &recall))
                    }
                }
                section {
                    h2 { "What is recommended" }
                    p {
                        "Accuracy can be had by showing everybody the same few items. The further a curve sags, the fewer items "
                        "share the places; a high novelty means items that few users know."
                    }
                    div class="pair" {
                        (figure(spread(answer, k, "lorenz")?, "Places in the lists against the catalogue", ""))
                        (figure(
                            tables::spreads(answer, k),
                            "Coverage, Gini, novelty",
                            &format!(
                                "Coverage: part of the catalogue in somebody's list. Gini: 0 = all items alike, 1 = one item takes all. \
                                 Novelty: -log2 of the part of the users who met the item in {}, mean over all places.",
                                answer.baselines_from.file
                            ),
                        ))
                    }
                }
                @if let Some(tuning) = report.tuning.as_ref().filter(|tuning| !tuning.trials.is_empty()) {
                    (tuned(tuning)?)
                }
                section {
                    h2 { "What was measured, and how" }
                    (tables::facts(&report.facts))
                    @for sentence in how(answer) { p { (sentence) } }
                    pre { (report.command) }
                }
            } }
        }
    })
}

fn headline(answer: &Answer, metric: &str) -> String {
    let fused = answer.figures.fused[metric];
    let against = |(name, of): (&&'static str, &Figures)| {
        (of[metric] > 0.0).then(|| format!("{:.2} times {}", fused / of[metric], shown(name)))
    };
    let times: Vec<String> = answer.figures.baselines.iter().filter_map(against).collect();
    let mut text = format!("{metric} is {fused:.4}");
    if !times.is_empty() {
        text.push_str(&format!(": {}", times.join(" and ")));
    }
    if let Some(best) = answer.against_best.get(metric) {
        let by = &best.by;
        let verdict = match by.interval {
            [low, _] if low > 0.0 => "better than",
            [_, high] if high < 0.0 => "worse than",
            _ => "not to be told from",
        };
        let half = (by.interval[1] - by.interval[0]) / 2.0;
        text.push_str(&format!(
            ". That is {verdict} its best channel alone, {} ({:+.4} ± {half:.4}, user by user)",
            best.channel, by.difference
        ));
    }
    text + "."
}

fn tiles(answer: &Answer, k: usize) -> Markup {
    let half = |[low, high]: [f64; 2]| (high - low) / 2.0;
    let ndcg = format!("ndcg@{k}");
    let kept = answer.visit.fused[&ndcg] / answer.visit.whole[&ndcg].max(f64::MIN_POSITIVE);
    html! {
        div class="tiles" {
            @for metric in [Metric::Ndcg, Metric::Recall, Metric::HitRate, Metric::Mrr] {
                @let name = format!("{}@{k}", metric.name());
                div class="tile" {
                    small { (name) }
                    b { (format!("{:.4}", answer.figures.fused[&name])) }
                    small { (format!("± {:.4}", half(answer.intervals.fused[&name]))) }
                    @for (baseline, by) in &answer.against_baselines {
                        small {
                            strong { (format!("{:+.4} ± {:.4}", by[&name].difference, half(by[&name].interval))) }
                            span { "over " (shown(baseline)) }
                        }
                    }
                }
            }
            div class="tile visit" {
                small { "a first visit" }
                b { (bytes_text(answer.bytes_per_visit)) }
                small { (format!("{:.1} files, {:.1} rounds after the manifest", answer.requests_per_visit, answer.visit.rounds)) }
                @if answer.visit.whole[&ndcg] > 0.0 {
                    small { (format!("keeps {:.1} % of the {ndcg} of everything", kept * 100.0)) }
                }
            }
        }
    }
}

fn figure(chart: Markup, title: &str, caption: &str) -> Markup {
    html! { figure { h3 { (title) } div class="plot" { (chart) } @if !caption.is_empty() { figcaption { (caption) } } } }
}

fn channels(answer: &Answer, k: usize) -> Result<Markup> {
    let name = format!("unique@{k}");
    let own = answer.figures.channels.iter();
    let unique: Vec<(&str, f64)> = own.filter_map(|(channel, of)| Some((*channel, *of.get(&name)?))).collect();
    let shares: Vec<(&str, f64)> = answer
        .shares
        .iter()
        .filter(|(channel, _)| answer.figures.channels.contains_key(*channel))
        .map(|(c, s)| (*c, *s))
        .collect();
    Ok(html! {
        div class="pair" {
            (figure(
                by_channel(&unique, "hits that only this channel has", "unique")?,
                &format!("Hits within {k} that only this channel has"),
                "As a part of the hits of all channels together: what would be lost without it, at most.",
            ))
            (figure(
                by_channel(&shares, "share of the fused scores", "shares")?,
                "Share of the fused scores",
                "What each channel gave to the scores of the answers.",
            ))
        }
    })
}

fn tuned(tuning: &Tuning) -> Result<Markup> {
    let chart = tried(tuning, "trials")?;
    Ok(html! {
        section {
            h2 { "What the tuner tried" }
            p {
                "Every decision of the build was taken on events held out of the training log, by " (tuning.users)
                " users, through the shards and the runtime that would ship. The test above was not seen."
            }
            figure class="wide" { h3 { "ndcg@20 on the hold-out, mean of its groups" } div class="plot" { (chart) } }
            (tables::decisions(tuning))
        }
    })
}

/// How it was measured, in sentences.
fn how(answer: &Answer) -> Vec<String> {
    let input = &answer.input;
    let mut text = vec![format!(
        "Histories are of {} ({} events), what is to be found of {} ({} positive events).",
        input.history.file, input.history.rows, input.test.file, input.test.positive
    )];
    text.push(answer.split.as_ref().map_or_else(
        || "The files are from elsewhere: no split.json beside them says how they were cut.".to_owned(),
        Protocol::words,
    ));
    text.push(format!(
        "Each user's history went through the runtime that browsers load, over the shards of this build; the whole catalogue was \
         ranked, without sampled negatives, and {}.",
        if answer.masked { "items of the history were left out of every list" } else { "items of the history were left in" }
    ));
    text.push(format!(
        "B{}. Popularity counts distinct users; item CF takes the cosine of shared users, 200 neighbours an item, and all of the \
         history. Both got the same histories and masks.",
        &of_source(&answer.baselines_from)[1..]
    ));
    text.extend(strangers(answer).into_iter().map(|(count, what)| format!("{count} {what}.")));
    text
}

/// Bytes as people say them.
pub(super) fn bytes_text(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        bytes if bytes < 1e3 => format!("{bytes:.0} B"),
        bytes if bytes < 9.95e3 => format!("{:.1} kB", bytes / 1e3),
        bytes if bytes < 9.995e5 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 9.95e6 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.0} MB", bytes / 1e6),
    }
}
