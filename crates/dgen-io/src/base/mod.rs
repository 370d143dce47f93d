//! What everything else stands on.

pub(crate) mod clock;
pub(crate) mod outcome;
