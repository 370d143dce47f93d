//! `--for`: data made for a system.

use crate::common::{dgen, folder};

#[test]
fn the_recipe_is_printed_and_alone_goes_into_files() {
    let folder = folder();
    let options = "--seed 3 --for zfs:8K --dedup-ratio 2 --compress-ratio 1.5";
    let run = dgen(folder.path(), &format!("write f --size 64K {options}")).code(0);
    let line = run.stderr.lines().find_map(|line| line.strip_prefix("for zfs:8KiB: "));
    let recipe = line.unwrap_or_else(|| panic!("{}", run.stderr)).to_owned();
    assert!(recipe.starts_with("dgen1,seed=0x3,dedup=2,compress=") && recipe.contains(",tune=lz4"), "{recipe}");
    assert!(run.stderr.contains("zfs:8KiB does not deduplicate by itself"), "{}", run.stderr);
    // The recipe alone gives the same bytes.
    let same = dgen(folder.path(), &format!("stream --size 64K --recipe {recipe}")).code(0);
    assert!(std::fs::read(folder.path().join("f")).unwrap() == same.stdout);
    dgen(folder.path(), &format!("verify f --size 64K {options}")).code(0);
    dgen(folder.path(), "stream --size 1 --for vdo --tune lz4").code(2).error_names(&["--for", "--tune"]);
}

#[test]
fn shards_share_what_is_asked() {
    let folder = folder();
    let options = "--seed 3 --dedup-ratio 2 --block-size 4KiB --window 4MiB --skip 64KiB --within 1MiB:0.25";
    let run = dgen(folder.path(), &format!("write d --files 8 --size 8MiB {options} --json")).code(0).json();
    assert_eq!(run["recipe"], "dgen1,seed=0x3,block=4KiB,dedup=2,window=4MiB,skip=64KiB,within=1MiB:1/4");
    dgen(folder.path(), "verify d").code(0);
    // The last file by itself: half its blocks are new, three eighths are of other files, an eighth are its own again.
    let ratio = |path: &str| {
        let report =
            dgen(folder.path(), &format!("measure {path} --dedup-block 4K --no-compress --json")).code(0).json();
        report["dedup"]["4096"]["ratio"].as_f64().unwrap()
    };
    assert!((ratio("d/dgen-000007") - 8.0 / 7.0).abs() < 1e-9);
    assert!((ratio("d") - 2.0).abs() < 1e-9);
    dgen(folder.path(), "stream --size 1 --dedup-ratio 2 --within 64MiB:1/2").code(2).error_names(&["within", "96MiB"]);
}

#[test]
fn info_lists_the_systems() {
    let folder = folder();
    let run = dgen(folder.path(), "info --for").code(0);
    let text = String::from_utf8_lossy(&run.stdout);
    for word in ["btrfs-auto", "zfs:128KiB", "vdo", "ashift 12", "compress ratio up to"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let json = dgen(folder.path(), "info --for --json").code(0);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json.as_array().unwrap().iter().any(|system| system["name"] == "vdo" && system["dedups"] == true));
}

#[test]
fn a_window_for_slices_is_printed_in_the_recipe() {
    let folder = folder();
    let options = "--seed 3 --dedup-ratio 2 --block-size 4KiB --slice 4MiB:0.1";
    let run = dgen(folder.path(), &format!("write f --size 64K {options}")).code(0);
    assert!(run.stderr.contains("for slices of 4MiB: dgen1,seed=0x3,block=4KiB,dedup=2,window="), "{}", run.stderr);
    dgen(folder.path(), &format!("verify f --size 64K {options}")).code(0);
    let small = "stream --size 1 --dedup-ratio 2 --slice 4MiB";
    dgen(folder.path(), small).code(2).error_names(&["slice", "or more for blocks of 1MiB"]);
    dgen(folder.path(), "stream --size 1 --slice 1GiB --window 1GiB").code(2).error_names(&["--slice", "--window"]);
}
