//! A text file as a stream of bytes, unpacked where it is gzip. Owns the count of bytes used; checks nothing.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

/// An open text file.
pub struct Source {
    reader: Box<dyn Read>,
    used: Rc<Cell<u64>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Source").field("used", &self.used).finish_non_exhaustive()
    }
}

/// Counts what is read of the file itself.
struct Counted {
    file: File,
    used: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.used.set(self.used.get() + count as u64);
        Ok(count)
    }
}

impl Source {
    /// Opens a file at its start.
    pub fn open(path: &Path) -> io::Result<Self> {
        let used = Rc::new(Cell::new(0));
        let file = Counted { file: File::open(path)?, used: used.clone() };
        let reader: Box<dyn Read> = if is_gzip(path) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(Self { reader, used })
    }

    /// A counter of the bytes of the file that have been used; it goes on counting.
    pub fn used(&self) -> Rc<Cell<u64>> {
        self.used.clone()
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// Whether the extension says gzip.
pub fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}
