//! Attributes that cannot be read, set or understood: nothing is guessed, nothing is lost, and no disk is filled.

use std::fs::{self, File};
use std::path::Path;

use crate::common::filter::without;
use crate::common::{Mount, dgen, folder, len, stream, truncate, u64_of};
use dgen_io::{RANGE_ATTRIBUTE, RECIPE_ATTRIBUTE};
use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};

const SIZE: u64 = 1 << 20;

fn set(path: &Path, name: &str, value: &[u8]) {
    fsetxattr(File::open(path).unwrap(), name, value, XattrFlags::empty()).unwrap();
}

/// Content and attributes of a file.
fn state(path: &Path) -> (Vec<u8>, Vec<Option<Vec<u8>>>) {
    let file = File::open(path).unwrap();
    let value = |name| {
        let mut value = vec![0; 70_000];
        let len = fgetxattr(&file, name, &mut value).ok()?;
        Some(value[..len].to_vec())
    };
    (fs::read(path).unwrap(), [RECIPE_ATTRIBUTE, RANGE_ATTRIBUTE].map(value).to_vec())
}

#[test]
fn attributes_that_cannot_be_read_are_no_absent_ones() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 1MiB --seed 1").code(0);
    let before = state(&path);
    for (errno, text) in [(libc::EIO, "Input/output error"), (libc::EACCES, "denied"), (libc::ESTALE, "Stale")] {
        for args in [
            "verify f",
            "verify f --recipe dgen1,seed=1",
            "write f --size 1MiB --seed 1",
            "write f --append --size 4096",
            "write f --append --size 4096 --seed 2",
            "write f --resume",
            "write f --resume --size 1MiB --seed 1",
            "write f --read-percent 50 --size 1MiB --seed 1",
        ] {
            let run = without(&[libc::SYS_fgetxattr], errno, folder.path(), args).code(1);
            run.error_names(&["f", RECIPE_ATTRIBUTE, text]);
            assert!(state(&path) == before, "{args}");
        }
        // Where the options say all, attributes need not.
        without(&[libc::SYS_fgetxattr], errno, folder.path(), "verify f --seed 1 --size 1MiB").code(0);
    }
    dgen(folder.path(), "verify f").code(0);
}

#[test]
fn a_file_system_without_attributes_is_written_to_and_said() {
    let folder = folder();
    let calls = [libc::SYS_fgetxattr, libc::SYS_fsetxattr, libc::SYS_fremovexattr];
    let dgen = |args: &str| without(&calls, libc::EOPNOTSUPP, folder.path(), args);
    let run = dgen("write f --size 1MiB --seed 1").code(0);
    assert!(format!("{}{}", run.text(), run.stderr).contains("no recipe attribute could be set"), "{}", run.text());
    truncate(&folder.path().join("f"), 700_000);
    dgen("write f --resume --size 1MiB --seed 1").code(0);
    dgen("verify f --size 1MiB --seed 1").code(0);
    dgen("write f --append --size 4096 --seed 2").code(0);
    dgen("verify f --size 4096 --seed 2 --file-offset 1MiB").code(0);
    dgen("verify f").code(2).error_names(&["carries no valid"]);
    dgen("write f --size 1MiB --seed 1").code(1).error_names(&["no dgen recipe", "--force"]);
}

#[test]
fn attributes_that_cannot_be_set_or_removed_take_nothing_along() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 1MiB --seed 1").code(0);
    let before = state(&path);
    let all = [libc::SYS_fsetxattr, libc::SYS_fremovexattr];
    for (calls, args) in [
        (&all[..1], "write f --append --size 4096"),
        (&all[..], "write f --append --size 4096"),
        (&all[1..], "write f --append --size 4096 --seed 2"),
        (&all[..], "write f --file-offset 4096 --size 4096 --seed 2 --force"),
    ] {
        without(calls, libc::EIO, folder.path(), args).code(1).error_names(&["f", "recipe attribute", "Input/output"]);
        assert!(state(&path) == before, "{args}");
    }
    // What is written over may not say what it said before.
    without(&all, libc::EIO, folder.path(), "write f --size 1MiB --seed 2 --force").code(1).error_names(&["f"]);
    dgen(folder.path(), "verify f").code(3);
    let run = without(&all[..1], libc::EIO, folder.path(), "write f --size 1MiB --seed 2 --force").code(0);
    assert!(format!("{}{}", run.text(), run.stderr).contains("no recipe attribute could be set"), "{}", run.text());
    assert!(state(&path) == (stream("dgen1,seed=2", 0, 1 << 20), vec![None, None]));
}

