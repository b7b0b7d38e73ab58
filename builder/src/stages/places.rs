//! Where every item occurs in a log. Owns the index that the stages share which look at what stands around an item.

use crate::model::Interactions;

/// Events by item.
pub struct Places {
    /// User of every event.
    pub users: Vec<u32>,
    offsets: Vec<usize>,
    /// Places of events, grouped by item, ascending: users come one after another.
    places: Vec<usize>,
}

impl Places {
    /// Indexes a log.
    pub fn of(log: &Interactions) -> Self {
        let mut users = Vec::with_capacity(log.events.len());
        for user in 0..log.users.len() {
            users.resize(log.offsets[user + 1], user as u32);
        }
        let mut offsets = vec![0; log.items.len() + 1];
        for event in &log.events {
            offsets[event.item as usize + 1] += 1;
        }
        for item in 0..log.items.len() {
            offsets[item + 1] += offsets[item];
        }
        let mut next = offsets.clone();
        let mut places = vec![0; log.events.len()];
        for (place, event) in log.events.iter().enumerate() {
            places[next[event.item as usize]] = place;
            next[event.item as usize] += 1;
        }
        Self { users, offsets, places }
    }

    /// Places of an item's events.
    pub fn of_item(&self, item: usize) -> &[usize] {
        &self.places[self.offsets[item]..self.offsets[item + 1]]
    }
}
