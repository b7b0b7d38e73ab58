//! Sections `codes` and `scales` (docs/FORMAT.md 5.6): the vectors of one cell, f16 or residuals of 8, 4 or 2 bits.

use crate::error::{FormatError, Part};
use crate::format::Shard;
use crate::format::bytes::{Reader, SharedBytes};
use crate::format::section::SectionKind;
use crate::listed::Listed;
use crate::numeric::from_f16;

/// Largest dimension: 512 products of an 8-bit and a 16-bit code cannot overflow 32 bits.
pub const MAX_DIM: usize = 512;

/// How a row is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The vector itself in half precision: the reference.
    F16,
    /// Residual to the cell's centroid in 8 bits, one scale a row.
    Int8,
    /// Residual in 4 bits: 16 evenly spaced levels, none of them zero.
    Int4,
    /// Residual in 2 bits: 4 levels.
    Int2,
}

impl Code {
    /// All codes, finest first.
    pub const ALL: [Code; 4] = [Code::F16, Code::Int8, Code::Int4, Code::Int2];
    /// Their names.
    pub const NAMES: [&str; 4] = ["f16", "int8", "int4", "int2"];

    /// Name, as in the manifest.
    pub fn name(self) -> &'static str {
        Code::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// Bits of a coordinate.
    pub fn bits(self) -> u32 {
        match self {
            Code::F16 => 16,
            Code::Int8 => 8,
            Code::Int4 => 4,
            Code::Int2 => 2,
        }
    }

