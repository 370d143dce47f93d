//! `dgen write --read-percent`.

use crate::common::{dgen, folder, len, recipe, u64_of};

#[test]
fn both_sides_are_reported() {
    let folder = folder();
    for (options, direct) in
        [("--depth 8", "auto"), ("--engine sync --writers 3", "off"), ("--files 4 --vectored 2", "auto")]
    {
        let args = format!("write f --size 4000001 --buffer-size 16K --read-percent 60 --direct {direct} {options}");
        let report = dgen(folder.path(), &format!("{args} --json")).code(0).json();
        let reads = &report["reads"];
        assert_eq!((u64_of(&report, "bytes_written"), u64_of(reads, "percent")), (4_000_001, 60));
        assert_eq!(u64_of(reads, "operations"), u64_of(&report, "operations") * 60 / 40);
        assert!(u64_of(reads, "bytes_read") > 5_000_000 && reads["iops"].as_f64().unwrap() > 0.0, "{reads}");
        assert!(u64_of(&reads["latency_ns"], "p99") > 0 && u64_of(reads, "bytes_bad") == 0);
        dgen(folder.path(), "verify f").code(0);
        // Again, over the same data: a random load.
        let again = dgen(folder.path(), &format!("{args} --order random --json")).code(0).json();
        assert_eq!(recipe(&again), recipe(&report));
        let text = dgen(folder.path(), &args.replace("60", "100")).code(0).text();
        assert!(text.contains("100 % of all") && text.contains("read latency"), "{text}");
        dgen(folder.path(), "verify f").code(0);
        let f = folder.path().join("f");
        if f.is_dir() { std::fs::remove_dir_all(f).unwrap() } else { std::fs::remove_file(f).unwrap() }
    }
}

#[test]
fn a_part_of_a_file_is_read_and_written_in_place() {
    let folder = folder();
    dgen(folder.path(), "write f --size 4MiB --seed 1").code(0);
    dgen(folder.path(), "write f --size 1MiB --seed 1 --read-percent 50").code(0);
    assert_eq!(len(&folder.path().join("f")), 4 << 20);
    dgen(folder.path(), "verify f").code(0);
    let args = "write f --size 1MiB --seed 1 --offset 2MiB --file-offset 2MiB --read-percent 100";
    assert_eq!(u64_of(&dgen(folder.path(), &format!("{args} --json")).code(0).json()["reads"], "bytes_read"), 1 << 20);
    dgen(folder.path(), "write f --size 8MiB --seed 1 --read-percent 50").code(1).error_names(&["f", "--force"]);
    dgen(folder.path(), "write f --size 8MiB --seed 1 --read-percent 50 --force").code(0);
    assert_eq!(len(&folder.path().join("f")), 8 << 20);
    dgen(folder.path(), "verify f").code(0);
    let csv = dgen(folder.path(), "write f --size 8MiB --seed 1 --read-percent 50 --csv").code(0).text();
    assert!(csv.lines().next().unwrap().ends_with("reads_latency_p99_ns"), "{csv}");
}

#[test]
fn damage_ends_with_its_own_code() {
    let folder = folder();
    dgen(folder.path(), "write f --size 4MiB --seed 1").code(0);
    crate::common::patch(&folder.path().join("f"), 2_000_001, b"x");
    let run = dgen(folder.path(), "write f --size 4MiB --read-percent 100 --force").code(3);
    assert!(run.text().contains("read back"), "{}", run.text());
    for value in ["101", "-1", "x"] {
        let args = format!("write f --size 4096 --read-percent {value}");
        dgen(folder.path(), &args).code(2).error_names(&["--read-percent", "0 to 100"]);
    }
    dgen(folder.path(), "write g --size 4096 --read-percent 100").code(2).error_names(&["g", "has to be there"]);
    dgen(folder.path(), "write - --size 4096 --read-percent 10").code(2).error_names(&["--read-percent"]);
    dgen(folder.path(), "write /dev/null --size 4096 --read-percent 10").code(2).error_names(&["/dev/null"]);
    dgen(folder.path(), "write f --resume --read-percent 10").code(2).error_names(&["resume"]);
}
