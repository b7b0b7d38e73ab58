//! Tests of `parquet_file.rs` and `parquet_text.rs`: real files, every type, lists, several row groups, damage.

use std::sync::Arc;

use parquet::basic::ZstdLevel;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::super::log::read_log;
use super::super::table::Table;
use super::super::testing::Files;
use super::*;
use crate::config::{InputConfig, ItemsConfig};
use crate::input::items::read_items;
use crate::model::Interactions;

/// The values of one column of one row group; levels where the column is optional or a list.
#[derive(Clone)]
struct Column {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

#[derive(Clone)]
enum Values {
    Bools(Vec<bool>),
    Ints(Vec<i32>),
    Longs(Vec<i64>),
    Old(Vec<Int96>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    Texts(Vec<&'static [u8]>),
    Fixed(Vec<&'static [u8]>),
}

fn column(values: Values) -> Column {
    Column { values, definitions: Vec::new(), repetitions: Vec::new() }
}

fn texts(values: &[&'static str]) -> Column {
    column(Values::Texts(values.iter().map(|text| text.as_bytes()).collect()))
}

fn with_levels(values: Column, definitions: &[i16], repetitions: &[i16]) -> Column {
    Column { definitions: definitions.to_vec(), repetitions: repetitions.to_vec(), ..values }
}

/// A file with these row groups.
fn file(schema: &str, compression: Compression, groups: &[Vec<Column>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    for group in groups {
        let mut rows = writer.next_row_group().unwrap();
        for Column { values, definitions, repetitions } in group {
            let mut column = rows.next_column().unwrap().unwrap();
            let definitions = (!definitions.is_empty()).then_some(definitions.as_slice());
            let repetitions = (!repetitions.is_empty()).then_some(repetitions.as_slice());
            macro_rules! write {
                ($kind:ty, $values:expr) => {
                    column.typed::<$kind>().write_batch($values, definitions, repetitions).unwrap()
                };
            }
            match values {
                Values::Bools(values) => write!(BoolType, values),
                Values::Ints(values) => write!(Int32Type, values),
                Values::Longs(values) => write!(Int64Type, values),
                Values::Old(values) => write!(Int96Type, values),
                Values::Floats(values) => write!(FloatType, values),
                Values::Doubles(values) => write!(DoubleType, values),
                Values::Texts(values) => {
                    write!(ByteArrayType, &values.iter().map(|&text| ByteArray::from(text)).collect::<Vec<_>>())
                }
                Values::Fixed(values) => {
                    let fixed = |&bytes: &&'static [u8]| FixedLenByteArray::from(ByteArray::from(bytes));
                    write!(FixedLenByteArrayType, &values.iter().map(fixed).collect::<Vec<_>>())
                }
            };
            column.close().unwrap();
        }
        rows.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

/// Each field as text, or what is wrong with it.
fn rows(name: &str, bytes: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let files = Files::empty();
    let mut table = Table::open(&files.file(name, bytes))?;
    let (header, mut rows) = (table.header().to_vec(), Vec::new());
    while let Some(row) = table.next_row()? {
        assert_eq!(row.line, rows.len() as u64 + 1);
        row.check().unwrap();
        let field = |at| match (row.field(at), row.values(at)) {
            (Ok(text), _) => text.to_owned(),
            (Err(_), Ok(list)) => format!("[{list}]"),
            (Err(_), Err(wrong)) => format!("! {wrong}"),
        };
        rows.push((0..header.len()).map(field).collect());
    }
    assert_eq!((table.unit(), table.position()), ("row", table.bytes()));
    Ok((header, rows))
}

const LOG: &str =
    "message log { required binary user (UTF8); required int64 item; required int64 time (TIMESTAMP_MILLIS); }";

fn log(compression: Compression) -> Vec<u8> {
    let group = |from: i64| {
        let user = ["u2", "u1"][from as usize % 2];
        let column = |values: Vec<i64>| column(Values::Longs(values));
        vec![
            texts(&[user; 1500]),
            column((0..1500).map(|n| 7 + from + n % 3).collect()),
            column((0..1500).map(|n| 1_714_557_600_000 + (from * 1500 + n) * 1000).collect()),
        ]
    };
    file(LOG, compression, &[group(0), group(1)])
}

#[test]
fn a_log_is_the_same_log_whatever_its_compression() {
    let files = Files::empty();
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let mut text = String::from("user,item,time\n");
    for n in 0..3000_i64 {
        let from = n / 1500;
        let time = 1_714_557_600 + n;
        text.push_str(&format!("{},{},{time}\n", ["u2", "u1"][from as usize], 7 + from + n % 1500 % 3));
    }
    let read = |path: std::path::PathBuf| read_log(&path, &InputConfig::default(), files.strict()).unwrap();
    let (expected, _) = read(files.file("log.csv", text));
    assert_eq!(expected.events.len(), 3000);
    for (name, compression) in [
        ("plain.parquet", Compression::UNCOMPRESSED),
        ("snappy.parquet", Compression::SNAPPY),
        ("zstd.PQ", zstd),
        ("gzip.parquet", Compression::GZIP(parquet::basic::GzipLevel::default())),
        ("known by its first bytes", Compression::SNAPPY),
    ] {
        let (found, summary) = read(files.file(name, log(compression)));
        assert_eq!(found, expected, "{name}");
        assert_eq!(summary.rows, 3000);
    }
}

#[test]
fn every_type_becomes_the_text_that_a_csv_file_would_hold() {
    let schema = "message all {
        required boolean yes; required int32 int; required int32 tiny (INTEGER(8,false)); required int64 long;
        required int64 big (INTEGER(64,false)); required int32 day (DATE); required int32 price (DECIMAL(9,2));
        required int64 ms (TIMESTAMP(MILLIS,true)); required int64 us (TIMESTAMP(MICROS,false));
        required int64 ns (TIMESTAMP(NANOS,true)); required int96 old; required float f; required double d;
        required binary text (STRING); required binary bare; required fixed_len_byte_array(3) cost (DECIMAL(6,1)); }";
    let mut moment = Int96::new();
    // Julian day of 1970-01-01, and one and a half seconds in nanoseconds.
    moment.set_data(1_500_000_000, 0, 2_440_588 + 1);
    let millis = 1_714_557_630_125_i64;
    let longs = |value| column(Values::Longs(vec![value]));
    let ints = |value| column(Values::Ints(vec![value]));
    let group = vec![
        column(Values::Bools(vec![true])),
        ints(-3),
        ints(250),
        longs(9_007_199_254_740_993),
        longs(-1),
        ints(19_844),
        ints(1995),
        longs(millis),
        longs(millis * 1000),
        longs(millis * 1_000_000),
        column(Values::Old(vec![moment])),
        column(Values::Floats(vec![0.1])),
        column(Values::Doubles(vec![3.0])),
        texts(&["日本"]),
        column(Values::Texts(vec![b"caf\xE9"])),
        column(Values::Fixed(vec![&[0xFF, 0xFF, 0x85]])),
    ];
    let (_, rows) = rows("all.parquet", &file(schema, Compression::SNAPPY, &[group])).unwrap();
    let time = "2024-05-01T10:00:30.125Z";
    assert_eq!(
        rows[0],
        [
            "true",
            "-3",
            "250",
            "9007199254740993",
            "18446744073709551615",
            "2024-05-01",
            "19.95",
            time,
            time,
            time,
            "1970-01-02T00:00:01.500Z",
            "0.1",
            "3",
            "日本",
            "! the column `bare` holds bytes that are not UTF-8; write it as text",
            "-12.3",
        ]
    );
}

const LISTS: &str = "message items { required binary item (UTF8); optional double price;
    optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
    optional group size { optional int32 width; optional int32 height; } }";

fn lists(tags: Column) -> Vec<u8> {
    let ints = || with_levels(column(Values::Ints(vec![])), &[0; 4], &[]);
    let price = with_levels(column(Values::Doubles(vec![1.5, f64::NAN])), &[1, 0, 1, 0], &[]);
    file(LISTS, Compression::SNAPPY, &[vec![texts(&["a", "b", "c", "d"]), price, tags, ints(), ints()]])
}

#[test]
fn nothing_is_an_empty_field_and_lists_are_joined() {
    // Two tags, no list, an empty list, one tag that is null and one that is not.
    let tags = with_levels(texts(&["war", "drama", "sea"]), &[3, 3, 0, 1, 2, 3], &[0, 1, 0, 0, 0, 1]);
    let (header, rows) = rows("items.parquet", &lists(tags)).unwrap();
    assert_eq!(header, ["item", "price", "tags", "size"]);
    let size = "! the column `size` holds a group of values; only plain values and lists of them are read";
    assert_eq!(
        rows,
        [["a", "1.5", "[war|drama]", size], ["b", "", "[]", size], ["c", "", "[]", size], ["d", "", "[|sea]", size]]
    );
}

#[test]
fn a_catalogue_takes_lists_and_names_what_it_cannot_take() {
    let files = Files::empty();
    let tags =
        |first: &'static str| with_levels(texts(&[first, "drama", "sea"]), &[3, 3, 0, 1, 2, 3], &[0, 1, 0, 0, 0, 1]);
    let read = |name: &str, bytes, attributes: &[&str]| {
        let attributes = Some(attributes.iter().map(|&name| name.to_owned()).collect());
        let config = ItemsConfig { id: None, attributes };
        let mut log = Interactions::default();
        read_items(&files.file(name, bytes), &config, files.lenient(), &mut log)
    };
    let (attributes, _) = read("a.parquet", lists(tags("war")), &["tags", "price"]).unwrap();
    assert_eq!(attributes.values, [["war|drama", "1.5"], ["", ""], ["", ""], ["|sea", ""]]);
    let (_, summary) = read("b.parquet", lists(tags("a|b")), &["tags"]).unwrap();
    let notice = summary.bad_rows.notice().unwrap();
    assert!(notice.contains("row 1: the column `tags` holds a list with `|` in a value"), "{notice}");
    let message = read("c.parquet", lists(tags("war")), &["size"]).unwrap_err().to_string();
    assert!(message.contains("none of the 4 rows can be used; row 1: the column `size` holds a group"), "{message}");
    assert!(message.contains("choose columns with [items] attributes"), "{message}");
}

#[test]
fn a_list_is_no_key() {
    let files = Files::empty();
    let tags = with_levels(texts(&["x", "y", "z", "w"]), &[3, 3, 3, 3], &[0, 0, 0, 0]);
    let path = files.file("log.parquet", lists(tags));
    let config = InputConfig { user: Some("tags".into()), ..InputConfig::default() };
    let message = read_log(&path, &config, files.lenient()).unwrap_err().to_string();
    assert!(message.contains("row 1: the column `tags` holds a list; one value is needed"), "{message}");
}

#[test]
fn damaged_files_are_errors_that_name_the_file() {
    let whole = log(Compression::SNAPPY);
    for length in [0, 4, 100, whole.len() / 2, whole.len() - 1] {
        let message = format!("{:#}", rows("log.parquet", &whole[..length]).unwrap_err());
        assert!(message.contains("log.parquet as Parquet; is it whole"), "{message}");
    }
    // Whatever the byte says, it is an answer or an error.
    let mut failed = 0;
    for place in (4..whole.len() - 8).step_by(97) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        failed += usize::from(rows("log.parquet", &damaged).is_err());
    }
    assert!(failed > 0);
}

#[test]
fn a_file_without_rows_is_empty() {
    let files = Files::empty();
    let path = files.file("log.parquet", file(LOG, Compression::SNAPPY, &[]));
    let message = read_log(&path, &InputConfig::default(), files.lenient()).unwrap_err().to_string();
    assert!(message.contains("no rows"), "{message}");
}
