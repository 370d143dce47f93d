//! Counts the pages that were filled by a processor of another node than theirs. For tests: it slows fills down.

use super::Team;
use crate::topology::Topology;
use crate::units::PAGE;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Pages of 4 KiB that fills wrote, as far as they are wholly inside of what one thread wrote at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Pages on the node of the processor that wrote them.
    pub local: u64,
    /// Pages on another node.
    pub remote: u64,
    /// Pages of which the system does not tell where they are.
    pub unknown: u64,
}

static ON: AtomicBool = AtomicBool::new(false);
static LOCAL: AtomicU64 = AtomicU64::new(0);
static REMOTE: AtomicU64 = AtomicU64::new(0);
static UNKNOWN: AtomicU64 = AtomicU64::new(0);
static MACHINE: Mutex<Option<Arc<Topology>>> = Mutex::new(None);

/// Begins to count, from 0, in all fills of this process by [`Team`]s.
pub fn start() {
    *MACHINE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Topology::read()));
    for count in [&LOCAL, &REMOTE, &UNKNOWN] {
        count.store(0, Ordering::Relaxed);
    }
    ON.store(true, Ordering::Release);
}

/// Stops counting, and tells the counts.
pub fn stop() -> Counts {
    ON.store(false, Ordering::Release);
    let [local, remote, unknown] = [&LOCAL, &REMOTE, &UNKNOWN].map(|count| count.load(Ordering::Relaxed));
    Counts { local, remote, unknown }
}

/// Counts the pages of a range that the calling thread has just written, if counting is on.
pub(crate) fn count<T>(team: &Team, written: &Range<*const T>) {
    if !ON.load(Ordering::Acquire) {
        return;
    }
    let machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(machine) = machine else { return };
    let pages: Vec<usize> = whole_pages(written.start.addr(), written.end.addr()).collect();
    let system = team.system();
    let nodes = system.locate(&pages).unwrap_or_else(|_| vec![None; pages.len()]);
    let here = system.cpu();
    for node in nodes {
        let is_local = match (here, node) {
            (Some(cpu), Some(node)) => Some(is_local(team, &machine, cpu, node)),
            _ => None,
        };
        let count = is_local.map_or(&UNKNOWN, |is_local| if is_local { &LOCAL } else { &REMOTE });
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether a processor is one that is meant to write the pages of a node.
fn is_local(team: &Team, machine: &Topology, cpu: u32, node: u32) -> bool {
    match team.placed() {
        Some((placement, groups)) if groups.len() > 1 => {
            placement.group_of_cpu(cpu).is_some_and(|group| placement.group_of_node(node) == Some(group))
        }
        _ => machine.node_of_cpu(cpu).is_some_and(|own| own.id == node),
    }
}

fn whole_pages(start: usize, end: usize) -> impl Iterator<Item = usize> {
    (start.next_multiple_of(PAGE)..end / PAGE * PAGE).step_by(PAGE)
}
