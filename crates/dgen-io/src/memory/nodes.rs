//! Where workers run: in turn on each node of a placement, so that their buffers lie in the memory next to them.

use std::sync::atomic::{AtomicUsize, Ordering};

use dgen::Result;
use dgen::driver::Team;
use dgen::placement::{Placement, PlacementOptions, Seat};

/// The threads of a run, and the nodes that its workers take turns on.
#[derive(Debug)]
pub(crate) struct Nodes {
    pub(crate) team: Team,
    placement: Placement,
    next: AtomicUsize,
}

impl Nodes {
    /// For a run of up to `threads` threads that the calling thread begins.
    ///
    /// # Errors
    /// What the placement refuses, or a bad number of threads.
    pub(crate) fn new(options: PlacementOptions, threads: Option<usize>) -> Result<Self> {
        let placement = Placement::new(options)?;
        let team = Team::new(threads, placement.clone())?;
        Ok(Self { team, placement, next: AtomicUsize::new(0) })
    }

    /// Keeps the calling worker on the next node until the seat is dropped, and binds its buffers where that is asked.
    /// Fails when it must, and cannot.
    pub(crate) fn enter<'b>(&self, buffers: impl Iterator<Item = &'b mut [u8]>) -> Result<Seat> {
        let seat = self.placement.seat(self.next.fetch_add(1, Ordering::Relaxed))?;
        for buffer in buffers {
            self.placement.bind(buffer);
        }
        Ok(seat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dgen::placement::NumaMode;
    use rustix::thread::sched_getaffinity;

    #[test]
    fn a_worker_is_freed_again() {
        let before = sched_getaffinity(None).unwrap();
        for mode in [NumaMode::Auto, NumaMode::Force, NumaMode::Disabled] {
            // A system that forbids binding memory cannot be forced.
            let Ok(nodes) = Nodes::new(PlacementOptions::new(mode, None), Some(2)) else { continue };
            let mut memory = vec![0; 1 << 20];
            let seat = nodes.enter(memory.chunks_mut(1 << 18)).unwrap();
            assert!(sched_getaffinity(None).unwrap().count() <= before.count());
            drop(seat);
            assert_eq!(sched_getaffinity(None).unwrap(), before);
        }
    }

    #[test]
    fn a_node_that_is_not_there_is_refused() {
        let error = Nodes::new(PlacementOptions::new(NumaMode::Auto, Some(4000)), None).unwrap_err().to_string();
        assert!(error.contains("numa node: 4000"), "{error}");
        assert!(Nodes::new(PlacementOptions::default(), Some(4097)).is_err());
    }
}
