//! Rank over GF(2), by the method of the four Russians.
#![allow(dead_code, unreachable_pub, reason = "shared by tests and an example")]

/// Rows that a test has beyond its columns: with them, random bits have full rank but for one case in 2^64.
pub const SPARE_ROWS: usize = 64;

/// Columns cleared in one pass, by a table for each eight of them.
const GROUP: usize = 32;
const TABLES: usize = GROUP / 8;
const ENTRIES: usize = 1 << 8;

/// How far the rank of a matrix stays behind its columns. The bits of rows of `row_bytes` bytes, a multiple of 8, are
/// the columns; `bytes` holds the rows, [`SPARE_ROWS`] more than columns.
pub fn deficit(bytes: &[u8], row_bytes: usize) -> usize {
    assert_eq!(bytes.len(), (row_bytes * 8 + SPARE_ROWS) * row_bytes, "rows of {row_bytes} bytes");
    let mut words: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|&word| u64::from_le_bytes(word)).collect();
    let mut rows: Vec<&mut [u64]> = words.chunks_exact_mut(row_bytes / 8).collect();
    let columns = row_bytes * 8;
    let mut tables = vec![0; TABLES * ENTRIES * row_bytes / 8];
    let mut rank = 0;
    for first in (0..columns).step_by(GROUP) {
        let (pivots, rest) = take_pivots(&mut rows[rank..], first);
        fill_tables(&mut tables, pivots, first);
        rank += pivots.len();
        for row in rest {
            clear(row, &tables, first);
        }
    }
    columns - rank
}

/// The bits of a row in the group of columns that starts at `first`.
fn field(row: &[u64], first: usize) -> u32 {
    ((row[first / 64] >> (first % 64)) & 0xffff_ffff) as u32
}

/// Moves independent rows to the front until each column of the group has one or no row is left, and reduces them so
/// that each is alone in its lowest column. Returns them and the other rows.
fn take_pivots<'a, 'b>(
    rows: &'a mut [&'b mut [u64]],
    first: usize,
) -> (&'a mut [&'b mut [u64]], &'a mut [&'b mut [u64]]) {
    let mut taken = 0;
    for candidate in 0..rows.len() {
        if taken == GROUP {
            break;
        }
        let (pivots, others) = rows.split_at_mut(taken);
        let row = &mut others[candidate - taken];
        let reduced = pivots.iter().fold(field(row, first), |bits, pivot| {
            let pivot = field(pivot, first);
            if bits & lowest(pivot) == 0 { bits } else { bits ^ pivot }
        });
        if reduced == 0 {
            continue;
        }
        for pivot in pivots.iter() {
            if field(row, first) & lowest(field(pivot, first)) != 0 {
                add(row, pivot, first / 64);
            }
        }
        for pivot in pivots.iter_mut() {
            if field(pivot, first) & lowest(reduced) != 0 {
                add(pivot, row, first / 64);
            }
        }
        rows.swap(candidate, taken);
        taken += 1;
    }
    rows.split_at_mut(taken)
}

fn lowest(bits: u32) -> u32 {
    bits & bits.wrapping_neg()
}

fn add(row: &mut [u64], other: &[u64], from: usize) {
    for (word, other) in row[from..].iter_mut().zip(&other[from..]) {
        *word ^= other;
    }
}

/// One table for each eight columns: the sum of the pivots of those columns whose bits are set in the index. Columns
/// without a pivot add nothing.
fn fill_tables(tables: &mut [u64], pivots: &[&mut [u64]], first: usize) {
    let width = tables.len() / (TABLES * ENTRIES);
    let from = first / 64;
    for (at, table) in tables.chunks_exact_mut(ENTRIES * width).enumerate() {
        table[..width].fill(0);
        for index in 1..ENTRIES {
            let column = at * 8 + index.trailing_zeros() as usize;
            let (smaller, larger) = table.split_at_mut(index * width);
            let sum = &mut larger[..width];
            sum[from..].copy_from_slice(&smaller[(index & (index - 1)) * width..][from..width]);
            if let Some(pivot) = pivots.iter().find(|pivot| lowest(field(pivot, first)) == 1 << column) {
                add(sum, pivot, from);
            }
        }
    }
}

/// Clears the group's columns of a row.
fn clear(row: &mut [u64], tables: &[u64], first: usize) {
    let (width, from) = (row.len(), first / 64);
    let bits = field(row, first).to_le_bytes();
    let [a, b, c, d]: [&[u64]; TABLES] = std::array::from_fn(|at| {
        let entry = (at * ENTRIES + usize::from(bits[at])) * width;
        &tables[entry + from..entry + width]
    });
    for ((((word, a), b), c), d) in row[from..].iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *word ^= a ^ b ^ c ^ d;
    }
}
