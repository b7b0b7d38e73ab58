//! Writes a made-up site as the files a site owner would have: log, catalogue, users. Owns columns and the order of rows.
//!
//! The log is written in order of time, a stretch at a time; memory is that of one stretch, whatever the length.

use std::io::Write;

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::Serialize;

use super::law::Law;
use super::people::AGES;
use super::walk::{Happening, Kind};
use super::{DAY, START};
use crate::output::OutputDir;
use crate::progress::Progress;

/// Interactions of one stretch of time, about.
const STRETCH: u32 = 1_000_000;
/// Rows that one task works on.
const BLOCK: u32 = 8_192;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Items in the catalogue.
    pub items: u64,
    /// Users in the users file.
    pub users: u64,
    /// Interactions in the log.
    pub events: u64,
    /// Exposures in the log.
    pub shown: u64,
}

/// Writes log.csv, items.csv and users.csv as they were after `until` days (all that is later is left out).
pub fn write(law: &Law, until: u32, out: &OutputDir, progress: &Progress) -> Result<Written> {
    let until = until.saturating_mul(DAY).min(law.size().seconds());
    let mut written =
        Written { items: items(law, until, out, progress)?, users: users(law, out)?, ..Written::default() };
    log(law, until, out, progress, &mut written)?;
    Ok(written)
}

fn log(law: &Law, until: u32, out: &OutputDir, progress: &Progress, written: &mut Written) -> Result<()> {
    let size = law.size();
    let bar = progress.stage("writing the log", u64::from(size.seconds()));
    let mut file = out.create_file("log.csv")?;
    file.write_all(b"user,item,type,timestamp,trigger\n")?;
    let stretches = size.events.div_ceil(STRETCH).max(1);
    let bound = |stretch: u32| (u64::from(size.seconds()) * u64::from(stretch) / u64::from(stretches)) as u32;
    // A visit may run on into the next stretch.
    let mut rows: Vec<Happening> = Vec::new();
    for stretch in 0..stretches {
        let last = stretch + 1 == stretches;
        let end = if last { u32::MAX } else { bound(stretch + 1) };
        rows.par_extend((0..size.users.div_ceil(BLOCK)).into_par_iter().flat_map_iter(|block| {
            let mut rows = Vec::new();
            for user in block * BLOCK..size.users.min((block + 1) * BLOCK) {
                law.life_within(user, bound(stretch)..end, &mut rows);
            }
            rows
        }));
        rows.par_sort_unstable();
        let ready = rows.partition_point(|row| row.second < end.min(until));
        in_blocks(&mut file, &rows[..ready], |row, text| {
            let (user, item) = (law.user_number(row.user), law.item_number(row.item));
            write!(text, "u{user},i{item},{},{},", row.kind.name(), START + u64::from(row.second))?;
            row.trigger.map_or(Ok(()), |trigger| write!(text, "i{}", law.item_number(trigger)))?;
            writeln!(text)
        })?;
        let shown = rows[..ready].iter().filter(|row| row.kind == Kind::Shown).count();
        written.shown += shown as u64;
        written.events += (ready - shown) as u64;
        bar.set(u64::from(end.min(size.seconds())));
        if end >= until {
            break;
        }
        rows.drain(..ready);
    }
    Ok(())
}

fn items(law: &Law, until: u32, out: &OutputDir, progress: &Progress) -> Result<u64> {
    let items = law.size().items;
    let bar = progress.stage("writing the items", u64::from(items));
    let mut file = out.create_file("items.csv")?;
    file.write_all(b"item,title,category,brand,price,tags,born\n")?;
    let mut count = 0;
    for first in (0..items).step_by(STRETCH as usize) {
        let numbers = first..items.min(first.saturating_add(STRETCH));
        let born = |number: u32| (law.item_of_number(number), law.born(law.item_of_number(number)));
        let rows: Vec<(u32, u32)> = numbers.into_par_iter().map(born).filter(|(_, born)| *born < until).collect();
        in_blocks(&mut file, &rows, |&(item, born), text| {
            let it = law.description(item);
            let number = law.item_number(item);
            let (whole, hundredths) = (it.price / 100, it.price % 100);
            write!(text, "i{number},{},{},{},{whole}.{hundredths:02},{},", it.title, it.category, it.brand, it.tags)?;
            // The day only: enough for what is new, and few values.
            if born > 0 { writeln!(text, "{}", START + u64::from(born / DAY * DAY)) } else { writeln!(text) }
        })?;
        count += rows.len() as u64;
        bar.add(u64::from(STRETCH));
    }
    Ok(count)
}

