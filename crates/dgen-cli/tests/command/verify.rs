//! `dgen verify`: each kind of damage, end to end.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::common::{bytes, command, dgen, finished, folder, len, patch, skip, stream, truncate, u64_of};
use serde_json::Value;

const SIZE: u64 = 4_000_000;

/// A folder with a file of 4,000,000 bytes from stream offset 1 MiB on.
fn written() -> (tempfile::TempDir, PathBuf) {
    let folder = folder();
    let args = format!("write f --size {SIZE} --seed 11 --compress-ratio 2 --offset 1MiB");
    dgen(folder.path(), &args).code(0);
    let path = folder.path().join("f");
    (folder, path)
}

/// The one damaged range.
fn damage(folder: &Path, options: &str) -> Value {
    let report = dgen(folder, &format!("verify f --json {options}")).code(3).json();
    assert_eq!(report["ok"], false);
    assert_eq!(u64_of(&report, "ranges_total"), 1, "{report}");
    let range = report["ranges"][0].clone();
    assert_eq!(u64_of(&report, "bytes_bad"), u64_of(&range, "length"));
    assert_eq!(u64_of(&report, "valid_prefix"), u64_of(&range, "offset"));
    assert_eq!(u64_of(&report["bytes_by_kind"], range["kind"].as_str().unwrap()), u64_of(&range, "length"));
    range
}

fn is(range: &Value, kind: &str, offset: u64, length: u64) {
    assert_eq!(
        (range["kind"].as_str(), u64_of(range, "offset"), u64_of(range, "length")),
        (Some(kind), offset, length)
    );
}

#[test]
fn zeroed_pages() {
    let (folder, path) = written();
    patch(&path, 40_960, &[0; 8192]);
    is(&damage(folder.path(), ""), "zeroed", 40_960, 8192);
}

#[test]
fn misplaced_pages_name_their_place() {
    let (folder, path) = written();
    let pages = bytes(&path, 2 << 20, 8192);
    patch(&path, 81_920, &pages);
    let range = damage(folder.path(), "");
    is(&range, "misplaced", 81_920, 8192);
    assert_eq!(u64_of(&range, "source_offset"), 3 << 20, "in stream offsets");
}

#[test]
fn stale_pages_name_their_seed() {
    let (folder, path) = written();
    patch(&path, 4096, &stream("dgen1,seed=10,compress=2", (1 << 20) + 4096, 4096));
    is(&damage(folder.path(), ""), "foreign", 4096, 4096);
    let range = damage(folder.path(), "--stale-seed 9 --stale-seed 10");
    is(&range, "stale", 4096, 4096);
    assert_eq!(u64_of(&range, "source_seed"), 10);
    assert_eq!(u64_of(&range, "source_offset"), (1 << 20) + 4096);
}

#[test]
fn torn_pages() {
    let (folder, path) = written();
    patch(&path, 8192 + 1024, &stream("dgen1,seed=99", 0, 3072));
    is(&damage(folder.path(), ""), "torn", 8192 + 1024, 3072);
}

#[test]
fn flipped_bits_are_counted() {
    let (folder, path) = written();
    let mut byte = bytes(&path, 1_000_000, 1);
    byte[0] ^= 0b101;
    patch(&path, 1_000_000, &byte);
    let range = damage(folder.path(), "");
    is(&range, "flipped", 1_000_000, 1);
    assert_eq!(u64_of(&range, "bits"), 2);
}

#[test]
fn a_stuck_line_and_many_bits_are_flipped() {
    let (folder, path) = written();
    let mut page = bytes(&path, 40_960, 4096);
    for byte in &mut page {
        *byte |= 0x10;
    }
    patch(&path, 40_960, &page);
    let range = damage(folder.path(), "");
    assert_eq!(range["kind"], "flipped");
    assert!((1700..2400).contains(&u64_of(&range, "bits")), "{range}");
}

#[test]
fn shifted_data_tells_the_distance() {
    let (folder, path) = written();
    let mut all = fs::read(&path).unwrap();
    all.splice(1_000_000..1_000_000, [0xA5; 5]);
    patch(&path, 0, &all[..usize::try_from(SIZE).unwrap()]);
    for options in ["", "--buffer-size 4K --readers 3", "--buffer-size 68K --depth 4"] {
        let range = damage(folder.path(), options);
        is(&range, "shifted", 1_000_000, SIZE - 1_000_000);
        assert_eq!((&range["shift"], u64_of(&range, "source_offset")), (&5.into(), (1 << 20) + 999_995));
    }
    let text = dgen(folder.path(), "verify f").code(3).text();
    assert!(text.contains("5 bytes behind its place, belongs at stream offset"), "{text}");
}

