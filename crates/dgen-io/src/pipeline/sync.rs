//! What workers and helpers synchronise with. `interleavings.rs` has a scheduler's in the place of these.

pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};

pub(super) use crate::base::lock::lock;
