//! Each kind of damage is named, with its place and extent.

use super::{DamageKind, DamageRange, Verifier, VerifyReport};
use crate::recipe::Recipe;
use crate::stream::Stream;

const PAGE: usize = 4096;

fn stream(text: &str) -> Stream {
    Stream::new(&text.parse::<Recipe>().unwrap()).unwrap()
}

fn data(stream: &Stream, offset: u64, len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    stream.fill_at(offset, &mut data).unwrap();
    data
}

/// Damages sixteen pages of a stream and returns what verification says, for random, compressible and duplicated data, and
/// for numbers.
fn damaged(damage: impl Fn(&Stream, &mut [u8])) -> Vec<DamageRange> {
    let mut results = [
        "dgen1,seed=1",
        "dgen1,seed=1,compress=2",
        "dgen1,seed=1,texture=tensor",
        "dgen1,seed=1,texture=tensor,dtype=int8,like=adam",
        "dgen1,seed=1,block=8KiB,dedup=2,window=1MiB,skip=64KiB,compress=4",
    ]
    .into_iter()
    .map(|text| {
        let stream = stream(text);
        let mut data = data(&stream, 1 << 20, 16 * PAGE);
        damage(&stream, &mut data);
        let mut ranges =
            Verifier::new(stream).with_stale(vec![self::stream("dgen1,seed=2")]).check(1 << 20, &data).unwrap();
        for range in &mut ranges {
            range.offset -= 1 << 20;
        }
        ranges
    })
    .collect::<Vec<_>>();
    let last = results.pop().unwrap();
    for other in results {
        let shape = |ranges: &[DamageRange]| ranges.iter().map(|r| (r.offset, r.length, r.kind)).collect::<Vec<_>>();
        assert_eq!(shape(&other), shape(&last));
    }
    last
}

fn only(ranges: &[DamageRange]) -> (u64, u64, DamageKind) {
    assert_eq!(ranges.len(), 1, "{ranges:?}");
    (ranges[0].offset, ranges[0].length, ranges[0].kind)
}

#[test]
fn intact_data_has_no_damage() {
    assert_eq!(damaged(|_, _| ()), []);
}

#[test]
fn zeroed_pages_are_one_range() {
    let ranges = damaged(|_, data| data[2 * PAGE..5 * PAGE].fill(0));
    assert_eq!(only(&ranges), (8192, 12_288, DamageKind::Zeroed));
}

#[test]
fn flipped_bits_are_counted() {
    let ranges = damaged(|_, data| {
        data[PAGE + 100] ^= 0b101;
        data[PAGE + 3000] ^= 0x80;
        data[7 * PAGE] ^= 1;
    });
    assert_eq!(ranges.len(), 2);
    assert_eq!(
        (ranges[0].offset, ranges[0].length, ranges[0].kind, ranges[0].bits),
        (4196, 2901, DamageKind::Flipped, Some(3))
    );
    assert_eq!((ranges[1].offset, ranges[1].bits), (7 * 4096, Some(1)));
}

#[test]
fn misplaced_pages_say_where_they_belong() {
    let stream = stream("dgen1,seed=1,compress=3");
    let mut copy = data(&stream, 0, 16 * PAGE);
    let elsewhere = data(&stream, 5 << 30, 3 * PAGE);
    copy[4 * PAGE..7 * PAGE].copy_from_slice(&elsewhere);
    let ranges = Verifier::new(stream).check(0, &copy).unwrap();
    assert_eq!(only(&ranges), (4 * 4096, 3 * 4096, DamageKind::Misplaced));
    assert_eq!(ranges[0].source_offset, Some(5 << 30));
}

#[test]
fn swapped_pages_are_misplaced() {
    let ranges = damaged(|_, data| {
        let (low, high) = data.split_at_mut(8 * PAGE);
        low[..PAGE].swap_with_slice(&mut high[..PAGE]);
    });
    assert_eq!(
        ranges.iter().map(|r| (r.offset, r.kind)).collect::<Vec<_>>(),
        [(0, DamageKind::Misplaced), (8 * 4096, DamageKind::Misplaced)]
    );
}

