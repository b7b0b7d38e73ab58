//! Text columns of the catalogue to typed attributes. Owns the inference of types; reads no files.

use std::collections::BTreeSet;

use edge_recall::format::attribute::{AttributeType, Column};

use crate::model::ItemAttributes;

/// What separates the values of a tags column.
pub const TAG_SEPARATOR: char = '|';
/// A text column with more distinct values than this names items rather than describing them.
const MAX_VALUES: usize = 4096;

/// A column ready for packing, one entry an item in the order it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedColumn {
    /// Column name.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
    /// The text of every item; empty = unknown.
    texts: Vec<String>,
}

/// Types the columns of a catalogue. A text column whose values nearly all differ (a title, a URL) describes nothing that
/// could be filtered by; unless `keep_all`, it is left out and its name returned beside.
pub fn type_columns(attributes: &ItemAttributes, keep_all: bool) -> (Vec<TypedColumn>, Vec<String>) {
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for (place, name) in attributes.names.iter().enumerate() {
        let texts: Vec<String> = attributes.values.iter().map(|row| row[place].trim().to_owned()).collect();
        let known: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let kind = infer(&known);
        if kind == AttributeType::Category && !keep_all && names_items(&known) {
            left_out.push(name.clone());
        } else {
            columns.push(TypedColumn { name: name.clone(), kind, texts });
        }
    }
    (columns, left_out)
}

fn infer(known: &[&str]) -> AttributeType {
    let number = |text: &&str| text.parse::<f32>().is_ok_and(f32::is_finite);
    if !known.is_empty() && known.iter().all(number) {
        AttributeType::Number
    } else if known.iter().any(|text| text.contains(TAG_SEPARATOR)) {
        AttributeType::Tags
    } else {
        AttributeType::Category
    }
}

fn names_items(known: &[&str]) -> bool {
    let distinct = known.iter().collect::<BTreeSet<_>>().len();
    distinct > MAX_VALUES || (distinct > 20 && distinct * 2 > known.len())
}

impl TypedColumn {
    /// The column of some items, given by their rows, as the format has it; `None` = nothing is known of the item.
    pub fn column(&self, rows: impl Iterator<Item = Option<u32>> + Clone) -> Column {
        let texts = rows.map(|row| row.map_or("", |row| self.texts[row as usize].as_str()));
        match self.kind {
            AttributeType::Number => Column::Number(texts.map(|text| text.parse().unwrap_or(f32::NAN)).collect()),
            AttributeType::Category => {
                let values = dictionary(texts.clone());
                let code = |text: &str| values.binary_search(&text).map_or(0, |place| place as u32 + 1);
                Column::Category { codes: texts.map(code).collect(), values: owned(&values) }
            }
            AttributeType::Tags => {
                let values = dictionary(texts.clone().flat_map(tags));
                let (mut ends, mut codes) = (Vec::new(), Vec::new());
                for text in texts {
                    let own: BTreeSet<u32> = tags(text)
                        .filter_map(|tag| values.binary_search(&tag).ok())
                        .map(|place| place as u32)
                        .collect();
                    codes.extend(own);
                    ends.push(codes.len() as u32);
                }
                Column::Tags { values: owned(&values), ends, codes }
            }
        }
    }
}

fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split(TAG_SEPARATOR).map(str::trim).filter(|tag| !tag.is_empty())
}

fn dictionary<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    texts.filter(|text| !text.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(column: &[&str]) -> ItemAttributes {
        ItemAttributes { names: vec!["it".into()], values: column.iter().map(|&text| vec![text.to_owned()]).collect() }
    }

    fn check(column: &[&str], kind: AttributeType, values: &[&[&str]]) {
        let (columns, _) = type_columns(&catalogue(column), true);
        assert_eq!(columns[0].kind, kind);
        let rows: Vec<u32> = (0..column.len() as u32).collect();
        let column = columns[0].column(rows.iter().copied().map(Some));
        for (slot, expected) in values.iter().enumerate() {
            assert_eq!(column.values(slot), *expected);
        }
    }

    #[test]
    fn types_follow_the_values() {
        check(&["1995", "", "-2.5"], AttributeType::Number, &[&["1995"], &[], &["-2.5"]]);
        check(&["war", "", " drama "], AttributeType::Category, &[&["war"], &[], &["drama"]]);
        check(&["war|drama|war", "", "war"], AttributeType::Tags, &[&["drama", "war"], &[], &["war"]]);
        check(&["", ""], AttributeType::Category, &[&[], &[]]);
        check(&["1", "NaN"], AttributeType::Category, &[&["1"], &["NaN"]]);
    }

    #[test]
    fn columns_that_name_items_are_left_out() {
        let titles: Vec<String> = (0..50).map(|n| format!("Title {n}")).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        assert_eq!(type_columns(&catalogue(&titles), false), (vec![], vec!["it".to_owned()]));
        assert_eq!(type_columns(&catalogue(&titles), true).0.len(), 1);
        assert_eq!(type_columns(&catalogue(&["a"; 50]), false).0.len(), 1);
    }
}
