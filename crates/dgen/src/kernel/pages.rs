//! The loops over pages that every kernel shares, as a macro: each kernel file brings `State`, `Quad`, `seed`, `step`,
//! `tagged`, `store`, `store_line`, `copy_line` and `spell`, and instantiates the loops with its own target feature. With
//! `STREAM`, pages are stored past the caches, line by line and each line once; the memory is then aligned to lines.

use super::Byte;
use crate::layout::SCRATCH;
use crate::units::LINE;

/// Steps in a page; each gives four lines.
pub(super) const STEPS: usize = 16;
/// Bytes of one step.
pub(super) const STEP: usize = 4 * LINE;
/// The next page is seeded when this many steps of the current one remain, so that the two overlap.
pub(super) const SEED_AHEAD: usize = 4;

/// Multiples of the first mixing constant, the fourth row of the seed.
pub(super) const ROW_D: [u64; 8] = {
    let mut row = [0; 8];
    let mut lane = 0;
    while lane < 8 {
        row[lane] = crate::key::C[0].wrapping_mul(lane as u64 + 1);
        lane += 1;
    }
    row
};

/// A page with scratch is one that a stream store may come from.
const _: () = assert!(SCRATCH == crate::units::PAGE);

/// Lines of one page on their way to their places, aligned for vector loads.
#[repr(C, align(64))]
pub(super) struct Scratch(pub(super) [Byte; SCRATCH]);

/// The 64 bytes at an offset that a layout gives.
#[inline(always)]
pub(super) fn line_at<const N: usize>(bytes: &[Byte; N], at: u16) -> &[Byte; LINE] {
    bytes[usize::from(at)..].first_chunk().expect("layouts leave room for a line")
}

/// The 64 bytes at an offset that a layout gives, to be written.
#[inline(always)]
pub(super) fn line_mut<const N: usize>(bytes: &mut [Byte; N], at: u16) -> &mut [Byte; LINE] {
    bytes[usize::from(at)..].first_chunk_mut().expect("layouts leave room for a line")
}

