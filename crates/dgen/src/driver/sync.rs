//! What the pool and its jobs synchronise with. `interleavings.rs` has a scheduler's in the place of these.

pub(super) use std::sync::Mutex;
pub(super) use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicPtr, AtomicUsize, Ordering};
pub(super) use std::thread::{Builder, Thread, current, park};
