//! What a run did and does, in numbers.

pub(crate) mod histogram;
pub(crate) mod live;
pub(crate) mod series;
pub(crate) mod stats;
pub(crate) mod watch;
