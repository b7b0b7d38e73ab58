//! Section `crowds` (docs/FORMAT.md 5.1): ranked items by key, for coarse segments of users above all; and the text of keys.

use crate::candidate::{Candidate, ItemSet};
use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, put_string, put_varint, utf8};
use crate::format::section::Section;
use crate::ids::Ordinal;

/// Key of the list of what is new. Keys of crowds begin with `%` only where an escape follows.
pub const NEW: &str = "%new";
/// Beginning of the key of an attribute value's list; `name=value` follows, nothing escaped: a reader knows it by its hash.
pub const OF_VALUE: &str = "%a:";
/// Beginning of the key of a cohort's list; its number follows.
pub const OF_COHORT: &str = "%c:";

/// One ranked list.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    /// Key as [`crowd_key`] makes it, empty = everyone; or one of the others above.
    pub key: String,
    /// Users behind the list.
    pub users: u32,
    /// Best first; scores positive or zero, not increasing.
    pub items: Vec<Candidate>,
}

/// Text of a crowd key: `name=value` joined by `&`, in the order given; `%`, `=` and `&` are escaped.
pub fn crowd_key<'a>(parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut key = Vec::new();
    for (name, value) in parts {
        if !key.is_empty() {
            key.push(b'&');
        }
        escape(&mut key, name);
        key.push(b'=');
        escape(&mut key, value);
    }
    utf8(&key).map(String::from).unwrap_or_default()
}

/// Letter by letter would be more code: what is escaped is one byte each, and no byte of a longer letter is one of them.
fn escape(to: &mut Vec<u8>, text: &str) {
    for byte in text.as_bytes() {
        let escaped: &[u8] = match byte {
            b'%' => b"%25",
            b'=' => b"%3D",
            b'&' => b"%26",
            other => core::slice::from_ref(other),
        };
        to.extend_from_slice(escaped);
    }
}

/// Reads all lists of a catalogue of `items` items, in ascending order of their keys.
pub fn read(section: &Section, items: u32) -> Result<Vec<Crowd>, FormatError> {
    let mut reader = Reader::new(&section.bytes, Part::Crowds);
    // The shortest list takes 7 bytes.
    reader.check(section.count as usize <= reader.remaining() / 7, &"more lists than its bytes can hold");
    let mut crowds: Vec<Crowd> = Vec::new();
    for _ in 0..section.count {
        let crowd = read_one(&mut reader, items);
        let ascending = crowds.last().is_none_or(|before| before.key < crowd.key);
        if !reader.check(ascending, &"keys are not in ascending order") {
            break;
        }
        crowds.push(crowd);
    }
    reader.finish()?;
    Ok(crowds)
}

fn read_one(reader: &mut Reader<'_>, catalogue: u32) -> Crowd {
    let key = String::from(reader.string());
    let users = reader.varint();
    let count = reader.varint() as usize;
    let top = reader.f32();
    reader.check(top.is_finite() && top > 0.0, &"the largest score is not positive and finite");
    reader.check(count <= reader.remaining(), &"a list is longer than the bytes that are there");
    let (mut items, mut distinct) = (Vec::new(), Vec::new());
    while reader.is_well() && items.len() < count {
        let ordinal = reader.varint();
        reader.check(ordinal < catalogue, &"an item lies outside the catalogue");
        items.push(Candidate { item: Ordinal(ordinal), score: 0.0 });
        distinct.push(Ordinal(ordinal));
    }
    reader.check(ItemSet::from(distinct).as_slice().len() == items.len(), &"an item stands twice in a list");
    let mut before = u8::MAX;
    for (candidate, &code) in items.iter_mut().zip(reader.take(count)) {
        reader.check(code <= before, &"scores increase");
        candidate.score = expand(top, code);
        before = code;
    }
    Crowd { key, users, items }
}

fn expand(top: f32, code: u8) -> f32 {
    let root = f32::from(code) * (1.0 / 255.0);
    top * (root * root)
}

/// Encodes lists; their keys must be unique, their items best first, their scores positive.
pub fn encode(crowds: &[Crowd]) -> Vec<u8> {
    let mut sorted: Vec<&Crowd> = crowds.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let mut to = Vec::new();
    for crowd in sorted {
        let top = crowd.items.first().map_or(f32::MIN_POSITIVE, |c| c.score.max(f32::MIN_POSITIVE));
        put_string(&mut to, &crowd.key);
        put_varint(&mut to, u64::from(crowd.users));
        put_varint(&mut to, crowd.items.len() as u64);
        to.extend_from_slice(&top.to_le_bytes());
        for candidate in &crowd.items {
            put_varint(&mut to, u64::from(candidate.item.0));
        }
        // No positive score becomes zero: an item without a score is no proposal.
        to.extend(crowd.items.iter().map(|c| ((c.score / top).max(0.0).sqrt() * 255.0).round().max(1.0) as u8));
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::bytes::{AlignedBytes, SharedBytes};
    use crate::format::section::SectionKind;

    fn read_bytes(bytes: &[u8], count: u32, items: u32) -> Result<Vec<Crowd>, FormatError> {
        let bytes = SharedBytes::whole(AlignedBytes::copy_of(bytes));
        read(&Section { kind: Some(SectionKind::Crowds), instance: 0, count, bytes }, items)
    }

    fn crowd(key: &str, items: &[(u32, f32)]) -> Crowd {
        let items = items.iter().map(|&(item, score)| Candidate { item: Ordinal(item), score }).collect();
        Crowd { key: key.into(), users: 50, items }
    }

    #[test]
    fn keys_are_escaped() {
        assert_eq!(crowd_key([]), "");
        assert_eq!(crowd_key([("age", "25-34"), ("city", "Å&B=100%")]), "age=25-34&city=Å%26B%3D100%25");
    }

    #[test]
    fn lists_come_back_sorted_by_key() {
        let lists = [crowd("b", &[(3, 1.0), (1, 0.25)]), crowd("", &[(2, 0.5)]), crowd("a", &[])];
        let read = read_bytes(&encode(&lists), 3, 4).unwrap();
        let keys: Vec<&str> = read.iter().map(|c| c.key.as_str()).collect();
        assert_eq!(keys, ["", "a", "b"]);
        assert_eq!(read[2].items[0], Candidate { item: Ordinal(3), score: 1.0 });
        assert!((read[2].items[1].score - 0.25).abs() < 0.005);
    }

    #[test]
    fn lies_are_refused() {
        let bytes = encode(&[crowd("", &[(2, 0.5), (1, 0.1)])]);
        assert!(read_bytes(&bytes, 1, 3).is_ok());
        assert!(read_bytes(&bytes, 1, 2).is_err());
        assert!(read_bytes(&bytes, u32::MAX, 3).is_err());
        assert!(read_bytes(&encode(&[crowd("", &[(1, 0.5), (1, 0.1)])]), 1, 3).is_err());
        assert!(read_bytes(&encode(&[crowd("", &[(1, 0.1), (2, 0.1)]), crowd("", &[(1, 0.5)])]), 2, 3).is_err());
        for cut in 0..bytes.len() {
            assert!(read_bytes(&bytes[..cut], 1, 3).is_err(), "cut at {cut}");
        }
    }
}
