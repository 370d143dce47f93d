//! `within`: exact shares of duplicates inside shards and between them.

mod common;

use std::collections::{HashMap, HashSet};

use common::{bytes, stream};
use dgen::{Recipe, Stream};
use proptest::prelude::*;

/// Values with blocks of 1 MiB; the ratio p/q, blocks of a shard, the share e/f, window and skip in blocks.
type Values = (&'static str, u64, u64, u64, [u64; 2], u64, u64);

const CASES: [Values; 9] = [
    ("dedup=2,window=192MiB,within=64MiB:1/2", 2, 1, 64, [1, 2], 192, 8),
    ("dedup=2,within=64MiB:1", 2, 1, 64, [1, 1], 64, 8),
    ("dedup=4/3,window=256MiB,within=64MiB:0", 4, 3, 64, [0, 1], 256, 8),
    ("dedup=3,skip=1MiB,within=4MiB:1/3", 3, 1, 4, [1, 3], 64, 1),
    ("dedup=7.3,skip=0,within=10MiB:0.7", 73, 10, 10, [7, 10], 64, 0),
    ("dedup=10,window=1GiB,skip=30MiB,within=10MiB:1/2", 10, 1, 10, [1, 2], 1024, 30),
    ("dedup=1.01,window=4GiB,within=300MiB:1/7", 101, 100, 300, [1, 7], 4096, 8),
    ("dedup=5/2,window=64MiB,skip=3MiB,within=3MiB:1", 5, 2, 3, [1, 1], 64, 3),
    ("dedup=100,window=2GiB,within=1000MiB:9/10", 100, 1, 1000, [9, 10], 2048, 8),
];

/// A stream with what its promises are made of.
struct Case {
    stream: Stream,
    p: u64,
    q: u64,
    blocks: u64,
    share: [u64; 2],
    window: u64,
    skip: u64,
}

impl Case {
    /// Contents before a shard.
    fn before(&self, shard: u64) -> u64 {
        (shard * self.blocks * self.q).div_ceil(self.p)
    }

    /// Of the duplicates before a shard, those that are copied from their own.
    fn within(&self, shard: u64) -> u64 {
        (shard * self.blocks - self.before(shard)) * self.share[0] / self.share[1]
    }

    /// Duplicates of a shard that are copied from earlier ones, and those from its own.
    fn shares(&self, shard: u64) -> (u64, u64) {
        let within = self.within(shard + 1) - self.within(shard);
        (self.blocks - (self.before(shard + 1) - self.before(shard)) - within, within)
    }

    /// The first shard for which earlier ones have contents enough.
    fn full(&self) -> u64 {
        let behind = self.skip.div_ceil(self.blocks);
        (behind..1 << 20).find(|shard| self.before(shard - behind) >= (behind + 1) * self.blocks).unwrap()
    }
}

fn cases(f: impl Fn(&Case)) {
    for (values, p, q, blocks, share, window, skip) in CASES {
        let stream = stream(&format!("dgen1,seed=12,{values}"));
        f(&Case { stream, p, q, blocks, share, window, skip });
    }
}

#[test]
fn every_prefix_holds_the_promised_contents() {
    cases(|case| {
        let mut contents = 0;
        for i in 0..5000 {
            let content = case.stream.content_of_block(i);
            assert!(content <= contents, "block {i} of {}", case.stream.recipe());
            contents = contents.max(content + 1);
            let n = i + 1;
            assert_eq!(case.stream.distinct_blocks(n), contents, "{n} blocks of {}", case.stream.recipe());
            let exact = (n * case.q).div_ceil(case.p);
            assert!((exact..=exact + 1).contains(&contents), "{n} blocks of {}", case.stream.recipe());
            assert!(n % case.blocks > 0 || contents == exact, "{n} blocks of {}", case.stream.recipe());
        }
    });
}

#[test]
fn each_shard_alone_holds_the_promised_contents() {
    cases(|case| {
        for shard in (0..40).map(|number| case.full() + number).chain([1 << 30]) {
            let (before, first) = (case.before(shard), shard * case.blocks);
            let contents: Vec<u64> = (first..first + case.blocks).map(|i| case.stream.content_of_block(i)).collect();
            let older = contents.iter().filter(|&&content| content < before).count() as u64;
            let new = case.before(shard + 1) - before;
            let (across, within) = case.shares(shard);
            let distinct = contents.iter().collect::<HashSet<_>>().len() as u64;
            let text = format!("shard {shard} of {}", case.stream.recipe());
            assert_eq!((older, distinct, case.blocks - older - new), (across, new + across, within), "{text}");
        }
    });
}

#[test]
fn copies_are_as_near_and_as_old_as_promised() {
    cases(|case| {
        for start in [0, case.full() << 30] {
            let first = start * case.blocks;
            let mut last = HashMap::new();
            for i in first..first + 8000 {
                let (content, known) = (case.stream.content_of_block(i), case.stream.distinct_blocks(i));
                assert!(content + case.window >= known, "block {i} of {}", case.stream.recipe());
                let before = last.insert(content, i);
                let earlier = content < case.before(i / case.blocks);
                let near = before.is_some_and(|before| i - before <= case.skip);
                assert!(!earlier || !near, "block {i} of {}", case.stream.recipe());
                let own = known - case.before(i / case.blocks);
                let young = !earlier && content < known && content + case.skip >= known;
                assert!(!young || own < 2 * case.skip, "block {i} of {}", case.stream.recipe());
            }
        }
    });
}

#[test]
fn what_a_shard_copies_is_spread_over_all_that_it_may() {
    let stream = stream("dgen1,seed=3,dedup=2,window=192MiB,within=64MiB:1/2");
    let (mut across, mut own) = (HashSet::new(), [0_u64; 4]);
    for i in 640..640 + 64 * 400 {
        let (content, before) = (stream.content_of_block(i), i / 64 * 32);
        if content < before {
            across.insert((before - content - 1) / 8);
        } else if stream.distinct_blocks(i + 1) == stream.distinct_blocks(i) && i % 64 >= 60 {
            own[usize::try_from(content - before).unwrap() / 6] += 1;
        }
    }
    // A class has (192 - 2·32) / 2 = 64 contents, half of which are each shard's own to copy.
    assert!((16..=20).contains(&across.len()), "{across:?}");
    let mean = own.iter().sum::<u64>() / 4;
    assert!(own.iter().all(|&count| count > mean * 3 / 4), "{own:?}");
}

#[test]
fn a_page_is_found_where_it_first_appears() {
    cases(|case| {
        let mut first = HashMap::new();
        for i in 0..150 {
            let block = *first.entry(case.stream.content_of_block(i)).or_insert(i);
            let offset = (i << 20) + 4096 * (i % 256);
            let found = case.stream.locate(&bytes(&case.stream, offset, 4096)).unwrap();
            assert_eq!(found.offset, (block << 20) + 4096 * (i % 256), "block {i} of {}", case.stream.recipe());
            assert!(found.intact && case.stream.belongs_at(found, offset));
        }
    });
}

#[test]
fn what_has_no_plan_is_refused_with_what_would() {
    for (values, word) in [
        ("dedup=2,within=64MiB:1/2", "a window of 96MiB or more"),
        ("dedup=2,within=1536KiB:1", "a multiple of the block, 1MiB"),
        ("dedup=65,within=64MiB:1", "from 65MiB on"),
        ("dedup=2,within=64MiB:1,runs=2", "runs=1"),
        ("dedup=2,within=64MiB:1,early=apart", "early=exact"),
        ("within=64MiB", "SIZE:SHARE"),
        ("within=2TiB:1", "1 TiB"),
        ("within=1MiB:2", "a share from 0 to 1"),
    ] {
        let error = format!("dgen1,seed=1,{values}").parse::<Recipe>().unwrap_err().to_string();
        assert!(error.starts_with("within: ") && error.contains(word), "{values}: {error}");
    }
    "dgen1,seed=1,dedup=2,window=96MiB,within=64MiB:1/2".parse::<Recipe>().unwrap();
    let unique = stream("dgen1,seed=6,within=1MiB:1");
    assert!([0, 1, 77, 1 << 43].iter().all(|&i| unique.content_of_block(i) == i && unique.distinct_blocks(i) == i));
}

proptest! {
    #![proptest_config(common::cases(2000))]

    #[test]
    fn the_plan_is_that_of_the_reference(
        num in 0_u64..5000,
        den in 1_u64..5000,
        at in 0_u64..(1 << 51) - 40,
        seed: u64,
        (window, skip) in prop_oneof![(16_u64..5000, 0_u64..=256), (16_u64..1 << 22, 0_u64..=256)],
        (size, e, f) in (prop_oneof![1_u64..200, 1_u64..1 << 20], 0_u64..100, 1_u64..100),
    ) {
        let (skip, share) = (window * skip / 1024, e.min(f));
        let text = format!(
            "dgen1,seed={seed},block=4KiB,dedup={}/{den},window={},skip={},within={}:{share}/{f}",
            num + den, window * 4096, skip * 4096, size * 4096,
        );
        common::plan_is_that_of_the_reference(&text, at)?;
    }
}
