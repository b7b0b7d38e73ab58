//! Crowd lists: what people like this one like, for visitors without a history. Owns smoothing and back-off; the
//! choice of list on the device belongs to the runtime.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::keep_heaviest;
use super::pairing::fading;
use crate::model::{CrowdList, Interactions, UserAttributes};
use crate::sparse::{Csr, Scatter};

/// Parameters of [`crowd_lists`].
#[derive(Clone, Debug, PartialEq)]
pub struct CrowdParams {
    /// The back-off chain, finest key first: each key is a set of user attributes, the empty key is everyone.
    pub keys: Vec<Vec<String>>,
    /// Items per list.
    pub length: usize,
    /// Users a crowd needs to be published; smaller ones are left to their parent.
    pub min_users: u32,
    /// Distinct users of the whole log that an item needs to be listed.
    pub min_users_per_item: u32,
    /// Days after which an event counts half; `None` = for ever. Needs an ordered log, else it does nothing.
    pub half_life_days: Option<f32>,
    /// `m`: how many users' worth of the parent's opinion every crowd starts with.
    pub smoothing: f32,
}

impl Default for CrowdParams {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            length: 100,
            min_users: 50,
            min_users_per_item: 2,
            half_life_days: None,
            smoothing: 50.0,
        }
    }
}

/// Builds the lists, sorted by key; the first is everyone's, unless there are no items at all.
///
/// The score of item `j` in crowd `g` is a smoothed rate of distinct users,
/// `p_gj = (n_gj + m p_parent,j) / (n_g + m)`: `n_g` users with events, `n_gj` of them with the item (each user once,
/// at the age of the user's newest event with it, where there is a half-life). The parent is the next key of the chain
/// whose attributes are a subset, finally everyone. Users whose value for an attribute of a key is unknown belong to
/// no crowd of that key. `attributes.values` is parallel to `log.users`.
///
/// # Errors
/// A key that names an unknown attribute.
pub fn crowd_lists(log: &Interactions, attributes: &UserAttributes, params: &CrowdParams) -> Result<Vec<CrowdList>> {
    if log.items.is_empty() {
        return Ok(Vec::new());
    }
    let levels = Level::chain(attributes, &params.keys)?;
    let votes = Votes::of(log, params.half_life_days);
    let everyone: Vec<u32> = (0..votes.0.rows() as u32).filter(|&user| votes.0.row_len(user as usize) > 0).collect();
    let listed: Vec<bool> = votes.0.column_counts().iter().map(|&users| users >= params.min_users_per_item).collect();

    let mut crowds = vec![Crowd::of(Vec::new(), &everyone, &votes, None)];
    let mut places = BTreeMap::from([(Vec::new(), 0)]);
    for (place, level) in levels.iter().enumerate().rev() {
        // Coarse to fine: a parent is ready before its children.
        let parent = levels[place + 1..].iter().find(|coarser| coarser.is_part_of(level));
        let mut members: BTreeMap<Assignment, Vec<u32>> = BTreeMap::new();
        for &user in &everyone {
            if let Some(key) = level.assignment(attributes, user as usize) {
                members.entry(key).or_default().push(user);
            }
        }
        members.retain(|_, users| users.len() >= params.min_users as usize);
        for (key, users) in members {
            // The parent holds all of these users and more, so it passed the minimum too.
            let parent = places[&parent.map_or(Vec::new(), |parent| parent.restrict(&key))];
            places.insert(key.clone(), crowds.len());
            crowds.push(Crowd::of(key, &users, &votes, Some(parent)));
        }
    }
    let mut lists: Vec<CrowdList> = Vec::with_capacity(crowds.len());
    for crowd in &crowds {
        let inherited = crowd.parent.map_or(&[][..], |parent| &lists[parent].items);
        lists.push(crowd.list(&crowds, inherited, &listed, params));
    }
    lists.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(lists)
}

/// Attribute names with their values, in the order of the crowd key.
type Assignment = Vec<(String, String)>;

/// One key of the chain: its attributes by name and by column of the user attributes.
struct Level {
    names: Vec<String>,
    columns: Vec<usize>,
}

