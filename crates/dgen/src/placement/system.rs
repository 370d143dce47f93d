//! What placement asks of the operating system; tests put invented machines and refusals in its place.

use super::policy::Policy;
use crate::topology::IdSet;
use std::fmt::Debug;
use std::io;

/// The calls that placement makes.
pub(crate) trait System: Send + Sync + Debug {
    /// The processors that the calling thread may run on.
    fn affinity(&self) -> io::Result<IdSet>;

    /// Restricts the calling thread to processors.
    fn set_affinity(&self, cpus: &IdSet) -> io::Result<()>;

    /// The processor that the calling thread runs on.
    fn cpu(&self) -> Option<u32>;

    /// Has the pages of a range, which are whole, come from a node.
    fn bind(&self, start: usize, len: usize, node: u32) -> io::Result<()>;

    /// Whether memory may be bound to a node.
    fn try_bind(&self, node: u32) -> io::Result<()>;

    /// The calling thread's memory policy.
    fn policy(&self) -> io::Result<Policy>;

    /// Bytes of a page, for which ranges have rules of their own.
    fn page(&self) -> usize;

    /// The nodes of pages, by an address in each; `None` for pages that are not there.
    fn locate(&self, pages: &[usize]) -> io::Result<Vec<Option<u32>>>;
}

/// The running system. It has a size, so that its address tells it from others.
#[derive(Debug)]
pub(crate) struct Live(#[allow(dead_code, reason = "gives it a size")] u8);

/// The one running system.
pub(crate) static LIVE: Live = Live(0);

#[cfg(target_os = "linux")]
impl System for Live {
    fn affinity(&self) -> io::Result<IdSet> {
        crate::topology::affinity().ok_or_else(io::Error::last_os_error)
    }

    fn set_affinity(&self, cpus: &IdSet) -> io::Result<()> {
        super::calls::set_affinity(cpus)
    }

    fn cpu(&self) -> Option<u32> {
        super::calls::current_cpu()
    }

    fn bind(&self, start: usize, len: usize, node: u32) -> io::Result<()> {
        super::calls::bind(start, len, node)
    }

    fn try_bind(&self, node: u32) -> io::Result<()> {
        super::calls::try_bind(node)
    }

    fn policy(&self) -> io::Result<Policy> {
        super::calls::policy()
    }

    fn page(&self) -> usize {
        super::calls::page()
    }

    fn locate(&self, pages: &[usize]) -> io::Result<Vec<Option<u32>>> {
        super::calls::locate(pages)
    }
}

#[cfg(not(target_os = "linux"))]
impl System for Live {
    fn affinity(&self) -> io::Result<IdSet> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_affinity(&self, _cpus: &IdSet) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn cpu(&self) -> Option<u32> {
        None
    }

    fn bind(&self, _start: usize, _len: usize, _node: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn try_bind(&self, _node: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn policy(&self) -> io::Result<Policy> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn page(&self) -> usize {
        crate::units::PAGE
    }

    fn locate(&self, _pages: &[usize]) -> io::Result<Vec<Option<u32>>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
