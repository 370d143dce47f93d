//! Fills on invented machines: the same bytes, each written by a thread of the node where its page lies.

use super::grid::{Grid, LARGE_SHARE, SHARE};
use super::shares::for_each_share;
use super::spans;
use super::spans_known::{Area, Cache, Span};
use super::*;
use crate::placement::fake::{Fake, Untold};
use crate::placement::{NumaMode, Placement, PlacementOptions};
use crate::topology::fixture::Machine;
use proptest::prelude::*;
use std::sync::Mutex;

fn two_nodes() -> Machine {
    Machine::with_packages(2, 2, 1).node_lists("0-1", "0-1").node(0, "0-1", 4096, "10 21").node(1, "2-3", 4096, "21 10")
}

fn fake() -> Fake {
    Fake::new(two_nodes().topology())
}

fn everywhere(fake: &'static Fake) -> Placement {
    fake.place(PlacementOptions::default()).unwrap()
}

fn team(fake: &'static Fake, threads: usize) -> Team {
    Team::new(Some(threads), everywhere(fake)).unwrap()
}

/// A buffer that begins at a huge page, and its offset in the vector.
fn aligned(len: usize) -> (Vec<u8>, usize) {
    let buffer = vec![0; len + LARGE_SHARE];
    let start = buffer.as_ptr().align_offset(LARGE_SHARE);
    (buffer, start)
}

fn grid_of(buffer: &[u8]) -> Grid {
    let first = match buffer.as_ptr().align_offset(SHARE) {
        0 => SHARE,
        cut => cut,
    };
    Grid { first: first.min(buffer.len()), share: SHARE, cut_anywhere: true }
}

/// What belongs at a position.
fn content(at: usize) -> u8 {
    u8::try_from(at / 4096 % 251).unwrap()
}

/// Writes a buffer as a fill does, and returns how many pages were written by threads of other nodes.
fn write(fake: &'static Fake, team: &Team, buffer: &mut [u8]) -> usize {
    let remote = Mutex::new(0);
    for_each_share(team, grid_of(buffer), buffer, &|at, share| {
        for (index, byte) in share.iter_mut().enumerate() {
            *byte = content(at + index);
        }
        *remote.lock().unwrap() += fake.written(share);
    });
    assert!(buffer.iter().enumerate().all(|(at, &byte)| byte == content(at)));
    remote.into_inner().unwrap()
}

/// Pages of a buffer on node 1.
fn on_node_1(fake: &'static Fake, buffer: &[u8]) -> usize {
    use crate::placement::System;
    let pages: Vec<usize> = buffer.chunks(4096).map(|page| page.as_ptr().addr()).collect();
    fake.locate(&pages).unwrap().into_iter().filter(|node| *node == Some(1)).count()
}

#[test]
fn a_buffer_on_two_nodes_is_written_from_both() {
    let fake = fake().leak();
    for (len, cut) in [(8 << 20, 4 << 20), (3 << 20, 1 << 20), (5 << 20, (2 << 20) + 4096 * 7), (1 << 20, 4096)] {
        let (mut buffer, start) = aligned(len);
        let buffer = &mut buffer[start..][..len];
        fake.forget_pages();
        fake.put(&buffer[..cut], 0);
        fake.put(&buffer[cut..], 1);
        for threads in [2, 3, 4, 9] {
            assert_eq!(write(fake, &team(fake, threads), buffer), 0, "{threads} threads, {cut} of {len}");
        }
    }
}

#[test]
fn new_memory_is_dealt_out_and_stays_where_it_was_put() {
    let fake = fake().leak();
    let (mut buffer, start) = aligned(16 << 20);
    let buffer = &mut buffer[start..][..16 << 20];
    let team = team(fake, 4);
    for _ in 0..3 {
        assert_eq!(write(fake, &team, buffer), 0);
        assert_eq!(on_node_1(fake, buffer), 2048, "half of the pages");
    }
    // Whole huge pages go to one node.
    for huge in buffer.chunks(LARGE_SHARE) {
        assert!(matches!(on_node_1(fake, huge), 0 | 512));
    }
}

#[test]
fn memory_that_is_there_in_part_is_evened_out() {
    let fake = fake().leak();
    let (mut buffer, start) = aligned(16 << 20);
    let buffer = &mut buffer[start..][..16 << 20];
    fake.put(&buffer[..6 << 20], 1);
    assert_eq!(write(fake, &team(fake, 4), buffer), 0);
    assert_eq!(on_node_1(fake, buffer), 2048, "half of the pages");
}

#[test]
fn a_node_without_threads_is_served_all_the_same() {
    let fake = fake().leak();
    let (mut buffer, start) = aligned(4 << 20);
    let buffer = &mut buffer[start..][..4 << 20];
    fake.put(buffer, 1);
    for threads in [2, 3] {
        assert_eq!(write(fake, &team(fake, threads), buffer), 0);
    }
    // One thread stays where it is.
    assert_eq!(write(fake, &team(fake, 1), buffer), 1024);
}

