//! Item cards: they answer like the cells they were taken from, survive what they may survive, and cost what they may cost.

use edge_recall::format::ShardKind;
use edge_recall::format::card::ItemCard;
use edge_recall::ids::{ChannelId, ChannelMask, Epoch, Model, Ordinal};
use edge_recall::profile::{
    MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTES, MAX_EVENTS, MAX_EXPOSURES, MAX_HIDDEN, MAX_HIDDEN_TOTAL, MAX_KEY_TOTAL,
    MAX_PURCHASED,
};
use edge_recall::recaller::Task;
use edge_recall::{EventKind, Profile, Recaller, Request};

use crate::allocations::largest;
use crate::board::{ITEMS, square, text_key};
use crate::fixture::{Build, COMPACT, EXACT, LARGE, Recipe, views};

/// What a profile keeps of these items once everything is attached.
fn kept(recaller: &Recaller, keys: &[&str]) -> Vec<(String, ItemCard)> {
    keys.iter().map(|key| ((*key).to_owned(), recaller.card(key).expect("an item of the board"))).collect()
}

/// Head and directory, and no cell.
fn bare(build: &Build) -> Recaller {
    let cells: Vec<_> = [ShardKind::Vec, ShardKind::I2i].into_iter().flat_map(|kind| build.names(kind)).collect();
    build.open_without(&cells)
}

#[test]
fn rows_of_cards_answer_to_the_bit_like_those_of_cells() {
    for recipe in [EXACT, LARGE] {
        let build = Build::new(recipe);
        let (whole, bare) = (build.open(), bare(&build));
        let rows = ChannelMask::of(ChannelId::I2i).with(ChannelId::Next);
        for item in 0..ITEMS {
            let keys = [&text_key(item), "c2", "a1"];
            let request = Request::recommend(views(&keys)).only(rows);
            let cards = kept(&whole, &keys);
            for (place, table) in whole.tables().iter().enumerate() {
                assert_eq!(Some(cards[0].1.rows[place].as_slice()), table.row(Ordinal(item)));
            }
            let found = bare.channel_lists(&Request { cards, ..request.clone() }, 50);
            assert_eq!(found, whole.channel_lists(&request, 50), "{keys:?}");
            assert!(found.iter().any(|list| !list.candidates.is_empty()));
            if !recipe.known {
                assert!(
                    bare.channel_lists(&request, 50).iter().all(|list| list.candidates.is_empty()),
                    "no card, no rows"
                );
            }
        }
    }
}

#[test]
fn vectors_of_cards_are_within_half_a_step() {
    for recipe in [EXACT, Recipe { key: text_key, ..COMPACT }, LARGE] {
        let build = Build::new(recipe);
        let whole = build.open();
        let near = build.open_without(&build.names(ShardKind::Vec)[..1]);
        for item in 0..ITEMS {
            let (key, vector) = (text_key(item), whole.embeddings().vector(Ordinal(item)).expect("a vector"));
            let card = whole.card(&key).expect("a card");
            let found = card.vector(vector.len()).expect("a vector");
            assert_eq!(card.item(), Ordinal(item));
            assert!(
                found.iter().zip(&vector).all(|(a, b)| (a - b).abs() <= 0.501 * card.scale),
                "{found:?}, {vector:?}"
            );
            assert_eq!(card.vector(vector.len() + 1), None, "another dimension, another model");
            if near.embeddings().vector(Ordinal(item)).is_some() {
                continue;
            }
            // The item's own cell is missing: the others are found by the card, nearly as by the cell.
            let request = Request::recommend(views(&[&key])).only(ChannelMask::of(ChannelId::U2i));
            let with_card = Request { cards: kept(&whole, &[&key]), ..request.clone() };
            let whole = whole.channel_lists(&request, 50).remove(0).candidates;
            let found = near.channel_lists(&with_card, 50).remove(0).candidates;
            assert!(!found.is_empty());
            for candidate in &found {
                let score = whole.iter().find(|other| other.item == candidate.item).map_or(0.0, |other| other.score);
                assert!((candidate.score - score).abs() < 0.05, "{candidate:?} and {score}");
            }
        }
    }
}

