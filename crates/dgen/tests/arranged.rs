//! Arranged duplicates: `early`, `reuse` and `runs` keep the ratio exact, duplicates apart, and copies where they say.

mod common;

use std::collections::HashMap;

use common::{bytes, stream};
use dgen::{Recipe, Stream};
use proptest::prelude::*;

const RATIOS: [(&str, u64, u64); 8] = [
    ("1.01", 101, 100),
    ("4/3", 4, 3),
    ("3/2", 3, 2),
    ("2", 2, 1),
    ("5/2", 5, 2),
    ("7.3", 73, 10),
    ("10", 10, 1),
    ("100", 100, 1),
];

/// Values with blocks of 1 MiB: window and skip, with these numbers of blocks.
const WINDOWS: [(&str, u64, u64); 5] = [
    ("", 64, 8),
    (",window=16MiB,skip=4MiB", 16, 4),
    (",window=20MiB,skip=4MiB", 20, 4),
    (",window=30MiB,skip=0", 30, 0),
    (",window=256MiB,skip=5MiB", 256, 5),
];

/// A recipe's stream with what its promises are made of.
struct Case {
    stream: Stream,
    /// The ratio p/q.
    p: u64,
    q: u64,
    window: u64,
    skip: u64,
    /// Blocks at the beginning that are all new.
    ahead: u64,
    /// The largest run.
    most: u64,
    /// Contents from which on nothing is near.
    full: u64,
}

impl Case {
    /// The contents of `n` blocks without runs.
    fn contents(&self, n: u64) -> u64 {
        (n * self.q).div_ceil(self.p).max(n.min(self.ahead))
    }
}

/// Every ratio and window with how duplicates lie, where they can.
fn cases(reuses: &[&str], f: impl Fn(&Case)) {
    let mut count = 0;
    for (ratio, p, q) in RATIOS {
        for (values, window, skip) in WINDOWS {
            for (early, reuse, (runs, least, most)) in choices(reuses) {
                let text = format!("dgen1,seed=12,dedup={ratio}{values},early={early},reuse={reuse},runs={runs}");
                let Ok(recipe) = text.parse::<Recipe>() else { continue };
                if early == "exact" && reuse == "uniform" && runs == "1" {
                    continue;
                }
                let bins = 2 * skip.div_ceil(least + most).max(1);
                let first = if reuse == "fixed" { 2 * ((window - skip) / 4) } else { 2 * bins * most };
                let apart = early == "apart";
                let ahead = if apart { skip + first } else { 0 };
                let full = if apart { 0 } else { 2 * skip + first };
                let stream = Stream::new(&recipe).unwrap();
                f(&Case { stream, p, q, window, skip, ahead, most, full });
                count += 1;
            }
        }
    }
    assert!(count >= 60, "{count} recipes");
}

fn choices<'a>(reuses: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str, (&'a str, u64, u64))> {
    let runs = [("1", 1, 1), ("1-3", 1, 3), ("3", 3, 3), ("4-11", 4, 11)];
    let early = ["exact", "apart"].into_iter();
    early.flat_map(move |early| reuses.iter().flat_map(move |&reuse| runs.map(|runs| (early, reuse, runs))))
}

#[test]
fn every_prefix_holds_the_promised_contents() {
    cases(&["uniform", "recent:24MiB", "zipf:1.1", "fixed"], |case| {
        let mut contents = 0;
        for i in 0..1500 {
            let content = case.stream.content_of_block(i);
            assert!(content <= contents, "block {i} of {}", case.stream.recipe());
            contents = contents.max(content + 1);
            assert_eq!(case.stream.distinct_blocks(i + 1), contents, "{} blocks of {}", i + 1, case.stream.recipe());
            let even = case.contents(i + 1);
            assert!((even..even + case.most).contains(&contents), "{} blocks of {}", i + 1, case.stream.recipe());
        }
    });
}

#[test]
fn behind_each_run_the_prefix_is_exact() {
    cases(&["uniform"], |case| {
        let is_new = |i| case.stream.distinct_blocks(i + 1) > case.stream.distinct_blocks(i);
        let ends: Vec<u64> = (1..20_000).filter(|&i| is_new(i) && !is_new(i - 1)).collect();
        assert!(ends.len() > 1, "{}", case.stream.recipe());
        for n in ends {
            assert_eq!(case.stream.distinct_blocks(n), case.contents(n), "{n} blocks of {}", case.stream.recipe());
        }
    });
}

