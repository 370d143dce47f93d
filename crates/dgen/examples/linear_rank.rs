//! The rank over GF(2) of rows cut from standard input.
//!
//! `linear_rank ROW [OFFSET [STRIDE]]`: rows of ROW bytes, a multiple of 8, the first at OFFSET (0) and each STRIDE bytes
//! (ROW) after the one before; 64 more rows than columns. Prints the rank, and fails when it stays behind the columns by
//! more than 2, which random bits do once in 2^200.

#[path = "../tests/common/rank.rs"]
mod rank;

use std::io::Read;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<Vec<usize>, _>>()?;
    let (row, offset, stride) = match numbers[..] {
        [row] => (row, 0, row),
        [row, offset] => (row, offset, row),
        [row, offset, stride] => (row, offset, stride),
        _ => return Err("usage: linear_rank ROW [OFFSET [STRIDE]]".into()),
    };
    if row == 0 || !row.is_multiple_of(8) || stride < row {
        return Err("ROW is a multiple of 8, and STRIDE is not below it".into());
    }
    let mut input = std::io::stdin().lock();
    skip(&mut input, offset)?;
    let mut bytes = vec![0; (row * 8 + rank::SPARE_ROWS) * row];
    for row in bytes.chunks_exact_mut(row) {
        input.read_exact(row)?;
        skip(&mut input, stride - row.len())?;
    }
    let deficit = rank::deficit(&bytes, row);
    println!("rows of {row} bytes from {offset}, {stride} apart: rank {} of {}", row * 8 - deficit, row * 8);
    if deficit > 2 { Err("the rows are linearly dependent".into()) } else { Ok(()) }
}

fn skip(input: &mut impl Read, bytes: usize) -> std::io::Result<()> {
    std::io::copy(&mut input.take(bytes as u64), &mut std::io::sink()).map(drop)
}
