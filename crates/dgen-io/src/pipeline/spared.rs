//! Files of which reading failed, in runs that go on without them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dgen::Error;

use super::task::{Claim, claim_next};
use crate::base::lock::{into_inner, lock};
use crate::engine::operation::Action;
use crate::extents::cursor::{Cursor, Extent};

/// The files that failed, by section.
pub(crate) struct Spared {
    failed: Vec<AtomicBool>,
    /// The first failure of each in the order of its data.
    errors: Mutex<BTreeMap<usize, Error>>,
    /// Bytes that were therefore not read.
    missed: AtomicU64,
    strict: bool,
}

impl Spared {
    /// For so many sections; where `strict`, every failure ends the run.
    pub(crate) fn new(sections: usize, strict: bool) -> Self {
        let failed = (0..sections).map(|_| AtomicBool::new(false)).collect();
        Self { failed, errors: Mutex::default(), missed: AtomicU64::new(0), strict }
    }

    /// Takes the failure of an extent, unless it ends the run.
    pub(crate) fn take(&self, extent: &Extent, error: Error) -> Option<Error> {
        if self.strict {
            return Some(error);
        }
        let moved = error.offset().map_or(0, |at| at.saturating_sub(extent.file_offset));
        self.missed.fetch_add((extent.len as u64).saturating_sub(moved), Ordering::Relaxed);
        let mut errors = lock(&self.errors);
        let is_first = errors.get(&extent.section).is_none_or(|first| error.offset() < first.offset());
        if is_first {
            errors.insert(extent.section, error);
        }
        self.failed[extent.section].store(true, Ordering::Relaxed);
        None
    }

    /// The next extent to read; those of files that failed are passed over, and given to `pass`.
    pub(crate) fn claim(&self, cursor: &Cursor, pass: impl Fn(&Extent)) -> Claim {
        loop {
            let claim = claim_next(cursor, Action::Read);
            match &claim {
                Claim::Io(_, extent, _) if self.failed[extent.section].load(Ordering::Relaxed) => {
                    self.missed.fetch_add(extent.len as u64, Ordering::Relaxed);
                    pass(extent);
                }
                _ => return claim,
            }
        }
    }

    /// Bytes that were not read because of failures.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The failure of each file that failed.
    pub(crate) fn into_errors(self) -> BTreeMap<usize, Error> {
        into_inner(self.errors)
    }
}
