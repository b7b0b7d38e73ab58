//! Random rules over the board, judged by what the board says of its squares and not by the runtime's own attributes: whatever
//! the rules, the answer keeps its promises.

use std::collections::HashSet;

use edge_recall::format::json::Json;
use edge_recall::format::manifest::PurchaseSpec;
use edge_recall::ids::hash;
use edge_recall::ids::{ChannelId, ChannelMask};
use edge_recall::mechanism::rules::Rules;
use edge_recall::profile::{MINUTES_A_DAY, Traces};
use edge_recall::recaller::{Recommendation, Task};
use edge_recall::{EventKind, HistoryEvent, Recaller, Request};
use serde_json::{Value, json};

use crate::board::{ITEMS, column, dark, row, square, text_key};
use crate::dice::Dice;
use crate::fixture::{Build, EXACT, LARGE, MASKED, Recipe, keys_of, views};
use crate::mechanism::read;

const ROUNDS: usize = 1500;

fn any_key(dice: &mut Dice) -> String {
    if dice.below(12) == 0 { "stranger".into() } else { text_key(dice.below(ITEMS as usize) as u32) }
}

fn any_keys(dice: &mut Dice, most: usize) -> Vec<String> {
    (0..dice.below(most + 1)).map(|_| any_key(dice)).collect()
}

/// A clause as rules have it, and the squares that pass it.
fn any_clause(dice: &mut Dice) -> (Value, Vec<u32>) {
    let (clause, holds): (Value, fn(u32) -> bool) = match dice.below(8) {
        0 => (json!({ "colour": "light" }), |item| !dark(item) && item != ITEMS - 1),
        1 => (json!({ "colour": ["dark", "green"] }), dark),
        2 => (json!({ "row": { "min": 2 } }), |item| row(item) >= 1),
        3 => (json!({ "row": [1, 3] }), |item| row(item) != 1 && item != 0),
        4 => (json!({ "place": "edge" }), |item| row(item) != 1),
        5 => (json!({ "place": "left", "row": { "max": 2 } }), |item| column(item) == 0 && row(item) < 2 && item != 0),
        6 => (json!({}), |_| true),
        _ => (json!({ "size": 1 }), |_| false),
    };
    (clause, (0..ITEMS).filter(|&item| holds(item)).collect())
}

/// Whether an item passes any test of a clause: what `without` asks. The board's clauses but one have one test.
fn any_without(dice: &mut Dice) -> (Value, Vec<u32>) {
    match any_clause(dice) {
        (clause, _) if clause == json!({}) => (clause, Vec::new()),
        (clause, _) if clause.as_object().is_some_and(|tests| tests.len() == 2) => {
            let either = |&item: &u32| column(item) == 0 || row(item) < 2;
            (clause, (0..ITEMS).filter(either).collect())
        }
        other => other,
    }
}

