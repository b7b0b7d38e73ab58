//! The users file, matched with the log. Owns the rule that only users of the log count: crowds are made of them.

use std::path::Path;

use anyhow::{Result, bail};

use super::Reading;
use super::columns::USERS_USER;
use super::interner::Interner;
use super::keyed::{KeyedSpec, KeyedSummary, read_keyed};
use crate::config::Config;
use crate::model::{Interactions, UserAttributes};

/// Reads the users file. Users without events are left out; users that it does not hold get empty attributes.
/// Every attribute of `[crowd] keys` must be there.
pub fn read_users(
    path: &Path,
    config: &Config,
    reading: Reading<'_>,
    interactions: &Interactions,
) -> Result<(UserAttributes, KeyedSummary)> {
    let spec = KeyedSpec {
        role: USERS_USER,
        id: config.users.id.as_deref(),
        attributes: config.users.attributes.as_deref(),
        setting: "[users] attributes",
    };
    let mut table = read_keyed(path, spec, reading)?;
    for attribute in config.crowd.keys.iter().flatten().flatten() {
        if !table.names.contains(attribute) {
            let known: Vec<_> = table.names.iter().map(|name| format!("`{name}`")).collect();
            bail!("{}: no column `{attribute}`, which [crowd] keys names; found {}", path.display(), known.join(", "));
        }
    }
    let rows = Interner::from_keys(std::mem::take(&mut table.keys))?;
    let mut not_in_table = 0;
    let values: Vec<Vec<String>> = interactions
        .users
        .iter()
        .map(|user| match rows.get(user) {
            Some(row) => std::mem::take(&mut table.values[row as usize]),
            None => {
                not_in_table += 1;
                vec![String::new(); table.names.len()]
            }
        })
        .collect();
    table.summary.not_in_table = not_in_table;
    table.summary.not_in_log = rows.len() - (values.len() - not_in_table);
    Ok((UserAttributes { names: table.names, values }, table.summary))
}
