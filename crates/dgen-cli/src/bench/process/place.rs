//! Binding a process to processors, its threads and its buffer to a node, and seeing where the buffer came to lie.

use std::mem::MaybeUninit;

use dgen::driver::Team;
use dgen::placement::{NumaMode, Placement, PlacementOptions, keep_to, nodes_of_pages};
use dgen::topology::IdSet;
use dgen::units::PAGE;
use dgen::{Recipe, Result, Stream};

use super::message::Placed;

/// Pages of the buffer that are looked at.
const PAGES: usize = 1024;

/// Binds the calling thread, and those it starts, to these processors; a warning where the system refuses.
pub(super) fn bind(cpus: &IdSet) -> Option<String> {
    keep_to(cpus).err().map(|error| error.to_string())
}

/// The threads, the buffer after they have touched it, and what became of both. The buffer begins on a page boundary and
/// lasts as long as the process.
pub(super) fn settle(node: Option<u32>, threads: usize, len: usize) -> Result<(Team, &'static mut [u8], Placed)> {
    let placement = match node {
        Some(_) => Placement::new(PlacementOptions::new(NumaMode::Auto, node))?,
        None => Placement::auto(),
    };
    let team = Team::new(Some(threads), placement.clone())?;
    let memory: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(len + PAGE));
    let start = memory.as_ptr().addr().wrapping_neg() % PAGE;
    let memory = &mut memory[start..][..len];
    placement.bind(memory);
    let buffer = Stream::new(&Recipe::with_seed(0))?.fill_uninit_with(0, memory, &team)?;
    let local_pages = node.and_then(|node| local_pages(buffer, node));
    let placed = Placed { local_pages, summary: team.report().summary(), warnings: Vec::new() };
    Ok((team, buffer, placed))
}

/// How many of the pages that were looked at lie on the node, and how many were looked at.
fn local_pages(buffer: &[u8], node: u32) -> Option<(u64, u64)> {
    let nodes = nodes_of_pages(buffer, PAGES).ok()?;
    let local = nodes.iter().filter(|found| **found == Some(node)).count();
    Some((local as u64, nodes.len() as u64))
}
