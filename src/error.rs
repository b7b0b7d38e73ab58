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
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// A checksum does not match.
    Checksum {
        /// The section, or `header`.
        section: &'static str,
    },
    /// A field breaks a rule of `docs/FORMAT.md`.
    Rule {
        /// The section, or `header`, or `section table`.
        section: &'static str,
        /// The rule that is broken.
        rule: &'static str,
    },
}

impl FormatError {
    /// The part of the file that is at fault, where one can be named.
    pub fn section(&self) -> Option<&'static str> {
        match self {
            FormatError::Checksum { section } | FormatError::Rule { section, .. } => Some(section),
            _ => None,
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::NotAShard => out.write_str(
                "not a shard: the first bytes are something else, often a web page served with status 200; check that the host serves the files under c/ as they are",
            ),
            FormatError::Version { found } => {
                write!(out, "shard format {found} is not known to this runtime, which reads format 1; update edge-recall or rebuild the shards")
            }
            FormatError::Length { expected, found } => {
                write!(out, "the shard has {found} bytes and should have {expected}: the download was cut or padded; fetch it again")
            }
            FormatError::Checksum { section } => {
                write!(out, "the checksum of {section} does not match: the file is damaged; upload it again")
            }
            FormatError::Rule { section, rule } => {
                write!(out, "{section}: {rule}; the file is damaged or was not written by edge-recall")
            }
        }
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
        problem: String,
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
            Error::Skew { .. } => Some("header"),
            _ => None,
        }
    }
}

impl From<FormatError> for Error {
    fn from(problem: FormatError) -> Error {
        Error::Shard { name: None, problem }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Shard { name: Some(name), problem } => write!(out, "c/{name}.er: {problem}"),
            Error::Shard { name: None, problem } => write!(out, "{problem}"),
            Error::Skew { name, field } => {
                write!(out, "c/{name}.er belongs to another build ({field} differs): load the manifest again")
            }
            Error::UnknownShard { name } => {
                write!(
                    out,
                    "c/{name}.er is named neither by the manifest nor by its directory: load the manifest again"
                )
            }
            Error::Manifest { problem } => write!(out, "recall.json: {problem}"),
            Error::Json { field, problem } => {
                write!(out, "recall.json: `{field}` {problem}; the file is damaged or was not written by edge-recall")
            }
            Error::ManifestVersion { found } => {
                write!(
                    out,
                    "recall.json: format {found} is not known to this runtime, which reads format 1; update edge-recall or rebuild the shards"
                )
            }
            Error::Profile { problem } => write!(out, "profile: {problem}"),
            Error::Card { problem } => write!(out, "item card: {problem}"),
            Error::StaleCard => out.write_str("the item card belongs to another build: make the page again"),
            Error::Request { problem } => write!(out, "request: {problem}"),
        }
    }
}

impl core::error::Error for FormatError {}
impl core::error::Error for Error {}
