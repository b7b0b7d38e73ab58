//! `evaluate --report`: a page that parses, holds the numbers of the answer, escapes, and needs nothing from anywhere.

use std::collections::BTreeSet;

use roxmltree::{Document, Node, ParsingOptions};

use crate::logs::{QUICK, clustered};
use crate::place::Place;

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error} in {page}"))
}

fn named<'a>(of: Node<'a, 'a>, name: &str) -> Vec<Node<'a, 'a>> {
    of.descendants().filter(|node| node.tag_name().name() == name).collect()
}

/// All text below a node.
fn text(of: Node<'_, '_>) -> String {
    of.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect::<Vec<_>>().join(" ")
}

/// A split and built log whose directories have names that must be escaped.
fn place() -> Place {
    let place = Place::new();
    place.file("log.csv", clustered(240)).file("recall.toml", QUICK);
    place.json("split --log log.csv --by last --out <split>&'co'");
    let built = place.json("build --log <split>&'co'/train.csv --out a\"<b>&c --config recall.toml");
    place.file("build.json", built.to_string());
    place
}

const EVALUATE: &str = "evaluate a\"<b>&c --history <split>&'co'/history.csv --test <split>&'co'/test.csv --k 5,20";

#[test]
fn the_page_parses_and_holds_the_numbers() {
    let place = place();
    let answer = place.json(&format!("{EVALUATE} --report pages/out.html --tuning build.json"));
    let page = place.read("pages/out.html");
    let document = parsed(&page);
    let body = named(document.root(), "body")[0];
    let (all, told) = (text(body), |value: &serde_json::Value| format!("{:.4}", value.as_f64().unwrap()));
    for system in [&answer["fused"], &answer["channels"]["u2i"], &answer["baselines"]["item_cf"]] {
        for metric in ["ndcg@20", "recall@20", "hit_rate@5", "novelty@20"] {
            assert!(all.contains(&told(&system[metric])), "{metric} {} is not in the page", system[metric]);
        }
    }
    for (channel, why) in answer["absent"].as_object().unwrap() {
        let row = format!("{channel} n/a: {}", why.as_str().unwrap());
        assert!(all.contains(&row), "{row} is not in {all}");
    }
    assert!(all.contains(&format!("{:.0}", answer["latency_us"]["u2i"].as_f64().unwrap())));
    for group in answer["by_history_length"].as_array().unwrap() {
        assert!(all.contains(&format!("{} user", group["users"])), "{group}");
    }
    for expected in [
        "What the tuner tried",
        "The last event of each user is to be found",
        "directory a\"<b>&c",
        "edge-recall evaluate 'a\"<b>&c' --history '<split>&'\\''co'\\''/history.csv'",
    ] {
        let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(expected), "{expected:?} is not in {all}");
    }
    assert_eq!(answer["split"], serde_json::json!({ "by": "last", "protocol": "refit" }));
    assert_eq!(answer["budgets"].as_array().unwrap().len(), 6, "four budgets, the build's own, everything");
}

#[test]
fn every_chart_says_what_it_shows() {
    let place = place();
    let answer = place.json(&format!("{EVALUATE} --report out.html --tuning build.json"));
    let page = place.read("out.html");
    let document = parsed(&page);
    let charts = named(document.root(), "svg");
    assert_eq!(charts.len(), 10);
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for chart in &charts {
        assert_eq!(chart.attribute("role"), Some("img"));
        for (attribute, tag) in [("aria-labelledby", "title"), ("aria-describedby", "desc")] {
            let label = chart.children().find(|node| node.tag_name().name() == tag).unwrap();
            assert_eq!(label.attribute("id"), chart.attribute(attribute));
            assert!(label.text().is_some_and(|text| text.len() > 8), "{label:?}");
        }
        assert!(named(*chart, "text").len() > 2, "a chart without words");
        let [_, _, width, height] =
            chart.attribute("viewBox").unwrap().split(' ').map(|at| at.parse::<f64>().unwrap()).collect::<Vec<_>>()[..]
        else {
            panic!("{chart:?}")
        };
        for node in named(*chart, "circle") {
            let at = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
            assert!((0.0..=width).contains(&at("cx")) && (0.0..=height).contains(&at("cy")), "{node:?} is outside");
        }
    }
    // The bars of the first chart stand in the ratio of the figures.
    let bars: Vec<f64> =
        named(charts[0], "rect").iter().map(|bar| bar.attribute("width").unwrap().parse().unwrap()).collect();
    let value = |system: &serde_json::Value| system["ndcg@20"].as_f64().unwrap();
    assert_eq!(bars.len(), 1 + answer["channels"].as_object().unwrap().len() + 2);
    let worst = value(&answer["baselines"]["item_cf"]).min(value(&answer["baselines"]["popularity"]));
    assert!((bars[0] / bars[bars.len() - 1] - value(&answer["fused"]) / worst).abs() < 0.05, "{bars:?}");
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let place = place();
    place.json(&format!("{EVALUATE} --report out.html"));
    let page = place.read("out.html");
    let document = parsed(&page);
    for tag in ["script", "link", "img", "iframe", "object", "image"] {
        assert!(named(document.root(), tag).is_empty(), "{tag}");
    }
    let loading = |node: Node<'_, '_>| {
        node.attributes().any(|it| ["src", "href", "style"].contains(&it.name()) || it.name().starts_with("on"))
    };
    assert!(!document.descendants().any(loading));
    assert!(!text(named(document.root(), "style")[0]).contains("url("));
    assert!(page.contains("default-src 'none'") && !page.contains("What the tuner tried"));
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
}

#[test]
fn what_is_no_answer_of_a_build_is_refused_and_nothing_is_written() {
    let place = place();
    place.file("other.json", "{}");
    let message = place.fails(&format!("{EVALUATE} --report out.html --tuning other.json"), 1);
    assert!(message.contains("other.json is not what `edge-recall build --json` prints"), "{message}");
    assert!(!place.path("out.html").exists());
    assert!(place.fails(&format!("{EVALUATE} --tuning build.json"), 2).contains("--report <OUT.html>"));
    let message = place.fails(&format!("{EVALUATE} --report log.csv/out.html"), 1);
    assert!(message.contains("cannot write log.csv/out.html"), "{message}");
}
