//! Data sets of many files: layout, writing, resuming, verifying, generations, ranks, reading.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Run, command, dgen, finished, folder, len, patch, stream, truncate, u64_of};

const RECIPE: &str = "dgen1,seed=0x7,block=16KiB,dedup=2,window=4MiB,skip=1MiB,compress=2";

fn write(folder: &Path, args: &str) -> Value {
    dgen(folder, &format!("dataset write set --recipe {RECIPE} --json {args}")).code(0).json()
}

fn verify(folder: &Path, code: i32) -> Value {
    dgen(folder, "dataset verify set --json").code(code).json()
}

/// The files of a folder and those below it, without the manifest.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().unwrap() != "dgen-dataset.json" {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn blocks(folder: &Path) -> HashSet<Vec<u8>> {
    files(folder)
        .iter()
        .flat_map(|path| fs::read(path).unwrap().chunks(16 << 10).map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect()
}

#[test]
fn files_are_one_stream_with_its_ratio() {
    let folder = folder();
    let report = write(folder.path(), "--count 300 --file-size 48KiB --fan-out 10");
    assert_eq!((u64_of(&report, "files_written"), u64_of(&report, "bytes_written")), (300, 300 * (48 << 10)));
    let set = folder.path().join("set");
    let all: Vec<u8> = files(&set).iter().flat_map(|path| fs::read(path).unwrap()).collect();
    assert!(all == stream(RECIPE, 0, 300 * (48 << 10)));
    assert_eq!(blocks(&set).len(), 450);
    assert_eq!(u64_of(&report, "new_distinct_bytes"), 450 * (16 << 10));
    assert_eq!(files(&set)[17].strip_prefix(&set).unwrap(), Path::new("d000/d001/f00000017.bin"));
    assert_eq!(verify(folder.path(), 0)["ok"], true);
    // Each file says what it holds, and all of them that they are a set.
    dgen(folder.path(), "verify set").code(0);
    dgen(folder.path(), "verify set/d000/d001/f00000017.bin").code(0);
}

#[test]
fn sizes_are_drawn_and_each_file_begins_at_a_block() {
    let folder = folder();
    let report = write(folder.path(), "--size 4MiB --file-size 1KiB:256KiB --threads 3");
    assert_eq!(u64_of(&report, "bytes_written"), 4 << 20);
    let set = folder.path().join("set");
    let mut offset = 0;
    for path in files(&set) {
        let held = fs::read(&path).unwrap();
        assert!(held == stream(RECIPE, offset, held.len()), "{}", path.display());
        offset += (held.len() as u64).next_multiple_of(16 << 10);
    }
    verify(folder.path(), 0);
}

#[test]
fn damage_is_named_with_its_file_and_kind() {
    let folder = folder();
    write(folder.path(), "--count 20 --file-size 64KiB");
    let files = files(&folder.path().join("set"));
    patch(&files[3], 4096, &[0; 4096]);
    let other = fs::read(&files[5]).unwrap();
    patch(&files[4], 8192, &other[..4096]);
    truncate(&files[6], 1000);
    fs::remove_file(&files[7]).unwrap();
    fs::write(folder.path().join("set/other"), "more").unwrap();
    let report = verify(folder.path(), 3);
    assert_eq!(report["ok"], false);
    let damaged = report["damaged"].as_array().unwrap();
    let kinds: Vec<_> = damaged.iter().map(|file| file["ranges"][0]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["zeroed", "misplaced", "missing"]);
    assert_eq!(damaged[0]["path"], "f00000003.bin");
    assert_eq!(
        (damaged[0]["ranges"][0]["offset"].as_u64(), damaged[2]["bytes_bad"].as_u64()),
        (Some(4096), Some(64536))
    );
    assert_eq!(report["missing"][0], "f00000007.bin");
    assert_eq!(report["extra"][0], "other");
    let text = dgen(folder.path(), "dataset verify set").code(3).text();
    assert!(text.contains("zeroed") && text.contains("too many"), "{text}");
    // What is right is kept, what is not is written again.
    let report = dgen(folder.path(), "dataset write set --resume --json").code(0).json();
    assert_eq!((u64_of(&report, "files_written"), u64_of(&report, "files_kept")), (4, 16));
    fs::remove_file(folder.path().join("set/other")).unwrap();
    verify(folder.path(), 0);
}

