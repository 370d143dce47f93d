//! A placement: what was decided, and what follows from it for threads and memory.

use super::groups::{Group, Groups};
use super::options::{NumaMode, PlacementOptions};
use super::policy::Policy;
use super::refusal::Refusal;
use super::seat::Seat;
use super::system::{self, System};
use crate::error::{Error, Result};
use crate::topology::Limits;
use std::sync::Arc;

/// Where the threads of a call run and where the memory that it allocates comes from. Cheap to clone.
///
/// ```
/// use dgen::placement::{NumaMode, Placement, PlacementOptions};
/// let placement = Placement::new(PlacementOptions::new(NumaMode::Auto, Some(0)))?;
/// assert_eq!(placement.report(1).node, Some(0));
/// let error = Placement::new(PlacementOptions::new(NumaMode::Auto, Some(4000))).unwrap_err();
/// assert!(error.to_string().starts_with("numa node: 4000 is not accepted (accepted: 0"));
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Placement(pub(super) Arc<Decision>);

/// A decision, and what led to it.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) options: PlacementOptions,
    /// Empty where nothing is placed.
    pub(super) groups: Groups,
    /// The node that memory is bound to.
    pub(super) bound: Option<u32>,
    pub(super) memory: Memory,
    /// Threads that suit it, where the options or the groups say so.
    pub(super) threads: Option<usize>,
    /// Why, in a few words.
    pub(super) reason: String,
    pub(super) refused: Vec<Refusal>,
    pub(super) policy: Option<Policy>,
    /// What the caller had when it was decided; absent where that did not matter.
    pub(super) limits: Option<Limits>,
    pub(super) system: &'static dyn System,
}

/// Where the memory that is allocated for a caller comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// Wherever the system takes it from: nothing is placed.
    System,
    /// The one node.
    Bound,
    /// The node of the thread that writes it first, which is one of the right node.
    FirstTouch,
    /// Where the caller's own memory policy takes it from.
    Policy,
}

impl Placement {
    /// Nothing is placed.
    pub fn none() -> Self {
        let options = PlacementOptions::new(NumaMode::Disabled, None);
        Self::empty(options, None, "the mode is disabled")
    }

    pub(super) fn empty(options: PlacementOptions, threads: Option<usize>, reason: impl Into<String>) -> Self {
        let (groups, refused, policy, limits) = (Groups::default(), Vec::new(), None, None);
        let (memory, reason, system) = (Memory::System, reason.into(), &system::LIVE);
        let decision =
            Decision { options, groups, bound: None, memory, threads, reason, refused, policy, limits, system };
        Self(Arc::new(decision))
    }

    /// What was asked for.
    pub fn options(&self) -> PlacementOptions {
        self.0.options
    }

    /// Whether anything is placed.
    pub fn is_active(&self) -> bool {
        !self.0.groups.list().is_empty()
    }

    /// The nodes whose processors are used; empty where nothing is placed.
    pub fn groups(&self) -> &[Group] {
        self.0.groups.list()
    }

    /// The threads that suit it: the number of its processors, or a quota below that; `None` where it has no opinion.
    pub fn threads(&self) -> Option<usize> {
        self.0.threads
    }

    /// Keeps the calling thread on the processors of one group, by its index counted round, until the seat is dropped.
    ///
    /// # Errors
    /// With [`NumaMode::Force`], when the system refuses.
    pub fn seat(&self, turn: usize) -> Result<Seat> {
        let mut seat = Seat::new(self.0.system);
        if let Some(group) = turn.checked_rem(self.groups().len()).map(|index| &self.groups()[index])
            && let Err(error) = seat.take(&group.cpus)
            && self.0.options.mode == NumaMode::Force
        {
            return Err(Error::system(&format!("keep a thread on node {}", group.node), error));
        }
        Ok(seat)
    }

    /// For the calling thread, which stays where it is.
    pub(crate) fn free_seat(&self) -> Seat {
        Seat::new(self.0.system)
    }

    /// Has memory that was not touched yet come from the one node, if there is one; whole pages inside the range only.
    /// Says whether the system does so.
    pub fn bind<T>(&self, memory: &mut [T]) -> bool {
        let Some(node) = self.0.bound else { return false };
        let page = self.0.system.page();
        let range = memory.as_ptr_range();
        let start = range.start.addr().next_multiple_of(page);
        let end = range.end.addr() / page * page;
        start < end && self.0.system.bind(start, end - start, node).is_ok()
    }

    /// Whether memory is bound to a node.
    pub fn is_bound(&self) -> bool {
        self.0.bound.is_some()
    }

    /// The index of the group that a processor belongs to.
    pub(crate) fn group_of_cpu(&self, cpu: u32) -> Option<usize> {
        self.groups().iter().position(|group| group.cpus.contains(cpu))
    }

    /// How many of so many threads each group has.
    pub(crate) fn share_out(&self, threads: usize) -> Vec<usize> {
        self.0.groups.share_out(threads)
    }

    /// Whether the system tells where pages lie.
    pub(crate) fn can_locate(&self) -> bool {
        self.0.refused.iter().all(|refusal| refusal.call != "move_pages")
    }

    /// The index of the group that writes the pages of a node.
    pub(crate) fn group_of_node(&self, node: u32) -> Option<usize> {
        self.0.groups.of_node(node)
    }

    pub(crate) fn system(&self) -> &'static dyn System {
        self.0.system
    }
}
