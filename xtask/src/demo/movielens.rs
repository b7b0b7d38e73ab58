//! MovieLens 100K, as the Python package RecBole carries it. The package is downloaded and unzipped, never installed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::tables::{Event, Film, Person, Tables, age_band};
use crate::tool::{Tool, exists};

const PACKAGE: &str = "recbole==1.2.1";
const INSIDE: &str = "recbole/dataset_example/ml-100k/ml-100k";
const UNZIP: &str = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], sys.argv[3:])";
const ARTICLES: [&str; 14] = ["The", "A", "An", "Il", "La", "Le", "L'", "Les", "El", "Los", "Das", "Der", "Die", "O"];

/// The tables, downloaded on the first call.
pub fn tables(folder: &Path) -> Result<Tables> {
    let files = ["inter", "item", "user"].map(|ending| format!("{INSIDE}.{ending}"));
    if !files.iter().all(|file| folder.join(file).is_file()) {
        download(folder, &files)?;
    }
    let [log, items, users] = files.map(|file| {
        let bytes = std::fs::read(folder.join(&file)).with_context(|| format!("cannot read {file}"))?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&bytes).into_owned())
    });
    parse(&log?, &items?, &users?)
}

/// The tables out of the texts of the three files.
pub fn parse(log: &str, items: &str, users: &str) -> Result<Tables> {
    Ok(Tables { log: events(log)?, items: films(items)?, users: people(users)? })
}

fn download(folder: &Path, files: &[String]) -> Result<()> {
    let python = python()?;
    let wheels = folder.join("wheel");
    let pip = Tool::new(python).args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]);
    pip.arg("--dest").arg(&wheels).arg(PACKAGE).limit(Duration::from_secs(120)).run()?;
    let wheel = wheel_in(&wheels)?;
    Tool::new(python).args(["-c", UNZIP]).arg(wheel).arg(folder).args(files).run()
}

fn python() -> Result<&'static str> {
    match ["python3", "python"].into_iter().find(|name| exists(name)) {
        Some(python) => Ok(python),
        None => bail!("there is no Python here to download it with"),
    }
}

fn wheel_in(folder: &Path) -> Result<PathBuf> {
    let mut files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|ending| ending == "whl")).context("pip downloaded no wheel")
}

/// Rows after the header, split at tabs, exactly `N` fields each.
fn rows<const N: usize>(text: &str) -> impl Iterator<Item = Result<[&str; N]>> {
    text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()).map(|(number, line)| {
        let fields: Vec<&str> = line.split('\t').collect();
        <[&str; N]>::try_from(fields).ok().with_context(|| format!("ml-100k, line {}: {N} fields expected", number + 1))
    })
}

/// Every rating is one event: that someone saw a film says more than how many stars it got.
fn events(text: &str) -> Result<Vec<Event>> {
    let event = |row: Result<[&str; 4]>| {
        let [user, item, _rating, timestamp] = row?;
        let timestamp = timestamp.parse().with_context(|| format!("ml-100k: timestamp `{timestamp}`"))?;
        Ok(Event { user: user.to_owned(), item: item.to_owned(), timestamp })
    };
    rows(text).map(event).collect()
}

fn films(text: &str) -> Result<Vec<Film>> {
    let film = |row: Result<[&str; 4]>| {
        let [item, title, year, genres] = row?;
        // One row has a numeral of its title in this column.
        let year = if year.parse::<u32>().is_ok() { year } else { "" };
        let genres = genres.split(' ').filter(|genre| !genre.is_empty() && *genre != "unknown");
        Ok(Film {
            item: item.to_owned(),
            title: spoken(title),
            year: year.to_owned(),
            genres: genres.map(str::to_owned).collect(),
        })
    };
    rows(text).map(film).collect()
}

fn people(text: &str) -> Result<Vec<Person>> {
    let person = |row: Result<[&str; 5]>| {
        let [user, age, gender, ..] = row?;
        let age = age.parse().with_context(|| format!("ml-100k: age `{age}`"))?;
        Ok(Person { user: user.to_owned(), age: age_band(age), gender: gender.to_owned() })
    };
    rows(text).map(person).collect()
}

/// `Usual Suspects, The` as one says it.
fn spoken(title: &str) -> String {
    match title.rsplit_once(", ") {
        Some((rest, article)) if ARTICLES.contains(&article) => {
            let space = if article.ends_with('\'') { "" } else { " " };
            format!("{article}{space}{rest}")
        }
        _ => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_put_as_one_says_them() {
        assert_eq!(spoken("Usual Suspects, The"), "The Usual Suspects");
        assert_eq!(spoken("Cook the Thief, His Wife"), "Cook the Thief, His Wife");
    }

    #[test]
    fn short_rows_are_named() {
        let message = films("header\n1\tToy Story\t1995\n").err().map(|error| error.to_string());
        assert_eq!(message.as_deref(), Some("ml-100k, line 2: 4 fields expected"));
    }
}
