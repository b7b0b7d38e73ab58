//! What is true of a user: age, gender, how much they do and when, what they care for and how that drifts. Owns no item
//! choice; `walk.rs` follows one visit.

use super::DAY;
use super::dice::{Dice, Stream, eighth_root, power};
use super::law::Law;

/// Age bands, youngest first.
pub const AGES: [&str; 6] = ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"];
/// Interests of a user at any time.
const INTERESTS: usize = 3;
/// Probability that a visit begins with a changed interest.
const DRIFT: f64 = 0.2;
/// Departments: the first four levels of the tree.
pub(super) const DEPARTMENT_LEVELS: u32 = 4;

/// Who a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Place in [`AGES`].
    pub age: usize,
    /// `F` or `M`.
    pub gender: char,
}

/// One visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Seconds after the start.
    pub start: u32,
    /// Interactions.
    pub length: u32,
    pub interests: [u32; INTERESTS],
}

impl Law {
    /// Who a user is.
    pub fn person(&self, user: u32) -> Person {
        let mut dice = Dice::new(self.size.seed, Stream::Person, u64::from(user), 0);
        let age = [0.16, 0.44, 0.66, 0.83, 0.94].partition_point(|&below| below <= dice.unit());
        Person { age, gender: if dice.chance(0.52) { 'F' } else { 'M' } }
    }

    /// Interactions of a user. All users together have exactly as many as the law was made for.
    pub fn activity(&self, user: u32) -> u32 {
        // The Lorenz curve of users from lazy to busy: a quarter of the mean at one end, a power law at the other.
        let before = |place: u32| {
            let share = f64::from(place) / f64::from(self.size.users);
            let busy = 1.0 - power(eighth_root(1.0 - share), 5);
            (f64::from(self.size.events) * (0.6 * share * share * share + 0.4 * busy)) as u32
        };
        let place = self.activity.to(user);
        let end = if place + 1 == self.size.users { self.size.events } else { before(place + 1) };
        end - before(place)
    }

    /// How much a department appeals to a person, 0 to 1.
    pub fn appeal(&self, department: u32, person: Person) -> f64 {
        let mut dice = Dice::new(self.size.seed, Stream::Shelf, u64::from(department), 1);
        let (age, tilt) = (dice.unit() * 5.0, dice.unit() * 2.0 - 1.0);
        let years = person.age as f64 - age;
        let towards = if person.gender == 'F' { tilt } else { -tilt };
        (1.0 + 0.8 * towards) / 1.8 / (1.0 + years * years / 2.0)
    }

    /// The department of a cluster.
    pub fn department(&self, cluster: u32) -> u32 {
        cluster >> self.tree.height_of(DEPARTMENT_LEVELS)
    }

    /// The visits of a user, oldest first.
    pub(super) fn visits(&self, user: u32) -> Vec<Visit> {
        let mut dice = Dice::new(self.size.seed, Stream::Calendar, u64::from(user), 0);
        let (mut left, mut visits) = (self.activity(user), Vec::new());
        let joined = if dice.chance(0.6) { 0.0 } else { dice.unit() * 0.8 };
        // The last visits end before the log does.
        let seconds = f64::from(self.size.seconds() - DAY / 24);
        while left > 0 {
            let length = left.min(1 + dice.below(7));
            let start = (seconds * (joined + (1.0 - joined) * dice.unit())) as u32;
            visits.push(Visit { start, length, interests: [0; INTERESTS] });
            left -= length;
        }
        visits.sort_unstable_by_key(|visit| visit.start);
        let mut dice = Dice::new(self.size.seed, Stream::Drift, u64::from(user), 0);
        let mut interests = self.first_interests(user, &mut dice);
        for visit in &mut visits {
            if dice.chance(DRIFT) {
                let changed = dice.below(INTERESTS as u32) as usize;
                interests[changed] = self.tree.near(interests[changed], &mut dice);
            }
            visit.interests = interests;
        }
        visits
    }

    /// Two neighbours in a department that appeals, and one thing of another kind.
    fn first_interests(&self, user: u32, dice: &mut Dice) -> [u32; INTERESTS] {
        let person = self.person(user);
        let mut appealing = || {
            let mut cluster = 0;
            for _ in 0..8 {
                cluster = self.tree.among(0..self.tree.len(), dice);
                if dice.chance(self.appeal(self.department(cluster), person)) {
                    break;
                }
            }
            cluster
        };
        let (home, other) = (appealing(), appealing());
        [home, self.tree.near(home, dice), other]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Size;

    fn law() -> Law {
        Law::new(Size { items: 5000, users: 3000, events: 60_000, days: 30, seed: 5 })
    }

    #[test]
    fn all_events_are_dealt_out_and_unevenly() {
        let law = law();
        let mut all: Vec<u32> = (0..3000).map(|user| law.activity(user)).collect();
        assert_eq!(all.iter().sum::<u32>(), 60_000);
        all.sort_unstable();
        assert!((3..8).contains(&all[0]) && (11..20).contains(&all[1500]) && all[2999] > 100, "{all:?}");
        for user in 0..100 {
            let visits = law.visits(user);
            assert_eq!(visits.iter().map(|visit| visit.length).sum::<u32>(), law.activity(user));
            assert!(visits.windows(2).all(|pair| pair[0].start <= pair[1].start));
        }
    }

    #[test]
    fn interests_drift_and_stay_near() {
        let law = law();
        let (mut same, mut near, mut changed) = (0, 0, 0);
        for user in 0..3000 {
            for pair in law.visits(user).windows(2) {
                let moved = (0..INTERESTS).find(|&place| pair[0].interests[place] != pair[1].interests[place]);
                match moved.map(|place| pair[0].interests[place].abs_diff(pair[1].interests[place])) {
                    None => same += 1,
                    Some(0..16) => near += 1,
                    Some(_) => changed += 1,
                }
            }
        }
        assert!(same > 3 * near && near > 2 * changed && changed > 0, "{same} {near} {changed}");
    }

    #[test]
    fn who_people_are_decides_where_they_look() {
        let law = law();
        let mut counts = [[0_f64; 2]; 32];
        for user in 0..3000 {
            let woman = usize::from(law.person(user).gender == 'F');
            counts[law.department(law.visits(user)[0].interests[0]) as usize][woman] += 1.0;
        }
        let (mut follows, mut all) = (0, 0);
        for (department, [men, women]) in counts.into_iter().enumerate().filter(|(_, [men, women])| men + women > 50.0)
        {
            let appeal = |gender| law.appeal(department as u32, Person { age: 2, gender });
            let (promised, seen) = (appeal('F') / appeal('M'), women / men);
            if !(0.8..1.25).contains(&promised) {
                all += 1;
                follows += usize::from((promised > 1.0) == (seen > 1.0));
            }
        }
        assert!(all >= 4 && follows * 10 >= all * 9, "{follows} of {all} departments");
    }
}
