//! Placement on a machine with several memory nodes, seen from outside. `scripts/test_numa.sh` (`make test-numa`) boots the
//! machine that these tests describe; elsewhere they are ignored.

#[path = "../common/mod.rs"]
mod common;
mod first_writer;
mod memory_node;
mod outside;
mod pages;
mod two_nodes;
