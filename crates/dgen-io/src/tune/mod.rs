//! Choosing buffers, workers and depth: what is known about such machines, and a short measurement on the real target.

pub(crate) mod ramp;
pub(crate) mod seed;
pub(crate) mod setting;
#[cfg(test)]
mod tests;
pub(crate) mod trial;
