//! Writing a range of a stream to files and devices.

pub(crate) mod append;
pub(crate) mod finish;
pub(crate) mod options;
pub(crate) mod read_back;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod rwmix;
pub(crate) mod tune;
