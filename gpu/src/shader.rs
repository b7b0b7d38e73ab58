//! Owns the text of the shader: the constants in front of `scan.wgsl`. Knows no device.

/// Lanes of a workgroup, four rows each.
pub const LANES: usize = 64;
/// Rows of a group: what a workgroup scores in one step.
pub const GROUP: usize = 4 * LANES;
/// Lists that a merging workgroup makes one of.
pub const FAN: usize = 64;
/// The lengths of lists there are, shortest first, and the pools that collect them.
const SIZES: [(usize, usize); 3] = [(32, 128), (128, 256), (256, 384)];

/// One way to compile the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Queries of a workgroup, by four: 1, 2 or 4.
    pub blocks: usize,
    /// Entries of a list.
    pub kept: usize,
    /// Entries that a query collects before they are condensed.
    pub pool: usize,
}

impl Variant {
    /// The variant with the shortest lists of at least `kept` entries, and as many queries a workgroup as there are and as fit
    /// into its memory of `bytes`; `None` where lists are never as long.
    pub fn of(kept: usize, queries: usize, bytes: u32) -> Option<Variant> {
        let (kept, pool) = SIZES.into_iter().find(|size| size.0 >= kept)?;
        let fits = |blocks: usize| blocks * 4 * (pool + 1) * 8 + 8 <= bytes as usize;
        let blocks = [4, 2].into_iter().find(|&blocks| blocks * 2 < queries && fits(blocks)).unwrap_or(1);
        Some(Variant { blocks, kept, pool })
    }

    /// The variant that merges this one's lists.
    pub fn merging(self) -> Variant {
        Variant { blocks: 1, ..self }
    }

    /// Queries of a workgroup.
    pub fn queries(self) -> usize {
        4 * self.blocks
    }

    /// The whole shader. `packed`: WGSL's own dot product of packed bytes is there.
    pub fn text(self, packed: bool) -> String {
        let Variant { blocks, kept, pool } = self;
        let dot4 = if packed { "return dot4I8Packed(a, b);" } else { DOT4 };
        let body = include_str!("scan.wgsl");
        format!(
            "const BLOCKS = {blocks}u;\nconst KEPT = {kept}u;\nconst POOL = {pool}u;\n\
             fn dot4(a: u32, b: u32) -> i32 {{\n{dot4}\n}}\n{body}"
        )
    }
}

/// `dot4I8Packed` for the engines that lack the language feature.
const DOT4: &str =
    "let x = vec4<i32>(bitcast<i32>(a) << 24u, bitcast<i32>(a) << 16u, bitcast<i32>(a) << 8u, bitcast<i32>(a));
let y = vec4<i32>(bitcast<i32>(b) << 24u, bitcast<i32>(b) << 16u, bitcast<i32>(b) << 8u, bitcast<i32>(b));
return dot(x >> vec4(24u), y >> vec4(24u));";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_fit_their_queries_and_their_memory() {
        let blocks = |queries, bytes| Variant::of(20, queries, bytes).map(|variant| variant.blocks);
        assert_eq!([1, 4, 5, 8, 9, 256].map(|queries| blocks(queries, 32768)), [1, 1, 2, 2, 4, 4].map(Some));
        assert_eq!(blocks(256, 16384), Some(2), "16 KiB is what every device has");
        assert_eq!(Variant::of(33, 1, 16384).map(|variant| variant.kept), Some(128));
        assert_eq!(Variant::of(257, 1, 16384), None);
        for (kept, pool) in SIZES {
            assert!(pool % LANES == 0 && pool >= kept + LANES);
            assert!(Variant::of(kept, 1000, 16384).is_some_and(|v| v.queries() * (v.pool + 1) * 8 + 8 <= 16384));
        }
    }
}
