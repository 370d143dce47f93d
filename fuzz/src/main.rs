//! Lets libFuzzer choose the bytes for the target that `DGEN_FUZZ` names (scripts/fuzz.sh).
#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls a function by its name")]

use std::sync::LazyLock;

use dgen_fuzz::{Target, target};
use libfuzzer_sys::fuzz_target;

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("DGEN_FUZZ").unwrap_or_default();
    target(&name).unwrap_or_else(|| panic!("DGEN_FUZZ names no target: `{name}`"))
});

fuzz_target!(|data: &[u8]| (CHOSEN.run)(data));
