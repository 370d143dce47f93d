//! How a command goes on as objects of JSON, one in a line.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use dgen_io::{Live, Snapshot};
use serde::Serialize;

/// Time between two lines.
const INTERVAL: Duration = Duration::from_secs(1);

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    /// `running`, then `done`, or `interrupted` where the process ends before its work does.
    state: &'a str,
    /// What is being done, as a past participle: `wrote`, `read`, `verified`.
    verb: &'a str,
    /// Since the work began.
    elapsed_ns: u64,
    bytes: u64,
    total_bytes: Option<u64>,
    /// Since the line before.
    bytes_per_s: f64,
    /// Since the work began.
    bytes_per_s_mean: f64,
    #[serde(flatten)]
    crew: Option<Crew>,
}

/// What workers did since the line before.
#[derive(Serialize)]
struct Crew {
    workers: usize,
    /// I/Os done since the work began.
    operations: u64,
    iops: f64,
    latency_p50_ns: Option<u64>,
    latency_p99_ns: Option<u64>,
    /// Shares of the workers' time, 0 to 1.
    generation_bound: f64,
    storage_bound: f64,
}

/// The lines of one piece of work.
pub(super) struct JsonLines<'a> {
    verb: &'static str,
    total: Option<u64>,
    live: Option<&'a Live>,
    begin: Instant,
    /// When the last line was written, and the bytes then.
    last: (Duration, u64),
    past: Option<Snapshot>,
}

impl<'a> JsonLines<'a> {
    pub(super) fn new(verb: &'static str, total: Option<u64>, live: Option<&'a Live>) -> Self {
        Self { verb, total, live, begin: Instant::now(), last: (Duration::ZERO, 0), past: None }
    }

    /// Writes the next line where it is time for it.
    pub(super) fn tick(&mut self, bytes: u64) {
        if self.begin.elapsed() >= self.last.0 + INTERVAL {
            self.write("running", bytes);
        }
    }

    /// Writes a line now; nobody can be told when that fails.
    pub(super) fn write(&mut self, state: &str, bytes: u64) {
        let now = self.begin.elapsed();
        let (before, had) = self.last;
        let line = Line {
            state,
            verb: self.verb,
            elapsed_ns: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
            bytes,
            total_bytes: self.total,
            bytes_per_s: rate(bytes.saturating_sub(had), now.saturating_sub(before)),
            bytes_per_s_mean: rate(bytes, now),
            crew: self.live.and_then(Live::snapshot).map(|state| self.crew(state)),
        };
        self.last = (now, bytes);
        let mut text = serde_json::to_string(&line).expect("numbers and text are JSON");
        text.push('\n');
        // One write, so that no other line comes between.
        _ = io::stderr().lock().write_all(text.as_bytes());
    }

    fn crew(&mut self, state: Snapshot) -> Crew {
        // Another run may have begun since.
        let past = self.past.take().filter(|past| past.elapsed <= state.elapsed && past.bytes <= state.bytes);
        let recent = past.map_or_else(|| state.clone(), |past| state.since(&past));
        let all = recent.elapsed.as_secs_f64() * recent.workers as f64;
        let share = |part: Duration| if all > 0.0 { (part.as_secs_f64() / all).min(1.0) } else { 0.0 };
        let latency = |per_mille| (recent.operations > 0).then(|| recent.latency_ns(per_mille));
        let crew = Crew {
            workers: state.workers,
            operations: state.operations,
            iops: rate(recent.operations, recent.elapsed),
            latency_p50_ns: latency(500),
            latency_p99_ns: latency(990),
            generation_bound: share(recent.generating),
            storage_bound: share(recent.storing),
        };
        self.past = Some(state);
        crew
    }
}

/// So many in that time, per second, rounded.
fn rate(count: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { (count as f64 / time.as_secs_f64()).round() }
}
