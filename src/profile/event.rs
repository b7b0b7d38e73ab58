//! Kinds of events, with the weights and half-lives that hold where the manifest says nothing else.

/// What the user did with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Looked at it.
    View,
    /// Clicked it in a list of recommendations.
    Click,
    /// Said that it is good.
    Like,
    /// Put it into the cart.
    Cart,
    /// Bought it.
    Purchase,
    /// Never wants to see it again.
    Hide,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [EventKind; 6] =
        [EventKind::View, EventKind::Click, EventKind::Like, EventKind::Cart, EventKind::Purchase, EventKind::Hide];
    /// Their names.
    pub const NAMES: [&str; 6] = ["view", "click", "like", "cart", "purchase", "hide"];

    /// Stable name, as in logs, the manifest and the JavaScript API.
    pub fn name(self) -> &'static str {
        EventKind::NAMES[self as usize]
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<EventKind> {
        EventKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Default strength as a trigger. Not positive = never a trigger.
    pub fn weight(self) -> f32 {
        match self {
            EventKind::View => 1.0,
            EventKind::Click => 2.0,
            EventKind::Like => 4.0,
            EventKind::Cart => 5.0,
            EventKind::Purchase => 3.0,
            EventKind::Hide => -4.0,
        }
    }

    /// Days after which an event counts half, under decay by age.
    pub fn half_life_days(self) -> f32 {
        match self {
            EventKind::View | EventKind::Click => 7.0,
            EventKind::Cart => 14.0,
            EventKind::Like => 30.0,
            EventKind::Purchase | EventKind::Hide => 60.0,
        }
    }
}
