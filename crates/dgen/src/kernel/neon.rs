//! The NEON kernel: each group of a row is two registers of two words.

use std::arch::aarch64::{
    uint32x4_t, uint64x2_t, vaddq_u64, vandq_u8, vdupq_n_u8, vdupq_n_u64, veorq_u64, vextq_u32, vld1q_u8, vld1q_u8_x4,
    vld1q_u64, vorrq_u64, vqtbl4q_u8, vreinterpretq_u8_u64, vreinterpretq_u32_u64, vreinterpretq_u64_u32, vrev64q_u32,
    vsetq_lane_u64, vshlq_n_u64, vshrq_n_u64, vst1q_u8,
};

use super::Byte;
use super::pages::{ROW_D, SEED_AHEAD, STEP, STEPS, Scratch, line_at, line_mut};
use super::pieces::{Work, assemble};
use super::text::{TextWork, assemble as assemble_text, weave};
use crate::key::{Key, Tag};
use crate::layout::{Alphabet, Kept, Layout, PageLayouts, SCRATCH};
use crate::units::{LINE, PAGE};

/// Four words in order: low pair, high pair.
type Words = [uint64x2_t; 2];
type Group = [Words; 4];
type State = [Group; 2];
type Quad = [Group; 2];

page_loops!(#[target_feature(enable = "neon")]);

macro_rules! lanewise {
    ($name:ident, $intrinsic:ident) => {
        #[inline]
        #[target_feature(enable = "neon")]
        fn $name(x: Words, y: Words) -> Words {
            [$intrinsic(x[0], y[0]), $intrinsic(x[1], y[1])]
        }
    };
}
lanewise!(add, vaddq_u64);
lanewise!(xor, veorq_u64);
lanewise!(or, vorrq_u64);

#[inline]
#[target_feature(enable = "neon")]
fn shift<const BITS: i32>(x: Words) -> Words {
    [vshrq_n_u64::<BITS>(x[0]), vshrq_n_u64::<BITS>(x[1])]
}

#[inline]
#[target_feature(enable = "neon")]
fn rotate<const RIGHT: i32, const LEFT: i32>(x: Words) -> Words {
    or(shift::<RIGHT>(x), [vshlq_n_u64::<LEFT>(x[0]), vshlq_n_u64::<LEFT>(x[1])])
}

#[inline]
#[target_feature(enable = "neon")]
fn swap_halves(x: Words) -> Words {
    let swap = |w: uint64x2_t| vreinterpretq_u64_u32(vrev64q_u32(vreinterpretq_u32_u64(w)));
    [swap(x[0]), swap(x[1])]
}

/// Rotates four words right by three half words.
#[inline]
#[target_feature(enable = "neon")]
fn turn_3(x: Words) -> Words {
    let (low, high) = halves(x);
    [vreinterpretq_u64_u32(vextq_u32::<3>(low, high)), vreinterpretq_u64_u32(vextq_u32::<3>(high, low))]
}

/// Rotates four words right by five half words.
#[inline]
#[target_feature(enable = "neon")]
fn turn_5(x: Words) -> Words {
    let (low, high) = halves(x);
    [vreinterpretq_u64_u32(vextq_u32::<1>(high, low)), vreinterpretq_u64_u32(vextq_u32::<1>(low, high))]
}

#[inline]
#[target_feature(enable = "neon")]
fn halves(x: Words) -> (uint32x4_t, uint32x4_t) {
    (vreinterpretq_u32_u64(x[0]), vreinterpretq_u32_u64(x[1]))
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code, reason = "the load intrinsic takes a pointer")]
fn load(row: &[u64]) -> Words {
    let [low, high] = row.as_chunks::<2>().0 else { unreachable!("a group is four words") };
    // SAFETY: each reference is to two readable words.
    unsafe { [vld1q_u64(low.as_ptr()), vld1q_u64(high.as_ptr())] }
}

#[inline]
#[target_feature(enable = "neon")]
fn seed(key: &Key, tag: Tag) -> State {
    let row_c = key.lanes();
    [seed_group(tag, &row_c[..4], &ROW_D[..4]), seed_group(tag, &row_c[4..], &ROW_D[4..])]
}