#[test]
fn stale_pages_name_their_seed() {
    let (new, old) = (stream("dgen1,seed=1,dedup=2"), stream("dgen1,seed=2,dedup=2"));
    let mut copy = data(&new, 0, 512 * PAGE);
    let stale = data(&old, 64 * 4096, 8 * PAGE);
    copy[64 * PAGE..72 * PAGE].copy_from_slice(&stale);
    let ranges = Verifier::new(new.clone()).with_stale(vec![old]).check(0, &copy).unwrap();
    assert_eq!(only(&ranges), (64 * 4096, 8 * 4096, DamageKind::Stale));
    assert_eq!((ranges[0].source_seed, ranges[0].source_offset), (Some(2), Some(64 * 4096)));
    // Without being told of the seed, it is foreign data.
    assert_eq!(only(&Verifier::new(new).check(0, &copy).unwrap()).2, DamageKind::Foreign);
}

#[test]
fn pages_of_another_version_are_stale_and_name_both() {
    let stream = stream("dgen1,seed=1,block=16KiB,dedup=3/2,compress=3/2");
    let (old, new) = (stream.version(4), stream.version(5));
    let mut copy = data(&new, 0, 64 * PAGE);
    copy[8 * PAGE..12 * PAGE].copy_from_slice(&data(&old, 8 * 4096, 4 * PAGE));
    let ranges = Verifier::new(new).check(0, &copy).unwrap();
    assert_eq!(only(&ranges), (8 * 4096, 4 * 4096, DamageKind::Stale));
    let found = &ranges[0];
    assert_eq!((found.source_version, found.version, found.source_seed), (Some(4), Some(5), None));
    assert_eq!(found.source_offset, Some(8 * 4096));
    let text = found.to_string();
    assert!(text.contains("in version 4") && text.contains("version 5 is expected"), "{text}");
    // The other way round, and with a page that also lies elsewhere than it should.
    copy[8 * PAGE..9 * PAGE].copy_from_slice(&data(&stream.version(u32::MAX), 9 * 4096, PAGE));
    let ranges = Verifier::new(old).check(8 * 4096, &copy[8 * PAGE..9 * PAGE]).unwrap();
    assert_eq!((ranges[0].source_version, ranges[0].version), (Some(u32::MAX), Some(4)));
    assert_eq!(ranges[0].source_offset, Some(stream.locate(&copy[8 * PAGE..]).unwrap().offset));
}

#[test]
fn a_version_changes_bytes_and_neither_plan_nor_places() {
    for recipe in ["dgen1,seed=9", "dgen1,seed=9,dedup=2,block=8KiB,compress=20,texture=zeros"] {
        let stream = stream(recipe);
        let other = stream.version(7);
        assert_eq!((stream.version_number(), other.version_number()), (0, 7));
        assert_eq!(data(&other.version(0), 0, 8 * PAGE), data(&stream, 0, 8 * PAGE));
        assert_eq!(other.reseeded(10).version_number(), 7);
        assert_eq!(data(&other.reseeded(10).reseeded(9), 0, 8 * PAGE), data(&other, 0, 8 * PAGE));
        for page in 0..64_u64 {
            let (a, b) = (data(&stream, page * 4096, PAGE), data(&other, page * 4096, PAGE));
            assert_ne!(a[..16], b[..16]);
            assert!(a.chunks(32).zip(b.chunks(32)).all(|(a, b)| a != b || a == [0; 32]));
            let [a, b] = [a, b].map(|page| stream.locate(&page).unwrap());
            assert_eq!((a.offset, a.version, b.version), (b.offset, 0, 7));
            assert!(other.belongs_at(a, page * 4096) && stream.belongs_at(b, page * 4096));
            assert_eq!(stream.content_of_block(page), other.content_of_block(page));
        }
    }
}

#[test]
fn a_tag_alone_locates_nothing() {
    let stream = stream("dgen1,seed=4,compress=20,texture=zeros");
    let mut page = data(&stream, 1 << 20, PAGE);
    assert!(stream.locate(&page).unwrap().intact);
    page[20] ^= 1;
    page[PAGE - 1] = 1;
    // Sectors of zeros are right, and show nothing.
    let shown = page.chunks(512).zip(data(&stream, 1 << 20, PAGE).chunks(512)).any(|(x, y)| x == y && x != [0; 512]);
    assert_eq!(stream.locate(&page).is_some(), shown);
    let mut page = data(&stream, 1 << 20, PAGE);
    page[16..].fill(0x5A);
    assert_eq!(stream.locate(&page), None);
}

