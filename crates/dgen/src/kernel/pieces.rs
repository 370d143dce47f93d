//! Pages of literals and copies (FORMAT.md, section 6): what every kernel does once it has a page's lines.

use super::Byte;
use crate::layout::{Alphabet, PHRASE, Pieces};
use crate::units::{LINE, PAGE};

/// The page's tag and the literals behind it, which every page begins with.
const OPENING: usize = 80;
/// What one move of literals or of a copy may write beyond its end.
pub(super) const SPARE: usize = 2 * LINE;

/// A page of pieces while it is made.
#[repr(C, align(64))]
pub(super) struct Work {
    /// The lines that it is made of.
    pub(super) lines: [Byte; PAGE],
    /// The same lines in the page's alphabet.
    pub(super) literals: [Byte; PAGE + LINE],
    /// The page, and what its last pieces write beyond it.
    pub(super) page: [Byte; PAGE + SPARE],
}

impl Work {
    pub(super) fn new() -> Self {
        Self { lines: [Byte::uninit(); _], literals: [Byte::uninit(); _], page: [Byte::uninit(); _] }
    }
}

/// The symbols that bytes stand for.
#[inline(always)]
#[cfg_attr(target_arch = "aarch64", allow(dead_code))]
pub(super) fn spell(alphabet: &Alphabet, lines: &[u8], literals: &mut [Byte]) {
    for (literal, byte) in literals.iter_mut().zip(lines) {
        literal.write(alphabet[usize::from(byte % 64)]);
    }
}

/// Puts a page together: moves of 32 bytes where no piece is longer, else of 64; the next one writes over what is too
/// much. Compiled once for each instruction set that inlines it.
#[inline(always)]
pub(super) fn assemble(
    pieces: &Pieces,
    lines: &[u8; PAGE],
    literals: &[Byte; PAGE + LINE],
    page: &mut [Byte; PAGE + SPARE],
) {
    page[..OPENING].copy_from_slice(&literals[..OPENING]);
    for (byte, &tag) in page.iter_mut().zip(&lines[..16]) {
        byte.write(tag);
    }
    if pieces.wide { join::<64>(pieces, lines, literals, page) } else { join::<32>(pieces, lines, literals, page) }
}

#[inline(always)]
fn join<const MOVE: usize>(
    pieces: &Pieces,
    lines: &[u8; PAGE],
    literals: &[Byte; PAGE + LINE],
    page: &mut [Byte; PAGE + SPARE],
) {
    let (mut end, mut next) = (OPENING, OPENING);
    let (mut mask, mut grows) = (0, 2 * PHRASE + 64);
    for drawn in lines.as_chunks::<2>().0.iter().rev() {
        if end >= grows {
            mask = 2 * mask + 1;
            grows = 2 * PHRASE * (mask + 1) + 64;
        }
        let drawn = usize::from(u16::from_le_bytes(*drawn));
        move_between::<MOVE>(page, end, literals, next);
        let run = usize::from(pieces.literals[drawn % 16]);
        end += run;
        next += run;
        let phrase = (drawn / 16) & mask;
        move_within::<MOVE>(page, end, PHRASE * (phrase + 1));
        end += usize::from(pieces.copies[phrase % 16]);
        if end >= PAGE {
            break;
        }
    }
}

#[inline(always)]
fn move_between<const MOVE: usize>(to: &mut [Byte], at: usize, from: &[Byte], start: usize) {
    let piece: &[Byte; MOVE] = from[start..].first_chunk().expect("literals are never behind the page");
    *to[at..].first_chunk_mut().expect("pieces begin inside the page") = *piece;
}

#[inline(always)]
fn move_within<const MOVE: usize>(page: &mut [Byte], at: usize, start: usize) {
    let piece: [Byte; MOVE] = *page[start..].first_chunk().expect("phrases lie inside the page");
    *page[at..].first_chunk_mut().expect("pieces begin inside the page") = piece;
}
