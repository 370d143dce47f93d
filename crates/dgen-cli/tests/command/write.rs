//! `dgen write`: what lands in the files, their attributes, and what is left after failures.

use std::fs;
use std::process::Command;

use crate::common::{
    Mount, bytes, command, dgen, finished, folder, len, mark, names, recipe, skip, stream, truncate, u64_of,
};

#[test]
fn what_is_written_verifies_without_options() {
    for direct in ["auto", "on", "off"] {
        for size in [1, 4095, 4096, 1 << 20, 10_000_001] {
            let folder = folder();
            let run = dgen(folder.path(), &format!("write f --size {size} --direct {direct} --json"));
            if direct == "on" && run.code == Some(1) {
                skip(run.stderr.trim());
                continue;
            }
            let report = run.code(0).json();
            let path = folder.path().join("f");
            assert_eq!(len(&path), size, "{direct}");
            assert_eq!(u64_of(&report, "bytes_written"), size);
            assert_eq!(u64_of(&report, "valid_prefix"), size);
            assert!(!report["direct_reason"].as_str().unwrap().is_empty());
            let expected = stream(&recipe(&report), 0, usize::try_from(size).unwrap());
            assert!(fs::read(&path).unwrap() == expected, "{direct} {size}");
            dgen(folder.path(), "verify f").code(0);
            dgen(folder.path(), "verify f --direct auto --readers 3 --buffer-size 12K").code(0);
        }
    }
}

#[test]
fn paths_get_consecutive_ranges_and_say_so() {
    let folder = folder();
    let size = 10_000_001;
    let args = format!("write a b c --size {size} --seed 7 --block-size 64K --dedup-ratio 2 --offset 12345 --json");
    let report = dgen(folder.path(), &args).code(0).json();
    let mut whole = Vec::new();
    for name in ["a", "b", "c"] {
        let path = folder.path().join(name);
        let mark = mark(&path).expect("attributes");
        assert_eq!(mark.range.offset, 12345 + whole.len() as u64);
        assert_eq!(mark.range.size, len(&path));
        assert!(name == "a" || mark.range.offset.is_multiple_of(65536));
        whole.extend(fs::read(&path).unwrap());
    }
    assert!(whole == stream(&recipe(&report), 12345, size));
    let report = dgen(folder.path(), "verify a b c --json").code(0).json();
    assert_eq!(u64_of(&report, "bytes_checked"), size as u64);
    assert_eq!(report["files"].as_array().unwrap().len(), 3);
}

#[test]
fn an_unseeded_run_reports_what_reproduces_it() {
    let folder = folder();
    let first = dgen(folder.path(), "write a --size 100000 --compress-ratio 3 --json").code(0).json();
    let again = format!("write b --size 100000 --recipe {}", recipe(&first));
    let text = dgen(folder.path(), &again).code(0).text();
    assert!(text.contains(&recipe(&first)), "{text}");
    assert!(fs::read(folder.path().join("a")).unwrap() == fs::read(folder.path().join("b")).unwrap());
    let other = dgen(folder.path(), "write c --size 100000 --json").code(0).json();
    assert_ne!(recipe(&other), recipe(&first));
}

#[test]
fn writers_buffers_and_offsets_change_no_byte() {
    let folder = folder();
    let expected = stream("dgen1,seed=9,dedup=2,compress=2", 5_000_001, 3_000_007);
    for options in ["--writers 1", "--writers 5 --buffer-size 4096", "--threads 2 --buffer-size 100000 --direct off"] {
        let args = format!(
            "write f --force --size 3000007 --offset 5000001 --seed 9 --dedup-ratio 2 --compress-ratio 2 {options}"
        );
        dgen(folder.path(), &args).code(0);
        assert!(fs::read(folder.path().join("f")).unwrap() == expected, "{options}");
    }
    let rounded = dgen(folder.path(), "write g --size 1MiB --buffer-size 5000 --json").code(0).json();
    assert_eq!(u64_of(&rounded, "buffer_size"), 8192);
    assert!(rounded["warnings"][0].as_str().unwrap().contains("rounded up"));
}

#[test]
fn a_part_of_a_file_is_written_in_place() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 3MiB --seed 1").code(0);
    truncate(&path, 1 << 20);
    // An interrupted write is continued from its prefix.
    dgen(folder.path(), "write f --size 2MiB --seed 1 --offset 1MiB --file-offset 1MiB --force").code(0);
    dgen(folder.path(), "verify f").code(0);
    // Other data inside the file takes the recipe away.
    let run = dgen(folder.path(), "write f --size 5000 --seed 2 --file-offset 5001 --force").code(0);
    assert!(run.stderr.contains("warning: "), "{}", run.stderr);
    assert_eq!(len(&path), 3 << 20);
    assert!(bytes(&path, 5001, 5000) == stream("dgen1,seed=2", 0, 5000));
    assert!(bytes(&path, 0, 5001) == stream("dgen1,seed=1", 0, 5001));
    dgen(folder.path(), "verify f").code(2);
    dgen(folder.path(), "verify f --seed 2 --file-offset 5001 --size 5000").code(0);
}

