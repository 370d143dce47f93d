//! Models of storage systems, against data whose allocation follows from their documents by hand, or by a naive count.

mod common;

use std::collections::HashSet;

use common::{measured, noise, stream, timeless};
use dgen_measure::{MeasureOptions, MeasureReport, Modelled, Watch, measure};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn options(models: &[&str]) -> MeasureOptions {
    let models = models.iter().map(|name| name.parse().unwrap()).collect();
    MeasureOptions { codecs: vec![], entropy: false, models, ..MeasureOptions::default() }
}

fn modelled(report: &MeasureReport, name: &str) -> Modelled {
    report.models[name].clone()
}

fn allocated(inputs: &[&[u8]], name: &str) -> u64 {
    modelled(&measured(inputs, &options(&[name])), name).allocated_bytes
}

fn lz4(raw: &[u8]) -> usize {
    lz4::block::compress(raw, None, false).unwrap().len()
}

/// Pages of which a part is noise, and the rest zeros.
fn pages(count: u64) -> Vec<u8> {
    let page = |i| {
        let mut page = noise(i, 1 + usize::try_from(i * 37 % 4096).unwrap());
        page.resize(4096, 0);
        page
    };
    (0..count).flat_map(page).collect()
}

#[test]
fn zeros_are_holes_where_the_system_makes_them() {
    let zeros = vec![0; MIB];
    for name in ["zfs", "zfs-dedup", "vdo", "subblock", "squashfs", "zram"] {
        let report = measured(&[&zeros], &options(&[name]));
        let found = modelled(&report, name);
        assert_eq!((found.allocated_bytes, found.ratio), (0, None), "{name}");
        assert_eq!(found.holes, found.records, "{name}");
    }
    // Each extent of 128 KiB takes a sector, and so does each blob of 64 KiB.
    assert_eq!(allocated(&[&zeros], "btrfs"), 8 * 4096);
    assert_eq!(allocated(&[&zeros], "bluestore"), 16 * 4096);
    // A repeated word is a hole to zram alone.
    let words = b"abcdefgh".repeat(MIB / 8);
    assert_eq!(allocated(&[&words], "zram"), 0);
    assert_ne!(allocated(&[&words], "vdo"), 0);
}

#[test]
fn noise_is_stored_raw_and_duplicates_once_where_the_system_sees_them() {
    let once = noise(1, MIB);
    let twice = [once.clone(), once.clone()].concat();
    for name in ["zfs", "btrfs", "bluestore", "squashfs", "zram", "subblock", "vdo", "zfs-dedup"] {
        let report = measured(&[&twice], &options(&[name]));
        let found = modelled(&report, name);
        let dedups = ["subblock", "vdo", "zfs-dedup"].contains(&name);
        assert_eq!(found.allocated_bytes, if dedups { MIB as u64 } else { 2 * MIB as u64 }, "{name}");
        assert_eq!(
            (found.dedup, found.ratio),
            (dedups || name == "squashfs", Some(if dedups { 2.0 } else { 1.0 })),
            "{name}"
        );
        assert_eq!((found.raw, found.holes, found.error), (found.records, 0, Some(0.0)), "{name}");
        let without = MeasureOptions { dedup: false, ..options(&[name]) };
        assert_eq!(modelled(&measured(&[&twice], &without), name).allocated_bytes, 2 * MIB as u64, "{name}");
    }
    // The record of the system is the unit: a duplicate of half of it is none.
    let halves =
        [&once[..64 * KIB], &once[128 * KIB..192 * KIB], &once[..64 * KIB], &once[192 * KIB..256 * KIB]].concat();
    assert_eq!(allocated(&[&halves], "zfs-dedup"), 256 * KIB as u64);
    assert_eq!(allocated(&[&halves], "zfs-dedup:64KiB"), 192 * KIB as u64);
}

#[test]
fn an_image_of_mostly_zero_blocks_takes_what_the_rest_takes() {
    // 58 of 100 blocks of 128 KiB hold zeros, the others compress by two.
    let half = |i| [noise(i, 64 * KIB), vec![7; 64 * KIB]].concat();
    let block = |i: u64| if i * 37 % 100 < 58 { vec![0; 128 * KIB] } else { half(i) };
    let data: Vec<u8> = (0..100).flat_map(block).collect();
    let report = measured(&[&data], &options(&["zfs", "btrfs"]));
    // 64 KiB of noise and a few bytes are 17 sectors.
    assert_eq!(modelled(&report, "zfs").allocated_bytes, 42 * 17 * 4096);
    assert_eq!(modelled(&report, "btrfs").allocated_bytes, 42 * 17 * 4096 + 58 * 4096);
    assert_eq!(modelled(&report, "zfs").holes, 58);
}

