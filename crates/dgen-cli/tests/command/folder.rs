//! `dgen write DIR --files N`, and reading and verifying folders.

use std::fs;
use std::process::Command;

use crate::common::{Run, command, dgen, finished, folder, len, names, recipe, stream, u64_of};
use dgen_io::Mark;

#[test]
fn files_of_a_folder_share_the_stream() {
    let folder = folder();
    let size = 12_345_678;
    for options in ["", "--engine sync", "--order random --depth 4 --buffer-size 64K", "--direct off --writers 5"] {
        let args = format!("write d --files 11 --size {size} --seed 7 --offset 4096 --dedup-ratio 2 {options} --json");
        let report = dgen(folder.path(), &args).code(0).json();
        let files = names(&folder.path().join("d"));
        assert_eq!(files.len(), 11);
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!((name(&files[0]), name(&files[10])), ("dgen-000000".into(), "dgen-000010".into()));
        let whole: Vec<u8> = files.iter().flat_map(|path| fs::read(path).unwrap()).collect();
        assert!(whole == stream(&recipe(&report), 4096, size), "{options}");
        assert!(files.iter().all(|path| Mark::of(&fs::File::open(path).unwrap()).unwrap().range.size == len(path)));
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
    let text = dgen(folder.path(), "write d --files 4 --size 8MiB").code(0).text();
    assert!(text.contains("also holds 2 of the files"), "{text}");
    dgen(folder.path(), "verify d").code(0);
    let report = dgen(folder.path(), "write d --files 7 --size 7MiB --json").code(0).json();
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

#[test]
fn a_member_that_is_missing_is_told() {
    let folder = folder();
    dgen(folder.path(), "write d --files 4 --size 8MiB --seed 6").code(0);
    let warnings = |args: &str| dgen(folder.path(), args).code(0).json()["warnings"].to_string();
    assert_eq!(warnings("verify d --json"), "[]");
    fs::remove_file(folder.path().join("d/dgen-000002")).unwrap();
    let told = warnings("verify d --json");
    assert!(
        told.contains("4194304 to 6291456") && told.contains("dgen-000001") && told.contains("dgen-000003"),
        "{told}"
    );
    let run = dgen(folder.path(), "write d --files 4 --resume");
    run.code(1).error_names(&["dgen-000002", "does not exist", "--size"]);
    dgen(folder.path(), "write d --files 4 --resume --seed 6 --size 8MiB").code(0);
    assert_eq!(warnings("verify d --json"), "[]");
}
