//! Where threads run and where memory comes from, on machines with more than one memory node.
//!
//! A [`Placement`] is decided once, from what the caller wants, what the machine is and what the caller's own affinity and
//! memory policy leave. On a machine with one node the automatic one is empty, and costs nothing. It says what it does, and
//! what the system refused: [`Placement::report`].

#[cfg(target_os = "linux")]
mod calls;
mod decide;
mod groups;
mod process;
mod report;
mod seat;
mod system;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub use groups::Group;
pub use process::{keep_to, nodes_of_pages};
pub use report::{NodeThreads, PlacementReport, Refusal};
pub use seat::Seat;
pub use system::Policy;
pub(crate) use system::{LIVE, System};

use crate::error::{Error, Result};
use crate::topology::Limits;
use groups::Groups;
use std::str::FromStr;
use std::sync::Arc;

/// When threads and memory are placed on nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumaMode {
    /// When there is more than one node; what the system refuses is done without, and reported.
    #[default]
    Auto,
    /// Always; what the system refuses is an error.
    Force,
    /// Never.
    Disabled,
}

impl NumaMode {
    /// The canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Force => "force",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for NumaMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "force" => Ok(Self::Force),
            "uma" | "disabled" | "disable" => Ok(Self::Disabled),
            _ => Err(Error::invalid("numa mode", format_args!("`{text}`"), "auto, force, uma, disabled, disable")),
        }
    }
}

/// What a caller wants of placement. Start from the default, which is automatic, and change fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlacementOptions {
    /// When to place.
    pub mode: NumaMode,
    /// The one node to use; all of them if absent.
    pub node: Option<u32>,
    /// Whether to use one processor of each physical core only.
    pub physical_cores: bool,
}

impl PlacementOptions {
    /// A mode, and the one node to use.
    pub fn new(mode: NumaMode, node: Option<u32>) -> Self {
        Self { mode, node, physical_cores: false }
    }
}

/// Reads the number of a node; whether this process may use the node, [`Placement::new`] says.
///
/// # Errors
/// Anything that is not a number a node can have, with the nodes of this machine.
pub fn parse_node(text: &str) -> Result<u32> {
    text.trim().parse().map_err(|_| decide::not_a_node(text))
}

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
pub struct Placement(Arc<Decision>);

/// A decision, and what led to it.
#[derive(Debug)]
struct Decision {
    options: PlacementOptions,
    /// Empty where nothing is placed.
    groups: Groups,
    /// The node that memory is bound to.
    bound: Option<u32>,
    memory: Memory,
    /// Threads that suit it, where the options or the groups say so.
    threads: Option<usize>,
    /// Why, in a few words.
    reason: String,
    refused: Vec<Refusal>,
    policy: Option<Policy>,
    /// What the caller had when it was decided; absent where that did not matter.
    limits: Option<Limits>,
    system: &'static dyn System,
}

/// Where the memory that is allocated for a caller comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
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
    /// Decides for the calling thread on this machine.
    ///
    /// # Errors
    /// A node that the machine lacks, that has no processors, or that this process may not use; and with
    /// [`NumaMode::Force`], what the system refuses.
    pub fn new(options: PlacementOptions) -> Result<Self> {
        decide::live(options)
    }

    /// The automatic one. What cannot be placed is not.
    pub fn auto() -> Self {
        // Without a node and without force there is nothing to refuse.
        Self::new(PlacementOptions::default()).unwrap_or_else(|_| Self::none())
    }

    /// Nothing is placed.
    pub fn none() -> Self {
        let options = PlacementOptions::new(NumaMode::Disabled, None);
        Self::empty(options, None, "the mode is disabled")
    }

    fn empty(options: PlacementOptions, threads: Option<usize>, reason: impl Into<String>) -> Self {
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
