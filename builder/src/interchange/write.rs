//! What a build has learnt, as interchange tables (docs/INTERCHANGE.md, section 9). Owns their files; Parquet where the command
//! can write it, else CSV.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use edge_recall::format::crowds::crowd_key;
use edge_recall::format::manifest::TowerKind;
use edge_recall::ids::ChannelId;
use serde::Serialize;

use crate::lists::Lists;
use crate::model::{CrowdList, I2iTable, Interactions, ItemVectors, KeyedList};
use crate::output::OutputDir;

/// What is written.
pub struct Learnt<'a> {
    /// The items.
    pub items: &'a Interactions,
    /// Item-to-item rows by channel.
    pub rows: Vec<(ChannelId, &'a I2iTable)>,
    /// The vectors.
    pub vectors: Option<&'a ItemVectors>,
    /// How the device makes a visitor's vector of them.
    pub tower: TowerKind,
    /// The crowd lists.
    pub crowds: &'a [CrowdList],
    /// The other lists.
    pub lists: &'a Lists,
}

/// `tables.json`.
#[derive(Debug, Serialize)]
struct Description {
    items: usize,
    dim: Option<usize>,
    tower: serde_json::Value,
    files: Vec<String>,
    /// The arguments that make a build of the tables.
    pack: String,
}

