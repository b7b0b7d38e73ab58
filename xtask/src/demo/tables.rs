//! The three tables that the builder reads, and the cards that the page shows. CSV is written and read here only.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// One interaction.
pub struct Event {
    pub user: String,
    pub item: String,
    /// Seconds since 1970.
    pub timestamp: i64,
}

/// One film.
pub struct Film {
    pub item: String,
    pub title: String,
    pub year: String,
    pub genres: Vec<String>,
}

/// One person, as coarse as the demo's crowds.
pub struct Person {
    pub user: String,
    pub age: &'static str,
    pub gender: String,
}

/// Everything the demo is built from.
#[derive(Default)]
pub struct Tables {
    pub log: Vec<Event>,
    pub items: Vec<Film>,
    pub users: Vec<Person>,
}

impl Tables {
    /// Writes `log.csv`, `items.csv`, `users.csv`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let log = self.log.iter().map(|event| {
            [
                event.user.clone(),
                event.item.clone(),
                event.timestamp.to_string(),
            ]
        });
        write(&folder.join("log.csv"), ["user", "item", "timestamp"], log)?;
        let items = self.items.iter();
        let items = items.map(|film| {
            [
                film.item.clone(),
                film.title.clone(),
                film.year.clone(),
                film.genres.join("|"),
            ]
        });
        write(
            &folder.join("items.csv"),
            ["item", "title", "year", "genres"],
            items,
        )?;
        let users = self.users.iter();
        let users = users.map(|person| {
            [
                person.user.clone(),
                person.age.to_owned(),
                person.gender.clone(),
            ]
        });
        write(&folder.join("users.csv"), ["user", "age", "gender"], users)
    }
}

/// The age band of the demo's crowds; the bounds are those of the larger MovieLens sets.
pub fn age_band(years: u32) -> &'static str {
    match years {
        0..18 => "under-18",
        18..25 => "18-24",
        25..35 => "25-34",
        35..45 => "35-44",
        45..50 => "45-49",
        50..56 => "50-55",
        _ => "56+",
    }
}

/// Turns `items.csv` into `{ id: { title, year, genres } }` for the page.
pub fn write_cards(items: &Path, cards: &Path) -> Result<()> {
    let text = std::fs::read_to_string(items).with_context(|| items.display().to_string())?;
    let mut rows = parse(&text).into_iter();
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|field| field == name);
    let Some(id) = column("item") else {
        bail!("{} has no column `item`", items.display())
    };
    let (title, year, genres) = (column("title"), column("year"), column("genres"));
    let mut all = Map::new();
    for row in rows {
        let field = |at: Option<usize>| at.and_then(|at| row.get(at)).map_or("", String::as_str);
        let key = field(Some(id));
        let title = if field(title).is_empty() {
            key
        } else {
            field(title)
        };
        let genres: Vec<&str> = field(genres)
            .split('|')
            .filter(|genre| !genre.is_empty())
            .collect();
        all.insert(
            key.to_owned(),
            json!({ "title": title, "year": field(year), "genres": genres }),
        );
    }
    std::fs::write(cards, Value::Object(all).to_string())
        .with_context(|| cards.display().to_string())
}

fn write<const N: usize>(
    path: &Path,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<()> {
    let mut text = header.join(",");
    for row in rows {
        text.push('\n');
        for (at, field) in row.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            if field.contains([',', '"', '\n', '\r']) {
                write!(text, "{comma}\"{}\"", field.replace('"', "\"\""))?;
            } else {
                write!(text, "{comma}{field}")?;
            }
        }
    }
    text.push('\n');
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

/// Rows of comma-separated values with RFC 4180 quotes.
fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(field) = row.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(std::mem::replace(&mut row, vec![String::new()])),
            '\r' if !quoted => {}
            letter => field.push(letter),
        }
    }
    if row != [""] {
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_come_back_as_they_went() -> Result<()> {
        let file = std::env::temp_dir().join(format!("xtask-tables-{}.csv", std::process::id()));
        let rows = [
            ["1".to_owned(), "A, \"B\"\nC".to_owned()],
            ["2".to_owned(), String::new()],
        ];
        write(&file, ["item", "title"], rows.clone().into_iter())?;
        let read = parse(&std::fs::read_to_string(&file)?);
        std::fs::remove_file(&file)?;
        assert_eq!(read[0], ["item", "title"]);
        assert_eq!(read[1..], rows);
        Ok(())
    }

    #[test]
    fn bands_meet_without_gaps() {
        let bands = [17, 18, 24, 25, 34, 35, 44, 45, 49, 50, 55, 56].map(age_band);
        assert_eq!(bands[0], "under-18");
        assert_eq!(bands[2..4], ["18-24", "25-34"]);
        assert_eq!(bands[11], "56+");
    }
}