fn users(law: &Law, out: &OutputDir) -> Result<u64> {
    let users: Vec<u32> = (0..law.size().users).collect();
    let mut file = out.create_file("users.csv")?;
    file.write_all(b"user,age,gender\n")?;
    in_blocks(&mut file, &users, |&user, text| {
        let person = law.person(user);
        writeln!(text, "u{},{},{}", law.user_number(user), AGES[person.age], person.gender)
    })?;
    Ok(users.len() as u64)
}

/// Formats rows in parallel and writes them in order.
fn in_blocks<T: Sync>(
    file: &mut impl Write,
    rows: &[T],
    line: impl Fn(&T, &mut Vec<u8>) -> std::io::Result<()> + Sync,
) -> Result<()> {
    let texts = rows.par_chunks(BLOCK as usize).map(|rows| {
        let mut text = Vec::with_capacity(rows.len() * 48);
        rows.iter().try_for_each(|row| line(row, &mut text)).map(|()| text)
    });
    for text in texts.collect::<std::io::Result<Vec<_>>>()? {
        file.write_all(&text).context("cannot write the made-up site")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;
    use crate::output::GENERATED;
    use crate::stages::fixture::on_threads;

    fn site(size: Size, until: u32) -> ([String; 3], Written) {
        let home = tempfile::tempdir().unwrap();
        let out = OutputDir::create(&home.path().join("site"), GENERATED).unwrap();
        let written = write(&Law::new(size), until, &out, &Progress::hidden()).unwrap();
        (
            ["log.csv", "items.csv", "users.csv"].map(|name| std::fs::read_to_string(out.path().join(name)).unwrap()),
            written,
        )
    }

    const SIZE: Size = Size { items: 3000, users: 1500, events: 20_000, days: 20, seed: 3 };

    #[test]
    fn threads_do_not_change_a_byte_and_seeds_do() {
        let [one, three] = on_threads(|| site(SIZE, 20));
        assert_eq!(one, three);
        let (files, other) = (one.0, site(Size { seed: 4, ..SIZE }, 20).0);
        (0..3).for_each(|place| assert_ne!(files[place], other[place]));
    }

    #[test]
    fn the_log_is_whole_and_in_order_of_time() {
        let ([log, items, users], written) = site(SIZE, 20);
        assert_eq!((written.items, written.users, written.events), (3000, 1500, 20_000));
        assert_eq!((items.lines().count(), users.lines().count()), (3001, 1501));
        assert_eq!(log.lines().count() as u64, 1 + written.events + written.shown);
        let times: Vec<u64> =
            log.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().parse().unwrap()).collect();
        assert!(times.is_sorted() && times[0] >= START);
        for line in log.lines().skip(1) {
            let kind = line.split(',').nth(2).unwrap();
            assert_eq!(line.ends_with(','), !matches!(kind, "shown" | "click"), "{line}");
        }
    }

    #[test]
    fn an_earlier_day_is_the_beginning_of_a_later_one() {
        let ((early, some), (late, all)) = (site(SIZE, 10), site(SIZE, 20));
        assert!(late[0].starts_with(&early[0]) && some.events < all.events && some.items < all.items);
        let items: std::collections::BTreeSet<&str> = late[1].lines().collect();
        assert!(early[1].lines().all(|line| items.contains(line)));
        assert_eq!(early[2], late[2]);
    }
}
