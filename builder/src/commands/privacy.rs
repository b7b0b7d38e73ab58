//! `edge-recall inspect --privacy`: how many items a request for a cell's file may have been about.
//!
//! A host sees which files are fetched. The file of a cell stands for every item in it (nominal k), but a guesser knows
//! that popular items are likelier: the effective k is how many equally likely items would leave him as unsure.

use std::fmt::Write;

use anyhow::{Context as _, Result};
use edge_recall::Recaller;
use edge_recall::ids::Ordinal;
use serde::Serialize;

/// All cells.
#[derive(Debug, PartialEq, Serialize)]
pub struct PrivacyAnswer {
    nominal_k: Spread,
    effective_k: Spread,
    cells: Vec<CellAnswer>,
    warning: &'static str,
}

/// Over all cells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

/// One cell.
#[derive(Debug, PartialEq, Serialize)]
struct CellAnswer {
    cell: u32,
    /// Its items.
    nominal_k: usize,
    /// `2^H` of their popularity.
    effective_k: f64,
}

/// How many equally likely items are as hard to guess among as items of these popularities: `2^H`, with `H` the entropy
/// in bits of their shares. Items that are equally popular, or of which nothing is known, count one each.
pub fn effective_k(popularity: &[u64]) -> f64 {
    let total: f64 = popularity.iter().map(|&count| count as f64).sum();
    if total == 0.0 {
        return popularity.len() as f64;
    }
    let bits = |&count: &u64| {
        let share = count as f64 / total;
        if share > 0.0 { -share * share.log2() } else { 0.0 }
    };
    popularity.iter().map(bits).sum::<f64>().exp2()
}

/// The popularity that a stored gain stands for, `2^(gain / 16)`, in parts of 65,536.
pub fn popularity_of(gain: u8) -> u64 {
    (f64::from(gain) / 16.0 + 16.0).exp2().round() as u64
}

/// Judges the cells of a build that is wholly attached.
pub fn answer(recaller: &Recaller) -> Result<PrivacyAnswer> {
    let cells = recaller.directory().into_iter().flat_map(|directory| directory.cells());
    let popularities = |(number, cell): (u32, &edge_recall::format::cells::Cell)| {
        let items = cell.base..cell.base + cell.items;
        let known: Option<Vec<u64>> = items.map(|item| recaller.gain(Ordinal(item)).map(popularity_of)).collect();
        known.with_context(|| format!("cell {number} does not tell how popular its items are; build again"))
    };
    Ok(judge(cells.map(popularities).collect::<Result<Vec<_>>>()?))
}

/// Judges cells by the popularities of their items.
pub fn judge(cells: impl IntoIterator<Item = Vec<u64>>) -> PrivacyAnswer {
    let cell =
        |(cell, items): (u32, Vec<u64>)| CellAnswer { cell, nominal_k: items.len(), effective_k: effective_k(&items) };
    let cells: Vec<CellAnswer> = (0..).zip(cells).map(cell).collect();
    PrivacyAnswer {
        nominal_k: spread(cells.iter().map(|cell| cell.nominal_k as f64)),
        effective_k: spread(cells.iter().map(|cell| cell.effective_k)),
        cells,
        warning: WARNING,
    }
}

/// The middle of an even number of values is the lower of the two: a promise must not be rounded up.
fn spread(values: impl Iterator<Item = f64>) -> Spread {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(0.0);
    let last = values.len().saturating_sub(1);
    Spread { min: at(0), median: at(last / 2), max: at(last) }
}

/// For people.
pub fn text(answer: &PrivacyAnswer) -> String {
    let mut text =
        format!("{:<12} {:>10} {:>10} {:>10}", format!("{} cells", answer.cells.len()), "min", "median", "max");
    for (name, spread) in [("nominal k", answer.nominal_k), ("effective k", answer.effective_k)] {
        let Spread { min, median, max } = spread;
        let _ = write!(text, "\n{name:<12} {min:>10.1} {median:>10.1} {max:>10.1}");
    }
    let mut weakest: Vec<&CellAnswer> = answer.cells.iter().collect();
    weakest.sort_by(|a, b| a.effective_k.total_cmp(&b.effective_k).then(a.cell.cmp(&b.cell)));
    for cell in weakest.iter().take(SHOWN) {
        let _ = write!(
            text,
            "\ncell {:<7} {:>6} items, as hard to guess among as {:.1}",
            cell.cell, cell.nominal_k, cell.effective_k
        );
    }
    if weakest.len() > SHOWN {
        let _ = write!(text, "\n... and {} cells more, all of them with --json", weakest.len() - SHOWN);
    }
    let _ = write!(text, "\n{WARNING}");
    text
}

/// Cells that people are shown, the weakest first.
const SHOWN: usize = 10;

const WARNING: &str = "\
k-anonymity is not differential privacy: it says how many items one file may have been fetched for, and nothing about \
what several files together give away, or somebody who knows more of the visitor. The modes `head` and `decoy` fetch \
what says less.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equally_popular_items_count_one_each() {
        assert_eq!(effective_k(&[]), 0.0);
        assert_eq!(effective_k(&[7]), 1.0);
        for k in [2, 3, 10, 1000] {
            assert!((effective_k(&vec![5; k]) - k as f64).abs() < 1e-9 * k as f64, "{k}");
        }
        assert_eq!(effective_k(&[0; 12]), 12.0, "nothing tells them apart");
    }

    #[test]
    fn one_item_that_everybody_wants_hides_nobody() {
        assert!(effective_k(&[1_000_000, 1, 1, 1]) < 1.001);
        assert_eq!(effective_k(&[4, 0, 0, 0]), 1.0);
        // Half and two quarters: H = 1.5 bits.
        assert!((effective_k(&[2, 1, 1]) - 1.5f64.exp2()).abs() < 1e-12);
        assert_eq!(effective_k(&[2, 1, 1]), effective_k(&[u64::MAX / 2, u64::MAX / 4, u64::MAX / 4]));
    }

    #[test]
    fn a_gain_is_a_logarithm() {
        assert_eq!(popularity_of(0), 65_536);
        assert_eq!(popularity_of(16), 2 * 65_536);
        assert_eq!(popularity_of(160), 1024 * 65_536);
        assert!((0..255).all(|gain| popularity_of(gain) < popularity_of(gain + 1)));
    }

    #[test]
    fn cells_are_judged_each_and_together() {
        let answer = judge([vec![1; 4], vec![9, 9], vec![1; 8], vec![1_000_000, 1]]);
        assert_eq!(answer.nominal_k, Spread { min: 2.0, median: 2.0, max: 8.0 });
        assert_eq!(answer.cells.iter().map(|cell| cell.nominal_k).collect::<Vec<_>>(), [4, 2, 8, 2]);
        assert_eq!((answer.effective_k.median, answer.effective_k.max), (2.0, 8.0));
        assert_eq!(answer.effective_k.min, answer.cells[3].effective_k);
        let text = text(&answer);
        assert!(text.contains("effective k         1.0        2.0        8.0"), "{text}");
        assert!(text.contains("\ncell 3            2 items, as hard to guess among as 1.0\ncell 1 "), "{text}");
        assert!(text.contains("k-anonymity is not differential privacy"), "{text}");
        assert_eq!(judge([]).effective_k, Spread { min: 0.0, median: 0.0, max: 0.0 });
    }
}
