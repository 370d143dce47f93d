//! `dgen write DIR --files N`, and reading and verifying folders.

use std::fs;
use std::process::Command;

use crate::common::{Run, command, dgen, finished, folder, len, mark, names, recipe, stream, u64_of};
use serde_json::Value;

#[test]
fn files_of_a_folder_share_the_stream() {
    let folder = folder();
    let size = 12_345_678;
    for options in ["", "--engine sync", "--order random --depth 4 --buffer-size 64K", "--direct off --writers 5"] {
        // The same again is free to write.
        let args = format!("write d --files 11 --size {size} --seed 7 --offset 4096 --dedup-ratio 2 {options} --json");
        let report = dgen(folder.path(), &args).code(0).json();
        let files = names(&folder.path().join("d"));
        assert_eq!(files.len(), 11);
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!((name(&files[0]), name(&files[10])), ("dgen-000000".into(), "dgen-000010".into()));
        let whole: Vec<u8> = files.iter().flat_map(|path| fs::read(path).unwrap()).collect();
        assert!(whole == stream(&recipe(&report), 4096, size), "{options}");
        assert!(files.iter().all(|path| mark(path).unwrap().range.size == len(path)));
        let verified = dgen(folder.path(), "verify d --json").code(0).json();
        assert_eq!(u64_of(&verified, "bytes_checked"), size as u64);
        let read = dgen(folder.path(), "read d --json").code(0).json();
        assert_eq!((u64_of(&read, "bytes_read"), read["files"].as_array().unwrap().len()), (size as u64, 11));
    }
}

#[test]
fn a_write_of_fewer_files_tells_what_it_left() {
    let folder = folder();
    dgen(folder.path(), "write d --files 6 --size 6MiB").code(0);
    dgen(folder.path(), "write d --files 4 --size 8MiB").code(1).error_names(&["d/dgen-000000", "--force"]);
    let text = dgen(folder.path(), "write d --files 4 --size 8MiB --force").code(0).stderr;
    assert!(text.contains("also holds 2 of the files"), "{text}");
    let text = dgen(folder.path(), "verify d").code(0).stderr;
    assert!(text.contains("d: holds 2 files of an earlier write of 6"), "{text}");
    let report = dgen(folder.path(), "write d --files 7 --size 7MiB --json --force").code(0).json();
    assert!(!report["warnings"].to_string().contains("also holds"), "{report}");
    dgen(folder.path(), "verify d").code(0);
}

#[test]
fn foreign_files_and_other_targets_are_refused() {
    let folder = folder();
    let d = folder.path().join("d");
    fs::create_dir(&d).unwrap();
    fs::write(d.join("dgen-000002"), "precious").unwrap();
    dgen(folder.path(), "write d --files 4 --size 4MiB").code(1).error_names(&["dgen-000002", "--force"]);
    assert_eq!(names(&d).len(), 1);
    assert_eq!(fs::read(d.join("dgen-000002")).unwrap(), b"precious");
    dgen(folder.path(), "write d --files 4 --size 4MiB --force").code(0);
    dgen(folder.path(), "verify d").code(0);
    fs::write(folder.path().join("f"), "").unwrap();
    dgen(folder.path(), "write f --files 4 --size 4MiB").code(1).error_names(&["f", "not a folder"]);
    dgen(folder.path(), "write /dev/null --files 4 --size 4MiB").code(1).error_names(&["/dev/null", "not a folder"]);
    dgen(folder.path(), "write d e --files 4 --size 4MiB").code(2).error_names(&["one folder", "2 paths"]);
    dgen(folder.path(), "write no/d --files 4 --size 4MiB").code(1).error_names(&["no/d"]);
    dgen(folder.path(), "write - --files 4 --size 4MiB").code(2).error_names(&["--files"]);
    for files in ["0", "1000001", "x", "-1"] {
        dgen(folder.path(), &format!("write e --files {files} --size 4MiB"))
            .code(2)
            .error_names(&["--files", "1 to 1000000"]);
    }
    // A folder is not left behind for nothing.
    dgen(folder.path(), "write e --files 4 --size 3").code(2).error_names(&["size"]);
    assert!(!folder.path().join("e").exists());
    dgen(folder.path(), "write d --size 4MiB").code(1).error_names(&["d", "--files"]);
    fs::create_dir(folder.path().join("e")).unwrap();
    dgen(folder.path(), "read e").code(2).error_names(&["e", "no files"]);
    dgen(folder.path(), "verify e").code(2).error_names(&["e", "no files"]);
}

