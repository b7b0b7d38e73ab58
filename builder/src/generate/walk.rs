//! One visit, step by step: what is looked at, shown, clicked, put in the cart and bought. Owns the choice of the next
//! item and the cases that held-out measurements need.

use super::dice::{Dice, Stream};
use super::law::Law;
use super::people::Visit;

/// Probability that the next item goes with the one before it.
const COMPANION: f64 = 0.5;
/// Probability of an item that everybody knows.
const KNOWN: f64 = 0.06;
/// Probability that a page shows a strip of recommendations that is logged.
const STRIP: f64 = 0.06;
/// Places of a row that people follow.
const PLACES: u32 = 24;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Offered beside the trigger; no interaction.
    Shown,
    /// A page was opened.
    View,
    /// An offer was taken.
    Click,
    /// Put into the cart.
    Cart,
    /// Bought.
    Purchase,
}

impl Kind {
    /// The word of the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::View => "view",
            Self::Click => "click",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
        }
    }
}

/// One line of the log. Ordered by time, then as it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happening {
    /// Seconds after the start.
    pub second: u32,
    /// The user.
    pub user: u32,
    /// Counts within the visit.
    pub step: u16,
    /// What happened.
    pub kind: Kind,
    /// The item.
    pub item: u32,
    /// The item beside which it was shown, for `shown` and the clicks that come of it.
    pub trigger: Option<u32>,
}

/// A user to measure on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldOut {
    /// What the device knows, oldest first.
    pub history: Vec<Happening>,
    /// What it should find: the newest new items.
    pub test: Vec<u32>,
}

impl Law {
    /// All that a user does, oldest first.
    pub fn life(&self, user: u32) -> Vec<Happening> {
        let mut life = Vec::new();
        self.life_within(user, 0..u32::MAX, &mut life);
        life.sort_unstable();
        life
    }

    /// The visits of a user that begin within a span.
    pub(super) fn life_within(&self, user: u32, span: std::ops::Range<u32>, into: &mut Vec<Happening>) {
        for (place, visit) in self.visits(user).iter().enumerate().filter(|(_, visit)| span.contains(&visit.start)) {
            let dice = Dice::new(self.size.seed, Stream::Session, u64::from(user), place as u64);
            Walk { law: self, user, visit, dice, second: visit.start, step: 0, into }.walk();
        }
    }

    /// The history of a user and the newest tenth of their items, at least one; `None` for users with fewer than four.
    pub fn held_out(&self, user: u32) -> Option<HeldOut> {
        let mut history = self.life(user);
        history.retain(|it| it.kind != Kind::Shown);
        let mut met = std::collections::BTreeSet::new();
        let firsts: Vec<(usize, u32)> =
            history.iter().map(|it| it.item).enumerate().filter(|it| met.insert(it.1)).collect();
        if firsts.len() < 4 {
            return None;
        }
        let test = &firsts[firsts.len() - (firsts.len() / 10).max(1)..];
        history.truncate(test[0].0);
        Some(HeldOut { history, test: test.iter().map(|first| first.1).collect() })
    }
}

struct Walk<'a> {
    law: &'a Law,
    user: u32,
    visit: &'a Visit,
    dice: Dice,
    second: u32,
    step: u16,
    into: &'a mut Vec<Happening>,
}

impl Walk<'_> {
    fn walk(&mut self) {
        let (mut left, mut before) = (self.visit.length, None);
        while left > 0 {
            let mut item = self.next(before);
            self.happens(Kind::View, item, None);
            left -= 1;
            if left > 0
                && self.dice.chance(STRIP)
                && let Some(clicked) = self.strip(item)
            {
                self.happens(Kind::Click, clicked, Some(item));
                left -= 1;
                item = clicked;
            }
            if left > 0 && self.dice.chance(0.08) {
                self.happens(Kind::Cart, item, None);
                left -= 1;
                if left > 0 && self.dice.chance(0.5) {
                    self.happens(Kind::Purchase, item, None);
                    left -= 1;
                }
            }
            before = Some(item);
        }
    }

    fn happens(&mut self, kind: Kind, item: u32, trigger: Option<u32>) {
        self.into.push(Happening { second: self.second, user: self.user, step: self.step, kind, item, trigger });
        self.step += 1;
        if kind != Kind::Shown {
            self.second += 10 + self.dice.below(110);
        }
    }

    /// The next item that is there already.
    fn next(&mut self, before: Option<u32>) -> u32 {
        let share = self.dice.unit();
        let item = match before {
            _ if share < KNOWN => self.known(),
            Some(before) if share < KNOWN + COMPANION => self.companion(before),
            _ => {
                let place = [0.5, 0.8].partition_point(|&below| below <= self.dice.unit());
                let interest = self.visit.interests[place];
                let beside = self.dice.chance(0.12);
                let cluster = if beside { self.law.tree.near(interest, &mut self.dice) } else { interest };
                self.law.tree.draw(cluster, &mut self.dice)
            }
        };
        self.present(item)
    }

    fn companion(&mut self, item: u32) -> u32 {
        // The minimum of two leans towards the front of the row.
        let place = self.dice.below(PLACES).min(self.dice.below(PLACES));
        self.law.companion(item, place)
    }

    fn known(&mut self) -> u32 {
        let cluster = self.law.tree.known_to_all(&mut self.dice);
        self.law.tree.draw(cluster, &mut self.dice)
    }

    /// The item, or the best of its cluster where it is not born yet.
    fn present(&self, item: u32) -> u32 {
        if self.law.born(item) <= self.second { item } else { self.law.tree.ranked(self.law.tree.cluster_of(item), 0) }
    }

    /// Offers beside an item, as a middling recommender makes them, and the one that is taken.
    fn strip(&mut self, trigger: u32) -> Option<u32> {
        let mut offers: Vec<(u32, f64)> = Vec::new();
        for _ in 0..4 + self.dice.below(4) {
            let (item, appeal) = match self.dice.unit() {
                share if share < 0.6 => (self.companion(trigger), 0.09),
                share if share < 0.85 => (self.law.tree.draw(self.law.tree.cluster_of(trigger), &mut self.dice), 0.05),
                _ => (self.known(), 0.01),
            };
            let item = self.present(item);
            if item != trigger && offers.iter().all(|offer| offer.0 != item) {
                offers.push((item, appeal));
                self.happens(Kind::Shown, item, Some(trigger));
            }
        }
        // Few look further than the first offers.
        let seen = offers.into_iter().zip(1_u32..);
        let mut taken = None;
        for ((item, appeal), place) in seen {
            let wanted = self.visit.interests.contains(&self.law.cluster_of(item));
            let chance = appeal * if wanted { 2.0 } else { 1.0 } * 2.0 / f64::from(1 + place);
            if taken.is_none() && self.dice.chance(chance) {
                taken = Some(item);
            }
        }
        taken
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