#[test]
fn where_nothing_can_be_looked_up_a_buffer_is_dealt_out_alike_each_time() {
    let fake = fake().refusing("move_pages", libc::EPERM).leak();
    let (mut buffer, start) = aligned(8 << 20);
    let buffer = &mut buffer[start..][..8 << 20];
    for _ in 0..3 {
        assert_eq!(write(fake, &team(fake, 4), buffer), 0);
    }
}

#[test]
fn memory_of_unknown_place_is_written_all_the_same() {
    let fake = fake().untold(Untold::Nowhere).leak();
    let mut buffer = vec![0; 3 << 20];
    write(fake, &team(fake, 4), &mut buffer);
}

#[test]
fn a_call_keeps_to_one_node_where_that_is_asked() {
    let fake = fake().leak();
    let placement = fake.place(PlacementOptions::new(NumaMode::Auto, Some(1))).unwrap();
    let team = Team::new(None, placement).unwrap();
    assert!(std::env::var_os("DGEN_THREADS").is_some() || team.threads() == 2);
    let (mut buffer, start) = aligned(6 << 20);
    let buffer = &mut buffer[start..][..6 << 20];
    assert_eq!(write(fake, &team, buffer), 0);
    assert_eq!(on_node_1(fake, buffer), 1536);
    // The caller is where it was.
    assert_eq!(crate::placement::System::affinity(fake).unwrap(), "0-3".parse().unwrap());
}

#[test]
fn what_is_remembered_is_looked_at_again() {
    let fake = fake().leak();
    let (buffer, start) = aligned(16 << 20);
    let buffer = &buffer[start..][..16 << 20];
    let team = team(fake, 4);
    let area = Area { address: buffer.as_ptr().addr(), len: buffer.len(), grid: grid_of(buffer) };
    let cache = Cache::default();
    let of = || spans::of(&team, team.placement().unwrap(), area, &cache);
    let groups = |spans: &[Span]| spans.iter().map(|span| span.group).collect::<Vec<_>>();
    // Nothing is there, so nothing is remembered.
    assert_eq!(groups(&of()), [[0; 32], [1; 32]].concat());
    fake.put(buffer, 0);
    assert_eq!(groups(&of()), [0; 64]);
    fake.calls();
    assert_eq!(groups(&of()), [0; 64]);
    assert_eq!(fake.calls(), ["move_pages 8"], "a few looks suffice");
    // Another mapping at the same address.
    fake.put(buffer, 1);
    assert_eq!(groups(&of()), [1; 64]);
    // A part that no look happens to see is found after a while.
    fake.put(&buffer[SHARE..][..4096], 0);
    let found = (0..100).any(|_| of().len() > 64);
    assert!(found);
}

#[test]
fn interleaved_pages_are_not_cut_to_shreds() {
    let fake = fake().leak();
    let (buffer, start) = aligned(1 << 20);
    let buffer = &buffer[start..][..1 << 20];
    for (index, page) in buffer.chunks(4096).enumerate() {
        fake.put(page, u32::try_from(index % 2).unwrap());
    }
    let team = team(fake, 4);
    let area = Area { address: buffer.as_ptr().addr(), len: buffer.len(), grid: grid_of(buffer) };
    assert_eq!(spans::of(&team, team.placement().unwrap(), area, &Cache::default()).len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 48 }))]

    #[test]
    fn spans_cover_the_buffer_once(
        pages in proptest::collection::vec(0_u32..3, 1..40),
        run in 1_usize..200,
        skip in 0_usize..9000,
        tail in 1_usize..5000,
        share in 1_usize..40,
    ) {
        let fake = fake().leak();
        // Addresses of pages that do not exist serve as well.
        let address = (1 << 40) + skip;
        let len = pages.len() * run * 4096 + tail;
        for (index, node) in pages.iter().enumerate().filter(|(_, node)| **node < 2) {
            fake.put_at(address + index * run * 4096, run * 4096, *node);
        }
        let grid = Grid { first: 4096 - skip % 4096, share: share * 4096, cut_anywhere: true };
        let team = team(fake, 4);
        let area = Area { address, len, grid };
        let spans = spans::of(&team, team.placement().unwrap(), area, &Cache::default());
        let mut at = 0;
        for span in spans.iter() {
            prop_assert!(span.start == at && span.len > 0 && span.group < 2);
            at += span.len;
        }
        prop_assert_eq!(at, len);
    }

    #[test]
    fn bytes_are_those_of_one_thread(
        offset in 0_u64..1 << 40,
        len in 1_usize..6 << 20,
        cut in 0_usize..6 << 20,
        threads in 1_usize..9,
        node in proptest::option::of(0_u32..2),
    ) {
        let fake = fake().leak();
        let placement = fake.place(PlacementOptions::new(NumaMode::Auto, node)).unwrap();
        let team = Team::new(Some(threads), placement).unwrap();
        let stream = crate::Stream::new(&"dgen1,seed=9,dedup=3/2,compress=2".parse().unwrap()).unwrap();
        let mut expected = vec![0; len];
        stream.fill_at(offset, &mut expected).unwrap();
        let mut buffer = vec![0; len];
        fake.put(&buffer[cut.min(len)..], 1);
        for _ in 0..2 {
            buffer.fill(0);
            stream.fill_with(offset, &mut buffer, &team).unwrap();
            prop_assert!(buffer == expected);
        }
    }
}
