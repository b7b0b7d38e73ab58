//! Content vectors: what attributes tell is found, what they do not tell stays zero, determinism.

use super::*;
use crate::stages::fixture::on_threads;

/// Items of four genres, each with a direction of its own; every fifth is unknown. The title's first word follows the
/// genre for half of the items, the rest of it is noise.
fn shop(items: usize) -> (ItemAttributes, ItemVectors, Vec<bool>) {
    let known: Vec<bool> = (0..items).map(|item| item % 5 != 0).collect();
    let (mut values, mut rows) = (Vec::new(), Vec::new());
    for (item, &known) in known.iter().enumerate() {
        let genre = item * 7 % 4;
        let word = if item % 2 == 0 { format!("w{genre}") } else { "other".to_owned() };
        values.push(vec![
            format!("g{genre}|common"),
            format!("{word} n{}", item % 31),
            format!("{}", 1950 + item % 60),
        ]);
        let strength = if known { 1.0 + (item % 10) as f32 } else { 0.0 };
        rows.extend((0..8).map(|place| {
            let own = ((item * 31 + place * 17) % 13) as f32 / 13.0 - 0.5;
            strength * (if place == genre { 1.0 } else { 0.0 } + 0.3 * own)
        }));
    }
    let names = ["genre", "title", "year"].map(str::to_owned).to_vec();
    (ItemAttributes { names, values }, ItemVectors { dim: 8, rows }, known)
}

#[test]
fn unknown_items_point_where_their_kind_points() {
    let (attributes, vectors, known) = shop(400);
    let filled = content_vectors(&attributes, &vectors, &known);
    for (item, known) in known.into_iter().enumerate() {
        if known {
            assert_eq!(filled.row(item), vectors.row(item), "known items keep their vectors");
            continue;
        }
        let row = filled.row(item);
        let best = (0..8).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        assert_eq!(best, Some(item * 7 % 4), "{row:?}");
    }
}

#[test]
fn unknown_items_are_as_long_as_rare_ones() {
    let (attributes, vectors, known) = shop(400);
    let filled = content_vectors(&attributes, &vectors, &known);
    let lengths = |wanted: bool| {
        let rows = (0..400).filter(|&row| known[row] == wanted);
        rows.map(|row| dot(filled.row(row), filled.row(row)).sqrt()).collect::<Vec<f32>>()
    };
    let (typical, short) = (quantile(lengths(false), 0.5), quantile(lengths(true), 0.25));
    assert!((typical / short - 1.0).abs() < 1e-4, "{typical} against {short}");
    assert!(quantile(lengths(false), 0.99) < quantile(lengths(true), 0.5));
}

#[test]
fn what_says_nothing_gets_nothing() {
    let (mut attributes, vectors, known) = shop(400);
    attributes.values[0] = vec!["unheard of".into(), String::new(), String::new()];
    attributes.values[5] = Vec::new();
    attributes.values.truncate(395);
    let filled = content_vectors(&attributes, &vectors, &known);
    for blank in [0, 5, 395] {
        assert_eq!(filled.row(blank), [0.0; 8], "{blank}");
    }
    assert!(filled.row(10).iter().any(|&x| x != 0.0));
}

#[test]
fn too_little_to_learn_from_changes_nothing() {
    let (attributes, vectors, known) = shop(400);
    assert_eq!(content_vectors(&ItemAttributes::default(), &vectors, &known), vectors);
    assert_eq!(content_vectors(&attributes, &vectors, &vec![false; 400]), vectors);
    let none = content_vectors(&attributes, &ItemVectors::default(), &known);
    assert_eq!(none, ItemVectors::default());
    let short = ItemVectors { dim: 8, rows: Vec::new() };
    assert_eq!(content_vectors(&attributes, &short, &[false; 3]).rows, [0.0; 24]);
}

#[test]
fn threads_do_not_change_a_bit() {
    let (attributes, vectors, known) = shop(600);
    let [one, three] = on_threads(|| content_vectors(&attributes, &vectors, &known));
    assert_eq!(one, three);
}
