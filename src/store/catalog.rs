//! Item key <-> ordinal, over the key sections of all attached cells.

use crate::error::FormatError;
use crate::format::keys::Keys;
use crate::format::section::SectionKind;
use crate::ids::Ordinal;
use crate::store::Segments;

/// The item keys that are at hand.
#[derive(Clone, Default)]
pub struct Catalog {
    segments: Segments<Keys>,
    /// Open addressing: `hash << 32 | ordinal + 1`, 0 = free. At most half full.
    slots: Vec<u64>,
    known: usize,
}

impl Catalog {
    /// Adds the keys of a cell; refuses a key that another item already has. On error the catalogue is unchanged.
    pub fn attach(&mut self, base: u32, keys: Keys) -> Result<(), FormatError> {
        let mut slots = self.grown(keys.count() as usize);
        let mut doubtful = Vec::new();
        keys.for_each(&mut |slot, key| {
            if !insert(&mut slots, hash(key), base + slot) {
                doubtful.push((slot, hash(key)));
            }
        });
        let mut segments = self.segments.clone();
        let count = keys.count();
        segments.insert(base, count, keys);
        let grown = Catalog { segments, slots, known: self.known + count as usize };
        // Keys of equal hash are rare and usually differ; only they are compared letter by letter.
        for (slot, hash) in doubtful {
            let key = grown.key(Ordinal(base + slot));
            if grown.with_hash(hash).any(|other| other.0 != base + slot && grown.key(other) == key) {
                return Err(FormatError::Rule {
                    section: SectionKind::Keys.name(),
                    rule: "two items have the same key",
                });
            }
        }
        *self = grown;
        Ok(())
    }

    /// Whether the cell of an item is attached.
    pub fn has(&self, item: Ordinal) -> bool {
        self.segments.find(item).is_some()
    }

    /// The key of an item, where its cell is attached.
    pub fn key(&self, item: Ordinal) -> Option<String> {
        self.segments.find(item).map(|(slot, segment)| segment.part.get(slot))
    }

    /// The item of a key, where its cell is attached.
    pub fn find(&self, key: &str) -> Option<Ordinal> {
        self.with_hash(hash(key)).find(|&item| self.key(item).as_deref() == Some(key))
    }

    fn with_hash(&self, hash: u32) -> impl Iterator<Item = Ordinal> + '_ {
        let size = self.slots.len();
        let start = if size == 0 { 0 } else { hash as usize % size };
        let probe = (0..size).map(move |step| self.slots[(start + step) % size]);
        probe
            .take_while(|&entry| entry != 0)
            .filter(move |entry| (entry >> 32) as u32 == hash)
            .map(|entry| Ordinal(entry as u32 - 1))
    }

    /// The table with room for `more` keys.
    fn grown(&self, more: usize) -> Vec<u64> {
        let needed = (self.known + more) * 2;
        if needed <= self.slots.len() {
            return self.slots.clone();
        }
        let mut slots = vec![0; needed.next_power_of_two()];
        for &entry in self.slots.iter().filter(|&&entry| entry != 0) {
            insert(&mut slots, (entry >> 32) as u32, entry as u32 - 1);
        }
        slots
    }
}

/// Inserts an ordinal; tells whether no entry of the same hash was met on the way.
fn insert(slots: &mut [u64], hash: u32, ordinal: u32) -> bool {
    let size = slots.len();
    let mut place = hash as usize % size;
    let mut alone = true;
    while slots[place] != 0 {
        alone &= (slots[place] >> 32) as u32 != hash;
        place = (place + 1) % size;
    }
    slots[place] = u64::from(hash) << 32 | (u64::from(ordinal) + 1);
    alone
}

/// FNV-1a with a final mix, so that the low bits depend on all of the key.
fn hash(key: &str) -> u32 {
    let mixed = key.bytes().fold(0x811C_9DC5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (mixed ^ mixed >> 15).wrapping_mul(0x2C1B_3C6D) ^ mixed >> 13
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
        assert_eq!(catalog.find("c"), None, "a refused cell leaves nothing behind");
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
