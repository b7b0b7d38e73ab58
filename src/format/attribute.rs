//! Section `attribute` (docs/FORMAT.md 5.5): one column of item attributes. Filters live higher up.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, put_string, put_varint};
use crate::format::section::Section;

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// A number, NaN where unknown.
    Number,
    /// One value out of a dictionary, or none.
    Category,
    /// Any number of values out of a dictionary.
    Tags,
}

impl AttributeType {
    /// All of them.
    pub const ALL: [AttributeType; 3] = [AttributeType::Number, AttributeType::Category, AttributeType::Tags];
    /// Their names.
    pub const NAMES: [&str; 3] = ["number", "category", "tags"];

    /// Name, as in the manifest.
    pub fn name(self) -> &'static str {
        AttributeType::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// The type of that name.
    pub fn parse(name: &str) -> Option<AttributeType> {
        AttributeType::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// One decoded column, one entry an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers, NaN where unknown.
    Number(Vec<f32>),
    /// Value number plus one, 0 where unknown.
    Category {
        /// Dictionary in ascending order.
        values: Vec<String>,
        /// One an item.
        codes: Vec<u32>,
    },
    /// Ascending value numbers of each item.
    Tags {
        /// Dictionary in ascending order.
        values: Vec<String>,
        /// `codes[ends[i - 1]..ends[i]]` belong to item `i`.
        ends: Vec<u32>,
        /// Value numbers of all items.
        codes: Vec<u32>,
    },
}

impl Column {
    /// Checks and decodes a column of the given type.
    pub fn read(section: &Section, kind: AttributeType) -> Result<Column, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Attribute);
        let count = section.count as usize;
        let column = match kind {
            AttributeType::Number => read_numbers(&mut reader, count),
            AttributeType::Category => read_category(&mut reader, count),
            AttributeType::Tags => read_tags(&mut reader, count),
        };
        reader.finish()?;
        Ok(column)
    }

    /// The values of one item as text; empty where unknown.
    pub fn values(&self, slot: usize) -> Vec<String> {
        match self {
            Column::Number(numbers) => {
                numbers.get(slot).filter(|n| !n.is_nan()).map(|n| format!("{n}")).into_iter().collect()
            }
            Column::Category { values, codes } => {
                let code = codes.get(slot).and_then(|code| code.checked_sub(1));
                code.and_then(|code| values.get(code as usize)).cloned().into_iter().collect()
            }
            Column::Tags { values, ends, codes } => {
                let end = ends.get(slot).map_or(0, |&end| end as usize);
                let start = slot.checked_sub(1).and_then(|s| ends.get(s)).map_or(0, |&start| start as usize);
                let own = codes.get(start..end).unwrap_or_default();
                own.iter().filter_map(|&code| values.get(code as usize).cloned()).collect()
            }
        }
    }
}

fn read_numbers(reader: &mut Reader<'_>, count: usize) -> Column {
    reader.check(reader.remaining() == count.saturating_mul(4), &"its length does not fit the number of items");
    let mut numbers = Vec::new();
    while reader.remaining() > 0 {
        let number = reader.f32();
        reader.check(number.is_finite() || number.to_bits() == UNKNOWN, &"a number is not finite");
        numbers.push(number);
    }
    Column::Number(numbers)
}

fn read_category(reader: &mut Reader<'_>, count: usize) -> Column {
    let values = read_values(reader);
    let mut codes = Vec::new();
    for _ in 0..count {
        let code = reader.varint();
        if !reader.check(code as usize <= values.len(), &"a value is not in the dictionary") {
            break;
        }
        codes.push(code);
    }
    Column::Category { values, codes }
}

fn read_tags(reader: &mut Reader<'_>, count: usize) -> Column {
    let values = read_values(reader);
    let mut ends = Vec::new();
    let mut codes: Vec<u32> = Vec::new();
    for _ in 0..count {
        let own = reader.varint();
        let mut before = None;
        for _ in 0..own {
            let code = reader.varint();
            reader.check((code as usize) < values.len(), &"a value is not in the dictionary");
            if !reader.check(before.is_none_or(|b| b < code), &"the values of an item do not ascend") {
                break;
            }
            before = Some(code);
            codes.push(code);
        }
        if !reader.is_well() {
            break;
        }
        ends.push(codes.len() as u32);
    }
    Column::Tags { values, ends, codes }
}

fn read_values(reader: &mut Reader<'_>) -> Vec<String> {
    let count = reader.varint();
    reader.check(count as usize <= reader.remaining(), &"more values than its bytes can hold");
    let mut values: Vec<String> = Vec::new();
    for _ in 0..count {
        let value = reader.string();
        if !reader.check(values.last().is_none_or(|before| before.as_str() < value), &"values do not ascend") {
            break;
        }
        values.push(String::from(value));
    }
    values
}

/// The one NaN that stands for "unknown".
const UNKNOWN: u32 = 0x7FC0_0000;

/// Encodes a column as [`Column::read`] expects it.
pub fn encode(column: &Column) -> Vec<u8> {
    let mut to = Vec::new();
    match column {
        Column::Number(numbers) => {
            for number in numbers {
                let bits = if number.is_finite() { number.to_bits() } else { UNKNOWN };
                to.extend_from_slice(&bits.to_le_bytes());
            }
        }
        Column::Category { values, codes } => {
            put_values(&mut to, values);
            codes.iter().for_each(|&code| put_varint(&mut to, u64::from(code)));
        }
        Column::Tags { values, ends, codes } => {
            put_values(&mut to, values);
            let mut start = 0u32;
            for &end in ends {
                put_varint(&mut to, u64::from(end.saturating_sub(start)));
                let own = codes.get(start as usize..end as usize).unwrap_or_default();
                own.iter().for_each(|&code| put_varint(&mut to, u64::from(code)));
                start = end;
            }
        }
    }
    to
}

fn put_values(to: &mut Vec<u8>, values: &[String]) {
    put_varint(to, values.len() as u64);
    values.iter().for_each(|value| put_string(to, value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::bytes::{AlignedBytes, SharedBytes};
    use crate::format::section::SectionKind;

    fn check(column: Column, kind: AttributeType, count: u32, texts: &[&[&str]]) {
        let bytes = encode(&column);
        let section = |bytes: &[u8], count| Section {
            kind: Some(SectionKind::Attribute),
            instance: 0,
            count,
            bytes: SharedBytes::whole(AlignedBytes::copy_of(bytes)),
        };
        let back = Column::read(&section(&bytes, count), kind).unwrap();
        for (slot, expected) in texts.iter().enumerate() {
            assert_eq!(back.values(slot), *expected);
        }
        assert!(back.values(count as usize).is_empty());
        for cut in 0..bytes.len() {
            assert!(Column::read(&section(&bytes[..cut], count), kind).is_err(), "cut at {cut}");
        }
        assert!(Column::read(&section(&bytes, count + 1), kind).is_err());
        assert!(Column::read(&section(&bytes, u32::MAX), kind).is_err());
    }

    #[test]
    fn columns_come_back() {
        let values = || vec![String::from("drama"), String::from("war")];
        check(Column::Number(vec![1995.0, f32::NAN]), AttributeType::Number, 2, &[&["1995"], &[]]);
        let category = Column::Category { values: values(), codes: vec![2, 0, 1] };
        check(category, AttributeType::Category, 3, &[&["war"], &[], &["drama"]]);
        let tags = Column::Tags { values: values(), ends: vec![2, 2, 3], codes: vec![0, 1, 1] };
        check(tags, AttributeType::Tags, 3, &[&["drama", "war"], &[], &["war"]]);
    }
}
