//! CRC32C (Castagnoli), eight bytes at a step. Tables are made at run time: as constants they would be 8 KB of download. Long
//! runs of bytes, where search is compiled in, are folded first (`fold`).

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "every index is masked to a byte or runs over a fixed table"
)]

#[cfg(feature = "search")]
mod fold;

const POLYNOMIAL: u32 = 0x82F6_3B78;

/// Computes checksums; holds the tables, so make one and keep it for a whole file.
pub struct Crc32c {
    tables: Box<[[u32; 256]; 8]>,
}

impl Default for Crc32c {
    fn default() -> Crc32c {
        Crc32c { tables: tables() }
    }
}

impl Crc32c {
    /// The checksum of `bytes`, continuing from the checksum `seed` of what came before (0 to begin).
    pub fn update(&self, seed: u32, bytes: &[u8]) -> u32 {
        let mut crc = !seed;
        #[cfg(feature = "search")]
        let bytes = fold::long(bytes, crc).map_or(bytes, |(folded, rest)| {
            crc = folded.into_iter().fold(0, |crc, word| self.step(crc, word.to_le_bytes()));
            rest
        });
        let (chunks, rest) = bytes.as_chunks::<8>();
        for chunk in chunks {
            crc = self.step(crc, *chunk);
        }
        for &byte in rest {
            crc = (crc >> 8) ^ self.look(7, crc ^ u32::from(byte));
        }
        !crc
    }

    #[inline(always)]
    fn look(&self, table: usize, value: u32) -> u32 {
        self.tables[7 - table][(value & 0xFF) as usize]
    }

    /// The register after eight more bytes.
    #[inline(always)]
    fn step(&self, crc: u32, bytes: [u8; 8]) -> u32 {
        let word = u64::from_le_bytes(bytes) ^ u64::from(crc);
        let (low, high) = (word as u32, (word >> 32) as u32);
        self.look(0, low)
            ^ self.look(1, low >> 8)
            ^ self.look(2, low >> 16)
            ^ self.look(3, low >> 24)
            ^ self.look(4, high)
            ^ self.look(5, high >> 8)
            ^ self.look(6, high >> 16)
            ^ self.look(7, high >> 24)
    }
}

/// `tables[t][b]`: the effect of byte `b` followed by `t` zero bytes.
fn tables() -> Box<[[u32; 256]; 8]> {
    let mut tables = Box::new([[0u32; 256]; 8]);
    for byte in 0..256usize {
        let mut crc = byte as u32;
        for _ in 0..8 {
            crc = (crc >> 1) ^ (POLYNOMIAL & (crc & 1).wrapping_neg());
        }
        tables[0][byte] = crc;
    }
    for table in 1..8 {
        for byte in 0..256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let crc = Crc32c::default();
        assert_eq!(crc.update(0, b""), 0);
        assert_eq!(crc.update(0, b"123456789"), 0xE306_9283);
        assert_eq!(crc.update(0, &[0; 32]), 0x8A91_36AA);
        assert_eq!(crc.update(0, &[0xFF; 32]), 0x62A8_AB43);
    }

    #[test]
    fn continues_from_any_cut() {
        let crc = Crc32c::default();
        let bytes: [u8; 61] = core::array::from_fn(|i| (i * 37) as u8);
        let whole = crc.update(0, &bytes);
        for cut in 0..bytes.len() {
            assert_eq!(crc.update(crc.update(0, &bytes[..cut]), &bytes[cut..]), whole);
        }
    }
}
