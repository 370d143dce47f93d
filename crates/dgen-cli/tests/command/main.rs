//! The `dgen` command and its libraries, as those see them who use them.

mod api;
#[path = "../common/mod.rs"]
mod common;
mod names;
