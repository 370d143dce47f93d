//! The AVX2 kernel: the two groups of each row live in two registers, and a line is two stores.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_blend_epi32, _mm256_blendv_epi8, _mm256_loadu_si256,
    _mm256_or_si256, _mm256_permute4x64_epi64, _mm256_permutevar8x32_epi32, _mm256_set_epi64x, _mm256_set1_epi8,
    _mm256_set1_epi64x, _mm256_shuffle_epi8, _mm256_shuffle_epi32, _mm256_slli_epi16, _mm256_slli_epi64,
    _mm256_srli_epi64, _mm256_storeu_si256, _mm256_stream_si256, _mm256_xor_si256,
};

use super::Byte;
use super::pages::{ROW_D, SEED_AHEAD, STEP, STEPS, Scratch, line_at, line_mut};
use super::pieces::{Work, assemble};
use super::text::{TextWork, assemble as assemble_text, weave};
use crate::key::{Key, Tag};
use crate::layout::{Alphabet, Kept, Layout, PageLayouts, SCRATCH};
use crate::units::{LINE, PAGE};

type Group = [__m256i; 4];
type State = [Group; 2];
type Quad = [Group; 2];

/// Half-word indices that rotate 256 bits right by five and by three half words.
const TURN_5: [u32; 8] = [5, 6, 7, 0, 1, 2, 3, 4];
const TURN_3: [u32; 8] = [3, 4, 5, 6, 7, 0, 1, 2];
/// Byte indices that rotate each word right by 24 and by 16 bits.
const WORD_24: [u8; 32] = word_indices(3);
const WORD_16: [u8; 32] = word_indices(2);

