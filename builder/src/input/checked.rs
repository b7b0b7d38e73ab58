//! A byte stream fit for the readers of text. Owns what must happen before they see a byte: the CSV reader would take a stray
//! byte for text, an open quote for a very long field, and it counts lines rightly only where every row ends in `\n`.

use std::io::{self, Read};

/// Longest row in bytes, line breaks inside quotes included.
pub const MAX_ROW_BYTES: u64 = 1 << 20;

/// Passes text on once it is known to be UTF-8; `\r\n` becomes `\n`, and a last line gets the `\n` it lacks.
#[derive(Debug)]
pub struct Checked<R> {
    inner: R,
    /// Bytes read from `inner`.
    offset: u64,
    /// Line breaks among them.
    breaks: u64,
    /// Read but not checked: the first bytes of a character.
    open: Vec<u8>,
    /// Checked but not passed on: a `\r` that may belong to a `\n`.
    held: bool,
    ended: bool,
    ready: Vec<u8>,
    /// How much of `ready` has been passed on.
    used: usize,
    /// The last byte put into `ready`.
    last: u8,
    passed: u64,
    row_start: u64,
    row_line: u64,
}

impl<R: Read> Checked<R> {
    /// Checks everything that `inner` gives; its present place is taken as the start of the file.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            offset: 0,
            breaks: 0,
            open: Vec::new(),
            held: false,
            ended: false,
            ready: Vec::new(),
            used: 0,
            last: b'\n',
            passed: 0,
            row_start: 0,
            row_line: 1,
        }
    }

    /// Tells where the next row starts, in bytes passed on, so that one that never ends is stopped.
    pub fn row_at(&mut self, start: u64, line: u64) {
        self.row_start = start;
        self.row_line = line;
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.ready);
        bytes.clear();
        bytes.append(&mut self.open);
        let carried = bytes.len();
        bytes.resize(carried + CHUNK, 0);
        let count = loop {
            match self.inner.read(&mut bytes[carried..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        bytes.truncate(carried + count);
        self.ended = count == 0;
        let valid = self.check(&bytes, carried)?;
        self.open = bytes.split_off(valid);
        self.offset += count as u64;
        self.ready = self.without_returns(bytes);
        self.used = 0;
        Ok(())
    }

    /// How many of the bytes are whole characters; the first `carried` of them have been read before.
    fn check(&mut self, bytes: &[u8], carried: usize) -> io::Result<usize> {
        let (valid, wrong) = match std::str::from_utf8(bytes) {
            Ok(text) => (text.len(), false),
            // Without a length the text ends within a character, which is wrong only at the end of the file.
            Err(error) => (error.valid_up_to(), error.error_len().is_some() || self.ended),
        };
        self.breaks += bytes[..valid].iter().filter(|&&byte| byte == b'\n').count() as u64;
        if wrong {
            return Err(io::Error::other(format!(
                "line {}, byte offset {}: not UTF-8 (found byte 0x{:02X}); save the file as UTF-8",
                self.breaks + 1,
                self.offset - carried as u64 + valid as u64,
                bytes[valid]
            )));
        }
        Ok(valid)
    }

    fn without_returns(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        // At the end of the file it ended the last line.
        if self.held && !self.ended {
            bytes.insert(0, b'\r');
        }
        self.held = !self.ended && bytes.last() == Some(&b'\r');
        if self.held {
            bytes.pop();
        }
        if bytes.contains(&b'\r') {
            let next = bytes.iter().copied().skip(1).chain([0]).collect::<Vec<_>>();
            let mut at = 0;
            bytes.retain(|&byte| {
                at += 1;
                byte != b'\r' || next[at - 1] != b'\n'
            });
        }
        bytes
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.passed.saturating_sub(self.row_start) > MAX_ROW_BYTES + 2 * CHUNK as u64 {
            return Err(io::Error::other(format!(
                "line {}: the row is longer than {MAX_ROW_BYTES} bytes; is a quote opened there and never closed?",
                self.row_line
            )));
        }
        while self.used == self.ready.len() && !self.ended {
            self.fill()?;
            if self.ended && self.last != b'\n' {
                self.ready.push(b'\n');
            }
            self.last = self.ready.last().copied().unwrap_or(self.last);
        }
        let rest = &self.ready[self.used..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.used += count;
        self.passed += count as u64;
        Ok(count)
    }
}

const CHUNK: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every character is cut.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn check(bytes: &[u8]) -> [Result<String, String>; 2] {
        let read = |mut stream: Box<dyn Read + '_>| {
            let mut text = String::new();
            stream.read_to_string(&mut text).map(|_| text).map_err(|error| error.to_string())
        };
        [read(Box::new(Checked::new(bytes))), read(Box::new(Checked::new(Drip(bytes))))]
    }

    #[test]
    fn good_text_passes_however_it_is_cut() {
        for (text, expected) in [
            ("a,é\n日本,🎌\n", "a,é\n日本,🎌\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\r\n\r\nb", "a\n\nb\n"),
            ("a\rb\r\r\nc\r", "a\rb\r\nc\n"),
            ("", ""),
        ] {
            assert_eq!(check(text.as_bytes()), [Ok(expected.into()), Ok(expected.into())]);
        }
    }

    #[test]
    fn a_wrong_byte_is_named_by_line_and_offset() {
        for outcome in check(b"item,user\nu\xC3\xA9,1\ncaf\xE9,2\n") {
            let message = outcome.unwrap_err();
            assert!(message.starts_with("line 3, byte offset 19: not UTF-8 (found byte 0xE9)"), "{message}");
        }
    }

    #[test]
    fn a_character_that_the_end_of_the_file_cuts_is_wrong() {
        for outcome in check(b"item\n\xF0\x9F\x8E") {
            let message = outcome.unwrap_err();
            assert!(message.starts_with("line 2, byte offset 5"), "{message}");
        }
    }
}
