//! The words the builder's stages exchange. Owns no algorithm and does no I/O.

use edge_recall::Context;

/// One interaction of one user with one item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Row in [`Interactions::items`].
    pub item: u32,
    /// Minutes since the Unix epoch; `None` where the log has no timestamp column.
    pub minute: Option<u32>,
    /// Positive strength of the interaction; 1 where the log has no weight.
    pub weight: f32,
    /// Whether the item was put into the cart or bought.
    pub taken: bool,
}

/// That a user was shown an item: one for each user, trigger and item, however often that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure {
    /// Row of the item beside which it was shown; `None` where the log does not tell.
    pub trigger: Option<u32>,
    /// Row of the item that was shown.
    pub item: u32,
    /// Row of the user, or a number behind those of users who did nothing else.
    pub user: u32,
    /// Whether the user clicked it.
    pub clicked: bool,
}

/// The whole log in memory: sparse rows, one per user (or session, where there are no users).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interactions {
    /// User keys, in byte order.
    pub users: Vec<String>,
    /// Item keys: those of the log in byte order, then what the catalogue adds.
    pub items: Vec<String>,
    /// `events[offsets[u]..offsets[u + 1]]` are the events of user `u`; length `users + 1`.
    pub offsets: Vec<usize>,
    /// Events by user: oldest first (ties in item-key order) where the log is ordered, by item-key order otherwise.
    pub events: Vec<Event>,
    /// What was shown, in the order of its fields; empty where the log does not tell.
    pub exposures: Vec<Exposure>,
    /// True where the log has timestamps. File order is never taken for time.
    pub ordered: bool,
    /// Which of its events and pairs item-to-item tables are made of.
    pub pairing: Pairing,
}

/// What item-to-item tables leave out of a log; nothing unless a site owner says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairing {
    /// Events older than this many days before the newest.
    pub window_days: Option<u32>,
    /// A pair counts half where its user completed it this many days before the newest event.
    pub half_life_days: Option<f32>,
    /// Users with more events than this within any one minute: robots.
    pub max_per_minute: Option<u32>,
    /// Pairs of items of two categories: the category of each item, `None` where it is unknown and so goes with all. Empty where
    /// categories do not matter.
    pub categories: Vec<Option<u32>>,
}

impl Pairing {
    /// Whether two items may be a pair.
    pub fn allows(&self, a: usize, b: usize) -> bool {
        let category = |item: usize| self.categories.get(item).copied().flatten();
        category(a).is_none_or(|own| category(b).is_none_or(|other| own == other))
    }
}

impl Interactions {
    /// The events of one user.
    pub fn user(&self, user: usize) -> &[Event] {
        &self.events[self.offsets[user]..self.offsets[user + 1]]
    }
}

/// One item-to-item table: for every trigger item up to T targets, heaviest first (ties by item row).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct I2iTable {
    /// `rows[trigger]` = `(target, weight)`, weights positive and finite.
    pub rows: Vec<Vec<(u32, f32)>>,
}

/// Item vectors and what the device needs to fold a new user in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemVectors {
    /// Dimension of a row.
    pub dim: usize,
    /// Row-major `items x dim`.
    pub rows: Vec<f32>,
}

impl ItemVectors {
    /// The vector of one item.
    pub fn row(&self, item: usize) -> &[f32] {
        &self.rows[item * self.dim..(item + 1) * self.dim]
    }
}

/// One ranked list for one crowd of users.
#[derive(Clone, Debug, PartialEq)]
pub struct CrowdList {
    /// Attribute assignment in the order of the crowd key, e.g. `[("age", "25-34"), ("gender", "F")]`; empty = everyone.
    pub key: Vec<(String, String)>,
    /// Users behind the list, at least the configured minimum.
    pub users: u32,
    /// `(item, score)`, best first, scores positive.
    pub items: Vec<(u32, f32)>,
}

/// One ranked list of something else than a crowd.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyedList {
    /// Key as it stands in the file.
    pub key: String,
    /// Users behind the list; 0 where nobody's behaviour is in it.
    pub users: u32,
    /// `(item, score)`, best first, scores positive.
    pub items: Vec<(u32, f32)>,
}

/// Attributes of the users, one row a user, for crowds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserAttributes {
    /// Column names.
    pub names: Vec<String>,
    /// `values[user][column]`; an empty string means unknown.
    pub values: Vec<Vec<String>>,
}

impl UserAttributes {
    /// What is known of a user, as a visitor would say it.
    pub fn context(&self, user: usize) -> Context {
        let values = self.values.get(user).map(Vec::as_slice).unwrap_or_default();
        let pairs = self.names.iter().zip(values).filter(|(_, value)| !value.is_empty());
        pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Attributes of the items as read, one row an item, before types are inferred.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemAttributes {
    /// Column names.
    pub names: Vec<String>,
    /// `values[item][column]`; an empty string means unknown.
    pub values: Vec<Vec<String>>,
}
