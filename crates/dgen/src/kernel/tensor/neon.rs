//! Numbers by 16 bytes: the table of draws is sixteen registers.

use std::arch::aarch64::{
    uint8x16_t, uint8x16x4_t, vandq_u8, vbslq_u8, vdupq_n_u8, vdupq_n_u32, vld1q_u8, vorrq_u8, vqtbl4q_u8, vqtbx4q_u8,
    vreinterpretq_u8_u16, vreinterpretq_u8_u32, vreinterpretq_u16_u8, vreinterpretq_u32_u8, vrev16q_u8, vshlq_n_u16,
    vshlq_n_u32, vshrq_n_u16, vshrq_n_u32, vst1q_u8, vsubq_u8,
};

use super::types::{BF16, FP8, FP16, FP32, by_dtype, masks};
use crate::tensor::Numbers;
use crate::uninit::Byte;
use crate::units::PAGE;

/// Bytes of a register, and of a tag.
const WIDTH: usize = 16;

type Table = [uint8x16x4_t; 4];

#[target_feature(enable = "neon")]
pub(super) fn shape(numbers: &Numbers, lines: &[u8], out: &mut [Byte], tagged: bool) {
    by_dtype!(numbers.dtype, pages, (numbers, lines, out, tagged));
}

#[target_feature(enable = "neon")]
fn pages<const D: u8>(numbers: &Numbers, lines: &[u8], out: &mut [Byte], tagged: bool) {
    let mut parts = numbers.fields.as_chunks::<{ 4 * WIDTH }>().0.iter();
    let table: Table = std::array::from_fn(|_| {
        let [a, b, c, d] = parts.next().expect("256 bytes are four parts").as_chunks::<WIDTH>().0 else {
            unreachable!("a part is four registers")
        };
        uint8x16x4_t(load(a), load(b), load(c), load(d))
    });
    let keep = vreinterpretq_u8_u32(vdupq_n_u32(if numbers.signed { u32::MAX } else { !masks(D).1 }));
    for (lines, page) in lines.as_chunks::<PAGE>().0.iter().zip(out.as_chunks_mut::<PAGE>().0) {
        let mut tag = tagged;
        for (bytes, out) in lines.as_chunks::<WIDTH>().0.iter().zip(page.as_chunks_mut::<WIDTH>().0) {
            let words = load(bytes);
            let found = if tag { words } else { vandq_u8(of_register::<D>(words, &table), keep) };
            store(out, found);
            tag = false;
        }
    }
}

/// The numbers of a register: their field is replaced by what is drawn.
#[inline]
#[target_feature(enable = "neon")]
fn of_register<const D: u8>(words: uint8x16_t, table: &Table) -> uint8x16_t {
    let by_16 = vreinterpretq_u8_u16(vshlq_n_u16::<1>(vreinterpretq_u16_u8(words)));
    // Draws in the upper bits of each number, in the place where the table has fields.
    let draws = match D {
        BF16 => by_16,
        FP32 => vreinterpretq_u8_u32(vshlq_n_u32::<1>(vreinterpretq_u32_u8(words))),
        FP16 => {
            let wide = vreinterpretq_u32_u8(words);
            let others =
                vorrq_u8(vreinterpretq_u8_u32(vshlq_n_u32::<24>(wide)), vreinterpretq_u8_u32(vshrq_n_u32::<8>(wide)));
            vbslq_u8(vreinterpretq_u8_u32(vdupq_n_u32(0xf800_f800)), by_16, others)
        }
        _ => vbslq_u8(vdupq_n_u8(0xf0), if D == FP8 { by_16 } else { words }, vrev16q_u8(words)),
    };
    // A look-up past the end of its part leaves what was there.
    let part = vdupq_n_u8(64);
    let mut fields = vqtbl4q_u8(table[0], draws);
    let mut rest = draws;
    for part_of_table in &table[1..] {
        rest = vsubq_u8(rest, part);
        fields = vqtbx4q_u8(fields, *part_of_table, rest);
    }
    let placed = match D {
        BF16 | FP16 | FP8 => vreinterpretq_u8_u16(vshrq_n_u16::<1>(vreinterpretq_u16_u8(fields))),
        FP32 => vreinterpretq_u8_u32(vshrq_n_u32::<1>(vreinterpretq_u32_u8(fields))),
        _ => fields,
    };
    vbslq_u8(vreinterpretq_u8_u32(vdupq_n_u32(masks(D).0)), placed, words)
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code, reason = "the load intrinsic takes a pointer")]
fn load(bytes: &[u8; WIDTH]) -> uint8x16_t {
    // SAFETY: the reference is to 16 readable bytes.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code, reason = "the store intrinsic takes a pointer")]
fn store(out: &mut [Byte; WIDTH], bytes: uint8x16_t) {
    // SAFETY: `out` is 16 writable bytes, and the store has no alignment requirement.
    unsafe { vst1q_u8(out.as_mut_ptr().cast(), bytes) };
}
