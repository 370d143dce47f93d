//! One process of a benchmark: bound to processors, it does what it is told over its standard input.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::exit;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use clap::Args;
use dgen::driver::Team;
use dgen::kernel::StoreLoop;
use dgen::limit::store_with;
use dgen::topology::IdSet;
use dgen::{Error, ErrorKind, Kernel, Result, Stream};
use rustix::time::{ClockId, clock_gettime};

use super::message::{Answer, Job, Order, Span, Work, line};
use super::place;
use crate::bench::check::{holds, is_stream, untrusted};
use crate::exit::{self, Exit};

/// Time between two signs of life.
const BEAT: Duration = Duration::from_millis(100);

/// What the parent decides; not for people.
#[derive(Args, Debug)]
pub(crate) struct MemberArgs {
    #[arg(long)]
    node: Option<u32>,
    #[arg(long)]
    cpus: IdSet,
    #[arg(long)]
    threads: usize,
    #[arg(long)]
    buffer: usize,
}

pub(crate) fn run(args: &MemberArgs) -> Exit {
    match serve(args) {
        Ok(()) => Exit::Done,
        Err(error) => {
            // The parent reports it; where that has gone, nobody wants to know.
            _ = say(&Answer::Failed(exit::told(&error)));
            Exit::of(&error)
        }
    }
}

/// Carries out orders until the parent closes the pipe.
fn serve(args: &MemberArgs) -> Result<()> {
    // Before any thread starts, so that all are bound.
    let refused = place::bind(&args.cpus);
    let orders = orders()?;
    let (team, buffer, mut placed) = place::settle(args.node, args.threads, args.buffer)?;
    placed.warnings.extend(refused);
    say(&Answer::Placed(placed))?;
    while let Ok(order) = orders.recv() {
        let Order::Prepare(job) = order else { return Err(confused()) };
        let work = Task::new(&job)?;
        // Wakes the threads, and finds what cannot be done before anybody waits for it.
        work.piece(&team, job.offset, buffer)?;
        say(&Answer::Ready)?;
        match orders.recv() {
            Ok(Order::Go) => say(&Answer::Done(work.run(&team, &job, buffer)?))?,
            Ok(Order::Prepare(_)) => return Err(confused()),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

fn confused() -> Error {
    Error::new(ErrorKind::Usage, "orders came in another order than expected")
}

/// What the parent sends. The process ends with the pipe, also in the middle of work: then nobody waits for it.
fn orders() -> Result<Receiver<Order>> {
    let (send, receive) = channel();
    let listen = move || {
        for text in stdin().lock().lines().map_while(std::result::Result::ok) {
            let Ok(order) = serde_json::from_str(&text) else { break };
            if send.send(order).is_err() {
                break;
            }
        }
        exit(Exit::Done.code());
    };
    let listener = std::thread::Builder::new().name("dgen-listen".into()).spawn(listen);
    listener.map_err(|error| Error::io("start", "a thread that listens to the benchmark", None, error))?;
    Ok(receive)
}

fn say(answer: &Answer) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(line(answer).as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Error::io("write to", "standard output", None, error))
}

/// What is measured, ready to begin.
enum Task {
    Fill { stream: Box<Stream>, portable: Box<Stream> },
    Stores { kernel: Kernel, way: StoreLoop },
}

impl Task {
    fn new(job: &Job) -> Result<Self> {
        let kernel = Kernel::selected()?;
        match &job.work {
            Work::Stores(way) => Ok(Self::Stores { kernel, way: *way }),
            Work::Fill(recipe) => {
                let recipe = recipe.parse()?;
                let made = |kernel| Box::new(Stream::with_kernel(&recipe, kernel));
                Ok(Self::Fill { stream: made(kernel), portable: made(Kernel::by_name("portable")?) })
            }
        }
    }

    /// Fills one buffer.
    fn piece(&self, team: &Team, offset: u64, out: &mut [u8]) -> Result<()> {
        match self {
            Self::Fill { stream, .. } => stream.fill_with(offset, out, team),
            Self::Stores { kernel, way } => {
                store_with(*way, *kernel, store_value(offset), out, team);
                Ok(())
            }
        }
    }

    /// Does the job and checks the last buffer.
    fn run(&self, team: &Team, job: &Job, buffer: &mut [u8]) -> Result<Span> {
        let begin_ns = now_ns();
        let (mut done, mut last, mut beat) = (0, (job.offset, 0), Instant::now());
        while done < job.bytes {
            let len = buffer.len().min(usize::try_from(job.bytes - done).unwrap_or(usize::MAX));
            last = (job.offset + done, len);
            self.piece(team, last.0, &mut buffer[..len])?;
            done += len as u64;
            if beat.elapsed() >= BEAT {
                beat = Instant::now();
                say(&Answer::Progress(done))?;
            }
        }
        let span = Span { begin_ns, end_ns: now_ns() };
        self.check(last.0, &buffer[..last.1])?;
        Ok(span)
    }

    fn check(&self, offset: u64, out: &[u8]) -> Result<()> {
        match self {
            Self::Fill { portable, .. } if !is_stream(portable, offset, out)? => {
                Err(untrusted("the fill differs from that of the portable kernel"))
            }
            Self::Stores { .. } if !holds(out, store_value(offset)) => Err(untrusted("the store loop did not store")),
            _ => Ok(()),
        }
    }
}

/// What stores at an offset store: not the same as the time before.
fn store_value(offset: u64) -> u8 {
    (offset >> 12).to_le_bytes()[0] ^ 0xA5
}

/// The monotonic clock, which is the same for all processes of the machine.
fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}