#[test]
fn formats_are_written_verified_and_read() {
    for (format, header) in [("npy", 4096), ("safetensors", 4096), ("npz", 8192), ("parquet", 4096), ("tfrecord", 0)] {
        let folder = folder();
        let report =
            write(folder.path(), &format!("--count 5 --file-size 100000 --format {format} --record-size 1000"));
        assert_eq!(report["format"], format);
        assert_eq!(verify(folder.path(), 0)["files_checked"], 5);
        let files = files(&folder.path().join("set"));
        assert!(files.iter().all(|path| path.extension().unwrap() == format && len(path) > 100_000));
        if header > 0 {
            let held = fs::read(&files[1]).unwrap();
            // The file before it fills seven blocks.
            assert!(held[header..header + 100_000] == stream(RECIPE, 7 * (16 << 10), 100_000), "{format}");
        }
        let report = dgen(folder.path(), "dataset read set --verify --json").code(0).json();
        let samples = if header > 0 { 500 } else { 5 };
        assert_eq!((u64_of(&report, "samples"), u64_of(&report, "samples_bad")), (samples, 0), "{format}");
        patch(&files[2], 50_000, b"damage");
        let report = verify(folder.path(), 3);
        assert_eq!(
            (u64_of(&report, "files_bad"), u64_of(&report, "bytes_bad") <= 4096),
            (1, true),
            "{format}: {report}"
        );
    }
}

/// A file of more than 2^20 rows has its payload in pieces: then samples are whole files in all of the set.
#[test]
fn files_in_pieces_are_seen_behind_others() {
    let folder = folder();
    let args =
        "dataset write set --seed 4 --block-size 4K --count 6 --file-size 1MB:30MB --format parquet --record-size 8";
    dgen(folder.path(), args).code(0);
    // Beside each payload are as many bytes of offsets.
    let in_pieces: Vec<bool> = files(&folder.path().join("set")).iter().map(|path| len(path) > 17 << 20).collect();
    assert!(!in_pieces[0] && in_pieces.contains(&true), "{in_pieces:?}");
    let report = dgen(folder.path(), "dataset read set --verify --json").code(0).json();
    assert_eq!((u64_of(&report, "samples"), u64_of(&report, "samples_bad")), (6, 0));
    assert_eq!(report["sample"], "file");
}

#[test]
fn each_epoch_reads_each_sample_once_in_an_order_of_its_own() {
    let folder = folder();
    write(folder.path(), "--count 10 --file-size 160KiB");
    let args = "dataset read set --record-size 16KiB --epochs 3 --batch-size 7 --threads 2 --verify --json";
    let report = dgen(folder.path(), args).code(0).json();
    assert_eq!((u64_of(&report, "samples"), u64_of(&report, "samples_per_epoch")), (300, 100));
    let epochs = report["epochs"].as_array().unwrap();
    assert!(epochs.len() == 3 && epochs.iter().all(|epoch| epoch["samples"] == 100));
    patch(&files(&folder.path().join("set"))[4], 20_000, b"damage");
    let report = dgen(folder.path(), args).code(3).json();
    assert_eq!((u64_of(&report, "samples_bad"), report["damaged"][0].as_str()), (3, Some("f00000004.bin")));
    dgen(folder.path(), "dataset read set --no-shuffle --json").code(0);
}

