//! A made-up catalogue for machines that cannot get MovieLens: films in niches, people whose taste drifts.
//! Deterministic: every run makes the same films and the same evenings.

use super::tables::{Event, Film, Person, Tables, age_band};

const FILMS: usize = 1_200;
const PEOPLE: usize = 900;
/// Niches of a genre: what people actually follow, finer than anything the catalogue says.
const NICHES: usize = 4;
const FIRST_DAY: i64 = 875_000_000;

/// Name, and how much it draws people at 20 and at 60, women and men.
const GENRES: [(&str, [f64; 4]); 12] = [
    ("Action", [1.6, 0.7, 0.7, 1.5]),
    ("Adventure", [1.3, 0.8, 0.9, 1.2]),
    ("Animation", [1.3, 0.5, 1.2, 0.8]),
    ("Comedy", [1.4, 0.9, 1.2, 1.0]),
    ("Crime", [0.9, 1.2, 0.9, 1.1]),
    ("Drama", [0.8, 1.7, 1.5, 0.9]),
    ("Horror", [1.5, 0.3, 0.6, 1.1]),
    ("Musical", [0.5, 1.3, 1.4, 0.6]),
    ("Romance", [1.0, 1.2, 1.7, 0.6]),
    ("Sci-Fi", [1.4, 0.7, 0.6, 1.5]),
    ("Thriller", [1.2, 1.0, 0.9, 1.2]),
    ("Western", [0.3, 1.5, 0.5, 1.1]),
];
const FIRST_WORDS: [&str; 24] = [
    "Silent", "Last", "Golden", "Broken", "Hidden", "Distant", "Crimson", "Empty", "Endless",
    "Paper", "Midnight", "Northern", "Burning", "Second", "Glass", "Wild", "Lonely", "Velvet",
    "Electric", "Stolen", "Winter", "Secret", "Falling", "Quiet",
];
const SECOND_WORDS: [&str; 28] = [
    "Harbour", "Summer", "Kingdom", "Letter", "Garden", "Road", "Station", "Promise", "River",
    "Machine", "Empire", "Witness", "Horizon", "Mirror", "Dance", "Island", "Shadow", "Orchard",
    "Signal", "Voyage", "Stranger", "Bridge", "Canyon", "Theatre", "Lantern", "Fortune", "Echo",
    "Season",
];

/// A film's place in the world, beside what the catalogue tells.
struct Place {
    niche: usize,
    draw: f64,
}

/// The tables.
pub fn tables() -> Tables {
    let mut dice = Dice(0x5EED_CA7A_1065);
    let (items, places) = films(&mut dice);
    let mut by_niche = vec![Vec::new(); GENRES.len() * NICHES];
    for (film, place) in places.iter().enumerate() {
        by_niche[place.niche].push(film);
    }
    let mut tables = Tables {
        items,
        ..Tables::default()
    };
    for number in 0..PEOPLE {
        let years = 14 + (dice.unit() * dice.unit() * 55.0) as u32;
        let woman = dice.unit() < 0.45;
        let user = format!("u{}", number + 1);
        watch(
            &mut dice,
            &mut tables,
            &user,
            taste(years, woman),
            &by_niche,
            &places,
        );
        tables.users.push(Person {
            user,
            age: age_band(years),
            gender: if woman { "F" } else { "M" }.to_owned(),
        });
    }
    tables
        .log
        .sort_by(|a, b| (a.timestamp, &a.user, &a.item).cmp(&(b.timestamp, &b.user, &b.item)));
    tables
}