#[test]
fn nothing_is_near_and_nothing_older_than_the_window() {
    cases(&["uniform", "recent:24MiB", "zipf:1.1", "fixed"], |case| {
        for start in [0, 1 << 40] {
            let mut last = HashMap::new();
            for i in start..start + 2500 {
                let content = case.stream.content_of_block(i);
                let known = case.stream.distinct_blocks(i);
                assert!(content + case.window >= known, "block {i} of {}", case.stream.recipe());
                let before = last.insert(content, i).filter(|_| known >= case.full);
                assert!(before.is_none_or(|before| i - before > case.skip), "block {i} of {}", case.stream.recipe());
            }
        }
    });
}

#[test]
fn ranges_anywhere_hold_at_most_a_window_more() {
    cases(&["uniform", "zipf:1.1", "fixed"], |case| {
        for start in [17, (1 << 43) - 600] {
            let mut seen = std::collections::HashSet::new();
            for n in 1..600 {
                seen.insert(case.stream.content_of_block(start + n - 1));
                let limit = (n * case.q).div_ceil(case.p) + case.window + case.most - 1;
                assert!(seen.len() as u64 <= limit, "{n} blocks from {start} of {}", case.stream.recipe());
            }
        }
    });
}

#[test]
fn runs_copy_contents_in_a_row() {
    for (runs, least, most) in [("8", 8, 8), ("4-16", 4, 16), ("1-31", 1, 31)] {
        let stream = stream(&format!("dgen1,seed=4,block=64KiB,dedup=2,runs={runs}"));
        let contents: Vec<u64> = (20_000..60_000).map(|i| stream.content_of_block(i)).collect();
        let is_new = |i: u64| stream.distinct_blocks(i + 1) > stream.distinct_blocks(i);
        let mut lengths = Vec::new();
        let mut length = 0;
        for (i, pair) in (20_001..).zip(contents.windows(2)) {
            if !is_new(i) && !is_new(i - 1) && pair[1] == pair[0] + 1 {
                length += 1;
            } else if !is_new(i - 1) {
                lengths.push(length + 1);
                length = 0;
            }
        }
        let lengths = &lengths[1..];
        assert!(lengths.iter().all(|length| (least..=most).contains(length)), "{runs}");
        let mean = lengths.iter().sum::<u64>() as f64 / lengths.len() as f64;
        assert!((mean / ((least + most) as f64 / 2.0) - 1.0).abs() < 0.02, "{runs}: {mean}");
    }
}

#[test]
fn fixed_copies_each_content_equally_often() {
    for (ratio, p, q) in RATIOS {
        for (values, window, skip) in WINDOWS.into_iter().filter(|(_, window, skip)| 5 * skip <= *window) {
            for seed in 0..8 {
                for early in ["exact", "apart"] {
                    let text = format!("dgen1,seed={seed},dedup={ratio}{values},early={early},reuse=fixed");
                    let stream = stream(&text);
                    let mut counts = HashMap::new();
                    let blocks = 10 * window * p / q;
                    for i in 0..blocks {
                        *counts.entry(stream.content_of_block(i)).or_insert(0_u64) += 1;
                    }
                    let whole = (window - skip) / 4 * 2;
                    for content in whole..stream.distinct_blocks(blocks) - window {
                        let times = counts[&content];
                        assert!((p / q..=p.div_ceil(q)).contains(&times), "{text}: {content} stands {times} times");
                    }
                }
            }
        }
    }
}

#[test]
fn recent_copies_the_newest_contents() {
    let stream = stream("dgen1,seed=6,dedup=3,reuse=recent:20MiB");
    let mut ages = HashMap::new();
    for i in 500..100_000 {
        let known = stream.distinct_blocks(i);
        if stream.distinct_blocks(i + 1) == known {
            *ages.entry(known - 1 - stream.content_of_block(i)).or_insert(0_u64) += 1;
        }
    }
    assert!(ages.keys().all(|age| (8..28).contains(age)), "{ages:?}");
    assert!(ages.len() >= 16, "{ages:?}");
}

