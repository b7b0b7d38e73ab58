//! What the catalogue says of an item: title, category, brand, price, tags. Owns the vocabulary. Words belong to nodes of
//! the tree, so that text alone tells roughly where an item's vector lies.

use super::dice::{Dice, Stream, hash};
use super::law::Law;
use super::people::DEPARTMENT_LEVELS;

/// Categories: the first eight levels of the tree.
const CATEGORY_LEVELS: u32 = 8;
/// Words that a node of the tree calls its own.
const WORDS: u32 = 3;
/// Words that may stand anywhere and mean nothing.
const FILLERS: u32 = 2000;
/// Brands of a department.
const BRANDS: u32 = 40;
const TAGS: [&str; 48] = [
    "acoustic", "antique", "bamboo", "big", "black", "blue", "bright", "classic", "compact", "cosy", "cotton", "dark",
    "double", "eco", "electric", "everyday", "extra", "fast", "festive", "flat", "foldable", "fresh", "gift", "glossy",
    "green", "handmade", "heavy", "hybrid", "indoor", "kids", "leather", "light", "limited", "matt", "mini", "modern",
    "natural", "outdoor", "portable", "pro", "red", "retro", "silent", "slim", "steel", "travel", "vegan", "white",
];

/// One row of the catalogue, without key and birth.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// A few words, the first of which belong to the item's part of the tree.
    pub title: String,
    /// One word for each of at most 256 categories.
    pub category: String,
    /// One of forty of the department, mostly one of the cluster's three.
    pub brand: String,
    /// In hundredths.
    pub price: u32,
    /// Up to three, joined by `|`.
    pub tags: String,
}

impl Law {
    /// What the catalogue says of an item.
    pub fn description(&self, item: u32) -> Description {
        let cluster = self.cluster_of(item);
        let mut dice = Dice::new(self.size.seed, Stream::Word, u64::from(item), 0);
        let category_height = self.tree.height_of(CATEGORY_LEVELS);
        let mut title = self.word(0, cluster, dice.below(WORDS));
        let middle = category_height.min(2);
        for (height, chance) in [(0, 0.5), (middle, 0.7), (category_height, 0.6)] {
            if dice.chance(chance) {
                title.push(' ');
                title.push_str(&self.word(height, cluster >> height, dice.below(WORDS)));
            }
        }
        let filler = self.spelled(hash(self.size.seed, Stream::Word, 1, u64::from(dice.below(FILLERS))));
        title.push_str(&format!(" {filler}"));

        let shelf =
            |stream_part: u64, node: u32| Dice::new(self.size.seed, Stream::Shelf, u64::from(node), stream_part);
        let category = cluster >> category_height;
        let department = cluster >> self.tree.height_of(DEPARTMENT_LEVELS);
        let of_cluster = dice
            .chance(0.7)
            .then(|| hash(self.size.seed, Stream::Shelf, u64::from(cluster), u64::from(2 + dice.below(3))));
        let brand = of_cluster.map_or_else(|| dice.below(BRANDS), |bits| (bits % u64::from(BRANDS)) as u32);
        let brand = self.spelled(hash(self.size.seed, Stream::Word, 2 + u64::from(department), u64::from(brand)));
        let base = shelf(8, category).below(8);
        let price = (500 << base) / 2 * (60 + dice.below(80)) / 100;

        let mut tags: Vec<&str> = Vec::new();
        let mut usual = shelf(9, category);
        let usual: [u32; 6] = std::array::from_fn(|_| usual.below(TAGS.len() as u32));
        for _ in 0..1 + dice.below(3) {
            let tag = if dice.chance(0.8) { usual[dice.below(6) as usize] } else { dice.below(TAGS.len() as u32) };
            if !tags.contains(&TAGS[tag as usize]) {
                tags.push(TAGS[tag as usize]);
            }
        }
        tags.sort_unstable();
        Description {
            title: capital(title),
            category: capital(self.word(category_height, category, WORDS)),
            brand: capital(brand),
            price: price - price % 100 + 99,
            tags: tags.join("|"),
        }
    }

    /// A word of a node of the tree.
    fn word(&self, height: u32, node: u32, which: u32) -> String {
        let node = u64::from(height) << 32 | u64::from(node);
        self.spelled(hash(self.size.seed, Stream::Word, 1000 + u64::from(which), node))
    }

    /// Three syllables.
    fn spelled(&self, mut bits: u64) -> String {
        let mut word = String::with_capacity(7);
        for _ in 0..3 {
            word.push(char::from(b"bcdfghjklmnprstvwz"[(bits % 18) as usize]));
            word.push(char::from(b"aeiou"[(bits / 18 % 5) as usize]));
            bits /= 90;
        }
        if bits.is_multiple_of(3) {
            word.push(char::from(b"nrsl"[(bits / 3 % 4) as usize]));
        }
        word
    }
}

fn capital(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::generate::Size;

    #[test]
    fn text_tells_the_neighbourhood() {
        let law = Law::new(Size { items: 20_000, ..Size::default() });
        let first = |item| law.description(item).title.split(' ').next().unwrap().to_owned();
        let mut clusters: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for item in (0..20_000).step_by(3) {
            clusters.entry(first(item)).or_default().push(law.cluster_of(item));
        }
        let pure = clusters.values().filter(|of| of.iter().all(|cluster| cluster == &of[0])).count();
        assert!(pure * 100 > clusters.len() * 98, "{pure} of {} first words name one cluster", clusters.len());
    }

    #[test]
    fn columns_have_few_values() {
        let law = Law::new(Size { items: 20_000, ..Size::default() });
        let all: Vec<Description> = (0..20_000).map(|item| law.description(item)).collect();
        let distinct =
            |column: fn(&Description) -> &str| all.iter().map(column).collect::<std::collections::BTreeSet<_>>().len();
        assert!((100..=256).contains(&distinct(|it| &it.category)));
        assert!((200..=640).contains(&distinct(|it| &it.brand)));
        assert!(all.iter().all(|it| it.price % 100 == 99 && it.price > 100 && !it.tags.is_empty()));
    }
}
