//! Sections `codes` and `scales` (docs/FORMAT.md 5.6): the vectors of one cell, f16 or int8 residuals.

use crate::error::FormatError;
use crate::format::Shard;
use crate::format::bytes::{Reader, SharedBytes};
use crate::format::section::SectionKind;

/// Largest dimension: 512 products of an 8-bit and a 16-bit code cannot overflow 32 bits.
pub const MAX_DIM: usize = 512;

/// How a row is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The vector itself in half precision: the reference.
    F16,
    /// Residual to the cell's centroid in 8 bits, one scale a row.
    Int8,
}

impl Code {
    const ALL: [Code; 2] = [Code::F16, Code::Int8];

    /// Name, as in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Code::F16 => "f16",
            Code::Int8 => "int8",
        }
    }

    /// The code of that name.
    pub fn parse(name: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Inner product of vectors of any length.
    Dot,
    /// Rows have unit length, so that the inner product is the cosine.
    Cosine,
}

impl Metric {
    const ALL: [Metric; 2] = [Metric::Dot, Metric::Cosine];

    /// Name, as in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Dot => "dot",
            Metric::Cosine => "cosine",
        }
    }

    /// The metric of that name.
    pub fn parse(name: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// The codes of one cell.
#[derive(Clone)]
pub enum Codes {
    /// `count x dim` half-precision numbers.
    F16(SharedBytes),
    /// `count x dim` 8-bit codes and `count` scales.
    Int8(SharedBytes, SharedBytes),
}

impl Codes {
    /// Reads the vectors of a `vec` shard; `None` where it has none.
    pub fn read(shard: &Shard, dim: usize, code: Code, metric: Metric) -> Result<Option<Codes>, FormatError> {
        let Some(section) = shard.section(SectionKind::Codes, 0) else { return Ok(None) };
        let mut reader = Reader::new(&section.bytes, SectionKind::Codes.name());
        reader.check(section.count == shard.header().count, "another number of rows than the cell has items")?;
        let (found_code, found_metric, found_dim) = (reader.u8()?, reader.u8()?, usize::from(reader.u16()?));
        reader.check(found_code == code_number(code), "another code than the manifest says")?;
        reader.check(found_metric == metric_number(metric), "another metric than the manifest says")?;
        reader.check(found_dim == dim, "another dimension than the manifest says")?;
        reader.zeros::<4>()?;
        let width = if code == Code::F16 { 2 } else { 1 };
        let length = (section.count as usize).saturating_mul(dim).saturating_mul(width);
        reader.check(reader.remaining() == length, "its length does not fit rows and dimension")?;
        let rows = section.bytes.tail(8).unwrap_or_default();
        match code {
            Code::F16 => {
                let finite = rows.typed::<u16>().is_some_and(|all| all.iter().all(|&h| h & 0x7C00 != 0x7C00));
                reader.check(finite, "a vector is not finite")?;
                reader.check(shard.section(SectionKind::Scales, 0).is_none(), "scales stand beside f16 codes")?;
                Ok(Some(Codes::F16(rows)))
            }
            Code::Int8 => {
                let legal = rows.typed::<i8>().is_some_and(|all| !all.contains(&-128));
                reader.check(legal, "a code is -128")?;
                Ok(Some(Codes::Int8(rows, read_scales(shard)?)))
            }
        }
    }
}

fn read_scales(shard: &Shard) -> Result<SharedBytes, FormatError> {
    let section = shard.required(SectionKind::Scales)?;
    let reader = Reader::new(&section.bytes, SectionKind::Scales.name());
    reader.check(section.count == shard.header().count, "another number of scales than the cell has items")?;
    let scales = section.bytes.typed::<f32>().ok_or_else(|| reader.broken("not a whole number of floats"))?;
    reader.check(scales.len() == shard.header().count as usize, "another number of scales than the cell has items")?;
    reader.check(scales.iter().all(|s| s.is_finite() && *s >= 0.0), "a scale is negative or not finite")?;
    Ok(section.bytes.clone())
}

fn code_number(code: Code) -> u8 {
    match code {
        Code::F16 => 1,
        Code::Int8 => 2,
    }
}

fn metric_number(metric: Metric) -> u8 {
    match metric {
        Metric::Dot => 1,
        Metric::Cosine => 2,
    }
}

fn encode_head(code: Code, metric: Metric, dim: usize) -> Vec<u8> {
    let mut to = vec![code_number(code), metric_number(metric)];
    to.extend_from_slice(&(dim as u16).to_le_bytes());
    to.extend_from_slice(&[0; 4]);
    to
}

#[cfg(feature = "write")]
/// Encodes rows in half precision, rounding to nearest. Values beyond its range are clamped, so that readers accept them.
pub fn encode_f16(metric: Metric, dim: usize, rows: &[f32]) -> Vec<u8> {
    let mut to = encode_head(Code::F16, metric, dim);
    for &x in rows {
        let half = half::f16::from_f32(x.clamp(-65504.0, 65504.0));
        to.extend_from_slice(&half.to_bits().to_le_bytes());
    }
    to
}

/// Encodes the residuals of `rows` to the *decoded* `centroid`: the bytes of `codes`, then those of `scales`.
pub fn encode_int8(metric: Metric, centroid: &[f32], rows: &[f32]) -> (Vec<u8>, Vec<u8>) {
    let dim = centroid.len();
    let mut codes = encode_head(Code::Int8, metric, dim);
    let mut scales = Vec::new();
    for row in rows.chunks_exact(dim.max(1)) {
        let residuals = || row.iter().zip(centroid).map(|(x, c)| x - c);
        let top = residuals().fold(0f32, |top, r| top.max(r.abs()));
        let scale = top / 127.0;
        scales.extend_from_slice(&scale.to_le_bytes());
        let code = |r: f32| if scale > 0.0 { (r / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 };
        codes.extend(residuals().map(code).map(i8::cast_unsigned));
    }
    (codes, scales)
}
