//! Values of a Parquet file as the text that a CSV file would hold. Owns the meaning of physical and logical types; a time
//! becomes RFC 3339, so that it is read as any other time.

use std::fmt::Write;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::ColumnReader;
use parquet::schema::types::ColumnDescriptor;

use super::parquet_file::{Cells, Leaf};
use super::time::format_exact;

/// What a whole number means.
#[derive(Clone, Copy, Debug)]
enum Whole {
    Number,
    Unsigned,
    Days,
    /// A moment, this many to the millisecond (or milliseconds to one).
    Moment(TimeUnit),
    Decimal(usize),
}

/// What bytes mean.
#[derive(Clone, Copy, Debug)]
enum Bytes {
    Text,
    Uuid,
    Decimal(usize),
    Unread(&'static str),
}

/// A reader of one column that gives text.
pub(super) fn reader_of(reader: ColumnReader, column: &ColumnDescriptor) -> Box<dyn Cells> {
    let (whole, bytes) = (whole(column), bytes(column));
    match reader {
        ColumnReader::BoolColumnReader(reader) => Box::new(Leaf::new(reader, column, |value, text| put(text, value))),
        ColumnReader::Int32ColumnReader(reader) => {
            Box::new(Leaf::new(reader, column, move |&value, text| match whole {
                Whole::Unsigned => put(text, value as u32),
                _ => put_whole(text, i64::from(value), whole),
            }))
        }
        ColumnReader::Int64ColumnReader(reader) => {
            Box::new(Leaf::new(reader, column, move |&value, text| match whole {
                Whole::Unsigned => put(text, value as u64),
                _ => put_whole(text, value, whole),
            }))
        }
        ColumnReader::Int96ColumnReader(reader) => {
            Box::new(Leaf::new(reader, column, |value, text| put(text, format_exact(value.to_millis()))))
        }
        ColumnReader::FloatColumnReader(reader) => {
            let in_list = column.max_rep_level() > 0;
            Box::new(Leaf::new(reader, column, move |value, text| match value.is_nan() && !in_list {
                true => Ok(()),
                false => put(text, value),
            }))
        }
        ColumnReader::DoubleColumnReader(reader) => {
            let in_list = column.max_rep_level() > 0;
            Box::new(Leaf::new(reader, column, move |value, text| match value.is_nan() && !in_list {
                true => Ok(()),
                false => put(text, value),
            }))
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            Box::new(Leaf::new(reader, column, move |value, text| put_bytes(text, value.data(), bytes)))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            Box::new(Leaf::new(reader, column, move |value, text| put_bytes(text, value.data(), bytes)))
        }
    }
}

fn whole(column: &ColumnDescriptor) -> Whole {
    let decimal = || Whole::Decimal(usize::try_from(column.type_scale()).unwrap_or(0));
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(moment)), _) => Whole::Moment(moment.unit),
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Whole::Days,
        (Some(LogicalType::Integer(int)), _) if !int.is_signed => Whole::Unsigned,
        (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL) => decimal(),
        (None, ConvertedType::TIMESTAMP_MILLIS) => Whole::Moment(TimeUnit::MILLIS),
        (None, ConvertedType::TIMESTAMP_MICROS) => Whole::Moment(TimeUnit::MICROS),
        (None, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64) => {
            Whole::Unsigned
        }
        _ => Whole::Number,
    }
}

fn bytes(column: &ColumnDescriptor) -> Bytes {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Uuid), _) => Bytes::Uuid,
        (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL) => {
            Bytes::Decimal(usize::try_from(column.type_scale()).unwrap_or(0))
        }
        (Some(LogicalType::Float16), _) => Bytes::Unread("a 16-bit float, which is not read; write 32-bit floats"),
        (_, ConvertedType::INTERVAL) => Bytes::Unread("an interval, which is not read; write a number or text"),
        _ => Bytes::Text,
    }
}

fn put(text: &mut String, value: impl std::fmt::Display) -> Result<(), String> {
    write!(text, "{value}").map_err(|error| error.to_string())
}

fn put_whole(text: &mut String, value: i64, whole: Whole) -> Result<(), String> {
    match whole {
        Whole::Number | Whole::Unsigned => put(text, value),
        Whole::Days => put(text, &format_exact(value.saturating_mul(86_400_000))[..10]),
        Whole::Moment(unit) => put(
            text,
            format_exact(match unit {
                TimeUnit::MILLIS => value,
                TimeUnit::MICROS => value.div_euclid(1000),
                TimeUnit::NANOS => value.div_euclid(1_000_000),
            }),
        ),
        Whole::Decimal(scale) => put_decimal(text, i128::from(value), scale),
    }
}

fn put_bytes(text: &mut String, value: &[u8], bytes: Bytes) -> Result<(), String> {
    match bytes {
        Bytes::Text => {
            let value = std::str::from_utf8(value).map_err(|_| "bytes that are not UTF-8; write it as text")?;
            text.push_str(value);
            Ok(())
        }
        Bytes::Uuid => {
            for (place, byte) in value.iter().enumerate() {
                let dash = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
                put(text, format_args!("{dash}{byte:02x}"))?;
            }
            Ok(())
        }
        Bytes::Decimal(scale) => {
            if value.len() > 16 {
                return Err("a decimal of more than 16 bytes; write a smaller one".into());
            }
            // Big-endian two's complement.
            let start = if value.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
            put_decimal(text, value.iter().fold(start, |number, &byte| number << 8 | i128::from(byte)), scale)
        }
        Bytes::Unread(what) => Err(what.into()),
    }
}

/// `12345` with scale 2 is `123.45`; zeros at the end say nothing.
fn put_decimal(text: &mut String, value: i128, scale: usize) -> Result<(), String> {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    put(text, format_args!("{sign}{whole}{point}{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_as_people_do() {
        let decimal = |value: i128, scale| {
            let mut text = String::new();
            put_decimal(&mut text, value, scale).unwrap();
            text
        };
        assert_eq!(decimal(12_345, 2), "123.45");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(1200, 2), "12");
        assert_eq!(decimal(7, 0), "7");
        let mut text = String::new();
        put_bytes(&mut text, &[0xFF, 0x85], Bytes::Decimal(1)).unwrap();
        assert_eq!(text, "-12.3");
    }

    #[test]
    fn bytes_are_text_or_refused() {
        let mut text = String::new();
        let id = [0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00];
        put_bytes(&mut text, &id, Bytes::Uuid).unwrap();
        assert_eq!(text, "123e4567-e89b-12d3-a456-426614174000");
        assert!(put_bytes(&mut text, b"caf\xE9", Bytes::Text).unwrap_err().contains("not UTF-8"));
    }
}