#[test]
fn existing_data_is_refused() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, "precious").unwrap();
    let run = dgen(folder.path(), "write f --size 4096").code(1);
    run.error_names(&["f", "8 bytes", "--force"]);
    // Nothing was written: there is no recipe to keep.
    assert!(!run.stderr.contains("dgen1,seed="), "{}", run.stderr);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    // Nothing else is touched when one of several is refused.
    dgen(folder.path(), "write new f --size 8192").code(1);
    assert!(!folder.path().join("new").exists());
    dgen(folder.path(), "write f --size 200000 --force").code(0);
    dgen(folder.path(), "write f --size 100000").code(1).error_names(&["f", "200000 bytes", "--force"]);
    assert_eq!(len(&path), 200_000);
}

#[test]
fn only_the_same_write_is_free_to_begin_again() {
    let folder = folder();
    let path = folder.path().join("f");
    let write = "write f --size 1MiB --seed 7 --dedup-ratio 2";
    dgen(folder.path(), write).code(0);
    let before = fs::read(&path).unwrap();
    let free = |args: &str| {
        let report = dgen(folder.path(), &format!("{args} --json")).code(0).json();
        let told = report["warnings"].to_string();
        assert!(told.contains("wrote over an earlier result of the same recipe"), "{args}: {told}");
        assert!(fs::read(&path).unwrap() == before, "{args}");
    };
    let refused = |args: &str, parts: &[&str]| {
        dgen(folder.path(), args)
            .code(1)
            .error_names(&[&["f", "already holds 1048576 bytes", "--force"], parts].concat());
        assert!(fs::read(&path).unwrap() == before && mark(&path).unwrap().range.size == 1 << 20, "{args}");
        dgen(folder.path(), "verify f").code(0);
    };
    free(write);
    free("write f --size 1MiB --recipe dgen1,seed=7,dedup=2 --direct off --order random");
    // A part that is there already, in its place.
    free("write f --size 4096 --seed 7 --dedup-ratio 2 --offset 8192 --file-offset 8192");
    free(&format!("{write} --read-percent 50"));
    for (args, parts) in [
        ("write f --size 1MiB", &["dgen1,seed=0x7,dedup=2", "a new seed is drawn", "--seed"][..]),
        ("write f --size 4096", &["--seed"]),
        ("write f --size 1MiB --seed 8", &["seed=0x7,dedup=2", "seed=0x8"]),
        ("write f --size 1MiB --seed 7", &["dgen1,seed=0x7,dedup=2", "not of dgen1,seed=0x7 "]),
        ("write f --size 1MiB --seed 7 --dedup-ratio 2 --stream-version 1", &["offset=0,size=1048576,version=1"]),
        ("write f --size 1MiB --seed 7 --dedup-ratio 2 --offset 4096", &["offset=4096"]),
        ("write f --size 4096 --seed 7 --dedup-ratio 2", &["size=4096"]),
        ("write f --size 2MiB --seed 7 --dedup-ratio 2", &["size=2097152"]),
        ("write f g --size 2MiB --seed 7 --dedup-ratio 2", &["file=0/2"]),
        ("write g f --size 2MiB --seed 7 --dedup-ratio 2", &["file=1/2"]),
        ("write f --size 4096 --seed 7 --dedup-ratio 2 --file-offset 8192", &["size=4096"]),
        ("write f --size 4096 --seed 7 --dedup-ratio 2 --file-offset 1MiB --offset 1MiB", &["size=4096"]),
        ("write f --size 2MiB --seed 7 --dedup-ratio 2 --read-percent 50", &["size=2097152"]),
    ] {
        refused(args, parts);
        assert!(!folder.path().join("g").exists());
    }
    dgen(folder.path(), &format!("{write} --offset 4096 --force")).code(0);
    // A member of a set is no file of its own.
    dgen(folder.path(), "write d --files 2 --size 2MiB --seed 7").code(0);
    let report = dgen(folder.path(), "write d --files 2 --size 2MiB --seed 7 --json").code(0).json();
    assert!(report["warnings"].to_string().contains("d/dgen-000000 and 1 more: wrote over"), "{report}");
    for args in ["d --files 2 --size 2MiB", "d --files 4 --size 2MiB --seed 7", "d/dgen-000000 --size 1MiB --seed 7"] {
        dgen(folder.path(), &format!("write {args}")).code(1).error_names(&["dgen-000000", "--force"]);
    }
    dgen(folder.path(), "verify d").code(0);
    // What keeps nothing is always free, and says nothing.
    for _ in 0..2 {
        let report = dgen(folder.path(), "write /dev/null --size 1MiB --seed 7 --json").code(0).json();
        assert!(!report["warnings"].to_string().contains("wrote over"), "{report}");
    }
}

