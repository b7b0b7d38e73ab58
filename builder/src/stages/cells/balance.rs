//! Who goes where when cells have limited room: prices first, then the few moves that prices leave. Owns the limits.

use rayon::prelude::*;

/// Cells that a row chooses from.
pub const CHOICES: usize = 8;
/// Rounds of prices.
const ROUNDS: usize = 40;
/// First change of a price for a cell that is a whole mean too large.
const STEP: f32 = 0.05;
/// Sizes without a price, in means.
const CALM: [f32; 2] = [0.6, 1.4];

/// A cell a row could go to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Choice {
    /// The cell.
    pub cell: u32,
    /// How near it is.
    pub score: f32,
}

/// The cell of every row: the nearest, unless that would take a cell out of 0.5 to 1.5 times the mean size.
///
/// `choices` holds equally many for each of the `rows`, best first. Cells near in number should be similar: who finds
/// no room in any of its choices goes to the nearest number that has some.
pub fn assign(choices: &[Choice], rows: usize, cells: usize) -> Vec<u32> {
    let width = choices.len() / rows;
    let mean = rows as f32 / cells as f32;
    let mut prices = vec![0.0_f32; cells];
    let mut owner = buy(choices, width, &prices);
    for round in 0..ROUNDS {
        let sizes = sizes(&owner, cells);
        let step = STEP * (1.0 - round as f32 / ROUNDS as f32);
        let mut calm = true;
        for (price, &size) in prices.iter_mut().zip(&sizes) {
            let ratio = size as f32 / mean;
            let excess = (ratio - CALM[1]).max(0.0) - (CALM[0] - ratio).max(0.0);
            calm &= excess == 0.0;
            *price += step * excess.min(1.0);
        }
        if calm {
            return owner;
        }
        owner = buy(choices, width, &prices);
    }
    let limits = [(mean / 2.0).ceil().min(mean.floor()) as usize, (mean * 1.5).floor().max(mean.ceil()) as usize];
    let mut moves = Moves { choices, width, sizes: sizes(&owner, cells), owner, limits };
    moves.empty();
    moves.fill();
    moves.owner
}

/// The best choice of every row at these prices; of equals the first.
fn buy(choices: &[Choice], width: usize, prices: &[f32]) -> Vec<u32> {
    let best = |own: &[Choice]| {
        let mut best = (f32::NEG_INFINITY, own[0].cell);
        for choice in own {
            let value = choice.score - prices[choice.cell as usize];
            if value > best.0 {
                best = (value, choice.cell);
            }
        }
        best.1
    };
    choices.par_chunks_exact(width).with_min_len(1024).map(best).collect()
}

fn sizes(owner: &[u32], cells: usize) -> Vec<usize> {
    let mut sizes = vec![0; cells];
    owner.iter().for_each(|&cell| sizes[cell as usize] += 1);
    sizes
}

/// Single moves, cheapest first, in the order of cells: the same whatever the number of threads.
struct Moves<'a> {
    choices: &'a [Choice],
    width: usize,
    owner: Vec<u32>,
    sizes: Vec<usize>,
    /// Fewest and most rows of a cell.
    limits: [usize; 2],
}

/// What a move would lose, the cell it is about, the row.
type Move = (f32, u32, usize);

