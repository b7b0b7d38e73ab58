//! What a request is answered with. Owns addresses, methods, conditional requests and gzip; knows no socket.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::files::{Refused, Served, find};
use super::stats::{Count, Stats};

/// The page to try a build with.
const PLAYGROUND: &str = include_str!("playground.html");

/// Bodies below this are sent as they are: the headers of gzip would eat the gain.
const GZIP_FROM: usize = 256;

/// Compressed bodies that are kept; a build has three or four.
const GZIP_KEPT: usize = 32;

/// One build and how it is served.
#[derive(Debug)]
pub struct Site {
    dir: PathBuf,
    gzip: bool,
    counts_are_open: bool,
    /// What was sent so far.
    pub stats: Stats,
    compressed: Mutex<HashMap<String, Arc<Vec<u8>>>>,
}

/// The parts of a request that matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// `GET`, `HEAD`, ...
    pub method: &'a str,
    /// Path and query.
    pub url: &'a str,
    /// The header `If-None-Match`.
    pub if_none_match: Option<&'a str>,
    /// The header `Accept-Encoding`.
    pub accept_encoding: Option<&'a str>,
}

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, without `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// Length of the body that a GET would bring.
    pub length: usize,
    /// The body; empty for HEAD and 304.
    pub body: Arc<Vec<u8>>,
}

impl Answer {
    fn new(status: u16, mime: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = Arc::new(body.into());
        Self { status, headers: vec![("Content-Type", mime.to_owned())], length: body.len(), body }
    }

    fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n")).with("Cache-Control", "no-store")
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Site {
    /// Serves `dir`, with gzip where the client takes it. `counts_are_open` lets clients read and reset the counters.
    pub fn new(dir: PathBuf, gzip: bool, counts_are_open: bool) -> Self {
        Self { dir, gzip, counts_are_open, stats: Stats::default(), compressed: Mutex::default() }
    }

    /// Answers, and counts what the build's files cost.
    pub fn answer(&self, asked: Asked<'_>) -> Answer {
        let (path, query) = asked.url.split_once('?').unwrap_or((asked.url, ""));
        let mut answer = match (asked.method, path) {
            ("OPTIONS", _) => Answer::text(204, "").with("Access-Control-Allow-Methods", METHODS),
            (_, "/stats" | "/stats/reset") if !self.counts_are_open => Answer::text(403, CLOSED),
            ("POST", "/stats/reset") => self.counts(true),
            ("GET" | "HEAD", "/stats") => self.counts(query.split('&').any(|word| word == "reset")),
            ("GET" | "HEAD", "/_playground") => playground(),
            ("GET" | "HEAD", _) => self.file(path, asked),
            _ => Answer::text(405, "this server only gives files").with("Allow", METHODS),
        };
        if asked.method == "HEAD" {
            answer.body = Arc::default();
        }
        answer.with("Access-Control-Allow-Origin", "*").with("X-Content-Type-Options", "nosniff")
    }

    fn counts(&self, reset: bool) -> Answer {
        let counts = if reset { self.stats.take() } else { self.stats.read() };
        let text = serde_json::to_vec(&counts).unwrap_or_default();
        Answer::new(200, "application/json; charset=utf-8", text).with("Cache-Control", "no-store")
    }

    fn file(&self, path: &str, asked: Asked<'_>) -> Answer {
        let served = match find(&self.dir, path) {
            Ok(served) => served,
            Err(Refused::Missing) if path == "/" => {
                return Answer::text(302, "the playground is at /_playground").with("Location", "/_playground");
            }
            Err(refused) => {
                self.stats.add("missing", Count { requests: 1, ..Count::default() });
                let malformed = refused == Refused::Malformed;
                return if malformed {
                    Answer::text(400, "not a path of this site")
                } else {
                    Answer::text(404, "not found")
                };
            }
        };
        let (kind, raw) = (served.kind, served.bytes.len() as u64);
        let answer = self.found(served, asked);
        let not_modified = answer.status == 304;
        let sent = if not_modified || asked.method == "HEAD" { 0 } else { answer.body.len() as u64 };
        let raw = if sent > 0 { raw } else { 0 };
        self.stats.add(kind, Count { requests: 1, bytes: sent, raw, not_modified: not_modified.into() });
        answer.with("X-Recall-Kind", kind)
    }

    fn found(&self, served: Served, asked: Asked<'_>) -> Answer {
        let may_shrink = self.gzip && served.text && served.bytes.len() >= GZIP_FROM;
        let zip = may_shrink && asked.accept_encoding.is_some_and(accepts_gzip);
        let tag = format!("\"{}{}\"", served.tag, if zip { "-gzip" } else { "" });
        let body = if zip { self.compress(&served) } else { Arc::new(served.bytes) };
        let mut answer = Answer { status: 200, headers: Vec::new(), length: body.len(), body }
            .with("Content-Type", served.mime)
            .with("Cache-Control", served.cache)
            .with("ETag", &tag);
        if zip {
            answer = answer.with("Content-Encoding", "gzip");
        }
        if may_shrink {
            answer = answer.with("Vary", "Accept-Encoding");
        }
        if asked.if_none_match.is_some_and(|known| names(known, &tag)) {
            return Answer { status: 304, body: Arc::default(), ..answer };
        }
        answer
    }

    /// The file under gzip, from memory where it was asked for before.
    fn compress(&self, served: &Served) -> Arc<Vec<u8>> {
        let mut kept = self.compressed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = kept.get(&served.tag) {
            return body.clone();
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing into memory does not fail.
        let body = Arc::new(encoder.write_all(&served.bytes).and_then(|()| encoder.finish()).unwrap_or_default());
        if kept.len() >= GZIP_KEPT {
            kept.clear();
        }
        kept.insert(served.tag.clone(), body.clone());
        body
    }
}

fn playground() -> Answer {
    Answer::new(200, "text/html; charset=utf-8", PLAYGROUND)
        .with("Cache-Control", "no-cache")
        .with("Content-Security-Policy", POLICY)
}

/// Whether `Accept-Encoding` takes gzip: named, or by a star, and not with weight 0.
fn accepts_gzip(header: &str) -> bool {
    header.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        matches!(name.trim(), "gzip" | "x-gzip" | "*") && !refused
    })
}

/// Whether `If-None-Match` names the tag. Proxies may have marked it as weak.
fn names(header: &str, tag: &str) -> bool {
    header.split(',').any(|part| matches!(part.trim().trim_start_matches("W/"), known if known == tag || known == "*"))
}

const METHODS: &str = "GET, HEAD, OPTIONS";
const CLOSED: &str = "the counts are for this machine alone; start the server with --open-count to show them to others";
/// The page is one file with its script and style inside; it asks this server alone.
const POLICY: &str = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:; \
script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