#[test]
fn foreign_data() {
    let (folder, path) = written();
    patch(&path, 12_288, &stream("dgen1,seed=99", 0, 12_288));
    is(&damage(folder.path(), ""), "foreign", 12_288, 12_288);
}

#[test]
fn missing_bytes() {
    let (folder, path) = written();
    truncate(&path, 3_000_001);
    is(&damage(folder.path(), ""), "missing", 3_000_001, SIZE - 3_000_001);
    truncate(&path, 0);
    is(&damage(folder.path(), ""), "missing", 0, SIZE);
}

#[test]
fn extra_bytes() {
    let (folder, path) = written();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"more").unwrap();
    is(&damage(folder.path(), ""), "extra", SIZE, 4);
}

#[test]
fn the_unaligned_tail_is_checked() {
    let (folder, path) = written();
    patch(&path, SIZE - 1, &[!bytes(&path, SIZE - 1, 1)[0]]);
    for options in ["", "--direct auto --buffer-size 64K", "--readers 7 --buffer-size 4K"] {
        assert_eq!(u64_of(&damage(folder.path(), options), "offset"), SIZE - 1);
    }
}

#[test]
fn many_ranges_are_counted_and_the_first_listed() {
    let (folder, path) = written();
    for page in 0..50 {
        patch(&path, page * 8192, &[0; 4096]);
    }
    let report = dgen(folder.path(), "verify f --json --limit 3").code(3).json();
    assert_eq!(u64_of(&report, "ranges_total"), 50);
    assert_eq!(u64_of(&report, "bytes_bad"), 50 * 4096);
    let offsets: Vec<u64> = report["ranges"].as_array().unwrap().iter().map(|range| u64_of(range, "offset")).collect();
    assert_eq!(offsets, [0, 8192, 16_384]);
    let text = dgen(folder.path(), "verify f --limit 3").code(3).text();
    assert!(text.contains("47 more"), "{text}");
}

#[test]
fn several_files_have_totals() {
    let folder = folder();
    dgen(folder.path(), "write a b c --size 3MiB").code(0);
    patch(&folder.path().join("b"), 0, &[0; 4096]);
    let report = dgen(folder.path(), "verify a b c --json").code(3).json();
    assert_eq!(u64_of(&report, "valid_prefix"), 1 << 20);
    let oks: Vec<bool> = report["files"].as_array().unwrap().iter().map(|file| file["ok"] == true).collect();
    assert_eq!(oks, [true, false, true]);
    assert!(report["ranges"][0]["path"].as_str().unwrap().ends_with('b'));
}

#[test]
fn without_attributes_recipe_and_size_are_needed() {
    let folder = folder();
    fs::write(folder.path().join("f"), stream("dgen1,seed=5", 4096, 100_000)).unwrap();
    dgen(folder.path(), "verify f").code(2).error_names(&["f", "--recipe", "--size"]);
    dgen(folder.path(), "verify f --seed 5").code(2).error_names(&["--size"]);
    dgen(folder.path(), "verify f --size 100000").code(2).error_names(&["--recipe"]);
    dgen(folder.path(), "verify f --size 100000 --dedup-ratio 2").code(2).error_names(&["--seed"]);
    dgen(folder.path(), "verify f --seed 5 --offset 4K --size 100000").code(0);
    dgen(folder.path(), "verify f --recipe dgen1,seed=5 --offset 4K --size 100000").code(0);
    dgen(folder.path(), "verify f --recipe dgen1,seed=5 --offset 8K --file-offset 4K --size 50000").code(0);
    dgen(folder.path(), "verify f --recipe dgen1,seed=6 --offset 4K --size 100000").code(3);
    let extra = dgen(folder.path(), "verify f --seed 5 --offset 4K --size 90000 --json").code(3).json();
    assert_eq!(u64_of(&extra["bytes_by_kind"], "extra"), 10_000);
    dgen(folder.path(), "verify gone").code(1).error_names(&["gone", "No such file"]);
    dgen(folder.path(), "verify .").code(2);
}

#[test]
fn a_part_of_a_file_can_be_checked() {
    let (folder, path) = written();
    patch(&path, 2_000_000, b"changed");
    dgen(folder.path(), "verify f --size 1MiB").code(0);
    dgen(folder.path(), "verify f --file-offset 2100000").code(0);
    dgen(folder.path(), "verify f --file-offset 1MiB --size 1MiB").code(3);
    dgen(folder.path(), "verify f --size 5MB").code(2);
    dgen(folder.path(), "verify f --offset 0").code(2).error_names(&["--offset"]);
}

