//! The loops over pages that every kernel shares, as a macro: each kernel file brings `State`, `Quad`, `seed`, `step`,
//! `tagged` and `store`, and instantiates the loops with its own target feature.

use crate::plan::texture::SCRATCH;
use crate::units::LINE;

/// Steps in a page; each gives four lines.
pub(super) const STEPS: usize = 16;
/// Bytes of one step.
pub(super) const STEP: usize = 4 * LINE;
/// The next page is seeded when this many steps of the current one remain, so that the two overlap.
pub(super) const SEED_AHEAD: usize = 4;

/// BLAKE2b's initialisation vector, the third row of the seed (FORMAT.md, section 5.2).
pub(super) const ROW_C: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

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

/// Lines of one page on their way to their places, aligned for vector loads.
#[repr(C, align(64))]
pub(super) struct Scratch(pub(super) [u8; SCRATCH]);

/// The 64 bytes at an offset that a layout gives.
#[inline(always)]
pub(super) fn line_at<const N: usize>(bytes: &[u8; N], at: u16) -> &[u8; LINE] {
    bytes[usize::from(at)..].first_chunk().expect("layouts leave room for a line")
}

/// The 64 bytes at an offset that a layout gives, to be written.
#[inline(always)]
pub(super) fn line_mut<const N: usize>(bytes: &mut [u8; N], at: u16) -> &mut [u8; LINE] {
    bytes[usize::from(at)..].first_chunk_mut().expect("layouts leave room for a line")
}

/// Keeps the first `kept` bytes of a line (a multiple of 16) and continues them with themselves or with zeros.
#[inline(always)]
pub(super) fn narrow_line(line: &mut [u8; LINE], kept: u8, zeros: bool) {
    match (zeros, kept) {
        (true, _) => line[usize::from(kept)..].fill(0),
        (false, 16) => {
            line.copy_within(..16, 16);
            line.copy_within(..32, 32);
        }
        (false, _) => line.copy_within(..32, 32),
    }
}

macro_rules! page_loops {
    ($(#[$feature:meta])*) => {
        /// Writes whole pages of random lines.
        $(#[$feature])*
        pub(super) fn fill_random(key: &Key, first: u64, out: &mut [u8]) {
            let mut tag = key.tag(first);
            let mut next = seed(tag);
            let mut number = first;
            for page in out.as_chunks_mut::<PAGE>().0 {
                let mut state = next;
                let current = tag;
                let steps = page.as_chunks_mut::<STEP>().0;
                let (head, tail) = steps.split_at_mut(STEPS - SEED_AHEAD);
                let (opening, head) = head.split_first_mut().expect("a page has steps");
                store(opening, &tagged(step(&mut state), current));
                for lines in head {
                    store(lines, &step(&mut state));
                }
                number = number.wrapping_add(1);
                tag = key.tag(number);
                next = seed(tag);
                for lines in tail {
                    store(lines, &step(&mut state));
                }
            }
        }

        /// Writes the first steps of one random page.
        $(#[$feature])*
        pub(super) fn fill_head(key: &Key, number: u64, out: &mut [u8]) {
            let tag = key.tag(number);
            let mut state = seed(tag);
            let steps = out.as_chunks_mut::<STEP>().0;
            if let Some((opening, rest)) = steps.split_first_mut() {
                store(opening, &tagged(step(&mut state), tag));
                for lines in rest {
                    store(lines, &step(&mut state));
                }
            }
        }

        /// Writes whole pages laid out by a texture.
        $(#[$feature])*
        pub(super) fn fill_textured(key: &Key, texture: &TexturePlan, first: u64, out: &mut [u8]) {
            let mut scratch = Scratch([0; SCRATCH]);
            let mut tag = key.tag(first);
            let mut next = seed(tag);
            let mut number = first;
            for page in out.as_chunks_mut::<PAGE>().0 {
                let layout = texture.layout(number);
                let (mut state, current) = (next, tag);
                number = number.wrapping_add(1);
                tag = key.tag(number);
                next = seed(tag);
                match &layout.rest {
                    Rest::InPage { narrow, zeros, copies, clear } => {
                        generate(&mut state, current, layout, page);
                        for &(line, kept) in narrow {
                            narrow_line(line_mut(page, line), kept, *zeros);
                        }
                        for &(to, from) in copies {
                            let line = *line_at(page, from);
                            *line_mut(page, to) = line;
                        }
                        for &line in clear {
                            *line_mut(page, line) = [0; LINE];
                        }
                    }
                    Rest::Gathered { extend, from } => {
                        generate(&mut state, current, layout, &mut scratch.0);
                        for &(to, from) in extend {
                            let line = *line_at(&scratch.0, from);
                            *line_mut(&mut scratch.0, to) = line;
                        }
                        for (line, &from) in page.as_chunks_mut::<LINE>().0.iter_mut().zip(from) {
                            *line = *line_at(&scratch.0, from);
                        }
                    }
                }
            }
        }

        /// Generates the lines that a layout needs and puts each where the layout wants it.
        #[inline]
        $(#[$feature])*
        fn generate<const N: usize>(state: &mut State, tag: Tag, layout: &Layout, out: &mut [u8; N]) {
            let homes = layout.home.as_chunks::<4>().0;
            let quad = tagged(step(state), tag);
            for (line, &home) in homes[0].iter().enumerate() {
                store_line(line_mut(out, home), &quad, line);
            }
            for homes in &homes[1..layout.steps] {
                let quad = step(state);
                for (line, &home) in homes.iter().enumerate() {
                    store_line(line_mut(out, home), &quad, line);
                }
            }
        }
    };
}
