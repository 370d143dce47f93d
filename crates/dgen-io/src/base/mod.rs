//! What everything else stands on.

pub(crate) mod clock;
pub(crate) mod lock;
pub(crate) mod outcome;
pub(crate) mod retry;
