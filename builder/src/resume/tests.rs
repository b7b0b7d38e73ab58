use std::fs;

use super::*;
use crate::config::Config;
use crate::learn::{Learned, learn};
use crate::model::UserAttributes;
use crate::recipe::Recipe;
use crate::stages::fixture::checkerboard;

const KEPT: [&str; 3] = ["item-vectors", "next-item-table", "two-hop-table"];

fn silent(dir: &Path) -> Work {
    Work::open(dir, Report::new(false, true)).unwrap()
}

/// Learns with a work directory; also gives the names of the stages that were not run again.
fn learned(log: &Interactions, dir: &Path, change: impl Fn(&mut Recipe)) -> (Learned, Vec<String>) {
    let users = UserAttributes::default();
    let mut config = Config::default();
    config.model.dim = Some(4);
    let mut recipe = Recipe::new(&config, log, &users);
    change(&mut recipe);
    let (progress, work) = (Progress::hidden(), silent(dir));
    let learned = learn(log, &users, &recipe, Run::new(&progress, Some(&work))).unwrap();
    work.sweep();
    let reused = progress.times().into_iter().filter(|time| time.reused).map(|time| time.stage).collect();
    (learned, reused)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn same(one: &Learned, two: &Learned) {
    assert_eq!((&one.tables, &one.vectors), (&two.tables, &two.vectors));
}

#[test]
fn a_second_run_takes_what_the_first_one_kept() {
    let (home, log) = (tempfile::tempdir().unwrap(), checkerboard(30, 16));
    let (first, reused) = learned(&log, home.path(), |_| ());
    assert!(reused.is_empty());
    let kept = names(home.path());
    assert!(kept.len() == 3 && kept.iter().zip(KEPT).all(|(name, stage)| name.starts_with(stage)), "{kept:?}");
    let (second, reused) = learned(&log, home.path(), |_| ());
    assert_eq!(reused, ["two-hop table", "next-item table", "item vectors"]);
    same(&first, &second);
}

#[test]
fn a_run_that_was_broken_off_goes_on_where_it_stopped() {
    let (home, log) = (tempfile::tempdir().unwrap(), checkerboard(30, 16));
    let (first, _) = learned(&log, home.path(), |_| ());
    let lost = names(home.path()).into_iter().find(|name| name.starts_with("next-item")).unwrap();
    fs::remove_file(home.path().join(lost)).unwrap();
    let (second, reused) = learned(&log, home.path(), |_| ());
    assert_eq!(reused, ["two-hop table", "item vectors"]);
    same(&first, &second);
}

#[test]
fn other_parameters_and_other_logs_are_other_results_and_old_ones_go() {
    let (home, mut log) = (tempfile::tempdir().unwrap(), checkerboard(30, 16));
    fs::write(home.path().join("notes.txt"), "mine").unwrap();
    fs::write(home.path().join("my-first.stage"), "mine too").unwrap();
    learned(&log, home.path(), |_| ());
    let before = names(home.path());
    let (_, reused) = learned(&log, home.path(), |recipe| recipe.als.as_mut().unwrap().lambda *= 2.0);
    assert_eq!(reused, ["two-hop table", "next-item table"]);
    log.events[5].weight = 2.0;
    let (_, reused) = learned(&log, home.path(), |_| ());
    assert!(reused.is_empty());
    let after = names(home.path());
    assert_eq!((after.len(), after.iter().filter(|name| before.contains(name)).count()), (5, 2));
}

#[test]
fn damaged_and_foreign_files_are_made_again() {
    let (home, log) = (tempfile::tempdir().unwrap(), checkerboard(30, 16));
    let (first, _) = learned(&log, home.path(), |_| ());
    let whole: Vec<(String, Vec<u8>)> =
        names(home.path()).into_iter().map(|name| (name.clone(), fs::read(home.path().join(name)).unwrap())).collect();
    for (name, bytes) in &whole {
        let path = home.path().join(name);
        let mut wrongs: Vec<Vec<u8>> = [0, 20, 45, 60, bytes.len() / 2, bytes.len() - 1]
            .map(|place| {
                let mut wrong = bytes.clone();
                wrong[place] ^= 0xFF;
                wrong
            })
            .into();
        wrongs.extend([Vec::new(), bytes[..bytes.len() - 1].to_vec(), [bytes, &b"x"[..]].concat()]);
        wrongs.extend(whole.iter().filter(|other| other.0 != *name).map(|other| other.1.clone()));
        for wrong in wrongs {
            fs::write(&path, &wrong).unwrap();
            let (again, reused) = learned(&log, home.path(), |_| ());
            assert_eq!(reused.len(), 2, "{name} of {} bytes was believed", wrong.len());
            same(&first, &again);
            assert!(fs::read(&path).unwrap() == *bytes, "{name} is whole again");
        }
    }
}
