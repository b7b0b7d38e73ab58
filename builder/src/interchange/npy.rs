//! Arrays as NumPy saves them (numpy.lib.format, versions 1 to 3). Owns the header; takes two-dimensional arrays of floats in
//! C order and nothing else.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Headers are a short line of text; a longer one is damage.
const MAX_HEADER: usize = 1 << 16;

/// A two-dimensional array.
#[derive(Debug, PartialEq)]
pub struct Array {
    /// First axis.
    pub rows: usize,
    /// Second axis.
    pub columns: usize,
    /// Row-major.
    pub numbers: Vec<f32>,
}

impl Array {
    /// Whether a file is an array, by its extension or its first bytes.
    pub fn is_one(path: &Path) -> Result<bool> {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) {
            return Ok(true);
        }
        let mut start = Vec::new();
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        // A directory opens and does not read; the readers of tables say what to do then.
        let _ = file.take(MAGIC.len() as u64).read_to_end(&mut start);
        Ok(start == MAGIC)
    }

    /// Reads an array.
    pub fn read(path: &Path) -> Result<Array> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
        Self::parse(BufReader::new(file)).with_context(|| format!("cannot read {shown}"))
    }

    fn parse(mut file: impl Read) -> Result<Array> {
        let mut start = [0; 8];
        file.read_exact(&mut start).ok().context(CUT)?;
        ensure!(start.starts_with(MAGIC), "it is no array of NumPy; write it with numpy.save");
        let wide = start[6] > 1;
        let mut length = [0; 4];
        file.read_exact(if wide { &mut length[..] } else { &mut length[..2] }).ok().context(CUT)?;
        let length = u32::from_le_bytes(length) as usize;
        ensure!(length <= MAX_HEADER, "its header is {length} bytes long; write it again with numpy.save");
        let mut header = vec![0; length];
        file.read_exact(&mut header).ok().context(CUT)?;
        let header = String::from_utf8_lossy(&header);
        let (rows, columns) = shape(&header)?;
        let double = match value(&header, "descr")?.trim_matches(['\'', '"']) {
            "<f4" => false,
            "<f8" => true,
            other => bail!("its dtype is {other}; write numpy.save(path, array.astype('<f4'))"),
        };
        ensure!(
            value(&header, "fortran_order")? == "False",
            "it is in Fortran order; write numpy.save(path, numpy.ascontiguousarray(array))"
        );
        let size = if double { 8 } else { 4 };
        let count = rows.checked_mul(columns).context("its shape is impossible")?;
        let mut numbers = Vec::new();
        let mut bytes = vec![0; columns * size];
        for _ in 0..if columns == 0 { 0 } else { rows } {
            file.read_exact(&mut bytes).ok().context(CUT)?;
            match double {
                false => numbers.extend(bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four))),
                true => numbers.extend(bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight) as f32)),
            }
        }
        ensure!(
            numbers.len() == count && file.read(&mut [0])? == 0,
            "it is longer than its shape says; write it again"
        );
        Ok(Array { rows, columns, numbers })
    }
}

const CUT: &str = "it is cut short; write it again with numpy.save";

/// `(rows, columns)` of a header like `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`.
fn shape(header: &str) -> Result<(usize, usize)> {
    let text = value(header, "shape")?;
    let axes: Vec<usize> = text
        .trim_matches(['(', ')'])
        .split(',')
        .map(str::trim)
        .filter(|axis| !axis.is_empty())
        .map(|axis| axis.parse().with_context(|| format!("its shape {text} is none")))
        .collect::<Result<_>>()?;
    match axes[..] {
        [rows, columns] if columns <= 1 << 20 => Ok((rows, columns)),
        _ => bail!("its shape is {text}; it must have two axes, (items, dim): write array.reshape(len(keys), -1)"),
    }
}

/// The text behind a key, up to the comma that ends it.
fn value<'a>(header: &'a str, key: &str) -> Result<&'a str> {
    let missing = || format!("its header has no `{key}`; write it again with numpy.save");
    let (_, rest) = header.split_once(&format!("'{key}'")).with_context(missing)?;
    let rest = rest.trim_start().strip_prefix(':').with_context(missing)?.trim_start();
    let end = if rest.starts_with('(') { rest.find(')').map(|at| at + 1) } else { rest.find([',', '}']) };
    Ok(rest[..end.with_context(missing)?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(version: u8, header: &str, data: &[u8]) -> Result<Array, String> {
        let mut bytes = [MAGIC, &[version, 0]].concat();
        let length = (header.len() as u32).to_le_bytes();
        bytes.extend_from_slice(if version > 1 { &length } else { &length[..2] });
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        Array::parse(bytes.as_slice()).map_err(|error| format!("{error:#}"))
    }

    fn header(kind: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}   \n")
    }

    #[test]
    fn floats_of_both_sizes_are_read() {
        let four: Vec<u8> = [1.5f32, -2.0, 0.0, 3.25].iter().flat_map(|x| x.to_le_bytes()).collect();
        let eight: Vec<u8> = [1.5f64, -2.0, 0.0, 3.25].iter().flat_map(|x| x.to_le_bytes()).collect();
        let expected = Ok(Array { rows: 2, columns: 2, numbers: vec![1.5, -2.0, 0.0, 3.25] });
        assert_eq!(npy(1, &header("<f4", "False", "(2, 2)"), &four), expected);
        assert_eq!(npy(2, &header("<f8", "False", "(2, 2)"), &eight), expected);
    }

    #[test]
    fn anything_else_is_named_with_the_remedy() {
        let wrong = |kind: &str, order: &str, shape: &str, bytes: usize| {
            npy(1, &header(kind, order, shape), &vec![0; bytes]).unwrap_err()
        };
        assert!(
            wrong("<i8", "False", "(1, 2)", 16).contains("dtype is <i8; write numpy.save(path, array.astype('<f4'))")
        );
        assert!(wrong(">f4", "False", "(1, 2)", 8).contains("dtype is >f4"));
        assert!(wrong("<f4", "True", "(1, 2)", 8).contains("Fortran order; write numpy.save(path, numpy.ascontig"));
        for shape in ["(4,)", "()", "(1, 2, 2)"] {
            assert!(wrong("<f4", "False", shape, 16).contains("must have two axes, (items, dim)"), "{shape}");
        }
        assert!(wrong("<f4", "False", "(2, 2)", 15).contains("cut short"));
        assert!(wrong("<f4", "False", "(2, 2)", 17).contains("longer than its shape says"));
        assert!(wrong("<f4", "False", "(99999999999999, 1)", 16).contains("cut short"));
        assert!(npy(1, "{'descr': '<f4'}", &[]).unwrap_err().contains("no `shape`"));
        assert!(Array::parse(&b"item,vector"[..]).unwrap_err().to_string().contains("no array of NumPy"));
    }
}