#[test]
fn a_folder_is_resumed() {
    let folder = folder();
    dgen(folder.path(), "write d --files 5 --size 15MiB --seed 3").code(0);
    let last = folder.path().join("d/dgen-000004");
    crate::common::truncate(&last, 1 << 20);
    let report = dgen(folder.path(), "write d --files 5 --resume --json").code(0).json();
    assert_eq!(u64_of(&report, "bytes_written"), 2 << 20);
    dgen(folder.path(), "verify d").code(0);
}

/// The command under limits that a shell sets.
fn limited(folder: &std::path::Path, limit: &str, args: &str) -> Run {
    let line = format!("{limit}; exec {} {args}", command().get_program().to_string_lossy());
    finished(Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap())
}

#[test]
fn many_files_need_no_more_descriptors_than_there_may_be() {
    let folder = folder();
    let write = "write d --files 600 --size 3MiB";
    let run = limited(folder.path(), "ulimit -n 500", write).code(1);
    run.error_names(&["600 files", "500", "ulimit -Hn"]);
    assert!(!folder.path().join("d").exists());
    // A soft limit is raised.
    for command in [write, "read d", "verify d"] {
        limited(folder.path(), "ulimit -Sn 500", command).code(0);
    }
    assert_eq!(names(&folder.path().join("d")).len(), 600);
    limited(folder.path(), "ulimit -n 500", "read d").code(1).error_names(&["600 files", "500"]);
}

/// What a report says of the files that are absent: name, and bytes.
fn absent(report: &Value) -> Vec<(String, u64)> {
    let files = report["files"].as_array().unwrap().iter().filter(|file| file["absent"] == true);
    files.map(|file| (file["path"].as_str().unwrap().to_owned(), u64_of(file, "size"))).collect()
}

fn warnings(report: &Value) -> String {
    report["warnings"].to_string()
}

#[test]
fn a_member_that_is_missing_is_damage() {
    let folder = folder();
    let d = folder.path().join("d");
    let write = || dgen(folder.path(), "write d --files 4 --size 8MiB --seed 6 --force").code(0);
    let verify = |code| dgen(folder.path(), "verify d --json").code(code).json();
    write();
    assert_eq!(warnings(&verify(0)), "[]");
    // What of a set is lost, and of how much of it the others tell the bytes.
    let (known, unknown) = (2 << 20, 0);
    for (lost, sizes) in [
        (&[2][..], &[known][..]),
        (&[1, 2], &[known, known]),
        (&[0], &[unknown]),
        (&[3], &[unknown]),
        (&[0, 1, 3], &[unknown, unknown, unknown]),
    ] {
        write();
        for index in lost {
            fs::remove_file(d.join(format!("dgen-00000{index}"))).unwrap();
        }
        let report = verify(3);
        let names = lost.iter().map(|index| format!("d/dgen-00000{index}"));
        assert_eq!(absent(&report), names.zip(sizes.iter().copied()).collect::<Vec<_>>(), "{report}");
        assert_eq!(u64_of(&report, "bytes_bad"), sizes.iter().sum::<u64>());
        assert_eq!((&report["ok"], u64_of(&report, "ranges_total")), (&Value::Bool(false), lost.len() as u64));
        assert_eq!(report["ranges"][0]["kind"], "missing");
        let text = dgen(folder.path(), "verify d").code(3).text();
        assert!(text.contains("d/dgen-00000") && text.contains("missing"), "{text}");
    }
    // Files that are named are all that is asked for.
    assert_eq!(absent(&dgen(folder.path(), "verify d/dgen-000002 --json").code(0).json()), []);
    let run = dgen(folder.path(), "write d --files 4 --resume");
    run.code(1).error_names(&["dgen-000000", "does not exist", "--size"]);
    dgen(folder.path(), "write d --files 4 --resume --seed 6 --size 8MiB").code(0);
    assert_eq!(warnings(&verify(0)), "[]");
}

