//! Which files of rows a daily build writes anew. Owns the turns, and the bound on how much of a site changes in a day.

use std::ops::Range;

/// Days until every cell has had its turn.
pub const REFRESH_DAYS: u32 = 10;
/// Share of all files that a day may change. The rest of the tenth that is promised is for what belongs to no cell.
const MAX_CHANGED: f64 = 0.08;
/// Files that every day changes: head, crowds, directory, the root of the id map and its file of later keys.
const ALWAYS: usize = 5;
/// Share of a row's strongest targets that must have changed, on average over a cell, before its file is worth a change.
const DRIFTED: f64 = 0.3;

/// The cells of a build that goes on with an epoch.
pub struct Turns<'a> {
    /// Cells of the build before.
    pub old_cells: usize,
    /// Those of them that the epoch began with.
    pub epoch_cells: usize,
    /// All cells, the new ones among them.
    pub cells: usize,
    /// Cells of each leaf; one leaf = a directory of one level.
    pub leaves: &'a [Range<u32>],
}

impl Turns<'_> {
    /// Whether each old cell's rows are written anew: a tenth of the cells each day in turn, neighbours together, so that
    /// few leaves change with them; and the most drifted ones, as long as few enough files change. On a site that builds
    /// now and then, not daily, drift is what catches the cells whose turn fell on another day.
    pub fn choose(&self, day: u32, drift: impl Fn(usize) -> f64) -> Vec<bool> {
        let mut chosen: Vec<bool> = (0..self.old_cells).map(|cell| self.turn(cell) == day % REFRESH_DAYS).collect();
        let mut drifted: Vec<(usize, f64)> =
            (0..self.old_cells).filter(|&cell| !chosen[cell]).map(|cell| (cell, drift(cell))).collect();
        drifted.retain(|(_, drift)| *drift > DRIFTED);
        drifted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let levels = if self.leaves.len() > 1 { self.leaves.len() } else { 0 };
        let allowed = ((2 * self.cells + levels) as f64 * MAX_CHANGED) as usize;
        for (cell, _) in drifted {
            chosen[cell] = true;
            if self.changed(&chosen) > allowed {
                chosen[cell] = false;
                break;
            }
        }
        chosen
    }

    /// The day of ten on which a cell has its turn. It must not move while the epoch lasts, or a cell would miss it.
    fn turn(&self, cell: usize) -> u32 {
        let days = REFRESH_DAYS as usize;
        let place = if cell < self.epoch_cells { cell * days / self.epoch_cells } else { cell % days };
        place as u32
    }

    /// Files that will have another name than the day before.
    fn changed(&self, chosen: &[bool]) -> usize {
        let touched = |leaf: &&Range<u32>| {
            let cells = leaf.start as usize..leaf.end as usize;
            cells.end > self.old_cells || chosen[cells].contains(&true)
        };
        let leaves = if self.leaves.len() > 1 { self.leaves.iter().filter(touched).count() } else { 0 };
        let rows = chosen.iter().filter(|chosen| **chosen).count();
        rows + leaves + 2 * (self.cells - self.old_cells) + ALWAYS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(cells: u32, size: u32) -> Vec<Range<u32>> {
        (0..cells.div_ceil(size)).map(|leaf| leaf * size..(leaf * size + size).min(cells)).collect()
    }

    #[test]
    fn every_cell_has_its_turn_in_any_ten_days_however_many_come_behind() {
        for (epoch_cells, first) in [(1, 0), (7, 3), (120, 9), (2000, 20_005)] {
            let mut met = vec![false; epoch_cells];
            for day in 0..REFRESH_DAYS as usize {
                let old_cells = epoch_cells + day;
                let all = leaves(old_cells as u32 + 1, 40);
                let turns = Turns { old_cells, epoch_cells, cells: old_cells + 1, leaves: &all };
                let chosen = turns.choose(first + day as u32, |_| 0.0);
                assert_eq!(chosen.len(), old_cells);
                let share = chosen.iter().filter(|chosen| **chosen).count();
                assert!(share <= epoch_cells.div_ceil(10) + 1, "{share} of {epoch_cells} on one day");
                met.iter_mut().zip(chosen).for_each(|(met, chosen)| *met |= chosen);
            }
            assert!(met.iter().all(|met| *met), "{epoch_cells} cells");
        }
    }

    #[test]
    fn neighbours_have_their_turn_together() {
        let all = leaves(2000, 44);
        let turns = Turns { old_cells: 2000, epoch_cells: 2000, cells: 2000, leaves: &all };
        let chosen = turns.choose(3, |_| 0.0);
        let touched = all.iter().filter(|leaf| chosen[leaf.start as usize..leaf.end as usize].contains(&true)).count();
        assert_eq!(chosen.iter().filter(|chosen| **chosen).count(), 200);
        assert!(touched <= 6, "{touched} of {} leaves", all.len());
    }

    #[test]
    fn the_most_drifted_come_first_and_only_as_many_as_the_day_may_change() {
        let all = leaves(1001, 32);
        let turns = Turns { old_cells: 1000, epoch_cells: 1000, cells: 1001, leaves: &all };
        let quiet = turns.choose(0, |_| 0.3);
        assert_eq!(quiet.iter().filter(|chosen| **chosen).count(), 100, "30 % is not yet worth a file");
        let loud = turns.choose(0, |cell| if cell % 50 == 7 { 0.9 } else { 0.31 });
        for cell in (107..1000).step_by(50) {
            assert!(loud[cell], "cell {cell}");
        }
        let (changed, files) = (turns.changed(&loud), 2 * turns.cells + all.len());
        assert!(changed as f64 <= 0.08 * files as f64 && changed + 2 >= files * 8 / 100, "{changed} of {files}");
        assert!(loud.iter().filter(|chosen| **chosen).count() > 115);
    }

    #[test]
    fn a_day_of_many_new_cells_leaves_the_drifted_alone() {
        let all = leaves(150, 15);
        let turns = Turns { old_cells: 100, epoch_cells: 100, cells: 150, leaves: &all };
        assert_eq!(turns.choose(9, |_| 1.0).iter().filter(|chosen| **chosen).count(), 10);
    }
}
