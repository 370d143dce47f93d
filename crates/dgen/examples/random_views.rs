//! Writes one view of the incompressible stream to standard output, without end, for statistical batteries.
//!
//! `random_views stream|heads|seeds|reversed [SEED]`: the stream itself; the first line of each page; one page of each
//! of consecutive seeds; the stream with the bits of each 64-bit word reversed.

use std::io::Write;

use dgen::{Recipe, Stream};

const BUFFER: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let view = arguments.next().unwrap_or_default();
    let seed = arguments.next().map_or(Ok(1), |seed| dgen::recipe::parse_seed("SEED", &seed))?;
    let stream = Stream::new(&Recipe::with_seed(seed))?;
    let mut out = std::io::stdout().lock();
    let mut buffer = vec![0; BUFFER];
    for chunk in 0_u64.. {
        match view.as_str() {
            "stream" => stream.fill_at(chunk * BUFFER as u64, &mut buffer)?,
            "heads" => {
                let first = chunk * (BUFFER / 64) as u64;
                for (page, line) in (first..).zip(buffer.chunks_mut(64)) {
                    stream.fill_at(page * 4096, line)?;
                }
            }
            "seeds" => {
                let first = seed.wrapping_add(chunk * (BUFFER / 4096) as u64);
                for (next, page) in (0..).zip(buffer.chunks_mut(4096)) {
                    Stream::new(&Recipe::with_seed(first.wrapping_add(next)))?.fill_at(0, page)?;
                }
            }
            "reversed" => {
                stream.fill_at(chunk * BUFFER as u64, &mut buffer)?;
                for word in buffer.as_chunks_mut::<8>().0 {
                    *word = u64::from_le_bytes(*word).reverse_bits().to_le_bytes();
                }
            }
            _ => return Err("usage: random_views stream|heads|seeds|reversed [SEED]".into()),
        }
        if out.write_all(&buffer).is_err() {
            break; // the battery has read enough
        }
    }
    Ok(())
}
