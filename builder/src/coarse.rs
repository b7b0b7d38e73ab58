//! Coarse categories: columns derived from those of the catalogue, which everything that knows attributes may use, rules and
//! recall alike. Owns the derivation; the device sees a column like any other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};

use crate::config::CoarseConfig;
use crate::model::ItemAttributes;
use crate::typed::TAG_SEPARATOR;

/// Adds the coarse columns behind the others, in the order of the columns that they come from.
///
/// # Errors
/// Names a column that the catalogue lacks, and one that it has already.
pub fn add(items: &mut ItemAttributes, config: &BTreeMap<String, CoarseConfig>) -> Result<()> {
    for (column, own) in config {
        let place = items.names.iter().position(|known| known == column);
        let known = || items.names.join(", ");
        let place =
            place.with_context(|| format!("[coarse.{column}]: the catalogue has no such column, only {}", known()))?;
        let name = own.name(column);
        ensure!(
            !items.names.contains(&name),
            "[coarse.{column}]: the catalogue has a column `{name}` already; give another name"
        );
        for row in &mut items.values {
            let coarse: BTreeSet<&str> =
                row[place].split(TAG_SEPARATOR).map(|value| coarser(value.trim(), own)).collect();
            let separator = TAG_SEPARATOR.to_string();
            let coarse = coarse.into_iter().filter(|value| !value.is_empty()).collect::<Vec<_>>().join(&separator);
            row.push(coarse);
        }
        items.names.push(name);
    }
    Ok(())
}

/// The named value; else what stands before the first separator; else the value.
fn coarser<'a>(value: &'a str, config: &'a CoarseConfig) -> &'a str {
    let begins = || Some(value.split_once(config.separator.as_deref()?)?.0.trim());
    config.values.get(value).map(String::as_str).or_else(begins).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> ItemAttributes {
        let texts = |row: &[&str]| row.iter().map(|&text| text.to_owned()).collect();
        let values = [["boots", "a / b / c"], ["sandals|hats", "a"], ["", ""], ["hats| boots ", "d/e"], ["caps", "/x"]];
        ItemAttributes { names: texts(&["kind", "path"]), values: values.iter().map(|row| texts(row)).collect() }
    }

    fn added(text: &str) -> Result<ItemAttributes> {
        let config = crate::config::Config::parse(text)?;
        let mut items = catalogue();
        add(&mut items, &config.coarse).map(|()| items)
    }

    #[test]
    fn values_become_coarser_and_others_stay() {
        let text = "[coarse.kind]\nname = \"department\"\nvalues = { boots = \"shoes\", sandals = \"shoes\" }\n\
            [coarse.path]\nseparator = \"/\"\nvalues = { d/e = \"z\" }";
        let items = added(&text.replace("d/e =", "\"d/e\" =")).unwrap();
        assert_eq!(items.names, ["kind", "path", "department", "path.coarse"]);
        let column = |place: usize| items.values.iter().map(|row| row[place].as_str()).collect::<Vec<_>>();
        assert_eq!(column(2), ["shoes", "hats|shoes", "", "hats|shoes", "caps"]);
        assert_eq!(column(3), ["a", "a", "", "z", ""]);
        assert_eq!(column(0), ["boots", "sandals|hats", "", "hats| boots ", "caps"], "what was there stays");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, problem) in [
            ("[coarse.kind]", "says nothing"),
            ("[coarse.kind]\nseparator = \"\"", "separator is empty"),
            ("[coarse.brand]\nseparator = \"/\"", "has no such column, only kind, path"),
            ("[coarse.kind]\nseparator = \"/\"\nname = \"path\"", "has a column `path` already"),
        ] {
            let message = format!("{:#}", added(text).unwrap_err());
            assert!(message.contains(problem), "{message}");
        }
    }
}
