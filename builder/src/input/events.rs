//! Rows of a log as events. Owns what a row means: keys, time, kind, weight, and which rows are bad;
//! collects nothing, so that a log of any length passes through.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use csv::StringRecord;
use serde::Serialize;

use super::bad_rows::BadRows;
use super::columns::{Columns, EVENT, ITEM, SESSION, TIME, TRIGGER, USER, WEIGHT};
use super::keys::{check_key, shown};
use super::table::{Row, Table};
use super::time::parse_time;
use super::{Reading, table};
use crate::config::InputConfig;

/// One good row of a log.
#[derive(Clone, Debug)]
pub struct LogRow<'a> {
    /// User key; of the session, where the row names no user.
    pub user: Cow<'a, str>,
    /// Item key.
    pub item: &'a str,
    /// Kind of the event in lower case; empty where the log has none.
    pub kind: Cow<'a, str>,
    /// Milliseconds since the Unix epoch; `None` where the log has no time column.
    pub millis: Option<i64>,
    /// Weight of the kind times the weight of the row; zero or less = no positive interaction.
    pub weight: f32,
    /// Key of the item beside which this one was shown or clicked, where the row names one.
    pub trigger: Option<&'a str>,
    /// All fields of the row.
    pub record: &'a StringRecord,
}

/// Kinds that say that an item was shown to somebody, unless they are given a weight.
const EXPOSURES: [&str; 3] = ["shown", "impression", "expose"];
/// Kinds by which a visitor takes an item.
const TAKES: [&str; 2] = ["cart", "purchase"];

impl LogRow<'_> {
    /// Whether the row tells that an item was shown.
    pub fn is_exposure(&self) -> bool {
        self.weight <= 0.0 && EXPOSURES.contains(&self.kind.as_ref())
    }

    /// Whether the row tells that an item was put into the cart or bought.
    pub fn takes(&self) -> bool {
        self.weight > 0.0 && TAKES.contains(&self.kind.as_ref())
    }
}

/// What was found in a log.
#[derive(Clone, Debug, Serialize)]
pub struct LogSummary {
    /// The file.
    pub file: String,
    /// Rows below the header.
    pub rows: u64,
    /// Rows that are positive interactions.
    pub positive: u64,
    /// Good rows that are none (`hide`, `shown`, weight 0), by kind.
    pub not_positive: BTreeMap<String, u64>,
    /// True where the log has a time column.
    pub ordered: bool,
    /// Rows that could not be used.
    pub bad_rows: BadRows,
}

/// An open log.
#[derive(Debug)]
pub struct EventReader<'a> {
    table: Table,
    places: Places,
    config: &'a InputConfig,
    reading: Reading<'a>,
}

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
struct Places {
    item: usize,
    user: Option<usize>,
    session: Option<usize>,
    time: Option<usize>,
    event: Option<usize>,
    weight: Option<usize>,
    trigger: Option<usize>,
}

impl<'a> EventReader<'a> {
    /// Opens a log and finds its columns.
    pub fn open(path: &Path, config: &'a InputConfig, reading: Reading<'a>) -> Result<Self> {
        let table = Table::open(path)?;
        let mut columns = Columns::new(table.path(), table.header());
        let places = Places {
            item: columns.need(ITEM, config.item.as_deref())?,
            user: columns.find(USER, config.user.as_deref())?,
            session: columns.find(SESSION, config.session.as_deref())?,
            time: columns.find(TIME, config.time.as_deref())?,
            event: columns.find(EVENT, config.event.as_deref())?,
            weight: columns.find(WEIGHT, config.weight.as_deref())?,
            trigger: columns.find(TRIGGER, config.trigger.as_deref())?,
        };
        if places.user.is_none() && places.session.is_none() {
            return Err(columns.missing(&[USER, SESSION]));
        }
        if let Some(notice) = columns.notice() {
            reading.report.notice(&notice);
        }
        Ok(Self { table, places, config, reading })
    }

    /// True where the log names sessions and no users.
    pub fn by_session(&self) -> bool {
        self.places.user.is_none()
    }

    /// Column names of the log.
    pub fn header(&self) -> &[String] {
        self.table.header()
    }

