//! What the kernel says about another process: where its threads may run and do, and where its memory lies.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use dgen::topology::IdSet;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::command;

const LIMIT: Duration = Duration::from_mins(3);

/// Clock ticks after which a thread counts as one that works: more than those that only look on now and then use.
const TICKS: u64 = 60;

/// A thread of another process.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) name: String,
    /// Processors that it may run on.
    pub(crate) allowed: IdSet,
    /// The processor that it ran on last.
    pub(crate) cpu: u32,
    /// Processor time used, in clock ticks.
    pub(crate) ticks: u64,
}

/// The command at work, until it is interrupted.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(args: &str) -> Self {
        let mut command = command();
        command.args(args.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// The processes that it has started.
    pub(crate) fn children(&self) -> Vec<u32> {
        let text = read(&format!("/proc/{0}/task/{0}/children", self.id()));
        text.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    pub(crate) fn interrupt(mut self) {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        assert_eq!(self.0.wait().unwrap().code(), Some(130));
    }
}

/// Waits for `ready` to give something.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, ready: impl Fn() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(begin.elapsed() < LIMIT, "{what} did not come");
        sleep(Duration::from_millis(50));
    }
}

/// The threads of a process whose names begin so and that have worked for a while, once there are `count` of them.
#[track_caller]
pub(crate) fn workers(process: u32, name: &str, count: usize) -> Vec<Thread> {
    wait_for("work", || {
        let all = threads(process).into_iter().filter(|thread| thread.name.starts_with(name) && thread.ticks >= TICKS);
        Some(all.collect::<Vec<_>>()).filter(|found| found.len() >= count)
    })
}

fn threads(process: u32) -> Vec<Thread> {
    let ids = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    ids.filter_map(|entry| {
        let folder = entry.unwrap().path();
        // Threads may end meanwhile.
        let status = fs::read_to_string(folder.join("status")).ok()?;
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        let field = |name: &str| Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim().to_owned());
        let (name, allowed) = (field("Name:")?, field("Cpus_allowed_list:")?);
        // Counted from the state, which is field 3: user and system time are fields 14 and 15, the processor 39.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |field: usize| fields[field - 3].parse::<u64>().unwrap();
        let cpu = u32::try_from(number(39)).unwrap();
        Some(Thread { name, allowed: allowed.parse().unwrap(), cpu, ticks: number(14) + number(15) })
    })
    .collect()
}

/// Pages on each node of the largest anonymous mapping of a process, in units of 4 KiB.
pub(crate) fn largest_mapping(process: u32) -> BTreeMap<u32, u64> {
    let maps = read(&format!("/proc/{process}/numa_maps"));
    let mappings = maps.lines().filter(|line| line.contains(" anon=")).map(|line| {
        let pages = line.split_whitespace().filter_map(|word| {
            let (node, pages) = word.strip_prefix('N')?.split_once('=')?;
            Some((node.parse().ok()?, pages.parse().ok()?))
        });
        pages.collect::<BTreeMap<u32, u64>>()
    });
    mappings.max_by_key(|pages| pages.values().sum::<u64>()).unwrap_or_default()
}

/// The value of an option in the command line of a process.
pub(crate) fn option(process: u32, name: &str) -> String {
    let line = read(&format!("/proc/{process}/cmdline"));
    let mut words = line.split('\0').skip_while(|word| *word != name);
    words.nth(1).unwrap_or_default().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
