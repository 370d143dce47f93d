//! Reports that all operations share.

pub(crate) mod file;
pub(crate) mod run;
pub(crate) mod skipped;
pub(crate) mod verdict;
pub(crate) mod warnings;
