//! Whatever fails beneath the command: it says so, calls nothing right that is not, and what it leaves can be completed.
//!
//! `DGEN_FAULTS` replays one sequence; `DGEN_FAULTS_ROUNDS` tries that many seeds, and every place (docs/TESTING.md).

mod calls;
#[path = "../common/mod.rs"]
mod common;
mod every;
mod listener;
mod place;
mod random;
mod scene;
mod sequence;
mod texts;
