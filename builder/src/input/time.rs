//! Points in time as logs write them. Owns the accepted forms; the result is milliseconds since the Unix epoch.
//!
//! Accepted: a number (seconds, or milli-, micro- or nanoseconds, told apart by magnitude) and ISO 8601 / RFC 3339
//! date-times with or without a zone. A date-time without a zone is taken as UTC.

/// Milliseconds since the Unix epoch, or what is wrong with the text.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let text = text.trim();
    // Whole numbers keep every digit; a float would lose some beyond 2^53.
    let whole = text.parse::<i64>().ok().map(whole_to_millis);
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite()).map(number_to_millis);
    let millis = whole.or_else(number).or_else(|| date_time(text));
    match millis {
        Some(millis) if (0..=LATEST).contains(&millis) => Ok(millis),
        Some(_) => Err(format!("the time `{}` is before 1970 or after 9999", super::keys::shown(text))),
        None => Err(format!(
            "the time `{}` is neither a number of seconds or milliseconds nor a date like 2024-05-01T10:00:00Z",
            super::keys::shown(text)
        )),
    }
}

/// Minutes since the Unix epoch, as [`crate::model::Event`] holds them.
pub fn minute(millis: i64) -> u32 {
    u32::try_from(millis / 60_000).unwrap_or(u32::MAX)
}

/// The moment as RFC 3339 in UTC, to the second.
pub fn format_time(millis: i64) -> String {
    let seconds = millis.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The inverse of `days_since_epoch`, same source.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

/// The moment as RFC 3339 in UTC, with milliseconds where there are any.
pub fn format_exact(millis: i64) -> String {
    let mut text = format_time(millis);
    if millis.rem_euclid(1000) != 0 {
        text.pop();
        text.push_str(&format!(".{:03}Z", millis.rem_euclid(1000)));
    }
    text
}

/// The end of the year 9999.
const LATEST: i64 = 253_402_300_799_999;

/// Below 10^11 seconds (the year 5138), below 10^14 milliseconds, below 10^17 microseconds, else nanoseconds.
fn whole_to_millis(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => number * 1000,
        100_000_000_000..100_000_000_000_000 => number,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1000,
        _ => number / 1_000_000,
    }
}

fn number_to_millis(number: f64) -> i64 {
    let scale = match number.abs() {
        size if size < 1e11 => 1e3,
        size if size < 1e14 => 1.0,
        size if size < 1e17 => 1e-3,
        _ => 1e-6,
    };
    (number * scale).round() as i64
}

/// `2024-05-01`, then optionally `T` or a space, `10:00`, `:30`, `.125`, and a zone.
fn date_time(text: &str) -> Option<i64> {
    let mut rest = Cursor(text.as_bytes());
    let year = rest.digits(4)?;
    rest.expect(b'-')?;
    let month = rest.digits(2)?;
    rest.expect(b'-')?;
    let day = rest.digits(2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let midnight = days_since_epoch(year, month, day) * 86_400_000;
    if rest.0.is_empty() {
        return Some(midnight);
    }
    rest.any_of(b"Tt ")?;
    let hour = rest.digits(2)?;
    rest.expect(b':')?;
    let minute = rest.digits(2)?;
    let mut millis = 0;
    let mut second = 0;
    if rest.any_of(b":").is_some() {
        second = rest.digits(2)?;
        if rest.any_of(b".,").is_some() {
            millis = rest.fraction()?;
        }
    }
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = rest.zone()?;
    Some(midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + millis)
}

/// Reads from the front of ASCII text.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn any_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        wanted.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        self.any_of(&[wanted]).map(drop)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        head.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    }

    /// The digits after the point, as milliseconds; what is finer is cut off.
    fn fraction(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let place = |at: usize| head.get(at).map_or(0, |digit| i64::from(digit - b'0'));
        (count > 0).then(|| place(0) * 100 + place(1) * 10 + place(2))
    }

    /// Minutes east of UTC: nothing, `Z`, ` UTC`, `+02:00`, `+0200`, `+02`. Nothing may follow.
    fn zone(&mut self) -> Option<i64> {
        while self.any_of(b" ").is_some() {}
        if matches!(self.0, b"" | b"Z" | b"z" | b"UTC" | b"GMT") {
            return Some(0);
        }
        let sign = if self.any_of(b"+-")? == b'+' { 1 } else { -1 };
        let hours = self.digits(2)?;
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.any_of(b":");
            self.digits(2)?
        };
        (self.0.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar; Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_one_moment_is_the_same() {
        // date -u -d @1714557630.125
        for text in [
            "1714557630.125",
            "1714557630125",
            "1714557630125000",
            "1714557630125000000",
            "1714557630125.0",
            "2024-05-01T10:00:30.125Z",
            "2024-05-01 10:00:30.125",
            "2024-05-01t10:00:30.1259z",
            "2024-05-01 10:00:30.125 UTC",
            "2024-05-01T12:00:30.125+02:00",
            "2024-05-01T04:30:30,125-0530",
            "2024-05-01T12:00:30.125+02",
            " 1714557630125 ",
        ] {
            assert_eq!(parse_time(text), Ok(1_714_557_630_125), "{text}");
        }
        assert_eq!(minute(1_714_557_630_125), 28_575_960);
    }

    #[test]
    fn shorter_forms_and_edges() {
        assert_eq!(parse_time("0"), Ok(0));
        assert_eq!(parse_time("1970-01-01"), Ok(0));
        assert_eq!(parse_time("2000-02-29"), Ok(951_782_400_000));
        assert_eq!(parse_time("2024-05-01T10:00"), Ok(1_714_557_600_000));
        assert_eq!(parse_time("9999-12-31T23:59:59.999Z"), Ok(LATEST));
        assert_eq!(parse_time("7"), Ok(7000));
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for day in (0..2_932_896).step_by(97) {
            let millis = day * 86_400_000 + 3_661_000;
            assert_eq!(parse_time(&format_time(millis)), Ok(millis));
        }
        assert_eq!(format_time(1_714_557_630_125), "2024-05-01T10:00:30Z");
        assert_eq!(format_exact(1_714_557_630_125), "2024-05-01T10:00:30.125Z");
        assert_eq!(format_exact(1_714_557_630_000), "2024-05-01T10:00:30Z");
    }

    #[test]
    fn anything_else_is_refused_with_the_text() {
        for text in [
            "",
            "yesterday",
            "nan",
            "inf",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-5-1",
            "2024-05-01T25:00",
            "2024-05-01T10",
            "2024-05-01T10:00:00X",
            "2024-05-01T10:00:00+1",
            "2024-05-01T10:00:00.Z",
            "01/05/2024",
            "２０２４-05-01",
        ] {
            let message = parse_time(text).unwrap_err();
            assert!(message.contains(&format!("`{text}`")) && message.contains("neither"), "{message}");
        }
        assert!(parse_time("-1").unwrap_err().contains("before 1970"));
        assert!(parse_time("1969-12-31").unwrap_err().contains("before 1970"));
        assert!(parse_time("9e300").unwrap_err().contains("after 9999"));
    }
}
