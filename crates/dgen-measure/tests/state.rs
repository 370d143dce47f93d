//! A measurement that was stopped goes on, and finds the same as one that was not.

mod common;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{noise, timeless};
use dgen::ErrorKind;
use dgen_measure::{Codec, Input, MeasureOptions, MeasureReport, Watch, measure};

const MIB: usize = 1 << 20;

/// Everything that keeps something between rounds, in rounds of 1 MiB, saved after each.
fn options(state: Option<PathBuf>) -> MeasureOptions {
    MeasureOptions {
        dedup_blocks: vec![512, 4096, 3 << 19],
        chunkers: vec!["bup".parse().unwrap(), "casync".parse().unwrap()],
        codecs: vec![Codec::Lz4, Codec::Snappy],
        compress_blocks: vec![4096, 1 << 20],
        compress_sample: Some(3),
        models: ["vdo", "btrfs-auto", "squashfs:lz4", "zfs-dedup:16KiB"].map(|name| name.parse().unwrap()).to_vec(),
        memory: 1 << 20,
        threads: Some(2),
        state,
        state_every: Duration::ZERO,
        ..MeasureOptions::default()
    }
}

/// A folder of files with duplicates, zeros and what compresses, of which one is gone.
fn files(folder: &Path) -> Vec<PathBuf> {
    let part = |i: u64| match i % 4 {
        0 => noise(i % 3, 700_001),
        1 => noise(i, 64).repeat(9000),
        2 => vec![0; 300_000],
        _ => noise(i, 512).into_iter().chain([0; 3584]).collect::<Vec<u8>>().repeat(60),
    };
    let large: Vec<u8> = (0..20).flat_map(part).collect();
    let small = |i: u64| noise(i % 5, 3000);
    let all = [large.clone(), large[MIB + 7..5 * MIB].to_vec()].into_iter().chain((0..9).map(small));
    let path = |i: usize| folder.join(format!("{i}"));
    let mut paths: Vec<PathBuf> = all
        .enumerate()
        .map(|(i, bytes)| {
            fs::write(path(i), bytes).unwrap();
            path(i)
        })
        .collect();
    paths.insert(1, folder.join("gone"));
    paths.push(path(0));
    paths
}

fn inputs(paths: &[PathBuf]) -> Vec<Input<'static>> {
    paths.iter().cloned().map(Input::Path).collect()
}

/// Measures until so many bytes are measured.
fn until(bytes: u64, paths: &[PathBuf], options: &MeasureOptions) -> MeasureReport {
    let cancel = AtomicBool::new(false);
    let progress = |done: u64| cancel.store(done >= bytes, Ordering::Relaxed);
    measure(inputs(paths), options, Watch { progress: Some(&progress), cancel: Some(&cancel) }).unwrap()
}

#[test]
fn stopped_anywhere_it_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let paths = files(folder.path());
    let expected = timeless(measure(inputs(&paths), &options(None), Watch::default()).unwrap());
    assert!(expected.bytes > 15 << 20 && expected.skipped.len() == 1 && !expected.dedup[&512].exact);
    let state = folder.path().join("state");
    for seed in 0..6 {
        // Stopped at several places, one after another.
        let mut stops = 0;
        let mut at = 0;
        loop {
            at += u64::from_le_bytes(noise(seed * 100 + stops, 8).try_into().unwrap()) % (5 << 20);
            let report = until(at, &paths, &options(Some(state.clone())));
            if !report.interrupted {
                assert_eq!(timeless(report), expected, "seed {seed}");
                break;
            }
            assert!(report.bytes >= at && state.exists());
            stops += 1;
        }
        assert!(stops > 2 && !state.exists(), "{stops}");
    }
}

