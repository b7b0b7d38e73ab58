//! Logs to build from: small, made of a formula, the same on every run.

use std::fmt::Write;

use crate::place::Place;

/// A configuration that keeps builds in unoptimised test programs quick.
pub const QUICK: &str = "[model]\ndim = 8\nbits = 8\ntune_seconds = 3\n";

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

/// A configuration that cuts [`shop`] into some 120 cells below a dozen leaves.
pub const MANY_CELLS: &str = "[model]\ndim = 8\nbits = 16\n[shards]\ntarget = \"1KB\"\n";

/// Items of [`shop`] before its first new ones.
pub const SHOP_ITEMS: u32 = 600;
/// Days before the first new ones.
pub const SHOP_DAYS: u32 = 100;
/// New items a day from then on.
pub const NEW_A_DAY: u32 = 3;
/// Kinds of items; a visitor looks at one kind.
const KINDS: u32 = 50;

/// The key of an item of [`shop`], so long that few go into a file.
pub fn sku(item: u32) -> String {
    format!("{:-<300}{item}", "sku")
}

/// Items that [`shop`] has after so many days.
pub fn shop_items(days: u32) -> u32 {
    SHOP_ITEMS + days.saturating_sub(SHOP_DAYS) * NEW_A_DAY
}

/// A shop of 600 items in 50 kinds, as it was after so many days: 30 visitors a day look at three items of a kind each, 1 %
/// of the first hundred days. From then on three items a day are new, 0.5 %, and the first two of them are looked at at once.
pub fn shop(days: u32) -> String {
    let mut dice = Dice::new(5);
    let mut log = String::from("user,item,timestamp\n");
    for day in 0..days {
        let items = shop_items(day + 1);
        for visitor in 0..30 {
            let new = (day >= SHOP_DAYS && visitor < 8).then(|| items - 1 - visitor % 2);
            let kind = new.map_or_else(|| dice.roll(KINDS), |new| new % KINDS);
            let mut looked: Vec<u32> = new.into_iter().collect();
            while looked.len() < 3 {
                let item = kind + KINDS * dice.roll(SHOP_ITEMS / KINDS);
                if !looked.contains(&item) {
                    looked.push(item);
                }
            }
            for (minute, item) in (0..).zip(looked) {
                let time = 1_699_920_000 + day * 86_400 + visitor * 600 + minute * 60;
                writeln!(log, "u{day}-{visitor},{},{time}", sku(item)).unwrap();
            }
        }
    }
    log
}

/// The catalogue of [`shop`] after so many days.
pub fn shop_catalogue(days: u32) -> String {
    let row = |item: u32| format!("{},kind {},{}\n", sku(item), item % KINDS, 5 + item % 7);
    format!("item,kind,price\n{}", (0..shop_items(days)).map(row).collect::<String>())
}

/// A build of [`shop`] after its first hundred days, in `out`.
pub fn shop_built() -> Place {
    let place = Place::new();
    place.file("log.csv", shop(SHOP_DAYS)).file("recall.toml", MANY_CELLS);
    place.json("build --log log.csv --out out --config recall.toml");
    place
}