#[test]
fn generations_change_exactly_what_they_say() {
    let folder = folder();
    let set = folder.path().join("set");
    let changes = "--edit 0.1 --insert 0.05 --delete 0.02 --rename 0.03 --edit-size 32KiB";
    let shape = "--count 100 --file-size 16KiB:256KiB";
    write(folder.path(), &format!("{shape} {changes}"));
    let mut seen = blocks(&set);
    for generation in 1..=3 {
        let report = dgen(folder.path(), &format!("dataset write set --generation {generation} --json")).code(0).json();
        assert_eq!(u64_of(&report, "generation"), generation);
        assert_eq!(u64_of(&report, "bytes_written"), u64_of(&report, "new_bytes"));
        verify(folder.path(), 0);
        let now = blocks(&set);
        let fresh: usize = now.difference(&seen).map(Vec::len).sum();
        // The last block of a file may be longer or shorter than others of its content.
        let ends = u64_of(&report, "files_written") * (16 << 10);
        assert!(u64_of(&report, "new_distinct_bytes").abs_diff(fresh as u64) <= ends, "{fresh} {report}");
        seen.extend(now);
    }
    // The same as written at once.
    let other = crate::common::folder();
    write(other.path(), &format!("{shape} {changes} --generation 3"));
    let both = [files(&set), files(&other.path().join("set"))].map(|paths| {
        paths.iter().map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap())).collect::<Vec<_>>()
    });
    assert!(both[0] == both[1]);
    dgen(folder.path(), "dataset write set --generation 2").code(1).error_names(&["generation 3", "forward"]);
    dgen(folder.path(), "dataset write set --generation 4 --edit 0.5").code(1).error_names(&["edit=1/10"]);
}

