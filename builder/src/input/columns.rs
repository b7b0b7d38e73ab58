//! Which column plays which role. Owns the usual names of each role and the errors when a column is missing or could
//! be one of two; reads no rows.

use std::path::Path;

use anyhow::{Result, bail};

/// What a column is for.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// The role as messages call it.
    pub name: &'static str,
    /// Where the configuration names the column, e.g. `[input] item`.
    pub setting: &'static str,
    /// Usual names, letters and digits only, lower case; the first wins over the others.
    pub usual: &'static [&'static str],
}

/// The item of an event.
pub const ITEM: Role = Role {
    name: "item",
    setting: "[input] item",
    usual: &["item", "itemid", "iid", "sku", "product", "productid", "movieid", "articleid", "contentid", "trackid"],
};
/// The user of an event.
pub const USER: Role = Role {
    name: "user",
    setting: "[input] user",
    usual: &["user", "userid", "uid", "customer", "customerid", "visitor", "visitorid", "clientid"],
};
/// The session of an event.
pub const SESSION: Role = Role { name: "session", setting: "[input] session", usual: &["session", "sessionid", "sid"] };
/// The time of an event.
pub const TIME: Role = Role {
    name: "time",
    setting: "[input] time",
    usual: &["timestamp", "time", "ts", "datetime", "date", "eventtime", "createdat", "unixtime"],
};
/// The kind of an event.
pub const EVENT: Role =
    Role { name: "type", setting: "[input] event", usual: &["type", "event", "eventtype", "eventname", "action"] };
/// The item beside which another was shown or clicked.
pub const TRIGGER: Role =
    Role { name: "trigger", setting: "[input] trigger", usual: &["trigger", "triggerid", "triggeritem"] };
/// The weight of an event.
pub const WEIGHT: Role = Role { name: "weight", setting: "[input] weight", usual: &["weight"] };
/// The item of a catalogue row.
pub const CATALOGUE_ITEM: Role = Role {
    name: "item",
    setting: "[items] id",
    usual: &[
        "item",
        "itemid",
        "id",
        "iid",
        "sku",
        "product",
        "productid",
        "movieid",
        "articleid",
        "contentid",
        "trackid",
    ],
};
/// The user of a row of the users file.
pub const USERS_USER: Role = Role {
    name: "user",
    setting: "[users] id",
    usual: &["user", "userid", "id", "uid", "customer", "customerid", "visitor", "visitorid", "clientid"],
};

/// Looks roles up in one header line and remembers what had to be guessed.
#[derive(Debug)]
pub struct Columns<'a> {
    file: &'a Path,
    header: &'a [String],
    guessed: Vec<String>,
}

impl<'a> Columns<'a> {
    /// For the header line of `file`.
    pub fn new(file: &'a Path, header: &'a [String]) -> Self {
        Self { file, header, guessed: Vec::new() }
    }

    /// The column of a role: the configured one, which must exist, or the one with a usual name.
    pub fn find(&mut self, role: Role, configured: Option<&str>) -> Result<Option<usize>> {
        if let Some(name) = configured {
            return self.named(name, role.setting).map(Some);
        }
        let places = |usual: &str| -> Vec<usize> {
            (0..self.header.len()).filter(|&at| plain(&self.header[at]) == usual).collect()
        };
        let first = places(role.usual[0]);
        let found = if first.is_empty() { role.usual.iter().flat_map(|usual| places(usual)).collect() } else { first };
        match found[..] {
            [] => Ok(None),
            [at] => {
                if plain(&self.header[at]) != role.usual[0] {
                    self.guessed.push(format!("`{}` as {}", self.header[at], role.name));
                }
                Ok(Some(at))
            }
            [one, two, ..] => bail!(
                "{}: both `{}` and `{}` could be the column `{}`; say which with `{} = \"...\"` in the configuration",
                self.file.display(),
                self.header[one],
                self.header[two],
                role.name,
                role.setting
            ),
        }
    }

    /// The column of a role that must exist.
    pub fn need(&mut self, role: Role, configured: Option<&str>) -> Result<usize> {
        match self.find(role, configured)? {
            Some(at) => Ok(at),
            None => Err(self.missing(&[role])),
        }
    }

    /// The error for a file in which none of these roles has a column.
    pub fn missing(&self, roles: &[Role]) -> anyhow::Error {
        let names: Vec<_> = roles.iter().map(|role| format!("`{}`", role.name)).collect();
        anyhow::anyhow!(
            "{}: no column {}; found {}; name the right one with `{} = \"...\"` in the configuration (--config recall.toml)",
            self.file.display(),
            names.join(" or "),
            self.found(),
            roles[0].setting
        )
    }

    /// A column by the name that the configuration gives, whatever its role.
    pub fn named(&self, name: &str, setting: &str) -> Result<usize> {
        let exact = self.header.iter().position(|column| column == name);
        let close = || self.header.iter().position(|column| column.eq_ignore_ascii_case(name));
        match exact.or_else(close) {
            Some(at) => Ok(at),
            None => bail!(
                "{}: no column `{name}`, which {setting} names in the configuration; found {}",
                self.file.display(),
                self.found()
            ),
        }
    }

    /// One line about the columns that were taken by a usual name; `None` where nothing was guessed.
    pub fn notice(&self) -> Option<String> {
        (!self.guessed.is_empty()).then(|| format!("{}: reading {}", self.file.display(), self.guessed.join(", ")))
    }

    fn found(&self) -> String {
        let mut names: Vec<_> =
            self.header.iter().take(12).map(|name| format!("`{}`", super::keys::shown(name))).collect();
        if self.header.len() > names.len() {
            names.push("...".into());
        }
        names.join(", ")
    }
}

/// `User-ID`, `user_id` and `userId` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
