//! The scan by AVX-512 VNNI: sixteen rows at a time, their sums folded together, most of them dismissed by one comparison.
#![expect(
    unsafe_code,
    reason = "loads by raw pointers and functions for a processor that was asked; each block says why"
)]

use core::arch::x86_64::{
    __m512i, _CMP_GT_OQ, _mm256_loadu_si256, _mm512_add_epi32, _mm512_cmp_ps_mask, _mm512_cvtepi8_epi16,
    _mm512_cvtepi32_ps, _mm512_dpwssd_epi32, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mul_ps, _mm512_set1_ps,
    _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_storeu_ps, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};

use edge_recall::kernel::{Int8Query, scan_int8};

use super::Best;

/// The dimensions that the loop is written for.
const DIM: usize = 64;
/// Rows a step.
const STEP: usize = 16;

/// Whether this machine and rows of `dim` codes can be scanned so.
pub fn fits(dim: usize) -> bool {
    let [whole, words, products] = [
        is_x86_feature_detected!("avx512f"),
        is_x86_feature_detected!("avx512bw"),
        is_x86_feature_detected!("avx512vnni"),
    ];
    dim == DIM && whole && words && products
}

/// Offers every row to `best`.
pub fn scan(query: &Int8Query, codes: &[i8], scales: &[f32], best: &mut Best) {
    assert!(fits(query.integer().codes.len()) && codes.len() == scales.len() * DIM);
    // SAFETY: `fits` has asked for every feature, and the lengths are as the loop takes them.
    let done = unsafe { steps(query, codes, scales, best) };
    let (codes, scales, bar) = (&codes[done * DIM..], &scales[done..], best.bar());
    scan_int8(query, 0.0, codes, scales, bar, |row, score| best.offer(score, (done + row) as u32));
}

/// All whole steps; returns the rows they took.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn steps(query: &Int8Query, codes: &[i8], scales: &[f32], best: &mut Best) -> usize {
    // SAFETY: a query of 64 codes of 16 bits is two vectors.
    let halves = unsafe { [0, 32].map(|at| _mm512_loadu_si512(query.integer().codes.as_ptr().add(at).cast())) };
    let (rows, _) = codes.as_chunks::<{ DIM * STEP }>();
    let (factors, _) = scales.as_chunks::<STEP>();
    for (step, (rows, factors)) in rows.iter().zip(factors).enumerate() {
        let mut sums = [_mm512_setzero_si512(); STEP];
        for (row, sum) in sums.iter_mut().enumerate() {
            for (part, half) in halves.iter().enumerate() {
                // SAFETY: 32 codes of row `row`, which lies within the step.
                let codes = unsafe { _mm256_loadu_si256(rows.as_ptr().add(row * DIM + part * 32).cast()) };
                *sum = _mm512_dpwssd_epi32(*sum, *half, _mm512_cvtepi8_epi16(codes));
            }
        }
        let products = _mm512_cvtepi32_ps(folded(&sums));
        // SAFETY: `factors` is sixteen floats.
        let factors = unsafe { _mm512_loadu_ps(factors.as_ptr()) };
        let scores = _mm512_mul_ps(_mm512_mul_ps(_mm512_set1_ps(query.integer().scale), factors), products);
        let mut better = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(scores, _mm512_set1_ps(best.bar()));
        if better != 0 {
            let mut list = [0f32; STEP];
            // SAFETY: `list` is sixteen floats.
            unsafe { _mm512_storeu_ps(list.as_mut_ptr(), scores) };
            while better != 0 {
                let row = better.trailing_zeros() as usize;
                best.offer(list[row], (step * STEP + row) as u32);
                better &= better - 1;
            }
        }
    }
    rows.len() * STEP
}

/// The sum of each of sixteen vectors, in their order.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn folded(sums: &[__m512i; STEP]) -> __m512i {
    let four = |at: usize| {
        let pair = |a, b| _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let (ab, cd) = (pair(sums[at], sums[at + 1]), pair(sums[at + 2], sums[at + 3]));
        _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd))
    };
    let lanes = |a, b| _mm512_add_epi32(_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xDD>(a, b));
    lanes(lanes(four(0), four(4)), lanes(four(8), four(12)))
}
