//! The `dgen` command and its libraries, as those see them who use them.

mod api;
mod append;
mod attributes;
mod bad_input;
mod bench;
mod bench_numa;
mod bench_storage;
#[path = "../common/mod.rs"]
mod common;
mod compare;
mod datasets;
mod device;
mod documents;
mod engines;
mod file_size;
mod folder;
mod interrupt;
mod large;
mod limits;
mod measure;
mod memory;
mod mixed;
mod names;
mod network;
mod newcomer;
mod numa;
#[cfg(feature = "object")]
mod objects;
mod pages;
mod power_cut;
mod progress;
mod ranks;
mod read;
mod reports;
mod resume;
mod rivals;
#[cfg(feature = "object")]
mod s3_server;
mod skipping;
mod stream;
mod systems;
mod telling;
mod text_layout;
mod tuning;
mod verify;
mod verify_reports;
mod versions;
mod write;
