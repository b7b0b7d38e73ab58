//! What the tests of the readers share: a directory of files and a way to read them.

use std::path::PathBuf;

use tempfile::TempDir;

use super::Reading;
use crate::progress::Progress;
use crate::report::Report;

/// Files that go with the test.
pub struct Files {
    home: TempDir,
    report: Report,
    progress: Progress,
}

impl Files {
    /// An empty directory, a silent report, hidden bars.
    pub fn empty() -> Self {
        Self { home: TempDir::new().unwrap(), report: Report::new(false, true), progress: Progress::hidden() }
    }

    /// A file with this content.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Reads on past bad rows.
    pub fn lenient(&self) -> Reading<'_> {
        Reading { strict: false, report: &self.report, progress: &self.progress }
    }

    /// Stops at the first bad row.
    pub fn strict(&self) -> Reading<'_> {
        Reading { strict: true, ..self.lenient() }
    }
}
