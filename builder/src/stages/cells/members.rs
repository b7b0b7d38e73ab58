//! Rows by cell, contiguous. Owns the layout and renumbering.

/// Which rows each cell holds.
#[derive(Clone, Debug)]
pub struct Members {
    rows: Vec<u32>,
    /// Cell `c` holds `rows[offsets[c]..offsets[c + 1]]`.
    offsets: Vec<usize>,
}

impl Members {
    /// Rows that lie cell by cell already.
    pub fn new(rows: Vec<u32>, sizes: &[usize]) -> Self {
        let mut offsets = vec![0];
        offsets.extend(sizes.iter().scan(0, |end, &size| {
            *end += size;
            Some(*end)
        }));
        Self { rows, offsets }
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Rows of one cell.
    pub fn of(&self, cell: usize) -> &[u32] {
        &self.rows[self.offsets[cell]..self.offsets[cell + 1]]
    }

    /// All rows, cell by cell.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// All rows, cell by cell.
    pub fn into_rows(self) -> Vec<u32> {
        self.rows
    }

    /// Moves every row to the cell that `owner`, parallel to [`Self::rows`], names. A counting sort: order within is kept.
    pub fn regroup(&self, owner: &[u32]) -> Self {
        let mut sizes = vec![0; self.cells()];
        owner.iter().for_each(|&cell| sizes[cell as usize] += 1);
        let mut moved = Self::new(vec![0; self.rows.len()], &sizes);
        let mut next = moved.offsets.clone();
        for (&row, &cell) in self.rows.iter().zip(owner) {
            let slot = &mut next[cell as usize];
            moved.rows[*slot] = row;
            *slot += 1;
        }
        moved
    }

    /// The same cells in another order.
    pub fn renumber(&self, order: &[u32]) -> Self {
        let sizes: Vec<usize> = order.iter().map(|&cell| self.of(cell as usize).len()).collect();
        let rows = order.iter().flat_map(|&cell| self.of(cell as usize)).copied().collect();
        Self::new(rows, &sizes)
    }
}
