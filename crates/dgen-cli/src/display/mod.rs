//! What people see, and how: text laid out for where it is shown, and the choice of how progress is told.

pub(crate) mod lines;
pub(crate) mod look;
pub(crate) mod progress;
