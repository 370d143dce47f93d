//! `dgen stream`: to standard output, generating ahead of the writing.

use std::fs::File;
use std::io::{self, ErrorKind as IoKind, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use dgen::driver::Team;
use dgen::placement::PlacementReport;
use dgen::{Error, ErrorKind, Recipe, Result, Stream};
use dgen_io::{RanksReport, StreamRange, Watch};
use rustix::pipe::fcntl_setpipe_size;
use serde::Serialize;

use crate::args::StreamCommandArgs;
use crate::display::lines::{Text, row};
use crate::exit::{self, Exit};
use crate::guard::Guard;
use crate::output::{Output, STDOUT, complain, tell};
use crate::progress::{Follow, follow};
use crate::report::facts;
use crate::report::words::{human_rate, human_size};
use crate::stdout;

/// Bytes generated and written at a time: they stay in the second-level cache in between.
const BUFFER: usize = 512 << 10;
/// Buffers: one being written, one ready, one being filled.
const BUFFERS: usize = 3;
/// A pipe of this size saves system calls and wake-ups.
const PIPE: usize = 1 << 20;

/// What was written to standard output.
#[derive(Serialize)]
struct StreamReport {
    /// Where the reader went, without what it left in the pipe.
    bytes_written: u64,
    elapsed_ns: u64,
    bytes_per_s: f64,
    recipe: Recipe,
    stream_version: u32,
    seed: u64,
    offset: u64,
    size: u64,
    ranks: Option<RanksReport>,
    threads: usize,
    placement: PlacementReport,
    closed: bool,
    interrupted: bool,
    error: Option<String>,
}

pub(crate) fn run(args: &StreamCommandArgs) -> Result<Exit> {
    if args.run.json.json.as_deref().is_some_and(|path| path.as_os_str() == STDOUT) {
        let message = "--json needs a file here (--json=FILE), since standard output carries the data";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    stdout::check()?;
    let all = StreamRange::new(args.stream.offset.unwrap_or(0), args.size)?;
    let share = args.ranks.share()?;
    let share = share.as_ref();
    args.stream.check_shared(share)?;
    let team = args.place.team(args.run.threads)?;
    let stream = args.stream.stream()?;
    let recipe = *stream.recipe();
    let range = share.map_or(Ok(all), |share| share.part(all, recipe.block_size()))?;
    let output = Output::open(args.run.json.of(share)?.json.as_deref(), &mut Guard::of_output(args.replace.force))?;
    tell("recipe", recipe);
    if stream.version_number() != 0 {
        tell("version", stream.version_number());
    }
    let abandon = |bytes: u64| complain(&format!("error: interrupted after {bytes} of {} bytes", range.size));
    let how = Follow { verb: "generated", total: Some(range.size), abandon: Some(&abandon) };
    let begin = Instant::now();
    let (mut bytes, end) = follow(&how, |watch| pump(&stream, range, &team, watch));
    let elapsed = begin.elapsed();
    let closed = matches!(end, Ok(End::Closed));
    if closed {
        bytes = bytes.saturating_sub(stdout::left_in_pipe());
    }
    let error = match end {
        Ok(End::All | End::Closed) => None,
        Ok(End::Cancelled) => {
            let message = format!("interrupted after {} of {}", human_size(bytes), human_size(range.size));
            Some(Error::new(ErrorKind::Interrupted, message))
        }
        Err(ref e) => {
            let copy = e.raw_os_error().map_or_else(|| e.kind().into(), io::Error::from_raw_os_error);
            Some(Error::io("write to", "standard output", Some(bytes), copy))
        }
    };
    let report = StreamReport {
        bytes_written: bytes,
        elapsed_ns: u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX),
        bytes_per_s: bytes as f64 / elapsed.as_secs_f64().max(1e-9),
        recipe,
        stream_version: stream.version_number(),
        seed: recipe.seed(),
        offset: range.offset,
        size: range.size,
        ranks: share.map(|share| share.report(true, Some(all.offset), Some(all.size))),
        threads: team.threads(),
        placement: team.report(),
        closed,
        interrupted: matches!(end, Ok(End::Cancelled)),
        error: error.as_ref().map(exit::told),
    };
    output.report_aside(&report, &text(&report, elapsed))?;
    if closed {
        complain(&format!("the reader went after it took {bytes} of {} bytes", range.size));
        return Ok(Exit::ReaderGone);
    }
    Ok(super::end(error.as_ref()))
}

fn text(report: &StreamReport, elapsed: Duration) -> Text {
    let mut text = Text::default();
    let seconds = elapsed.as_secs_f64();
    let closed = if report.closed { "; the reader closed the pipe" } else { "" };
    row(&mut text, "generated", format_args!("{} in {seconds:.3} s{closed}", human_size(report.bytes_written)));
    row(&mut text, "throughput", human_rate(report.bytes_per_s));
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", facts::ranks(ranks));
    }
    if report.placement.placed {
        row(&mut text, "placement", report.placement.summary());
    }
    text
}

