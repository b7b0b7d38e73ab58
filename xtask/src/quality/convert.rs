//! Research sets as tables that the builder reads. Owns their layouts and protocols; what is made is kept until a source is
//! newer.

use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;

use super::goals::Set;
use crate::demo::movielens;
use crate::paths::Paths;
use crate::tool::Tool;

/// First second of the sequences that come without times, a minute a step.
const START: i64 = 1_000_000_000;
const MINUTE: i64 = 60;

/// The tables of one set.
pub struct Tables {
    /// What is learnt from.
    pub train: PathBuf,
    /// What the recommender may see of each user.
    pub history: PathBuf,
    /// What it should find.
    pub test: PathBuf,
    /// Catalogue and people, where the set has them.
    pub about: Vec<(&'static str, PathBuf)>,
}

/// The tables of `set` out of `data`, in `out`; `None` where the set is not there.
pub fn tables(paths: &Paths, set: Set, data: &Path, out: &Path) -> Result<Option<Tables>> {
    let from = data.join(set.name());
    let sources = sources(set).map(|name| from.join(name));
    if !sources.iter().all(|source| source.is_file()) {
        return Ok(None);
    }
    let out = out.join(set.name());
    std::fs::create_dir_all(&out)?;
    let stamp = out.join("converted");
    if !is_newer(&stamp, &sources) {
        match set {
            Set::Gowalla | Set::MovieLens8020 => {
                write(&out.join("train.csv"), &pairs(&unzip(&sources[0])?)?)?;
                write(&out.join("test.csv"), &pairs(&unzip(&sources[1])?)?)?;
            }
            Set::MovieLens1M => {
                let [train, history, test] = last_out(&unzip(&sources[0])?)?;
                write(&out.join("train.csv"), &train)?;
                write(&out.join("history.csv"), &history)?;
                write(&out.join("test.csv"), &test)?;
            }
            Set::MovieLens100K => {
                let [log, items, users] = [0, 1, 2].map(|at| unzip(&sources[at]));
                movielens::parse(&log?, &items?, &users?)?.write(&out)?;
                let split = Tool::new(paths.builder()).args(["split", "--quiet", "--by", "time", "--log"]);
                split.arg(out.join("log.csv")).arg("--out").arg(out.join("split")).run()?;
            }
        }
        write(&stamp, "")?;
    }
    let at = |name: &str| out.join(name);
    Ok(Some(match set {
        // Without an order there is nothing between what is learnt from and what is found.
        Set::Gowalla | Set::MovieLens8020 => {
            Tables { train: at("train.csv"), history: at("train.csv"), test: at("test.csv"), about: Vec::new() }
        }
        Set::MovieLens1M => {
            Tables { train: at("train.csv"), history: at("history.csv"), test: at("test.csv"), about: Vec::new() }
        }
        Set::MovieLens100K => Tables {
            train: at("split/train.csv"),
            history: at("split/history.csv"),
            test: at("split/test.csv"),
            about: vec![("--items", at("items.csv")), ("--users", at("users.csv"))],
        },
    }))
}

/// Three files at most; where a set has fewer, the last one stands again.
fn sources(set: Set) -> [&'static str; 3] {
    match set {
        Set::Gowalla | Set::MovieLens8020 => ["train.txt.gz", "test.txt.gz", "test.txt.gz"],
        Set::MovieLens1M => ["sequences.txt.gz"; 3],
        Set::MovieLens100K => ["ml-100k.inter.gz", "ml-100k.item.gz", "ml-100k.user.gz"],
    }
}

/// A log without times: every line a user and the items.
fn pairs(text: &str) -> Result<String> {
    let mut table = String::from("user,item\n");
    each_user(text, |user, items| {
        for item in items {
            let _ = writeln!(table, "u{user},{item}");
        }
    })?;
    Ok(table)
}

/// Leave-last-out, strict: learnt from all but the last two events of every user, seen all but the last, found the last.
/// The one before the last is what others tune with; here nobody does, and nothing is learnt from it either.
fn last_out(text: &str) -> Result<[String; 3]> {
    let mut tables = [0; 3].map(|_| String::from("user,item,timestamp\n"));
    each_user(text, |user, items| {
        let last = items.len().saturating_sub(1);
        for (place, item) in items.iter().enumerate() {
            let row = format!("u{user},{item},{}\n", START + MINUTE * place as i64);
            if place + 1 < last {
                tables[0].push_str(&row);
            }
            tables[if place < last { 1 } else { 2 }].push_str(&row);
        }
    })?;
    Ok(tables)
}

/// Lines of a user and items, separated by spaces.
fn each_user(text: &str, mut user: impl FnMut(&str, &[&str])) -> Result<()> {
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        match fields.split_first() {
            None => {}
            Some((name, items)) if fields.iter().all(|field| field.bytes().all(|b| b.is_ascii_digit())) => {
                user(name, items);
            }
            Some(_) => bail!("line {}: numbers separated by spaces expected", number + 1),
        }
    }
    Ok(())
}

fn unzip(path: &Path) -> Result<String> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut bytes = Vec::new();
    GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{} is no whole gzip file", path.display()))?;
    // Titles may be of any encoding; keys are plain.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn is_newer(stamp: &Path, sources: &[PathBuf]) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    sources.iter().all(|source| time(stamp).is_some_and(|made| time(source).is_some_and(|source| made > source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_user() {
        assert_eq!(pairs("0 5 6\n\n1 7\n2\n").unwrap(), "user,item\nu0,5\nu0,6\nu1,7\n");
        assert_eq!(pairs("0 5\n1 x\n").unwrap_err().to_string(), "line 2: numbers separated by spaces expected");
    }

    #[test]
    fn the_last_is_found_and_the_one_before_it_seen_only() {
        let [train, history, test] = last_out("1 40 41 42\n2 50\n").unwrap();
        let rows = |table: &str| table.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(rows(&train), ["u1,40,1000000000"]);
        assert_eq!(rows(&history), ["u1,40,1000000000", "u1,41,1000000060"]);
        assert_eq!(rows(&test), ["u1,42,1000000120", "u2,50,1000000000"]);
    }
}
