//! What is said where: warnings, closed outputs, large numbers, links that lead nowhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::common::{Run, command, dgen, finished, folder, patch};

/// The command in a shell that changes its streams.
fn redirected(folder: &std::path::Path, args: &str, to: &str) -> Run {
    let line = format!("exec {} {args} {to}", command().get_program().to_string_lossy());
    finished(Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap())
}

#[test]
fn warnings_go_to_standard_error_and_into_json() {
    let folder = folder();
    let odd = "--buffer-size 5000 --size 64K";
    for (args, key) in [
        (format!("write f --force --seed 1 {odd}"), "warnings"),
        (format!("read f {odd}"), "warnings"),
        ("verify f --buffer-size 5000 --engine sync --advise dontneed --direct auto".to_owned(), "warnings"),
    ] {
        let text = dgen(folder.path(), &args).code(0);
        let json = dgen(folder.path(), &format!("{args} --json")).code(0);
        let warned = json.json()[key].as_array().unwrap().clone();
        assert!(!warned.is_empty(), "{args}");
        for run in [text, json] {
            let told = run.stderr.lines().filter(|line| line.starts_with("warning: ")).count();
            assert_eq!(told, warned.len(), "{args}: {}", run.stderr);
            assert!(!run.text().contains("\nwarning"), "{}", run.text());
        }
    }
    dgen(folder.path(), "write data --size 40M --seed 1").code(0);
    let run = dgen(folder.path(), "measure data --sample 2 --codec lz4").code(0);
    assert!(!run.text().contains("warning") && run.stderr.contains("warning: compress ratios"), "{}", run.stderr);
}

#[test]
fn a_report_for_a_closed_output_is_a_failure_before_anything_is_done() {
    let folder = folder();
    dgen(folder.path(), "write f --size 64K --seed 1").code(0);
    for args in [
        "write g --size 64K --seed 1",
        "write g --size 64K --seed 1 --json=r",
        "read f",
        "verify f --json",
        "measure f",
        "info",
        "completions bash",
        "help",
        "verify --help",
        "--version",
        "bench fill --rounds 1 --buffer-size 64K",
    ] {
        let run = redirected(folder.path(), args, ">&-").code(1);
        run.error_names(&["write to standard output", "Bad file descriptor"]);
        assert!(!folder.path().join("g").exists() && !folder.path().join("r").exists(), "{args}");
    }
    for args in ["help", "write --help", "--version", "completions bash", "info"] {
        redirected(folder.path(), args, ">/dev/full").code(1).error_names(&["standard output", "No space left"]);
    }
    // Who sends it away knows what is done with it.
    redirected(folder.path(), "verify f", ">/dev/null").code(0);
    redirected(folder.path(), "verify f", "| true").code(0);
}

#[test]
fn large_integers_of_reports_stand_as_text_too() {
    let folder = folder();
    let report = dgen(folder.path(), "write f --size 1M --seed 0xfedcba9876543210 --offset 1152921504606846977 --json");
    let report = report.code(0).json();
    assert_eq!(report["offset_str"], "1152921504606846977");
    assert_eq!(report["files"][0]["offset_str"], "1152921504606846977");
    assert!(report.get("size_str").is_none(), "{report}");
    let report = dgen(folder.path(), "verify f --json").code(0).json();
    assert_eq!(report["files"][0]["offset_str"], "1152921504606846977");
    dgen(folder.path(), "stream --size 1 --seed 0xfedcba9876543210 --json=r").code(0);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join("r")).unwrap()).unwrap();
    assert_eq!(report["seed_str"], "18364758544493064720");
}

