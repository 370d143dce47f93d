//! How a caller follows an operation and stops it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::metrics::live::Live;

/// Shared flags of one operation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch<'a> {
    /// Set by the caller to stop: no further extent is begun, those in flight are finished.
    pub cancel: Option<&'a AtomicBool>,
    /// Bytes done so far, kept up to date for the caller to read.
    pub done: Option<&'a AtomicU64>,
    /// Where workers show what they have done so far.
    pub live: Option<&'a Live>,
}

impl Watch<'_> {
    /// Whether the caller asked to stop.
    pub fn is_cancelled(self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }

    /// Counts bytes as done.
    pub fn add(self, bytes: u64) {
        if let Some(done) = self.done {
            done.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}