enum End {
    All,
    Closed,
    Cancelled,
}

/// Writes the range to standard output, and returns the bytes written and how it ended.
fn pump(stream: &Stream, range: StreamRange, team: &Team, watch: Watch<'_>) -> (u64, io::Result<End>) {
    let output = io::stdout();
    _ = fcntl_setpipe_size(output.as_fd(), PIPE);
    // The handle of the standard library would copy through its own buffer.
    let mut sink = match output.as_fd().try_clone_to_owned() {
        Ok(descriptor) => File::from(descriptor),
        Err(e) => return (0, Err(e)),
    };
    let (filled, ready) = sync_channel(BUFFERS);
    let (used, free) = sync_channel(BUFFERS);
    for _ in 0..BUFFERS {
        used.send(vec![0; BUFFER]).expect("the channel has room for all buffers");
    }
    thread::scope(|scope| {
        // Both ends belong to this closure, so that an early return lets the generating thread end too.
        let (used, ready) = (used, ready);
        let ahead = move || generate(stream, range, team, &free, &filled);
        if thread::Builder::new().name("dgen-generate".into()).spawn_scoped(scope, ahead).is_err() {
            return pump_alone(stream, range, team, &mut sink, watch);
        }
        let mut written = 0;
        for (buffer, len) in ready {
            if watch.is_cancelled() {
                return (written, Ok(End::Cancelled));
            }
            let (more, end) = write_all(&mut sink, &buffer[..len], watch);
            written += more;
            match end {
                Ok(()) => _ = used.send(buffer),
                Err(e) if e.kind() == IoKind::BrokenPipe => return (written, Ok(End::Closed)),
                Err(e) => return (written, Err(e)),
            }
        }
        (written, Ok(End::All))
    })
}

/// The same by turns with generating, where the system refuses a thread for that.
fn pump_alone(
    stream: &Stream,
    range: StreamRange,
    team: &Team,
    sink: &mut File,
    watch: Watch<'_>,
) -> (u64, io::Result<End>) {
    let (mut buffer, mut written) = (vec![0; BUFFER], 0);
    while written < range.size {
        if watch.is_cancelled() {
            return (written, Ok(End::Cancelled));
        }
        let len = fill_next(stream, range, written, team, &mut buffer);
        let (more, end) = write_all(sink, &buffer[..len], watch);
        written += more;
        match end {
            Ok(()) => {}
            Err(e) if e.kind() == IoKind::BrokenPipe => return (written, Ok(End::Closed)),
            Err(e) => return (written, Err(e)),
        }
    }
    (written, Ok(End::All))
}

/// Fills a buffer with what follows the first `done` bytes, and returns how many bytes it holds.
fn fill_next(stream: &Stream, range: StreamRange, done: u64, team: &Team, buffer: &mut [u8]) -> usize {
    let len = usize::try_from(range.size - done).map_or(BUFFER, |left| left.min(BUFFER));
    let whole = stream.fill_with(range.offset + done, &mut buffer[..len], team);
    whole.expect("the range was checked at the start");
    len
}

/// Fills free buffers in order until the range ends or nobody takes them.
fn generate(
    stream: &Stream,
    range: StreamRange,
    team: &Team,
    free: &Receiver<Vec<u8>>,
    filled: &SyncSender<(Vec<u8>, usize)>,
) {
    let mut done = 0;
    while done < range.size {
        let Ok(mut buffer) = free.recv() else { return };
        let len = fill_next(stream, range, done, team, &mut buffer);
        if filled.send((buffer, len)).is_err() {
            return;
        }
        done += len as u64;
    }
}

/// Writes all of `data`, and returns how far it came.
fn write_all(sink: &mut File, data: &[u8], watch: Watch<'_>) -> (u64, io::Result<()>) {
    let mut done = 0;
    while done < data.len() {
        match sink.write(&data[done..]) {
            Ok(0) => return (done as u64, Err(IoKind::WriteZero.into())),
            Ok(written) => {
                done += written;
                if let Some(counter) = watch.done {
                    counter.fetch_add(written as u64, std::sync::atomic::Ordering::Relaxed);
                }
            }
            Err(e) if e.kind() == IoKind::Interrupted => {}
            Err(e) => return (done as u64, Err(e)),
        }
    }
    (done as u64, Ok(()))
}
