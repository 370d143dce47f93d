//! Every row of a report, and every name that stands for it, is explained in docs/BENCHMARKING.md.

use std::collections::BTreeSet;

use super::{Place, text_of};

/// The rows of the table: what is printed, and what JSON calls it.
fn explained() -> (BTreeSet<String>, BTreeSet<String>) {
    let page = text_of("docs/BENCHMARKING.md");
    let table = page.split("## The rows of a report").nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let (mut rows, mut names) = (BTreeSet::new(), BTreeSet::new());
    for line in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        rows.extend(cells[1].split(", ").map(str::to_owned));
        names.extend(cells[2].split('`').skip(1).step_by(2).map(str::to_owned));
    }
    (rows, names)
}

#[test]
fn every_row_of_a_report_is_explained() {
    let place = Place::new();
    let (rows, _) = explained();
    for command in [
        "dgen write f --size 8MiB --seed 1 --verify --order random",
        "dgen write d --files 50 --size 50MiB --auto",
        "dgen read f --rate 64MiB",
        "dgen stream --size 1MiB 2>&1 > stream.bin",
        "dd if=/dev/zero of=f bs=4096 count=2 seek=10 conv=notrunc status=none; dgen verify f d stream.bin || true",
        "dgen write f --resume",
        "dgen write f --append --size 1MiB --seed 2",
        "dgen write g --size 8MiB --seed 1 --read-percent 50 --vectored 2 --generators 1 --writers 2",
        "dgen write /dev/null --size 8MiB --seed 1 --rank 0 --ranks 2",
    ] {
        let text = place.run(command).code(0).text();
        for row in text.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once("  ")) {
            assert!(rows.contains(row.0), "`{}` of `{command}` is not explained:\n{text}", row.0);
        }
    }
}

#[test]
fn every_name_in_the_explanation_is_one_of_reports() {
    let known = text_of("crates/dgen-cli/tests/names/json.txt");
    let known: BTreeSet<&str> =
        known.lines().filter_map(|line| line.trim().split(['.', '[', '?', ' ']).next()).collect();
    for name in explained().1 {
        assert!(known.contains(name.as_str()) || name.starts_with('-'), "{name}");
    }
}
