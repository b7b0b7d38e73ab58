//! Ranked lists of the values of item attributes: what is liked among the items that are alike. Owns the scores and how lists are
//! cut to their bytes; on the device the history's values choose.

use std::collections::BTreeSet;

use edge_recall::format::attribute::{AttributeType, Column};
use edge_recall::format::crowds::OF_VALUE;

use super::keep_heaviest;
use super::rank::item_rates;
use crate::model::{Interactions, KeyedList};
use crate::sparse::Csr;
use crate::typed::TypedColumn;

/// Items of a list at first.
pub const LENGTH: usize = 100;
/// Items that a list keeps, however few its bytes; there are fewer lists then.
const SHORTEST: usize = 10;
/// An attribute of more values describes too few items by each.
const MAX_VALUES: usize = 512;

/// Parameters of [`value_lists`].
#[derive(Clone, Debug, PartialEq)]
pub struct ValueParams {
    /// Names of the attributes; `None` = all that describe items by few values.
    pub attributes: Option<Vec<String>>,
    /// Distinct users who met an item of a value before it gets a list.
    pub min_users: u32,
    /// Distinct users that an item needs to be listed.
    pub min_users_per_item: u32,
    /// `m`: how many users' worth of the prior every rate starts with.
    pub smoothing: f32,
}

/// Builds the lists, by attribute and value.
///
/// The score of item `j` in the list of value `v` is the posterior of its click rate where the log has exposures,
/// `(clicks_j + m ctr) / (shown_j + m)` with the rate `ctr` of all items together (an item shown to fewer than `min_users_per_item` has
/// that rate); else that of its share of the value's users,
/// `(n_j + m p_j) / (n_v + m)` with `n_v` users who met an item of `v`, `n_j` of them with `j`, and `p_j = n_j / n` of all users.
pub fn value_lists(log: &Interactions, columns: &[&TypedColumn], params: &ValueParams) -> Vec<KeyedList> {
    let by_user = Csr::from_log(log);
    let (by_item, met) = (by_user.transpose(), by_user.column_counts());
    let users = (0..by_user.rows()).filter(|&user| by_user.row_len(user) > 0).count();
    let clicks = item_rates(log, params.min_users_per_item, params.smoothing);
    let smoothing = f64::from(params.smoothing);
    let mut lists = Vec::new();
    let wanted = |column: &TypedColumn| {
        let named = |names: &Vec<String>| names.contains(&column.name);
        column.kind != AttributeType::Number && params.attributes.as_ref().is_none_or(named)
    };
    for column in columns.iter().copied().filter(|column| wanted(column)) {
        let (values, items_of) = items_of(column, log.items.len());
        if params.attributes.is_none() && !(2..=MAX_VALUES).contains(&values.len()) {
            continue;
        }
        for (value, items) in values.iter().zip(items_of) {
            let fans: BTreeSet<u32> = items.iter().flat_map(|&item| by_item.row(item as usize).0).copied().collect();
            if fans.len() < params.min_users as usize {
                continue;
            }
            let rate = |item: u32| match &clicks {
                Some(clicks) => clicks[item as usize],
                None => {
                    let own = f64::from(met[item as usize]);
                    let prior = smoothing * own / users.max(1) as f64;
                    ((own + prior) / (fans.len() as f64 + smoothing)) as f32
                }
            };
            let listed = items.iter().filter(|&&item| met[item as usize] >= params.min_users_per_item.max(1));
            let mut items: Vec<(u32, f32)> = listed.map(|&item| (item, rate(item))).collect();
            keep_heaviest(&mut items, LENGTH);
            // An only item would lead to nothing but itself.
            if items.len() > 1 {
                let key = format!("{OF_VALUE}{}={value}", column.name);
                lists.push(KeyedList { key, users: fans.len() as u32, items });
            }
        }
    }
    lists
}

/// The values of a column and the items of each.
fn items_of(column: &TypedColumn, items: usize) -> (Vec<String>, Vec<Vec<u32>>) {
    let (values, owners): (Vec<String>, Vec<(u32, u32)>) = match column.column((0..items as u32).map(Some)) {
        Column::Number(_) => Default::default(),
        Column::Category { values, codes } => {
            let known = (0..).zip(codes).filter_map(|(item, code)| Some((item, code.checked_sub(1)?)));
            (values, known.collect())
        }
        Column::Tags { values, ends, codes } => {
            let mut owners = Vec::new();
            let mut start = 0;
            for (item, end) in (0..).zip(ends) {
                owners.extend(codes[start as usize..end as usize].iter().map(|&code| (item, code)));
                start = end;
            }
            (values, owners)
        }
    };
    let mut items_of = vec![Vec::new(); values.len()];
    owners.into_iter().for_each(|(item, code)| items_of[code as usize].push(item));
    (values, items_of)
}

/// Shortens lists, and then leaves out those of the values with the fewest users, until they take at most `bytes`: 3 for an entry and
/// the key of every item once, since keys come with the lists where cells are many.
pub fn fit(lists: &mut Vec<KeyedList>, keys: &[String], bytes: usize) {
    let mut length = LENGTH;
    while cost(lists, keys) > bytes {
        if length > SHORTEST {
            length = (length * 3 / 4).max(SHORTEST);
            lists.iter_mut().for_each(|list| list.items.truncate(length));
        } else {
            let values = (0..lists.len()).filter(|&place| lists[place].key.starts_with(OF_VALUE));
            match values.min_by_key(|&place| lists[place].users) {
                Some(least) => drop(lists.remove(least)),
                None => lists.clear(),
            }
        }
    }
}

fn cost(lists: &[KeyedList], keys: &[String]) -> usize {
    let listed: BTreeSet<u32> = lists.iter().flat_map(|list| &list.items).map(|entry| entry.0).collect();
    let keys: usize = listed.iter().map(|&item| keys[item as usize].len() + 1).sum();
    keys + lists.iter().map(|list| list.key.len() + 8 + 3 * list.items.len()).sum::<usize>()
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
