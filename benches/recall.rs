//! A whole request over the usual four channels, and one over all that there are: triggers, tables, fold-in, scan, fusion, explanation.
//!
//! `cargo bench --bench recall -- --write FOLDER` writes catalogues for the wasm benchmark instead of measuring.

mod common;

use std::path::Path;

use common::{Catalogue, Stopwatch};
use edge_recall::format::ShardKind;
use edge_recall::format::codes::Code;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::{Context, EventKind, Request, Response};

const K: usize = 50;
/// As many as a profile keeps.
const EVENTS: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(folder) = arguments.iter().skip_while(|word| *word != "--write").nth(1) {
        return write(Path::new(folder));
    }
    let mut watch = Stopwatch::start("recall");
    for items in watch.sizes() {
        let catalogue = Catalogue::generate(items, Code::Int8);
        let recaller = catalogue.recaller(&[ShardKind::Vec, ShardKind::I2i]);
        let bytes = catalogue.files.iter().map(|(_, _, bytes)| bytes.len()).sum();
        for triggers in [20, 200] {
            let history = catalogue.history(triggers);
            assert_eq!(history.len(), triggers);
            let context: Context = [("age".to_owned(), "25-34".to_owned())].into_iter().collect();
            let seen: Vec<String> = history.iter().map(|event| event.key.clone()).collect();
            let request = Request::recommend(history).context(context).exclude(seen).limit(K);
            let what = format!("recommend, k = {K}, {triggers} triggers");
            let answer = || recaller.finish(&request).expect("a sound request");
            let response = watch.measure(&what, items, bytes, answer);
            check(&request, &response);
            for channel in [ChannelId::I2i, ChannelId::Next, ChannelId::U2i, ChannelId::Crowd] {
                let alone = request.clone().only(ChannelMask::of(channel));
                let what = format!("  {} alone, {triggers} triggers", channel.name());
                let response = watch.measure(&what, items, bytes, || recaller.finish(&alone).expect("a sound request"));
                check(&alone, &response);
            }
        }
    }
    everything(&mut watch);
    watch.finish();
}

/// As long a history as a profile keeps, over a catalogue that has every channel.
fn everything(watch: &mut Stopwatch) {
    let items = watch.sizes()[0];
    let catalogue = Catalogue::with_everything(items, Code::Int8);
    let recaller = catalogue.recaller(&[ShardKind::Vec, ShardKind::I2i]);
    let bytes = catalogue.files.iter().map(|(_, _, bytes)| bytes.len()).sum();
    let mut history = catalogue.history(EVENTS);
    assert!(history.len() >= EVENTS.min(items as usize / 5), "{} events", history.len());
    for (place, event) in history.iter_mut().enumerate() {
        event.kind = [EventKind::View, EventKind::View, EventKind::Click, EventKind::Cart][place % 4];
    }
    let request = Request::recommend(history).limit(K);
    let response = watch.measure("recommend, all channels, 500 events", items, bytes, || {
        recaller.finish(&request).expect("a sound request")
    });
    assert_eq!(response.recommendations.len(), K);
    for channel in ChannelId::ALL.into_iter().filter(|&channel| channel != ChannelId::Popular) {
        let alone = request.clone().only(ChannelMask::of(channel));
        let what = format!("  {} alone, 500 events", channel.name());
        let lists = watch.measure(&what, items, bytes, || recaller.channel_lists(&alone, 200));
        assert!(lists.iter().any(|list| list.channel == channel && !list.candidates.is_empty()), "{}", channel.name());
    }
}

fn write(folder: &Path) {
    for items in [20_000, 100_000] {
        let to = folder.join(format!("generated-{items}"));
        Catalogue::generate(items, Code::Int8).write(&to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
    }
    let to = folder.join("everything-40000");
    let catalogue = Catalogue::with_everything(40_000, Code::Int8);
    catalogue.write(&to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
}

/// As many results as wanted, best first, each with its reasons, none of them seen, from no channel but those asked for.
fn check(request: &Request, response: &Response) {
    let list = &response.recommendations;
    assert_eq!(list.len(), K);
    assert!(list.windows(2).all(|pair| pair[0].score >= pair[1].score));
    for result in list {
        assert!(!request.exclude.contains(&result.key));
        assert!(!result.why.is_empty());
        assert_eq!(result.channels.and(request.channels), result.channels);
    }
    assert_eq!((response.diagnostics.cells, response.diagnostics.unknown), (1, 0));
}