#[test]
fn a_card_tells_as_much_as_is_attached() {
    let build = Build::new(LARGE);
    let cell_of_b = 2;
    let (vec, i2i) = (build.names(ShardKind::Vec)[cell_of_b], build.names(ShardKind::I2i)[cell_of_b]);
    assert_eq!(build.open_without(&[vec]).card("b2"), None, "known by the head alone");
    assert_eq!(build.open().card("z9"), None);
    let half = build.open_without(&[i2i]).card("b2").expect("a card");
    assert!(half.rows.is_empty() && half.vector(crate::board::DIM).is_some());
    let full = build.open().card("b2").expect("a card");
    let mut profile = Profile::default();
    profile.observe(EventKind::View, "b2", 5).expect("a key");
    profile.observe(EventKind::Hide, "a1", 6).expect("a key");
    assert_eq!(profile.without_card(), ["b2"], "what is hidden is no trigger");
    assert!(profile.keep("b2", half.clone()) && !profile.keep("b2", half.clone()));
    assert_eq!(profile.without_card(), ["b2"], "rows are lacking");
    assert!(profile.keep("b2", full.clone()) && !profile.keep("b2", half), "the fuller card stays");
    assert_eq!((profile.without_card(), profile.cards()), (Vec::new(), &[("b2".to_owned(), full)][..]));
    profile.forget("b2");
    assert_eq!(profile.cards(), []);
}

#[test]
fn another_epoch_leaves_vectors_and_another_model_nothing() {
    let build = Build::new(LARGE);
    let whole = build.open();
    let mut profile = Profile::default();
    assert!(!profile.settle(LARGE.epoch, LARGE.model), "an empty profile has nothing to lose");
    for (minute, key) in (0..).zip(["b2", "c1"]) {
        profile.observe(EventKind::View, key, minute).expect("a key");
        profile.keep(key, whole.card(key).expect("a card"));
    }
    let before = profile.clone();
    assert!(!profile.settle(LARGE.epoch, LARGE.model));
    assert_eq!(profile, before);
    let mut other = profile.clone();
    assert!(other.settle(LARGE.epoch, Model(1)) && other.cards().is_empty());
    let mut later = profile.clone();
    assert!(later.settle(Epoch(1), LARGE.model) && !later.settle(Epoch(1), LARGE.model));
    for ((key, old), (same, new)) in before.cards().iter().zip(later.cards()) {
        assert_eq!((key, old.scale, &old.codes), (same, new.scale, &new.codes));
        assert!(new.rows.is_empty() && new.ordinal >= u32::MAX - 200, "it stands for no item");
    }
    assert_ne!(later.cards()[0].1.ordinal, later.cards()[1].1.ordinal);
    assert_eq!(Profile::decode(&later.encode()), Ok(later.clone()), "a visit later it is the same");
    // The build of the new epoch: the vectors still make a user, and no item is mistaken for another.
    let next = Build::new(Recipe { epoch: Epoch(1), ..LARGE });
    let cell_of_b = next.names(ShardKind::Vec)[2];
    let recaller = next.open_without(&[cell_of_b]);
    let request = Request::of_profile(Task::Recommend, &later, &[], &["seen".to_owned()], 9).limit(50);
    let lists = recaller.channel_lists(&request, 50);
    assert!(lists.iter().any(|list| list.channel == ChannelId::U2i && !list.candidates.is_empty()));
    let answer = recaller.finish(&request).expect("an answer");
    assert!(answer.recommendations.iter().all(|result| !["b2", "c1"].contains(&result.key.as_str())));
    // Once its cell is here the card is made anew.
    assert_eq!(later.without_card(), ["b2", "c1"]);
    let fresh = recaller.card("c1").expect("its cell is here");
    assert!(later.keep("c1", fresh) && later.without_card() == ["b2"]);
}

#[test]
fn a_page_may_bring_a_card_of_this_build_only() {
    let build = Build::new(LARGE);
    let recaller = build.open();
    let card = recaller.card("b2").expect("a card");
    assert_eq!(recaller.check_card(&card.encode(LARGE.epoch, LARGE.model)), Ok(card.clone()));
    let outside = ItemCard { ordinal: ITEMS, ..card.clone() };
    for stale in [
        card.encode(Epoch(1), LARGE.model),
        card.encode(LARGE.epoch, Model(1)),
        outside.encode(LARGE.epoch, LARGE.model),
    ] {
        assert_eq!(recaller.check_card(&stale).map_err(|error| error.code()), Err("stale-card"));
    }
    for bad in [&b""[..], b"<!doctype html>", &[0; 40]] {
        assert_eq!(recaller.check_card(bad).map_err(|error| error.code()), Err("bad-card"));
    }
    // A name that no item can have would make the blob unreadable: it is not kept.
    let mut profile = Profile::default();
    profile.settle(LARGE.epoch, LARGE.model);
    for name in ["", "a\nb", &"x".repeat(513)] {
        assert!(!profile.keep(name, card.clone()));
    }
    assert!(profile.keep("b2", card) && Profile::decode(&profile.encode()).is_ok());
}

