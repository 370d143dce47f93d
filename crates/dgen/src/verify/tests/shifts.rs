//! Data that lies some bytes from its place.

use super::damage::Random;
use super::{DamageKind, PAGE, Verifier, data, only, stream};

#[test]
fn all_behind_a_lost_byte_is_one_shifted_range() {
    let stream = stream("dgen1,seed=1,compress=2");
    let mut copy = data(&stream, 0, 16 * PAGE + 1);
    copy.remove(5000);
    let ranges = Verifier::new(stream).check(0, &copy).unwrap();
    assert_eq!(only(&ranges), (5000, 16 * 4096 - 5000, DamageKind::Shifted));
    assert_eq!((ranges[0].shift, ranges[0].source_offset), (Some(-1), Some(5001)));
    assert!(ranges[0].to_string().contains("1 bytes before its place, belongs at stream offset 5001"), "{}", ranges[0]);
}

#[test]
fn what_was_put_in_is_part_of_it() {
    let stream = stream("dgen1,seed=1");
    for (at, len) in [(100, 3900), (5000, 1), (0, 4000), (8100, 7), (0, 1)] {
        let right = data(&stream, 0, 16 * PAGE);
        let copy = [&right[..at], &Random(1).bytes(len)[..], &right[at..]].concat();
        let ranges = Verifier::new(stream.clone()).check(0, &copy[..16 * PAGE]).unwrap();
        let (offset, length, kind) = only(&ranges);
        assert_eq!((kind, offset + length), (DamageKind::Shifted, 16 * 4096), "{at} {len}");
        assert!((at as u64..at as u64 + 3).contains(&offset), "{at} {len}: {offset}");
        assert_eq!(ranges[0].shift, Some(len as i64));
        assert_eq!(ranges[0].source_offset, offset.checked_sub(len as u64));
    }
}

#[test]
fn every_distance_below_a_page_is_found() {
    for text in ["dgen1,seed=3", "dgen1,seed=3,compress=10", "dgen1,seed=3,block=4KiB,dedup=2,window=1MiB,skip=64KiB"] {
        let stream = stream(text);
        for distance in
            (1..4096).step_by(if text.len() > 15 { 41 } else { 7 }).chain([15, 16, 17, 4079, 4080, 4081, 4095])
        {
            for shift in [distance, -distance] {
                let copy = data(&stream, ((9 << 20) - shift) as u64, 4 * PAGE);
                let ranges = Verifier::new(stream.clone()).check(9 << 20, &copy).unwrap();
                assert_eq!(only(&ranges), (9 << 20, 4 * 4096, DamageKind::Shifted), "{text} {shift}");
                assert_eq!(ranges[0].shift, Some(shift));
            }
        }
    }
}

#[test]
fn farther_distances_are_told_by_tags() {
    let stream = stream("dgen1,seed=3,compress=4");
    for distance in [4097, 100_000, 3 * 4096 - 700, (1 << 40) + 5] {
        let there = (1_u64 << 41) - distance;
        let copy = data(&stream, there, 4 * PAGE);
        let ranges = Verifier::new(stream.clone()).check(1 << 41, &copy).unwrap();
        assert_eq!(only(&ranges), (1 << 41, 4 * 4096, DamageKind::Shifted), "{distance}");
        assert_eq!((ranges[0].shift, ranges[0].source_offset), (Some(distance as i64), Some(there)));
    }
}

#[test]
fn a_shifted_part_ends_where_the_data_is_right_again() {
    let stream = stream("dgen1,seed=3");
    let mut copy = data(&stream, 0, 16 * PAGE);
    copy.copy_within(10_000..30_000, 10_100);
    let ranges = Verifier::new(stream).check(0, &copy).unwrap();
    assert!(ranges.iter().all(|range| range.kind == DamageKind::Shifted && range.shift == Some(100)), "{ranges:?}");
    assert_eq!(ranges.iter().map(|range| range.length).sum::<u64>(), 20_000);
}

#[test]
fn pieces_that_begin_and_end_inside_pages_are_searched_too() {
    let stream = stream("dgen1,seed=3,compress=3/2");
    for (offset, len) in [(10_000, 2000), (4095, 9000), (50, 100)] {
        for shift in [-3000, -7, 9, 1500] {
            let copy = data(&stream, (1_000_000 + offset - shift) as u64, len);
            let ranges = Verifier::new(stream.clone()).check((1_000_000 + offset) as u64, &copy).unwrap();
            assert!(ranges.iter().all(|range| range.shift == Some(shift)), "{offset} {shift} {ranges:?}");
        }
    }
}
