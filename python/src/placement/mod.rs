//! Where generation runs: what callers ask for, and what the machine consists of.

pub(crate) mod asked;
pub(crate) mod ranks;
pub(crate) mod system;
