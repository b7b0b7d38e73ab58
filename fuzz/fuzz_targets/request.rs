//! Profiles and requests of strangers against a tiny sound build: nothing that a page may pass in can make the runtime
//! panic, and what it answers keeps its promises.
#![no_main]

#[path = "fixture.rs"]
mod fixture;

use arbitrary::Arbitrary;
use edge_recall::format::checksum::Crc32c;
use edge_recall::format::json::Json;
use edge_recall::ids::{ChannelMask, hash};
use edge_recall::mechanism::rules::Rules;
use edge_recall::recaller::{Budget, Privacy, Task};
use edge_recall::{Context, EventKind, HistoryEvent, Profile, Recaller, Request};
use fixture::ITEMS;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// A blob that claims to be a profile.
    Blob(&'a [u8], Asked),
    /// Things that happened, in the order they were told.
    Events(Vec<(Key, u8, u32)>, Asked),
    /// Cards of items, as a page may bring them: how the bytes differ from those of an honest one.
    Cards(Vec<(Key, u8, Vec<(u8, u8)>)>, Asked),
    /// A history that no profile would have given.
    History(Vec<(Key, u8, Option<u32>)>, Asked),
}

#[derive(Arbitrary, Debug)]
struct Asked {
    task: u8,
    now: u32,
    limit: u16,
    channels: u16,
    seeds: Vec<Key>,
    exclude: Vec<Key>,
    context: Vec<(String, String)>,
    budget: (u16, u8),
    privacy: u8,
    lost: u32,
    rules: Vec<(u8, Value)>,
    page: Vec<Key>,
    exposures: Vec<(Key, u32)>,
    bought: Vec<Key>,
    turn: u32,
}

/// JSON of any shape, with the words of rules in it more often than chance would have it.
#[derive(Arbitrary, Debug)]
enum Value {
    Null,
    Bool(bool),
    Small(u8),
    Number(f64),
    Word(u8),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(u8, Value)>),
    Item(u8, Box<Value>),
}

/// The fields of rules, then words that stand inside them.
const WORDS: [&str; 24] = [
    "exclude",
    "where",
    "without",
    "boost",
    "pin",
    "spread",
    "duplicates",
    "diversity",
    "popularity",
    "rotation",
    "templates",
    "channels",
    "fusion",
    "by",
    "min",
    "max",
    "colour",
    "a",
    "crowd",
    "retarget",
    "mic",
    "quota",
    "0",
    "3",
];

fn word(number: u8) -> String {
    WORDS[usize::from(number) % WORDS.len()].into()
}

impl Value {
    fn json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Small(number) => Json::Number(f64::from(*number) / 16.0),
            Value::Number(number) => Json::Number(*number),
            Value::Word(number) => Json::Text(word(*number)),
            Value::Text(text) => Json::Text(text.clone()),
            Value::List(list) => Json::List(list.iter().map(Value::json).collect()),
            Value::Map(fields) => map(fields),
            Value::Item(item, value) => Json::Map(vec![(fixture::key(u32::from(*item) % ITEMS), value.json())]),
        }
    }
}

fn map(fields: &[(u8, Value)]) -> Json {
    Json::Map(fields.iter().map(|(name, value)| (word(*name), value.json())).collect())
}

/// Mostly items that exist.
#[derive(Arbitrary, Debug)]
enum Key {
    Item(u8),
    Word(u8),
    Text(String),
}

impl Key {
    fn text(&self) -> String {
        match self {
            Key::Item(item) => fixture::key(u32::from(*item) % (ITEMS + 1)),
            Key::Word(word) => ["seen", "purchased", "cart", ""][usize::from(*word) % 4].into(),
            Key::Text(text) => text.clone(),
        }
    }
}

