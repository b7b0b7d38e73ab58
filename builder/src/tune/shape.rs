//! What kind of log this is, in numbers and in words. Owns what follows from it before anything is tried.

use crate::model::Interactions;
use crate::recipe::suggested_budget;
use crate::sparse::Csr;

/// Share of all events above which one item rules the log.
const RULES: f64 = 0.5;

/// Numbers that say which families have a chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Users (or sessions).
    pub users: usize,
    /// Items that anybody met.
    pub items: usize,
    /// Items of the catalogue.
    pub catalogue: usize,
    /// Distinct pairs of user and item.
    pub pairs: usize,
    /// Sum of the squared lengths of the histories: what counting common users costs.
    pub squares: f64,
    /// Events.
    pub events: usize,
    /// Whether the log has times.
    pub ordered: bool,
    /// Row of the most popular item.
    pub favourite: usize,
    /// Share of the events that it takes.
    pub largest: f64,
    /// Users with more than one item.
    pub informative: usize,
}

impl Shape {
    /// Looks at a log.
    pub fn of(log: &Interactions) -> Shape {
        let by_user = Csr::from_log(log);
        let lengths = || (0..by_user.rows()).map(|user| by_user.row_len(user));
        let met = by_user.column_counts();
        let mut events = vec![0usize; log.items.len()];
        log.events.iter().for_each(|event| events[event.item as usize] += 1);
        let favourite = (0..events.len()).max_by_key(|&item| events[item]).unwrap_or(0);
        Shape {
            users: lengths().filter(|&length| length > 0).count(),
            items: met.iter().filter(|&&users| users > 0).count(),
            catalogue: log.items.len(),
            pairs: by_user.columns.len(),
            squares: lengths().map(|length| (length as f64).powi(2)).sum(),
            events: log.events.len(),
            ordered: log.ordered,
            favourite,
            largest: events.get(favourite).map_or(0.0, |&most| most as f64 / log.events.len().max(1) as f64),
            informative: lengths().filter(|&length| length > 1).count(),
        }
    }

    /// Most bytes of a build where nobody says.
    pub fn budget(&self) -> u64 {
        suggested_budget(self.catalogue)
    }

    /// What a site owner should know, a sentence each: what is there, what follows from it, what would help.
    pub fn findings(&self, log: &Interactions) -> Vec<String> {
        let Shape { users, items, pairs, events, .. } = self;
        let order = if self.ordered { "in time order" } else { "without times" };
        let mean = *pairs as f64 / (*users).max(1) as f64;
        // Visitors, since a log may name sessions instead of users.
        let mut all =
            vec![format!("{events} events {order}: {users} visitors met {items} items, {mean:.1} each in the mean")];
        let key = || &log.items[self.favourite];
        if *items == 1 {
            all.push(format!(
                "all events are of item `{}`, so there is nothing to choose from; if the site has more, see that the column \
                 of items is the right one ([input] item names it)",
                key()
            ));
            return all;
        }
        if !self.ordered {
            all.push(
                "without times nothing can be learnt of what comes next; if they are known, give them as a column `timestamp`"
                    .into(),
            );
        }
        if self.informative == 0 {
            all.push(
                "nobody met two items, so nothing can be learnt of what goes together: everyone gets the popular items. \
                 If a visitor has a new id on every page, give a column that stays the same over a visit as `session`"
                    .into(),
            );
        } else if self.informative * 10 < *users {
            let share = 100.0 * self.informative as f64 / *users as f64;
            all.push(format!(
                "only {share:.1} % of the visitors met more than one item; what goes together is learnt from them alone"
            ));
        }
        if self.largest > RULES {
            all.push(format!(
                "item `{}` takes {:.0} % of all events; if it is no choice of the visitors (a home page, a free sample), \
                 leave it out of the log",
                key(),
                100.0 * self.largest
            ));
        }
        all
    }

    /// Why nothing was tuned.
    pub fn too_small(&self) -> String {
        format!(
            "too few visitors met two items or more ({}; 20 are needed) to tune with, so sizes and weights are the \
             defaults; a longer log will do better",
            self.informative
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::log;

    fn said(rows: &[&[u32]], items: usize) -> String {
        let log = log(items, rows);
        Shape::of(&log).findings(&log).join("\n")
    }

    #[test]
    fn a_log_is_told_in_numbers() {
        let shape = Shape::of(&log(9, &[&[0, 1, 1, 2], &[0], &[0, 3]]));
        assert_eq!((shape.users, shape.items, shape.catalogue, shape.pairs, shape.events), (3, 4, 9, 6, 7));
        assert_eq!((shape.squares, shape.informative, shape.budget()), (14.0, 2, 1_500_000));
        assert!((shape.largest - 3.0 / 7.0).abs() < 1e-9);
    }

    #[test]
    fn odd_logs_are_named_with_a_remedy() {
        assert!(said(&[&[0, 1], &[1, 2]], 3).contains("in time order: 2 visitors met 3 items, 2.0 each"));
        assert!(said(&[&[0], &[1], &[1]], 2).contains("nobody met two items"));
        assert!(said(&[&[0, 0, 0, 0, 1], &[0, 0]], 2).contains("item `i0` takes 86 % of all events"));
        assert!(said(&[&[0, 0], &[0]], 2).ends_with("of items is the right one ([input] item names it)"));
        assert!(said(&[], 0).starts_with("0 events"));
        let mut rows: Vec<&[u32]> = vec![&[0]; 30];
        rows.push(&[0, 1]);
        assert!(said(&rows, 2).contains("only 3.2 % of the visitors met more than one item"));
    }
}
