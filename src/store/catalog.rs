//! Item key <-> ordinal, over the key sections of all attached cells and the few keys that the head brings along.

use crate::error::{FormatError, told};
use crate::format::bytes::SharedBytes;
use crate::format::idmap::hash;
use crate::format::keys::Keys;
use crate::format::section::SectionKind;
use crate::ids::Ordinal;
use crate::store::Segments;

/// The item keys that are at hand.
#[derive(Clone, Default)]
pub struct Catalog {
    segments: Segments<Keys>,
    /// Popularity of the items of a cell, where its shard tells.
    gains: Segments<SharedBytes>,
    /// Items of cells that may never be attached: ascending ordinals, and their keys.
    known: Vec<(Vec<Ordinal>, Keys)>,
    /// Open addressing: `hash << 32 | ordinal + 1`, 0 = free. At most half full.
    slots: Vec<u64>,
    used: usize,
}

impl Catalog {
    /// Adds the keys of a cell; refuses a key that another item already has. After an error the catalogue knows what it knew.
    pub fn attach(&mut self, base: u32, keys: Keys) -> Result<(), FormatError> {
        let doubtful = self.insert_all(&keys, &|slot| base + slot);
        self.segments.insert(base, keys.count(), keys);
        let distinct = self.check_distinct(&doubtful, SectionKind::Keys);
        if distinct.is_err() {
            self.segments.remove(base);
        }
        distinct
    }

    /// Keys of equal hash are rare and usually differ; only they are compared letter by letter.
    fn check_distinct(&self, doubtful: &[Ordinal], section: SectionKind) -> Result<(), FormatError> {
        let twice = |&ordinal: &Ordinal| {
            let key = self.key(ordinal).unwrap_or_default();
            self.with_hash(hash(&key)).any(|other| other != ordinal && self.key(other).as_ref() == Some(&key))
        };
        if !doubtful.iter().any(twice) {
            return Ok(());
        }
        Err(FormatError::Rule { section: section.part(), rule: told(&"two items have the same key") })
    }

    /// Adds the popularity of a cell's items.
    pub fn attach_gains(&mut self, base: u32, gains: SharedBytes) {
        self.gains.insert(base, gains.len() as u32, gains);
    }

    /// Adds keys of items, ascending, whose cells need not be attached; refuses a key that another item already has. After an
    /// error the catalogue knows what it knew.
    pub fn attach_known(&mut self, ordinals: Vec<Ordinal>, keys: Keys) -> Result<(), FormatError> {
        let doubtful = self.insert_all(&keys, &|slot| ordinals[slot as usize].0);
        self.known.push((ordinals, keys));
        let distinct = self.check_distinct(&doubtful, SectionKind::Known);
        if distinct.is_err() {
            self.known.pop();
        }
        distinct
    }

    /// Whether the cell of an item is attached.
    pub fn is_attached(&self, item: Ordinal) -> bool {
        self.segments.find(item).is_some()
    }

    /// Whether the key of an item is at hand.
    pub fn has(&self, item: Ordinal) -> bool {
        self.segments.find(item).is_some() || self.known.iter().any(|(known, _)| known.binary_search(&item).is_ok())
    }

    /// Calls `visit` for every item whose key is at hand, each once.
    pub fn for_each(&self, visit: &mut dyn FnMut(Ordinal)) {
        for cell in self.segments.iter() {
            for item in cell.base..cell.base + cell.count {
                visit(Ordinal(item));
            }
        }
        for (place, (known, _)) in self.known.iter().enumerate() {
            for item in known {
                let told = self.known[..place].iter().any(|(before, _)| before.binary_search(item).is_ok());
                if !told && !self.is_attached(*item) {
                    visit(*item);
                }
            }
        }
    }

    /// The key of an item, where it is at hand.
    pub fn key(&self, item: Ordinal) -> Option<String> {
        if let Some((slot, segment)) = self.segments.find(item) {
            return Some(segment.part.get(slot));
        }
        self.known.iter().find_map(|(known, keys)| Some(keys.get(known.binary_search(&item).ok()? as u32)))
    }

    /// The item of a key, where it is at hand.
    pub fn find(&self, key: &str) -> Option<Ordinal> {
        self.with_hash(hash(key)).find(|&item| self.key(item).as_deref() == Some(key))
    }

    /// Popularity of an item on a log scale, where its cell is attached and tells.
    pub fn gain(&self, item: Ordinal) -> Option<u8> {
        let (slot, segment) = self.gains.find(item)?;
        segment.part.get(slot as usize).copied()
    }