/// The values of a square in the attributes that the cases spread by.
fn values(attribute: &str, item: u32) -> Vec<String> {
    match attribute {
        "colour" if item == ITEMS - 1 => Vec::new(),
        "colour" => vec![dark(item).to_string()],
        "row" if item == 0 => Vec::new(),
        "row" => vec![row(item).to_string()],
        "place" => {
            let places = [("edge", row(item) != 1), ("left", column(item) == 0)];
            places.iter().filter(|(_, is)| *is).map(|(name, _)| (*name).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// What a purchase closes on the boards of this page: its colour, light ones for longer, until two other events on the colour.
fn purchases() -> PurchaseSpec {
    let periods = vec![("light".into(), 30)];
    PurchaseSpec { attribute: "colour".into(), days: 14, periods, release: 2, ..PurchaseSpec::default() }
}

/// A board whose manifest knows purchases and whose squares have fingerprints, those of d2 and d3 alike.
fn board_of(recipe: Recipe) -> Recaller {
    let mut build = Build::new(Recipe { prints: true, ..recipe });
    build.manifest.purchases = Some(purchases());
    build.open()
}

/// Events newest first, some of them purchases.
fn any_history(dice: &mut Dice) -> Vec<HistoryEvent> {
    let mut age = 0;
    let event = |_| {
        age += dice.below(12) as u32 * MINUTES_A_DAY;
        let kind = *dice.pick(&[EventKind::View, EventKind::Click, EventKind::Cart, EventKind::Purchase]);
        let age = if dice.below(8) == 0 { None } else { Some(age) };
        HistoryEvent { key: any_key(dice), kind, age }
    };
    (0..5).map(event).collect()
}

/// What a history has bought, and the items whose colour rests for it, by the board's own colours.
fn closed(history: &[HistoryEvent]) -> (Vec<u32>, Vec<u32>) {
    let colour = |item: u32| (item != ITEMS - 1).then(|| dark(item));
    let (mut bought, mut resting) = (Vec::new(), Vec::new());
    for (place, event) in history.iter().enumerate() {
        if event.key == "stranger" || event.kind != EventKind::Purchase {
            continue;
        }
        let item = square(&event.key);
        bought.push(item);
        let Some(own) = colour(item) else { continue };
        let is_of_colour = |other: &&HistoryEvent| other.key != "stranger" && colour(square(&other.key)) == Some(own);
        let since = history[..place].iter().filter(|other| other.kind != EventKind::Purchase).filter(is_of_colour);
        let days = event.age.map_or(u32::MAX, |age| age / MINUTES_A_DAY);
        if days < if own { 14 } else { 30 } && since.count() < 2 {
            resting.extend((0..ITEMS).filter(|&other| colour(other) == Some(own)));
        }
    }
    (bought, resting)
}

/// The two squares that are one product.
const TWINS: [u32; 2] = [10, 11];

struct Case {
    json: Value,
    request: Request,
    /// What may come back by `where`, `without`, exclusion, mask and page.
    admitted: HashSet<u32>,
    /// What may be pinned.
    open: HashSet<u32>,
    pins: Vec<(usize, u32)>,
    spread: Vec<(&'static str, usize)>,
    shares: Vec<(ChannelId, f32)>,
    /// Whether one product comes once.
    distinct: bool,
}

fn any_case(dice: &mut Dice, masked: &[u32]) -> Case {
    let mut json = json!({});
    let mut admitted: HashSet<u32> = (0..ITEMS).collect();
    if dice.below(3) == 0 {
        let (clause, passing) = any_clause(dice);
        json["where"] = clause;
        admitted.retain(|item| passing.contains(item));
    }
    if dice.below(3) == 0 {
        let (clause, passing) = any_without(dice);
        json["without"] = clause;
        admitted.retain(|item| !passing.contains(item));
    }
    let (exclude, asked, page) = (any_keys(dice, 3), any_keys(dice, 2), any_keys(dice, 4));
    json["exclude"] = json!(exclude);
    let gone: Vec<u32> =
        exclude.iter().chain(&asked).chain(&page).filter(|key| *key != "stranger").map(|key| square(key)).collect();
    let seeds: Vec<u32> = vec![square("b2"), square("c1")];
    let task = *dice.pick(&[Task::Recommend, Task::Similar, Task::Trending]);
    let history = any_history(dice);
    let (mut bought, resting) = if task == Task::Recommend { closed(&history) } else { Default::default() };
    let traces = any_traces(dice);
    if task == Task::Recommend {
        let known = |item: &u32| traces.purchased.iter().any(|own| own.0 == hash(&[&text_key(*item)]));
        bought.extend((0..ITEMS).filter(known));
    }
    let is_gone = |item: &u32| {
        let is_seed = task == Task::Similar && seeds.contains(item);
        gone.contains(item) || masked.contains(item) || is_seed || bought.contains(item)
    };
    admitted.retain(|item| !is_gone(item) && !resting.contains(item));
    let open = (0..ITEMS).filter(|item| !is_gone(item)).collect();
    let mut pins: Vec<(usize, u32)> = Vec::new();
    for _ in 0..dice.below(4) {
        let (place, item) = (dice.below(10), dice.below(ITEMS as usize) as u32);
        if pins.iter().all(|&(p, i)| p != place && i != item) {
            json["pin"][place.to_string()] = json!(text_key(item));
            pins.push((place, item));
        }
    }
    let boost = |dice: &mut Dice| json!({ "where": any_clause(dice).0, "by": *dice.pick(&[0.0, 0.5, 2.0, 100.0]) });
    json["boost"] = (0..dice.below(3)).map(|_| boost(dice)).collect();
    let mut spread: Vec<(&'static str, usize)> = Vec::new();
    for _ in 0..dice.below(3) {
        let (attribute, most) = (*dice.pick(&["colour", "row", "place", "size"]), 1 + dice.below(3));
        if spread.iter().all(|(known, _)| *known != attribute) {
            json["spread"][attribute] = json!(most);
            spread.push((attribute, most));
        }
    }
    for knob in ["diversity", "popularity", "rotation"] {
        if dice.below(3) == 0 {
            json[knob] = json!(*dice.pick(&[0.0, 0.25, 0.5, 1.0]));
        }
    }
    if dice.below(3) == 0 {
        json["templates"] = json!(1 + dice.below(4));
    }
    let distinct = dice.below(3) == 0;
    json["duplicates"] = json!(if distinct { 3 } else { 0 });
    let mut shares = Vec::new();
    if dice.below(3) == 0 {
        let (channel, share) = (*dice.pick(&ChannelId::ALL), *dice.pick(&[0.0, 0.125, 0.5, 1.0]));
        json["channels"][channel.name()] = json!(share);
        shares.push((channel, share));
    }
    let mut request = match task {
        Task::Recommend => Request::recommend(history),
        Task::Similar => Request::similar(views(&["b2", "c1"])),
        Task::Trending => Request::trending(),
    };
    request = request.exclude(asked).rules(read(&json).expect("rules")).limit(dice.below(14));
    request.page = page;
    request.traces = traces;
    Case { json, request, admitted, open, pins, spread, shares, distinct }
}

/// What pages have shown, what was bought before the history begins, and how often the page was turned.
fn any_traces(dice: &mut Dice) -> Traces {
    let exposures = (0..dice.below(8)).map(|_| (hash(&[&any_key(dice)]), dice.below(9000) as u32)).collect();
    let purchased = any_keys(dice, 1).iter().map(|key| (hash(&[key]), 0)).collect();
    Traces { exposures, purchased, turn: dice.below(6) as u32 }
}

fn check(recaller: &Recaller, case: &Case) {
    let response = recaller.finish(&case.request).expect("a request that makes sense");
    assert_eq!(recaller.finish(&case.request).as_ref(), Ok(&response), "the same request, the same answer");
    let (limit, json) = (case.request.limit, &case.json);
    let items: Vec<u32> = keys_of(&response).into_iter().map(square).collect();
    let told = format!("{json} {:?} page {:?} k {limit}: {items:?}", case.request.task, case.request.page);
    let distinct: HashSet<u32> = items.iter().copied().collect();
    assert_eq!(distinct.len(), items.len(), "an item stands twice: {told}");

    let pinned: HashSet<u32> =
        case.pins.iter().filter(|(place, item)| *place < limit && case.open.contains(item)).map(|pin| pin.1).collect();
    assert!(items.iter().all(|item| case.admitted.contains(item) || pinned.contains(item)), "held back: {told}");
    for &(place, item) in case.pins.iter().filter(|pin| pinned.contains(&pin.1)) {
        let at =
            items.iter().position(|&other| other == item).unwrap_or_else(|| panic!("{item} is not pinned: {told}"));
        let behind_all = items[at..].iter().all(|item| pinned.contains(item));
        assert!(at == place || (at < place && behind_all), "{item} is pinned to {place}: {told}");
    }

    let of = |channel| response.recommendations.iter().filter(move |r| r.channels.has(channel));
    let is_pinned = |r: &&Recommendation| pinned.contains(&square(&r.key));
    for &(channel, share) in case.shares.iter().filter(|(_, share)| *share < 1.0) {
        let most = if share > 0.0 { ((share * limit as f32).ceil() as usize).max(1) } else { 0 };
        let bound = most.max(of(channel).filter(is_pinned).count());
        assert!(of(channel).count() <= bound, "{} has more than {bound}: {told}", channel.name());
    }

    let is_filled = |(channel, share): &(ChannelId, f32)| {
        *share == 1.0 || (*share == 0.0 && *channel != ChannelId::Popular) || *channel == ChannelId::Retarget
    };
    if case.request.task != Task::Similar && case.shares.iter().all(is_filled) {
        let mut possible: HashSet<u32> = case.admitted.union(&pinned).copied().collect();
        if case.distinct {
            let on_page = |item: &u32| case.request.page.contains(&text_key(*item));
            let mut shown = TWINS.iter().filter(|item| on_page(item) || pinned.contains(item)).count();
            for twin in TWINS.iter().filter(|item| !pinned.contains(item)) {
                if possible.contains(twin) && shown > 0 {
                    possible.remove(twin);
                } else if possible.contains(twin) {
                    shown += 1;
                }
            }
        }
        assert_eq!(items.len(), limit.min(possible.len()), "not filled: {told}");
    }
    if case.distinct {
        let free = TWINS.iter().filter(|item| items.contains(item) && !pinned.contains(item)).count();
        let others = TWINS.iter().filter(|item| pinned.contains(item)).count();
        assert!(free == 0 || free + others == 1, "a product comes twice: {told}");
    }
    let is_first = case.request.template() == 0 && !case.distinct;
    if is_first && case.request.task != Task::Similar && case.shares.iter().all(|(_, share)| *share == 1.0) {
        check_spread(case, &items, &pinned, &told);
    }
    check_scores(recaller, case, &response.recommendations, &told);
}

/// Where the answer shows more of one value than spread allows, nothing that it left out would have shown less.
fn check_spread(case: &Case, items: &[u32], pinned: &HashSet<u32>, told: &str) {
    // A page is a list of keys as the host gives it; one that stands there twice is shown twice.
    let page = case.request.page.iter().filter(|key| *key != "stranger").map(|key| square(key));
    let shown: Vec<u32> = page.chain(items.iter().copied()).collect();
    let times = |attribute: &str, value: &String| {
        shown.iter().flat_map(|&item| values(attribute, item)).filter(|other| other == value).count()
    };
    let some = |item: u32, than: &dyn Fn(usize, usize) -> bool| {
        case.spread.iter().any(|(name, most)| values(name, item).iter().any(|value| than(times(name, value), *most)))
    };
    let too_many = items.iter().any(|&item| !pinned.contains(&item) && some(item, &|times, most| times > most));
    let left_out = case.admitted.iter().copied().filter(|item| !items.contains(item));
    for item in left_out.filter(|_| too_many) {
        assert!(some(item, &|times, most| times >= most), "{item} would have been something else: {told}");
    }
}

/// Rules that arrange leave scores and shares as they were.
fn check_scores(recaller: &Recaller, case: &Case, results: &[Recommendation], told: &str) {
    let rules = &case.request.rules;
    let rules = Rules {
        exclude: rules.exclude.clone(),
        wanted: rules.wanted.clone(),
        without: rules.without.clone(),
        channels: rules.channels.iter().copied().filter(|(_, share)| *share == 0.0).collect(),
        ..Rules::default()
    };
    let filled = |result: &Recommendation| result.channels == ChannelMask::of(ChannelId::Popular);
    let plain = recaller.finish(&Request { rules, limit: 50, ..case.request.clone() }).expect("an answer");
    for result in results {
        match plain.recommendations.iter().find(|other| other.key == result.key) {
            // Whether a pin is what a list would be filled with turns on how long that is.
            Some(other) if filled(other) && result.score == 0.0 => {}
            Some(other) => assert_eq!(result, other, "{told}"),
            None => assert_eq!((result.score, result.why.len()), (0.0, 0), "only pins come from nowhere: {told}"),
        }
    }
}

#[test]
fn every_answer_obeys_its_rules() {
    let mut dice = Dice::new(0x5E1EC7);
    for recipe in [EXACT, LARGE, MASKED] {
        let recaller = board_of(recipe);
        for _ in 0..ROUNDS {
            check(&recaller, &any_case(&mut dice, recipe.masked));
        }
    }
}

#[test]
fn pages_share_nothing_but_pins_until_the_first_comes_again() {
    let mut dice = Dice::new(0x7E3B);
    let recaller = board_of(EXACT);
    let mut turned = 0;
    for _ in 0..ROUNDS {
        let mut case = any_case(&mut dice, &[]);
        case.request.rules.templates = Some(1 + dice.below(5) as u32);
        let page = |turn| {
            let traces = Traces { turn, ..case.request.traces.clone() };
            let answer = recaller.finish(&Request { traces, ..case.request.clone() }).expect("an answer");
            answer.recommendations.into_iter().map(|result| result.key).collect::<Vec<String>>()
        };
        let is_free = |key: &&String| case.pins.iter().all(|(_, item)| text_key(*item) != **key);
        let pages: Vec<Vec<String>> = (0..case.request.rules.templates.unwrap_or(1)).map(page).collect();
        let mut before: HashSet<&String> = HashSet::new();
        for own in &pages {
            assert_eq!(own.len(), pages[0].len(), "{} {pages:?}", case.json);
            let is_new = own.iter().filter(is_free).all(|key| !before.contains(key));
            assert!(is_new || *own == pages[0], "{} {pages:?}", case.json);
            turned += usize::from(is_new && !before.is_empty());
            before.extend(own.iter().filter(is_free));
        }
        assert_eq!(page(pages.len() as u32), pages[0], "after the last page the first: {}", case.json);
    }
    assert!(turned > ROUNDS / 10, "only {turned} pages were turned to");
}

#[test]
fn rules_that_change_nothing_change_nothing() {
    let mut dice = Dice::new(0xCA1);
    let recaller = Build::new(LARGE).open();
    for _ in 0..ROUNDS / 5 {
        let case = any_case(&mut dice, &[]);
        let plain = Request { rules: Rules::default(), ..case.request };
        // A boost of everything, a spread by what nobody has: the whole selection runs, and the bits stay.
        let idle = json!({ "boost": [{ "by": 1 }], "spread": { "size": 1 }, "channels": { "walk": 0.5 } });
        let selected = Request { rules: read(&idle).expect("rules"), ..plain.clone() };
        assert_eq!(recaller.finish(&selected), recaller.finish(&plain), "{plain:?}");
    }
}

/// The fields of rules, then words that stand inside them.
const WORDS: [&str; 22] = [
    "exclude",
    "where",
    "without",
    "boost",
    "pin",
    "spread",
    "diversity",
    "popularity",
    "rotation",
    "templates",
    "duplicates",
    "fusion",
    "channels",
    "mic",
    "by",
    "min",
    "max",
    "crowd",
    "0",
    "9999",
    "colour",
    "row",
];

/// JSON of any shape, with the words of rules in it more often than chance would have it.
fn any_json(dice: &mut Dice, depth: usize) -> Json {
    let numbers = [0.0, 1.0, 0.5, -1.0, 3.0, 1e300, -1e300, f64::NAN, f64::INFINITY, 4_294_967_296.0, 1e-300];
    match dice.below(if depth < 5 { 8 } else { 4 }) {
        0 => Json::Null,
        1 => Json::Bool(dice.below(2) == 0),
        2 => Json::Number(*dice.pick(&numbers)),
        3 => Json::Text((*dice.pick(&WORDS)).to_owned()),
        4 => Json::List((0..dice.below(4)).map(|_| any_json(dice, depth + 1)).collect()),
        _ => Json::Map(
            (0..dice.below(6)).map(|_| ((*dice.pick(&WORDS)).to_owned(), any_json(dice, depth + 1))).collect(),
        ),
    }
}

#[test]
fn whatever_is_read_as_rules_can_be_obeyed() {
    let mut dice = Dice::new(0xF022);
    let recaller = Build::new(EXACT).open();
    let mut well = 0;
    for _ in 0..40 * ROUNDS {
        let count = 1 + dice.below(2);
        let fields = (0..count).map(|_| ((*dice.pick(&WORDS[..13])).to_owned(), any_json(&mut dice, 3))).collect();
        let json = if dice.below(4) == 0 { any_json(&mut dice, 0) } else { Json::Map(fields) };
        let Ok(rules) = Rules::read(&json) else { continue };
        well += usize::from(rules != Rules::default());
        let merged = Rules::read_all(&[&json, &json]).expect("twice the same");
        let mut request = Request::recommend(views(&["b2"])).rules(merged).limit(dice.below(14));
        request.traces = any_traces(&mut dice);
        let response = recaller.finish(&request).expect("an answer");
        assert!(response.recommendations.iter().all(|result| result.score.is_finite()));
    }
    assert!(well > ROUNDS / 2, "only {well} rules were read");
}
