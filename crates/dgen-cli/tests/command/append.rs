//! `dgen write --append`: what is there stays, and what is new verifies.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::{Mount, command, dgen, finished, folder, len, recipe, stream, u64_of, wait_for_handler};
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn a_stream_goes_on_where_it_ended() {
    let folder = folder();
    let path = folder.path().join("f");
    for direct in ["auto", "off"] {
        for engine in ["auto", "sync --buffer-size 8K", "io_uring --depth 4 --buffer-size 12K"] {
            _ = fs::remove_file(&path);
            let first =
                dgen(folder.path(), "write f --append --size 1000001 --seed 5 --offset 777 --json").code(0).json();
            assert_eq!((u64_of(&first["appended"], "file_offset"), u64_of(&first, "valid_prefix")), (0, 1_000_001));
            let mut end = 1_000_001;
            for size in [1, 4095, 2_000_003] {
                let args =
                    format!("write f --append --size {size} --direct {direct} --engine {engine} --verify --json");
                let report = dgen(folder.path(), &args).code(0).json();
                assert_eq!(recipe(&report), recipe(&first));
                assert_eq!(report["appended"]["continued"], true, "{report}");
                assert_eq!((u64_of(&report["appended"], "file_offset"), u64_of(&report, "offset")), (end, 777 + end));
                assert_eq!((u64_of(&report, "size"), u64_of(&report, "valid_prefix")), (size, size));
                end += size;
                let verified = dgen(folder.path(), "verify f --json").code(0).json();
                assert_eq!(u64_of(&verified, "bytes_checked"), end);
            }
            let whole = stream("dgen1,seed=5", 777, usize::try_from(end).unwrap());
            assert!(fs::read(&path).unwrap() == whole, "{direct} {engine}");
        }
    }
}

#[test]
fn other_data_goes_behind_what_is_there() {
    let folder = folder();
    let path = folder.path().join("f");
    for size in [1, 4096, 5001] {
        let old = vec![7; size];
        fs::write(&path, &old).unwrap();
        let text = dgen(folder.path(), "write f --append --size 100003 --compress-ratio 2 --offset 5").code(0).text();
        assert!(text.contains(&format!("from position {size} ")), "{text}");
        assert_eq!(fs::read(&path).unwrap()[..size], old);
        assert_eq!(len(&path), size as u64 + 100_003);
        let line = text.lines().find_map(|line| line.strip_prefix("verify with").map(str::trim)).unwrap();
        dgen(folder.path(), line.strip_prefix("dgen ").unwrap()).code(0);
    }
    // Another recipe in a file of ours takes the attributes away, and says so.
    dgen(folder.path(), "write g --size 5000 --seed 1").code(0);
    let text = dgen(folder.path(), "write g --append --size 5000 --seed 2").code(0).stderr;
    assert!(text.contains("dgen1,seed=0x1") && text.contains("was removed"), "{text}");
    dgen(folder.path(), "verify g").code(2);
    dgen(folder.path(), "verify g --seed 1 --size 5000 --file-offset 0").code(3);
    let whole = fs::read(folder.path().join("g")).unwrap();
    assert!(whole == [stream("dgen1,seed=1", 0, 5000), stream("dgen1,seed=2", 0, 5000)].concat());
}

#[test]
fn an_unfinished_write_is_not_continued() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 3MiB --seed 1").code(0);
    crate::common::truncate(&path, 1 << 20);
    dgen(folder.path(), "write f --append --size 1MiB --seed 1").code(1).error_names(&["f", "1048576", "--resume"]);
    dgen(folder.path(), "write f --resume").code(0);
    dgen(folder.path(), "write f --append --size 1MiB").code(0);
    dgen(folder.path(), "verify f").code(0);
    crate::common::patch(&path, (4 << 20) - 5000, &[0; 5000]);
    dgen(folder.path(), "write f --append --size 1MiB").code(1).error_names(&["differs from its recipe", "--force"]);
    assert_eq!(len(&path), 4 << 20);
    dgen(folder.path(), "write f --append --size 1MiB --force").code(0);
    assert_eq!(len(&path), 5 << 20);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = folder();
    dgen(folder.path(), "write f --size 4096").code(0);
    for (args, word) in [
        ("f --order random", "random"),
        ("f --resume", "resume"),
        ("f --passes 2", "passes"),
        ("f --file-offset 1", "file offset"),
        ("f g", "several paths"),
        ("d --files 2", "files"),
        ("f --files 2", "files"),
        ("/dev/null", "regular files"),
        ("-", "--append"),
    ] {
        dgen(folder.path(), &format!("write {args} --append --size 4096")).code(2).error_names(&["append", word]);
    }
    dgen(folder.path(), "verify f").code(0);
    assert_eq!(crate::common::names(folder.path()).len(), 1);
}

