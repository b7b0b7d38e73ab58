//! The table `item_vectors`, from a table or from an array of NumPy. Owns the checks of vectors and their metric.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use edge_recall::format::codes::Metric;

use super::npy::Array;
use super::table::{Spec, each, lines};
use crate::input::Reading;
use crate::input::interner::Interner;
use crate::input::keys::{check_key, shown};
use crate::model::ItemVectors;

/// Most numbers of a vector, as the format has it.
const MAX_DIM: usize = 512;
/// Largest number that the format holds.
const MAX_SIZE: f32 = 65_504.0;

const SPEC: Spec = Spec { name: "item_vectors", needed: &["item", "vector"], optional: &[] };

const COHORTS: Spec = Spec { name: "cohorts", needed: &["cohort", "vector"], optional: &[] };

/// Vectors in the order in which they were read.
#[derive(Debug, Default)]
pub struct Vectors {
    /// Number of the item of each row.
    pub items: Vec<u32>,
    dim: usize,
    rows: Vec<f32>,
    /// Line of each row.
    lines: Vec<u64>,
    /// Row of each item; `u32::MAX` = none yet.
    seen: Vec<u32>,
}

/// Reads the table. `keys` goes with an array of NumPy and with nothing else.
pub fn read(path: &Path, keys: Option<&Path>, items: &mut Interner, reading: Reading<'_>) -> Result<Vectors> {
    let mut vectors = Vectors::default();
    match (Array::is_one(path)?, keys) {
        (true, Some(keys)) => vectors.read_array(path, keys, items)?,
        (true, None) => {
            bail!(
                "{} is an array of NumPy and names no items; give their keys, one a line, with --keys",
                path.display()
            )
        }
        (false, Some(keys)) => bail!(
            "--keys {} goes with an array of NumPy (.npy), and {} is none; its column `item` holds the keys",
            keys.display(),
            path.display()
        ),
        (false, None) => vectors.read_table(path, SPEC, items, reading)?,
    }
    Ok(vectors)
}

/// Reads the table `cohorts`: a vector for each number from 0.
pub fn read_cohorts(path: &Path, reading: Reading<'_>) -> Result<Vec<Vec<f32>>> {
    let (mut vectors, mut numbers) = (Vectors::default(), Interner::default());
    vectors.read_table(path, COHORTS, &mut numbers, reading)?;
    let names = numbers.into_keys();
    let of = |number: usize| {
        let place = vectors.items.iter().position(|&own| names[own as usize] == number.to_string());
        let place = place.with_context(|| {
            format!("{}: of {} cohorts number {number} is missing; number them from 0", path.display(), names.len())
        })?;
        Ok(vectors.rows[place * vectors.dim..(place + 1) * vectors.dim].to_vec())
    };
    (0..names.len()).map(of).collect()
}

impl Vectors {
    fn read_table(&mut self, path: &Path, spec: Spec, items: &mut Interner, reading: Reading<'_>) -> Result<()> {
        let vectors = self;
        each(path, spec, reading, |place, row| {
            let item = place.item(&row, 0, items)?;
            let text = place.list(&row, 1)?;
            let before = vectors.rows.len();
            let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | ';'));
            // Of `0.1, 0.2` and of `[ 0.1  0.2]` the parts between two separators are empty; an empty element is none of them.
            let joined = text.starts_with('|') || text.ends_with('|') || text.contains("||");
            ensure!(!joined, place.wrong(row.line, "a number of the vector is missing (null)"));
            for part in parts.map(|part| part.trim_matches(['[', ']', '(', ')'])).filter(|part| !part.is_empty()) {
                let number = part.parse().map_err(|_| {
                    let at = vectors.rows.len() - before + 1;
                    place.wrong(row.line, format!("number {at} of the vector, `{}`, is none", shown(part)))
                })?;
                vectors.rows.push(number);
            }
            vectors.take(item, before, row.line, place.unit()).map_err(|what| place.wrong(row.line, what))
        })
    }

    fn read_array(&mut self, path: &Path, keys: &Path, items: &mut Interner) -> Result<()> {
        let array = Array::read(path)?;
        let names = lines(keys)?;
        ensure!(
            names.len() == array.rows,
            "{} has {} keys and {} has {} rows; write one key a line, in the order of the rows",
            keys.display(),
            names.len(),
            path.display(),
            array.rows
        );
        ensure!(array.rows > 0, "{}: the array has no rows; leave it away or fill it", path.display());
        for (line, (name, numbers)) in (1..).zip(names.iter().zip(array.numbers.chunks(array.columns.max(1)))) {
            let wrong = |what: String| anyhow::anyhow!("{}, line {line}: {what}", keys.display());
            let item = items.row(check_key("item", name).map_err(wrong)?)?;
            let before = self.rows.len();
            self.rows.extend_from_slice(numbers);
            self.take(item, before, line, "line")
                .map_err(|what| wrong(format!("{what} (row {line} of {})", path.display())))?;
        }
        Ok(())
    }

    /// Takes the numbers behind `before` as the vector of an item.
    fn take(&mut self, item: u32, before: usize, line: u64, unit: &str) -> Result<(), String> {
        let row = &self.rows[before..];
        if self.items.is_empty() {
            self.dim = row.len();
            if !(1..=MAX_DIM).contains(&self.dim) {
                return Err(format!("the vector has {} numbers; give 1 to {MAX_DIM}", self.dim));
            }
        }
        if row.len() != self.dim {
            let first = self.lines[0];
            let (found, dim) = (row.len(), self.dim);
            return Err(format!("the vector has {found} numbers, that of {unit} {first} has {dim}; give all the same"));
        }
        if let Some(at) = row.iter().position(|x| !x.is_finite() || x.abs() > MAX_SIZE) {
            let number = row[at];
            let remedy = "give finite numbers of at most 65504, or leave the item out";
            return Err(format!("number {} of the vector is {number}; {remedy}", at + 1));
        }
        let place = item as usize;
        if self.seen.len() <= place {
            self.seen.resize(place + 1, u32::MAX);
        }
        if let Some(&first) = self.lines.get(self.seen[place] as usize) {
            return Err(format!("the item has a vector already, in {unit} {first}; give each item one"));
        }
        self.seen[place] = self.items.len() as u32;
        self.items.push(item);
        self.lines.push(line);
        Ok(())
    }

    /// Numbers of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The vectors of `width` items; `rows` tells where each number of an item went. Items without a vector get zeros.
    pub fn placed(&self, rows: &[u32], width: usize, metric: Metric) -> ItemVectors {
        let mut placed = ItemVectors { dim: self.dim, rows: vec![0.0; width * self.dim] };
        for (item, vector) in self.items.iter().zip(self.rows.chunks(self.dim)) {
            let start = rows[*item as usize] as usize * self.dim;
            let length = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
            let scale = if metric == Metric::Cosine && length > 0.0 { 1.0 / length } else { 1.0 };
            let place = &mut placed.rows[start..start + self.dim];
            place.iter_mut().zip(vector).for_each(|(to, &x)| *to = (f64::from(x) * scale) as f32);
        }
        placed
    }
}
