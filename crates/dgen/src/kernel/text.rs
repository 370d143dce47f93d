//! Pages of words (FORMAT.md, section 6): what every kernel does once it has a page's lines and both kinds of letters.

use super::Byte;
use super::pieces::SPARE;
use crate::layout::{CASE, Text};
use crate::units::{LINE, PAGE};

/// A page of words while it is made.
#[repr(C, align(64))]
pub(super) struct TextWork {
    /// The lines that it is made of.
    pub(super) lines: [Byte; PAGE],
    /// The beginning of the same lines in vowels.
    pub(super) vowels: [u8; PAGE],
    /// The same in consonants, and then the words.
    pub(super) words: [u8; PAGE + LINE],
    /// The page, and what its last words write beyond it.
    pub(super) page: [Byte; PAGE + SPARE],
}

impl TextWork {
    pub(super) fn new() -> Self {
        Self { lines: [Byte::uninit(); _], vowels: [0; PAGE], words: [0; PAGE + LINE], page: [Byte::uninit(); _] }
    }
}

/// The page's tag, and the line end behind it.
const OPENING: usize = 17;

/// What follows a word.
#[derive(Clone, Copy)]
struct Separator {
    bytes: [u8; 2],
    length: u8,
    /// What makes the first letter of the next word a large one.
    case: u8,
}

/// What follows words, and how many of 64 times.
const SEPARATORS: [Separator; 64] = {
    const KINDS: [(&[u8], usize, bool); 8] = [
        (b" ", 44, false),
        (b", ", 5, false),
        (b". ", 3, true),
        (b".\n", 2, true),
        (b"\n", 7, false),
        (b": ", 1, false),
        (b"; ", 1, false),
        (b"-", 1, false),
    ];
    let mut separators = [Separator { bytes: [0; 2], length: 0, case: 0 }; 64];
    let (mut kind, mut at, mut left) = (0, 0, KINDS[0].1);
    while at < separators.len() {
        let (text, _, ends) = KINDS[kind];
        let (second, length) = if text.len() == 2 { (text[1], 2) } else { (0, 1) };
        separators[at] = Separator { bytes: [text[0], second], length, case: if ends { CASE } else { 0 } };
        (at, left) = (at + 1, left - 1);
        if left == 0 && kind + 1 < KINDS.len() {
            kind += 1;
            left = KINDS[kind].1;
        }
    }
    separators
};

/// Makes the words of a page of its lines in two kinds of letters: vowels and consonants in turn, numbers, and a space
/// after each.
#[inline(always)]
pub(super) fn weave(text: &Text, lines: &[u8; PAGE], vowels: &[u8], words: &mut [u8]) {
    const VOWELS: u64 = 0xff00_ff00_ff00_ff00;
    const SPACES: u64 = 0x2020_2020_2020_2020;
    let keeps = text.keep.as_chunks::<8>().0;
    let vowels = vowels.as_chunks::<8>().0;
    for ((word, vowels), keep) in words.as_chunks_mut::<8>().0.iter_mut().zip(vowels).zip(keeps) {
        let (vowels, keep) = (u64::from_le_bytes(*vowels), u64::from_le_bytes(*keep));
        let letters = (vowels & VOWELS) | (u64::from_le_bytes(*word) & !VOWELS);
        *word = ((letters & keep) | (SPACES & !keep)).to_le_bytes();
    }
    for &(start, keep) in &text.numbers {
        let start = usize::from(start);
        let bytes = u64::from_le_bytes(*lines[start..].first_chunk().expect("words lie inside a page"));
        let digits = (((bytes & 0x0f0f_0f0f_0f0f_0f0f) * 5) >> 3 & 0x0f0f_0f0f_0f0f_0f0f) | 0x3030_3030_3030_3030;
        let place = words[start..].first_chunk_mut().expect("words lie inside a page");
        *place = (digits & keep | u64::from_le_bytes(*place) & !keep).to_le_bytes();
    }
}

/// Puts a page together: moves of 32 bytes where nothing is longer, else of 64; the next one writes over what is too
/// much. Compiled once for each instruction set that inlines it.
#[inline(always)]
pub(super) fn assemble(text: &Text, lines: &[u8; PAGE], words: &[u8; PAGE + LINE], page: &mut [Byte; PAGE + SPARE]) {
    for (byte, &tag) in page.iter_mut().zip(&lines[..OPENING - 1]) {
        byte.write(tag);
    }
    page[OPENING - 1].write(b'\n');
    if text.wide {
        join::<64>(text, lines, words, page);
    } else {
        join::<32>(text, lines, words, page);
    }
    page[PAGE - 1].write(b'\n');
}

#[inline(always)]
fn join<const MOVE: usize>(
    text: &Text,
    lines: &[u8; PAGE],
    words: &[u8; PAGE + LINE],
    page: &mut [Byte; PAGE + SPARE],
) {
    let (mut end, mut case) = (OPENING, CASE);
    for drawn in lines.as_chunks::<2>().0.iter().rev() {
        let drawn = usize::from(u16::from_le_bytes(*drawn));
        let (draw, separator) = (text.draws[drawn % 1024], SEPARATORS[drawn / 1024]);
        let start = usize::from(draw.start);
        let piece: &[u8; MOVE] = words[start..].first_chunk().expect("words lie inside a page");
        let place: &mut [Byte; MOVE] = page[end..].first_chunk_mut().expect("words begin inside the page");
        place.write_copy_of_slice(piece);
        place[0].write(piece[0] ^ (draw.case & case));
        end += usize::from(draw.length);
        let place: &mut [Byte; 2] = page[end..].first_chunk_mut().expect("words end near the page");
        place.write_copy_of_slice(&separator.bytes);
        end += usize::from(separator.length);
        case = separator.case;
        if end >= PAGE {
            break;
        }
    }
}
