//! I/Os on their way: yet to begin, and in flight.

use std::time::Duration;

use crate::engine::operation::{Action, Key, Op};
use crate::extents::cursor::Extent;
use crate::memory::buffers::Buffer;

/// An I/O that is yet to begin.
pub(super) struct Prepared {
    /// Its number in the order of claiming.
    pub(super) place: u64,
    /// When it may begin.
    pub(super) due: Option<Duration>,
    pub(super) action: Action,
    pub(super) extent: Extent,
    pub(super) buffer: Buffer,
}

/// An I/O in flight, besides its operation.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    pub(super) extent: Extent,
    /// Bytes that are read before the extent's own.
    pub(super) skip: usize,
    /// Since when it counts as begun.
    pub(super) begun: Duration,
    /// Times in a row that the system asked to try again.
    pub(super) retries: u32,
}

impl Pending {
    /// Bytes of the extent that its operation has moved.
    pub(super) fn moved(&self, op: &Op) -> usize {
        op.range.start.saturating_sub(self.skip).min(self.extent.len)
    }
}

/// The I/Os in flight, by the keys of their operations.
#[derive(Default)]
pub(super) struct InFlight {
    slots: Vec<Pending>,
    vacant: Vec<usize>,
}

impl InFlight {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.vacant.len()
    }

    pub(super) fn add(&mut self, pending: Pending) -> Key {
        let Some(slot) = self.vacant.pop() else {
            self.slots.push(pending);
            return Key(self.slots.len() - 1);
        };
        self.slots[slot] = pending;
        Key(slot)
    }

    pub(super) fn get(&mut self, key: Key) -> &mut Pending {
        &mut self.slots[key.0]
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.vacant.push(key.0);
    }
}
