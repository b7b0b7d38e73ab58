//! Logs to build from: small, made of a formula, the same on every run.

use std::fmt::Write;

use crate::place::Place;

/// A configuration that keeps builds in unoptimised test programs quick.
pub const QUICK: &str = "[model]\ndim = 8\n";

/// Numbers that look random and repeat on every run.
pub struct Dice(u32);

impl Dice {
    pub fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % sides
    }
}

/// Two communities that never meet: even users meet about two thirds of the even items, odd users of the odd ones, in an
/// order of their own.
pub fn checkerboard(users: u32, items: u32) -> String {
    let mut dice = Dice::new(7);
    let mut log = String::from("user,item,timestamp\n");
    for user in 0..users {
        let mut own: Vec<u32> = (user % 2..items).step_by(2).filter(|_| dice.roll(3) > 0).collect();
        for place in (1..own.len()).rev() {
            own.swap(place, dice.roll(place as u32 + 1) as usize);
        }
        let start = 1_700_000_000 + user * 977;
        for (step, item) in (0u32..).zip(own) {
            writeln!(log, "u{user},i{item},{}", start + step * 600).unwrap();
        }
    }
    log
}

/// The communities' items by name.
pub fn catalogue(items: u32) -> String {
    let row = |item: u32| format!("i{item},{},{}\n", side(item), f64::from(item) * 0.5);
    format!("item,side,price\n{}", (0..items).map(row).collect::<String>())
}

/// The communities' users by name.
pub fn people(users: u32) -> String {
    format!("user,side\n{}", (0..users).map(|user| format!("u{user},{}\n", side(user))).collect::<String>())
}

pub fn side(number: u32) -> &'static str {
    if number.is_multiple_of(2) { "even" } else { "odd" }
}

/// Users of six communities of twelve items each, who stray into another one every fifth time; popular items first.
pub fn clustered(users: u32) -> String {
    let mut dice = Dice::new(11);
    let mut log = String::from("user,item,timestamp\n");
    for user in 0..users {
        let mut met = Vec::new();
        for step in 0..10 {
            let community = if dice.roll(5) == 0 { dice.roll(6) } else { user % 6 };
            let item = community * 12 + dice.roll(12).min(dice.roll(12));
            if !met.contains(&item) {
                met.push(item);
                writeln!(log, "u{user},i{item},{}", 1_700_000_000 + dice.roll(9) * 86_400 + step * 60).unwrap();
            }
        }
    }
    log
}

/// A build of 60 users of the checkerboard, its catalogue with two items that nobody met, and its users, in `out`.
pub fn built() -> Place {
    let place = Place::new();
    place.file("log.csv", checkerboard(60, 24)).file("items.csv", catalogue(26)).file("users.csv", people(60));
    place.file("recall.toml", QUICK);
    place.json("build --log log.csv --items items.csv --users users.csv --out out --config recall.toml");
    place
}
