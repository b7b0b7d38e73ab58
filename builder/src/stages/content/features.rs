//! What a catalogue says about its items, as sparse rows. Owns which words and values count, and how much.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::model::ItemAttributes;
use crate::sparse::Csr;
use crate::typed::TAG_SEPARATOR;

/// Most features; beyond, the commonest stay.
const MOST: usize = 50_000;
/// Known items that a feature needs: what a single one has teaches nothing about others.
const FEWEST_ITEMS: u32 = 2;
/// A column of numbers is cut into so many bins, each with as many known items.
const BINS: usize = 8;

/// One row an item: its features, rare ones heavier, together of length 1. Only what `teachers` share counts. Items that
/// are not `wanted` get empty rows: a large catalogue has far more known items than it takes to teach.
pub fn of(attributes: &ItemAttributes, teachers: &[usize], wanted: &[bool]) -> Csr {
    let bins: Vec<Option<Vec<f32>>> =
        (0..attributes.names.len()).map(|column| bins(attributes, column, teachers)).collect();
    let said = |row: usize| attributes.values.get(row).map_or(BTreeSet::new(), |values| said(values, &bins));
    let mut counts: HashMap<Feature, u32> = HashMap::new();
    for &row in teachers {
        said(row).into_iter().for_each(|feature| *counts.entry(feature).or_default() += 1);
    }
    // what every teacher has tells none of them apart
    let tells = |count: u32| count >= FEWEST_ITEMS && (count as usize) < teachers.len();
    let mut kept: Vec<(Feature, u32)> = counts.into_iter().filter(|entry| tells(entry.1)).collect();
    kept.sort_unstable_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    kept.truncate(MOST);
    // count ^ -1/4: roots round the same everywhere, logarithms do not
    let weight = |count: u32| (1.0 / f64::from(count).sqrt()).sqrt() as f32;
    let numbers: HashMap<Feature, (u32, f32)> =
        kept.into_iter().zip(0..).map(|((feature, count), place)| (feature, (place, weight(count)))).collect();
    let cells = |(row, &wanted): (usize, &bool)| {
        let said = if wanted { said(row) } else { BTreeSet::new() };
        let mut own: Vec<(u32, f32)> = said.iter().filter_map(|feature| numbers.get(feature)).copied().collect();
        own.sort_unstable_by_key(|cell| cell.0);
        let length = own.iter().map(|cell| cell.1 * cell.1).sum::<f32>().sqrt();
        own.iter_mut().for_each(|cell| cell.1 /= length);
        own
    };
    let mut rows = Csr { offsets: vec![0], width: numbers.len(), ..Csr::default() };
    for own in wanted.par_iter().enumerate().map(cells).collect::<Vec<_>>() {
        rows.columns.extend(own.iter().map(|cell| cell.0));
        rows.values.extend(own.iter().map(|cell| cell.1));
        rows.offsets.push(rows.columns.len());
    }
    rows
}

/// A column, what kind of thing was read there, and the thing.
type Feature = (usize, Kind, String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    /// The whole value, or one of its tags.
    Value,
    /// A word of a longer value.
    Word,
    /// A bin of numbers.
    Bin,
}

/// All that a row of the catalogue says, each thing once.
fn said(values: &[String], bins: &[Option<Vec<f32>>]) -> BTreeSet<Feature> {
    let mut said = BTreeSet::new();
    for (column, (value, bins)) in values.iter().zip(bins).enumerate() {
        if let Some(edges) = bins {
            if let Ok(number) = value.trim().parse::<f32>() {
                let bin = edges.partition_point(|&edge| edge <= number);
                said.insert((column, Kind::Bin, bin.to_string()));
            }
            continue;
        }
        for tag in value.split(TAG_SEPARATOR).map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()) {
            let words = tag.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
            said.extend(words.filter(|word| *word != tag).map(|word| (column, Kind::Word, word.to_owned())));
            said.insert((column, Kind::Value, tag));
        }
    }
    said
}

/// The inner edges of the bins of a column, where all its values are numbers.
fn bins(attributes: &ItemAttributes, column: usize, teachers: &[usize]) -> Option<Vec<f32>> {
    let texts = teachers.iter().filter_map(|&row| attributes.values.get(row)?.get(column)).map(|text| text.trim());
    let numbers = texts.filter(|text| !text.is_empty()).map(|text| text.parse().ok().filter(|x: &f32| x.is_finite()));
    let mut numbers = numbers.collect::<Option<Vec<f32>>>().filter(|numbers| !numbers.is_empty())?;
    numbers.sort_unstable_by(f32::total_cmp);
    let mut edges: Vec<f32> = (1..BINS).map(|bin| numbers[bin * numbers.len() / BINS]).collect();
    edges.dedup();
    Some(edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(names: &[&str], values: &[&[&str]]) -> ItemAttributes {
        let owned = |row: &[&str]| row.iter().map(|&text| text.to_owned()).collect();
        ItemAttributes { names: owned(names), values: values.iter().map(|row| owned(row)).collect() }
    }

    #[test]
    fn tags_words_and_bins() {
        let bins = [None, Some(vec![1990.0, 2000.0]), None];
        let values = ["Drama| war ", "1995", "Der HÖLLE entgegen"].map(str::to_owned);
        let feature = |column, kind, text: &str| (column, kind, text.to_owned());
        let expected = [
            feature(0, Kind::Value, "drama"),
            feature(0, Kind::Value, "war"),
            feature(1, Kind::Bin, "1"),
            feature(2, Kind::Value, "der hölle entgegen"),
            feature(2, Kind::Word, "der"),
            feature(2, Kind::Word, "entgegen"),
            feature(2, Kind::Word, "hölle"),
        ];
        assert_eq!(said(&values, &bins).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_what_some_teachers_share_counts_and_the_rare_weighs_more() {
        let values: &[&[&str]] =
            &[&["a|b|every"], &["a|c|every"], &["b|every"], &["a|once|every"], &["b|a|once"], &["once"], &[]];
        let rows = of(&catalogue(&["tags"], values), &[0, 1, 2, 3], &[true; 8]);
        assert_eq!(rows.width, 2, "a and b");
        assert_eq!((rows.row(4).0, rows.row_len(5), rows.row_len(6), rows.row_len(7)), (&[0, 1][..], 0, 0, 0));
        assert_eq!(of(&catalogue(&["tags"], values), &[0, 1, 2, 3], &[false; 8]).columns, [0_u32; 0], "nobody asked");
        let [a, b] = rows.row(4).1 else { panic!("two features") };
        assert!(a < b, "three teachers have a, two b");
        assert!((a * a + b * b - 1.0).abs() < 1e-6);
    }

    #[test]
    fn numbers_fall_into_bins_of_equal_weight() {
        let years: Vec<String> = (0..64).map(|n| format!("{}", 1950 + n)).collect();
        let values: Vec<Vec<String>> = years.into_iter().map(|year| vec![year]).collect();
        let attributes = ItemAttributes { names: vec!["year".into()], values };
        let rows = of(&attributes, &(0..64).collect::<Vec<_>>(), &[true; 64]);
        assert_eq!(rows.width, 8);
        assert_eq!(rows.column_counts(), [8; 8]);
        let mixed = catalogue(&["year"], &[&["1995"], &["unknown"], &["1995"], &["1996"]]);
        assert_eq!(bins(&mixed, 0, &[0, 1, 2]), None, "text after all");
        assert_eq!(bins(&mixed, 0, &[0, 2]), Some(vec![1995.0]));
    }
}
