//! The list of what is new. Owns when an item came and how fast that fades.

use edge_recall::format::crowds::NEW;

use super::keep_heaviest;
use super::lists::LENGTH;
use crate::input::time::{minute, parse_time};
use crate::model::{Interactions, ItemAttributes, KeyedList};

/// Columns that tell when an item came, where none is named.
const COLUMNS: [&str; 2] = ["added", "born"];
/// What scores less is new no more: older than three half-lives and a third.
const LEAST: f32 = 0.1;
const MINUTES_A_DAY: f32 = 24.0 * 60.0;

/// Scores every item by `2^(-age / half-life)`, its age being told by a column of the catalogue and counted back from the newest of
/// dates and events. `None` where no column tells, or all came at once. The first event of an item is no date: the log may be older, or
/// younger, than its items.
pub fn fresh_list(
    log: &Interactions,
    items: Option<&ItemAttributes>,
    column: Option<&str>,
    half_life_days: f32,
) -> Option<KeyedList> {
    let births = born(items?, column)?;
    let newest_event = log.events.iter().filter_map(|event| event.minute).max();
    let newest_birth = births.iter().copied().flatten().max()?;
    let now = newest_event.map_or(newest_birth, |event| event.max(newest_birth));
    let half_life = half_life_days * MINUTES_A_DAY;
    let score = |minute: u32| libm::exp2f(-((now - minute) as f32) / half_life);
    let scored = (0..).zip(&births).filter_map(|(item, birth)| Some((item, score((*birth)?))));
    let mut items: Vec<(u32, f32)> = scored.filter(|entry| entry.1 >= LEAST).collect();
    let tells = items.iter().any(|entry| entry.1 != items[0].1) || items.len() < births.iter().flatten().count();
    keep_heaviest(&mut items, LENGTH);
    (tells && !items.is_empty()).then(|| KeyedList { key: NEW.into(), users: 0, items })
}

/// Whether a column tells when items came: the one that is named, else one of the usual names.
pub fn is_birth(name: &str, column: Option<&str>) -> bool {
    column.map_or_else(|| COLUMNS.contains(&name.to_lowercase().as_str()), |column| name == column)
}

/// When the catalogue says that items came; `None` where no column does for half of them.
fn born(items: &ItemAttributes, column: Option<&str>) -> Option<Vec<Option<u32>>> {
    let place = items.names.iter().position(|name| is_birth(name, column))?;
    let births: Vec<Option<u32>> = items.values.iter().map(|row| parse_time(&row[place]).ok().map(minute)).collect();
    (births.iter().flatten().count() * 2 >= births.len()).then_some(births)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::log;

    fn listed(list: Option<KeyedList>) -> Vec<(u32, f32)> {
        list.map(|list| list.items).unwrap_or_default()
    }

    #[test]
    fn the_catalogue_tells_what_is_new() {
        let log = log(4, &[]);
        let row = |text: &str| vec!["x".to_owned(), text.to_owned()];
        let dates = ["2024-03-01", "2024-03-15", "", "2024-01-01"];
        let items = ItemAttributes { names: vec!["title".into(), "Added".into()], values: dates.map(row).to_vec() };
        // Fourteen days older is half as new; what is of January is new no more, what has no date never was.
        assert_eq!(listed(fresh_list(&log, Some(&items), None, 14.0)), [(1, 1.0), (0, 0.5)]);
        assert_eq!(listed(fresh_list(&log, Some(&items), Some("title"), 14.0)), []);
    }

    #[test]
    fn where_all_came_at_once_nothing_is_new() {
        let items = ItemAttributes { names: vec!["born".into()], values: vec![vec!["2024-03-01".into()]; 3] };
        assert_eq!(fresh_list(&log(3, &[]), Some(&items), None, 14.0), None);
    }
}