#[test]
fn an_append_to_a_full_file_system_is_completed_when_there_is_room() {
    let folder = folder();
    let Some(mount) = Mount::tmpfs(folder.path(), 4 << 20) else { return };
    let path = mount.0.join("f");
    let append = "write f --append --size 6MiB";
    let whole = stream("dgen1,seed=1", 0, 1_000_001 + (6 << 20));
    let resize = |size: &str| {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&mount.0).status().unwrap().success());
    };
    for (space, again) in [("", append), ("", "write f --resume"), ("--no-preallocate", "write f --resume")] {
        resize("4M");
        dgen(&mount.0, "write f --size 1000001 --seed 1").code(0);
        let report = dgen(&mount.0, &format!("{append} {space} --writers 1 --json")).code(1);
        report.error_names(&["f", "No space left"]);
        let prefix = u64_of(&report.json(), "valid_prefix");
        assert_eq!((len(&path), prefix == 0), (1_000_001 + prefix, space.is_empty()));
        let found = dgen(&mount.0, "verify f --json").code(3).json();
        assert_eq!(u64_of(&found, "valid_prefix"), 1_000_001 + prefix);
        // It fails again, and nothing is lost.
        for other in ["write f --append --size 1MiB", "write f --resume --size 7291457", again] {
            dgen(&mount.0, &format!("{other} --writers 1")).code(if other.ends_with("--resume") { 2 } else { 1 });
            assert!(
                len(&path) > 1_000_000 && fs::read(&path).unwrap() == whole[..usize::try_from(len(&path)).unwrap()]
            );
        }
        resize("16M");
        dgen(&mount.0, again).code(0);
        assert!(fs::read(&path).unwrap() == whole);
        dgen(&mount.0, "verify f").code(0);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn an_interrupted_append_is_completed_by_a_resume() {
    let folder = folder();
    let path = folder.path().join("f");
    let size = 1_000_001 + (96 << 20);
    for (end, space) in [(Signal::INT, ""), (Signal::INT, "--no-preallocate"), (Signal::KILL, "--no-preallocate")] {
        _ = fs::remove_file(&path);
        dgen(folder.path(), "write f --size 1000001 --seed 1").code(0);
        let args = format!("write f --append --size 96MiB {space} --rate 8MiB --buffer-size 64K");
        let mut command = command();
        command.args(args.split_whitespace()).current_dir(folder.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while len(&path) <= 1_000_001 {
            sleep(Duration::from_millis(5));
        }
        if end == Signal::INT {
            wait_for_handler(&child, end);
        }
        kill_process(Pid::from_child(&child), end).unwrap();
        let run = finished(child.wait_with_output().unwrap());
        if end == Signal::INT {
            run.code(130).error_names(&["interrupted after"]);
        }
        let there = len(&path);
        assert!((1_000_001..size).contains(&there), "{there}");
        let found = dgen(folder.path(), "verify f --json").code(3).json();
        assert_eq!(u64_of(&found["bytes_by_kind"], "missing"), size - there);
        assert!(u64_of(&found, "valid_prefix") >= 1_000_001);
        // As much as is missing, no more and no less, is what another append may be of.
        dgen(folder.path(), "write f --append --size 5000").code(1).error_names(&["f", "--resume"]);
        let report = dgen(folder.path(), "write f --resume --json").code(0).json();
        assert_eq!(u64_of(&report, "valid_prefix"), size);
        let found = dgen(folder.path(), "verify f --json").code(0).json();
        assert_eq!(u64_of(&found, "bytes_checked"), size);
        let report = dgen(folder.path(), "write f --append --size 5000 --json").code(0).json();
        assert_eq!(report["appended"]["continued"], true);
    }
}

#[test]
fn an_interrupted_append_without_attributes_is_resumed_in_its_place() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, vec![7; 5001]).unwrap();
    dgen(folder.path(), "write f --append --size 3MiB --seed 4").code(0);
    let whole = fs::read(&path).unwrap();
    crate::common::truncate(&path, 2_000_000);
    dgen(folder.path(), "write f --resume --size 3MiB --seed 4 --file-offset 5001").code(0);
    assert!(fs::read(&path).unwrap() == whole);
}

#[test]
fn a_file_that_ends_before_its_range_is_resumed_first() {
    let folder = folder();
    dgen(folder.path(), "write f --size 8MiB --seed 3").code(0);
    crate::common::truncate(&folder.path().join("f"), 3_000_000);
    for seed in ["", "--seed 3", "--seed 4"] {
        dgen(folder.path(), &format!("write f --append --size 1MiB {seed}"))
            .code(1)
            .error_names(&["--resume", "3000000"]);
    }
    dgen(folder.path(), "write f --resume").code(0);
    dgen(folder.path(), "write f --append --size 1MiB").code(0);
    let report = dgen(folder.path(), "verify f --json").code(0).json();
    assert_eq!(u64_of(&report, "bytes_checked"), 9 << 20);
}
