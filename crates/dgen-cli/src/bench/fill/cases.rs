//! The cases of `bench fill` for one buffer and thread count.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dgen::driver::Team;
use dgen::kernel::StoreLoop;
use dgen::limit::store_with;
use dgen::units::PAGE;
use dgen::{Kernel, Recipe, Result, Stream};
use dgen_io::Watch;
use serde::Serialize;

use super::median::{Median, median};
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
    /// Median rate of the fill.
    pub(super) bytes_per_s: f64,
    /// Median rate of the fastest loop of stores.
    pub(super) limit_bytes_per_s: f64,
    /// Which loop that is.
    pub(super) limit_loop: StoreLoop,
    /// Median over the rounds of the fill's rate over that loop's.
    pub(super) ratio_to_limit: f64,
    /// An interval that holds the median ratio with a confidence of 95 %.
    pub(super) ratio_interval: [f64; 2],
    /// Median rates of all loops.
    pub(super) loops: Vec<LoopRate>,
    pub(super) recipe: Recipe,
}

/// How fast one loop of stores is.
#[derive(Serialize)]
pub(super) struct LoopRate {
    #[serde(rename = "loop")]
    pub(super) name: StoreLoop,
    pub(super) bytes_per_s: f64,
}

impl Case {
    /// Whether the fill was reliably faster than what it is measured by: then the measure is wrong.
    pub(super) fn exceeds_limit(&self) -> bool {
        self.ratio_interval[0] > 1.0
    }
}

/// One stream under measurement, on its way through the rounds.
struct Candidate<'a> {
    stream: &'a Stream,
    portable: Stream,
    offset: u64,
    /// Rates of the fill, and of each loop of stores, round by round.
    fill: Vec<f64>,
    loops: Vec<(StoreLoop, Vec<f64>)>,
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
        fill: Vec::new(),
        loops: StoreLoop::available(stream.kernel()).iter().map(|&way| (way, Vec::new())).collect(),
    };
    let mut candidates: Vec<Candidate<'_>> = streams.iter().map(candidate).collect();
    for round in 0..=rounds {
        for candidate in &mut candidates {
            candidate.round(round, team, out)?;
            if watch.is_cancelled() {
                return Err(interrupted());
            }
        }
    }
    Ok(candidates.iter().map(|candidate| candidate.case(buffer, team.threads())).collect())
}

impl Candidate<'_> {
    /// One turn of the fill and of each loop, each checked; who begins changes from round to round.
    fn round(&mut self, round: usize, team: &Team, out: &mut [u8]) -> Result<()> {
        let turns = self.loops.len() + 1;
        for turn in 0..turns {
            let which = (round + turn) % turns;
            let rate = match which.checked_sub(1) {
                None => self.fill_turn(team, out)?,
                Some(way) => store_turn(self.loops[way].0, self.stream.kernel(), round, team, out)?,
            };
            // The first round finds cold memory, and sleeping threads.
            if round > 0 {
                let rates = which.checked_sub(1).map_or(&mut self.fill, |way| &mut self.loops[way].1);
                rates.push(rate);
            }
        }
        Ok(())
    }

    fn fill_turn(&mut self, team: &Team, out: &mut [u8]) -> Result<f64> {
        let mut last = self.offset;
        let rate = turn(out, |out| {
            last = self.offset;
            self.offset = (last + out.len() as u64) % SPAN;
            self.stream.fill_with(last, out, team)
        })?;
        if !is_stream(&self.portable, last, out)? {
            return Err(untrusted("the fill differs from that of the portable kernel"));
        }
        Ok(rate)
    }

    fn case(&self, buffer: usize, threads: usize) -> Case {
        let loops = self.loops.iter().map(|(name, rates)| LoopRate { name: *name, bytes_per_s: median(rates) });
        let fastest = |x: &&(StoreLoop, Vec<f64>), y: &&(StoreLoop, Vec<f64>)| median(&x.1).total_cmp(&median(&y.1));
        let (limit_loop, limit) = self.loops.iter().max_by(fastest).expect("every kernel has a loop");
        let pairs: Vec<f64> = self.fill.iter().zip(limit).map(|(fill, limit)| fill / limit).collect();
        let ratio = Median::of(&pairs);
        Case {
            buffer: buffer as u64,
            threads,
            kernel: self.stream.kernel().name(),
            bytes_per_s: median(&self.fill),
            limit_bytes_per_s: median(limit),
            limit_loop: *limit_loop,
            ratio_to_limit: ratio.value,
            ratio_interval: ratio.interval,
            loops: loops.collect(),
            recipe: *self.stream.recipe(),
        }
    }
}

/// One turn of a loop of stores, checked; its rate.
fn store_turn(way: StoreLoop, kernel: Kernel, round: usize, team: &Team, out: &mut [u8]) -> Result<f64> {
    let value = round.to_le_bytes()[0].wrapping_mul(31) ^ way as u8;
    let rate = turn(out, |out| {
        store_with(way, kernel, value, out, team);
        Ok(())
    })?;
    if holds(out, value) { Ok(rate) } else { Err(untrusted("the store loop did not store")) }
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
