//! The law of the generator: everything that is true of an item, worked out from its number alone. Owns vectors, rows,
//! popularity, births and keys, for catalogues of any size; what people do with items is in `people.rs`.
//!
//! Items come in the order of their clusters and clusters in the order of their similarity, so that a writer may go
//! through them from first to last, or in many threads at once, and store nothing.

use std::ops::Range;

use super::Size;
use super::dice::{Dice, Shuffle, Stream, hash};
use super::tree::Tree;

/// Dimension of the true vectors.
pub const DIM: usize = 64;

/// Share of an item's direction that it has from its cluster; the rest is its own.
const OF_CLUSTER: f32 = 0.7;
/// Share of the items that appear while the log is running.
const NEWBORN: f64 = 0.15;

/// The law.
#[derive(Clone, Debug)]
pub struct Law {
    pub(super) size: Size,
    pub(super) tree: Tree,
    centres: Vec<f32>,
    item_numbers: Shuffle,
    user_numbers: Shuffle,
    pub(super) activity: Shuffle,
}

impl Law {
    /// The law of a size and a seed.
    pub fn new(size: Size) -> Self {
        let tree = Tree::new(size.items, size.seed);
        let centres = centres(&tree, size.seed);
        let shuffle = |len, which| Shuffle::new(len, hash(size.seed, Stream::Shuffle, 2, which));
        let numbers = [shuffle(size.items, 0), shuffle(size.users, 1), shuffle(size.users, 2)];
        Self { size, tree, centres, item_numbers: numbers[0], user_numbers: numbers[1], activity: numbers[2] }
    }

    /// What the law was made for.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Number of clusters.
    pub fn clusters(&self) -> u32 {
        self.tree.len()
    }

    /// The cluster of an item.
    pub fn cluster_of(&self, item: u32) -> u32 {
        self.tree.cluster_of(item)
    }

    /// The items of a cluster.
    pub fn items_of(&self, cluster: u32) -> Range<u32> {
        let cluster = self.tree.cluster(cluster);
        cluster.first..cluster.first + cluster.len
    }

    /// The direction of a cluster, not normed. Two clusters share as much of it as their paths on the tree.
    pub fn centre(&self, cluster: u32) -> &[f32] {
        &self.centres[cluster as usize * DIM..(cluster as usize + 1) * DIM]
    }

    /// The true vector of an item: a direction near its cluster's, longer for popular items as learnt vectors are.
    pub fn vector(&self, item: u32) -> [f32; DIM] {
        let cluster = self.tree.cluster_of(item);
        let mut dice = Dice::new(self.size.seed, Stream::Item, u64::from(item), 0);
        let own = ((1.0 - OF_CLUSTER) / DIM as f32).sqrt();
        let mut vector = [0.0; DIM];
        for (value, centre) in vector.iter_mut().zip(self.centre(cluster)) {
            *value = centre + own * dice.normal();
        }
        let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        let rank = self.tree.rank_of(item) as f32;
        let length = 0.6 + 0.9 / (1.0 + rank).sqrt().sqrt();
        vector.map(|value| value * (length / norm))
    }

    /// Share of all draws by interest that fall on an item.
    pub fn popularity(&self, item: u32) -> f64 {
        let cluster = self.tree.cluster(self.tree.cluster_of(item));
        let share = f64::from(cluster.len) / f64::from(self.size.items);
        share * cluster.ranks.share(cluster.places.from(item - cluster.first))
    }

    /// When an item appears, in seconds after the start; 0 = it was always there, as the best of each cluster were.
    pub fn born(&self, item: u32) -> u32 {
        let mut dice = Dice::new(self.size.seed, Stream::Birth, u64::from(item), 0);
        if !dice.chance(NEWBORN) || self.tree.rank_of(item) == 0 {
            return 0;
        }
        1 + dice.below(self.size.seconds().max(2) - 1)
    }

    /// The row of an item: up to `targets` companions, heaviest first, mostly of its own cluster and those beside it.
    pub fn row(&self, item: u32, targets: usize) -> Vec<(u32, f32)> {
        let mut row: Vec<(u32, f32)> = Vec::with_capacity(targets);
        // A small cluster repeats itself; then the row stays short.
        for place in 0..targets as u32 * 3 {
            let target = self.companion(item, place);
            if row.len() == targets {
                break;
            }
            if target != item && row.iter().all(|cell| cell.0 != target) {
                row.push((target, 1.0 / (1.0 + place as f32).sqrt()));
            }
        }
        row
    }

    /// What goes with an item in the place-th place.
    pub(super) fn companion(&self, item: u32, place: u32) -> u32 {
        let mut dice = Dice::new(self.size.seed, Stream::Companion, u64::from(item), u64::from(place));
        let own = self.tree.cluster_of(item);
        let cluster = match dice.unit() {
            share if share < 0.72 => own,
            share if share < 0.95 => self.tree.near(own, &mut dice),
            _ => self.tree.known_to_all(&mut dice),
        };
        self.tree.draw(cluster, &mut dice)
    }