/// Values that a file of 1 MiB of seed 1 may carry by malice or accident, as recipe and range; without text, absent.
fn hostile() -> Vec<[Option<Vec<u8>>; 2]> {
    let recipe = "dgen1,seed=0x1";
    let range = "offset=0,size=1048576";
    let some = |text: &str| Some(text.as_bytes().to_vec());
    let mut all = vec![[some(recipe), None], [None, some(range)]];
    for size in [
        "9223372036854775808", // 2^63
        "9223372036854775807",
        "9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "1125899906842624",
        "109951162777600",
        "1074790401", // 1 GiB more than there is, and a byte
        "2097152",
        "1048577",
        "1048575",
        "4096",
        "1",
        "0",
        "-1",
        "+1048576",
        "01048576",
        "0x100000",
        "1048576 ",
        "1048576\n",
        "1048576,",
        "1048576,version=0",
        "1048576,version=1",
        "1048576,version=4294967295",
        "1048576,version=4294967296",
        "1048576,file=0/1",
        "1048576,file=2/2",
        "1048576,file=0/1000001",
        "1048576,file=0/2,version=1",
        "1048576,colour=red",
        "",
    ] {
        all.push([some(recipe), some(&format!("offset=0,size={size}"))]);
    }
    for text in [
        "",
        ",",
        "size=1048576,offset=0",
        "offset=0",
        "offset=9223372036854775808,size=1",
        "offset=9223372036854775807,size=1048576",
        "offset=18446744073709551615,size=1048576",
        "offset=4096,size=1048576",
        "offset=0,offset=0,size=1048576",
        "\u{1b}[31moffset=0,size=1048576",
        "\0",
    ] {
        all.push([some(recipe), some(text)]);
    }
    for text in [
        "",
        "dgen1",
        "dgen2,seed=0x1",
        "dgen1,seed=",
        "dgen1,seed=0x10000000000000000",
        "dgen1,seed=0x2",
        "dgen1,seed=0x1,seed=0x1",
        "dgen1,seed=0x1,dedup=0",
        "dgen1,seed=0x1,dedup=2/0",
        "dgen1,seed=0x1,compress=1000000",
        "dgen1,seed=0x1,block=0",
        "dgen1,seed=0x1,block=18446744073709551615",
        "dgen1,seed=0x1,window=16384P",
        "dgen1,seed=0x1,colour=red",
        "dgen1,seed=0x1\n",
    ] {
        all.push([some(text), some(range)]);
    }
    all.push([Some(vec![0xff; 64]), some(range)]);
    all.push([some(recipe), Some(vec![0x80; 3])]);
    all.push([Some(vec![b'a'; 2000]), some(range)]);
    all.push([some(recipe), Some(vec![b'9'; 2000])]);
    all
}