fn films(dice: &mut Dice) -> (Vec<Film>, Vec<Place>) {
    let mut films = Vec::with_capacity(FILMS);
    let mut places = Vec::with_capacity(FILMS);
    let words = FIRST_WORDS.len() * SECOND_WORDS.len();
    for number in 0..FILMS {
        // A stride coprime to the number of pairs visits each pair once before a sequel is needed.
        let pair = number * 131 % words;
        let sequel = if number < words { "" } else { " II" };
        let title = format!(
            "{} {}{sequel}",
            FIRST_WORDS[pair / SECOND_WORDS.len()],
            SECOND_WORDS[pair % SECOND_WORDS.len()]
        );
        let genre = dice.below(GENRES.len());
        let other = dice.below(GENRES.len());
        let mut genres = vec![GENRES[genre].0.to_owned()];
        if other != genre && dice.unit() < 0.5 {
            genres.push(GENRES[other].0.to_owned());
        }
        let year = 1998 - (dice.unit() * dice.unit() * 50.0) as u32;
        films.push(Film {
            item: format!("f{}", number + 1),
            title,
            year: year.to_string(),
            genres,
        });
        places.push(Place {
            niche: genre * NICHES + dice.below(NICHES),
            draw: dice.unit().powi(-1).min(60.0).sqrt(),
        });
    }
    (films, places)
}

/// How strongly each genre draws a person of this age and sex.
fn taste(years: u32, woman: bool) -> Vec<f64> {
    let old = (f64::from(years.clamp(20, 60)) - 20.0) / 40.0;
    let draw = |(_, [at_20, at_60, women, men]): &(&str, [f64; 4])| {
        (at_20 * (1.0 - old) + at_60 * old) * if woman { women } else { men }
    };
    GENRES.iter().map(draw).collect()
}

/// One person's evenings: mostly out of a few favourite niches, one of which is replaced now and then.
fn watch(
    dice: &mut Dice,
    into: &mut Tables,
    user: &str,
    taste: Vec<f64>,
    by_niche: &[Vec<usize>],
    places: &[Place],
) {
    let mut favourites: Vec<usize> = (0..3)
        .map(|_| dice.weighted(&taste) * NICHES + dice.below(NICHES))
        .collect();
    let mut seen = vec![false; places.len()];
    let mut clock = FIRST_DAY + dice.below(200 * 86_400) as i64;
    let evenings = 5 + (dice.unit().powi(2) * 60.0) as usize;
    for evening in 0..evenings {
        if evening % 8 == 7 {
            let replaced = dice.below(favourites.len());
            favourites[replaced] = dice.weighted(&taste) * NICHES + dice.below(NICHES);
        }
        let favourite = favourites[dice.below(favourites.len())];
        for _ in 0..1 + dice.below(5) {
            let anything = dice.unit() < 0.15;
            let niche = if anything {
                dice.weighted(&taste) * NICHES + dice.below(NICHES)
            } else {
                favourite
            };
            let draws: Vec<f64> = by_niche[niche]
                .iter()
                .map(|&film| places[film].draw)
                .collect();
            let Some(&film) = by_niche[niche].get(dice.weighted(&draws)) else {
                continue;
            };
            if !std::mem::replace(&mut seen[film], true) {
                let item = into.items[film].item.clone();
                into.log.push(Event {
                    user: user.to_owned(),
                    item,
                    timestamp: clock,
                });
                clock += 60 + dice.below(7_000) as i64;
            }
        }
        clock += 86_400 + dice.below(5 * 86_400) as i64;
    }
}

/// SplitMix64: small, seeded, the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// Above 0, at most 1.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A position, by weight; 0 for no weights at all.
    fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (at, weight) in weights.iter().enumerate() {
            left -= weight;
            if left <= 0.0 {
                return at;
            }
        }
        weights.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_catalogue_every_time_and_large_enough_to_learn_from() {
        let (one, two) = (tables(), tables());
        let log = |tables: &Tables| {
            tables
                .log
                .iter()
                .map(|event| event.item.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(log(&one), log(&two));
        assert!(one.log.len() > 20_000, "{} events", one.log.len());
        let titles: std::collections::HashSet<_> =
            one.items.iter().map(|film| &film.title).collect();
        assert_eq!(titles.len(), FILMS);
    }
}
