//! Versions of a stream, and what files say of theirs.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use crate::common::{dgen, folder, mark, u64_of};
use dgen::Stream;

/// Bytes of a version of a stream.
fn of_version(recipe: &str, version: u32, offset: u64, len: usize) -> Vec<u8> {
    let mut data = vec![0; len];
    Stream::new(&recipe.parse().unwrap()).unwrap().version(version).fill_at(offset, &mut data).unwrap();
    data
}

/// The attribute of a file as its text; `None` where the file system keeps none.
fn range_of(path: &std::path::Path) -> Option<String> {
    let mark = mark(path)?;
    let file = mark.file.map_or(String::new(), |file| format!(",file={}/{}", file.index, file.count));
    Some(format!("offset={},size={},version={}{file}", mark.range.offset, mark.range.size, mark.version))
}

#[test]
fn a_file_of_a_version_verifies_by_itself() {
    let folder = folder();
    dgen(folder.path(), "write f --size 3MiB --seed 5 --dedup-ratio 2 --stream-version 7 --offset 4KiB").code(0);
    let report = dgen(folder.path(), "verify f --json").code(0).json();
    assert_eq!(report["files"][0]["stream_version"], 7);
    assert_eq!(range_of(&folder.path().join("f")).unwrap(), "offset=4096,size=3145728,version=7");
    assert!(fs::read(folder.path().join("f")).unwrap() == of_version("dgen1,seed=5,dedup=2", 7, 4096, 3 << 20));
    // Asked for in another version, all of it is stale.
    let report = dgen(folder.path(), "verify f --stream-version 8 --json").code(3).json();
    assert_eq!(u64_of(&report["bytes_by_kind"], "stale"), 3 << 20);
    // Without the attributes, the option is needed.
    let told = "verify f --recipe dgen1,seed=5,dedup=2 --size 3MiB --offset 4KiB";
    dgen(folder.path(), told).code(3);
    dgen(folder.path(), &format!("{told} --stream-version 7")).code(0);
}

#[test]
fn what_was_not_overwritten_is_stale_and_both_versions_are_named() {
    let folder = folder();
    dgen(folder.path(), "write f --size 1MiB --seed 5 --stream-version 2").code(0);
    let old = of_version("dgen1,seed=5", 1, 65_536, 8192);
    File::options().write(true).open(folder.path().join("f")).unwrap().write_all_at(&old, 65_536).unwrap();
    let report = dgen(folder.path(), "verify f --json").code(3).json();
    let range = &report["ranges"][0];
    assert_eq!(
        (range["kind"].as_str(), u64_of(range, "offset"), u64_of(range, "length")),
        (Some("stale"), 65_536, 8192)
    );
    assert_eq!((u64_of(range, "source_version"), u64_of(range, "version")), (1, 2));
    let text = dgen(folder.path(), "verify f").code(3);
    assert!(text.text().contains("in version 1, where version 2 is expected"), "{}", text.text());
}

#[test]
fn appending_and_resuming_keep_the_version() {
    let folder = folder();
    dgen(folder.path(), "write f --size 2MiB --seed 5 --stream-version 3").code(0);
    dgen(folder.path(), "write f --size 1MiB --append").code(0);
    assert_eq!(range_of(&folder.path().join("f")).unwrap(), "offset=0,size=3145728,version=3");
    dgen(folder.path(), "verify f").code(0);
    let file = File::options().write(true).open(folder.path().join("f")).unwrap();
    file.set_len(1 << 20).unwrap();
    let error = dgen(folder.path(), "write f --resume --stream-version 4").code(1);
    assert!(error.stderr.contains("version 3, not 4"), "{}", error.stderr);
    dgen(folder.path(), "write f --resume").code(0);
    dgen(folder.path(), "verify f").code(0);
    // Another version does not continue it.
    let report = dgen(folder.path(), "write f --size 1MiB --append --seed 5 --stream-version 1 --json").code(0).json();
    assert_eq!(report["appended"]["continued"], false);
}

#[test]
fn files_of_a_set_say_which_they_are() {
    let folder = folder();
    dgen(folder.path(), "write d --files 3 --size 6MiB --seed 5").code(0);
    for index in 0..3_u64 {
        let name = format!("d/dgen-{index:06}");
        let begins = index * (2 << 20);
        let text = range_of(&folder.path().join(name)).unwrap();
        assert_eq!(text, format!("offset={begins},size=2097152,version=0,file={index}/3"));
    }
    // One that is resumed alone stays what it was.
    fs::OpenOptions::new().write(true).open(folder.path().join("d/dgen-000001")).unwrap().set_len(1 << 20).unwrap();
    dgen(folder.path(), "write d/dgen-000001 --resume").code(0);
    assert!(range_of(&folder.path().join("d/dgen-000001")).unwrap().ends_with(",file=1/3"));
    dgen(folder.path(), "write alone --size 1MiB --seed 5").code(0);
    assert!(!range_of(&folder.path().join("alone")).unwrap().contains("file="));
}

#[test]
fn a_stream_has_a_version_too() {
    let folder = folder();
    let run = dgen(folder.path(), "stream --size 100000 --seed 5 --stream-version 4294967295").code(0);
    assert!(run.stdout == of_version("dgen1,seed=5", u32::MAX, 0, 100_000));
    assert!(run.stderr.contains("4294967295"));
    for bad in ["4294967296", "-1", "x"] {
        let error = dgen(folder.path(), &format!("stream --size 1MiB --stream-version {bad}")).code(2);
        assert!(error.stderr.contains("--stream-version") && error.stderr.contains("0 to 4294967295"));
    }
}