    /// Calls `visit` for every item at hand whose key has that hash.
    pub fn each_of_hash(&self, hash: u32, visit: &mut dyn FnMut(Ordinal)) {
        self.with_hash(hash).for_each(visit);
    }

    fn with_hash(&self, hash: u32) -> impl Iterator<Item = Ordinal> + '_ {
        // As many slots as a power of two, or none.
        let size = self.slots.len();
        let probe = (0..size).map(move |step| self.slots[(hash as usize + step) & (size - 1)]);
        probe
            .take_while(|&entry| entry != 0)
            .filter(move |entry| (entry >> 32) as u32 == hash)
            .map(|entry| Ordinal(entry as u32 - 1))
    }

    /// Enters keys into the table; names those that met an entry of the same hash on the way. What is refused afterwards stays
    /// in the table: its ordinals lead to no key, or to another one, so no search ends there.
    fn insert_all(&mut self, keys: &Keys, ordinal_of: &dyn Fn(u32) -> u32) -> Vec<Ordinal> {
        self.reserve(keys.count() as usize);
        let (slots, mut doubtful) = (&mut self.slots, Vec::new());
        keys.for_each(&mut |slot, key| {
            let ordinal = ordinal_of(slot);
            if !insert(slots, hash(key), ordinal) {
                doubtful.push(Ordinal(ordinal));
            }
        });
        doubtful
    }

    /// Makes room for `more` keys.
    fn reserve(&mut self, more: usize) {
        self.used += more;
        let needed = self.used * 2;
        if needed > self.slots.len() {
            let old = core::mem::replace(&mut self.slots, vec![0; needed.next_power_of_two()]);
            for entry in old.into_iter().filter(|&entry| entry != 0) {
                insert(&mut self.slots, (entry >> 32) as u32, entry as u32 - 1);
            }
        }
    }
}

/// Inserts an ordinal; tells whether no entry of the same hash was met on the way.
fn insert(slots: &mut [u64], hash: u32, ordinal: u32) -> bool {
    let size = slots.len();
    let mut place = hash as usize & (size - 1);
    let mut alone = true;
    while slots[place] != 0 {
        alone &= (slots[place] >> 32) as u32 != hash;
        place = (place + 1) & (size - 1);
    }
    slots[place] = u64::from(hash) << 32 | (u64::from(ordinal) + 1);
    alone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::bytes::{AlignedBytes, SharedBytes};
    use crate::format::keys;
    use crate::format::section::Section;

    fn keys_of(names: &[&str]) -> Keys {
        let bytes = SharedBytes::whole(AlignedBytes::copy_of(&keys::encode(names)));
        Keys::read(&Section { kind: Some(SectionKind::Keys), instance: 0, count: names.len() as u32, bytes }).unwrap()
    }

    #[test]
    fn keys_are_found_in_every_cell() {
        let mut catalog = Catalog::default();
        assert_eq!(catalog.find("a"), None);
        catalog.attach(3, keys_of(&["c", "d"])).unwrap();
        catalog.attach(0, keys_of(&["a", "b", "x"])).unwrap();
        for (key, ordinal) in [("a", 0), ("b", 1), ("x", 2), ("c", 3), ("d", 4)] {
            assert_eq!(catalog.find(key), Some(Ordinal(ordinal)));
            assert_eq!(catalog.key(Ordinal(ordinal)).as_deref(), Some(key));
        }
        assert_eq!(catalog.find("e"), None);
        assert_eq!(catalog.key(Ordinal(5)), None);
    }

    #[test]
    fn a_key_cannot_be_taken_twice() {
        let mut catalog = Catalog::default();
        catalog.attach(0, keys_of(&["a", "b"])).unwrap();
        assert!(catalog.attach(2, keys_of(&["c", "b"])).is_err());
        assert_eq!((catalog.find("c"), catalog.key(Ordinal(2))), (None, None), "a refused cell leaves nothing to find");
        catalog.attach(2, keys_of(&["d", "c"])).unwrap();
        let found = ["a", "b", "c", "d"].map(|key| catalog.find(key));
        assert_eq!(found, [0, 1, 3, 2].map(|item| Some(Ordinal(item))), "and another one takes its place");
        assert!(Catalog::default().attach(0, keys_of(&["a", "b", "a"])).is_err());
    }

    #[test]
    fn many_keys() {
        let names: Vec<String> = (0..5000).map(|n| format!("item-{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut catalog = Catalog::default();
        catalog.attach(0, keys_of(&names)).unwrap();
        assert!((0..5000u32).all(|n| catalog.find(names[n as usize]) == Some(Ordinal(n))));
    }
}