#[test]
fn hostile_attributes_are_never_believed() {
    let folder = folder();
    let path = folder.path().join("f");
    let data = stream("dgen1,seed=1", 0, 1 << 20);
    assert!(hostile().len() >= 60);
    for [recipe, range] in hostile() {
        let prepare = || {
            _ = fs::remove_file(&path);
            fs::write(&path, &data).unwrap();
            for (name, value) in [(RECIPE_ATTRIBUTE, &recipe), (RANGE_ATTRIBUTE, &range)] {
                if let Some(value) = value {
                    set(&path, name, value);
                }
            }
        };
        let text = |value: &Option<Vec<u8>>| value.as_deref().map(|value| String::from_utf8_lossy(value).into_owned());
        let what = format!("{:?} {:?}", text(&recipe), text(&range));
        let refused = |args: &str| {
            prepare();
            let before = state(&path);
            let run = dgen(folder.path(), args);
            assert!(matches!(run.code, Some(1..=3)), "{args} over {what}: {:?} {}", run.code, run.text());
            assert!(run.code == Some(3) || run.stderr.lines().filter(|line| line.starts_with("error: ")).count() == 1);
            assert!(!run.stderr.contains("panicked") && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
            assert!(state(&path) == before, "{args} over {what}");
        };
        refused("verify f");
        refused("write f --size 1MiB --seed 1");
        refused("write f --size 1MiB");
        refused("write f --read-percent 50 --size 1MiB --seed 1 --offset 1MiB");

        // A resume ends with exactly what the attributes name, or changes nothing.
        prepare();
        let before = state(&path);
        let run = dgen(folder.path(), "write f --resume --json");
        if run.code == Some(0) {
            let size = u64_of(&run.json(), "size");
            assert_eq!((len(&path), size <= 2 * SIZE), (size, true), "{what}");
            assert_eq!(u64_of(&dgen(folder.path(), "verify f --json").code(0).json(), "bytes_checked"), size);
        } else {
            assert!(matches!(run.code, Some(1 | 2)) && state(&path) == before, "{what}: {}", run.stderr);
        }

        // An append leaves the old bytes, and takes attributes away only where it says so.
        prepare();
        let run = dgen(folder.path(), "write f --append --size 4096");
        let after = state(&path);
        assert!(after.0.starts_with(&data), "{what}");
        if run.code == Some(0) {
            assert!(format!("{}{}", run.text(), run.stderr).contains("was removed"), "{what}: {}", run.text());
            assert_eq!((after.0.len() as u64, after.1), (SIZE + 4096, vec![None, None]), "{what}");
        } else {
            assert!(matches!(run.code, Some(1 | 2)) && after == before, "{what}: {}", run.stderr);
        }
    }
}

#[test]
fn attributes_that_are_not_understood_are_said_in_each_command() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 1MiB --seed 1").code(0);
    set(&path, RANGE_ATTRIBUTE, b"offset=0,size=1048576,epoch=7");
    for (args, code, more) in [
        ("verify f", 2, "--size"),
        ("write f --resume", 2, "--size"),
        ("write f --resume --size 1MiB --seed 1", 1, "--force"),
        ("write f --append --size 4096", 1, "--force"),
        ("write f --size 1MiB --seed 1", 1, "--force"),
    ] {
        dgen(folder.path(), args).code(code).error_names(&["f", "epoch=7", more]);
    }
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::rename(&path, folder.path().join("d/f")).unwrap();
    dgen(folder.path(), "write d/g --size 1MiB --seed 1").code(0);
    let report = dgen(folder.path(), "verify d --json").code(1).json();
    assert!(report["warnings"].to_string().contains("epoch=7"), "{report}");
    fs::rename(folder.path().join("d/f"), &path).unwrap();
    dgen(folder.path(), "verify f --size 1MiB --seed 1").code(0);
    dgen(folder.path(), "write f --resume --size 1MiB --seed 1 --force").code(0);
    dgen(folder.path(), "verify f").code(0);
    fremovexattr(File::open(&path).unwrap(), RECIPE_ATTRIBUTE).unwrap();
    dgen(folder.path(), "write f --append --size 4096").code(1).error_names(&["there is no user.dgen.recipe"]);
}

#[test]
fn a_range_that_is_far_more_than_the_file_asks_for_the_size() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 4096 --seed 1").code(0);
    for size in [1_u64 << 63, (1 << 30) + 4097] {
        set(&path, RANGE_ATTRIBUTE, format!("offset=0,size={size}").as_bytes());
        dgen(folder.path(), "write f --resume").code(2).error_names(&["f", "--size", &size.to_string()]);
        assert_eq!(len(&path), 4096);
    }
    // The sum of several counts.
    fs::copy(&path, folder.path().join("g")).unwrap();
    let half = (1_u64 << 29) + 4097;
    for (name, offset) in [("f", 0), ("g", half)] {
        set(&folder.path().join(name), RECIPE_ATTRIBUTE, b"dgen1,seed=0x1");
        set(&folder.path().join(name), RANGE_ATTRIBUTE, format!("offset={offset},size={half}").as_bytes());
    }
    let run = dgen(folder.path(), "write f g --resume").code(2);
    run.error_names(&["f", "--size", &(2 * half).to_string()]);
    let Some(mount) = Mount::tmpfs(folder.path(), 8 << 20) else { return };
    dgen(&mount.0, "write f --size 1MiB --seed 1").code(0);
    set(&mount.0.join("f"), RANGE_ATTRIBUTE, b"offset=0,size=9437184");
    for space in ["", "--no-preallocate"] {
        dgen(&mount.0, &format!("write f --resume {space}")).code(2).error_names(&["f", "no room", "--size"]);
    }
    assert_eq!(len(&mount.0.join("f")), SIZE);
    set(&mount.0.join("f"), RANGE_ATTRIBUTE, b"offset=0,size=7340032");
    dgen(&mount.0, "write f --resume").code(0);
    dgen(&mount.0, "verify f").code(0);
}

