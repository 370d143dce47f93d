//! The AVX-512F kernel: a row of the state is one register, and so is a line.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_loadu_si512, _mm512_mask_set1_epi64, _mm512_permutexvar_epi8,
    _mm512_permutexvar_epi32, _mm512_permutexvar_epi64, _mm512_ror_epi64, _mm512_set1_epi64, _mm512_srli_epi64,
    _mm512_storeu_si512, _mm512_stream_si512, _mm512_ternarylogic_epi64, _mm512_xor_si512,
};

use super::Byte;
use super::pages::{ROW_D, SEED_AHEAD, STEP, STEPS, Scratch, line_at, line_mut};
use super::pieces::{Work, assemble};
use super::text::{TextWork, assemble as assemble_text, weave};
use crate::key::{Key, Tag};
use crate::layout::{Alphabet, Kept, Layout, PageLayouts, SCRATCH};
use crate::units::{LINE, PAGE};

type State = [__m512i; 4];
type Quad = [__m512i; 4];

/// Half-word indices that rotate both 256-bit groups right by five and by three half words.
const TURN_5: [u32; 16] = turn_indices(5);
const TURN_3: [u32; 16] = turn_indices(3);

/// The truth table of the exclusive or of three bits.
const XOR_3: i32 = 0b1001_0110;

page_loops!(#[target_feature(enable = "avx512f")]);

const fn turn_indices(by: u32) -> [u32; 16] {
    let mut indices = [0; 16];
    let mut i = 0;
    while i < 16 {
        indices[i as usize] = (i & 8) | ((i + by) & 7);
        i += 1;
    }
    indices
}

#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code, reason = "the load intrinsic takes a pointer")]
pub(super) fn load<T>(row: &T) -> __m512i {
    const { assert!(size_of::<T>() == 64) };
    // SAFETY: the reference is to 64 readable bytes, and the load has no alignment requirement.
    unsafe { _mm512_loadu_si512(std::ptr::from_ref(row).cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn seed(key: &Key, tag: Tag) -> State {
    let (mut a, mut b) = (_mm512_set1_epi64(tag.0.cast_signed()), _mm512_set1_epi64(tag.1.cast_signed()));
    let (mut c, mut d) = (load(key.lanes()), load(&ROW_D));
    for _ in 0..2 {
        a = _mm512_add_epi64(a, b);
        d = _mm512_ror_epi64::<32>(_mm512_xor_si512(d, a));
        c = _mm512_add_epi64(c, d);
        b = _mm512_ror_epi64::<24>(_mm512_xor_si512(b, c));
        a = _mm512_add_epi64(a, b);
        d = _mm512_ror_epi64::<16>(_mm512_xor_si512(d, a));
        c = _mm512_add_epi64(c, d);
        b = _mm512_ror_epi64::<63>(_mm512_xor_si512(b, c));
    }
    [a, b, c, d]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn step(state: &mut State) -> Quad {
    let [s0, s1, s2, s3] = *state;
    let (turn_5, turn_3) = (load(&TURN_5), load(&TURN_3));
    let (u0, u1) = (_mm512_srli_epi64::<1>(s0), _mm512_srli_epi64::<3>(s1));
    let (u2, u3) = (_mm512_srli_epi64::<1>(s2), _mm512_srli_epi64::<3>(s3));
    let (t0, t1) = (_mm512_permutexvar_epi32(turn_5, s0), _mm512_permutexvar_epi32(turn_3, s1));
    let (t2, t3) = (_mm512_permutexvar_epi32(turn_5, s2), _mm512_permutexvar_epi32(turn_3, s3));
    let (n0, n1) = (_mm512_add_epi64(t2, u0), _mm512_add_epi64(t3, u1));
    let (n2, n3) = (_mm512_add_epi64(t1, u2), _mm512_add_epi64(t0, u3));
    *state = [n0, n1, n2, n3];
    [
        _mm512_xor_si512(_mm512_add_epi64(n0, s1), t0),
        _mm512_xor_si512(_mm512_add_epi64(n1, s3), s2),
        _mm512_ternarylogic_epi64::<XOR_3>(n2, s0, s3),
        _mm512_ternarylogic_epi64::<XOR_3>(n3, s2, t1),
    ]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn tagged(mut quad: Quad, tag: Tag) -> Quad {
    let line = _mm512_mask_set1_epi64(quad[0], 0b01, tag.0.cast_signed());
    quad[0] = _mm512_mask_set1_epi64(line, 0b10, tag.1.cast_signed());
    quad
}

/// Repeats the kept part of a line to its end.
#[inline]
#[target_feature(enable = "avx512f")]
fn narrow(quad: &mut Quad, line: usize, kept: Kept) {
    const WORDS: [[u64; 8]; 3] = [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 0, 1, 2, 3], [0, 1, 0, 1, 0, 1, 0, 1]];
    quad[line] = _mm512_permutexvar_epi64(load(&WORDS[kept as usize]), quad[line]);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store<const STREAM: bool>(out: &mut [Byte; STEP], quad: &Quad) {
    for (line, place) in out.as_chunks_mut::<LINE>().0.iter_mut().enumerate() {
        store_line::<STREAM>(place, quad, line);
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_line<const STREAM: bool>(out: &mut [Byte; LINE], quad: &Quad, line: usize) {
    store_512::<STREAM>(out, quad[line]);
}

/// Stores a line; past the caches with `STREAM`, for which it is aligned.
#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code, reason = "the store intrinsics take a pointer")]
pub(super) fn store_512<const STREAM: bool>(out: &mut [Byte; LINE], line: __m512i) {
    if STREAM {
        debug_assert!(out.as_ptr().addr().is_multiple_of(LINE));
        // SAFETY: `out` is 64 writable bytes at a multiple of 64: `Kernel::fill_pages` looks before it asks for STREAM.
        unsafe { _mm512_stream_si512(out.as_mut_ptr().cast(), line) };
    } else {
        // SAFETY: `out` is 64 writable bytes, and the store has no alignment requirement.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), line) };
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn copy_line<const STREAM: bool>(out: &mut [Byte; LINE], line: &[Byte; LINE]) {
    store_512::<STREAM>(out, load(line));
}

/// The symbols that bytes stand for.
#[inline]
#[target_feature(enable = "avx512f")]
#[allow(unsafe_code, reason = "the call crosses into code for a checked feature")]
fn spell(alphabet: &Alphabet, lines: &[u8; PAGE], literals: &mut [Byte]) {
    if std::arch::is_x86_feature_detected!("avx512vbmi") {
        // SAFETY: the processor reports the feature.
        unsafe { spell_bytes(alphabet, lines, literals) };
    } else {
        super::avx2::spell(alphabet, lines, literals);
    }
}

#[target_feature(enable = "avx512f,avx512vbmi")]
fn spell_bytes(alphabet: &Alphabet, lines: &[u8; PAGE], literals: &mut [Byte]) {
    let table = load(alphabet);
    for (literals, bytes) in literals.as_chunks_mut::<LINE>().0.iter_mut().zip(lines.as_chunks::<LINE>().0) {
        // The permutation looks at the six low bits of each index.
        store_512::<false>(literals, _mm512_permutexvar_epi8(load(bytes), table));
    }
}
