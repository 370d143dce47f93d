//! Verifying files: reads them, regenerates what they should hold, and compares.

pub(crate) mod expected;
pub(crate) mod files;
pub(crate) mod findings;
pub(crate) mod gaps;
pub(crate) mod options;
pub(crate) mod places;
pub(crate) mod plan;
pub(crate) mod reach;
pub(crate) mod reader;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sets;
pub(crate) mod subject;
#[cfg(test)]
mod tests;
