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

#[test]
fn a_state_file_is_for_one_measurement_and_gone_in_the_end() {
    let folder = folder();
    dgen(folder.path(), "write f --size 3MiB --seed 1").code(0);
    let state = folder.path().join("state");
    let report = dgen(folder.path(), "measure f --json --no-compress --state state").code(0).json();
    assert_eq!((u64_of(&report, "bytes"), state.exists()), (3 << 20, false));
    fs::write(&state, "something else").unwrap();
    dgen(folder.path(), "measure f --state state").code(1).error_names(&["state", "not the state of a measurement"]);
    assert_eq!(fs::read(&state).unwrap(), b"something else");
    dgen(folder.path(), "measure - --state other").code(2).error_names(&["state", "only files and devices"]);
}

#[test]
fn chunks_are_found_where_blocks_are_not() {
    let folder = folder();
    dgen(folder.path(), "write f --size 4MiB --seed 1").code(0);
    let data = fs::read(folder.path().join("f")).unwrap();
    fs::write(folder.path().join("shifted"), [&data[..], b"inserted", &data].concat()).unwrap();
    let line = "measure shifted --json --no-compress --dedup-block 512 --chunker bup,2KiB:8KiB:64KiB";
    let report = dgen(folder.path(), line).code(0).json();
    assert!(report["dedup"]["512"]["ratio"].as_f64().unwrap() < 1.01, "{report}");
    for name in ["bup", "2KiB:8KiB:64KiB"] {
        let chunks = &report["chunks"][name];
        assert!(chunks["ratio"].as_f64().unwrap() > 1.98 && chunks["exact"] == true, "{chunks}");
        assert!(chunks["repeats"]["contents"]["2"].as_u64().unwrap() > 300, "{chunks}");
        assert!(chunks["repeats"]["distances"]["8388608"].as_u64().unwrap() > 300, "{chunks}");
    }
    let text = dgen(folder.path(), "measure shifted --no-compress --chunker borg").code(0).text();
    assert!(text.contains("512KiB:2MiB:8MiB"), "{text}");
    dgen(folder.path(), "measure f --chunker tar").code(2).error_names(&["--chunker", "tar", "borg"]);
    dgen(folder.path(), "measure f --chunker 4KiB:9KiB:16KiB").code(2).error_names(&["--chunker", "9KiB"]);
}

#[test]
fn measurements_are_reported_as_csv_and_as_a_page() {
    let folder = folder();
    dgen(folder.path(), "write f --size 2MiB --seed 1 --dedup-ratio 2 --compress-ratio 2 --block-size 4KiB").code(0);
    let line = "measure f --codec lz4 --compress-block 4K,8K --model zram --chunker bup";
    let csv = dgen(folder.path(), &format!("{line} --csv --html=page.html")).code(0).text();
    let names: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let field = |row: &str, name: &str| {
        let at = names.iter().position(|known| *known == name).unwrap();
        row.split(',').nth(at).unwrap().to_owned()
    };
    let of = |kind: &'static str| csv.lines().skip(1).filter(|row| field(row, "kind") == kind).collect::<Vec<_>>();
    let counts = ["dedup", "chunks", "compress", "model", "sizes"].map(|kind| of(kind).len());
    assert_eq!(counts, [4, 1, 2, 1, 32], "{csv}");
    let block: Vec<_> = of("dedup").into_iter().filter(|row| field(row, "block") == "4096").collect();
    assert_eq!((field(block[0], "ratio"), field(block[0], "distinct")), ("2.000000".into(), "256".into()));
    let counted = |kind| -> u64 {
        let rows = of(kind).into_iter().filter(|row| field(row, "block") == "4096");
        rows.map(|row| field(row, "count").parse::<u64>().unwrap()).sum()
    };
    assert_eq!((counted("contents"), counted("distances"), counted("sizes")), (256, 256, 256));
    assert_eq!(field(of("model")[0], "name"), "zram");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 3, "{page}");
    assert!(
        page.contains("Sizes of compressed records") && page.contains("zram") && page.matches("<script").count() == 1
    );
    // Rows of another run are added; a report takes no other file's place, least of all that of what is measured.
    for _ in 0..2 {
        dgen(folder.path(), &format!("{line} --csv=all.csv --html=page.html")).code(0);
    }
    let all = fs::read_to_string(folder.path().join("all.csv")).unwrap();
    assert_eq!(all.lines().count(), 2 * csv.lines().count() - 1);
    let data = fs::read(folder.path().join("f")).unwrap();
    for option in ["--html=f", "--csv=f", "--html=all.csv", "--csv=page.html"] {
        dgen(folder.path(), &format!("{line} {option}")).code(1);
    }
    assert_eq!(fs::read(folder.path().join("f")).unwrap(), data);
}
