//! Writes one view of what is random in a stream to standard output, without end, for statistical batteries.
//!
//! `random_views VIEW [SEED]`, where VIEW is one of
//! - `stream`: the stream itself; `reversed`: with the bits of each 64-bit word reversed;
//! - `heads`, `tails`: the first, or the last, line of each page;
//! - `seeds`, `versions`: the first page of each of consecutive seeds, or versions;
//! - `ratio2`, `ratio10`: the heads of the runs of pages with this compress ratio.

use std::io::Write;

use dgen::{Recipe, Result, Stream};

const BUFFER: usize = 1 << 20;
const PAGE: usize = 4096;
const LINE: usize = 64;
const UNIT: usize = 16;
const USAGE: &str = "usage: random_views stream|reversed|heads|tails|seeds|versions|ratio2|ratio10 [SEED]";

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let view = arguments.next().unwrap_or_default();
    let seed = arguments.next().map_or(Ok(1), |seed| dgen::recipe::parse_seed("SEED", &seed))?;
    let recipe = match view.strip_prefix("ratio") {
        Some(ratio) => format!("dgen1,seed={seed},compress={ratio},texture=zeros").parse()?,
        None => Recipe::with_seed(seed),
    };
    let stream = Stream::new(&recipe)?;
    let mut out = std::io::stdout().lock();
    let mut buffer = vec![0; BUFFER];
    for chunk in 0.. {
        let start = chunk * BUFFER as u64;
        let mut length = BUFFER;
        match view.as_str() {
            "stream" => stream.fill_at(start, &mut buffer)?,
            "reversed" => {
                stream.fill_at(start, &mut buffer)?;
                for word in buffer.as_chunks_mut::<8>().0 {
                    *word = u64::from_le_bytes(*word).reverse_bits().to_le_bytes();
                }
            }
            "heads" => each(&mut buffer, LINE, chunk, |page, line| stream.fill_at(page * PAGE as u64, line))?,
            "tails" => each(&mut buffer, LINE, chunk, |page, line| {
                stream.fill_at((page + 1) * PAGE as u64 - LINE as u64, line)
            })?,
            "seeds" => each(&mut buffer, PAGE, chunk, |place, page| {
                Stream::new(&Recipe::with_seed(seed.wrapping_add(place)))?.fill_at(0, page)
            })?,
            "versions" => each(&mut buffer, PAGE, chunk, |place, page| {
                stream.version((place & 0xffff_ffff) as u32).fill_at((place >> 32) * PAGE as u64, page)
            })?,
            "ratio2" | "ratio10" => {
                stream.fill_at(start, &mut buffer)?;
                length = drop_zeros(&mut buffer);
            }
            _ => return Err(USAGE.into()),
        }
        if out.write_all(&buffer[..length]).is_err() {
            break; // the battery has read enough
        }
    }
    Ok(())
}

/// Fills a buffer piece by piece, each with its number in the view.
fn each(buffer: &mut [u8], size: usize, chunk: u64, fill: impl Fn(u64, &mut [u8]) -> Result<()>) -> Result<()> {
    let first = chunk * (buffer.len() / size) as u64;
    (first..).zip(buffer.chunks_exact_mut(size)).try_for_each(|(number, piece)| fill(number, piece))
}

/// Moves the units that are not zero to the front; returns their length in bytes. In this texture they are the heads.
fn drop_zeros(buffer: &mut [u8]) -> usize {
    let units = buffer.as_chunks_mut::<UNIT>().0;
    let mut kept = 0;
    for at in 0..units.len() {
        if units[at] != [0; UNIT] {
            units[kept] = units[at];
            kept += 1;
        }
    }
    kept * UNIT
}
