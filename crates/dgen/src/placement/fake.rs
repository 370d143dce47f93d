//! An invented system: nodes for this machine's threads and pages, and calls that are refused.

use super::{Placement, PlacementOptions, Policy, System, decide};
use crate::error::Result;
use crate::topology::{IdSet, Topology};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

thread_local! {
    /// Where the calling thread believes it is kept, by the address of the system.
    static CPUS: RefCell<HashMap<usize, IdSet>> = RefCell::default();
}

/// Where a page lies when nobody has said so.
#[derive(Debug)]
pub(crate) enum Untold {
    /// Nowhere, for ever: as memory that a kernel does not tell about.
    Nowhere,
    /// On the node of the thread that asks for it after it was written: nowhere at first.
    FirstTouch,
}

/// The system.
#[derive(Debug)]
pub(crate) struct Fake {
    topology: Topology,
    policy: Policy,
    /// Error numbers of calls that are refused.
    refused: HashMap<&'static str, i32>,
    untold: Untold,
    /// Node by page number.
    pages: Mutex<HashMap<usize, u32>>,
    /// Calls made, each with its argument.
    calls: Mutex<Vec<String>>,
}

impl Fake {
    /// For the life of the process, as the system itself.
    pub(crate) fn new(topology: Topology) -> Self {
        let policy = Policy::new(0, IdSet::default());
        let (refused, untold) = (HashMap::new(), Untold::FirstTouch);
        Self { topology, policy, refused, untold, pages: Mutex::default(), calls: Mutex::default() }
    }

    pub(crate) fn with_policy(mut self, number: i32, nodes: &str) -> Self {
        self.policy = Policy::new(number, nodes.parse().unwrap());
        self
    }

    pub(crate) fn refusing(mut self, call: &'static str, errno: i32) -> Self {
        self.refused.insert(call, errno);
        self
    }

    pub(crate) fn untold(mut self, untold: Untold) -> Self {
        self.untold = untold;
        self
    }

    pub(crate) fn leak(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    pub(crate) fn place(&'static self, options: PlacementOptions) -> Result<Placement> {
        decide::decide(options, &self.topology, &self.topology.limits, self)
    }

    /// Puts the pages of a range on a node.
    pub(crate) fn put(&self, memory: &[u8], node: u32) {
        self.put_at(memory.as_ptr().addr(), memory.len(), node);
    }

    /// Puts the pages of a range of addresses on a node.
    pub(crate) fn put_at(&self, start: usize, len: usize, node: u32) {
        let mut pages = self.pages.lock().unwrap();
        pages.extend((start / 4096..(start + len).div_ceil(4096)).map(|page| (page, node)));
    }

    /// Tells that the calling thread has written a range: pages that lie nowhere now lie on its node. Returns how many
    /// pages, of those that lie wholly in the range, lie on other nodes.
    pub(crate) fn written(&self, memory: &[u8]) -> usize {
        let here = self.cpu().and_then(|cpu| self.topology.node_of_cpu(cpu)).map(|node| node.id);
        let range = memory.as_ptr_range();
        let mut pages = self.pages.lock().unwrap();
        let mut remote = 0;
        for page in range.start.addr().div_ceil(4096)..range.end.addr() / 4096 {
            match (&self.untold, here) {
                (Untold::FirstTouch, Some(here)) => remote += usize::from(*pages.entry(page).or_insert(here) != here),
                _ => remote += usize::from(pages.get(&page).copied() != here),
            }
        }
        remote
    }

    pub(crate) fn forget_pages(&self) {
        self.pages.lock().unwrap().clear();
    }

    /// The calls made since the last time this was asked.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn called(&self, call: &'static str, argument: impl std::fmt::Display) -> io::Result<()> {
        self.calls.lock().unwrap().push(format!("{call} {argument}"));
        self.refused.get(call).map_or(Ok(()), |errno| Err(io::Error::from_raw_os_error(*errno)))
    }
}

impl System for Fake {
    fn affinity(&self) -> io::Result<IdSet> {
        Ok(CPUS
            .with_borrow(|cpus| cpus.get(&self.address()).cloned())
            .unwrap_or_else(|| self.topology.limits.cpus.clone()))
    }

    fn set_affinity(&self, cpus: &IdSet) -> io::Result<()> {
        self.called("sched_setaffinity", cpus)?;
        assert!(cpus.difference(&self.topology.limits.cpus).is_empty(), "{cpus} is more than this process may use");
        CPUS.with_borrow_mut(|all| all.insert(self.address(), cpus.clone()));
        Ok(())
    }

    fn cpu(&self) -> Option<u32> {
        self.affinity().ok()?.first()
    }

    fn bind(&self, start: usize, len: usize, node: u32) -> io::Result<()> {
        assert!(start.is_multiple_of(4096) && len.is_multiple_of(4096) && len > 0);
        self.called("mbind", node)
    }

    fn try_bind(&self, node: u32) -> io::Result<()> {
        self.called("mbind", node)
    }

    fn policy(&self) -> io::Result<Policy> {
        self.called("get_mempolicy", "")?;
        Ok(self.policy.clone())
    }

    fn page(&self) -> usize {
        4096
    }

    fn locate(&self, pages: &[usize]) -> io::Result<Vec<Option<u32>>> {
        self.called("move_pages", pages.len())?;
        let known = self.pages.lock().unwrap();
        Ok(pages.iter().map(|address| known.get(&(address / 4096)).copied()).collect())
    }
}