fuzz_target!(|input: Input| match input {
    Input::Blob(blob, asked) => {
        if let Ok(profile) = Profile::decode(blob) {
            assert_eq!(Profile::decode(&profile.encode()), Ok(profile.clone()));
            ask_for(&profile, &asked);
        }
    }
    Input::Events(events, asked) => {
        let mut profile = Profile::default();
        for (key, kind, minute) in &events {
            let _ = profile.observe(kind_of(*kind), &key.text(), *minute);
        }
        profile.set_context(asked.context.iter().cloned().collect::<Context>());
        assert_eq!(Profile::decode(&profile.encode()), Ok(profile.clone()));
        ask_for(&profile, &asked);
        for (key, _, _) in &events {
            profile.forget(&key.text());
        }
        assert!(profile.history(asked.now).is_empty() && profile.hidden().is_empty());
    }
    Input::Cards(cards, asked) => {
        let mut profile = Profile::default();
        profile.settle(fixture::EPOCH, fixture::MODEL);
        for (key, item, changes) in &cards {
            let honest =
                fixture::recaller().card(&fixture::key(u32::from(*item) % ITEMS)).expect("an item of the build");
            let mut bytes = honest.encode(fixture::EPOCH, fixture::MODEL);
            for (place, value) in changes {
                // Behind the version, so that something comes of it; the checksum is made anew.
                let length = bytes.len() - 5;
                bytes[1 + usize::from(*place) % length] = *value;
            }
            let body = bytes.len() - 4;
            let checksum = Crc32c::default().update(0, &bytes[..body]);
            bytes[body..].copy_from_slice(&checksum.to_le_bytes());
            if let Ok(card) = fixture::recaller().check_card(&bytes) {
                let _ = profile.observe(EventKind::View, &key.text(), asked.now);
                profile.keep(&key.text(), card);
            }
        }
        assert_eq!(Profile::decode(&profile.encode()), Ok(profile.clone()));
        assert!(profile.encode().len() < 64 * 1024);
        ask_for(&profile, &asked);
    }
    Input::History(events, asked) => {
        let event = |(key, kind, age): &(Key, u8, Option<u32>)| HistoryEvent {
            key: key.text(),
            kind: kind_of(*kind),
            age: *age,
        };
        let history: Vec<HistoryEvent> = events.iter().map(event).collect();
        let request = if asked.task % 2 == 0 { Request::recommend(history) } else { Request::similar(history) };
        answer(request, &asked);
    }
});

fn kind_of(number: u8) -> EventKind {
    EventKind::ALL[usize::from(number) % EventKind::ALL.len()]
}

fn ask_for(profile: &Profile, asked: &Asked) {
    let task = [Task::Recommend, Task::Similar, Task::Trending][usize::from(asked.task) % 3];
    let texts = |keys: &[Key]| keys.iter().map(Key::text).collect::<Vec<_>>();
    let request = Request::of_profile(task, profile, &texts(&asked.seeds), &texts(&asked.exclude), asked.now);
    for hidden in profile.hidden() {
        assert!(request.exclude.contains(hidden));
    }
    answer(request, asked);
}

fn answer(request: Request, asked: &Asked) {
    let mut request = request;
    if let Ok(rules) = Rules::read(&map(&asked.rules)) {
        request.rules = rules;
    }
    request.page = asked.page.iter().map(Key::text).collect();
    let of = |key: &Key| hash(&[&key.text()]);
    request.traces.exposures.extend(asked.exposures.iter().map(|(key, age)| (of(key), *age)));
    request.traces.purchased.extend(asked.bought.iter().map(|key| (of(key), 0)));
    request.traces.turn = asked.turn;
    let request = request.only(ChannelMask(asked.channels)).limit(usize::from(asked.limit));
    check(fixture::recaller(), &request);
    let budget = Budget { bytes: u32::from(asked.budget.0), files: u32::from(asked.budget.1) };
    let privacy = [Privacy::Open, Privacy::Decoys(asked.now), Privacy::Head][usize::from(asked.privacy) % 3];
    let request = Request { privacy, ..request }.budget(budget);
    check(&fixture::visit(&request, asked.lost), &request);
}

fn check(recaller: &Recaller, request: &Request) {
    let response = recaller.finish(request).expect("the limit was cut to what is possible");
    assert!(response.recommendations.len() <= request.limit);
    let mut seen = std::collections::BTreeSet::new();
    let mut before = f32::INFINITY;
    for result in &response.recommendations {
        assert!(seen.insert(result.key.clone()), "an item came twice");
        assert!(!request.exclude.contains(&result.key), "an excluded item came back");
        assert!(!request.page.contains(&result.key), "what stands on the page came again");
        assert!(!result.score.is_nan() && result.score >= 0.0);
        let is_plain = request.rules == Rules::default();
        assert!(!is_plain || (result.score <= before && result.score > 0.0), "out of order");
        assert!(result.why.iter().all(|why| why.trigger.is_none_or(|place| (place as usize) < request.history.len())));
        before = result.score;
    }
    for key in [fixture::key(3), "stranger".into()] {
        let explained = recaller.explain(request, &key).expect("an explanation");
        let place = response.recommendations.iter().position(|result| result.key == key);
        assert_eq!((explained.place.map(|place| place as usize), explained.held.is_none()), (place, place.is_some()));
    }
    assert_eq!(recaller.finish(request), Ok(response), "the same request, another answer");
}
