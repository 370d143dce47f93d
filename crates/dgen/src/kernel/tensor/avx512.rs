//! Numbers by lines: the table of draws is four registers.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_mask_blend_epi8, _mm512_mask_blend_epi64, _mm512_movepi8_mask,
    _mm512_permutex2var_epi8, _mm512_rol_epi32, _mm512_set1_epi16, _mm512_set1_epi32, _mm512_shuffle_epi8,
    _mm512_slli_epi16, _mm512_slli_epi32, _mm512_srli_epi16, _mm512_srli_epi32, _mm512_ternarylogic_epi32,
};

use super::super::avx512::{load, store_512};
use super::types::{BF16, FP8, FP16, FP32, by_dtype, masks};
use crate::tensor::Numbers;
use crate::uninit::Byte;
use crate::units::{LINE, PAGE};

/// The truth table of the choice of the second where the first is 1, else the third.
const SELECT: i32 = 0b1100_1010;
/// Each byte in the place of its neighbour.
const SWAPPED: [u8; 64] = {
    let mut places = [0; 64];
    let mut i = 0;
    while i < 64 {
        places[i as usize] = (i ^ 1) % 16;
        i += 1;
    }
    places
};

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) fn shape(numbers: &Numbers, lines: &[u8], out: &mut [Byte], stream: bool, tagged: bool) {
    if stream {
        by_dtype!(numbers.dtype, pages::<true>, (numbers, lines, out, tagged));
    } else {
        by_dtype!(numbers.dtype, pages::<false>, (numbers, lines, out, tagged));
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn pages<const D: u8, const STREAM: bool>(numbers: &Numbers, lines: &[u8], out: &mut [Byte], tagged: bool) {
    let [a, b, c, d] = numbers.fields.as_chunks::<LINE>().0 else { unreachable!("256 bytes are four lines") };
    let table = [load(a), load(b), load(c), load(d)];
    let keep = _mm512_set1_epi32(if numbers.signed { -1 } else { !masks(D).1.cast_signed() });
    for (lines, page) in lines.as_chunks::<PAGE>().0.iter().zip(out.as_chunks_mut::<PAGE>().0) {
        let mut tag = if tagged { 0b11 } else { 0 };
        for (line, out) in lines.as_chunks::<LINE>().0.iter().zip(page.as_chunks_mut::<LINE>().0) {
            let words = load(line);
            let found = _mm512_and_si512(of_line::<D>(words, &table), keep);
            store_512::<STREAM>(out, _mm512_mask_blend_epi64(tag, found, words));
            tag = 0;
        }
    }
}

/// The numbers of a line: their field is replaced by what is drawn.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn of_line<const D: u8>(words: __m512i, table: &[__m512i; 4]) -> __m512i {
    // Draws in the upper bits of each number, in the place where the table has fields.
    let draws = match D {
        BF16 => _mm512_slli_epi16::<1>(words),
        FP32 => _mm512_slli_epi32::<1>(words),
        FP16 => {
            let (own, others) = (_mm512_slli_epi16::<1>(words), _mm512_rol_epi32::<24>(words));
            select(_mm512_set1_epi16(0xf800_u16.cast_signed()), own, others)
        }
        _ => {
            let own = if D == FP8 { _mm512_slli_epi16::<1>(words) } else { words };
            let others = _mm512_shuffle_epi8(words, load(&SWAPPED));
            select(_mm512_set1_epi16(0xf0f0_u16.cast_signed()), own, others)
        }
    };
    let lower = _mm512_permutex2var_epi8(table[0], draws, table[1]);
    let upper = _mm512_permutex2var_epi8(table[2], draws, table[3]);
    let fields = _mm512_mask_blend_epi8(_mm512_movepi8_mask(draws), lower, upper);
    let placed = match D {
        BF16 | FP16 | FP8 => _mm512_srli_epi16::<1>(fields),
        FP32 => _mm512_srli_epi32::<1>(fields),
        _ => fields,
    };
    select(_mm512_set1_epi32(masks(D).0.cast_signed()), placed, words)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn select(mask: __m512i, one: __m512i, other: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<SELECT>(mask, one, other)
}
