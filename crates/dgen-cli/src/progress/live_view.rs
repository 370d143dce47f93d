//! What the terminal shows of workers at work: three short lines.

use std::collections::VecDeque;
use std::time::Duration;

use dgen_io::Snapshot;

use crate::report::words::{duration, human_rate, human_size, time};

/// What "now" means: the time that the rate, the latency and the shares are taken over.
const NOW: Duration = Duration::from_secs(1);

/// The recent past of a run.
#[derive(Default)]
pub(super) struct LiveView {
    /// Snapshots of the last second, and the one before.
    past: VecDeque<Snapshot>,
}

impl LiveView {
    /// Takes in the state, and says how things stand; `total` is where they end.
    pub(super) fn lines(&mut self, verb: &str, total: Option<u64>, state: Snapshot) -> Vec<String> {
        if self.past.back().is_some_and(|last| state.elapsed < last.elapsed) {
            // Another run has begun.
            self.past.clear();
        }
        while self.past.get(1).is_some_and(|past| past.elapsed + NOW <= state.elapsed) {
            self.past.pop_front();
        }
        let recent = self.past.front().map_or_else(|| state.clone(), |past| state.since(past));
        let mean = rate(&state);
        let lines = vec![
            done(verb, total, &state, mean),
            format!("now {}, mean {}", human_rate(rate(&recent)), human_rate(mean)),
            format!("latency p50 {}, p99 {}; {}", latency(&recent, 500), latency(&recent, 990), bound(&recent)),
        ];
        self.past.push_back(state);
        lines
    }
}

fn rate(done: &Snapshot) -> f64 {
    if done.elapsed.is_zero() { 0.0 } else { done.bytes as f64 / done.elapsed.as_secs_f64() }
}

/// How far it has come, and how long the rest takes at the mean rate.
fn done(verb: &str, total: Option<u64>, state: &Snapshot, mean: f64) -> String {
    let so_far = human_size(state.bytes);
    if state.ended {
        return format!("{verb} {so_far}, now making it durable");
    }
    let Some(total) = total else { return format!("{verb} {so_far}") };
    let percent = 100.0 * state.bytes as f64 / total.max(1) as f64;
    let left = if mean > 0.0 { duration(total.saturating_sub(state.bytes) as f64 / mean) } else { "unknown".into() };
    format!("{verb} {so_far} of {} ({percent:.0} %), {left} left", human_size(total))
}

fn latency(recent: &Snapshot, per_mille: u64) -> String {
    if recent.operations == 0 { "-".into() } else { time(recent.latency_ns(per_mille)) }
}

/// Shares of the workers' time.
fn bound(recent: &Snapshot) -> String {
    let all = recent.elapsed.as_secs_f64() * recent.workers as f64;
    let share = |part: Duration| if all > 0.0 { (100.0 * part.as_secs_f64() / all).min(100.0) } else { 0.0 };
    format!("storage-bound {:.0} %, generation-bound {:.0} %", share(recent.storing), share(recent.generating))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(ms: u64, mib: u64, storing: u64, generating: u64) -> Snapshot {
        let mut state = Snapshot::default();
        state.elapsed = Duration::from_millis(ms);
        (state.bytes, state.operations, state.workers) = (mib << 20, mib, 2);
        (state.storing, state.generating) = (Duration::from_millis(storing), Duration::from_millis(generating));
        state
    }

    #[test]
    fn lines_show_now_and_mean_what_is_left_and_what_limits() {
        let mut view = LiveView::default();
        let first = view.lines("wrote", Some(1 << 30), state(0, 0, 0, 0));
        assert_eq!(first[0], "wrote 0 B of 1.00 GiB (0 %), unknown left");
        assert_eq!(first[2], "latency p50 -, p99 -; storage-bound 0 %, generation-bound 0 %");
        for second in 1..4 {
            view.lines("wrote", Some(1 << 30), state(1000 * second, 100 * second, 0, 0));
        }
        let lines = view.lines("wrote", Some(1 << 30), state(4000, 512, 1500, 20));
        assert_eq!(lines[0], "wrote 512.00 MiB of 1.00 GiB (50 %), 4 s left");
        assert_eq!(lines[1], "now 212.00 MiB/s, mean 128.00 MiB/s");
        assert!(lines[2].ends_with("; storage-bound 75 %, generation-bound 1 %"), "{}", lines[2]);
        assert!(lines.iter().all(|line| line.len() < 80), "{lines:?}");
    }

    #[test]
    fn a_new_run_begins_anew_and_an_ended_one_says_what_it_waits_for() {
        let mut view = LiveView::default();
        view.lines("wrote", None, state(1000, 100, 0, 0));
        view.lines("wrote", None, state(2000, 200, 0, 0));
        let lines = view.lines("wrote", None, state(500, 1, 0, 0));
        assert_eq!(lines[..2], ["wrote 1.00 MiB", "now 2.00 MiB/s, mean 2.00 MiB/s"]);
        let mut ended = state(4000, 300, 0, 0);
        ended.ended = true;
        assert!(view.lines("wrote", None, ended)[0].ends_with("making it durable"));
    }
}
