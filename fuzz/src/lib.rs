//! Fuzz targets: each is a plain function of bytes that panics where something is wrong.
//!
//! `tests/seconds.rs` gives each some thousand mutations of its samples, on any toolchain. `src/main.rs` lets libFuzzer
//! choose the bytes, for as long as one likes (`make fuzz`).

mod arguments;
mod damage;
mod machine;
pub mod mutation;
mod texts;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Looks at bytes; panics where something is wrong.
    pub run: fn(&[u8]),
    /// Bytes that make sense to it.
    pub samples: &'static [&'static str],
    /// What is worth putting into them.
    pub words: &'static [&'static str],
    /// Mutations that a test of seconds tries.
    pub tries: u64,
}

/// All of them.
pub const TARGETS: [Target; 7] = [
    texts::RECIPE,
    texts::RATIO,
    texts::SIZE,
    texts::ATTRIBUTE,
    machine::TOPOLOGY,
    damage::VERIFY,
    arguments::ARGUMENTS,
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
