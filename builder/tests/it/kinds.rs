//! One log in every kind of file: the same build, the same split, the same figures. The log knows sessions and no users.

use crate::logs::{QUICK, catalogue, clustered};
use crate::place::Place;

/// The rows of a CSV file without quotes, below its header.
fn rows(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = text.lines().map(|line| line.split(',').collect());
    (lines.next().unwrap(), lines.collect())
}

/// The same table as JSON lines: numbers as numbers, what is empty left out.
fn json_lines(text: &str) -> String {
    let (header, rows) = rows(text);
    let value = |text: &str| match text.parse::<f64>() {
        Ok(_) => text.to_owned(),
        Err(_) => format!("{text:?}"),
    };
    let object = |row: &Vec<&str>| {
        let given = header.iter().zip(row).filter(|(_, field)| !field.is_empty());
        let fields: Vec<String> = given.map(|(name, field)| format!("{name:?}: {}", value(field))).collect();
        format!("{{{}}}\n", fields.join(", "))
    };
    rows.iter().map(object).collect()
}

fn packed(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// The same table as Parquet: text, but for a column `timestamp` of numbers, which become moments.
#[cfg(feature = "parquet")]
pub fn parquet(text: &str) -> Vec<u8> {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    let (header, rows) = rows(text);
    let moments =
        |at: usize| header[at] == "timestamp" && rows.first().is_some_and(|row| row[at].parse::<i64>().is_ok());
    let kind = |(at, name): (usize, &&str)| match moments(at) {
        true => format!("required int64 {name} (TIMESTAMP(MICROS,true));"),
        false => format!("required binary {name} (STRING);"),
    };
    let schema = format!("message log {{ {} }}", header.iter().enumerate().map(kind).collect::<String>());
    let mut bytes = Vec::new();
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    for group in rows.chunks(1000) {
        let mut columns = file.next_row_group().unwrap();
        for at in 0..header.len() {
            let mut column = columns.next_column().unwrap().unwrap();
            let fields = group.iter().map(|row| row[at]);
            if moments(at) {
                let micros: Vec<i64> = fields.map(|field| field.parse::<i64>().unwrap() * 1_000_000).collect();
                column.typed::<Int64Type>().write_batch(&micros, None, None).unwrap();
            } else {
                let texts: Vec<ByteArray> = fields.map(ByteArray::from).collect();
                column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
            }
            column.close().unwrap();
        }
        columns.close().unwrap();
    }
    file.close().unwrap();
    bytes
}

/// A table in a file of one kind.
fn written(text: &str, kind: &str) -> Vec<u8> {
    match kind {
        "csv" => text.into(),
        "tsv.gz" => packed(&text.replace(',', "\t")),
        "jsonl" => json_lines(text).into_bytes(),
        #[cfg(feature = "parquet")]
        "parquet" => parquet(text),
        _ => panic!("{kind}"),
    }
}

/// The log, the catalogue and the users in files of one kind.
fn place(kind: &str) -> Place {
    let place = Place::new();
    let log = clustered(60).replace("user,", "session,");
    let people: String = (0..60).map(|n| format!("u{n},{}\n", n % 6)).collect();
    let tables = [("log", log), ("items", catalogue(72)), ("users", format!("user,group\n{people}"))];
    for (name, text) in tables {
        place.file(&format!("{name}.{kind}"), written(&text, kind));
    }
    place.file("recall.toml", QUICK);
    place
}

#[test]
fn sessions_are_enough_in_every_kind_of_file() {
    let answers = |kind: &str| {
        let place = place(kind);
        let split = place.json(&format!("split --log log.{kind} --by time --out split"));
        for name in ["train", "history", "test"] {
            place.file(&format!("{name}.{kind}"), written(&place.read(&format!("split/{name}.csv")), kind));
        }
        let files = format!("--log train.{kind} --items items.{kind} --users users.{kind}");
        place.json(&format!("build {files} --out out --config recall.toml"));
        let mut measured = place.json(&format!("evaluate out --history history.{kind} --test test.{kind} --k 5"));
        // Names of files and seconds differ, figures may not.
        for field in ["input", "stages", "baselines_from"] {
            measured.as_object_mut().unwrap().remove(field);
        }
        (split["train"].clone(), place.budgeted("out"), measured)
    };
    let expected = answers("csv");
    assert!(expected.0["users"].as_u64().unwrap() >= 40, "{}", expected.0);
    assert!(expected.2["fused"]["recall@5"].as_f64().unwrap() > 0.1, "{}", expected.2["fused"]);
    let kinds = if cfg!(feature = "parquet") { &["tsv.gz", "jsonl", "parquet"][..] } else { &["tsv.gz", "jsonl"] };
    for kind in kinds {
        let (split, files, measured) = answers(kind);
        assert_eq!((split, measured), (expected.0.clone(), expected.2.clone()), "{kind}");
        assert!(files == expected.1, "{kind}: another build");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet_the_command_says_so_and_how_to_get_it() {
    let place = Place::new();
    place.file("log.parquet", "PAR1");
    let message = place.fails("build --log log.parquet --out out", 1);
    assert!(message.contains("log.parquet is a Parquet file, and this edge-recall was compiled without"), "{message}");
    assert!(message.contains("cargo install --path builder"), "{message}");
}
