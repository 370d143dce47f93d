//! Numbers one by one, for any processor and byte order.

use super::types::{BF16, FP8, FP16, FP32, by_dtype, masks};
use crate::key::Tag;
use crate::tensor::Numbers;
use crate::uninit::Byte;
use crate::units::PAGE;

/// Bytes of a tag.
const TAG: usize = size_of::<Tag>();

pub(super) fn shape(numbers: &Numbers, lines: &[u8], out: &mut [Byte], tagged: bool) {
    by_dtype!(numbers.dtype, pages, (numbers, lines, out, tagged));
}

fn pages<const D: u8>(numbers: &Numbers, lines: &[u8], out: &mut [Byte], tagged: bool) {
    let keep = if numbers.signed { u32::MAX } else { !masks(D).1 };
    for (lines, page) in lines.as_chunks::<PAGE>().0.iter().zip(out.as_chunks_mut::<PAGE>().0) {
        for (four, out) in lines.as_chunks::<4>().0.iter().zip(page.as_chunks_mut::<4>().0) {
            out.write_copy_of_slice(
                &(four_bytes::<D>(&numbers.fields, u32::from_le_bytes(*four)) & keep).to_le_bytes(),
            );
        }
        if tagged {
            page[..TAG].write_copy_of_slice(&lines[..TAG]);
        }
    }
}

/// The numbers of four bytes: their field is replaced by what is drawn.
fn four_bytes<const D: u8>(fields: &[u8; 256], word: u32) -> u32 {
    let mask = masks(D).0;
    // Draws in the upper bits of each number, in the place where the table has fields.
    let draws = match D {
        BF16 | FP32 => word << 1,
        FP16 => ((word << 1) & 0xf800_f800) | (word.rotate_left(24) & 0x0700_0700),
        FP8 => ((word << 1) & 0xf0f0_f0f0) | (swapped(word) & 0x0f0f_0f0f),
        _ => (word & 0xf0f0_f0f0) | (swapped(word) & 0x0f0f_0f0f),
    };
    let [a, b, c, d] = draws.to_le_bytes().map(|draw| fields[usize::from(draw)]);
    let drawn = match D {
        BF16 | FP16 => u32::from_le_bytes([0, b, 0, d]) >> 1,
        FP32 => u32::from_le_bytes([0, 0, 0, d]) >> 1,
        FP8 => u32::from_le_bytes([a, b, c, d]) >> 1,
        _ => u32::from_le_bytes([a, b, c, d]),
    };
    (drawn & mask) | (word & !mask)
}

/// Each byte in the place of its neighbour.
fn swapped(word: u32) -> u32 {
    word.swap_bytes().rotate_left(16)
}
