//! Every way the runtime can say no. Owns the stable error codes and the sentences; knows nothing of who reports them.
use core::fmt;

use crate::ids::ShardName;

/// What is wrong with the bytes of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// The file does not begin like a shard; a web page served with status 200 looks like this.
    NotAShard,
    /// A major version that this reader does not know.
    Version {
        /// The major version found in the file.
        found: u8,
    },
    /// The file has another length than its header says.
    Length {
        /// Bytes that the header promises.
        expected: u32,
    },
    /// A checksum does not match.
    Checksum {
        /// Where.
        section: Part,
    },
    /// A field breaks a rule of `docs/FORMAT.md`.
    Rule {
        /// Where.
        section: Part,
        /// The rule that is broken.
        rule: Thin,
    },
}

/// A sentence behind a thin pointer. Every `?` of every reader moves an error, so a small one makes all of them smaller.
pub type Thin = &'static &'static str;

/// The sentence as it is told: in the download those about files give way to one, which leads to where they stand.
#[inline]
pub fn told(rule: Thin) -> Thin {
    if cfg!(target_arch = "wasm32") {
        &"a rule of the format is broken; `edge-recall inspect` says which"
    } else {
        rule
    }
}

/// The part of a file, or of other bytes, that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Part {
    /// The header of a shard.
    Header,
    /// The section table of a shard.
    Table,
    /// A section of a kind that this reader does not know.
    Unknown,
    /// An item card.
    Card,
    /// A profile.
    Profile,
    /// Crowd lists.
    Crowds,
    /// Gram matrix.
    Gram,
    /// Keys of listed items.
    Known,
    /// Centroids of cohorts.
    Cohorts,
    /// Cells.
    Cells,
    /// Leaves.
    Leaves,
    /// Masked items.
    Mask,
    /// Item keys.
    Keys,
    /// An attribute column.
    Attribute,
    /// Vector codes.
    Codes,
    /// Scales of codes.
    Scales,
    /// Popularity.
    Gain,
    /// Item-to-item rows.
    Rows,
    /// Names of the files of the id map.
    IdFiles,
    /// Fingerprints and ordinals.
    Ids,
    /// Display fields.
    Fields,
    /// Cells of an index and their centroids.
    Partition,
    /// Ids of the rows of an index.
    RowIds,
    /// Links of a graph over the rows of an index.
    Graph,
}

impl Part {
    /// Its name, as in `docs/FORMAT.md`.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 24] = [
            "header",
            "section table",
            "an unknown section",
            "card",
            "profile",
            "crowds",
            "gram",
            "known",
            "cohorts",
            "cells",
            "leaves",
            "mask",
            "keys",
            "attribute",
            "codes",
            "scales",
            "gain",
            "rows",
            "id-files",
            "ids",
            "fields",
            "partition",
            "row-ids",
            "graph",
        ];
        NAMES[self as usize]
    }
}

impl FormatError {
    /// The part of the file that is at fault, where one can be named.
    pub fn section(&self) -> Option<&'static str> {
        match self {
            FormatError::Checksum { section } | FormatError::Rule { section, .. } => Some(section.name()),
            _ => None,
        }
    }
}

impl FormatError {
    /// The sentence in parts: a wasm build that formats nothing carries no formatter.
    fn say(&self, out: &mut String) {
        match self {
            FormatError::NotAShard => push(
                out,
                &[
                    "not a shard but often a web page served with status 200; check that the host serves the files under c/ as they are",
                ],
            ),
            FormatError::Version { found } => push(
                out,
                &[
                    "shard format ",
                    &digits(u64::from(*found)),
                    " is not known to this runtime, which reads format 1; update edge-recall or rebuild the shards",
                ],
            ),
            FormatError::Length { expected } => {
                let expected = digits(u64::from(*expected));
                push(
                    out,
                    &["the shard should have ", &expected, " bytes: the download was cut or padded; fetch it again"],
                );
            }
            FormatError::Checksum { section } => push(
                out,
                &["the checksum of ", section.name(), " does not match: the file is damaged; upload it again"],
            ),
            FormatError::Rule { section, rule } => push(out, &[section.name(), ": ", rule, DAMAGED]),
        }
    }
}

const DAMAGED: &str = "; the file is damaged or was not written by edge-recall";

/// Appends every part.
pub fn push(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}

/// The parts as one text.
pub fn text(parts: &[&str]) -> String {
    let mut out = String::new();
    push(&mut out, parts);
    out
}

