//! One case of `bench fill`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dgen::kernel::{par_store_limit, store_limit};
use dgen::units::PAGE;
use dgen::{Kernel, Recipe, Result, Stream};
use dgen_io::Watch;
use serde::Serialize;

use super::fill::{interrupted, untrusted};

/// How long one turn of the stores or the fill lasts at least.
const TURN: Duration = Duration::from_millis(8);
/// Fills go on through this much of the stream, then begin again, so that duplicates come as the recipe asks.
const SPAN: u64 = 1 << 40;
/// Pages compared with the portable kernel after each turn, the first and last of the buffer included.
const PAGES: usize = 17;

/// One case: a buffer filled by so many threads.
#[derive(Serialize)]
pub(crate) struct Case {
    /// Buffer in bytes.
    pub(crate) buffer: u64,
    pub(crate) threads: usize,
    pub(crate) kernel: &'static str,
    /// Best rate of the fill.
    pub(crate) bytes_per_s: f64,
    /// Best rate of plain vector stores.
    pub(crate) limit_bytes_per_s: f64,
    pub(crate) ratio_to_limit: f64,
    pub(crate) recipe: Recipe,
}

/// Measures one case.
pub(crate) fn case(stream: &Stream, buffer: usize, threads: usize, rounds: usize, watch: Watch<'_>) -> Result<Case> {
    let mut memory = vec![0; buffer + PAGE];
    // Both are measured on a buffer that starts on a page boundary.
    let start = memory.as_ptr().addr().wrapping_neg() % PAGE;
    let out = &mut memory[start..][..buffer];
    let portable = Stream::with_kernel(stream.recipe(), Kernel::by_name("portable")?);
    let (mut limit, mut fill) = (0.0_f64, 0.0_f64);
    let (mut value, mut offset) = (1_u64, 0_u64);
    for round in 0..=rounds {
        let stores = turn(out, |out| {
            value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            if threads == 1 {
                store_limit(stream.kernel(), value, out);
            } else {
                par_store_limit(stream.kernel(), value, out, threads);
            }
            Ok(())
        })?;
        if !holds(out, value) {
            return Err(untrusted("the store loop did not store"));
        }
        let mut last = offset;
        let fills = turn(out, |out| {
            last = offset;
            offset = (offset + out.len() as u64) % SPAN;
            if threads == 1 { stream.fill_at(last, out) } else { stream.par_fill_at(last, out, Some(threads)) }
        })?;
        if !is_stream(&portable, last, out)? {
            return Err(untrusted("the fill differs from that of the portable kernel"));
        }
        if watch.is_cancelled() {
            return Err(interrupted());
        }
        // The first round finds cold memory, and sleeping threads.
        if round > 0 {
            limit = limit.max(stores);
            fill = fill.max(fills);
        }
    }
    Ok(Case {
        buffer: buffer as u64,
        threads,
        kernel: stream.kernel().name(),
        bytes_per_s: fill,
        limit_bytes_per_s: limit,
        ratio_to_limit: fill / limit,
        recipe: *stream.recipe(),
    })
}

/// Repeats `work` on the buffer for a turn, and returns the rate in bytes per second.
fn turn(out: &mut [u8], mut work: impl FnMut(&mut [u8]) -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    let mut bytes = 0_u64;
    loop {
        work(black_box(&mut *out))?;
        bytes += out.len() as u64;
        let elapsed = begin.elapsed();
        if elapsed >= TURN {
            return Ok(bytes as f64 / elapsed.as_secs_f64());
        }
    }
}

/// Whether every word of the buffer is `value`.
fn holds(out: &[u8], value: u64) -> bool {
    let (words, rest) = out.as_chunks::<8>();
    let bytes = value.to_le_bytes();
    words.iter().all(|word| *word == bytes) && rest.iter().zip(bytes).all(|(byte, expected)| *byte == expected)
}

/// Whether sampled pages of the buffer are those of the stream.
fn is_stream(portable: &Stream, offset: u64, out: &[u8]) -> Result<bool> {
    let last = out.len() - PAGE;
    let mut expected = [0; PAGE];
    for index in 0..PAGES {
        let at = last * index / (PAGES - 1);
        portable.fill_at(offset + at as u64, &mut expected)?;
        if out[at..at + PAGE] != expected {
            return Ok(false);
        }
    }
    Ok(true)
}
