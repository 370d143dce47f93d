//! The portable kernel: plain words, for any processor and byte order.

use super::Byte;
use super::pages::{ROW_D, SEED_AHEAD, STEP, STEPS, Scratch, line_at, line_mut};
use super::pieces::{Work, assemble, spell};
use super::text::{TextWork, assemble as assemble_text, weave};
use crate::key::{Key, Tag};
use crate::layout::{Alphabet, Kept, Layout, PageLayouts, SCRATCH};
use crate::units::{LINE, PAGE};

type Row = [u64; 8];
type State = [Row; 4];
type Quad = [Row; 4];

page_loops!();

fn seed(key: &Key, tag: Tag) -> State {
    let (mut a, mut b, mut c, mut d) = ([tag.0; 8], [tag.1; 8], *key.lanes(), ROW_D);
    for _ in 0..2 {
        for j in 0..8 {
            a[j] = a[j].wrapping_add(b[j]);
            d[j] = (d[j] ^ a[j]).rotate_right(32);
            c[j] = c[j].wrapping_add(d[j]);
            b[j] = (b[j] ^ c[j]).rotate_right(24);
            a[j] = a[j].wrapping_add(b[j]);
            d[j] = (d[j] ^ a[j]).rotate_right(16);
            c[j] = c[j].wrapping_add(d[j]);
            b[j] = (b[j] ^ c[j]).rotate_right(63);
        }
    }
    [a, b, c, d]
}

#[inline(always)]
fn step(state: &mut State) -> Quad {
    let [s0, s1, s2, s3] = *state;
    let (u0, u1, u2, u3) = (shift::<1>(&s0), shift::<3>(&s1), shift::<1>(&s2), shift::<3>(&s3));
    let (t0, t1, t2, t3) = (turn::<2>(&s0), turn::<1>(&s1), turn::<2>(&s2), turn::<1>(&s3));
    let (n0, n1, n2, n3) = (add(&t2, &u0), add(&t3, &u1), add(&t1, &u2), add(&t0, &u3));
    *state = [n0, n1, n2, n3];
    [xor(&add(&n0, &s1), &t0), xor(&add(&n1, &s3), &s2), xor3(&n2, &s0, &s3), xor3(&n3, &s2, &t1)]
}

#[inline(always)]
fn shift<const BITS: u32>(row: &Row) -> Row {
    row.map(|word| word >> BITS)
}

/// Rotates each group of four words right by `WORDS` words and a half.
#[inline(always)]
fn turn<const WORDS: usize>(row: &Row) -> Row {
    std::array::from_fn(|j| {
        let (group, g) = (j & 4, j & 3);
        (row[group + (g + WORDS) % 4] >> 32) | (row[group + (g + WORDS + 1) % 4] << 32)
    })
}

#[inline(always)]
fn add(x: &Row, y: &Row) -> Row {
    std::array::from_fn(|j| x[j].wrapping_add(y[j]))
}

#[inline(always)]
fn xor(x: &Row, y: &Row) -> Row {
    std::array::from_fn(|j| x[j] ^ y[j])
}

#[inline(always)]
fn xor3(x: &Row, y: &Row, z: &Row) -> Row {
    std::array::from_fn(|j| x[j] ^ y[j] ^ z[j])
}

#[inline(always)]
fn tagged(mut quad: Quad, tag: Tag) -> Quad {
    quad[0][0] = tag.0;
    quad[0][1] = tag.1;
    quad
}

/// Repeats the kept part of a line to its end.
#[inline(always)]
fn narrow(quad: &mut Quad, line: usize, kept: Kept) {
    let words = &mut quad[line];
    match kept {
        Kept::Line => {}
        Kept::Half => words.copy_within(..4, 4),
        Kept::Quarter => {
            words.copy_within(..2, 2);
            words.copy_within(..4, 4);
        }
    }
}

#[inline(always)]
fn store<const STREAM: bool>(out: &mut [Byte; STEP], quad: &Quad) {
    for (line, place) in out.as_chunks_mut::<LINE>().0.iter_mut().enumerate() {
        store_line::<STREAM>(place, quad, line);
    }
}

/// Streaming stores are for the kernels that have instructions for them.
#[inline(always)]
fn store_line<const STREAM: bool>(out: &mut [Byte; LINE], quad: &Quad, line: usize) {
    for (bytes, word) in out.as_chunks_mut::<8>().0.iter_mut().zip(quad[line]) {
        bytes.write_copy_of_slice(&word.to_le_bytes());
    }
}

#[inline(always)]
fn copy_line<const STREAM: bool>(out: &mut [Byte; LINE], line: &[Byte; LINE]) {
    *out = *line;
}
