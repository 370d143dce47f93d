//! The processes of the benchmark, seen from the parent: none outlives it, and none keeps it waiting in silence.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use std::os::unix::process::ExitStatusExt;

use dgen::{Error, ErrorKind, Result};
use dgen_io::Watch;

use super::Seat;
use super::message::{Answer, Job, Order, Placed, Span, line};
use crate::bench::check::interrupted;
use crate::launch;

/// How often the parent looks whether it was interrupted.
const TICK: Duration = Duration::from_millis(25);

/// One process.
struct Member {
    name: String,
    child: Child,
    orders: ChildStdin,
    heard: Instant,
    /// Bytes of the current job that it has done.
    done: u64,
}

/// The processes; they are killed and waited for when this is dropped.
pub(in crate::bench) struct Crew {
    members: Vec<Member>,
    answers: Receiver<(usize, Option<Answer>)>,
    /// How long a process may say nothing.
    patience: Duration,
    /// Bytes of the jobs before the current one.
    before: u64,
}

impl Crew {
    /// Starts a process for each seat.
    pub(in crate::bench) fn start(seats: &[Seat], buffer: usize, patience: Duration) -> Result<Self> {
        let (send, answers) = channel();
        let mut crew = Self { members: Vec::new(), answers, patience, before: 0 };
        for (index, seat) in seats.iter().enumerate() {
            crew.members.push(Member::start(index, seat, buffer, &send)?);
        }
        Ok(crew)
    }

    /// Waits until every process says where it runs.
    pub(in crate::bench) fn placed(&mut self, watch: Watch<'_>) -> Result<Vec<Placed>> {
        self.all(watch, |answer| match answer {
            Answer::Placed(placed) => Some(placed),
            _ => None,
        })
    }

    /// Lets every process do its job, all at the same time.
    pub(in crate::bench) fn run(&mut self, jobs: &[Job], watch: Watch<'_>) -> Result<Vec<Span>> {
        for (member, job) in self.members.iter_mut().zip(jobs) {
            member.order(&Order::Prepare(job.clone()));
        }
        self.all(watch, |answer| matches!(answer, Answer::Ready).then_some(()))?;
        self.members.iter_mut().for_each(|member| member.order(&Order::Go));
        let spans = self.all(watch, |answer| match answer {
            Answer::Done(span) => Some(span),
            _ => None,
        })?;
        self.before += jobs.iter().map(|job| job.bytes).sum::<u64>();
        Ok(spans)
    }

    /// One answer of each process, in their order.
    fn all<T>(&mut self, watch: Watch<'_>, expected: impl Fn(Answer) -> Option<T>) -> Result<Vec<T>> {
        let now = Instant::now();
        self.members.iter_mut().for_each(|member| (member.heard, member.done) = (now, 0));
        let mut got: Vec<Option<T>> = self.members.iter().map(|_| None).collect();
        while got.iter().any(Option::is_none) {
            let event = self.answers.recv_timeout(TICK);
            if watch.is_cancelled() {
                return Err(interrupted());
            }
            match event {
                Ok((index, None)) => return Err(self.members[index].ended()),
                Ok((index, Some(Answer::Failed(why)))) => return Err(self.members[index].failed(&why)),
                Ok((index, Some(Answer::Progress(bytes)))) => self.progress(index, bytes, watch),
                Ok((index, Some(answer))) => {
                    let answer = expected(answer).ok_or_else(|| self.members[index].failed("it answered out of turn"));
                    got[index] = Some(answer?);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            let late =
                self.members.iter().zip(&got).find(|(m, got)| got.is_none() && m.heard.elapsed() > self.patience);
            if let Some((member, _)) = late {
                return Err(member.failed(&format!("it gave no sign of life for {} s", self.patience.as_secs_f64())));
            }
        }
        Ok(got.into_iter().map(|answer| answer.expect("the loop ends when all are there")).collect())
    }

    fn progress(&mut self, index: usize, bytes: u64, watch: Watch<'_>) {
        let member = &mut self.members[index];
        (member.heard, member.done) = (Instant::now(), bytes);
        let all = self.before + self.members.iter().map(|member| member.done).sum::<u64>();
        if let Some(done) = watch.done {
            done.store(all, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

impl Member {
    fn start(index: usize, seat: &Seat, buffer: usize, send: &Sender<(usize, Option<Answer>)>) -> Result<Self> {
        let cannot = |error| refused("process of the benchmark", error);
        let mut command = launch::again().map_err(cannot)?;
        command.args(["bench", "process"]);
        for (name, value) in [
            ("--cpus", seat.cpus.to_string()),
            ("--threads", seat.threads.to_string()),
            ("--buffer", buffer.to_string()),
        ] {
            command.args([name, &value]);
        }
        if let Some(node) = seat.node {
            command.args(["--node", &node.to_string()]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(cannot)?;
        let orders = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let send = send.clone();
        // Ends with the pipe, which ends with the process.
        let listen = move || {
            for text in answers.lines().map_while(std::result::Result::ok) {
                let answer = serde_json::from_str(&text);
                let answer = answer.unwrap_or_else(|_| Answer::Failed(format!("it said `{text}`")));
                if send.send((index, Some(answer))).is_err() {
                    return;
                }
            }
            _ = send.send((index, None));
        };
        let listener = std::thread::Builder::new().name("dgen-listen".into()).spawn(listen);
        let mut member = Self { name: seat.name.clone(), child, orders, heard: Instant::now(), done: 0 };
        match listener {
            Ok(_) => Ok(member),
            Err(error) => {
                member.end();
                Err(refused("thread for a process of the benchmark", error))
            }
        }
    }

    /// Sends an order; that the process is gone shows when its answer is waited for.
    fn order(&mut self, order: &Order) {
        _ = self.orders.write_all(line(order).as_bytes()).and_then(|()| self.orders.flush());
    }

    /// Kills the process and waits for its end.
    fn end(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }

    fn failed(&self, why: &str) -> Error {
        let (name, id) = (&self.name, self.child.id());
        Error::new(ErrorKind::Io, format!("process {id} of the benchmark ({name}): {why}"))
    }

    /// The error of a process that has closed its pipe before its work was done.
    fn ended(&mut self) -> Error {
        let status = self.child.wait();
        self.failed(&status.map_or_else(|error| error.to_string(), described))
    }
}

/// The error of a process or thread that the system refuses.
fn refused(what: &str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => {
            let limit = "the limit on processes and threads (ulimit -u, or pids.max of a control group) is reached";
            Error::new(ErrorKind::Io, format!("cannot start a {what}: {limit}"))
        }
        _ => Error::io("start", format!("a {what}"), None, error),
    }
}

/// How a process ended.
fn described(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            let name = rustix::process::Signal::from_named_raw(signal);
            format!("it was killed by signal {signal}{}", name.map_or(String::new(), |name| format!(" ({name:?})")))
        }
        (None, code) => format!("it ended too soon, with exit code {}", code.unwrap_or_default()),
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for member in &mut self.members {
            _ = member.child.kill();
        }
        for member in &mut self.members {
            _ = member.child.wait();
        }
    }
}