impl Level {
    /// The chain without the empty key (everyone is always there) and without repetitions.
    fn chain(attributes: &UserAttributes, keys: &[Vec<String>]) -> Result<Vec<Self>> {
        let mut seen = BTreeSet::from([BTreeSet::new()]);
        let mut levels = Vec::new();
        for names in keys {
            let mut columns = Vec::with_capacity(names.len());
            for name in names {
                match attributes.names.iter().position(|known| known == name) {
                    Some(column) => columns.push(column),
                    None => bail!(
                        "crowd key {names:?} names the user attribute {name:?}, which does not exist; known: {}",
                        attributes.names.join(", ")
                    ),
                }
            }
            if seen.insert(columns.iter().copied().collect()) {
                levels.push(Self { names: names.clone(), columns });
            }
        }
        Ok(levels)
    }

    fn is_part_of(&self, finer: &Self) -> bool {
        self.columns.iter().all(|column| finer.columns.contains(column))
    }

    fn assignment(&self, attributes: &UserAttributes, user: usize) -> Option<Assignment> {
        let value = |column: &usize| attributes.values.get(user)?.get(*column).filter(|value| !value.is_empty());
        self.names
            .iter()
            .zip(&self.columns)
            .map(|(name, column)| Some((name.clone(), value(column)?.clone())))
            .collect()
    }

    /// The part of a finer key that this level speaks of.
    fn restrict(&self, key: &Assignment) -> Assignment {
        let part = |name: &String| key.iter().find(|pair| pair.0 == *name).cloned();
        self.names.iter().filter_map(part).collect()
    }
}

/// Users x items; a cell is one vote, or less where the user's newest event with the item is old.
struct Votes(Csr);

impl Votes {
    fn of(log: &Interactions, half_life_days: Option<f32>) -> Self {
        Self(fading(log, half_life_days))
    }
}

/// One crowd that is large enough.
struct Crowd {
    key: Assignment,
    users: u32,
    /// `(item, n_gj)` of the items somebody in the crowd met, by item.
    votes: Vec<(u32, f64)>,
    parent: Option<usize>,
}

impl Crowd {
    fn of(key: Assignment, users: &[u32], votes: &Votes, parent: Option<usize>) -> Self {
        let mut sums = Scatter::<f64>::new(votes.0.width);
        for &user in users {
            let (items, values) = votes.0.row(user as usize);
            for (&item, &vote) in items.iter().zip(values) {
                *sums.slot(item) += f64::from(vote);
            }
        }
        let mut counted = Vec::new();
        sums.drain(|item, sum| counted.push((item, sum)));
        counted.sort_unstable_by_key(|cell| cell.0);
        Self { key, users: users.len() as u32, votes: counted, parent }
    }

    /// `p_gj`.
    fn rate(&self, crowds: &[Self], item: u32, smoothing: f64) -> f64 {
        let votes = self.votes.binary_search_by_key(&item, |cell| cell.0).map_or(0.0, |place| self.votes[place].1);
        match self.parent {
            None => votes / f64::from(self.users),
            Some(parent) => {
                let inherited = crowds[parent].rate(crowds, item, smoothing);
                (votes + smoothing * inherited) / (f64::from(self.users) + smoothing)
            }
        }
    }

    /// The best items. An item that nobody here met keeps its rank among its like in the parent's list, so it can
    /// only come from that list.
    fn list(&self, crowds: &[Self], inherited: &[(u32, f32)], listed: &[bool], params: &CrowdParams) -> CrowdList {
        let smoothing = f64::from(params.smoothing);
        let met = |item: u32| self.votes.binary_search_by_key(&item, |cell| cell.0).is_ok();
        let own = self.votes.iter().map(|cell| cell.0).filter(|&item| listed[item as usize]);
        let candidates = own.chain(inherited.iter().map(|cell| cell.0).filter(|&item| !met(item)));
        let mut items: Vec<(u32, f32)> = candidates
            .map(|item| (item, self.rate(crowds, item, smoothing) as f32))
            .filter(|cell| cell.1 > 0.0)
            .collect();
        keep_heaviest(&mut items, params.length);
        CrowdList { key: self.key.clone(), users: self.users, items }
    }
}

#[cfg(test)]
#[path = "crowd_tests.rs"]
mod tests;
