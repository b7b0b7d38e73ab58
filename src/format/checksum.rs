//! CRC32C (Castagnoli), eight bytes at a step. Tables are made at run time: as constants they would be 8 KB of download.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "every index is masked to a byte or runs over a fixed table"
)]

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
        #[cfg(feature = "search")]
        let (mut crc, bytes) = if bytes.len() < LANES * 4096 { (!seed, bytes) } else { self.lanes(!seed, bytes) };
        #[cfg(not(feature = "search"))]
        let mut crc = !seed;
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

    /// The register after most of many bytes, and what is left of them: four parts side by side, because a step waits for the
    /// one before it and the machine need not.
    #[cfg(feature = "search")]
    fn lanes<'a>(&self, crc: u32, bytes: &'a [u8]) -> (u32, &'a [u8]) {
        let length = bytes.len() / LANES / 8 * 8;
        let (parts, rest) = bytes.split_at(LANES * length);
        let (first, parts) = parts.split_at(length);
        let (second, parts) = parts.split_at(length);
        let (third, fourth) = parts.split_at(length);
        let [first, second, third, fourth] = [first, second, third, fourth].map(|part| part.as_chunks::<8>().0);
        let mut crcs = [crc, 0, 0, 0];
        for (((a, b), c), d) in first.iter().zip(second).zip(third).zip(fourth) {
            crcs[0] = self.step(crcs[0], *a);
            crcs[1] = self.step(crcs[1], *b);
            crcs[2] = self.step(crcs[2], *c);
            crcs[3] = self.step(crcs[3], *d);
        }
        let over = zeros(length);
        (crcs.into_iter().fold(0, |crc, lane| product(over, crc) ^ lane), rest)
    }
}

/// Parts of many bytes that are summed side by side.
#[cfg(feature = "search")]
const LANES: usize = 4;

/// What a register is multiplied by, modulo the polynomial, as so many zero bytes go by: x^(8 count), highest power lowest.
#[cfg(feature = "search")]
fn zeros(mut count: usize) -> u32 {
    let (mut power, mut square) = (1 << 31, 1 << 23);
    while count > 0 {
        if count & 1 == 1 {
            power = product(power, square);
        }
        square = product(square, square);
        count >>= 1;
    }
    power
}

/// Product of two polynomials over bits, modulo that of the checksum.
#[cfg(feature = "search")]
fn product(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for place in (0..32).rev() {
        product ^= b & (a >> place & 1).wrapping_neg();
        b = (b >> 1) ^ (POLYNOMIAL & (b & 1).wrapping_neg());
    }
    product
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

    #[cfg(feature = "search")]
    #[test]
    fn lanes_give_what_one_step_after_another_gives() {
        let crc = Crc32c::default();
        let bytes: Vec<u8> = (0..70_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for length in [LANES * 4096 - 1, LANES * 4096, LANES * 4096 + 7, 40_001, 70_000] {
            let parts = bytes[..length].chunks(1000).fold(5, |seed, part| crc.update(seed, part));
            assert_eq!(crc.update(5, &bytes[..length]), parts, "{length} bytes");
        }
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
