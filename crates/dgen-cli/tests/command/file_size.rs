//! `dgen write DIR --files N --file-size S`.

use std::fs;
use std::path::Path;

use crate::common::{dgen, folder, len, mark, names, recipe, stream, u64_of};

const BLOCK: u64 = 1 << 20;

/// That files of a folder hold what they are to hold, each from a block of the stream on.
fn check(folder: &Path, recipe: &str, sizes: &[u64], apart: u64) {
    let files = names(folder);
    assert_eq!(files.iter().map(|path| len(path)).collect::<Vec<_>>(), sizes);
    for (number, path) in (0..).zip(&files) {
        let offset = number * apart;
        let range = mark(path).unwrap().range;
        assert_eq!((range.offset, range.size), (offset, len(path)), "{}", path.display());
        let expected = stream(recipe, offset, usize::try_from(len(path)).unwrap());
        assert!(fs::read(path).unwrap() == expected, "{}", path.display());
    }
}

#[test]
fn every_file_has_the_size_and_begins_at_a_block() {
    let folder = folder();
    let d = folder.path().join("d");
    for options in ["", "--engine sync", "--order random --depth 4 --buffer-size 64K", "--direct off --writers 5"] {
        // The same again is free to write.
        let args = format!("write d --files 20 --file-size 1500001 --seed 7 -d 2 -c 2 {options} --verify --json");
        let report = dgen(folder.path(), &args).code(0).json();
        assert_eq!((u64_of(&report, "size"), u64_of(&report, "bytes_written")), (30_000_020, 30_000_020));
        assert_eq!(u64_of(&report, "file_size"), 1_500_001);
        check(&d, &recipe(&report), &[1_500_001; 20], 2 * BLOCK);
        let verified = dgen(folder.path(), "verify d --json").code(0).json();
        assert_eq!((u64_of(&verified, "bytes_checked"), verified["warnings"].to_string()), (30_000_020, "[]".into()));
    }
    let text = dgen(folder.path(), "write d --files 20 --file-size 1500001 --seed 7 -d 2 -c 2").code(0).text();
    assert!(text.contains("1500001 bytes each"), "{text}");
}

#[test]
fn the_number_of_files_or_the_sum_may_be_left_out() {
    let folder = folder();
    for (name, options, sizes) in [
        ("a", "--files 3 --file-size 5MB", vec![5_000_000_u64; 3]),
        ("b", "--size 12MB --file-size 5MB", vec![5_000_000, 5_000_000, 2_000_000]),
        ("c", "--size 15MB --file-size 5MB --files 3", vec![5_000_000; 3]),
        ("e", "--size 3 --file-size 1", vec![1; 3]),
    ] {
        let report = dgen(folder.path(), &format!("write {name} {options} --seed 3 --json")).code(0).json();
        let apart = sizes[0].next_multiple_of(BLOCK);
        check(&folder.path().join(name), &recipe(&report), &sizes, apart);
    }
}

#[test]
fn what_is_lost_or_damaged_is_told_with_its_size() {
    let folder = folder();
    let d = folder.path().join("d");
    dgen(folder.path(), "write d --files 6 --file-size 1500000 --seed 9").code(0);
    fs::remove_file(d.join("dgen-000002")).unwrap();
    fs::remove_file(d.join("dgen-000003")).unwrap();
    let report = dgen(folder.path(), "verify d --json").code(3).json();
    let absent: Vec<(u64, u64)> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["absent"] == true)
        .map(|file| (u64_of(file, "offset"), u64_of(file, "size")))
        .collect();
    assert_eq!(absent, [(4 * BLOCK, 1_500_000), (6 * BLOCK, 1_500_000)], "{report}");
    // Copies without attributes are verified by what is said of them.
    dgen(folder.path(), "write d --files 6 --file-size 1500000 --seed 9 --force").code(0);
    let copies = folder.path().join("copies");
    fs::create_dir(&copies).unwrap();
    for path in names(&d) {
        fs::write(copies.join(path.file_name().unwrap()), fs::read(&path).unwrap()).unwrap();
    }
    let told = "--seed 9 --dedup-ratio 1 --compress-ratio 1 --size 9000000";
    dgen(folder.path(), &format!("verify copies {told} --file-size 1500000")).code(0);
    dgen(folder.path(), &format!("verify copies {told}")).code(3);
    dgen(folder.path(), &format!("verify copies {told} --file-size 1400000"))
        .code(2)
        .error_names(&["--file-size", "1400000"]);
}

#[test]
fn an_interrupted_write_is_resumed_by_what_its_files_say() {
    let folder = folder();
    let d = folder.path().join("d");
    for (size, last) in [(5_000_000, 5_000_000), (4 << 20, 2 << 20)] {
        _ = fs::remove_dir_all(&d);
        dgen(folder.path(), &format!("write d --size {} --file-size {size} --seed 3", 2 * size + last)).code(0);
        let whole: Vec<Vec<u8>> = names(&d).iter().map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(whole.len(), 3);
        crate::common::truncate(&d.join("dgen-000001"), 1 << 20);
        crate::common::truncate(&d.join("dgen-000002"), 1 << 20);
        dgen(folder.path(), "write d --files 3 --resume").code(0);
        assert!(names(&d).iter().map(|path| fs::read(path).unwrap()).eq(whole), "{size}");
        dgen(folder.path(), "verify d").code(0);
    }
}

#[test]
fn ranks_write_whole_files_of_the_size() {
    let folder = folder();
    for rank in 0..3 {
        let args = format!("write d --files 7 --file-size 1500000 --seed 9 --rank {rank} --ranks 3");
        dgen(folder.path(), &args).code(0);
    }
    check(&folder.path().join("d"), "dgen1,seed=0x9", &[1_500_000; 7], 2 * BLOCK);
    dgen(folder.path(), "verify d").code(0);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let folder = folder();
    for (args, names) in [
        ("write d --file-size 5MB", &["--file-size", "--files", "--size"][..]),
        ("write d --file-size 0 --files 3", &["--file-size", "0"]),
        ("write d --files 3 --file-size 5MB --size 10MB", &["--file-size", "5000000", "3 files"]),
        ("write d --files 3 --file-size 5MB --size 20MB", &["--file-size", "5000000", "3 files"]),
        ("write d --size 1EiB --file-size 1", &["--file-size", "1000000 files"]),
        ("write d --files 1000000 --file-size 16EiB", &["--file-size"]),
        ("write d --files 3 --file-size 5MB --offset 4096", &["--offset", "4096", "1048576"]),
        ("write - --files 3 --file-size 5MB", &["--files"]),
        ("write a b --files 3 --file-size 5MB", &["one folder", "2 paths"]),
        ("write d --files 3 --file-size 5MB --append", &["--append"]),
    ] {
        dgen(folder.path(), args).code(2).error_names(names);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{args}");
    }
}