#[test]
fn a_lying_card_gives_an_answer_all_the_same() {
    let build = Build::new(LARGE);
    let (whole, bare) = (build.open(), bare(&build));
    let honest = whole.card("b2").expect("a card");
    let row = |bytes: &[u8]| ItemCard { rows: vec![bytes.to_vec(), Vec::new()], ..honest.clone() };
    for lie in [
        ItemCard { ordinal: square("c3"), ..honest.clone() },
        ItemCard { ordinal: u32::MAX, ..honest.clone() },
        ItemCard { codes: vec![1; 5], ..honest.clone() },
        ItemCard { scale: f32::MAX, ..honest.clone() },
        row(&[0xFF; 30]),
        row(&[9]),
        // Two targets, the second of which lies outside the catalogue.
        row(&[2, 0x80, 0x3F, 2, 0x7F, 0xFF]),
        ItemCard { rows: vec![Vec::new(); 8], ..honest.clone() },
    ] {
        for recaller in [&whole, &bare] {
            let request = Request::recommend(views(&["b2"])).exclude(["b2".to_owned()]).limit(50);
            let request = Request { cards: vec![("b2".to_owned(), lie.clone())], ..request };
            let answer = recaller.finish(&request).expect("an answer");
            assert!(
                answer.recommendations.iter().all(|result| result.score.is_finite() && result.score > 0.0),
                "{lie:?}"
            );
            let _plan = recaller.plan(&request.budget(crate::visit::AMPLE));
        }
    }
}

/// A profile at every cap at once.
fn fullest() -> Profile {
    let mut profile = Profile::default();
    profile.settle(Epoch(u64::MAX), Model(u64::MAX));
    let letters = |count: usize, n: usize| format!("{n:0count$}");
    for n in 0..MAX_HIDDEN {
        profile.observe(EventKind::Hide, &letters(MAX_HIDDEN_TOTAL / MAX_HIDDEN, n), u32::MAX - 9999).expect("a key");
    }
    for n in 0..MAX_EVENTS {
        profile.observe(EventKind::View, &letters(MAX_KEY_TOTAL / MAX_EVENTS, n), u32::MAX).expect("a key");
    }
    for n in 0..MAX_PURCHASED {
        profile.observe(EventKind::Purchase, &letters(MAX_KEY_TOTAL / MAX_EVENTS, n), u32::MAX).expect("a key");
    }
    profile.show(&(0..MAX_EXPOSURES).map(|n| letters(9, n)).collect::<Vec<_>>(), u32::MAX);
    let most = MAX_ATTRIBUTE_BYTES;
    profile.set_context((0..MAX_ATTRIBUTES).map(|n| (letters(most, n), "v".repeat(most))).collect());
    profile
}

#[test]
fn a_profile_stays_below_64_kilobytes_at_every_cap() {
    for (keys, dim, row) in [(5, 64, 20), (40, 64, 60), (512, 512, 2048), (5, 1, 1)] {
        let mut profile = fullest();
        for n in 0..400 {
            let mut card = ItemCard::new(Ordinal(u32::MAX - n), &vec![1.0; dim]);
            card.rows = vec![vec![0xFF; row], vec![0xFF; row / 2]];
            assert!(profile.keep(&format!("{n:0keys$}"), card));
        }
        let cards = profile.cards();
        assert!(!cards.is_empty() && cards.len() <= 200, "{} cards", cards.len());
        assert!(cards.last().is_some_and(|(key, _)| key.ends_with("399")), "the oldest go first");
        let blob = profile.encode();
        assert!(blob.len() < 64 * 1024, "{} bytes", blob.len());
        assert!(blob.len() > 48 * 1024 || dim == 1, "the caps were not reached: {} bytes", blob.len());
        assert_eq!(Profile::decode(&blob), Ok(profile));
    }
}

#[test]
fn hostile_blobs_with_cards_cost_nothing() {
    let build = Build::new(LARGE);
    let mut profile = Profile::default();
    profile.settle(LARGE.epoch, LARGE.model);
    for (key, card) in kept(&build.open(), &["b2", "c1"]) {
        profile.keep(&key, card);
    }
    let blob = profile.encode();
    for length in 0..blob.len() {
        assert!(Profile::decode(&blob[..length]).is_err(), "length {length}");
    }
    let bare = bare(&build);
    for bit in 0..blob.len() * 8 {
        let mut lie = blob.clone();
        lie[bit / 8] ^= 1 << (bit % 8);
        let (read, most) = largest(|| Profile::decode(&lie));
        assert!(most <= 16 * 1024, "bit {bit}: an allocation of {most} bytes");
        let Ok(mut read) = read else { continue };
        assert_eq!(Profile::decode(&read.encode()).as_ref(), Ok(&read), "bit {bit}");
        read.settle(LARGE.epoch, LARGE.model);
        read.observe(EventKind::View, "b2", 5).expect("a key");
        let request = Request::of_profile(Task::Recommend, &read, &[], &[], 9).limit(50);
        let answer = bare.finish(&request).expect("an answer");
        assert!(answer.recommendations.iter().all(|result| result.score.is_finite()), "bit {bit}");
    }
}
