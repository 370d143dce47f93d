//! Following a command while it runs: a line on the terminal, and the end of what does not stop by itself.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use dgen::units::{human_rate, human_size};
use dgen_io::Watch;

use crate::exit::Exit;
use crate::signals;

const TICK: Duration = Duration::from_millis(25);
/// Time between two lines.
const REDRAW: Duration = Duration::from_millis(250);
/// How long an interrupted command that leaves nothing behind may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(125);

/// What to show and when to give up.
pub(crate) struct Follow<'a> {
    /// What is being done.
    pub(crate) verb: &'static str,
    /// Bytes in all, where known.
    pub(crate) total: Option<u64>,
    /// Called with the bytes done before the process ends, when an interrupted command does not return; `None` for
    /// commands that must be let finish what they hold.
    pub(crate) abandon: Option<&'a (dyn Fn(u64) + Sync)>,
}

/// Runs `work` with a watch whose flag is set by signals.
pub(crate) fn follow<R>(how: &Follow<'_>, work: impl FnOnce(Watch<'_>) -> R) -> R {
    let done = AtomicU64::new(0);
    thread::scope(|scope| {
        let (alive, ended) = channel::<()>();
        let counter = &done;
        scope.spawn(move || attend(how, counter, &ended));
        let result = work(Watch { cancel: Some(signals::interrupted()), done: Some(&done) });
        drop(alive);
        result
    })
}

fn attend(how: &Follow<'_>, done: &AtomicU64, ended: &Receiver<()>) {
    let terminal = io::stderr().is_terminal();
    let begin = Instant::now();
    let (mut drawn, mut asked) = (None::<Instant>, None::<Instant>);
    while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let bytes = done.load(Ordering::Relaxed);
        if signals::interrupted().load(Ordering::Relaxed) {
            let since = asked.get_or_insert_with(Instant::now);
            if let Some(abandon) = how.abandon.filter(|_| since.elapsed() >= PATIENCE) {
                abandon(bytes);
                std::process::exit(Exit::Interrupted.code());
            }
        }
        if terminal && drawn.is_none_or(|at| at.elapsed() >= REDRAW) {
            drawn = Some(Instant::now());
            draw(&line(how, bytes, begin.elapsed()));
        }
    }
    if drawn.is_some() {
        draw("");
    }
}

/// Replaces the line on the terminal.
fn draw(line: &str) {
    _ = write!(io::stderr().lock(), "\r\x1b[2K{line}");
}

fn line(how: &Follow<'_>, bytes: u64, elapsed: Duration) -> String {
    let rate = bytes as f64 / elapsed.as_secs_f64().max(1e-9);
    let (verb, so_far, speed) = (how.verb, human_size(bytes), human_rate(rate));
    let Some(total) = how.total else { return format!("{verb} {so_far}, {speed}") };
    let percent = 100.0 * bytes as f64 / total.max(1) as f64;
    let left = if rate > 0.0 { duration(total.saturating_sub(bytes) as f64 / rate) } else { "unknown".into() };
    format!("{verb} {so_far} of {} ({percent:.0} %), {speed}, {left} left", human_size(total))
}

/// Seconds for people: `42 s`, `3 min 05 s`, `7 h 12 min`.
fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_secs();
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_show_rate_and_time_left() {
        let how = Follow { verb: "wrote", total: Some(4 << 30), abandon: None };
        let text = line(&how, 1 << 30, Duration::from_secs(30));
        assert_eq!(text, "wrote 1.00 GiB of 4.00 GiB (25 %), 34.13 MiB/s (35.79 MB/s), 1 min 30 s left");
        assert_eq!(duration(26_000.0), "7 h 13 min");
    }
}