    /// Calls `visit` with every good row, in file order; then tells of the bad ones. A log without any row is an error.
    pub fn each(mut self, stage: &str, mut visit: impl FnMut(LogRow<'_>) -> Result<()>) -> Result<LogSummary> {
        let file = self.table.path().display().to_string();
        let stage = self.reading.progress.stage(stage, self.table.bytes());
        let mut summary = LogSummary {
            rows: 0,
            positive: 0,
            not_positive: BTreeMap::new(),
            ordered: self.places.time.is_some(),
            bad_rows: BadRows::new("bad", self.table.unit(), self.table.path(), self.reading.strict),
            file,
        };
        let mut position = 0;
        while let Some(row) = self.table.next_row()? {
            summary.rows += 1;
            match parse(row, &self.places, self.config) {
                Ok(event) => {
                    summary.count(&event);
                    visit(event)?;
                }
                Err(reason) => summary.bad_rows.add(row.line, reason)?,
            }
            if self.table.position() != position {
                position = self.table.position();
                stage.set(position);
            }
        }
        drop(stage);
        if let Some(notice) = summary.bad_rows.notice() {
            self.reading.report.notice(&notice);
        }
        summary.check()?;
        Ok(summary)
    }
}

impl LogSummary {
    fn count(&mut self, event: &LogRow<'_>) {
        if event.weight > 0.0 {
            self.positive += 1;
        } else {
            let kind = if event.kind.is_empty() { "no type" } else { event.kind.as_ref() };
            match self.not_positive.get_mut(kind) {
                Some(count) => *count += 1,
                None => drop(self.not_positive.insert(kind.to_owned(), 1)),
            }
        }
    }

    fn check(&self) -> Result<()> {
        if self.rows == 0 {
            anyhow::bail!("{}: the log has a header and no rows; there is nothing to learn from", self.file);
        }
        if self.bad_rows.count() == self.rows {
            let first = self.bad_rows.first_in_words().unwrap_or_default();
            anyhow::bail!("{}: none of the {} rows can be used; {first}", self.file, self.rows);
        }
        Ok(())
    }
}

fn parse<'a>(row: table::Row<'a>, places: &Places, config: &InputConfig) -> Result<LogRow<'a>, String> {
    row.check()?;
    let item = check_key("item", row.field(places.item)?)?;
    let user = user_key(&row, places)?;
    let millis = places.time.map(|at| row.field(at).and_then(parse_time)).transpose()?;
    let kind = places.event.map_or(Ok(""), |at| row.field(at))?.trim();
    let kind = if kind.chars().any(char::is_uppercase) { kind.to_lowercase().into() } else { Cow::Borrowed(kind) };
    let mut weight = if kind.is_empty() {
        1.0
    } else {
        config.weight_of(&kind).ok_or_else(|| {
            let kind = shown(&kind);
            format!(
                "the type `{kind}` has no weight; give it one in the configuration: [input] weights = {{ {kind} = 1 }}"
            )
        })?
    };
    if let Some(at) = places.weight {
        let text = row.field(at)?.trim();
        if !text.is_empty() {
            let factor: f32 = text.parse().map_err(|_| format!("the weight `{}` is not a number", shown(text)))?;
            weight *= factor;
        }
    }
    if !weight.is_finite() {
        return Err("the weight is not finite".into());
    }
    let trigger = places.trigger.map_or(Ok(""), |at| row.field(at))?;
    let trigger = if trigger.trim().is_empty() { None } else { Some(check_key("trigger", trigger)?) };
    Ok(LogRow { user, item, kind, millis, weight, trigger, record: row.record })
}

fn user_key<'a>(row: &Row<'a>, places: &Places) -> Result<Cow<'a, str>, String> {
    let session = |at| row.field(at).and_then(|raw| check_key("session", raw));
    match (places.user, places.session) {
        (Some(user), Some(at)) if row.field(user)?.trim().is_empty() => {
            // Kept apart from the users, some of which may be called like a session.
            Ok(Cow::Owned(format!("session:{}", session(at)?)))
        }
        (Some(user), _) => row.field(user).and_then(|raw| check_key("user", raw)).map(Cow::Borrowed),
        (None, Some(at)) => session(at).map(Cow::Borrowed),
        (None, None) => Err("the row names neither user nor session".into()),
    }
}