#[test]
fn a_torn_page_is_cut_where_the_write_stopped() {
    for cut in [512, 1024, 2048, 3584] {
        let ranges = damaged(|stream, data| {
            data[3 * PAGE + cut..4 * PAGE].copy_from_slice(&self::data(stream, 9 << 30, PAGE)[cut..]);
        });
        let (offset, length, kind) = only(&ranges);
        assert_eq!(kind, DamageKind::Torn);
        assert!(
            offset >= (3 * PAGE + cut) as u64 && offset < (3 * PAGE + cut + 16) as u64 && offset + length <= 4 * 4096
        );
        let ranges = damaged(|_, data| data[3 * PAGE..3 * PAGE + cut].fill(0xEE));
        assert_eq!(only(&ranges).2, DamageKind::Torn);
    }
}

#[test]
fn a_zeroed_sector_inside_a_page_is_found_exactly() {
    let ranges = damaged(|_, data| data[3 * PAGE + 1024..3 * PAGE + 1536].fill(0));
    assert_eq!(only(&ranges).2, DamageKind::Zeroed);
}

#[test]
fn foreign_data_is_foreign() {
    let ranges = damaged(|_, data| data[3 * PAGE..6 * PAGE].fill(b'x'));
    assert_eq!(only(&ranges), (3 * 4096, 3 * 4096, DamageKind::Foreign));
    let ranges = damaged(|_, data| data[3 * PAGE + 100..3 * PAGE + 300].fill(b'x'));
    assert_eq!(only(&ranges).2, DamageKind::Foreign);
}

#[test]
fn unaligned_pieces_are_checked_too() {
    let stream = stream("dgen1,seed=3,compress=5");
    for (offset, len) in [(1, 1), (4095, 2), (100, 9000), (8191, 4098)] {
        let mut copy = data(&stream, offset, len);
        assert_eq!(Verifier::new(stream.clone()).check(offset, &copy).unwrap(), []);
        copy[len / 2] ^= 4;
        let ranges = Verifier::new(stream.clone()).check(offset, &copy).unwrap();
        assert_eq!(only(&ranges), (offset + len as u64 / 2, 1, DamageKind::Flipped));
    }
}

#[test]
fn reports_merge_across_pieces_and_keep_totals_past_the_limit() {
    let mut report = VerifyReport::new(&stream("dgen1,seed=1"), 2);
    let range = |offset, length, kind| DamageRange::new(offset, length, kind);
    report.add(0, 8192, vec![]);
    report.add(8192, 8192, vec![range(12_288, 4096, DamageKind::Zeroed)]);
    report.add(16_384, 8192, vec![range(16_384, 4096, DamageKind::Zeroed)]);
    report.add(24_576, 40_960, (0..5).map(|i| range(24_576 + i * 8192, 10, DamageKind::Foreign)).collect());
    assert!(!report.ok);
    assert_eq!((report.valid_prefix, report.bytes_checked, report.bytes_bad), (12_288, 65_536, 8242));
    assert_eq!((report.ranges.len(), report.ranges_total), (2, 6));
    assert_eq!((report.ranges[0].offset, report.ranges[0].length), (12_288, 8192));
    assert_eq!(report.bytes_by_kind[&DamageKind::Foreign], 50);
}

#[test]
fn pages_of_the_stream_are_located_anywhere() {
    let stream = stream("dgen1,seed=4,block=12KiB,dedup=5/2,compress=2");
    for page in (0..40).chain([1 << 30, (1 << 50) + 3]) {
        let offset = page * 4096;
        let copy = data(&stream, offset, PAGE);
        let location = stream.locate(&copy).unwrap();
        assert!(location.intact && location.offset <= offset && stream.belongs_at(location, offset));
        assert_eq!(data(&stream, location.offset, PAGE), copy);
        let mut torn = copy;
        torn[4000] ^= 1;
        assert!(!stream.locate(&torn).unwrap().intact);
    }
    assert_eq!(stream.locate(&[7; PAGE]), None);
    assert_eq!(stream.locate(&[7; 100]), None);
}

mod damage;
mod shifts;
