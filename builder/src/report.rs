//! Everything the command says. Owns stdout and stderr; decides nothing about what is said.
//!
//! Answers go to stdout: text for people, or one JSON document with `--json`. Notices go to stderr.

use std::io::{self, Write};

use serde::Serialize;

/// Where answers and notices go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    json: bool,
    quiet: bool,
}

impl Report {
    /// A report for machines (`json`) or for people; `quiet` leaves out everything but errors and the JSON answer.
    pub fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// True where the answer is JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The answer of a command, once: `value` for machines, `text` for people.
    pub fn answer<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        if self.json {
            write_line(io::stdout().lock(), &serde_json::to_string(value)?)
        } else if self.quiet {
            Ok(())
        } else {
            write_line(io::stdout().lock(), &text(value))
        }
    }

    /// An answer too long to be held: written piece by piece, for machines (`--json` or `machine`) or for people.
    pub fn stream(
        &self,
        machine: bool,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if self.quiet && !self.json && !machine {
            return Ok(());
        }
        let mut stream = io::BufWriter::new(io::stdout().lock());
        let written = write(&mut stream).and_then(|()| Ok(stream.flush()?));
        written.or_else(|error| match error.downcast_ref::<io::Error>() {
            Some(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        })
    }

    /// Something worth knowing that is no answer: a guessed column, a bad row.
    pub fn notice(&self, text: &str) {
        if !self.quiet {
            // A closed stderr must not stop the work.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Why the command failed; the causes follow the message, joined by colons.
    pub fn error(&self, error: &anyhow::Error) {
        let message = format!("{error:#}");
        let _ = writeln!(io::stderr().lock(), "error: {message}");
        if self.json {
            let _ = write_line(io::stdout().lock(), &serde_json::json!({ "error": message }).to_string());
        }
    }
}

/// A reader that has gone away (`| head`) is no failure.
fn write_line(mut stream: impl Write, text: &str) -> anyhow::Result<()> {
    match writeln!(stream, "{text}").and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