#[test]
fn a_file_that_says_it_is_one_of_a_million_lists_no_million() {
    let folder = folder();
    let at = |name: &str| folder.path().join("d").join(name);
    dgen(folder.path(), "write d --files 3 --size 3MiB --seed 1").code(0);
    fs::remove_file(at("dgen-000001")).unwrap();
    fs::rename(at("dgen-000002"), at("dgen-900000")).unwrap();
    let end = SIZE + 10_000_000;
    for (name, value) in [
        ("dgen-000000", format!("offset=0,size={SIZE},file=0/1000000")),
        ("dgen-900000", format!("offset={end},size={SIZE},file=900000/1000000")),
    ] {
        set(&at(name), RANGE_ATTRIBUTE, value.as_bytes());
    }
    // The second file holds what is 2 MiB on in the stream, not what it says.
    let run = dgen(folder.path(), "verify d --json").code(3);
    let report = run.json();
    assert_eq!(u64_of(&report, "absent_total"), 999_998);
    assert_eq!(report["files"].as_array().unwrap().len(), 2 + 1000);
    assert_eq!(u64_of(&report["bytes_by_kind"], "missing"), 10_000_000, "what lies between is known");
    assert_eq!((u64_of(&report, "size"), report["ranges"].as_array().unwrap().len()), (end + SIZE, 20));
    assert!(run.stdout.len() < 2_000_000 && run.stderr.len() < 10_000, "{}", run.stderr);
    let text = dgen(folder.path(), "verify d").code(3).text();
    assert!(text.contains("998998 more of their sets are missing, not listed"), "{text}");
    // With the stream given, each has its part of it: the second file is the 900,001st.
    let size = 1_000_000_u64 << 20;
    let recipe = "--recipe dgen1,seed=1";
    let report = dgen(folder.path(), &format!("verify d {recipe} --size {size} --json")).code(3).json();
    assert_eq!((u64_of(&report, "absent_total"), u64_of(&report, "size")), (999_998, size));
    let second = &report["files"][1];
    assert_eq!((second["path"].as_str().unwrap(), u64_of(second, "offset")), ("d/dgen-900000", 900_000 << 20));
}

#[test]
fn files_that_say_they_are_huge_are_added_up() {
    let folder = folder();
    for name in ["a", "b", "c"] {
        let path = folder.path().join(name);
        dgen(folder.path(), &format!("write {name} --size 1MiB --seed 1")).code(0);
        set(&path, RANGE_ATTRIBUTE, format!("offset=0,size={}", 1_u64 << 63).as_bytes());
    }
    let report = dgen(folder.path(), "verify . --json").code(3).json();
    assert_eq!((u64_of(&report, "size"), u64_of(&report, "valid_prefix")), (u64::MAX, SIZE));
}

#[test]
fn a_file_that_says_it_holds_nothing_ends_no_work_on_others() {
    let folder = folder();
    let d = folder.path().join("d");
    dgen(folder.path(), "write d --files 2 --size 2MiB --seed 1").code(0);
    fs::write(d.join("x"), "").unwrap();
    set(&d.join("x"), RECIPE_ATTRIBUTE, b"dgen1,seed=0x1");
    set(&d.join("x"), RANGE_ATTRIBUTE, b"offset=0,size=0");
    let report = dgen(folder.path(), "verify d --json").code(0).json();
    assert_eq!(u64_of(&report, "bytes_checked"), 2 << 20);
    fs::write(d.join("x"), "data").unwrap();
    for how in ["", "--engine sync --direct off", "--depth 4 --readers 2"] {
        let report = dgen(folder.path(), &format!("verify d --json {how}")).code(3).json();
        let checked = [u64_of(&report, "bytes_checked"), u64_of(&report["bytes_by_kind"], "extra")];
        assert_eq!((checked, report["ranges"].as_array().unwrap().len()), ([2 << 20, 4], 1), "{report}");
        dgen(folder.path(), &format!("verify d/x {how}")).code(3);
    }
}
