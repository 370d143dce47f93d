//! No linear relation over GF(2) holds between the bits of a page, nor between those of neighbouring pages, seeds and
//! versions: rows cut from the stream have full rank. `make test-random` has the longer rows.

mod common;
#[path = "common/rank.rs"]
mod rank;

use common::{bytes, stream};
use dgen::{Recipe, Stream};
use rank::{SPARE_ROWS, deficit};

const SECTOR: usize = 512;
const PAGE: usize = 4096;
const ROWS: [usize; 4] = [128, 256, SECTOR, 1024];

/// Checks rows of `row` bytes, which `fill` writes by number. Random bits miss full rank by more than 2 once in 2^200.
fn assert_full_rank(what: &str, row: usize, mut fill: impl FnMut(u64, &mut [u8])) {
    let mut rows = vec![0; (row * 8 + SPARE_ROWS) * row];
    for (number, bytes) in (0..).zip(rows.chunks_exact_mut(row)) {
        fill(number, bytes);
    }
    let deficit = deficit(&rows, row);
    assert!(deficit <= 2, "{what}: rows of {row} bytes miss {deficit} of {}", row * 8);
}

fn seed(number: u64) -> Stream {
    Stream::new(&Recipe::with_seed(number)).expect("DGEN_KERNEL is valid")
}

#[test]
fn consecutive_rows_have_full_rank_at_any_alignment() {
    let stream = seed(1);
    for row in ROWS {
        for shift in [0, 64, 128, 192, 256] {
            assert_full_rank(&format!("shifted by {shift}"), row, |number, out| {
                stream.fill_at(number * row as u64 + shift, out).unwrap();
            });
        }
    }
}

#[test]
fn one_row_of_each_page_has_full_rank_at_every_sector() {
    let stream = seed(2);
    for row in ROWS {
        for at in (0..=PAGE - row).step_by(SECTOR) {
            assert_full_rank(&format!("at {at} in pages"), row, |page, out| {
                stream.fill_at(page * PAGE as u64 + at as u64, out).unwrap();
            });
        }
    }
}

/// Rows of a piece each of several neighbours, so that a relation between neighbours shows.
#[test]
fn neighbouring_pages_seeds_and_versions_have_full_rank() {
    let stream = seed(3);
    for (row, piece) in [(SECTOR, SECTOR), (SECTOR, 128), (SECTOR, 64), (1024, 1024), (1024, SECTOR)] {
        for at in [0, PAGE - piece] {
            let pieces = (row / piece) as u64;
            let of_neighbours = |what: &str, fill: &dyn Fn(u64, &mut [u8])| {
                assert_full_rank(&format!("{piece} bytes at {at} of {what}"), row, |number, out| {
                    for (place, out) in (number * pieces..).zip(out.chunks_exact_mut(piece)) {
                        fill(place, out);
                    }
                });
            };
            of_neighbours("pages", &|page, out| stream.fill_at(page * PAGE as u64 + at as u64, out).unwrap());
            of_neighbours("seeds", &|number, out| seed(number).fill_at(at as u64, out).unwrap());
            of_neighbours("versions", &|number, out| {
                stream.version(u32::try_from(number).unwrap()).fill_at(at as u64, out).unwrap();
            });
        }
    }
}

#[test]
fn the_random_part_of_compressible_pages_has_full_rank() {
    for texture in ["repeat", "zeros"] {
        for (ratio, rows) in [(2, &[128, 256, SECTOR, 1024][..]), (10, &[128, 256, SECTOR][..])] {
            let stream = stream(&format!("dgen1,seed=4,compress={ratio},texture={texture}"));
            for &row in rows {
                let mut heads = (0..).flat_map(|page| random_part(&bytes(&stream, page * PAGE as u64, PAGE)));
                assert_full_rank(&format!("{texture}, ratio {ratio}"), row, |_, out| {
                    out.fill_with(|| heads.next().expect("the stream is long"));
                });
            }
        }
    }
}

/// A page without the copies and zeros that make it compressible: the heads of its runs, one after the other.
fn random_part(page: &[u8]) -> Vec<u8> {
    let mut kept = vec![[0; 16]];
    for &unit in page.as_chunks::<16>().0 {
        if !kept.contains(&unit) {
            kept.push(unit);
        }
    }
    kept.split_off(1).into_flattened()
}

/// The method sees a relation: that of lines without an addition between them.
#[test]
fn lines_of_exclusive_or_alone_are_found_deficient() {
    let lines: Vec<u8> = (0..).flat_map(sectors_of_exclusive_or).take((SECTOR * 8 + SPARE_ROWS) * SECTOR).collect();
    assert_eq!(deficit(&lines, SECTOR), 16);
}

type Row = [u64; 8];

/// Page `number` of a generator whose lines join its rows by exclusive or, where format 1 adds.
fn sectors_of_exclusive_or(number: u64) -> Vec<u8> {
    let mut source = number << 32;
    let mut s: [Row; 4] = std::array::from_fn(|_| std::array::from_fn(|_| mixed(&mut source)));
    let mut page = Vec::with_capacity(PAGE);
    for _ in 0..PAGE / 256 {
        let u = [shift(&s[0], 1), shift(&s[1], 3), shift(&s[2], 1), shift(&s[3], 3)];
        let t = [turn(&s[0], 5), turn(&s[1], 3), turn(&s[2], 5), turn(&s[3], 3)];
        s = std::array::from_fn(|row| std::array::from_fn(|j| t[row][j].wrapping_add(u[row][j])));
        for (x, y) in [(u[0], t[1]), (u[2], t[3]), (s[0], s[3]), (s[2], s[1])] {
            page.extend((0..8).flat_map(|j| (x[j] ^ y[j]).to_le_bytes()));
        }
    }
    page
}

fn shift(row: &Row, bits: u32) -> Row {
    row.map(|word| word >> bits)
}

/// Rotates each group of four words to the right by `halves` halves of a word, an odd number.
fn turn(row: &Row, halves: usize) -> Row {
    std::array::from_fn(|j| {
        let word = |ahead: usize| row[(j & 4) + (j + halves / 2 + ahead) % 4];
        (word(0) >> 32) | (word(1) << 32)
    })
}

/// The next word of a plain generator (splitmix64).
fn mixed(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