impl Moves<'_> {
    /// Takes rows out of cells that hold too many.
    fn empty(&mut self) {
        let most = self.limits[1];
        let offer = |row: usize| -> Option<Move> {
            let cell = self.owner[row];
            let other = self.choices(row).iter().find(|choice| choice.cell != cell);
            let loss = self.score(row, cell) - other.map_or(NOT_CHOSEN, |choice| choice.score);
            (self.sizes[cell as usize] > most).then_some((loss, cell, row))
        };
        for (_, cell, row) in cheapest((0..self.owner.len()).filter_map(offer).collect()) {
            if self.sizes[cell as usize] == most {
                continue;
            }
            let has_room = |cell: u32| self.sizes[cell as usize] < most;
            let chosen = self.choices(row).iter().map(|choice| choice.cell).find(|&cell| has_room(cell));
            if let Some(target) = chosen.or_else(|| nearest(cell, self.sizes.len(), has_room)) {
                self.shift(row, target);
            }
        }
    }

    /// Brings rows to cells that hold too few, from cells that can spare them.
    fn fill(&mut self) {
        let fewest = self.limits[0];
        let lacks = |moves: &Self, cell: u32| moves.sizes[cell as usize] < fewest;
        if (0..self.sizes.len() as u32).all(|cell| !lacks(self, cell)) {
            return;
        }
        let mut wishes: Vec<Move> = Vec::new();
        for row in 0..self.owner.len() {
            let now = self.score(row, self.owner[row]);
            let short = self.choices(row).iter().filter(|choice| lacks(self, choice.cell));
            wishes.extend(short.map(|choice| (now - choice.score, choice.cell, row)));
        }
        for (_, cell, row) in cheapest(wishes) {
            if lacks(self, cell) && self.owner[row] != cell && self.sizes[self.owner[row] as usize] > fewest {
                self.shift(row, cell);
            }
        }
        let mut held = vec![Vec::new(); self.sizes.len()];
        (0..self.owner.len()).for_each(|row| held[self.owner[row] as usize].push(row));
        for cell in 0..self.sizes.len() as u32 {
            while lacks(self, cell) {
                let spares = |from: u32| self.sizes[from as usize] > fewest;
                let Some(from) = nearest(cell, self.sizes.len(), spares) else { return };
                self.shift(held[from as usize].pop().expect("it can spare one"), cell);
            }
        }
    }

    fn choices(&self, row: usize) -> &[Choice] {
        &self.choices[row * self.width..(row + 1) * self.width]
    }

    /// How near a cell is.
    fn score(&self, row: usize, cell: u32) -> f32 {
        self.choices(row).iter().find(|choice| choice.cell == cell).map_or(NOT_CHOSEN, |choice| choice.score)
    }

    fn shift(&mut self, row: usize, cell: u32) {
        self.sizes[self.owner[row] as usize] -= 1;
        self.sizes[cell as usize] += 1;
        self.owner[row] = cell;
    }
}

/// Below the score of every choice: they are cosines.
const NOT_CHOSEN: f32 = -1.0;

/// Moves cell by cell, least loss first, ties by row.
fn cheapest(mut moves: Vec<Move>) -> Vec<Move> {
    moves.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)).then(a.2.cmp(&b.2)));
    moves
}

/// The cell nearest in number that fits, the lower of two.
fn nearest(cell: u32, cells: usize, fits: impl Fn(u32) -> bool) -> Option<u32> {
    let around = |far: u32| [cell.checked_sub(far), cell.checked_add(far).filter(|&above| above < cells as u32)];
    (1..cells as u32).flat_map(around).flatten().find(|&other| fits(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(cell: u32, score: f32) -> Choice {
        Choice { cell, score }
    }

    #[test]
    fn with_room_for_all_everybody_gets_the_nearest() {
        let choices = [choice(0, 0.9), choice(1, 0.1), choice(1, 0.8), choice(0, 0.7)];
        assert_eq!(assign(&choices, 2, 2), [0, 1]);
    }

    #[test]
    fn a_full_cell_sends_away_those_who_lose_least() {
        // all 8 rows prefer cell 0; row 7 by the widest margin, row 0 by the narrowest
        let row = |row: u32| [choice(0, 0.9), choice(1, 0.5 - row as f32 * 0.05)];
        let owner = assign(&(0..8).flat_map(row).collect::<Vec<_>>(), 8, 2);
        let first = owner.iter().filter(|&&cell| cell == 0).count();
        assert!((4..=6).contains(&first), "{owner:?}");
        assert!(owner.is_sorted_by(|a, b| a >= b), "{owner:?}");
    }

    #[test]
    fn rows_that_cannot_be_told_apart_are_spread() {
        let same = [choice(0, 1.0), choice(1, 1.0)];
        let owner = assign(&same.repeat(90), 90, 6);
        assert!(sizes(&owner, 6).iter().all(|&size| (7..=22).contains(&size)), "{:?}", sizes(&owner, 6));
    }

    #[test]
    fn as_many_cells_as_rows_hold_one_each() {
        let owner = assign(&[choice(2, 1.0)].repeat(5), 5, 5);
        assert_eq!(sizes(&owner, 5), [1; 5]);
    }
}