#[test]
fn records_are_those_of_each_input() {
    let data = pages(700);
    let (head, tail) = data.split_at(300 * KIB + 17);
    let inputs = [head, &[][..], tail];
    let up = |size: usize, unit: usize| size.next_multiple_of(unit);
    let records = |size: usize| inputs.iter().flat_map(move |input| input.chunks(size));
    // An eighth must be saved; 112 bytes find room in the block pointer.
    let zfs = |raw: &[u8]| match lz4(raw) + 4 {
        _ if raw.iter().all(|byte| *byte == 0) => 0,
        size if size > raw.len() - raw.len() / 8 => up(raw.len(), 4096),
        size if size <= 112 => 0,
        size => up(size, 4096),
    };
    let expected: usize = records(16 * KIB).map(zfs).sum();
    assert_eq!(allocated(&inputs, "zfs:16KiB"), expected as u64);
    let squashfs: usize = records(64 * KIB).map(|raw| lz4(raw).min(raw.len())).sum();
    assert_eq!(allocated(&inputs, "squashfs:64KiB:lz4"), squashfs as u64);
    let mut seen = HashSet::new();
    let unique = records(4096).filter(|raw| seen.insert(*raw) && raw.iter().any(|byte| *byte != 0));
    let sub: usize = unique.map(|raw| up(lz4(raw), 1024).min(up(raw.len(), 1024))).sum();
    assert_eq!(allocated(&inputs, "subblock:1KiB"), sub as u64);
}

#[test]
fn vdo_packs_pages_that_compress() {
    // A third of a page each: three find room in a block; halves are too large for two.
    let page = |i, len| {
        let mut page = noise(i, len);
        page.resize(4096, 0);
        page
    };
    let thirds: Vec<u8> = (0..300).flat_map(|i| page(i, 1300)).collect();
    assert_eq!(allocated(&[&thirds], "vdo"), 100 * 4096);
    let halves: Vec<u8> = (0..300).flat_map(|i| page(i, 2040)).collect();
    assert_eq!(allocated(&[&halves], "vdo"), 300 * 4096);
    let slightly_less: Vec<u8> = (0..300).flat_map(|i| page(i, 1980)).collect();
    assert_eq!(allocated(&[&slightly_less], "vdo"), 150 * 4096);
    let tiny: Vec<u8> = (0..1400).flat_map(|i| page(i, 16)).collect();
    assert_eq!(allocated(&[&tiny], "vdo"), 100 * 4096, "14 fragments a block");
}