/// A field of a row.
#[derive(Clone, Copy)]
enum Field<'a> {
    Text(&'a str),
    Number(f32),
    Numbers(&'a [f32]),
}

/// Writes the tables that have rows, and `tables.json`.
pub fn write(learnt: &Learnt<'_>, out: &OutputDir) -> Result<()> {
    let key = |item: u32| learnt.items.items[item as usize].as_str();
    let mut files = Vec::new();
    let mut arguments = vec!["pack".to_owned()];
    let mut name = |table: &str, option: &str| {
        let file = format!("{table}.{EXTENSION}");
        arguments.push(format!("--{option} {file}"));
        files.push(file.clone());
        file
    };
    if let Some(vectors) = learnt.vectors {
        let mut table = Writer::start(out, &name("item_vectors", "item-vectors"), &["item", "vector"])?;
        let known = (0..).zip(vectors.rows.chunks(vectors.dim)).filter(|(_, row)| row.iter().any(|&x| x != 0.0));
        for (item, row) in known {
            table.row(&[Field::Text(key(item)), Field::Numbers(row)])?;
        }
        table.finish()?;
    }
    if learnt.rows.iter().any(|(_, table)| table.rows.iter().any(|row| !row.is_empty())) {
        let columns = ["trigger", "target", "score", "channel"];
        let mut table = Writer::start(out, &name("i2i", "i2i"), &columns)?;
        for (channel, rows) in &learnt.rows {
            for (trigger, row) in (0..).zip(&rows.rows) {
                for &(target, score) in row {
                    let keys = [key(trigger), key(target)].map(Field::Text);
                    table.row(&[keys[0], keys[1], Field::Number(score), Field::Text(channel.name())])?;
                }
            }
        }
        table.finish()?;
    }
    let crowd = |list: &CrowdList| KeyedList {
        key: crowd_key(list.key.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        users: list.users,
        items: list.items.clone(),
    };
    let lists: Vec<KeyedList> = learnt.crowds.iter().map(crowd).chain(learnt.lists.lists.iter().cloned()).collect();
    if lists.iter().any(|list| !list.items.is_empty()) {
        let mut table = Writer::start(out, &name("crowds", "crowds"), &["crowd", "item", "score", "users"])?;
        for list in lists {
            let users = list.users.to_string();
            for &(item, score) in &list.items {
                let texts = [&list.key, key(item), users.as_str()].map(Field::Text);
                table.row(&[texts[0], texts[1], Field::Number(score), texts[2]])?;
            }
        }
        table.finish()?;
    }
    if !learnt.lists.cohorts.is_empty() {
        let mut table = Writer::start(out, &name("cohorts", "cohorts"), &["cohort", "vector"])?;
        for (number, mean) in learnt.lists.cohorts.iter().enumerate() {
            table.row(&[Field::Text(&number.to_string()), Field::Numbers(mean)])?;
        }
        table.finish()?;
    }
    let tower = match learnt.tower {
        TowerKind::FoldIn { alpha, lambda } => {
            if learnt.vectors.is_some() {
                arguments.push(format!("--fold-in {alpha},{lambda}"));
            }
            serde_json::json!({ "kind": "fold-in", "alpha": alpha, "lambda": lambda })
        }
        TowerKind::Pool => serde_json::json!({ "kind": "pool" }),
    };
    let (items, dim) = (learnt.items.items.len(), learnt.vectors.map(|vectors| vectors.dim));
    let description = Description { items, dim, tower, files, pack: arguments.join(" ") };
    out.write("tables.json", format!("{}\n", serde_json::to_string_pretty(&description)?).as_bytes())
}

#[cfg(feature = "parquet")]
use columns::Writer;
#[cfg(not(feature = "parquet"))]
use text::Writer;

#[cfg(not(feature = "parquet"))]
const EXTENSION: &str = "csv";
#[cfg(feature = "parquet")]
const EXTENSION: &str = "parquet";

fn start(out: &OutputDir, name: &str) -> Result<BufWriter<File>> {
    Ok(BufWriter::new(out.create_file(name)?))
}

/// Rows as CSV.
#[cfg(not(feature = "parquet"))]
mod text {
    use super::*;

    /// A table in the making.
    pub struct Writer(csv::Writer<BufWriter<File>>);

    impl Writer {
        pub fn start(out: &OutputDir, name: &str, columns: &[&'static str]) -> Result<Self> {
            let mut file = csv::Writer::from_writer(start(out, name)?);
            file.write_record(columns)?;
            Ok(Self(file))
        }

        pub fn row(&mut self, fields: &[Field<'_>]) -> Result<()> {
            for field in fields {
                match field {
                    Field::Text(text) => self.0.write_field(text)?,
                    Field::Number(number) => self.0.write_field(number.to_string())?,
                    Field::Numbers(numbers) => {
                        let texts: Vec<String> = numbers.iter().map(f32::to_string).collect();
                        self.0.write_field(texts.join(" "))?;
                    }
                }
            }
            Ok(self.0.write_record(None::<&[u8]>)?)
        }

        pub fn finish(self) -> Result<()> {
            let mut file = self.0.into_inner().context("cannot write the tables")?;
            file.flush().context("cannot write the tables")
        }
    }
}

/// Rows as Parquet, compressed by snappy, which every reader knows.
#[cfg(feature = "parquet")]
mod columns {
    use std::sync::Arc;

    use parquet::basic::Compression;
    use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// Rows of a row group.
    const GROUP: usize = 1 << 16;

    /// A table in the making.
    pub struct Writer {
        file: Option<SerializedFileWriter<BufWriter<File>>>,
        out: Option<BufWriter<File>>,
        names: Vec<&'static str>,
        columns: Vec<Column>,
        rows: usize,
    }

    /// The fields of a row group in one column.
    enum Column {
        Texts(Vec<ByteArray>),
        Numbers(Vec<f32>),
        /// Numbers and the length of each list.
        Lists(Vec<f32>, Vec<usize>),
    }

    impl Writer {
        pub fn start(out: &OutputDir, name: &str, columns: &[&'static str]) -> Result<Self> {
            let (out, names) = (Some(super::start(out, name)?), columns.to_vec());
            Ok(Self { file: None, out, names, columns: Vec::new(), rows: 0 })
        }

        pub fn row(&mut self, fields: &[Field<'_>]) -> Result<()> {
            if self.columns.is_empty() {
                self.columns = fields.iter().map(Column::of).collect();
            }
            self.columns.iter_mut().zip(fields).for_each(|(column, field)| column.push(*field));
            self.rows += 1;
            if self.rows == GROUP { self.flush() } else { Ok(()) }
        }

        pub fn finish(mut self) -> Result<()> {
            self.flush()?;
            let file = self.file.context("a table has no rows")?;
            file.into_inner()?.flush().context("cannot write the tables")
        }

        fn flush(&mut self) -> Result<()> {
            if let Some(out) = self.out.take() {
                let schema: String =
                    self.names.iter().zip(&self.columns).map(|(name, column)| column.schema(name)).collect();
                let schema = Arc::new(parse_message_type(&format!("message table {{ {schema} }}"))?);
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                self.file = Some(SerializedFileWriter::new(out, schema, Arc::new(properties))?);
            }
            if self.rows == 0 {
                return Ok(());
            }
            let mut group = self.file.as_mut().context("a table has no rows")?.next_row_group()?;
            for column in &mut self.columns {
                let mut to = group.next_column()?.context("a column is missing")?;
                match column {
                    Column::Texts(texts) => to.typed::<ByteArrayType>().write_batch(texts, None, None)?,
                    Column::Numbers(numbers) => to.typed::<FloatType>().write_batch(numbers, None, None)?,
                    Column::Lists(numbers, lengths) => {
                        // No list is empty: every number is there, and the first of a list begins a row.
                        let first = lengths.iter().flat_map(|&length| (0..length).map(|at| i16::from(at > 0)));
                        let repetitions: Vec<i16> = first.collect();
                        let definitions = vec![1; numbers.len()];
                        to.typed::<FloatType>().write_batch(numbers, Some(&definitions), Some(&repetitions))?
                    }
                };
                to.close()?;
                column.clear();
            }
            group.close()?;
            self.rows = 0;
            Ok(())
        }
    }

    impl Column {
        fn of(field: &Field<'_>) -> Self {
            match field {
                Field::Text(_) => Self::Texts(Vec::new()),
                Field::Number(_) => Self::Numbers(Vec::new()),
                Field::Numbers(_) => Self::Lists(Vec::new(), Vec::new()),
            }
        }

        fn push(&mut self, field: Field<'_>) {
            match (self, field) {
                (Self::Texts(texts), Field::Text(text)) => texts.push(text.into()),
                (Self::Numbers(numbers), Field::Number(number)) => numbers.push(number),
                (Self::Lists(numbers, lengths), Field::Numbers(list)) => {
                    numbers.extend_from_slice(list);
                    lengths.push(list.len());
                }
                _ => unreachable!("a column has fields of one kind"),
            }
        }

        fn clear(&mut self) {
            match self {
                Self::Texts(texts) => texts.clear(),
                Self::Numbers(numbers) => numbers.clear(),
                Self::Lists(numbers, lengths) => {
                    numbers.clear();
                    lengths.clear();
                }
            }
        }

        fn schema(&self, name: &str) -> String {
            match self {
                Self::Texts(_) => format!("required binary {name} (STRING); "),
                Self::Numbers(_) => format!("required float {name}; "),
                Self::Lists(..) => {
                    format!("required group {name} (LIST) {{ repeated group list {{ required float element; }} }} ")
                }
            }
        }
    }
}