#[test]
fn a_window_brings_its_skip_along() {
    let folder = folder();
    let recipe = |options: &str| {
        let run = dgen(folder.path(), &format!("stream --size 1 --seed 1 {options}")).code(0);
        run.stderr.lines().next().unwrap().split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(recipe("--window 1MiB"), "dgen1,seed=0x1,window=1MiB,skip=4MiB");
    assert_eq!(recipe("--window 1MiB --block-size 4K"), "dgen1,seed=0x1,block=4KiB,window=1MiB,skip=256KiB");
    assert_eq!(recipe("--window 32MiB"), "dgen1,seed=0x1,window=32MiB");
    assert_eq!(recipe("--window 1GiB"), "dgen1,seed=0x1,window=1GiB");
    // A recipe's text has its default, which the format fixes.
    dgen(folder.path(), "stream --size 1 --recipe dgen1,seed=1,window=1MiB").code(2).error_names(&[
        "--window: 1MiB",
        "32MiB or more",
        "skip of 8MiB",
    ]);
    dgen(folder.path(), "stream --size 1 --window 1MiB --skip 5MiB").code(2).error_names(&["--skip: 5MiB", "quarter"]);
}

#[test]
fn a_link_that_leads_nowhere_is_named_with_its_target() {
    let folder = folder();
    symlink("not/there", folder.path().join("link")).unwrap();
    for args in ["write link --size 1M --force", "read link", "verify link", "measure link"] {
        dgen(folder.path(), args).code(1).error_names(&["link: it is a dangling link: not/there does not exist"]);
    }
    assert!(folder.path().join("link").is_symlink());
}

#[test]
fn what_did_not_happen_is_not_told_as_zero() {
    let folder = folder();
    dgen(folder.path(), "write f --size 1M --seed 1").code(0);
    let resume = "write f --size 1M --seed 1 --resume";
    let full = "write /dev/full --size 1M --seed 1 --engine sync";
    for (args, code) in [(resume, 0), (full, 1)] {
        let report = dgen(folder.path(), &format!("{args} --json --csv=r.csv --html=r.html")).code(code).json();
        for key in ["generation_bound", "storage_bound", "latency_ns"] {
            assert!(report[key].is_null(), "{args}: {key} in {report}");
        }
        // A full disk is a result, and the only one.
        let bound = report["verdict"]["bound"].as_str();
        assert_eq!(bound, (args == full).then_some("space-bound"), "{args}: {report}");
        let text = dgen(folder.path(), args).code(code).text();
        for name in ["verdict", "bound by", "latency", "throughput"] {
            if args == full && name == "verdict" {
                continue;
            }
            assert!(!text.lines().any(|line| line.starts_with(name)), "{args}: {text}");
        }
        let csv = fs::read_to_string(folder.path().join("r.csv")).unwrap();
        assert!(csv.lines().last().unwrap().contains(",,,,,,,,"), "{csv}");
    }
    let null = "write /dev/null --size 1M --seed 1 --engine null";
    let report = dgen(folder.path(), &format!("{null} --json")).code(0).json();
    assert!(report["latency_ns"].is_null() && report["storage_bound"].is_null(), "{report}");
    assert!(report["generation_bound"].is_number() && report["verdict"]["bound"] == "generation-bound", "{report}");
    let text = dgen(folder.path(), null).code(0).text();
    assert!(text.contains("bound by      generation") && !text.contains("latency"), "{text}");
}

#[test]
fn errors_are_json_where_reports_are() {
    let folder = folder();
    for (args, code, kind) in [
        ("write f --size 1K --threads 0 --json", 2, "usage"),
        ("write --json", 2, "usage"),
        ("verify absent --json", 1, "failed"),
        ("read absent --json=-", 1, "failed"),
    ] {
        let run = dgen(folder.path(), args).code(code);
        let report = run.json();
        assert_eq!((&report["kind"], &report["exit_code"]), (&kind.into(), &code.into()), "{args}");
        assert!(run.stderr.contains(report["error"].as_str().unwrap()), "{args}: {report}");
    }
    assert_eq!(dgen(folder.path(), "verify absent --json").code(1).json()["path"], "absent");
    assert!(dgen(folder.path(), "verify absent --json=r").code(1).text().is_empty());
}

#[test]
fn what_ended_early_says_how_it_goes_on() {
    let folder = folder();
    std::fs::write(folder.path().join("limit.sh"), "ulimit -f 4096; exec \"$@\"\n").unwrap();
    let program = command().get_program().to_string_lossy().into_owned();
    let args = "write f -s 16MiB --block-size 64KiB -d 2 --no-preallocate --direct off";
    let line = format!("sh limit.sh {program} {args}");
    let run = finished(Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap()).code(1);
    let next = run.stderr.lines().find_map(|line| line.strip_prefix("continue with: dgen ")).unwrap().to_owned();
    assert!(next.starts_with(args) && next.contains("--seed 0x") && next.ends_with("--resume"), "{next}");
    dgen(folder.path(), &next).code(0);
    dgen(folder.path(), "verify f").code(0);
    let refused = dgen(folder.path(), "write f -s 1MiB --seed 1").code(1);
    assert!(!refused.stderr.contains("continue with") && !refused.stderr.contains("recipe  "), "{}", refused.stderr);
}

#[test]
fn damage_comes_first_and_a_wrong_recipe_is_asked_about() {
    let folder = folder();
    dgen(folder.path(), "write f --size 8M --seed 1").code(0);
    let text = dgen(folder.path(), "verify f --seed 2 --size 8M").code(3).text();
    assert!(text.lines().nth(1).unwrap().contains("another recipe"), "{text}");
    patch(&folder.path().join("f"), 4096, &[0; 4096]);
    let text = dgen(folder.path(), "verify f").code(3).text();
    let lines: Vec<&str> = text.lines().take(3).collect();
    assert!(lines[1].starts_with("damage ") && lines[2].starts_with("range "), "{text}");
    assert!(!text.contains("another recipe"));
}