    /// The key of an item. Keys say nothing of clusters.
    pub fn item_key(&self, item: u32) -> String {
        format!("i{}", self.item_numbers.to(item))
    }

    /// The number in the key of an item.
    pub fn item_number(&self, item: u32) -> u32 {
        self.item_numbers.to(item)
    }

    /// The item with a number in its key.
    pub fn item_of_number(&self, number: u32) -> u32 {
        self.item_numbers.from(number)
    }

    /// The key of a user.
    pub fn user_key(&self, user: u32) -> String {
        format!("u{}", self.user_numbers.to(user))
    }

    /// The number in the key of a user.
    pub fn user_number(&self, user: u32) -> u32 {
        self.user_numbers.to(user)
    }
}

/// The sum of what every node on a cluster's path adds: the same share from each level, so that similarity falls evenly
/// with the distance on the tree.
fn centres(tree: &Tree, seed: u64) -> Vec<f32> {
    let scale = (OF_CLUSTER / DIM as f32 / tree.depth.max(1) as f32).sqrt();
    let mut centres = vec![0.0; tree.len() as usize * DIM];
    for height in 0..tree.depth.max(1) {
        let mut node = (u32::MAX, [0.0; DIM]);
        for (cluster, centre) in (0..tree.len()).zip(centres.chunks_exact_mut(DIM)) {
            if node.0 != cluster >> height {
                let mut dice = Dice::new(seed, Stream::Node, u64::from(height), u64::from(cluster >> height));
                node = (cluster >> height, std::array::from_fn(|_| dice.normal() * scale));
            }
            centre.iter_mut().zip(node.1).for_each(|(sum, value)| *sum += value);
        }
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law() -> Law {
        Law::new(Size { items: 20_000, ..Size::default() })
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn similarity_falls_with_the_distance_on_the_tree() {
        let law = law();
        let mut means = [(0.0, 0), (0.0, 0), (0.0, 0)];
        for cluster in (0..law.clusters() - 1).step_by(2) {
            let one = law.vector(law.items_of(cluster).start);
            let far = (cluster + law.clusters() / 2) % law.clusters();
            for (mean, other) in means.iter_mut().zip([cluster, cluster + 1, far]) {
                mean.0 += cosine(&one, &law.vector(law.items_of(other).end - 1));
                mean.1 += 1;
            }
        }
        let [own, beside, far] = means.map(|(sum, count)| sum / count as f32);
        assert!((own - 0.7).abs() < 0.03, "own cluster {own}");
        assert!(beside > 0.5 && beside < own && far.abs() < 0.15, "beside {beside}, far {far}");
    }

    #[test]
    fn rows_stay_in_the_neighbourhood() {
        let law = law();
        let (mut own, mut beside, mut all) = (0, 0, 0);
        for item in (0..20_000).step_by(97) {
            let row = law.row(item, 20);
            assert!(row.windows(2).all(|pair| pair[0].1 > pair[1].1) && row.iter().all(|cell| cell.1 > 0.0));
            assert!(row.iter().all(|cell| cell.0 != item));
            let mut targets: Vec<u32> = row.iter().map(|cell| cell.0).collect();
            targets.sort_unstable();
            targets.dedup();
            assert_eq!(targets.len(), row.len());
            let home = law.cluster_of(item);
            own += targets.iter().filter(|&&target| law.cluster_of(target) == home).count();
            beside += targets.iter().filter(|&&target| law.cluster_of(target).abs_diff(home) < 8).count();
            all += targets.len();
        }
        assert!(own * 10 > all * 5, "{own} of {all} in the own cluster");
        assert!(beside * 10 > all * 8, "{beside} of {all} within eight clusters");
    }

    #[test]
    fn popularity_is_a_share_and_births_are_as_many_as_promised() {
        let law = law();
        let total: f64 = (0..20_000).map(|item| law.popularity(item)).sum();
        assert!((total - 1.0).abs() < 1e-6, "{total}");
        let newborn = (0..20_000).filter(|&item| law.born(item) > 0).count();
        assert!((2700..3300).contains(&newborn), "{newborn}");
        assert!((0..20_000).all(|item| law.born(item) < law.size().seconds()));
    }

    #[test]
    fn keys_differ_and_lead_back() {
        let law = law();
        let keys: std::collections::BTreeSet<String> = (0..20_000).map(|item| law.item_key(item)).collect();
        assert_eq!(keys.len(), 20_000);
        assert!((0..20_000).all(|item| law.item_of_number(law.item_number(item)) == item));
    }
}
