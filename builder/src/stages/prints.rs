//! Fingerprints of what the catalogue says of items: alike in most bits where the words are alike. Owns the formula; what differs in
//! too few bits is the runtime's to judge.
//!
//! SimHash (Charikar 2002; Manku, Jain and Das Sarma 2007 on near-duplicate pages) over the words of an item, each counted once and
//! all alike: its fingerprint is that of its own text, so that a file keeps its name as long as its items keep theirs. A word is
//! hashed by FNV-1a in 64 bits and mixed; of every bit the words vote, and more than half of them make it 1. Two items of `n` words
//! that share all but one differ in about `64 / π × √(2 / n)` bits.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::config::DuplicatesConfig;
use crate::model::ItemAttributes;
use crate::splitmix::mix;
use crate::typed::type_columns;
use edge_recall::format::attribute::AttributeType;

/// The fingerprint of every item, 0 where the catalogue says nothing of it.
///
/// # Errors
/// Names a column that the catalogue lacks, and the first item whose fingerprint is not 16 hex digits.
pub fn prints(items: &ItemAttributes, keys: &[String], config: &DuplicatesConfig) -> Result<Vec<u64>> {
    let place = |name: &String| {
        let place = items.names.iter().position(|known| known == name);
        place.with_context(|| {
            format!("[duplicates]: the catalogue has no column `{name}`, only {}", items.names.join(", "))
        })
    };
    if let Some(column) = &config.prints {
        let column = place(column)?;
        return items.values.iter().zip(keys).map(|(row, key)| given(&row[column], key)).collect();
    }
    let columns: Vec<usize> = match &config.columns {
        Some(names) => names.iter().map(place).collect::<Result<_>>()?,
        None => {
            let typed = type_columns(items, true).0;
            let has_words = |place: &usize| typed[*place].kind != AttributeType::Number;
            (0..typed.len()).filter(has_words).collect()
        }
    };
    Ok(items.values.iter().map(|row| of_words(columns.iter().map(|&column| row[column].as_str()))).collect())
}

/// A fingerprint as the catalogue has it; an empty field says that there is none.
fn given(text: &str, key: &str) -> Result<u64> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    match u64::from_str_radix(text, 16) {
        Ok(print) if text.len() == 16 && !text.starts_with('+') => Ok(print),
        _ => bail!("[duplicates] prints: item {key} has {text:?}; give 16 hex digits, or nothing where there is none"),
    }
}

/// The fingerprint of the words of some texts: runs of letters and digits in lower case.
fn of_words<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    let mut words = BTreeSet::new();
    for text in texts {
        let lower = text.to_lowercase();
        words
            .extend(lower.split(|letter: char| !letter.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned));
    }
    let mut votes = [0i32; 64];
    for word in &words {
        let hash = mix(fnv(word));
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    let print = (0..64).fold(0u64, |print, bit| print | u64::from(votes[bit] > 0) << bit);
    // 0 says that there is no fingerprint.
    if words.is_empty() { 0 } else { print.max(1) }
}

fn fnv(word: &str) -> u64 {
    word.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(rows: &[&[&str]]) -> (ItemAttributes, Vec<String>) {
        let texts = |row: &[&str]| row.iter().map(|&text| text.to_owned()).collect();
        let names = texts(&["title", "brand", "price"]);
        let values = rows.iter().map(|row| texts(row)).collect();
        (ItemAttributes { names, values }, (0..rows.len()).map(|item| format!("i{item}")).collect())
    }

    fn apart(a: u64, b: u64) -> u32 {
        (a ^ b).count_ones()
    }

    #[test]
    fn the_words_count_and_not_their_order_case_or_signs() {
        let (items, keys) = catalogue(&[
            &["Red Shoe, size 42", "Acme", "10"],
            &["shoe (RED) 42 - Size 42!", "ACME", "12"],
            &["Blue Kettle 2 l", "Other", "10"],
            &["", "", "7"],
        ]);
        let prints = prints(&items, &keys, &DuplicatesConfig::default()).unwrap();
        assert_eq!(prints[0], prints[1]);
        assert!(apart(prints[0], prints[2]) > 15);
        assert_eq!(prints[3], 0, "a price is no word");
        let of = |columns: &[&str]| {
            let columns = Some(columns.iter().map(|&name| name.to_owned()).collect());
            super::prints(&items, &keys, &DuplicatesConfig { columns, ..DuplicatesConfig::default() })
        };
        assert_ne!(of(&["title", "price"]).unwrap()[0], of(&["title", "price"]).unwrap()[1]);
        let message = of(&["name"]).unwrap_err().to_string();
        assert!(message.ends_with("no column `name`, only title, brand, price"), "{message}");
    }

    #[test]
    fn one_word_is_its_hash_and_the_majority_decides() {
        assert_eq!(of_words(["Shoe"].into_iter()), mix(fnv("shoe")));
        let [a, b, c] = ["red", "shoe", "acme"].map(|word| mix(fnv(word)));
        assert_eq!(of_words(["red shoe acme"].into_iter()), (a & b) | (a & c) | (b & c));
        assert_eq!(of_words(["red shoe"].into_iter()), a & b, "half of them are not enough");
        assert_eq!(fnv("a"), 0xAF63_DC4C_8601_EC8C, "the published hash");
    }

    #[test]
    fn the_more_words_are_shared_the_nearer() {
        let text =
            |changed: usize| (0..40).map(|n| format!("w{}", if n < changed { 100 + n } else { n })).collect::<Vec<_>>();
        let print = |changed| of_words([text(changed).join(" ").as_str()].into_iter());
        let steps = [0, 1, 8, 40].map(|changed| apart(print(0), print(changed)));
        assert!(steps[0] == 0 && steps[1] < 10 && steps.is_sorted() && steps[3] > 20, "{steps:?}");
    }

    #[test]
    fn fingerprints_from_elsewhere_are_taken_as_they_are() {
        let from = |texts: &[&str]| {
            let rows: Vec<Vec<&str>> = texts.iter().map(|&text| vec![text, "", ""]).collect();
            let (items, keys) = catalogue(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prints(&items, &keys, &DuplicatesConfig { prints: Some("title".into()), ..DuplicatesConfig::default() })
        };
        assert_eq!(from(&["00000000000000ff", " FFFFFFFFFFFFFFFF ", ""]).unwrap(), [255, u64::MAX, 0]);
        for wrong in ["ff", "+0000000000000ff", "00000000000000fg", "0x000000000000ff"] {
            let message = from(&["00000000000000ff", wrong]).unwrap_err().to_string();
            assert!(message.contains("item i1 has") && message.contains("16 hex digits"), "{message}");
        }
    }
}
