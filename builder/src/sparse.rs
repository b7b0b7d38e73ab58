//! Sparse rows and the scatter buffer that the stages share. Owns layout and transposition; owns no formula.

use crate::model::Interactions;

/// A sparse matrix in compressed rows: the columns of a row ascend and do not repeat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Csr {
    /// Row `r` lies at `offsets[r]..offsets[r + 1]`; length `rows + 1`.
    pub offsets: Vec<usize>,
    /// Column of each stored cell.
    pub columns: Vec<u32>,
    /// Value of each stored cell, parallel to `columns`.
    pub values: Vec<f32>,
    /// Number of columns.
    pub width: usize,
}

impl Csr {
    /// Users x items, one cell per user and item however often they met; its value is the sum of the event weights.
    pub fn from_log(log: &Interactions) -> Self {
        let users = log.offsets.len().saturating_sub(1);
        let mut matrix = Self {
            offsets: Vec::with_capacity(users + 1),
            columns: Vec::with_capacity(log.events.len()),
            values: Vec::with_capacity(log.events.len()),
            width: log.items.len(),
        };
        matrix.offsets.push(0);
        let mut cells: Vec<(u32, f32)> = Vec::new();
        for user in 0..users {
            cells.clear();
            cells.extend(log.user(user).iter().map(|event| (event.item, event.weight)));
            cells.sort_by_key(|cell| cell.0); // stable: equal items keep the log's order, so sums repeat to the bit
            let start = matrix.columns.len();
            for &(item, weight) in &cells {
                if matrix.columns.len() > start && matrix.columns.last() == Some(&item) {
                    *matrix.values.last_mut().expect("parallel to columns") += weight;
                } else {
                    matrix.columns.push(item);
                    matrix.values.push(weight);
                }
            }
            matrix.offsets.push(matrix.columns.len());
        }
        matrix
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Columns and values of one row.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// Stored cells in one row.
    pub fn row_len(&self, row: usize) -> usize {
        self.offsets[row + 1] - self.offsets[row]
    }

    /// Stored cells in each column: for users x items, the distinct users of every item.
    pub fn column_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.width];
        for &column in &self.columns {
            counts[column as usize] += 1;
        }
        counts
    }

    /// Without the cells of the columns that have fewer than `cells` of them; the width stays.
    #[must_use]
    pub fn without_rare_columns(self, cells: u32) -> Self {
        let counts = self.column_counts();
        let mut matrix = Self { offsets: vec![0], width: self.width, ..Self::default() };
        for row in 0..self.rows() {
            let (columns, values) = self.row(row);
            for (&column, &value) in columns.iter().zip(values).filter(|cell| counts[*cell.0 as usize] >= cells) {
                matrix.columns.push(column);
                matrix.values.push(value);
            }
            matrix.offsets.push(matrix.columns.len());
        }
        matrix
    }

    /// Rows become columns. A counting sort, linear in the cells.
    pub fn transpose(&self) -> Self {
        let mut offsets = Vec::with_capacity(self.width + 1);
        offsets.push(0);
        let mut total = 0;
        for count in self.column_counts() {
            total += count as usize;
            offsets.push(total);
        }
        let mut next = offsets.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.columns.len()];
        for row in 0..self.rows() {
            let (from, weights) = self.row(row);
            for (&column, &value) in from.iter().zip(weights) {
                let slot = &mut next[column as usize];
                columns[*slot] = row as u32;
                values[*slot] = value;
                *slot += 1;
            }
        }
        Self { offsets, columns, values, width: self.rows() }
    }
}

/// A dense buffer that is emptied in time proportional to what was written: sums over few of many columns.
///
/// `T::default()` marks an untouched slot, so no value written may equal it.
#[derive(Clone, Debug)]
pub struct Scatter<T> {
    slots: Vec<T>,
    touched: Vec<u32>,
}

impl<T: Copy + Default + PartialEq> Scatter<T> {
    /// An empty buffer over `width` columns.
    pub fn new(width: usize) -> Self {
        Self { slots: vec![T::default(); width], touched: Vec::new() }
    }

    /// The slot of a column, about to be written.
    #[inline]
    pub fn slot(&mut self, column: u32) -> &mut T {
        let slot = &mut self.slots[column as usize];
        if *slot == T::default() {
            self.touched.push(column);
        }
        slot
    }

    /// Visits every written slot once, in order of first writing, and empties the buffer.
    pub fn drain(&mut self, mut visit: impl FnMut(u32, T)) {
        for column in self.touched.drain(..) {
            visit(column, std::mem::take(&mut self.slots[column as usize]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::log;

    #[test]
    fn a_log_becomes_distinct_ascending_cells() {
        let matrix = Csr::from_log(&log(4, &[&[2, 0, 2], &[], &[3]]));
        assert_eq!(matrix.offsets, [0, 2, 2, 3]);
        assert_eq!(matrix.row(0), (&[0, 2][..], &[1.0, 2.0][..]));
        assert_eq!(matrix.column_counts(), [1, 0, 1, 1]);
        assert_eq!((matrix.rows(), matrix.width), (3, 4));
    }

    #[test]
    fn one_item_at_the_end_of_a_row_and_the_start_of_the_next_stays_two_cells() {
        let matrix = Csr::from_log(&log(1, &[&[0], &[0]]));
        assert_eq!(matrix.offsets, [0, 1, 2]);
    }

    #[test]
    fn rare_columns_lose_their_cells_and_keep_their_place() {
        let matrix = Csr::from_log(&log(4, &[&[2, 0, 2], &[], &[3, 2]])).without_rare_columns(2);
        assert_eq!((matrix.rows(), matrix.width), (3, 4));
        assert_eq!(matrix.row(0), (&[2][..], &[2.0][..]));
        assert_eq!(matrix.row(2), (&[2][..], &[1.0][..]));
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let matrix = Csr::from_log(&log(4, &[&[2, 0, 2], &[], &[3, 0]]));
        let turned = matrix.transpose();
        assert_eq!(turned.row(0), (&[0, 2][..], &[1.0, 1.0][..]));
        assert_eq!(turned.row(1), (&[][..], &[][..]));
        assert_eq!(turned.transpose(), matrix);
    }

    #[test]
    fn an_empty_log_is_an_empty_matrix() {
        let matrix = Csr::from_log(&Interactions::default());
        assert_eq!((matrix.rows(), matrix.width), (0, 0));
        assert_eq!(matrix.transpose().rows(), 0);
    }

    #[test]
    fn a_drained_buffer_is_empty() {
        let mut buffer = Scatter::<f32>::new(3);
        *buffer.slot(2) += 1.0;
        *buffer.slot(0) += 2.0;
        *buffer.slot(2) += 1.0;
        let mut seen = Vec::new();
        buffer.drain(|column, value| seen.push((column, value)));
        assert_eq!(seen, [(2, 2.0), (0, 2.0)]);
        buffer.drain(|_, _| panic!("nothing is left"));
    }
}
