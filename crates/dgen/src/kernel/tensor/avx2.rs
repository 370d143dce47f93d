//! Numbers by 128 bytes: draws are packed into as few registers as hold them, and each is compared with every step.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_andnot_si256, _mm256_blend_epi32, _mm256_cmpgt_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_slli_epi16, _mm256_slli_epi32, _mm256_srli_epi16, _mm256_srli_epi32, _mm256_sub_epi8, _mm256_xor_si256,
};

use super::super::avx2::{load, store_256};
use super::types::{BF16, FP8, FP16, FP32, by_dtype, masks};
use crate::tensor::Numbers;
use crate::uninit::Byte;
use crate::units::PAGE;

/// Bytes of a register.
const WIDTH: usize = 32;
/// Each byte in the place of its neighbour.
const SWAPPED: [u8; WIDTH] = {
    let mut places = [0; WIDTH];
    let mut i = 0;
    while i < 32 {
        places[i as usize] = (i ^ 1) % 16;
        i += 1;
    }
    places
};

type Four = [__m256i; 4];

#[target_feature(enable = "avx2")]
pub(super) fn shape(numbers: &Numbers, lines: &[u8], out: &mut [Byte], stream: bool, tagged: bool) {
    if stream {
        by_dtype!(numbers.dtype, pages::<true>, (numbers, lines, out, tagged));
    } else {
        by_dtype!(numbers.dtype, pages::<false>, (numbers, lines, out, tagged));
    }
}

#[target_feature(enable = "avx2")]
fn pages<const D: u8, const STREAM: bool>(numbers: &Numbers, lines: &[u8], out: &mut [Byte], tagged: bool) {
    let keep = _mm256_set1_epi32(if numbers.signed { -1 } else { !masks(D).1.cast_signed() });
    let mask = _mm256_set1_epi32(masks(D).0.cast_signed());
    for (lines, page) in lines.as_chunks::<PAGE>().0.iter().zip(out.as_chunks_mut::<PAGE>().0) {
        let mut tag = tagged;
        let parts = lines.as_chunks::<{ 4 * WIDTH }>().0.iter();
        for (part, out) in parts.zip(page.as_chunks_mut::<{ 4 * WIDTH }>().0) {
            let [a, b, c, d] = part.as_chunks::<WIDTH>().0 else { unreachable!("a part is four registers") };
            let words = [load(a), load(b), load(c), load(d)];
            let placed = placed::<D>(numbers, words);
            for (i, out) in out.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
                let mut found = _mm256_and_si256(select(mask, placed[i], words[i]), keep);
                if tag {
                    found = _mm256_blend_epi32::<0b1111>(found, words[i]);
                    tag = false;
                }
                store_256::<STREAM>(out, found);
            }
        }
    }
}

/// What is drawn for the numbers of four registers, in the place of their field; other bits are any.
#[inline]
#[target_feature(enable = "avx2")]
fn placed<const D: u8>(numbers: &Numbers, words: Four) -> Four {
    let upper = _mm256_set1_epi16(0xff00_u16.cast_signed());
    match D {
        BF16 | FP16 => {
            let [a, b, c, d] = words.map(|words| draws_of_two_bytes::<D>(words));
            let pack = |x, y| _mm256_or_si256(_mm256_and_si256(x, upper), _mm256_srli_epi16::<8>(y));
            let [ab, cd] = fields::<D, 2>(numbers, [pack(a, b), pack(c, d)]);
            [ab, _mm256_slli_epi16::<8>(ab), cd, _mm256_slli_epi16::<8>(cd)]
                .map(|fields| _mm256_srli_epi16::<1>(fields))
        }
        FP32 => {
            let top = _mm256_set1_epi32(0xff00_0000_u32.cast_signed());
            let [a, b, c, d] = words.map(|words| _mm256_and_si256(_mm256_slli_epi32::<1>(words), top));
            let (b, c, d) = (_mm256_srli_epi32::<8>(b), _mm256_srli_epi32::<16>(c), _mm256_srli_epi32::<24>(d));
            let packed = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
            let [all] = fields::<D, 1>(numbers, [packed]);
            let (b, c, d) = (_mm256_slli_epi32::<8>(all), _mm256_slli_epi32::<16>(all), _mm256_slli_epi32::<24>(all));
            [all, b, c, d].map(|fields| _mm256_srli_epi32::<1>(fields))
        }
        _ => {
            let draws = words.map(|words| draws_of_bytes::<D>(words));
            let fields = fields::<D, 4>(numbers, draws);
            if D == FP8 { fields.map(|fields| _mm256_srli_epi16::<1>(fields)) } else { fields }
        }
    }
}

/// Draws in the upper byte of each number.
#[inline]
#[target_feature(enable = "avx2")]
fn draws_of_two_bytes<const D: u8>(words: __m256i) -> __m256i {
    let own = _mm256_slli_epi16::<1>(words);
    if D == BF16 {
        return own;
    }
    let others = _mm256_or_si256(_mm256_slli_epi32::<24>(words), _mm256_srli_epi32::<8>(words));
    select(_mm256_set1_epi16(0xf800_u16.cast_signed()), own, others)
}

#[inline]
#[target_feature(enable = "avx2")]
fn draws_of_bytes<const D: u8>(words: __m256i) -> __m256i {
    let own = if D == FP8 { _mm256_slli_epi16::<1>(words) } else { words };
    select(_mm256_set1_epi8(0xf0_u8.cast_signed()), own, _mm256_shuffle_epi8(words, load(&SWAPPED)))
}

/// The fields of draws, in the upper bits of each byte: the first, and one more for each step that is not above.
#[inline]
#[target_feature(enable = "avx2")]
fn fields<const D: u8, const N: usize>(numbers: &Numbers, draws: [__m256i; N]) -> [__m256i; N] {
    let sign = _mm256_set1_epi8(i8::MIN);
    let signed = draws.map(|draws| _mm256_xor_si256(draws, sign));
    let mut sums = [_mm256_setzero_si256(); N];
    for step in &numbers.steps {
        let step = load(step);
        for (sum, draws) in sums.iter_mut().zip(signed) {
            *sum = _mm256_sub_epi8(*sum, _mm256_cmpgt_epi8(draws, step));
        }
    }
    let first = _mm256_set1_epi8(numbers.first);
    sums.map(|sum| {
        // Bytes of 15 or 31 at most stay within themselves when they are shifted.
        let fields = _mm256_add_epi8(sum, first);
        match D {
            BF16 | FP32 => fields,
            FP16 => _mm256_slli_epi16::<3>(fields),
            _ => _mm256_slli_epi16::<4>(_mm256_and_si256(fields, _mm256_set1_epi8(0x0f))),
        }
    })
}

#[inline]
#[target_feature(enable = "avx2")]
fn select(mask: __m256i, one: __m256i, other: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_and_si256(mask, one), _mm256_andnot_si256(mask, other))
}
