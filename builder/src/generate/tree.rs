//! The catalogue's shape: items in clusters, clusters on a binary tree. Owns sizes and neighbourhood; knows no user.
//!
//! Items are numbered by cluster and clusters by their place on the tree, so that near numbers are near things and every
//! node of the tree is one range of clusters and one range of items.

use std::ops::Range;

use super::dice::{Dice, Shuffle, Stream, Zipf, eighth_root, hash, power};

/// One cluster.
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    /// Its first item.
    pub first: u32,
    /// How many items it has.
    pub len: u32,
    /// From popularity rank to place in the cluster.
    pub places: Shuffle,
    /// The law of popularity ranks.
    pub ranks: Zipf,
}

/// All clusters, in the order of the tree.
#[derive(Clone, Debug)]
pub struct Tree {
    clusters: Vec<Cluster>,
    /// Clusters by size: the largest first.
    by_size: Shuffle,
    sizes: Zipf,
    /// Levels below the root.
    pub depth: u32,
}

impl Tree {
    /// `items ^ 5/8` clusters (1,300 of 75 at a hundred thousand items, 5,600 of 180 at a million) whose sizes fall with the rank to the
    /// power of -5/8.
    pub fn new(items: u32, seed: u64) -> Self {
        let count = (power(eighth_root(f64::from(items)), 5) as u32).clamp(1, (items / 4).max(1));
        let by_size = Shuffle::new(count, hash(seed, Stream::Shuffle, 0, 0));
        let three_eighths = |x: f64| power(eighth_root(x), 3);
        let span = three_eighths(f64::from(count) + 1.0) - 1.0;
        let before = |rank: u32| (f64::from(items) * ((three_eighths(f64::from(rank) + 1.0) - 1.0) / span)) as u32;
        let mut clusters = Vec::with_capacity(count as usize);
        let mut first = 0;
        for place in 0..count {
            let rank = by_size.from(place);
            let end = if rank + 1 == count { items } else { before(rank + 1) };
            let len = end - before(rank);
            let places = Shuffle::new(len, hash(seed, Stream::Shuffle, 1, u64::from(place)));
            clusters.push(Cluster { first, len, places, ranks: Zipf::new(len) });
            first += len;
        }
        let depth = count.next_power_of_two().trailing_zeros();
        Self { clusters, by_size, sizes: Zipf::new(count), depth }
    }

    /// Number of clusters.
    pub fn len(&self) -> u32 {
        self.clusters.len() as u32
    }

    /// One cluster.
    pub fn cluster(&self, cluster: u32) -> &Cluster {
        &self.clusters[cluster as usize]
    }

    /// The cluster of an item.
    pub fn cluster_of(&self, item: u32) -> u32 {
        self.clusters.partition_point(|cluster| cluster.first <= item) as u32 - 1
    }

    /// The popularity rank of an item in its cluster.
    pub fn rank_of(&self, item: u32) -> u32 {
        let cluster = self.cluster(self.cluster_of(item));
        cluster.places.from(item - cluster.first)
    }

    /// The item of a rank in a cluster.
    pub fn ranked(&self, cluster: u32, rank: u32) -> u32 {
        let cluster = self.cluster(cluster);
        cluster.first + cluster.places.to(rank)
    }

    /// An item of a cluster, by popularity.
    pub fn draw(&self, cluster: u32, dice: &mut Dice) -> u32 {
        self.ranked(cluster, self.cluster(cluster).ranks.draw(dice))
    }

    /// The clusters under the node that lies `height` levels above a cluster.
    pub fn under(&self, cluster: u32, height: u32) -> Range<u32> {
        let height = height.min(self.depth);
        let first = cluster >> height << height;
        first..self.len().min(first + (1 << height))
    }

    /// A cluster among these, by size.
    pub fn among(&self, clusters: Range<u32>, dice: &mut Dice) -> u32 {
        let first = self.cluster(clusters.start).first;
        let last = self.cluster(clusters.end - 1);
        self.cluster_of(first + dice.below(last.first + last.len - first))
    }

    /// Another cluster near this one: one level up half of the time, two a quarter of the time, and so on.
    pub fn near(&self, cluster: u32, dice: &mut Dice) -> u32 {
        let height = 1 + dice.bits().trailing_zeros();
        self.among(self.under(cluster, height), dice)
    }

    /// A cluster by size rank: the large ones are what everybody knows.
    pub fn known_to_all(&self, dice: &mut Dice) -> u32 {
        self.by_size.to(self.sizes.draw(dice))
    }

    /// Height of the nodes of which there are at most `2 ^ levels`.
    pub fn height_of(&self, levels: u32) -> u32 {
        self.depth.saturating_sub(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_lies_in_one_cluster_and_sizes_fall_as_promised() {
        for items in [1, 3, 10, 200, 5000, 100_000] {
            let tree = Tree::new(items, 9);
            let mut next = 0;
            for cluster in 0..tree.len() {
                let own = tree.cluster(cluster);
                assert_eq!(own.first, next);
                assert!(own.len > 0, "{items}: cluster {cluster} is empty");
                next += own.len;
                assert_eq!((tree.cluster_of(own.first), tree.cluster_of(next - 1)), (cluster, cluster));
            }
            assert_eq!(next, items);
        }
        let tree = Tree::new(1_000_000, 9);
        let mut sizes: Vec<u32> = (0..tree.len()).map(|cluster| tree.cluster(cluster).len).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let slope = (f64::from(sizes[9]) / f64::from(sizes[999])).log10() / 2.0;
        assert!((slope - 0.625).abs() < 0.02, "slope {slope} over {} clusters", sizes.len());
    }

    #[test]
    fn ranks_and_places_are_one_to_one() {
        let tree = Tree::new(5000, 4);
        for item in 0..5000 {
            assert_eq!(tree.ranked(tree.cluster_of(item), tree.rank_of(item)), item);
        }
    }

    #[test]
    fn near_is_mostly_next_door() {
        let tree = Tree::new(100_000, 4);
        let mut dice = Dice::new(1, Stream::Drift, 0, 0);
        let near = (0..4000).filter(|_| tree.near(500, &mut dice).abs_diff(500) < 8).count();
        assert!(near > 3000, "{near} of 4000 within eight clusters");
    }
}
