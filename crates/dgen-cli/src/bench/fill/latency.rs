//! How long `fill_at` takes for short ranges at random offsets.

use std::hint::black_box;
use std::time::Instant;

use dgen::{Recipe, Result, Stream};
use dgen_io::Watch;
use serde::Serialize;

use crate::bench::check::interrupted;

/// Bytes of the ranges.
const LENGTHS: [usize; 2] = [64, 4096];
/// Calls timed together.
const CALLS: u32 = 4096;
const ROUNDS: u32 = 32;

/// `fill_at` of one length.
#[derive(Serialize)]
pub(super) struct LatencyCase {
    pub(super) bytes: u64,
    /// Mean over all calls.
    pub(super) mean_ns: f64,
    /// Mean of the best round of calls.
    pub(super) best_mean_ns: f64,
    pub(super) kernel: &'static str,
    pub(super) recipe: Recipe,
}

/// Measures every length.
pub(super) fn cases(stream: &Stream, watch: Watch<'_>) -> Result<Vec<LatencyCase>> {
    LENGTHS.iter().map(|&len| case(stream, len, watch)).collect()
}

fn case(stream: &Stream, len: usize, watch: Watch<'_>) -> Result<LatencyCase> {
    let mut out = vec![0; len];
    let mut state = stream.recipe().seed() | 1;
    let (mut total, mut best) = (0.0, f64::INFINITY);
    for round in 0..=ROUNDS {
        let begin = Instant::now();
        for _ in 0..CALLS {
            // A short generator of offsets: any line below 2^60.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            stream.fill_at((state >> 4) & !63, black_box(&mut out))?;
        }
        let mean = begin.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS);
        // The first round finds cold caches.
        if round > 0 {
            total += mean;
            best = mean.min(best);
        }
        if watch.is_cancelled() {
            return Err(interrupted());
        }
    }
    Ok(LatencyCase {
        bytes: len as u64,
        mean_ns: total / f64::from(ROUNDS),
        best_mean_ns: best,
        kernel: stream.kernel().name(),
        recipe: *stream.recipe(),
    })
}
