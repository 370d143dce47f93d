//! What newcomers do, by the commands of the documents alone, and whether it came to what the documents say. The task that
//! is for Python is in `python/tests/test_newcomer.py`.

use std::fs;

use serde_json::Value;

use crate::common::{Run, names, skip};
use crate::documents::{Place, absent, shell_below};

const README: &str = "README.md";
const GUIDE: &str = "docs/GUIDE.md";

/// Runs the commands below a heading; `None`, said visibly, where a program that they need is absent.
fn task(place: &Place, page: &str, heading: &str) -> Option<Run> {
    let block = shell_below(page, heading);
    if let Some(program) = absent(&block) {
        skip(&format!("optional: `{heading}` needs {program}"));
        return None;
    }
    Some(place.run(&block.text).code(0))
}

fn page_of(place: &Place, name: &str) -> String {
    let page = fs::read_to_string(place.work().join(name)).unwrap();
    assert!(page.trim_end().ends_with("</html>"), "{name}");
    page
}

#[test]
fn a_folder_is_benchmarked() {
    let place = Place::new();
    let Some(run) = task(&place, README, "Benchmark a folder") else { return };
    assert!(run.text().contains("\nbest "), "{}", run.text());
    assert!(page_of(&place, "sweep.html").contains("<svg"));
    assert!(names(&place.mounted()).is_empty(), "the benchmark leaves nothing");
}

#[test]
fn two_hundred_files_have_the_ratios_that_were_asked() {
    let place = Place::new();
    let Some(_) = task(&place, README, "Fill a store that deduplicates or compresses") else { return };
    assert_eq!(names(&place.mounted().join("filled")).len(), 200);
    let blocks = "--dedup-block 1MiB --compress-block 4KiB --codec lz4";
    let found = place.run(&format!("dgen measure /mnt/test/filled {blocks} --json")).code(0).json();
    assert_eq!(found["dedup"]["1048576"]["ratio"].as_f64(), Some(2.0), "{}", found["dedup"]);
    let compress = found["compress"]["lz4"]["4096"].as_f64().unwrap();
    assert!((1.455..1.545).contains(&compress), "{compress}");
}

#[test]
fn damage_is_explained() {
    let place = Place::new();
    let Some(run) = task(&place, README, "Find what a crash, a migration or a bad device did") else { return };
    for told in ["damaged: 8192 bytes in 1 range", "zeroed    8192 bytes at offset 40960", "exit code 3"] {
        assert!(run.text().contains(told), "{told}: {}", run.text());
    }
}

#[test]
fn a_killed_write_is_completed() {
    let place = Place::new();
    let Some(run) = task(&place, GUIDE, "Killed and resumed") else { return };
    assert!(run.text().contains("resumed "), "{}", run.text());
    assert!(run.text().contains("result        ok"), "{}", run.text());
}

#[test]
fn a_sweep_has_a_page_and_a_row_for_every_point() {
    let place = Place::new();
    let Some(run) = task(&place, GUIDE, "A sweep and its page") else { return };
    let sweep: Value = serde_json::from_slice(&fs::read(place.work().join("sweep.json")).unwrap()).unwrap();
    let points = sweep["points"].as_array().unwrap();
    let page = page_of(&place, "page.html");
    for mode in ["write", "read"] {
        for buffer_size in [64 << 10, 1 << 20] {
            for depth in [1, 16] {
                let asked = |point: &&Value| {
                    point["mode"] == mode && point["buffer_size"] == buffer_size && point["depth"] == depth
                };
                assert!(points.iter().any(|point| asked(&point)), "{mode} {buffer_size} {depth}");
            }
        }
        assert!(page.contains(mode));
    }
    let rows = run.text().lines().filter(|line| line.split('\t').count() == 5).count();
    assert_eq!(rows, points.len());
}

#[test]
fn two_runs_are_set_side_by_side() {
    let place = Place::new();
    let Some(run) = task(&place, GUIDE, "Before and after") else { return };
    for told in ["before.json", "after.json", "throughput"] {
        assert!(run.text().contains(told), "{told}: {}", run.text());
    }
    page_of(&place, "both.html");
}

#[test]
fn streams_go_through_pipes_and_to_objects() {
    let place = Place::new();
    let Some(run) = task(&place, README, "Feed a pipe, an object store or a socket") else { return };
    let compressed: f64 = run.text().lines().next().unwrap().trim().parse().unwrap();
    let ratio = f64::from(100 << 20) / compressed;
    assert!((2.9..3.2).contains(&ratio), "asked for 3, found {ratio}");
    for told in ["result        ok", "verified      ok"] {
        assert!(run.text().contains(told), "{told}: {}", run.text());
    }
}

#[test]
fn any_tree_is_measured() {
    let place = Place::new();
    let Some(run) = task(&place, GUIDE, "Measuring any tree") else { return };
    page_of(&place, "tree.html");
    for system in ["zfs", "btrfs"] {
        assert!(run.text().contains(system), "{}", run.text());
    }
}

#[test]
fn scripts_tell_by_exit_codes_and_json() {
    let place = Place::new();
    let Some(_) = task(&place, README, "Two commands") else { return };
    let Some(run) = task(&place, README, "In scripts") else { return };
    assert!(run.text().ends_with("as written\n"), "{}", run.text());
    place.run("dd if=/dev/zero of=a.bin bs=4096 seek=10 count=2 conv=notrunc status=none").code(0);
    let Some(run) = task(&place, README, "In scripts") else { return };
    assert!(run.text().ends_with("damaged: 8192 bytes\n"), "{}", run.text());
    place.run("rm a.bin").code(0);
    let Some(run) = task(&place, README, "In scripts") else { return };
    assert!(run.text().ends_with("not verified\n"), "{}", run.text());

    let Some(run) = task(&place, GUIDE, "Scripts") else { return };
    let lines = run.text();
    let mut lines = lines.lines();
    for number in lines.by_ref().take(2) {
        assert!(number.parse::<f64>().is_ok_and(|number| number > 0.0), "{number}");
    }
    assert_eq!(lines.next(), Some("\"dgen1,seed=0x1\""));
    assert_eq!(lines.next(), Some("true"));
    assert_eq!(fs::read_to_string(place.work().join("runs.csv")).unwrap().lines().count(), 2);
}

#[test]
fn names_are_completed_and_manual_pages_are_there() {
    let place = Place::new();
    let Some(_) = task(&place, GUIDE, "Completion and manual pages") else { return };
    let complete = "source ~/.local/share/bash-completion/completions/dgen
        COMP_WORDS=(dgen ver) COMP_CWORD=1
        _dgen dgen ver dgen
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    assert_eq!(place.run(complete).code(0).text(), "verify\n");
    assert!(place.home().join(".local/share/man/man1/dgen-verify.1").exists());
}
