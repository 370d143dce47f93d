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
    dgen(folder.path(), "measure . --model ext4").code(2).error_names(&["--model", "ext4", "zfs"]);
    dgen(folder.path(), "measure . --sample 0%").code(2).error_names(&["--sample", "0%"]);
    dgen(folder.path(), "measure . --no-dedup --unique-block 4K").code(2).error_names(&["--no-dedup"]);
    dgen(folder.path(), "measure . --zstd-level 23").code(2).error_names(&["--zstd-level", "23", "1 to 22"]);
}

#[test]
fn zero_blocks_and_duplicates_count_as_the_system_has_them() {
    let folder = folder();
    // Of four parts, one is noise, one the same again, and two are zeros.
    dgen(folder.path(), "write f --size 1MiB --seed 1").code(0);
    let noise = fs::read(folder.path().join("f")).unwrap();
    fs::write(folder.path().join("image"), [&noise[..], &noise, &vec![0; 2 << 20]].concat()).unwrap();
    let measured = |options: &str| {
        let line = format!("measure image --json --codec lz4 --compress-block 128K --model vdo,zfs,btrfs {options}");
        dgen(folder.path(), &line).code(0).json()
    };
    let of = |report: &serde_json::Value, name: &str| u64_of(&report["models"][name], "allocated_bytes");
    let unique = measured("");
    assert_eq!(
        (of(&unique, "vdo"), of(&unique, "zfs"), of(&unique, "btrfs")),
        (1 << 20, 2 << 20, (2 << 20) + 16 * 4096)
    );
    assert_eq!(unique["dedup_first"], true);
    let all = measured("--no-dedup");
    assert_eq!((of(&all, "vdo"), of(&all, "zfs"), of(&all, "btrfs")), (2 << 20, 2 << 20, (2 << 20) + 16 * 4096));
    let records = &all["records"]["lz4"]["131072"];
    assert_eq!((u64_of(records, "zero"), u64_of(records, "raw"), u64_of(records, "bytes")), (16, 16, 4 << 20));
    let stored = (2 << 20) + u64_of(records, "zero_stored_bytes");
    assert_eq!(u64_of(records, "stored_bytes"), stored);
    let ratio = f64::from(4 << 20) / stored as f64;
    assert_eq!(
        (all["compress"]["lz4"]["131072"].as_f64(), all["reduction"]["lz4"]["131072"].as_f64()),
        (Some(ratio), Some(ratio))
    );
    assert!(unique["reduction"]["lz4"]["131072"].as_f64().unwrap() > 3.9, "{unique}");
    let text = dgen(folder.path(), "measure image --no-dedup --model zfs:16KiB --sample 1%").code(0).text();
    assert!(text.contains("zfs:16KiB") && text.contains("duplicates and zero blocks included"), "{text}");
}