    /// Bytes of a row of `dim` coordinates.
    pub fn row_bytes(self, dim: usize) -> usize {
        dim.saturating_mul(self.bits() as usize).div_ceil(8)
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
    /// All of them.
    pub const ALL: [Metric; 2] = [Metric::Dot, Metric::Cosine];
    /// Their names.
    pub const NAMES: [&str; 2] = ["dot", "cosine"];

    /// Name, as in the manifest.
    pub fn name(self) -> &'static str {
        Metric::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// The metric of that name.
    pub fn parse(name: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// The codes of one cell: rows of [`Code::row_bytes`] bytes.
#[derive(Clone)]
pub struct Codes {
    /// How a row is stored.
    pub code: Code,
    /// The rows. A row of packed codes holds the first part of the dimensions in the lowest bits of its bytes, the next
    /// part in the next bits, and so on; a packed code `c` of `b` bits stands for `2 c - (2^b - 1)`.
    pub rows: SharedBytes,
    /// One scale a row: `f32` for int8, `f16` for packed codes; empty for f16 rows.
    pub scales: SharedBytes,
}

/// Some rows after one another, typed as their code has them.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// Half-precision vectors.
    F16(&'a [u16]),
    /// 8-bit residuals and their scales.
    Int8(&'a [i8], &'a [f32]),
    /// Packed residuals and their scales.
    Packed(&'a [u8], &'a [u16]),
}

impl Codes {
    /// The decoded vector of a row of a cell with this centroid, where there is such a row.
    pub fn vector(&self, centroid: &[f32], row: usize) -> Option<Vec<f32>> {
        let bytes = self.code.row_bytes(centroid.len());
        let codes = self.rows.part(row.saturating_mul(bytes), bytes)?;
        let scale = match self.code {
            Code::F16 => return Some(codes.typed::<u16>()?.iter().map(|&half| from_f16(half)).listed()),
            Code::Int8 => *self.scales.typed::<f32>()?.get(row)?,
            Code::Int4 | Code::Int2 => from_f16(*self.scales.typed::<u16>()?.get(row)?),
        };
        let (mut vector, mut rest, mut part) = (centroid.to_vec(), codes.iter(), 0u32);
        for x in &mut vector {
            let code = rest.next().or_else(|| {
                // The dimensions of the next part lie in the next bits of the same bytes.
                (rest, part) = (codes.iter(), part.saturating_add(1));
                rest.next()
            });
            let level = match self.code {
                Code::Int8 => i32::from(code?.cast_signed()),
                _ => packed_level(*code?, self.code.bits(), part),
            };
            *x += scale * level as f32;
        }
        Some(vector)
    }

    /// The rows `first .. first + count` of vectors of `dim` dimensions; none where they are not all there.
    #[inline(always)]
    pub fn span(&self, dim: usize, first: usize, count: usize) -> Rows<'_> {
        match self.code {
            Code::F16 => Rows::F16(part(self.rows.typed().unwrap_or_default(), dim, first, count)),
            Code::Int8 => Rows::Int8(
                part(self.rows.typed().unwrap_or_default(), dim, first, count),
                part(self.scales.typed().unwrap_or_default(), 1, first, count),
            ),
            Code::Int4 | Code::Int2 => Rows::Packed(
                part(&self.rows, self.code.row_bytes(dim), first, count),
                part(self.scales.typed().unwrap_or_default(), 1, first, count),
            ),
        }
    }

    /// Reads the vectors of a `vec` shard; `None` where it has none.
    pub fn read(shard: &Shard, dim: usize, code: Code, metric: Metric) -> Result<Option<Codes>, FormatError> {
        Codes::read_instance(shard, 0, dim, code, metric)
    }

    /// Code, metric and dimension of one of several codings, as its first bytes say them.
    #[cfg(feature = "search")]
    pub fn announced(shard: &Shard, instance: u16) -> Result<Option<(Code, Metric, usize)>, FormatError> {
        let Some(section) = shard.section(SectionKind::Codes, instance) else { return Ok(None) };
        let mut reader = Reader::new(&section.bytes, Part::Codes);
        let (code, metric, dim) = (reader.u8(), reader.u8(), usize::from(reader.u16()));
        let code = Code::ALL.into_iter().find(|known| code_number(*known) == code);
        let metric = Metric::ALL.into_iter().find(|known| metric_number(*known) == metric);
        let legal = (1..=MAX_DIM).contains(&dim);
        reader.check(legal && code.is_some() && metric.is_some(), &"code, metric or dimension is unknown");
        reader.done()?;
        Ok(code.zip(metric).map(|(code, metric)| (code, metric, dim)))
    }

    /// Reads one of several codings of the same vectors.
    #[inline(always)]
    pub fn read_instance(
        shard: &Shard,
        instance: u16,
        dim: usize,
        code: Code,
        metric: Metric,
    ) -> Result<Option<Codes>, FormatError> {
        let Some(section) = shard.section(SectionKind::Codes, instance) else { return Ok(None) };
        let mut reader = Reader::new(&section.bytes, Part::Codes);
        reader.check(section.count == shard.header().count, &"another number of rows than the cell has items");
        let (found_code, found_metric, found_dim) = (reader.u8(), reader.u8(), usize::from(reader.u16()));
        reader.check(found_code == code_number(code), &"another code than the manifest says");
        reader.check(found_metric == metric_number(metric), &"another metric than the manifest says");
        reader.check(found_dim == dim, &"another dimension than the manifest says");
        reader.zeros(4);
        let length = (section.count as usize).saturating_mul(code.row_bytes(dim));
        reader.check(reader.remaining() == length, &"its length does not fit rows and dimension");
        let rows = section.bytes.last(reader.remaining());
        let legal = match code {
            Code::F16 => rows.typed::<u16>().is_some_and(is_finite),
            Code::Int8 => {
                rows.typed::<i8>().is_some_and(|all| !all.iter().fold(false, |bad, &code| bad | (code == -128)))
            }
            Code::Int4 | Code::Int2 => spare_is_zero(code, dim, &rows),
        };
        reader.check(legal, &"a vector is not finite, a code is -128 or spare bits are not zero");
        let scales = match code {
            Code::F16 => {
                reader.check(shard.section(SectionKind::Scales, instance).is_none(), &"scales stand beside f16 codes");
                SharedBytes::default()
            }
            _ => read_scales(shard, instance, code)?,
        };
        reader.done()?;
        Ok(Some(Codes { code, rows, scales }))
    }
}

/// The level that part `part` of a byte of packed codes stands for.
pub fn packed_level(byte: u8, bits: u32, part: u32) -> i32 {
    let largest = 1i32.wrapping_shl(bits).wrapping_sub(1);
    (i32::from(byte).wrapping_shr(bits.wrapping_mul(part)) & largest).wrapping_mul(2).wrapping_sub(largest)
}

/// The elements of `count` rows of `width` from row `first` on; nothing where they are not all there.
#[inline(always)]
fn part<T>(all: &[T], width: usize, first: usize, count: usize) -> &[T] {
    let start = first.saturating_mul(width);
    all.get(start..start.saturating_add(count.saturating_mul(width))).unwrap_or_default()
}

fn is_finite(halves: &[u16]) -> bool {
    // Without a way out early the loop becomes one over vectors.
    !halves.iter().fold(false, |bad, &half| bad | (half & 0x7C00 == 0x7C00))
}

/// Whether the bits of packed rows that stand for no dimension are zero.
fn spare_is_zero(code: Code, dim: usize, rows: &[u8]) -> bool {
    let (bits, bytes) = (code.bits(), code.row_bytes(dim).max(1));
    // Byte `b` holds the dimensions `b`, `b + bytes`, and so on; only the bytes at the end hold fewer of them.
    let used = |byte: usize| dim.saturating_sub(byte).div_ceil(bytes) as u32;
    rows.chunks_exact(bytes).all(|row| {
        row.iter().enumerate().all(|(byte, &codes)| u32::from(codes).wrapping_shr(used(byte).wrapping_mul(bits)) == 0)
    })
}

fn read_scales(shard: &Shard, instance: u16, code: Code) -> Result<SharedBytes, FormatError> {
    let missing = || shard.required(SectionKind::Scales);
    let section = shard.section(SectionKind::Scales, instance).map_or_else(missing, Ok)?;
    let mut reader = Reader::new(&section.bytes, Part::Scales);
    let count = shard.header().count as usize;
    let (found, legal) = if code == Code::Int8 {
        let scales = section.bytes.typed::<f32>().unwrap_or_default();
        (scales.len(), scales.iter().all(|s| s.is_finite() && *s >= 0.0))
    } else {
        let scales = section.bytes.typed::<u16>().unwrap_or_default();
        (scales.len(), is_finite(scales) && scales.iter().all(|&half| half < 0x8000))
    };
    let fits = section.count as usize == count && found == count;
    reader.check(fits, &"another number of scales than the cell has items");
    reader.check(legal, &"a scale is negative or not finite");
    reader.done()?;
    Ok(section.bytes.clone())
}

fn code_number(code: Code) -> u8 {
    match code {
        Code::F16 => 1,
        Code::Int8 => 2,
        Code::Int4 => 3,
        Code::Int2 => 4,
    }
}

fn metric_number(metric: Metric) -> u8 {
    match metric {
        Metric::Dot => 1,
        Metric::Cosine => 2,
    }
}

/// Encodes rows as [`Codes::read`] expects them: the bytes of `codes`, and those of `scales` where the code has any.
///
/// f16 stores the vectors, rounded to nearest and clamped to its range; the others the residuals to `centroid`, the one that
/// readers decode.
#[cfg(feature = "write")]
pub fn encode(code: Code, metric: Metric, centroid: &[f32], rows: &[f32]) -> (Vec<u8>, Option<Vec<u8>>) {
    let dim = centroid.len();
    let mut codes = vec![code_number(code), metric_number(metric)];
    codes.extend_from_slice(&(dim as u16).to_le_bytes());
    codes.extend_from_slice(&[0; 4]);
    if code == Code::F16 {
        for &x in rows {
            codes.extend_from_slice(&half::f16::from_f32(x.clamp(-65504.0, 65504.0)).to_bits().to_le_bytes());
        }
        return (codes, None);
    }
    let mut scales = Vec::new();
    for row in rows.chunks_exact(dim.max(1)) {
        let residual: Vec<f32> = row.iter().zip(centroid).map(|(x, c)| x - c).collect();
        if code == Code::Int8 {
            let scale = residual.iter().fold(0f32, |top, r| top.max(r.abs())) / 127.0;
            scales.extend_from_slice(&scale.to_le_bytes());
            let level = |r: &f32| if scale > 0.0 { (r / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 };
            codes.extend(residual.iter().map(level).map(i8::cast_unsigned));
        } else {
            let scale = packed_scale(code, &residual);
            scales.extend_from_slice(&scale.to_bits().to_le_bytes());
            put_packed(&mut codes, code, &residual, scale.to_f32_const());
        }
    }
    (codes, Some(scales))
}

/// The scale that restores a residual best: from the one that just reaches the largest coordinate, a few steps of choosing
/// the nearest levels and then the least-squares scale for them (Lloyd's method on one number).
#[cfg(feature = "write")]
fn packed_scale(code: Code, residual: &[f32]) -> half::f16 {
    let top = residual.iter().fold(0f32, |top, r| top.max(r.abs()));
    let largest = f32::from(largest_level(code));
    let error = |scale: f32| {
        residual.iter().map(|&r| (r - scale * level_of(code, r, scale)).powi(2)).map(f64::from).sum::<f64>()
    };
    let mut best = (f64::INFINITY, half::f16::ZERO);
    // Several starts: a wide scale that clips nothing, and narrower ones that spend their levels where most numbers are.
    for start in [1.0, 0.8, 0.6, 0.45] {
        let mut scale = start * top / largest;
        for _ in 0..8 {
            let levels = || residual.iter().map(|&r| (r, level_of(code, r, scale)));
            let (cross, square) = levels().fold((0f32, 0f32), |(c, s), (r, l)| (c + r * l, s + l * l));
            scale = if square > 0.0 { cross / square } else { 0.0 };
        }
        let stored = half::f16::from_f32(scale.clamp(0.0, 65504.0));
        let found = error(stored.to_f32_const());
        if found < best.0 {
            best = (found, stored);
        }
    }
    best.1
}

/// Largest level of a packed code: `2^b - 1`.
#[cfg(feature = "write")]
fn largest_level(code: Code) -> i8 {
    1i8.wrapping_shl(code.bits()).wrapping_sub(1)
}

/// The nearest level, an odd number.
#[cfg(feature = "write")]
fn level_of(code: Code, residual: f32, scale: f32) -> f32 {
    let largest = f32::from(largest_level(code));
    if scale > 0.0 {
        (((residual / scale + largest) / 2.0).round() * 2.0 - largest).clamp(-largest, largest)
    } else {
        0.0
    }
}

#[cfg(feature = "write")]
fn put_packed(to: &mut Vec<u8>, code: Code, residual: &[f32], scale: f32) {
    let bytes = code.row_bytes(residual.len());
    let mut row = vec![0u8; bytes];
    for (part, place) in (0u32..).zip(residual.chunks(bytes.max(1))) {
        for (byte, &r) in row.iter_mut().zip(place) {
            let value =
                if scale > 0.0 { (level_of(code, r, scale) + f32::from(largest_level(code))) / 2.0 } else { 0.0 };
            *byte |= (value as u8).wrapping_shl(part.wrapping_mul(code.bits()));
        }
    }
    to.extend_from_slice(&row);
}
