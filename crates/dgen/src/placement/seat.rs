//! A thread that is kept on some processors for a while.

use super::system::System;
use crate::topology::IdSet;
use std::io;
use std::marker::PhantomData;

/// Keeps the thread that it was made on where it was put; where it was before, once dropped.
#[derive(Debug)]
pub struct Seat {
    system: &'static dyn System,
    /// The processors that the thread might run on before it was first moved.
    before: Option<IdSet>,
    /// It belongs to one thread.
    here: PhantomData<*const ()>,
}

impl Seat {
    /// For the calling thread, which stays where it is.
    pub(crate) fn new(system: &'static dyn System) -> Self {
        Self { system, before: None, here: PhantomData }
    }

    /// Moves the calling thread to those of `cpus` that were its own.
    pub(crate) fn take(&mut self, cpus: &IdSet) -> io::Result<()> {
        let own = match &self.before {
            Some(own) => own.clone(),
            None => self.system.affinity()?,
        };
        let both = cpus.intersection(&own);
        if both.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the thread may run on none of its processors",
            ));
        }
        // A thread that is where it should be needs no move, and no way back.
        if self.before.is_none() && both == own {
            return Ok(());
        }
        self.before = Some(own);
        self.system.set_affinity(&both)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // They were the thread's own, so this fails only when the system has taken some away since: then it stays.
            _ = self.system.set_affinity(before);
        }
    }
}
