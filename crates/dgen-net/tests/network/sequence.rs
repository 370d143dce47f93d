//! What is found in bytes that come in a row.

use dgen::{DamageKind, Recipe, SequenceReport, SequenceVerifier, Stream};

use crate::faults::{Dice, pass, plan, told};

const PAGE: usize = 4096;
const RECIPES: [&str; 5] = [
    "dgen1,seed=1",
    "dgen1,seed=2,compress=2",
    "dgen1,seed=3,compress=3,texture=lz,tune=lz4",
    "dgen1,seed=4,texture=tensor",
    "dgen1,seed=5,dedup=2,block=64KiB,compress=3/2",
];

fn stream(text: &str) -> Stream {
    Stream::new(&text.parse::<Recipe>().unwrap()).unwrap()
}

fn data(stream: &Stream, offset: u64, len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    stream.fill_at(offset, &mut data).unwrap();
    data
}

/// Verifies data that comes in pieces of any size.
fn verified(stream: &Stream, offset: u64, size: usize, came: &[u8]) -> SequenceReport {
    let mut verifier = SequenceVerifier::new(stream.clone(), offset, size as u64, usize::MAX).unwrap();
    let (mut rest, mut dice) = (came, Dice(came.len() as u64 | 1));
    while !rest.is_empty() {
        let len = [1 + dice.below(100), 1 + dice.below(300_000)][usize::from(dice.below(4) > 0)];
        let (piece, others) = rest.split_at(rest.len().min(usize::try_from(len).unwrap()));
        verifier.push(piece).unwrap();
        rest = others;
    }
    assert_eq!(verifier.received(), came.len() as u64);
    verifier.finish().unwrap()
}

/// The ranges as kind, received offset, stream offset and length.
fn shape(report: &SequenceReport) -> Vec<(DamageKind, u64, Option<u64>, u64)> {
    report.ranges.iter().map(|range| (range.kind, range.received_offset, range.offset, range.length)).collect()
}

#[test]
fn what_is_right_is_right_however_it_is_cut() {
    for recipe in RECIPES {
        let stream = stream(recipe);
        for (offset, len) in [(0, 1), (77, 3_000_001), ((1 << 40) + 4095, 70_000)] {
            let report = verified(&stream, offset, len, &data(&stream, offset, len));
            assert!(report.ok && report.ranges.is_empty(), "{recipe} {offset}: {report:?}");
            assert_eq!((report.bytes_received, report.valid_prefix), (len as u64, len as u64));
        }
    }
}

#[test]
fn each_fault_is_one_range() {
    let stream = stream("dgen1,seed=9,compress=3/2");
    let (offset, len) = (10_000_u64, 50 * PAGE);
    let whole = data(&stream, offset, len);
    let at = 20 * PAGE + 1234;
    let expect = |came: &[u8], ranges: &[(DamageKind, usize, Option<usize>, usize)]| {
        let report = verified(&stream, offset, len, came);
        let ranges: Vec<_> = ranges
            .iter()
            .map(|(kind, at, source, len)| (*kind, *at as u64, source.map(|at| at as u64 + offset), *len as u64))
            .collect();
        assert_eq!(shape(&report), ranges);
        assert_eq!(report.valid_prefix, ranges.first().map_or(came.len() as u64, |range| range.1));
        assert_eq!(report.bytes_bad, ranges.iter().map(|range| range.3).sum::<u64>());
    };
    for n in [1, 100, PAGE, 3 * PAGE + 7] {
        expect(&[&whole[..at], &whole[at + n..]].concat(), &[(DamageKind::Missing, at, Some(at), n)]);
        expect(&[&whole[..at + n], &whole[at..]].concat(), &[(DamageKind::Extra, at + n, Some(at), n)]);
        expect(&whole[..len - n], &[(DamageKind::Missing, len - n, Some(len - n), n)]);
    }
    for (one, other) in [(PAGE, PAGE), (300, 9000), (9000, 300), (500, 700), (20_001, 20_000)] {
        let [head, first, second, tail] =
            [&whole[..at], &whole[at..at + one], &whole[at + one..at + one + other], &whole[at + one + other..]];
        let early = (DamageKind::Misplaced, at, Some(at + one), other);
        let late = (DamageKind::Misplaced, at + other, Some(at), one);
        let came = [head, second, first, tail].concat();
        expect(&came, &[if other < one { early } else { late }]);
    }
    // Two pieces far from each other change places, and one comes too late.
    let (early, late) = ([&whole[at..at + 5000], &whole[at + 60_000..at + 65_000]], &whole[at + 5000..at + 60_000]);
    let came = [&whole[..at], early[1], late, early[0], &whole[at + 65_000..]].concat();
    let ranges = [(at, at + 60_000), (at + 60_000, at)];
    expect(&came, &ranges.map(|(at, source)| (DamageKind::Misplaced, at, Some(source), 5000)));
    let other = vec![0xA5; 10_000];
    expect(&[&whole[..at], &other, &whole[at..]].concat(), &[(DamageKind::Extra, at, None, 10_000)]);
    let replaced = [&whole[..20 * PAGE], &other[..2 * PAGE], &whole[22 * PAGE..]].concat();
    let report = verified(&stream, offset, len, &replaced);
    assert!(report.ranges.iter().all(|range| matches!(range.kind, DamageKind::Foreign | DamageKind::Torn)));
    assert_eq!(report.bytes_bad, 2 * PAGE as u64);
    let mut flipped = whole.clone();
    flipped[at] ^= 0x11;
    expect(&flipped, &[(DamageKind::Flipped, at, Some(at), 1)]);
    expect(&[], &[(DamageKind::Missing, 0, Some(0), len)]);
    let more = data(&stream, offset, len + 777);
    expect(&more, &[(DamageKind::Extra, len, Some(len), 777)]);
}

#[test]
fn an_early_end_may_be_no_fault() {
    let stream = stream("dgen1,seed=9");
    let whole = data(&stream, 0, 10 * PAGE);
    let mut verifier = SequenceVerifier::new(stream, 0, 1 << 40, 20).unwrap();
    verifier.push(&[&whole[..5000], &whole[5100..]].concat()).unwrap();
    let report = verifier.finish_early().unwrap();
    assert_eq!(shape(&report), [(DamageKind::Missing, 5000, Some(5000), 100)]);
}

#[test]
fn hundreds_of_faults_are_all_named() {
    for (seed, recipe) in (1..).zip(RECIPES) {
        let stream = stream(recipe);
        let (faults, size) = plan(seed, 150, true);
        let (offset, size) = (4096 * 77, usize::try_from(size).unwrap());
        let mut came = Vec::new();
        pass(&faults, &data(&stream, offset, size)[..], &mut came).unwrap();
        let report = verified(&stream, offset, size, &came);
        told(&faults, offset, &report.ranges).check(recipe);
    }
}

#[test]
fn other_data_costs_no_memory_and_ends() {
    let stream = stream("dgen1,seed=6,compress=2");
    let mut dice = Dice(5);
    for piece in [24, 40, 1000] {
        // Pieces of the stream in wild order.
        let mut came = Vec::new();
        while came.len() < 1 << 20 {
            came.extend(data(&stream, dice.below(1 << 22), piece));
        }
        let report = verified(&stream, 0, 1 << 20, &came);
        assert!(!report.ok && report.bytes_received == came.len() as u64);
    }
    let report = verified(&stream, 0, 1 << 20, &vec![0; 1 << 20]);
    assert_eq!(report.bytes_by_kind.keys().collect::<Vec<_>>(), [&DamageKind::Zeroed]);
}