#[inline]
#[target_feature(enable = "neon")]
fn seed_group(tag: Tag, row_c: &[u64], row_d: &[u64]) -> Group {
    let (mut a, mut b) = ([vdupq_n_u64(tag.0); 2], [vdupq_n_u64(tag.1); 2]);
    let (mut c, mut d) = (load(row_c), load(row_d));
    for _ in 0..2 {
        a = add(a, b);
        d = swap_halves(xor(d, a));
        c = add(c, d);
        b = rotate::<24, 40>(xor(b, c));
        a = add(a, b);
        d = rotate::<16, 48>(xor(d, a));
        c = add(c, d);
        b = rotate::<63, 1>(xor(b, c));
    }
    [a, b, c, d]
}

#[inline]
#[target_feature(enable = "neon")]
fn step(state: &mut State) -> Quad {
    [step_group(&mut state[0]), step_group(&mut state[1])]
}

#[inline]
#[target_feature(enable = "neon")]
fn step_group(state: &mut Group) -> Group {
    let [s0, s1, s2, s3] = *state;
    let (u0, u1, u2, u3) = (shift::<1>(s0), shift::<3>(s1), shift::<1>(s2), shift::<3>(s3));
    let (t0, t1, t2, t3) = (turn_5(s0), turn_3(s1), turn_5(s2), turn_3(s3));
    let [n0, n1, n2, n3] = [add(t2, u0), add(t3, u1), add(t1, u2), add(t0, u3)];
    *state = [n0, n1, n2, n3];
    [xor(add(n0, s1), t0), xor(add(n1, s3), s2), xor(n2, xor(s0, s3)), xor(n3, xor(s2, t1))]
}

#[inline]
#[target_feature(enable = "neon")]
fn tagged(mut quad: Quad, tag: Tag) -> Quad {
    quad[0][0][0] = vsetq_lane_u64::<1>(tag.1, vsetq_lane_u64::<0>(tag.0, quad[0][0][0]));
    quad
}

/// Repeats the kept part of a line to its end.
#[inline]
#[target_feature(enable = "neon")]
fn narrow(quad: &mut Quad, line: usize, kept: Kept) {
    if kept == Kept::Quarter {
        quad[0][line][1] = quad[0][line][0];
    }
    if kept != Kept::Line {
        quad[1][line] = quad[0][line];
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn store<const STREAM: bool>(out: &mut [Byte; STEP], quad: &Quad) {
    for (line, place) in out.as_chunks_mut::<LINE>().0.iter_mut().enumerate() {
        store_line::<STREAM>(place, quad, line);
    }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code, reason = "the store intrinsic takes a pointer")]
fn store_line<const STREAM: bool>(out: &mut [Byte; LINE], quad: &Quad, line: usize) {
    let words = [quad[0][line][0], quad[0][line][1], quad[1][line][0], quad[1][line][1]];
    for (bytes, word) in out.as_chunks_mut::<16>().0.iter_mut().zip(words) {
        // SAFETY: `bytes` is 16 writable bytes, and the store has no alignment requirement.
        unsafe { vst1q_u8(bytes.as_mut_ptr().cast(), vreinterpretq_u8_u64(word)) };
    }
}

/// Streaming stores are for the kernels that have instructions for them.
#[inline(always)]
fn copy_line<const STREAM: bool>(out: &mut [Byte; LINE], line: &[Byte; LINE]) {
    *out = *line;
}

/// The symbols that bytes stand for.
#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code, reason = "the load and store intrinsics take pointers")]
fn spell(alphabet: &Alphabet, lines: &[u8; PAGE], literals: &mut [Byte]) {
    // SAFETY: the alphabet is 64 readable bytes.
    let table = unsafe { vld1q_u8_x4(alphabet.as_ptr()) };
    for (literals, bytes) in literals.as_chunks_mut::<16>().0.iter_mut().zip(lines.as_chunks::<16>().0) {
        // SAFETY: `bytes` is 16 readable bytes, and `literals` 16 writable ones.
        unsafe {
            let slots = vandq_u8(vld1q_u8(bytes.as_ptr()), vdupq_n_u8(63));
            vst1q_u8(literals.as_mut_ptr().cast(), vqtbl4q_u8(table, slots));
        }
    }
}
