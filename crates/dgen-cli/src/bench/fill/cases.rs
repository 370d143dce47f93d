//! The cases of `bench fill` for one buffer and thread count.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dgen::driver::Team;
use dgen::kernel::store_limit_with;
use dgen::units::PAGE;
use dgen::{Kernel, Recipe, Result, Stream};
use dgen_io::Watch;
use serde::Serialize;

use crate::bench::check::{holds, interrupted, is_stream, untrusted};

/// How long one turn of the stores or the fill lasts at least.
const TURN: Duration = Duration::from_millis(8);
/// Fills go on through this much of the stream, then begin again, so that duplicates come as the recipe asks.
const SPAN: u64 = 1 << 40;

/// One case: a buffer filled by so many threads.
#[derive(Serialize)]
pub(super) struct Case {
    /// Buffer in bytes.
    pub(super) buffer: u64,
    pub(super) threads: usize,
    pub(super) kernel: &'static str,
    /// Best rate of the fill.
    pub(super) bytes_per_s: f64,
    /// Best rate of plain vector stores.
    pub(super) limit_bytes_per_s: f64,
    pub(super) ratio_to_limit: f64,
    pub(super) recipe: Recipe,
}

/// One stream under measurement, on its way through the rounds.
struct Candidate<'a> {
    stream: &'a Stream,
    portable: Stream,
    offset: u64,
    fill: f64,
    limit: f64,
}

/// Measures streams in turn, round after round, so that what disturbs the machine for a while disturbs all alike.
pub(super) fn cases(
    streams: &[Stream],
    buffer: usize,
    team: &Team,
    rounds: usize,
    watch: Watch<'_>,
) -> Result<Vec<Case>> {
    let mut memory = vec![0; buffer + PAGE];
    // Stores and fills are measured on a buffer that starts on a page boundary.
    let start = memory.as_ptr().addr().wrapping_neg() % PAGE;
    let out = &mut memory[start..][..buffer];
    let portable = Kernel::by_name("portable")?;
    let candidate = |stream| Candidate {
        stream,
        portable: Stream::with_kernel(stream.recipe(), portable),
        offset: 0,
        fill: 0.0,
        limit: 0.0,
    };
    let mut candidates: Vec<Candidate<'_>> = streams.iter().map(candidate).collect();
    for round in 0..=rounds {
        for candidate in &mut candidates {
            let value = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(round as u64 + 1) ^ candidate.offset;
            let (limit, fill) = candidate.round(value, team, out)?;
            // The first round finds cold memory, and sleeping threads.
            if round > 0 {
                candidate.limit = candidate.limit.max(limit);
                candidate.fill = candidate.fill.max(fill);
            }
            if watch.is_cancelled() {
                return Err(interrupted());
            }
        }
    }
    Ok(candidates.iter().map(|candidate| candidate.case(buffer, team.threads())).collect())
}

impl Candidate<'_> {
    /// One turn of the stores and one of the fill, each checked; their rates.
    fn round(&mut self, value: u64, team: &Team, out: &mut [u8]) -> Result<(f64, f64)> {
        let stream = self.stream;
        let limit = turn(out, |out| {
            store_limit_with(stream.kernel(), value, out, team);
            Ok(())
        })?;
        if !holds(out, value) {
            return Err(untrusted("the store loop did not store"));
        }
        let mut last = self.offset;
        let fill = turn(out, |out| {
            last = self.offset;
            self.offset = (last + out.len() as u64) % SPAN;
            stream.fill_with(last, out, team)
        })?;
        if !is_stream(&self.portable, last, out)? {
            return Err(untrusted("the fill differs from that of the portable kernel"));
        }
        Ok((limit, fill))
    }

    fn case(&self, buffer: usize, threads: usize) -> Case {
        Case {
            buffer: buffer as u64,
            threads,
            kernel: self.stream.kernel().name(),
            bytes_per_s: self.fill,
            limit_bytes_per_s: self.limit,
            ratio_to_limit: self.fill / self.limit,
            recipe: *self.stream.recipe(),
        }
    }
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
