//! `dgen measure`: finds the ratios that were asked for.

use std::fs;

use crate::common::{dgen, folder, u64_of};

#[test]
fn the_ratios_asked_for_are_measured() {
    let folder = folder();
    dgen(folder.path(), "write f --size 64MiB --seed 1 --dedup-ratio 2 --compress-ratio 2 --block-size 64KiB").code(0);
    let report = dgen(folder.path(), "measure f --json").code(0).json();
    assert_eq!(u64_of(&report, "bytes"), 64 << 20);
    for block in ["512", "4096", "65536"] {
        assert_eq!(report["dedup"][block]["ratio"], 2.0, "{block}");
    }
    for codec in ["lz4", "zstd", "zlib"] {
        for (block, ratio) in report["compress"][codec].as_object().unwrap() {
            let ratio = ratio.as_f64().unwrap();
            let allowed = if codec == "zlib" { 0.05 } else { 0.03 };
            assert!((ratio / 2.0 - 1.0).abs() <= allowed, "{codec} {block}: {ratio}");
        }
    }
    let text = dgen(folder.path(), "measure f --dedup-block 4K --no-compress --no-entropy").code(0).text();
    assert!(text.contains("2.0000"), "{text}");
}

#[test]
fn folders_are_walked_in_order() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("d/b")).unwrap();
    for (name, len) in [("d/c", 512), ("d/a", 512), ("d/b/x", 1024)] {
        fs::write(folder.path().join(name), vec![7; len]).unwrap();
    }
    let report = dgen(folder.path(), "measure d --json --dedup-block 512 --no-compress").code(0).json();
    assert_eq!((u64_of(&report, "inputs"), u64_of(&report, "bytes")), (3, 2048));
    assert_eq!(u64_of(&report["dedup"]["512"], "distinct"), 1);
}

#[test]
fn bad_measurements() {
    let folder = folder();
    dgen(folder.path(), "measure gone").code(1).error_names(&["gone", "No such file"]);
    dgen(folder.path(), "measure . --dedup-block 1000").code(2).error_names(&["--dedup-block", "1000", "512"]);
    dgen(folder.path(), "measure . --codec rar").code(2).error_names(&["rar", "zstd"]);
    dgen(folder.path(), "measure . --zstd-level 23").code(2).error_names(&["--zstd-level", "23", "1 to 22"]);
}