page_loops!(#[target_feature(enable = "avx2")]);

const fn word_indices(by: u8) -> [u8; 32] {
    let mut indices = [0; 32];
    let mut i = 0;
    while i < 32 {
        indices[i as usize] = (i & 8) | ((i + by) & 7);
        i += 1;
    }
    indices
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code, reason = "the load intrinsic takes a pointer")]
pub(super) fn load<T: Copy>(row: &[T]) -> __m256i {
    assert!(size_of_val(row) >= 32);
    // SAFETY: the slice holds at least 32 readable bytes, and the load has no alignment requirement.
    unsafe { _mm256_loadu_si256(row.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn seed(key: &Key, tag: Tag) -> State {
    let row_c = key.lanes();
    [seed_group(tag, &row_c[..4], &ROW_D[..4]), seed_group(tag, &row_c[4..], &ROW_D[4..])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn seed_group(tag: Tag, row_c: &[u64], row_d: &[u64]) -> Group {
    let (mut a, mut b) = (_mm256_set1_epi64x(tag.0.cast_signed()), _mm256_set1_epi64x(tag.1.cast_signed()));
    let (mut c, mut d) = (load(row_c), load(row_d));
    for _ in 0..2 {
        a = _mm256_add_epi64(a, b);
        d = _mm256_shuffle_epi32::<0b10_11_00_01>(_mm256_xor_si256(d, a));
        c = _mm256_add_epi64(c, d);
        b = _mm256_shuffle_epi8(_mm256_xor_si256(b, c), load(&WORD_24));
        a = _mm256_add_epi64(a, b);
        d = _mm256_shuffle_epi8(_mm256_xor_si256(d, a), load(&WORD_16));
        c = _mm256_add_epi64(c, d);
        let x = _mm256_xor_si256(b, c);
        b = _mm256_or_si256(_mm256_slli_epi64::<1>(x), _mm256_srli_epi64::<63>(x));
    }
    [a, b, c, d]
}

#[inline]
#[target_feature(enable = "avx2")]
fn step(state: &mut State) -> Quad {
    [step_group(&mut state[0]), step_group(&mut state[1])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn step_group(state: &mut Group) -> Group {
    let [s0, s1, s2, s3] = *state;
    let (turn_5, turn_3) = (load(&TURN_5), load(&TURN_3));
    let (u0, u1) = (_mm256_srli_epi64::<1>(s0), _mm256_srli_epi64::<3>(s1));
    let (u2, u3) = (_mm256_srli_epi64::<1>(s2), _mm256_srli_epi64::<3>(s3));
    let (t0, t1) = (_mm256_permutevar8x32_epi32(s0, turn_5), _mm256_permutevar8x32_epi32(s1, turn_3));
    let (t2, t3) = (_mm256_permutevar8x32_epi32(s2, turn_5), _mm256_permutevar8x32_epi32(s3, turn_3));
    let (n0, n1) = (_mm256_add_epi64(t2, u0), _mm256_add_epi64(t3, u1));
    let (n2, n3) = (_mm256_add_epi64(t1, u2), _mm256_add_epi64(t0, u3));
    *state = [n0, n1, n2, n3];
    [
        _mm256_xor_si256(_mm256_add_epi64(n0, s1), t0),
        _mm256_xor_si256(_mm256_add_epi64(n1, s3), s2),
        _mm256_xor_si256(n2, _mm256_xor_si256(s0, s3)),
        _mm256_xor_si256(n3, _mm256_xor_si256(s2, t1)),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn tagged(mut quad: Quad, tag: Tag) -> Quad {
    let words = _mm256_set_epi64x(0, 0, tag.1.cast_signed(), tag.0.cast_signed());
    quad[0][0] = _mm256_blend_epi32::<0b0000_1111>(quad[0][0], words);
    quad
}

/// Repeats the kept part of a line to its end.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow(quad: &mut Quad, line: usize, kept: Kept) {
    match kept {
        Kept::Line => {}
        Kept::Half => quad[1][line] = quad[0][line],
        Kept::Quarter => {
            quad[0][line] = _mm256_permute4x64_epi64::<0b01_00_01_00>(quad[0][line]);
            quad[1][line] = quad[0][line];
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store<const STREAM: bool>(out: &mut [Byte; STEP], quad: &Quad) {
    for (line, place) in out.as_chunks_mut::<LINE>().0.iter_mut().enumerate() {
        store_line::<STREAM>(place, quad, line);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_line<const STREAM: bool>(out: &mut [Byte; LINE], quad: &Quad, line: usize) {
    let [low, high] = out.as_chunks_mut::<32>().0 else { unreachable!("a line is two halves") };
    store_256::<STREAM>(low, quad[0][line]);
    store_256::<STREAM>(high, quad[1][line]);
}

/// Stores half a line; past the caches with `STREAM`, for which it is aligned.
#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code, reason = "the store intrinsics take a pointer")]
pub(super) fn store_256<const STREAM: bool>(out: &mut [Byte; LINE / 2], half: __m256i) {
    if STREAM {
        debug_assert!(out.as_ptr().addr().is_multiple_of(LINE / 2));
        // SAFETY: `out` is 32 writable bytes at a multiple of 32: `Kernel::fill_pages` looks before it asks for STREAM.
        unsafe { _mm256_stream_si256(out.as_mut_ptr().cast(), half) };
    } else {
        // SAFETY: `out` is 32 writable bytes, and the store has no alignment requirement.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), half) };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn copy_line<const STREAM: bool>(out: &mut [Byte; LINE], line: &[Byte; LINE]) {
    let [low, high] = out.as_chunks_mut::<32>().0 else { unreachable!("a line is two halves") };
    store_256::<STREAM>(low, load(&line[..32]));
    store_256::<STREAM>(high, load(&line[32..]));
}

/// The symbols that bytes stand for.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn spell(alphabet: &Alphabet, lines: &[u8; PAGE], literals: &mut [Byte]) {
    let quarters = alphabet.as_chunks::<16>().0;
    let table = |quarter: usize| load(&[quarters[quarter], quarters[quarter]]);
    let tables = [table(0), table(1), table(2), table(3)];
    for (literals, bytes) in literals.as_chunks_mut::<32>().0.iter_mut().zip(lines.as_chunks::<32>().0) {
        // Bit 4 chooses within each pair of quarters and bit 5 between the pairs: blends look at the highest bit of a byte.
        let slots = _mm256_and_si256(load(bytes), _mm256_set1_epi8(63));
        let place = _mm256_and_si256(slots, _mm256_set1_epi8(15));
        let odd = _mm256_slli_epi16::<3>(slots);
        let upper = _mm256_slli_epi16::<2>(slots);
        let low = _mm256_blendv_epi8(_mm256_shuffle_epi8(tables[0], place), _mm256_shuffle_epi8(tables[1], place), odd);
        let high =
            _mm256_blendv_epi8(_mm256_shuffle_epi8(tables[2], place), _mm256_shuffle_epi8(tables[3], place), odd);
        store_256::<false>(literals, _mm256_blendv_epi8(low, high, upper));
    }
}