#[test]
fn zipf_gives_the_promised_shares() {
    for (exponent, power) in [("1.1", 1.1), ("1/2", 0.5), ("2", 2.0)] {
        let text = format!("dgen1,seed=6,dedup=100,skip=0,window=258MiB,reuse=zipf:{exponent}");
        let stream = stream(&text);
        // Two bins of 64 pairs: of each rank, the contents in four places.
        let mut counts = HashMap::new();
        let mut copies = 0.0;
        for i in 30_000..230_000 {
            let known = stream.distinct_blocks(i);
            if stream.distinct_blocks(i + 1) == known {
                let pair = stream.content_of_block(i) / 2 % 64;
                let rank = if pair == 0 { 0 } else { pair.reverse_bits() >> 58 };
                *counts.entry(rank).or_insert(0.0) += 1.0;
                copies += 1.0;
            }
        }
        let weight = |rank: u64| if rank == 0 { 1.0 } else { 2_f64.powf(-power * f64::from(rank.ilog2() + 1)) };
        let sum: f64 = (0..64).map(weight).sum();
        for band in [0..1, 1..2, 2..4, 4..8, 8..16, 16..32, 32..64] {
            let expected: f64 = band.clone().map(weight).sum::<f64>() / sum;
            let found = band.clone().filter_map(|rank| counts.get(&rank)).sum::<f64>() / copies;
            let allowed = 6.0 * (expected / copies).sqrt();
            assert!((found - expected).abs() < allowed, "{text}, ranks {band:?}: {found}, expected {expected}");
        }
    }
}

#[test]
fn a_page_is_found_where_it_first_appears() {
    cases(&["uniform", "zipf:1.1", "fixed"], |case| {
        let mut first = HashMap::new();
        for i in 0..150 {
            let content = case.stream.content_of_block(i);
            let block = *first.entry(content).or_insert(i);
            let offset = (i << 20) + 4096 * (i % 256);
            let found = case.stream.locate(&bytes(&case.stream, offset, 4096)).unwrap();
            assert_eq!(found.offset, (block << 20) + 4096 * (i % 256), "block {i} of {}", case.stream.recipe());
            assert!(found.intact && case.stream.belongs_at(found, offset));
        }
    });
}

#[test]
fn with_ratio_1_nothing_repeats() {
    let stream = stream("dgen1,seed=6,early=apart,reuse=zipf:2,runs=2");
    assert!([0, 1, 77, 1 << 43].iter().all(|&i| stream.content_of_block(i) == i && stream.distinct_blocks(i) == i));
}

/// How duplicates lie, with windows for them in blocks.
fn arranged() -> impl Strategy<Value = String> {
    let early = prop::sample::select(vec!["exact", "apart"]);
    let reuse = prop_oneof![
        Just("uniform".to_owned()),
        Just("fixed".to_owned()),
        (1_u64..4000, 1_u64..1000).prop_map(|(num, den)| format!("zipf:{}/{den}", num.min(4 * den))),
        (1_u64..20_000).prop_map(|pages| format!("recent:{}", pages * 4096)),
    ];
    let runs = prop_oneof![
        2 => Just("1".to_owned()),
        1 => (1_u64..40, 0_u64..40).prop_map(|(least, more)| format!("{least}-{}", least + more)),
    ];
    let window = prop_oneof![(16_u64..5000, 0_u64..=256), (16_u64..1 << 22, 0_u64..=256)];
    (early, reuse, runs, window).prop_map(|(early, reuse, runs, (window, skip))| {
        format!("window={},skip={},early={early},reuse={reuse},runs={runs}", window * 4096, window * skip / 1024 * 4096)
    })
}

proptest! {
    #![proptest_config(common::cases(3000))]

    #[test]
    fn the_plan_is_that_of_the_reference(num in 1_u64..5000, den in 1_u64..5000, at in 0_u64..(1 << 51) - 40, seed: u64, lie in arranged()) {
        let text = format!("dgen1,seed={seed},block=4KiB,dedup={}/{den},{lie}", num + den);
        common::plan_is_that_of_the_reference(&text, at)?;
    }
}
