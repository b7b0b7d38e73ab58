//! The table `crowds`: ranked items for segments of visitors, and by the other keys of the format. Owns the text of a key and the
//! order of a list.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use edge_recall::format::crowds::{NEW, OF_COHORT, OF_VALUE};

use super::table::{Spec, each};
use crate::input::Reading;
use crate::input::interner::Interner;
use crate::input::keys::shown;
use crate::model::{CrowdList, KeyedList};

const SPEC: Spec = Spec { name: "crowds", needed: &["crowd", "item", "score"], optional: &["users"] };

/// Names with their values.
type Key = Vec<(String, String)>;

/// What a list is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// A segment of visitors.
    Crowd(Key),
    /// A value, a cohort or what is new, by its key in the format.
    Other(String),
}

/// The users behind a list and the entries: score and line of each item.
type List = (u32, BTreeMap<u32, (f32, u64)>);

/// The lists of the table.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Those of crowds.
    pub crowds: Vec<CrowdList>,
    /// The others.
    pub others: Vec<KeyedList>,
}

/// Reads the lists, by key; items are the numbers of `items`.
pub fn read(path: &Path, items: &mut Interner, reading: Reading<'_>) -> Result<Lists> {
    let mut lists: BTreeMap<Of, List> = BTreeMap::new();
    each(path, SPEC, reading, |place, row| {
        let key = of(place.text(&row, 0)?).map_err(|what| place.wrong(row.line, what))?;
        let item = place.item(&row, 1, items)?;
        let score = place.score(&row, 2)?;
        ensure!(score > 0.0, place.wrong(row.line, format!("the score is {score}; give one above 0, or leave it out")));
        let users = match place.text(&row, 3)? {
            "" => 0,
            text => text.parse().map_err(|_| {
                place.wrong(row.line, format!("users is `{}`; give a whole number, or nothing", shown(text)))
            })?,
        };
        let list = lists.entry(key).or_default();
        list.0 = list.0.max(users);
        if let Some((_, first)) = list.1.insert(item, (score, row.line)) {
            let unit = place.unit();
            bail!(place.wrong(
                row.line,
                format!("the item stands in this crowd already, in {unit} {first}; give it one score")
            ));
        }
        Ok(())
    })?;
    let mut found = Lists::default();
    for (of, (users, items)) in lists {
        // Where nobody counted the users, 0 claims none.
        let items = items.into_iter().map(|(item, (score, _))| (item, score)).collect();
        match of {
            Of::Crowd(key) => found.crowds.push(CrowdList { key, users, items }),
            Of::Other(key) => found.others.push(KeyedList { key, users, items }),
        }
    }
    Ok(found)
}

impl Lists {
    /// The lists in rows, best first; `rows` tells where each number of an item went.
    pub fn renumber(&mut self, rows: &[u32]) {
        let crowds = self.crowds.iter_mut().map(|list| &mut list.items);
        for items in crowds.chain(self.others.iter_mut().map(|list| &mut list.items)) {
            items.iter_mut().for_each(|(item, _)| *item = rows[*item as usize]);
            items.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
    }
}

/// What the text of a key names. What is escaped in a crowd's key begins with no letter behind the `%` but those of hex digits.
fn of(text: &str) -> Result<Of, String> {
    let is_value = text
        .strip_prefix(OF_VALUE)
        .is_some_and(|value| value.split_once('=').is_some_and(|(name, _)| !name.is_empty()));
    let is_cohort =
        text.strip_prefix(OF_COHORT).is_some_and(|number| number.parse::<u16>().is_ok_and(|n| n.to_string() == number));
    if text == NEW || is_value || is_cohort {
        return Ok(Of::Other(text.to_owned()));
    }
    if ["%25", "%26", "%3D"].iter().all(|escape| !text.starts_with(escape)) && text.starts_with('%') {
        return Err(format!(
            "the list `{}` is none of `%a:name=value` (of an attribute's value), `%c:0` (of a cohort) and `%new`",
            shown(text)
        ));
    }
    parse(text).map(Of::Crowd)
}

/// The back-off chain of some lists: the names of each, those of most names first, everyone last.
pub fn chain(lists: &[CrowdList]) -> Vec<Vec<String>> {
    let mut keys: Vec<Vec<String>> =
        lists.iter().map(|list| list.key.iter().map(|(name, _)| name.clone()).collect()).collect();
    keys.push(Vec::new());
    keys.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    keys.dedup();
    keys
}

/// `age=25-34&gender=F`, as `crowd_key` of the format writes it.
fn parse(text: &str) -> Result<Key, String> {
    let mut key = Key::new();
    for part in text.split('&').filter(|_| !text.is_empty()) {
        let (name, value) = part.split_once('=').map(|(name, value)| (plain(name), plain(value))).unwrap_or_default();
        if name.is_empty() || value.is_empty() {
            return Err(format!(
                "the crowd `{}` is not `name=value`, several joined by `&`; leave it empty for everyone",
                shown(text)
            ));
        }
        if key.iter().any(|(known, _)| *known == name) {
            return Err(format!("the crowd `{}` names `{}` twice", shown(text), shown(&name)));
        }
        key.push((name, value));
    }
    Ok(key)
}

fn plain(text: &str) -> String {
    text.replace("%26", "&").replace("%3D", "=").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use edge_recall::format::crowds::crowd_key;

    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let parts = [("a&b", "x=y"), ("100%", "%3D"), ("age", "25-34")];
        let text = crowd_key(parts);
        let expected: Key = parts.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(parse(&text), Ok(expected));
        assert_eq!(parse(""), Ok(Vec::new()));
        for text in ["age", "=x", "age=", "a=1&&b=2", "a=1&a=2"] {
            assert!(parse(text).unwrap_err().contains(&format!("the crowd `{text}`")), "{text}");
        }
    }

    #[test]
    fn finer_keys_come_first() {
        let list = |names: &[&str]| CrowdList {
            key: names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect(),
            users: 0,
            items: Vec::new(),
        };
        let chain = chain(&[list(&["b"]), list(&["a", "c"]), list(&[]), list(&["a"]), list(&["a", "b"]), list(&["a"])]);
        assert_eq!(chain, [vec!["a", "b"], vec!["a", "c"], vec!["a"], vec!["b"], vec![]]);
    }
}