#[test]
fn standard_input_is_verified() {
    let (folder, path) = written();
    let mut data = fs::read(&path).unwrap();
    let check = |data: &[u8]| {
        let mut child = command()
            .args(format!("verify - --seed 11 --compress-ratio 2 --offset 1MiB --size {SIZE} --json").split(' '))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(data).unwrap();
        finished(child.wait_with_output().unwrap())
    };
    check(&data).code(0);
    assert_eq!(u64_of(&check(&data[..1_234_567]).code(3).json(), "valid_prefix"), 1_234_567);
    data.push(0);
    assert_eq!(u64_of(&check(&data).code(3).json()["bytes_by_kind"], "extra"), 1);
    assert_eq!(len(&path), SIZE);
    drop(folder);
}

/// What a report found, without how.
fn found(report: &Value) -> Vec<Value> {
    let names = ["ok", "bytes_checked", "bytes_bad", "valid_prefix", "ranges", "ranges_total", "bytes_by_kind", "size"];
    names.iter().map(|name| report[name].clone()).collect()
}

#[test]
fn the_way_of_reading_changes_nothing_but_what_is_said_of_it() {
    let (folder, path) = written();
    patch(&path, 40_960, &[0; 8192]);
    patch(&path, 2_000_001, &[!bytes(&path, 2_000_001, 1)[0]]);
    truncate(&path, 3_999_000);
    let plain = dgen(folder.path(), "verify f --cached --json").code(3).json();
    assert_eq!((plain["engine"].as_str(), plain["advice"].as_str()), (Some("sync"), Some("sequential")));
    assert!(plain["latency_ns"]["max"].as_u64().unwrap() > 0 && plain["generation_bound"].is_f64());
    for options in [
        "",
        "--direct off",
        "--cached --depth 8 --buffer-size 12K --readers 3",
        "--direct auto --buffer-count 40 --buffer-size 64K --readers 2 --no-registered --no-huge-pages",
        "--engine sync --advise random --numa-mode disabled",
        "--rate 100M --advise none --buffer-size 100K",
        "--advise dontneed --sqpoll --direct off",
        "--advise willneed --threads 7",
    ] {
        let run = dgen(folder.path(), &format!("verify f --json {options}"));
        if options.contains("sqpoll") && run.code == Some(2) {
            skip(&format!("optional: {}", run.stderr.lines().last().unwrap_or_default()));
            continue;
        }
        assert_eq!(found(&run.code(3).json()), found(&plain), "{options}");
    }
    let text = dgen(folder.path(), "verify f --cached --rate 1G --advise none").code(3).text();
    for part in ["sync: ", "a depth of 1", "buffered: ", "none: it was asked for", "limited to 1.00 GiB/s", "latency"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let (folder, _path) = written();
    for option in ["--order random", "--passes 2", "--runtime 5s", "--auto", "--engine null", "--advise noreuse"] {
        dgen(folder.path(), &format!("verify f {option}")).code(2);
    }
    for option in ["--depth 2", "--rate 1M", "--engine sync", "--advise none", "--direct auto"] {
        dgen(folder.path(), &format!("verify - --seed 1 --size 1 {option}")).code(2).error_names(&["standard input"]);
    }
    dgen(folder.path(), "verify f --depth 9 --engine sync").code(2).error_names(&["depth"]);
    dgen(folder.path(), "verify f --direct off --iopoll").code(2).error_names(&["polled I/O needs direct I/O"]);
}

#[test]
fn many_files_are_read_as_one() {
    let folder = folder();
    let names: Vec<String> = (0..40).map(|index| format!("f{index}")).collect();
    let paths = names.join(" ");
    dgen(folder.path(), &format!("write {paths} --size 5000001 --seed 3 --block-size 4K")).code(0);
    truncate(&folder.path().join("f7"), 0);
    patch(&folder.path().join("f31"), 4096, &[1; 4096]);
    let report = dgen(folder.path(), &format!("verify {paths} --json --direct auto")).code(3).json();
    let bad: Vec<&Value> = report["files"].as_array().unwrap().iter().filter(|file| file["ok"] == false).collect();
    assert_eq!((bad.len(), u64_of(&report, "bytes_checked")), (2, 5_000_001));
    assert!(bad[0]["path"].as_str().unwrap().ends_with("f7") && bad[1]["path"].as_str().unwrap().ends_with("f31"));
    assert_eq!(u64_of(&report, "bytes_bad"), u64_of(bad[0], "size") + 4096);
}

#[test]
fn what_is_missing_does_not_count_as_read() {
    let folder = folder();
    dgen(folder.path(), "write f --size 1MiB --seed 3").code(0);
    let run = "verify f --recipe dgen1,seed=3 --size 1PiB";
    let report = dgen(folder.path(), &format!("{run} --json")).code(3).json();
    let read = report["bytes_per_s"].as_f64().unwrap() * report["elapsed_ns"].as_f64().unwrap() / 1e9;
    assert!((read - f64::from(1 << 20)).abs() < 2.0, "{read}");
    let text = dgen(folder.path(), run).code(3).text();
    assert!(text.contains("are missing"), "{text}");
}
