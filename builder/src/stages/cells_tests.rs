//! Cells: what may be published as they are, what is alike stays together, determinism.

use super::*;
use crate::stages::fixture::on_threads;

/// SplitMix64 to a number from -1 to 1.
fn noise(place: u64) -> f32 {
    let mut bits = (place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
}

/// `items` vectors around `topics` random directions, of very different lengths; item `i` is about topic `i % topics`.
fn topical(items: usize, topics: usize, dim: usize) -> ItemVectors {
    let mut rows = Vec::new();
    for item in 0..items {
        let length = 1.0 + 9.0 * noise(item as u64).abs();
        for place in 0..dim {
            let topic = noise((item % topics * dim + place) as u64 + 1_000_000);
            let own = noise((item * dim + place) as u64 + 2_000_000);
            rows.push(length * (topic + 0.2 * own));
        }
    }
    ItemVectors { dim, rows }
}

fn alike(items: usize) -> Vec<u32> {
    vec![1; items]
}

/// Everything a directory relies on.
fn check(clustering: &Clustering, items: usize) {
    let mut rows = clustering.order.clone();
    rows.sort_unstable();
    assert_eq!(rows, (0..items as u32).collect::<Vec<_>>());
    for (ranges, total) in [(&clustering.cells, items), (&clustering.leaves, clustering.cells.len())] {
        assert!(ranges.iter().all(|range| !range.is_empty()));
        assert_eq!(ranges.iter().flat_map(Clone::clone).collect::<Vec<_>>(), (0..total as u32).collect::<Vec<_>>());
    }
}

fn balanced(clustering: &Clustering) {
    let mean = clustering.order.len() as f64 / clustering.cells.len() as f64;
    for cell in &clustering.cells {
        let share = cell.len() as f64 / mean;
        assert!((0.5..=1.5).contains(&share) || cell.len() == 1 || cell.len() == 2, "{share} of {mean}");
    }
    let leaves = clustering.leaves.iter().map(Range::len);
    assert!(leaves.clone().max().unwrap() <= leaves.min().unwrap() + 2, "{:?}", clustering.leaves);
}

#[test]
fn any_number_of_cells_and_leaves() {
    for (items, cells, leaves) in
        [(1, 1, 1), (2, 2, 2), (7, 3, 2), (50, 49, 7), (50, 50, 50), (300, 17, 4), (300, 2, 9)]
    {
        let clustering = cluster(&topical(items, 5, 6), &alike(items), cells, leaves);
        check(&clustering, items);
        balanced(&clustering);
        assert_eq!((clustering.cells.len(), clustering.leaves.len()), (cells, leaves.min(cells)), "{items} items");
    }
    assert_eq!(cluster(&ItemVectors::default(), &[], 5, 2), Clustering::default());
    check(&cluster(&topical(3, 1, 4), &alike(3), 10, 10), 3);
    check(&cluster(&topical(3, 1, 4), &alike(3), 0, 0), 3);
}

#[test]
fn items_of_a_topic_share_a_cell_and_their_length_does_not_matter() {
    let clustering = cluster(&topical(1200, 12, 16), &alike(1200), 12, 3);
    balanced(&clustering);
    for cell in &clustering.cells {
        let topics = clustering.order[cell.start as usize..cell.end as usize].iter().map(|row| row % 12);
        assert!(topics.clone().all(|topic| Some(topic) == topics.clone().next()), "{:?}", topics.collect::<Vec<_>>());
    }
}

#[test]
fn cells_near_in_number_are_similar() {
    let vectors = topical(4000, 40, 16);
    let clustering = cluster(&vectors, &alike(4000), 80, 9);
    balanced(&clustering);
    let directions = Directions::new(&vectors.rows, 16);
    let middles: Vec<Vec<f32>> = clustering
        .cells
        .iter()
        .map(|cell| directions.middle(clustering.order[cell.start as usize..cell.end as usize].iter().copied()))
        .collect();
    let close = |distance: usize| {
        let pairs = middles.iter().zip(&middles[distance..]);
        pairs.map(|(a, b)| crate::stages::dense::dot(a, b)).sum::<f32>() / (80 - distance) as f32
    };
    assert!(close(1) > close(20) + 0.2, "{} against {}", close(1), close(20));
}

#[test]
fn the_popular_come_first_in_a_cell() {
    let popularity: Vec<u32> = (0..200).map(|item| item % 7).collect();
    let clustering = cluster(&topical(200, 4, 8), &popularity, 4, 1);
    for cell in &clustering.cells {
        let rows = &clustering.order[cell.start as usize..cell.end as usize];
        assert!(rows.is_sorted_by_key(|&row| (Reverse(popularity[row as usize]), row)), "{rows:?}");
    }
}

#[test]
fn items_without_direction_come_last_and_by_themselves() {
    let mut vectors = topical(100, 4, 8);
    let blank = |row: usize| row % 4 == 1;
    for row in (0..100).filter(|&row| blank(row)) {
        vectors.rows[row * 8..row * 8 + 8].fill(0.0);
    }
    vectors.rows[8] = f32::NAN;
    let clustering = cluster(&vectors, &alike(100), 8, 3);
    check(&clustering, 100);
    assert_eq!(clustering.cells[..6].last().unwrap().end, 75);
    assert_eq!(clustering.cells[6..], [75..87, 87..100]);
    assert!(clustering.order[75..].iter().all(|&row| blank(row as usize)));
    assert!(clustering.order[75..].is_sorted());
    assert_eq!(clustering.leaves.last(), Some(&(6..8)));
    assert_eq!(clustering.leaves.len(), 4);
}

#[test]
fn few_items_without_direction_cost_a_cell() {
    let mut vectors = topical(100, 4, 8);
    vectors.rows[..8].fill(0.0);
    let clustering = cluster(&vectors, &alike(100), 4, 1);
    check(&clustering, 100);
    assert_eq!((clustering.cells.len(), clustering.leaves.len()), (5, 1));
    assert_eq!(clustering.order[99], 0);
    let nothing = ItemVectors { dim: 8, rows: vec![0.0; 80] };
    assert_eq!(cluster(&nothing, &alike(10), 2, 2), cluster(&ItemVectors::default(), &alike(10), 2, 2));
    assert_eq!(cluster(&nothing, &alike(10), 2, 2).cells, [0..5, 5..10]);
    let single = cluster(&vectors, &alike(100), 1, 1);
    assert_eq!((single.cells.len(), single.cells[0].clone()), (1, 0..100));
}

#[test]
fn vectors_that_cannot_be_told_apart_fill_all_cells() {
    let vectors = ItemVectors { dim: 4, rows: [1.0, 2.0, 3.0, 4.0].repeat(1000) };
    let clustering = cluster(&vectors, &alike(1000), 60, 8);
    check(&clustering, 1000);
    balanced(&clustering);
}

#[test]
fn threads_do_not_change_a_bit() {
    let vectors = topical(3000, 20, 16);
    let [one, three] = on_threads(|| cluster(&vectors, &alike(3000), 60, 8));
    assert_eq!(one, three);
    check(&one, 3000);
}
