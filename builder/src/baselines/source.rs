//! The log that the baselines learn from. Owns which file that is, and says so.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::config::InputConfig;
use crate::input::Reading;
use crate::input::log::read_log;
use crate::model::Interactions;
use crate::report::Report;

/// Why it is this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Chosen {
    /// It was named.
    Given,
    /// It is called `train` and lies beside the histories, as `split` writes it.
    Beside,
    /// There was no other: the histories themselves.
    Histories,
}

/// What the baselines learnt from.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// The file.
    pub file: String,
    /// Why it is this one.
    pub chosen: Chosen,
    /// Its users.
    pub users: usize,
    /// Its items.
    pub items: usize,
    /// Its positive interactions.
    pub events: usize,
}

/// Reads the log that `given` names; else the one beside `histories`; else `histories`, which holds `positive` positive
/// interactions.
pub fn read_source(
    given: Option<&Path>,
    histories: &Path,
    positive: u64,
    config: &InputConfig,
    reading: Reading<'_>,
) -> Result<(Interactions, Source)> {
    let (path, chosen) = match given {
        Some(path) => (path.to_owned(), Chosen::Given),
        None => beside(histories).map_or((histories.to_owned(), Chosen::Histories), |path| (path, Chosen::Beside)),
    };
    // The histories were read before, and all that is worth telling of them was told.
    let silent = Report::new(false, true);
    let reading = if chosen == Chosen::Histories { Reading { report: &silent, ..reading } } else { reading };
    let log = match chosen {
        Chosen::Histories if positive == 0 => Interactions::default(),
        _ => read_log(&path, config, reading).context("the baselines cannot learn")?.0,
    };
    let (users, items, events) = (log.users.len(), log.items.len(), log.events.len());
    Ok((log, Source { file: path.display().to_string(), chosen, users, items, events }))
}

/// The file called `train` in the directory of the histories, if there is one; first the one with their ending.
fn beside(histories: &Path) -> Option<PathBuf> {
    let parent = histories.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let ending = |path: &Path| path.file_name()?.to_str()?.split_once('.').map(|(_, ending)| ending.to_owned());
    let own = ending(histories);
    let mut found: Vec<PathBuf> = fs::read_dir(parent)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| name.to_str().is_some_and(|name| name.starts_with("train.")))
        .map(|name| if parent == Path::new(".") { PathBuf::from(name) } else { parent.join(name) })
        .filter(|path| path.is_file() && path.file_name() != histories.file_name())
        .collect();
    found.sort_by_key(|path| (ending(path) != own, path.clone()));
    found.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::testing::Files;

    #[test]
    fn given_then_beside_then_the_histories() {
        let files = Files::empty();
        let histories = files.file("history.csv", "user,item\nu,a\nv,a\nv,b\n");
        let read = |given: Option<&Path>, positive| {
            let (log, source) =
                read_source(given, &histories, positive, &InputConfig::default(), files.lenient()).unwrap();
            assert_eq!((log.users.len(), log.events.len()), (source.users, source.events));
            (source.chosen, source.events)
        };
        assert_eq!(read(None, 3), (Chosen::Histories, 3));
        assert_eq!(read(None, 0), (Chosen::Histories, 0));
        files.file("train.tsv", "user\titem\nu\ta\n");
        assert_eq!(read(None, 3), (Chosen::Beside, 1));
        files.file("train.csv", "user,item\nu,a\nw,a\n");
        assert_eq!(read(None, 3), (Chosen::Beside, 2));
        let given = files.file("elsewhere.csv", "user,item\nu,a\nw,a\nw,b\nw,c\n");
        assert_eq!(read(Some(&given), 3), (Chosen::Given, 4));
    }
}