#[test]
fn our_own_file_is_free_unless_it_was_changed() {
    let folder = folder();
    let path = folder.path().join("f");
    let write = "write f --size 1000000 --seed 5";
    dgen(folder.path(), write).code(0);
    crate::common::patch(&path, 999_990, b"changed");
    dgen(folder.path(), write).code(1).error_names(&["differs from its recipe"]);
    dgen(folder.path(), &format!("{write} --force")).code(0);
    truncate(&path, 999_999);
    dgen(folder.path(), write).code(1).error_names(&["999999 bytes", "1000000 bytes"]);
}

#[test]
fn dev_null_is_free_and_empty_files_are_too() {
    let folder = folder();
    fs::write(folder.path().join("empty"), "").unwrap();
    dgen(folder.path(), "write empty --size 4096").code(0);
    let report = dgen(folder.path(), "write /dev/null --size 64MiB --json").code(0).json();
    assert_eq!(report["synced"], false);
    assert_eq!(report["direct"], false);
}

#[test]
fn bad_targets_are_one_line() {
    let folder = folder();
    fs::create_dir(folder.path().join("d")).unwrap();
    dgen(folder.path(), "write d --size 4096").code(1).error_names(&["d", "directory"]);
    dgen(folder.path(), "write missing/f --size 4096").code(1).error_names(&["missing/f", "No such file"]);
    dgen(folder.path(), "write a missing/f --size 8192").code(1).error_names(&["missing/f"]);
    assert!(!folder.path().join("a").exists());
    dgen(folder.path(), "write g g --size 8192").code(2).error_names(&["g", "twice"]);
    fs::write(folder.path().join("one"), "").unwrap();
    fs::hard_link(folder.path().join("one"), folder.path().join("two")).unwrap();
    dgen(folder.path(), "write one two --size 8192").code(2).error_names(&["two", "twice"]);
    dgen(folder.path(), "write a b c --size 2").code(2).error_names(&["3 paths"]);
    dgen(folder.path(), "write /proc/version --size 2").code(1);
    dgen(folder.path(), "write /proc/f --size 2").code(1).error_names(&["/proc/f"]);
    dgen(folder.path(), "write a --size 4096 --direct on --json=missing/x").code(1).error_names(&["missing/x"]);
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn a_full_device_is_an_error() {
    let folder = folder();
    let run = dgen(folder.path(), "write /dev/full --size 64MiB --json").code(1);
    run.error_names(&["/dev/full", "offset 0", "No space left"]);
    assert_eq!(u64_of(&run.json(), "valid_prefix"), 0);
    assert!(run.json()["error"].is_string());
}

/// A shell sets the limit, in blocks of 512 bytes.
fn limited(folder: &std::path::Path, args: &str) -> crate::common::Run {
    let line = format!("ulimit -f 6144; exec {} {args}", command().get_program().to_string_lossy());
    finished(Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap())
}

#[test]
fn a_file_size_limit_leaves_the_prefix_that_fits() {
    let folder = folder();
    limited(folder.path(), "write f --size 8MiB").code(1).error_names(&["f", "too large"]);
    assert_eq!(names(folder.path()).len(), 0, "nothing was written");
    let run = limited(folder.path(), "write f --size 8MiB --no-preallocate --json").code(1);
    run.error_names(&["f", "offset 3145728", "too large"]);
    let report = run.json();
    assert_eq!(u64_of(&report, "valid_prefix"), 3 << 20);
    leaves_a_verifiable_prefix(folder.path(), 3 << 20, 8 << 20);
}

#[test]
fn a_full_file_system_leaves_the_prefix_that_fits() {
    let folder = folder();
    let Some(mount) = Mount::tmpfs(folder.path(), 4 << 20) else { return };
    let full = dgen(&mount.0, "write f --size 100MiB").code(1);
    full.error_names(&["f", "No space left"]);
    assert_eq!(names(&mount.0).len(), 0, "nothing was written");
    // One writer: with more, which one gets the last of the space is a matter of luck.
    let report = dgen(&mount.0, "write f --size 100MiB --no-preallocate --writers 1 --json").code(1).json();
    let prefix = u64_of(&report, "valid_prefix");
    assert!((3 << 20..=4 << 20).contains(&prefix), "{prefix}");
    leaves_a_verifiable_prefix(&mount.0, prefix, 100 << 20);
}

/// Checks that `f` holds `prefix` right bytes and that verifying calls the rest missing.
fn leaves_a_verifiable_prefix(folder: &std::path::Path, prefix: u64, size: u64) {
    assert_eq!(len(&folder.join("f")), prefix);
    let report = dgen(folder, "verify f --json").code(3).json();
    assert_eq!(u64_of(&report, "valid_prefix"), prefix);
    assert_eq!(u64_of(&report["bytes_by_kind"], "missing"), size - prefix);
    assert_eq!(u64_of(&report, "bytes_bad"), size - prefix);
}

#[test]
fn syncing_is_a_choice() {
    let folder = folder();
    for (sync, synced) in [("end", true), ("none", false), ("1MiB", true)] {
        let args = format!("write f --size 5MiB --seed 1 --sync {sync} --json --direct off");
        assert_eq!(dgen(folder.path(), &args).code(0).json()["synced"], synced);
        dgen(folder.path(), "verify f").code(0);
    }
}

/// A loop device over a file, detached at the end.
struct Loop(String);

impl Loop {
    fn over(file: &std::path::Path) -> Option<Self> {
        if !crate::common::may_mount() {
            return None;
        }
        let output = Command::new("losetup").args(["-f", "--show"]).arg(file).output();
        match output {
            Ok(output) if output.status.success() => {
                Some(Self(String::from_utf8(output.stdout).unwrap().trim().into()))
            }
            other => {
                skip(&format!("optional: no loop device: {other:?}"));
                None
            }
        }
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        _ = Command::new("losetup").args(["-d", &self.0]).status();
    }
}

#[test]
fn block_devices_are_protected() {
    let folder = folder();
    let image = folder.path().join("image");
    fs::File::create(&image).unwrap().set_len(32 << 20).unwrap();
    let Some(device) = Loop::over(&image) else { return };
    let write = format!("write {} --seed 1 --size", device.0);
    let run = dgen(folder.path(), &format!("{write} 8MiB")).code(0);
    assert!(run.stderr.contains("warning: "), "no attributes on devices: {}", run.stderr);
    dgen(folder.path(), &format!("verify {} --seed 1 --size 8MiB", device.0)).code(0);
    dgen(folder.path(), &format!("{write} 8MiB")).code(1).error_names(&["already holds data", "--force"]);
    dgen(folder.path(), &format!("{write} 8MiB --force")).code(0);
    dgen(folder.path(), &format!("{write} 33MiB --force")).code(2).error_names(&["33554432"]);
    assert!(Command::new("mkfs.ext4").args(["-q", &device.0]).status().unwrap().success());
    let place = folder.path().join("place");
    fs::create_dir(&place).unwrap();
    if Command::new("mount").arg(&device.0).arg(&place).status().unwrap().success() {
        let mount = Mount(place);
        dgen(folder.path(), &format!("{write} 8MiB --force")).code(1).error_names(&["mounted on", "--force"]);
        drop(mount);
    }
}

#[test]
fn block_devices_are_tuned_on_and_resumed() {
    let folder = folder();
    let image = folder.path().join("image");
    fs::File::create(&image).unwrap().set_len(176 << 20).unwrap();
    let Some(device) = Loop::over(&image) else { return };
    let write = format!("write {} --seed 1 --size 176MiB", device.0);
    let report = dgen(folder.path(), &format!("{write} --auto --verify --json")).code(0).json();
    assert!(report["tuning"]["steps"].as_array().unwrap().len() >= 2 && report["verify"]["ok"] == true, "{report}");
    let zero = |from: u64, len: usize| crate::common::patch(device.0.as_ref(), from, &vec![0; len]);
    zero(100 << 20, 76 << 20);
    let report = dgen(folder.path(), &format!("{write} --resume --auto --json")).code(0).json();
    assert_eq!(u64_of(&report["resumed"], "bytes_valid"), 100 << 20);
    dgen(folder.path(), &format!("verify {} --seed 1 --size 176MiB", device.0)).code(0);
    crate::common::patch(device.0.as_ref(), 50 << 20, &vec![1; 80 << 20]);
    dgen(folder.path(), &format!("{write} --resume")).code(1).error_names(&["other data at offset 52428800"]);
    dgen(folder.path(), &format!("{write} --resume --force")).code(0);
    dgen(folder.path(), &format!("verify {} --seed 1 --size 176MiB", device.0)).code(0);
}

#[test]
fn a_target_that_cannot_be_opened_leaves_the_others_as_they_were() {
    let folder = folder();
    dgen(folder.path(), "write f --size 2M --seed 1").code(0);
    for force in ["", "--force"] {
        dgen(folder.path(), &format!("write f missing/g --size 4M --seed 1 {force}"))
            .code(1)
            .error_names(&["missing/g"]);
        dgen(folder.path(), "verify f").code(0);
    }
}
