//! Following a command while it runs: a line on the terminal, and the end of what does not stop by itself.

mod json_lines;
mod live_view;

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::termios::tcgetwinsize;

use dgen_io::{Live, Watch};

use crate::display::progress::Progress;
use crate::exit::Exit;
use crate::report::words::{duration, human_rate, human_size};
use crate::signals;
use json_lines::JsonLines;
use live_view::LiveView;

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
    attended(how, None, work)
}

/// The same for workers that show what they do.
pub(crate) fn follow_live<R>(how: &Follow<'_>, live: &Live, work: impl FnOnce(Watch<'_>) -> R) -> R {
    attended(how, Some(live), work)
}

fn attended<R>(how: &Follow<'_>, live: Option<&Live>, work: impl FnOnce(Watch<'_>) -> R) -> R {
    let done = AtomicU64::new(0);
    thread::scope(|scope| {
        let (alive, ended) = channel::<()>();
        let counter = &done;
        let watcher = move || attend(how, live, counter, &ended);
        let started = thread::Builder::new().name("dgen-progress".into()).spawn_scoped(scope, watcher);
        if started.is_err() && how.abandon.is_some() {
            // Nobody looks whether the command still waits for something after a signal.
            signals::end_at_once();
        }
        let result = work(Watch { cancel: Some(signals::interrupted()), done: Some(&done), live });
        drop(alive);
        result
    })
}

fn attend(how: &Follow<'_>, live: Option<&Live>, done: &AtomicU64, ended: &Receiver<()>) {
    let terminal = Progress::is_shown();
    let json = Progress::chosen() == Progress::Json;
    let mut lines = json.then(|| JsonLines::new(how.verb, how.total, live));
    let begin = Instant::now();
    let (mut drawn, mut asked) = (None::<Instant>, None::<Instant>);
    let (mut screen, mut view) = (Screen::default(), LiveView::default());
    while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let bytes = done.load(Ordering::Relaxed);
        if signals::interrupted().load(Ordering::Relaxed) {
            let since = asked.get_or_insert_with(Instant::now);
            if let Some(abandon) = how.abandon.filter(|_| since.elapsed() >= PATIENCE) {
                if let Some(lines) = &mut lines {
                    lines.write("interrupted", bytes);
                }
                abandon(bytes);
                std::process::exit(Exit::of_signal().code());
            }
        }
        if let Some(lines) = &mut lines {
            lines.tick(bytes);
        }
        if terminal && drawn.is_none_or(|at| at.elapsed() >= REDRAW) {
            drawn = Some(Instant::now());
            let state = live.and_then(Live::snapshot);
            screen.draw(&match state {
                Some(state) => view.lines(how.verb, how.total, state),
                None => vec![line(how, bytes, begin.elapsed())],
            });
        }
    }
    if drawn.is_some() {
        screen.draw(&[]);
    }
    if let Some(lines) = &mut lines {
        lines.write("done", done.load(Ordering::Relaxed));
    }
}

/// The lines on the terminal that are drawn over.
#[derive(Default)]
struct Screen {
    lines: usize,
}

impl Screen {
    /// Replaces the lines drawn before; each is cut at the terminal's width, so that it stays one.
    fn draw(&mut self, lines: &[String]) {
        let width = tcgetwinsize(io::stderr()).map_or(80, |size| usize::from(size.ws_col)).max(2) - 1;
        let up = if self.lines > 1 { format!("\x1b[{}A", self.lines - 1) } else { String::new() };
        let lines: Vec<String> = lines.iter().map(|line| line.chars().take(width).collect()).collect();
        // One write, so that what is erased and what replaces it appear together.
        _ = io::stderr().lock().write_all(format!("\r{up}\x1b[J{}", lines.join("\n")).as_bytes());
        self.lines = lines.len();
    }
}

fn line(how: &Follow<'_>, bytes: u64, elapsed: Duration) -> String {
    let rate = bytes as f64 / elapsed.as_secs_f64().max(1e-9);
    let (verb, so_far, speed) = (how.verb, human_size(bytes), human_rate(rate));
    let Some(total) = how.total else { return format!("{verb} {so_far}, {speed}") };
    let percent = 100.0 * bytes as f64 / total.max(1) as f64;
    let left = if rate > 0.0 { duration(total.saturating_sub(bytes) as f64 / rate) } else { "unknown".into() };
    format!("{verb} {so_far} of {} ({percent:.0} %), {speed}, {left} left", human_size(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_show_rate_and_time_left() {
        let how = Follow { verb: "wrote", total: Some(4 << 30), abandon: None };
        let text = line(&how, 1 << 30, Duration::from_secs(30));
        assert_eq!(text, "wrote 1.00 GiB of 4.00 GiB (25 %), 34.13 MiB/s, 1 min 30 s left");
    }
}
