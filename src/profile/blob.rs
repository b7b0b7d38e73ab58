//! The profile as one blob: a version byte, then the layout of postcard (varints, strings with their length, sequences with
//! theirs). Owns the bytes; what they must obey is the parent's.

use super::keepsakes::Keepsakes;
use super::traces::{MAX_EXPOSURES, MAX_PURCHASED, push};
use super::{Event, EventKind, Profile};
use crate::error::{Error, FormatError, Part, Result};
use crate::format::bytes::{Reader, is_item_key, put_string, put_varint};
use crate::format::card::ItemCard;
use crate::ids::{Epoch, Model};

/// First byte of the blob.
const VERSION: u8 = 3;

impl Profile {
    /// The profile as one blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = vec![VERSION];
        put_varint(&mut to, self.events.len() as u64);
        for event in &self.events {
            put_string(&mut to, &event.key);
            put_varint(&mut to, event.kind as u64);
            put_varint(&mut to, u64::from(event.minute));
        }
        put_varint(&mut to, self.hidden.len() as u64);
        for key in &self.hidden {
            put_string(&mut to, key);
        }
        put_varint(&mut to, self.context.iter().len() as u64);
        for (name, value) in self.context.iter() {
            put_string(&mut to, name);
            put_string(&mut to, value);
        }
        put_varint(&mut to, u64::from(self.traces.turn));
        put_varint(&mut to, self.traces.exposures.len() as u64);
        for &(item, minute) in &self.traces.exposures {
            put_varint(&mut to, u64::from(item));
            put_varint(&mut to, u64::from(minute));
        }
        put_varint(&mut to, self.traces.purchased.len() as u64);
        for &(item, _) in &self.traces.purchased {
            put_varint(&mut to, u64::from(item));
        }
        let Keepsakes { epoch, model, .. } = self.cards;
        put_varint(&mut to, epoch.0);
        put_varint(&mut to, model.0);
        put_varint(&mut to, self.cards.all().len() as u64);
        for (key, card) in self.cards.all() {
            put_string(&mut to, key);
            card.put(&mut to);
        }
        to
    }

    /// Reads a blob; refuses what `observe` would not have let in.
    pub fn decode(blob: &[u8]) -> Result<Profile> {
        let problem = |problem| Error::Profile { problem };
        let (&version, body) = blob.split_first().ok_or(problem("the blob is empty"))?;
        if version != VERSION {
            return Err(problem("the blob is of another version; clear the profile"));
        }
        let mut profile = read(body).map_err(|_| problem("the blob is damaged; clear the profile"))?;
        let context = std::mem::take(&mut profile.context);
        profile.set_context(context);
        profile.trim();
        Ok(profile)
    }
}

fn read(body: &[u8]) -> Result<Profile, FormatError> {
    let mut reader = Reader::new(body, Part::Profile);
    let mut profile = Profile::default();
    let mut before = 0;
    reader.each(&mut |reader| {
        let (key, kind, minute) = (item_key(reader), reader.varint(), reader.varint());
        let kind = EventKind::ALL.into_iter().find(|known| *known as u32 == kind);
        reader.check(kind.is_some(), &"unknown event type");
        reader.check(before <= minute, &"events are out of order");
        before = minute;
        profile.events.push(Event { key, kind: kind.unwrap_or(EventKind::View), minute });
    });
    reader.each(&mut |reader| profile.hidden.push(item_key(reader)));
    reader.each(&mut |reader| {
        let (name, value) = (reader.string(), reader.string());
        profile.context.set(name, value);
    });
    let traces = &mut profile.traces;
    traces.turn = reader.varint();
    reader.each(&mut |reader| push(&mut traces.exposures, (reader.varint(), reader.varint()), MAX_EXPOSURES));
    reader.each(&mut |reader| push(&mut traces.purchased, (reader.varint(), 0), MAX_PURCHASED));
    profile.cards.settle(Epoch(reader.varint64()), Model(reader.varint64()));
    reader.each(&mut |reader| {
        let key = item_key(reader);
        profile.cards.keep(&key, ItemCard::read(reader));
    });
    reader.finish()?;
    Ok(profile)
}

fn item_key(reader: &mut Reader<'_>) -> String {
    let key = reader.string();
    reader.check(is_item_key(key), &"an item key is empty, too long or holds control characters");
    String::from(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ordinal;

    fn profile() -> Profile {
        let mut profile = Profile::default();
        profile.set_context([("age".to_owned(), "25-34".to_owned())].into_iter().collect());
        profile.observe(EventKind::Hide, "a", 5).unwrap();
        profile.observe(EventKind::Purchase, "b", 600).unwrap();
        profile.show(&["a", "b"].map(String::from), 601);
        profile.settle(Epoch(300), Model(7));
        profile.keep("b", card());
        profile
    }

    fn card() -> ItemCard {
        let mut card = ItemCard::new(Ordinal(200), &[0.5, -1.0]);
        card.rows = vec![vec![1, 0x80, 0x3F, 2, 15], Vec::new()];
        card
    }

    #[test]
    fn the_layout_is_postcards() {
        let events = vec![("a", 5u32, 5u32), ("b", 4, 600)];
        let cards = vec![("b", (200u32, 1f32 / 127.0, vec![64u8, 129], card().rows))];
        let context = std::collections::BTreeMap::from([("age", "25-34")]);
        let hashes = ["a", "b"].map(|key| crate::ids::hash(&[key]));
        let shown = (1u32, hashes.map(|item| (item, 601u32)).to_vec(), vec![hashes[1]]);
        let plain = (events, vec!["a"], context, shown, (300u64, 7u64, cards));
        assert_eq!(profile().encode()[1..], postcard::to_allocvec(&plain).unwrap());
    }

    #[test]
    fn blobs_come_back_and_damage_is_refused() {
        let blob = profile().encode();
        assert_eq!(Profile::decode(&blob), Ok(profile()));
        for cut in 0..blob.len() {
            assert!(Profile::decode(&blob[..cut]).is_err(), "cut at {cut}");
        }
        for bit in 0..blob.len() * 8 {
            let mut flipped = blob.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = Profile::decode(&flipped) {
                assert_eq!(Profile::decode(&other.encode()), Ok(other));
            }
        }
        assert!(Profile::decode(&[VERSION, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).is_err());
        assert!(Profile::decode(&[VERSION + 1]).is_err());
    }
}