#[test]
fn a_killed_run_is_resumed() {
    let folder = folder();
    let mut command = command();
    let args = format!("dataset write set --recipe {RECIPE} --count 4000 --file-size 64KiB --fan-out 100");
    command.args(args.split_whitespace()).current_dir(folder.path()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    crate::common::wait_for(&folder.path().join("set/d000/f00000010.bin"));
    child.kill().unwrap();
    child.wait().unwrap();
    let report = dgen(folder.path(), "dataset write set --resume --json").code(0).json();
    assert_eq!(u64_of(&report, "files_written") + u64_of(&report, "files_kept"), 4000);
    assert!(u64_of(&report, "files_kept") > 0);
    verify(folder.path(), 0);
}

#[test]
fn an_interrupted_change_is_finished() {
    let folder = folder();
    let set = folder.path().join("set");
    write(
        folder.path(),
        "--count 50 --file-size 32KiB --edit 0.2 --delete 0.1 --rename 0.1 --insert 0.1 --edit-size 16KiB",
    );
    let old = fs::read_to_string(set.join("dgen-dataset.json")).unwrap();
    dgen(folder.path(), "dataset write set --generation 1").code(0);
    let whole = blocks(&set);
    // As if it had ended on the way: an edit is not made, a new file lacks its end, another is gone.
    let manifest = old.replace("\"generation\": 0", "\"generation\": 1,\n  \"before\": 0").replace("true", "false");
    fs::write(set.join("dgen-dataset.json"), manifest).unwrap();
    let files = files(&set);
    patch(&files[9], 0, &[1; 100]);
    truncate(files.last().unwrap(), 5);
    fs::remove_file(&files[20]).unwrap();
    verify(folder.path(), 3);
    dgen(folder.path(), "dataset write set --generation 2").code(0);
    verify(folder.path(), 0);
    assert!(whole.len() > 50);
}

#[test]
fn ranks_share_the_files() {
    let folder = folder();
    let start = |rank: u32| {
        let args =
            format!("dataset write set --recipe {RECIPE} --count 100 --file-size 32KiB --json --rank {rank} --ranks 3");
        let mut command = command();
        command.args(args.split_whitespace()).current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    // Rank 0 comes last, and is waited for.
    let children: Vec<_> = [2, 1, 0].map(start).into();
    let runs: Vec<Run> = children.into_iter().map(|child| finished(child.wait_with_output().unwrap())).collect();
    let written: u64 = runs.into_iter().map(|run| u64_of(&run.code(0).json(), "files_written")).sum();
    assert_eq!(written, 100);
    verify(folder.path(), 0);
    let checked: u64 = (0..7)
        .map(|rank| dgen(folder.path(), &format!("dataset verify set --rank {rank} --ranks 7 --json")).code(0).json())
        .map(|report| u64_of(&report, "files_checked"))
        .sum();
    assert_eq!(checked, 100);
    assert_eq!(blocks(&folder.path().join("set")).len(), 100);
    let read: u64 = (0..3)
        .map(|rank| dgen(folder.path(), &format!("dataset read set --rank {rank} --ranks 3 --json")).code(0).json())
        .map(|report| u64_of(&report, "samples"))
        .sum();
    assert_eq!(read, 100);
}

#[test]
fn checkpoints_hold_weights_gradients_and_optimizer() {
    let folder = folder();
    let report = write(folder.path(), "--checkpoint 1m --shards 2 --format safetensors --element bf16");
    assert_eq!((u64_of(&report, "files"), u64_of(&report, "size") >= 16_000_000), (6, true));
    let set = folder.path().join("set");
    assert!(len(&set.join("rank-00001/optimizer.safetensors")) >= 6_000_000);
    assert!(len(&set.join("rank-00000/weights.safetensors")) >= 1_000_000);
    verify(folder.path(), 0);
}

#[test]
fn nothing_is_lost_where_something_else_lies() {
    let folder = folder();
    fs::create_dir(folder.path().join("set")).unwrap();
    fs::write(folder.path().join("set/f00000000.bin"), "mine").unwrap();
    let args = format!("dataset write set --recipe {RECIPE} --count 3 --file-size 4KiB");
    dgen(folder.path(), &args).code(1).error_names(&["set", "--force"]);
    assert_eq!(fs::read(folder.path().join("set/f00000000.bin")).unwrap(), b"mine");
    assert!(!folder.path().join("set/dgen-dataset.json").exists());
    dgen(folder.path(), &format!("{args} --force")).code(0);
    verify(folder.path(), 0);
    dgen(folder.path(), &args.replace("--count 3", "--count 4")).code(1).error_names(&["another data set"]);
    dgen(folder.path(), &args).code(0);
}

#[test]
fn bad_values_are_named_and_nothing_is_made() {
    let folder = folder();
    for (args, words) in [
        ("--count 3", ["--file-size", "--checkpoint"]),
        ("--count 3 --size 1M --file-size 1M", ["--count", "two"]),
        ("--count 3 --file-size 5:4", ["file-size", "MIN:MAX"]),
        ("--count 3 --file-size 4K --format zip", ["format", "npy"]),
        ("--count 3 --file-size 4K --fan-out 1", ["fan-out", "2 to"]),
        ("--count 3 --file-size 4K --edit 0.6 --delete 0.6", ["edit", "add up"]),
        ("--checkpoint 70x", ["checkpoint", "7b"]),
        ("--checkpoint 1m --generation 1", ["generation", "0"]),
        ("--count 3 --file-size 4K --offset 1000", ["offset", "block size"]),
        ("--count 3 --file-size 4K --stream-version 1", ["--stream-version", "--generation"]),
        ("--count 3 --file-size 4K --format npy --record-size 1001 --element f64", ["--record-size", "8"]),
    ] {
        dgen(folder.path(), &format!("dataset write set --recipe {RECIPE} {args}")).code(2).error_names(&words);
        assert!(!folder.path().join("set").exists(), "{args}");
    }
    fs::create_dir(folder.path().join("empty")).unwrap();
    dgen(folder.path(), "dataset verify empty").code(2).error_names(&["dgen-dataset.json"]);
    dgen(folder.path(), "dataset read empty --epochs 0").code(2).error_names(&["epochs"]);
}

#[test]
fn reports_are_not_written_into_the_set() {
    let folder = folder();
    write(folder.path(), "--count 3 --file-size 64KiB");
    let before: Vec<Vec<u8>> = files(folder.path()).iter().map(|path| fs::read(path).unwrap()).collect();
    let first = files(&folder.path().join("set")).remove(0);
    std::os::unix::fs::symlink(&first, folder.path().join("link")).unwrap();
    for path in [first.to_str().unwrap(), "set/new.json", "set/../set/new.json", "link"] {
        for command in ["verify set", "read set", "write set --count 3 --file-size 64KiB"] {
            let run = dgen(folder.path(), &format!("dataset {command} --force --json={path}")).code(1);
            run.error_names(&[path, "cannot be written there"]);
        }
    }
    fs::remove_file(folder.path().join("link")).unwrap();
    let after: Vec<Vec<u8>> = files(folder.path()).iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(before == after);
    dgen(folder.path(), "dataset verify set --json=beside.json").code(0);
}