#[test]
fn members_are_told_by_what_they_say_and_not_by_their_names() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("d")).unwrap();
    dgen(folder.path(), "write d/a d/b d/c --size 3MiB --seed 6").code(0);
    fs::rename(at("d/b"), at("d/x")).unwrap();
    dgen(folder.path(), "verify d").code(0);
    fs::remove_file(at("d/x")).unwrap();
    let report = dgen(folder.path(), "verify d --json").code(3).json();
    assert_eq!(absent(&report), [("d/file 1 of 3".to_owned(), 1 << 20)]);
    // Members in several folders are one set where they fit; copies are sets of their own.
    fs::create_dir(at("e")).unwrap();
    fs::rename(at("d/c"), at("e/c")).unwrap();
    let report = dgen(folder.path(), "verify d e --json").code(3).json();
    assert_eq!(absent(&report), [("d/file 1 of 3".to_owned(), 1 << 20)]);
    fs::create_dir(at("all")).unwrap();
    for copy in ["one", "two"] {
        dgen(folder.path(), &format!("write all/{copy} --files 3 --size 3MiB --seed 8")).code(0);
    }
    assert_eq!(warnings(&dgen(folder.path(), "verify all --json").code(0).json()), "[]");
    for copy in ["one", "two"] {
        fs::remove_file(at(&format!("all/{copy}/dgen-000001"))).unwrap();
    }
    let report = dgen(folder.path(), "verify all --json").code(3).json();
    let lost = |copy: &str| (format!("all/{copy}/dgen-000001"), 1 << 20);
    assert_eq!(absent(&report), [lost("one"), lost("two")]);
}

#[test]
fn two_files_in_one_place_are_told() {
    let folder = folder();
    dgen(folder.path(), "write d --files 3 --size 3MiB --seed 6").code(0);
    let copied = |to: &str| {
        let status =
            Command::new("cp").args(["--preserve=all", "d/dgen-000001", to]).current_dir(folder.path()).status();
        assert!(status.unwrap().success());
    };
    copied("d/copy");
    let report = dgen(folder.path(), "verify d --json").code(0).json();
    let told = warnings(&report);
    assert!(told.contains("d/copy and d/dgen-000001") && told.contains("file 1 of 3"), "{told}");
    fs::remove_file(folder.path().join("d/copy")).unwrap();
    // A file that took the place of another is not that other.
    copied("d/dgen-000002");
    let report = dgen(folder.path(), "verify d --json").code(3).json();
    assert!(warnings(&report).contains("d/dgen-000001 and d/dgen-000002"), "{report}");
    assert_eq!(absent(&report).len(), 1);
}

#[test]
fn what_is_left_out_of_a_folder_is_told() {
    let folder = folder();
    let d = folder.path().join("d");
    dgen(folder.path(), "write d --files 2 --size 2MiB --seed 6").code(0);
    std::os::unix::fs::symlink("dgen-000000", d.join("link")).unwrap();
    assert!(Command::new("mkfifo").arg(d.join("pipe")).status().unwrap().success());
    let report = dgen(folder.path(), "verify d --json").code(0).json();
    assert!(warnings(&report).contains("d/link") && warnings(&report).contains("d/pipe"), "{report}");
    assert_eq!(report["skipped"].as_array().unwrap().len(), 2);
    assert_eq!((&report["skipped"][0]["reason"], &report["skipped"][1]["path"]), (&"link".into(), &"d/pipe".into()));
    // A file that may have held data of ours is not passed over with success; damage goes before it.
    fs::write(d.join("notes"), "mine").unwrap();
    let run = dgen(folder.path(), "verify d --json").code(1);
    run.error_names(&["1 in folders", "d/notes"]);
    let report = run.json();
    assert_eq!((&report["ok"], u64_of(&report, "bytes_checked")), (&Value::Bool(false), 2 << 20));
    assert_eq!(report["skipped"][2]["reason"], "foreign");
    crate::common::patch(&d.join("dgen-000001"), 5000, b"x");
    assert!(dgen(folder.path(), "verify d").code(3).stderr.contains("d/notes"));
    // A member that lost its attributes is no member.
    fs::remove_file(d.join("dgen-000001")).unwrap();
    fs::write(d.join("dgen-000001"), "mine").unwrap();
    let report = dgen(folder.path(), "verify d --json").code(3).json();
    assert_eq!((absent(&report).len(), report["skipped"].as_array().unwrap().len()), (1, 4));
}