/// A number in decimal digits, without the standard library's formatter: it is 2 KB of download.
pub fn digits(mut number: u64) -> String {
    let mut reversed = [0u8; 20];
    let mut at = reversed.len();
    loop {
        at -= 1;
        reversed[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    reversed[at..].iter().map(|&digit| char::from(digit)).collect()
}

impl fmt::Display for FormatError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.say(&mut text);
        out.write_str(&text)
    }
}

/// Any failure of the runtime.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that are not a valid shard.
    Shard {
        /// The file, where its name is known.
        name: Option<ShardName>,
        /// What is wrong with it.
        problem: FormatError,
    },
    /// A valid shard of another build: epoch, model or place differ from what manifest and directory say.
    Skew {
        /// The file.
        name: ShardName,
        /// Which field differs.
        field: &'static str,
    },
    /// A shard that neither manifest nor directory names.
    UnknownShard {
        /// The file.
        name: ShardName,
    },
    /// `recall.json` cannot be used.
    Manifest {
        /// What is wrong and where.
        problem: String,
    },
    /// A field of `recall.json`, or of a host's options, cannot be used.
    Json {
        /// The field.
        field: String,
        /// What is wrong with it.
        problem: Thin,
    },
    /// `recall.json` is of another major version.
    ManifestVersion {
        /// The major version found.
        found: u32,
    },
    /// Profile bytes that cannot be read.
    Profile {
        /// What is wrong.
        problem: &'static str,
    },
    /// Bytes that are not a valid item card.
    Card {
        /// What is wrong with them.
        problem: FormatError,
    },
    /// An item card of another build.
    StaleCard,
    /// A request that makes no sense.
    Request {
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Result of the runtime.
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// Stable name of the failure, part of the public JavaScript API.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Shard { problem: FormatError::NotAShard, .. } => "not-a-shard",
            Error::Shard { problem: FormatError::Version { .. }, .. } | Error::ManifestVersion { .. } => {
                "unsupported-version"
            }
            Error::Shard { .. } => "damaged-shard",
            Error::Skew { .. } => "skew",
            Error::UnknownShard { .. } => "unknown-shard",
            Error::Manifest { .. } | Error::Json { .. } => "bad-manifest",
            Error::Profile { .. } => "bad-profile",
            Error::Card { .. } => "bad-card",
            Error::StaleCard => "stale-card",
            Error::Request { .. } => "bad-request",
        }
    }

    /// The shard at fault, where there is one.
    pub fn shard(&self) -> Option<ShardName> {
        match self {
            Error::Shard { name, .. } => *name,
            Error::Skew { name, .. } | Error::UnknownShard { name } => Some(*name),
            _ => None,
        }
    }

    /// The section at fault, where there is one.
    pub fn section(&self) -> Option<&'static str> {
        match self {
            Error::Shard { problem, .. } => problem.section(),
            Error::Skew { .. } => Some(Part::Header.name()),
            _ => None,
        }
    }
}

impl From<FormatError> for Error {
    fn from(problem: FormatError) -> Error {
        Error::Shard { name: None, problem }
    }
}

impl Error {
    /// The sentence for people.
    pub fn message(&self) -> String {
        let mut all = String::new();
        let out = &mut all;
        match self {
            Error::Shard { name, problem } => {
                if let Some(name) = name {
                    push(out, &["c/", &name.text(), ".er: "]);
                }
                problem.say(out);
            }
            Error::Skew { name, field } => push(
                out,
                &["c/", &name.text(), ".er belongs to another build (", field, " differs): load the manifest again"],
            ),
            Error::UnknownShard { name } => push(
                out,
                &[
                    "c/",
                    &name.text(),
                    ".er is named neither by the manifest nor by its directory: load the manifest again",
                ],
            ),
            Error::Manifest { problem } => push(out, &["recall.json: ", problem]),
            Error::Json { field, problem } => push(out, &["recall.json: `", field, "` ", problem, DAMAGED]),
            Error::ManifestVersion { found } => push(
                out,
                &[
                    "recall.json: format ",
                    &digits(u64::from(*found)),
                    " is not known to this runtime, which reads format 1; update edge-recall or rebuild the shards",
                ],
            ),
            Error::Profile { problem } => push(out, &["profile: ", problem]),
            Error::Card { problem } => {
                out.push_str("item card: ");
                problem.say(out);
            }
            Error::StaleCard => out.push_str("the item card belongs to another build: make the page again"),
            Error::Request { problem } => push(out, &["request: ", problem]),
        }
        all
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message())
    }
}

impl core::error::Error for FormatError {}
impl core::error::Error for Error {}
