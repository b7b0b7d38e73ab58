//! Section `attribute` (docs/FORMAT.md 5.5): one column of item attributes. Filters live higher up.

use crate::error::{FormatError, Part};
use crate::format::bytes::{Reader, SharedBytes, put_string, put_varint};
use crate::format::section::Section;
use crate::ids::Value;
use crate::listed::Listed;

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
        let column = if kind == AttributeType::Number {
            let mut numbers = Vec::new();
            read_numbers(&mut reader, count, &mut |number| numbers.push(number));
            Column::Number(numbers)
        } else {
            let mut values = Vec::new();
            let (ends, codes) = read_codes(&mut reader, kind, count, &mut |value| values.push(String::from(value)));
            if kind == AttributeType::Tags {
                Column::Tags { values, ends, codes }
            } else {
                let code =
                    |slot| codes.get(own(&ends, slot)).and_then(<[u32]>::first).map_or(0, |c| c.saturating_add(1));
                Column::Category { values, codes: (0..ends.len()).map(code).listed() }
            }
        };
        reader.finish()?;
        Ok(column)
    }

    /// The values of one item as text; empty where unknown.
    pub fn values(&self, slot: usize) -> Vec<String> {
        match self {
            Column::Number(numbers) => {
                numbers.get(slot).filter(|n| !n.is_nan()).map(|n| format!("{n}")).into_iter().listed()
            }
            Column::Category { values, codes } => {
                let code = codes.get(slot).and_then(|code| code.checked_sub(1));
                code.and_then(|code| values.get(code as usize)).cloned().into_iter().listed()
            }
            Column::Tags { values, ends, codes } => {
                let own = codes.get(own(ends, slot)).unwrap_or_default();
                own.iter().filter_map(|&code| values.get(code as usize).cloned()).listed()
            }
        }
    }
}

/// A column of one cell as rules ask it: no text, only hashes and numbers.
#[derive(Clone, Default)]
pub struct Facts {
    numbers: SharedBytes,
    ends: Vec<u32>,
    values: Vec<Value>,
}

impl Facts {
    /// Checks and decodes the column `name` of the given type.
    pub fn read(section: &Section, name: &str, kind: AttributeType) -> Result<Facts, FormatError> {
        let mut reader = Reader::new(&section.bytes, Part::Attribute);
        let count = section.count as usize;
        let mut facts = Facts::default();
        if kind == AttributeType::Number {
            read_numbers(&mut reader, count, &mut |_| {});
            facts.numbers = section.bytes.clone();
        } else {
            let mut dictionary = Vec::new();
            let (ends, codes) =
                read_codes(&mut reader, kind, count, &mut |value| dictionary.push(Value::of(name, value)));
            facts.ends = ends;
            for code in codes {
                if let Some(&value) = dictionary.get(code as usize) {
                    facts.values.push(value);
                }
            }
        }
        reader.finish()?;
        Ok(facts)
    }

    /// The values of one item; none where they are unknown or numbers.
    pub fn values(&self, slot: usize) -> &[Value] {
        self.values.get(own(&self.ends, slot)).unwrap_or_default()
    }

    /// The number of one item, where the column has numbers and knows it.
    pub fn number(&self, slot: usize) -> Option<f32> {
        self.numbers.typed::<f32>()?.get(slot).copied().filter(|number| !number.is_nan())
    }
}

fn read_numbers(reader: &mut Reader<'_>, count: usize, visit: &mut dyn FnMut(f32)) {
    reader.check(reader.remaining() == count.saturating_mul(4), &"its length does not fit the number of items");
    while reader.remaining() > 0 {
        let number = reader.f32();
        reader.check(number.is_finite() || number.to_bits() == UNKNOWN, &"a number is not finite");
        visit(number);
    }
}

/// Reads a dictionary, handing on its values in ascending order, and which of them each item has: `codes[ends[i - 1]..ends[i]]`
/// are the numbers of the values of item `i`, ascending.
fn read_codes(
    reader: &mut Reader<'_>,
    kind: AttributeType,
    count: usize,
    visit: &mut dyn FnMut(&str),
) -> (Vec<u32>, Vec<u32>) {
    let values = read_values(reader, visit);
    // A category is one number, 0 being none; tags have as many as they say, from 0.
    let first = u32::from(kind == AttributeType::Category);
    let (mut ends, mut codes) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let own = if first == 1 { 1 } else { reader.varint() };
        let mut least = 0;
        for _ in 0..own {
            let Some(code) = reader.varint().checked_sub(first) else { break };
            reader.check(code < values, &"a value is not in the dictionary");
            if !reader.check(code >= least, &"the values of an item do not ascend") {
                break;
            }
            least = code.saturating_add(1);
            codes.push(code);
        }
        if !reader.is_well() {
            break;
        }
        ends.push(codes.len() as u32);
    }
    (ends, codes)
}

fn read_values(reader: &mut Reader<'_>, visit: &mut dyn FnMut(&str)) -> u32 {
    let count = reader.varint();
    reader.check(count as usize <= reader.remaining(), &"more values than its bytes can hold");
    let mut before = None;
    for _ in 0..count {
        let value = reader.string();
        if !reader.check(before.is_none_or(|before| before < value), &"values do not ascend") {
            break;
        }
        before = Some(value);
        visit(value);
    }
    count
}

/// Where the codes of an item lie.
fn own(ends: &[u32], slot: usize) -> core::ops::Range<usize> {
    let end = |slot: usize| ends.get(slot).map_or(0, |&end| end as usize);
    slot.checked_sub(1).map_or(0, end)..end(slot)
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
        // Both readers find the same fault.
        let refused = |section: &Section| {
            let fault = Column::read(section, kind).map(drop);
            assert_eq!(Facts::read(section, "genre", kind).map(drop), fault);
            fault.is_err()
        };
        let back = Column::read(&section(&bytes, count), kind).unwrap();
        let facts = Facts::read(&section(&bytes, count), "genre", kind).unwrap();
        for (slot, expected) in texts.iter().enumerate() {
            assert_eq!(back.values(slot), *expected);
            let number = facts.number(slot).map(|number| number.to_string());
            assert_eq!(number.as_deref(), expected.first().copied().filter(|_| kind == AttributeType::Number));
            let values: Vec<Value> = expected.iter().map(|value| Value::of("genre", value)).collect();
            assert_eq!(facts.values(slot), if kind == AttributeType::Number { &[][..] } else { &values[..] });
        }
        assert!(facts.values(count as usize).is_empty() && facts.number(usize::MAX).is_none());
        assert!(back.values(count as usize).is_empty());
        for cut in 0..bytes.len() {
            assert!(refused(&section(&bytes[..cut], count)), "cut at {cut}");
        }
        assert!(refused(&section(&bytes, count + 1)) && refused(&section(&bytes, u32::MAX)));
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
