//! Where threads run and where memory comes from, on machines with more than one memory node.
//!
//! A [`Placement`] is decided once, from what the caller wants, what the machine is and what the caller's own affinity and
//! memory policy leave. On a machine with one node the automatic one is empty, and costs nothing. It says what it does, and
//! what the system refused: [`Placement::report`].

#[cfg(target_os = "linux")]
mod calls;
mod decide;
mod decision;
mod groups;
mod options;
mod policy;
mod process;
mod refusal;
mod report;
mod seat;
mod system;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub use decide::parse_node;
pub use decision::Placement;
pub use groups::Group;
pub use options::{NumaMode, PlacementOptions};
pub use policy::Policy;
pub use process::{keep_to, nodes_of_pages};
pub use refusal::Refusal;
pub use report::{NodeThreads, PlacementReport};
pub use seat::Seat;
pub(crate) use system::{LIVE, System};