#[test]
fn threads_streams_and_other_options_change_nothing() {
    let data = [pages(3000), vec![0; 3 * MIB], pages(900), noise(9, 5 * MIB + 100)].concat();
    let names =
        ["zfs", "zfs-dedup:16KiB", "btrfs", "bluestore:64KiB:8KiB:lz4", "vdo", "subblock", "squashfs:lz4", "zram"];
    let run = |threads| {
        let options = MeasureOptions { threads: Some(threads), ..options(&names) };
        let streamed = measure(vec![stream(&data, 70_001)], &options, Watch::default()).unwrap();
        let report = timeless(measured(&[&data], &options));
        assert_eq!(timeless(streamed), report);
        report
    };
    let expected = run(1);
    assert_eq!(expected.models.len(), names.len());
    assert_eq!(run(3), expected);
    let odd = MeasureOptions { dedup_blocks: vec![1536, 65_536], ..options(&names) };
    assert_eq!(measured(&[&data], &odd).models, expected.models);
    let also = MeasureOptions { codecs: vec!["lz4".parse().unwrap()], ..options(&names) };
    assert_eq!(measured(&[&data], &also).models, expected.models);
    let text = expected.to_text();
    for name in names {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_sample_of_the_records_is_near_the_whole() {
    let data = pages(6000);
    let names = ["zfs:8KiB", "subblock"];
    let exact = measured(&[&data], &options(&["zfs:8KiB", "subblock", "vdo"]));
    let options = MeasureOptions { compress_sample: Some(4), ..options(&["zfs:8KiB", "subblock", "vdo"]) };
    let sampled = measured(&[&data], &options);
    for name in names {
        let (all, some) = (&exact.models[name], &sampled.models[name]);
        let off = some.ratio.unwrap() / all.ratio.unwrap() - 1.0;
        assert!(off.abs() < 2.0 * some.error.unwrap(), "{name}: {off} {some:?}");
        assert!(some.share < 0.4 && all.share > 0.999 && some.records < all.records, "{name}: {some:?}");
    }
    // Packing depends on neighbours, and is never of a sample.
    assert_eq!(sampled.models["vdo"], exact.models["vdo"]);
}

#[test]
fn small_files_lie_where_the_system_keeps_them() {
    // btrfs keeps up to 2 KiB with its metadata, to the byte; what is larger takes a sector.
    let files: Vec<Vec<u8>> = [100, 2048, 2049, 5000].map(|len| noise(len as u64, len)).to_vec();
    let slices: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    assert_eq!(allocated(&slices, "btrfs"), 100 + 2048 + 4096 + 8192);
    let text = b"the same line again\n".repeat(200);
    assert!(text.len() > 2048 && allocated(&[&text], "btrfs") < 200, "compressed, it lies there, too");
    assert_eq!(allocated(&[&text.repeat(2)], "btrfs"), 4096);
    // squashfs: 20 files of 10000 bytes are one record of 13 and one of 7, which LZ4 cannot make smaller. The end of a
    // larger file stands alone.
    let files: Vec<Vec<u8>> = (0..20).map(|i| noise(i, 10_000)).collect();
    let slices: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let found = modelled(&measured(&slices, &options(&["squashfs"])), "squashfs");
    assert_eq!((found.records, found.allocated_bytes, found.raw), (2, 200_000, 2));
    let large = noise(99, 130 * KIB);
    let found = modelled(&measured(&[&large, slices[0]], &options(&["squashfs"])), "squashfs");
    assert_eq!((found.records, found.allocated_bytes), (3, 130 * 1024 + 10_000));
}

#[test]
fn squashfs_stores_whole_files_once() {
    let (small, large) = (noise(1, 10_000), noise(2, 40 * MIB + 5));
    let inputs: [&[u8]; 6] = [&small, &large, &large[..MIB], &small, &large, &large[..MIB]];
    let expected = (10_000 + 41 * MIB + 5) as u64;
    let report = measured(&inputs, &options(&["squashfs:lz4"]));
    let found = modelled(&report, "squashfs:lz4");
    assert_eq!((found.allocated_bytes, found.dedup), (expected, true));
    let streams = inputs.iter().map(|bytes| stream(bytes, 70_001)).collect();
    let streamed = measure(streams, &options(&["squashfs:lz4"]), Watch::default()).unwrap();
    assert_eq!(streamed.models, report.models);
    let all = MeasureOptions { dedup: false, ..options(&["squashfs:lz4"]) };
    let found = modelled(&measured(&inputs, &all), "squashfs:lz4");
    assert_eq!((found.record_bytes, found.dedup), (2 * expected, false));
}

#[test]
fn btrfs_gives_up_where_its_samples_look_like_noise() {
    // Noise every other 64 bytes: half of it could be saved. Samples meet noise alone, or zeros alone.
    let striped = |first: bool| -> Vec<u8> {
        let part = |i: u64| if i.is_multiple_of(2) == first { noise(i, 64) } else { vec![0; 64] };
        (0..4 * MIB as u64 / 64).flat_map(part).collect()
    };
    let (noisy, calm) = (striped(true), striped(false));
    assert_eq!(allocated(&[&noisy], "btrfs-auto"), 4 * MIB as u64);
    assert_eq!(allocated(&[&calm], "btrfs-auto"), allocated(&[&calm], "btrfs"));
    assert!(allocated(&[&noisy], "btrfs") < 3 * MIB as u64);
    // Files do not hear of each other, nor does the cut of rounds.
    let both = allocated(&[&noisy, &calm, &noisy], "btrfs-auto");
    assert_eq!(both, 8 * MIB as u64 + allocated(&[&calm], "btrfs"));
}