macro_rules! page_loops {
    ($(#[$feature:meta])*) => {
        /// Writes whole pages of random lines.
        $(#[$feature])*
        pub(super) fn fill_random<const STREAM: bool>(key: &Key, first: u64, out: &mut [Byte]) {
            let mut tag = key.tag(first);
            let mut next = seed(key, tag);
            let mut number = first;
            for page in out.as_chunks_mut::<PAGE>().0 {
                let mut state = next;
                let current = tag;
                let steps = page.as_chunks_mut::<STEP>().0;
                let (head, tail) = steps.split_at_mut(STEPS - SEED_AHEAD);
                let (opening, head) = head.split_first_mut().expect("a page has steps");
                store::<STREAM>(opening, &tagged(step(&mut state), current));
                for lines in head {
                    store::<STREAM>(lines, &step(&mut state));
                }
                number = number.wrapping_add(1);
                tag = key.tag(number);
                next = seed(key, tag);
                for lines in tail {
                    store::<STREAM>(lines, &step(&mut state));
                }
            }
        }

        /// Writes the first steps of one random page.
        $(#[$feature])*
        pub(super) fn fill_head(key: &Key, number: u64, out: &mut [Byte]) {
            let tag = key.tag(number);
            let mut state = seed(key, tag);
            let steps = out.as_chunks_mut::<STEP>().0;
            if let Some((opening, rest)) = steps.split_first_mut() {
                store::<false>(opening, &tagged(step(&mut state), tag));
                for lines in rest {
                    store::<false>(lines, &step(&mut state));
                }
            }
        }

        /// Writes whole pages laid out by a texture.
        $(#[$feature])*
        pub(super) fn fill_textured<const STREAM: bool>(key: &Key, texture: &PageLayouts, first: u64, out: &mut [Byte]) {
            let (mut scratch, mut work, mut words) = (None, None, None);
            let mut tag = key.tag(first);
            let mut next = seed(key, tag);
            let mut number = first;
            for page in out.as_chunks_mut::<PAGE>().0 {
                let layout = texture.layout(key, number);
                let mut state = next;
                let mut quad = tagged(step(&mut state), tag);
                number = number.wrapping_add(1);
                tag = key.tag(number);
                next = seed(key, tag);
                match layout {
                    Layout::Single { eight: false, kept } => {
                        let lines = page.as_chunks_mut::<LINE>().0.as_chunks_mut::<16>().0;
                        for (out, kept) in lines.iter_mut().zip(kept.as_chunks::<4>().0) {
                            repeat_single::<4, STREAM>(&mut quad, kept, out);
                            quad = step(&mut state);
                        }
                    }
                    Layout::Single { eight: true, kept } => {
                        let lines = page.as_chunks_mut::<LINE>().0.as_chunks_mut::<32>().0;
                        for (out, kept) in lines.iter_mut().zip(kept.as_chunks::<4>().0) {
                            repeat_single::<8, STREAM>(&mut quad, kept, out);
                            quad = step(&mut state);
                        }
                    }
                    Layout::Sectors(counts) => {
                        let sectors = page.as_chunks_mut::<LINE>().0.as_chunks_mut::<8>().0;
                        for (sector, count) in sectors.iter_mut().zip(counts) {
                            match count {
                                3 => repeat::<3, STREAM>(&quad, &quad, sector),
                                4 => repeat::<4, STREAM>(&quad, &quad, sector),
                                5 => repeat::<5, STREAM>(&quad, &step(&mut state), sector),
                                6 => repeat::<6, STREAM>(&quad, &step(&mut state), sector),
                                7 => repeat::<7, STREAM>(&quad, &step(&mut state), sector),
                                _ => repeat::<8, STREAM>(&quad, &step(&mut state), sector),
                            }
                            quad = step(&mut state);
                        }
                    }
                    Layout::Gathered { steps, home, extend, from } => {
                        let scratch = &mut scratch.get_or_insert_with(|| Scratch([Byte::uninit(); SCRATCH])).0;
                        place(&mut state, &quad, &home[..4 * steps], scratch);
                        for &(to, from) in extend {
                            let line = *line_at(scratch, from);
                            *line_mut(scratch, to) = line;
                        }
                        for (line, &from) in page.as_chunks_mut::<LINE>().0.iter_mut().zip(from.iter()) {
                            copy_line::<STREAM>(line, line_at(scratch, from));
                        }
                    }
                    Layout::Pieces(pieces) => {
                        let work = work.get_or_insert_with(Work::new);
                        let lines = all_lines(&mut state, &quad, &mut work.lines);
                        spell(pieces.alphabet(number.wrapping_sub(1)), lines, &mut work.literals);
                        assemble(pieces, lines, &work.literals, &mut work.page);
                        copy_page::<STREAM>(page, &work.page);
                    }
                    Layout::Text(text) => {
                        let work = words.get_or_insert_with(TextWork::new);
                        let lines = all_lines(&mut state, &quad, &mut work.lines);
                        let number = number.wrapping_sub(1);
                        let (vowels, letters) = (&mut work.vowels[..text.end], &mut work.words[..text.end]);
                        spell_over(text.vowels(number), lines, vowels);
                        spell_over(text.consonants(number), lines, letters);
                        weave(text, lines, vowels, letters);
                        assemble_text(text, lines, &work.words, &mut work.page);
                        copy_page::<STREAM>(page, &work.page);
                    }
                    Layout::Zeros { steps, home, cut } => {
                        let target = if STREAM {
                            &mut scratch.get_or_insert_with(|| Scratch([Byte::uninit(); SCRATCH])).0
                        } else {
                            &mut *page
                        };
                        target.fill(Byte::new(0));
                        place(&mut state, &quad, &home[..4 * steps], target);
                        for &(line, kept) in cut {
                            line_mut(target, line)[usize::from(kept)..].fill(Byte::new(0));
                        }
                        if STREAM {
                            let scratch = &scratch.get_or_insert_with(|| Scratch([Byte::uninit(); SCRATCH])).0;
                            copy_page::<STREAM>(page, scratch);
                        }
                    }
                }
            }
        }

        /// Makes all lines of a page, from the step already made on.
        #[inline]
        $(#[$feature])*
        fn all_lines<'a>(state: &mut State, quad: &Quad, lines: &'a mut [Byte; PAGE]) -> &'a [u8; PAGE] {
            let mut quad = *quad;
            for (index, place) in lines.as_chunks_mut::<STEP>().0.iter_mut().enumerate() {
                if index != 0 {
                    quad = step(state);
                }
                store::<false>(place, &quad);
            }
            #[allow(unsafe_code, reason = "the lines are full now")]
            // SAFETY: the steps of a page wrote every byte of them.
            let lines = unsafe { crate::uninit::filled(lines) };
            lines.first_chunk().expect("they are a page long")
        }

        /// Writes a page that is there already to its place.
        #[inline]
        $(#[$feature])*
        fn copy_page<const STREAM: bool>(page: &mut [Byte; PAGE], from: &[Byte]) {
            for (line, from) in page.as_chunks_mut::<LINE>().0.iter_mut().zip(from.as_chunks().0) {
                copy_line::<STREAM>(line, from);
            }
        }

        /// The symbols that bytes stand for, over others.
        #[inline]
        $(#[$feature])*
        fn spell_over(alphabet: &Alphabet, lines: &[u8; PAGE], symbols: &mut [u8]) {
            #[allow(unsafe_code, reason = "symbols are written as to memory that may be uninitialised")]
            // SAFETY: spelling writes nothing but symbols.
            let symbols = unsafe { crate::uninit::from_bytes(symbols) };
            spell(alphabet, lines, symbols);
        }

        /// Writes the four heads of a step, each over `N` lines.
        #[inline]
        $(#[$feature])*
        fn repeat_single<const N: usize, const STREAM: bool>(quad: &mut Quad, kept: &[Kept; 4], out: &mut [[Byte; LINE]]) {
            for (line, (out, &kept)) in out.as_chunks_mut::<N>().0.iter_mut().zip(kept).enumerate() {
                narrow(quad, line, kept);
                for place in out {
                    store_line::<STREAM>(place, quad, line);
                }
            }
        }

        /// Writes a head of `L` lines over and over through a sector.
        #[inline]
        $(#[$feature])*
        fn repeat<const L: usize, const STREAM: bool>(first: &Quad, second: &Quad, sector: &mut [[Byte; LINE]; 8]) {
            for (index, place) in sector.iter_mut().enumerate() {
                let line = index % L;
                if line < 4 {
                    store_line::<STREAM>(place, first, line);
                } else {
                    store_line::<STREAM>(place, second, line - 4);
                }
            }
        }

        /// Generates the lines that a layout needs, from the step already made on, and puts each where it wants it.
        #[inline]
        $(#[$feature])*
        fn place<const N: usize>(state: &mut State, quad: &Quad, home: &[u16], out: &mut [Byte; N]) {
            let mut quad = *quad;
            for (index, homes) in home.as_chunks::<4>().0.iter().enumerate() {
                if index != 0 {
                    quad = step(state);
                }
                for (line, &home) in homes.iter().enumerate() {
                    store_line::<false>(line_mut(out, home), &quad, line);
                }
            }
        }
    };
}
