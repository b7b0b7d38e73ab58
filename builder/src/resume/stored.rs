//! The bytes of a kept result: a mark, the key, the arrays, a SHA-256 of all that. Owns the file format, which only the
//! version of this program that wrote a file ever reads.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::{I2iTable, ItemVectors};

const MARK: &[u8; 8] = b"erstage1";
/// Words that are converted at a time.
const BLOCK: usize = 1 << 14;

/// A result that can be kept.
pub trait Stored: Sized {
    /// Writes it.
    fn put(&self, sink: &mut Sink) -> io::Result<()>;
    /// Reads it. Whatever the bytes are, this gives a value or an error.
    fn take(source: &mut Source) -> io::Result<Self>;
}

/// Where a result is written.
pub struct Sink {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Sink {
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }

    fn words(&mut self, words: impl Iterator<Item = u32>) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BLOCK * 4);
        for word in words {
            bytes.extend_from_slice(&word.to_le_bytes());
            if bytes.len() == BLOCK * 4 {
                self.bytes(&bytes)?;
                bytes.clear();
            }
        }
        self.bytes(&bytes)
    }

    fn size(&mut self, size: usize) -> io::Result<()> {
        self.bytes(&(size as u64).to_le_bytes())
    }
}

/// Where a result is read from.
pub struct Source {
    file: BufReader<File>,
    hash: Sha256,
    /// Bytes that the file still has.
    left: u64,
}

impl Source {
    fn bytes(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact(into)?;
        self.hash.update(&*into);
        self.left = self.left.saturating_sub(into.len() as u64);
        Ok(())
    }

    fn size(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// An error unless the file has as many words: nothing is allocated on a damaged length's word.
    fn has(&self, words: u64) -> io::Result<()> {
        if words > self.left / 4 { Err(damaged()) } else { Ok(()) }
    }

    fn words(&mut self, count: u64, mut visit: impl FnMut(u32)) -> io::Result<()> {
        self.has(count)?;
        let mut bytes = vec![0; BLOCK * 4];
        let mut left = count as usize;
        while left > 0 {
            let part = &mut bytes[..left.min(BLOCK) * 4];
            self.bytes(part)?;
            part.chunks_exact(4).for_each(|word| visit(u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
            left -= part.len() / 4;
        }
        Ok(())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not what its name says, or damaged")
}

/// Writes a file that is there whole or not at all.
pub(super) fn write<T: Stored>(dir: &Path, name: &str, key: &[u8; 32], result: &T) -> io::Result<()> {
    let file = tempfile::NamedTempFile::new_in(dir)?;
    let mut sink = Sink { file: BufWriter::new(file.reopen()?), hash: Sha256::new() };
    sink.bytes(MARK)?;
    sink.bytes(key)?;
    result.put(&mut sink)?;
    let hash = sink.hash.finalize();
    sink.file.write_all(&hash)?;
    sink.file.into_inner()?.sync_all()?;
    file.persist(dir.join(name))?;
    Ok(())
}

/// Reads what [`write`] wrote, and nothing else.
pub(super) fn read<T: Stored>(path: &Path, key: &[u8; 32]) -> io::Result<T> {
    let file = File::open(path)?;
    let left = file.metadata()?.len();
    let mut source = Source { file: BufReader::new(file), hash: Sha256::new(), left };
    let (mut mark, mut own_key) = ([0; 8], [0; 32]);
    source.bytes(&mut mark)?;
    source.bytes(&mut own_key)?;
    if &mark != MARK || &own_key != key {
        return Err(damaged());
    }
    let result = T::take(&mut source)?;
    let mut hash = [0; 32];
    source.file.read_exact(&mut hash)?;
    if source.left != 32 || hash[..] != source.hash.finalize()[..] {
        return Err(damaged());
    }
    Ok(result)
}

impl Stored for I2iTable {
    fn put(&self, sink: &mut Sink) -> io::Result<()> {
        sink.size(self.rows.len())?;
        sink.words(self.rows.iter().map(|row| row.len() as u32))?;
        sink.words(self.rows.iter().flatten().flat_map(|&(target, weight)| [target, weight.to_bits()]))
    }

    fn take(source: &mut Source) -> io::Result<Self> {
        let rows = source.size()?;
        let mut lengths = Vec::new();
        source.words(rows, |length| lengths.push(length))?;
        let words = lengths.iter().map(|&length| 2 * u64::from(length)).sum();
        source.has(words)?;
        let mut table = Self { rows: lengths.iter().map(|&length| Vec::with_capacity(length as usize)).collect() };
        let mut places =
            lengths.iter().enumerate().flat_map(|(row, &length)| std::iter::repeat_n(row, length as usize));
        let mut open = None;
        source.words(words, |word| match open.take() {
            None => open = Some(word),
            Some(target) => {
                let row = places.next().expect("as many cells as the lengths add up to");
                table.rows[row].push((target, f32::from_bits(word)));
            }
        })?;
        if table.rows.iter().flatten().any(|cell| u64::from(cell.0) >= rows) {
            return Err(damaged());
        }
        Ok(table)
    }
}

impl Stored for ItemVectors {
    fn put(&self, sink: &mut Sink) -> io::Result<()> {
        sink.size(self.dim)?;
        sink.size(self.rows.len())?;
        sink.words(self.rows.iter().map(|value| value.to_bits()))
    }

    fn take(source: &mut Source) -> io::Result<Self> {
        let (dim, count) = (source.size()?, source.size()?);
        let mut rows = Vec::new();
        source.words(count, |word| rows.push(f32::from_bits(word)))?;
        if dim == 0 || count % dim != 0 {
            return Err(damaged());
        }
        Ok(Self { dim: dim as usize, rows })
    }
}