#[test]
fn killed_anywhere_it_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let paths = files(folder.path());
    let expected = timeless(measure(inputs(&paths), &options(None), Watch::default()).unwrap());
    let (state, copy) = (folder.path().join("state"), folder.path().join("copy"));
    for kill in [1, 3, 8, 14] {
        // What a kill would leave is what is there at some moment.
        let rounds = Cell::new(0);
        let progress = |_| {
            rounds.set(rounds.get() + 1);
            if rounds.get() == kill {
                fs::copy(&state, &copy).unwrap();
                fs::write(folder.path().join("copy.part"), b"cut off").unwrap();
            }
        };
        let watch = Watch { progress: Some(&progress), cancel: None };
        assert_eq!(timeless(measure(inputs(&paths), &options(Some(state.clone())), watch).unwrap()), expected);
        let begun = Cell::new(0);
        let first = |bytes| begun.set(if begun.get() == 0 { bytes } else { begun.get() });
        let watch = Watch { progress: Some(&first), cancel: None };
        let report = measure(inputs(&paths), &options(Some(copy.clone())), watch).unwrap();
        assert_eq!(timeless(report), expected, "{kill}");
        assert!(kill == 1 || begun.get() > 1 << 20, "it went on");
        assert!(!copy.exists() && !state.exists());
    }
}

#[test]
fn a_state_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let paths = files(folder.path());
    let state = folder.path().join("state");
    let with = |change: &dyn Fn(&mut MeasureOptions)| {
        let mut options = options(Some(state.clone()));
        change(&mut options);
        options
    };
    let refused = |paths: &[PathBuf], options: &MeasureOptions| {
        let error = measure(inputs(paths), options, Watch::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(&*state.to_string_lossy()), "{error}");
        error.to_string()
    };
    until(2 << 20, &paths, &with(&|_| ()));
    let kept = fs::read(&state).unwrap();
    assert!(refused(&paths, &with(&|o| o.entropy = false)).contains("entropy was true, and is false"));
    assert!(refused(&paths, &with(&|o| o.memory *= 2)).contains("memory was 1048576"));
    assert!(refused(&paths[1..], &with(&|_| ())).contains("gone is not what was measured"));
    assert!(refused(&[&paths[..], &paths[..1]].concat(), &with(&|_| ())).contains("files, and were"));
    let touched = fs::read(&paths[2]).unwrap();
    fs::write(&paths[2], &touched[1..]).unwrap();
    assert!(refused(&paths, &with(&|_| ())).contains("bytes, and had"));
    fs::write(&paths[2], &touched).unwrap();
    assert!(refused(&paths, &with(&|_| ())).contains("was modified since"));
    // Threads decide about nothing; what is damaged, cut or something else is told apart and left alone.
    let paths = &paths[..1];
    fs::write(&state, "a letter that somebody wrote").unwrap();
    assert!(refused(paths, &with(&|_| ())).contains("not the state of a measurement"));
    assert_eq!(fs::read(&state).unwrap(), b"a letter that somebody wrote");
    fs::write(&state, [&b"dgen-measure 9\n\0"[..], &kept[16..]].concat()).unwrap();
    assert!(refused(paths, &with(&|_| ())).contains("another version"));
    fs::remove_file(&state).unwrap();
    until(2 << 20, paths, &with(&|_| ()));
    let whole = fs::read(&state).unwrap();
    for (at, cut) in [(whole.len() / 2, None), (whole.len() - 1, None), (0, Some(whole.len() - 9)), (0, Some(40))] {
        let mut bytes = whole.clone();
        bytes[at] ^= u8::from(cut.is_none());
        bytes.truncate(cut.unwrap_or(whole.len()));
        fs::write(&state, bytes).unwrap();
        assert!(refused(paths, &with(&|_| ())).contains("damaged"), "{at} {cut:?}");
    }
    fs::write(&state, whole).unwrap();
    assert!(!measure(inputs(paths), &with(&|o| o.threads = Some(1)), Watch::default()).unwrap().interrupted);
    let memory = measure(vec![Input::Bytes(b"data")], &with(&|_| ()), Watch::default()).unwrap_err();
    assert_eq!(memory.kind(), ErrorKind::Usage);
}
