//! Reports of `dgen write` and `dgen read`: JSON, CSV, HTML and text.

use std::fs;
use std::os::unix::fs::symlink;

use crate::common::{command, dgen, finished, folder, u64_of};
use serde_json::Value;

/// The columns of the only other row but the names.
fn row(csv: &str) -> Vec<(String, String)> {
    let mut lines = csv.lines();
    let fields = |line: &str| line.split(',').map(|field| field.trim_matches('"').to_owned()).collect::<Vec<_>>();
    let names = fields(lines.next().unwrap());
    names.into_iter().zip(fields(lines.next().unwrap())).collect()
}

fn column(row: &[(String, String)], name: &str) -> String {
    row.iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("{name} in {row:?}")).1.clone()
}

#[test]
fn json_holds_the_facts_under_names_with_units() {
    let folder = folder();
    let report = dgen(folder.path(), "write a b --size 9000000 --writers 3 --buffer-size 64K --json").code(0).json();
    for key in ["started_unix_s", "first_done_ns", "first_done_bytes", "last_done_ns", "cpu_ns", "elapsed_ns"] {
        assert!(u64_of(&report, key) > 0, "{key} in {report}");
    }
    assert!(report["cpu_seconds_per_gib"].as_f64().unwrap() > 0.0);
    for key in ["p50", "p90", "p99", "p99_9", "max"] {
        assert!(u64_of(&report["latency_ns"], key) > 0, "{key} in {report}");
    }
    assert!(u64_of(&report, "last_done_ns") <= u64_of(&report, "elapsed_ns"));
    let sum = |list: &Value| list.as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum(&report["throughput"]["bytes"]), 9_000_000);
    assert_eq!(sum(&report["latency_counts"]["operations"]), u64_of(&report, "operations"));
    assert_eq!(report["workers"].as_array().unwrap().len(), 3);
    assert_eq!(
        report["workers"].as_array().unwrap().iter().map(|worker| u64_of(worker, "bytes")).sum::<u64>(),
        9_000_000
    );
    let verdict = report["verdict"]["bound"].as_str().unwrap();
    assert!(["storage-bound", "generation-bound", "balanced"].contains(&verdict), "{verdict}");
    assert!(!report["verdict"]["advice"].as_str().unwrap().is_empty());
    assert!(u64_of(&report["host"], "cpus") >= 1 && u64_of(&report["host"], "memory_total_bytes") > 0);
    assert_eq!(report["storage"].as_array().unwrap().len(), 1, "both files lie on one file system: {report}");
    assert!(report["storage"][0]["file_system"].is_string() && u64_of(&report["storage"][0], "total_bytes") > 0);
    assert_eq!(report["latency_from_due"], false);
    let null = dgen(folder.path(), "write /dev/null --engine null --size 64M --json").code(0).json();
    assert_eq!(null["storage"].as_array().unwrap().len(), 0);
    assert_eq!(null["verdict"]["bound"], "generation-bound", "{null}");
}

#[test]
fn a_rate_that_is_kept_is_the_verdict() {
    let folder = folder();
    let report = dgen(folder.path(), "write a --size 4M --rate 8M --buffer-size 64K --sync none --json").code(0).json();
    assert_eq!(report["latency_from_due"], true);
    // A machine that is busy with other tests may not keep even this.
    let kept = report["bytes_per_s"].as_f64().unwrap() >= 0.98 * f64::from(8 << 20);
    assert_eq!(report["verdict"]["bound"] == "rate-bound", kept, "{report}");
}

#[test]
fn text_has_the_verdict_and_the_facts() {
    let folder = folder();
    let text = dgen(folder.path(), "write a --size 4M --writers 2 --direct off").code(0).text();
    for part in [
        "verdict ",
        "advice ",
        "first done ",
        "last done ",
        "p90 ",
        "s per GiB",
        "host ",
        "file system ",
        "buffered, through",
    ] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    let text = dgen(folder.path(), "read a").code(0).text();
    assert!(text.contains("verdict ") && text.contains("host "), "{text}");
}

#[test]
fn csv_has_a_row_for_each_run() {
    let folder = folder();
    let csv = dgen(folder.path(), "write a --size 5000000 --seed 3 --csv").code(0).text();
    let first = row(&csv);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert_eq!((column(&first, "command").as_str(), column(&first, "bytes").as_str()), ("write", "5000000"));
    assert_eq!(column(&first, "paths"), "a");
    assert_eq!(column(&first, "recipe"), "dgen1,seed=0x3".split(',').next().unwrap(), "a quoted comma splits it here");
    dgen(folder.path(), "read a --csv=runs.csv").code(0);
    let text = dgen(folder.path(), "read a --csv=runs.csv --json=run.json").code(0).text();
    assert!(text.contains("throughput"), "{text}");
    let both = fs::read_to_string(folder.path().join("runs.csv")).unwrap();
    assert_eq!(both.lines().count(), 3, "{both}");
    assert_eq!(both.lines().next(), csv.lines().next());
    let json: Value = serde_json::from_slice(&fs::read(folder.path().join("run.json")).unwrap()).unwrap();
    assert_eq!(u64_of(&json, "bytes_read"), 5_000_000);
}

#[test]
fn what_cannot_be_written_is_refused_before_the_work() {
    let folder = folder();
    fs::write(folder.path().join("notes.csv"), "my,notes\n1,2\n").unwrap();
    dgen(folder.path(), "write a --size 1M --csv=notes.csv").code(1).error_names(&["notes.csv", "--force"]);
    assert_eq!(fs::read_to_string(folder.path().join("notes.csv")).unwrap(), "my,notes\n1,2\n");
    dgen(folder.path(), "write a --size 1M --html=gone/a.html").code(1).error_names(&["gone/a.html"]);
    dgen(folder.path(), "write a --size 1M --csv --json").code(2).error_names(&["--csv", "--json"]);
    dgen(folder.path(), "write - --size 1M --html=a.html").code(2).error_names(&["--html"]);
    assert!(!folder.path().join("a").exists());
}

#[test]
fn the_page_stands_alone_and_takes_nothing_for_html() {
    let folder = folder();
    let name = "<img src=x onerror=alert(1)>&'.bin";
    let mut command = crate::common::command();
    command.args(["write", name, "--size", "20M", "--buffer-size", "64K", "--rate", "100M", "--html=page.html"]);
    crate::common::finished(command.current_dir(folder.path()).output().unwrap()).code(0);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&#39;.bin"), "{page}");
    for outside in ["http:", "https:", "//", "<img", "<link", "url(", "@import", "javascript:"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<svg class=\"plot").count(), 2, "{page}");
    for id in ["throughput", "latency"] {
        assert!(page.contains(&format!("<title id=\"{id}-title\">")), "{id}");
        assert!(page.contains(&format!("<desc id=\"{id}-text\">")), "{id}");
        assert!(page.contains(&format!("aria-labelledby=\"{id}-title {id}-text\"")), "{id}");
    }
    assert_eq!(page.matches("The same as numbers").count(), 2);
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("<html lang=\"en\">"));
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}

/// Reports where data is, under this and that name: all are refused, and nothing is touched.
#[test]
fn a_report_is_not_written_over_data() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), "write a --size 1MiB --seed 1").code(0);
    dgen(folder.path(), "write d --files 2 --size 1MiB --seed 1").code(0);
    fs::hard_link(at("a"), at("hard")).unwrap();
    for (to, link) in [("a", "soft"), ("soft", "twice"), ("d", "e"), ("new", "hanging")] {
        symlink(to, at(link)).unwrap();
    }
    let before = fs::read(at("a")).unwrap();
    let refused = |args: &str| dgen(folder.path(), args).code(1).error_names(&["the same file as"]);
    for name in ["a", "./a", "d/../a", "hard", "soft", "twice"] {
        for command in ["write a --size 1MiB --seed 1", "read a", "write x a --size 1MiB --force"] {
            for form in ["json", "html", "csv"] {
                refused(&format!("{command} --{form}={name}"));
            }
        }
        for command in ["verify a", "measure a", "measure . --force", "bench storage a --force", "verify ."] {
            for form in ["json", "html", "csv"] {
                refused(&format!("{command} --{form}={name}"));
            }
        }
    }
    for name in ["d/dgen-000001", "e/dgen-000001"] {
        for command in ["write d --files 2 --size 1MiB --seed 1", "read d", "verify e", "measure d"] {
            refused(&format!("{command} --json={name} --force"));
        }
    }
    // Neither where data is to be, nor where another report is.
    for name in ["new", "./new", "hanging"] {
        refused(&format!("write new --size 1MiB --json={name}"));
    }
    refused("read a --json=report --html=report");
    refused("read a --json=report --csv=./report");
    for name in ["new", "report", "x"] {
        assert!(!at(name).exists(), "{name}");
    }
    assert!(fs::read(at("a")).unwrap() == before);
    dgen(folder.path(), "verify a d").code(0);
}

#[test]
fn standard_streams_are_data_too() {
    let folder = folder();
    dgen(folder.path(), "write a --size 1MiB --seed 1").code(0);
    let at = |name: &str| folder.path().join(name);
    let run = |args: &str| {
        let mut run = command();
        run.args(args.split_whitespace()).current_dir(folder.path());
        run
    };
    for args in ["verify - --seed 1 --size 1MiB --json=a", "measure - --json=a"] {
        let mut run = run(args);
        run.stdin(fs::File::open(at("a")).unwrap());
        finished(run.output().unwrap()).code(1).error_names(&["the same file as"]);
    }
    for args in ["stream --size 1MiB --json=out", "write - --size 1MiB --json=out"] {
        let mut run = run(args);
        run.stdout(fs::File::create(at("out")).unwrap());
        finished(run.output().unwrap()).code(1).error_names(&["standard output"]);
    }
    dgen(folder.path(), "verify a").code(0);
}

#[test]
fn only_reports_are_written_over_without_force() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), "write a --size 1MiB --seed 1").code(0);
    let fast = "--buffer-size 64K --rounds 3";
    let commands = [
        "write b --size 1MiB --seed 1",
        "read a",
        "verify a",
        "measure a",
        "info",
        "stream --size 1000",
        &format!("bench fill {fast}"),
        "bench storage c --size 1MiB --runtime 50ms --buffer-size 64K --depth 1 --writers 1",
    ];
    for text in ["precious", "{\n  \"version\": \"1\"\n}\n", "<!DOCTYPE html>\n<html lang=\"en\">\n", "a,b\n1,2\n"] {
        for command in &commands {
            let forms: &[&str] = if command.starts_with("write") { &["json", "html", "csv"] } else { &["json"] };
            for form in forms {
                fs::write(at("mine"), text).unwrap();
                dgen(folder.path(), &format!("{command} --{form}=mine")).code(1).error_names(&["mine", "--force"]);
                assert_eq!(fs::read_to_string(at("mine")).unwrap(), text, "{command}");
            }
        }
    }
    for command in commands {
        for text in ["", "precious"] {
            fs::write(at("mine"), text).unwrap();
            let force = if text.is_empty() { "" } else { "--force" };
            dgen(folder.path(), &format!("{command} --json=mine {force}")).code(0);
            // It is a report now.
            dgen(folder.path(), &format!("{command} --json=mine")).code(0);
            let report = fs::read(at("mine")).unwrap();
            assert!(serde_json::from_slice::<Value>(&report).unwrap().is_object(), "{command}");
        }
    }
    for form in ["html", "csv"] {
        fs::write(at("mine"), "precious").unwrap();
        for (force, code) in [("", 1), ("--force", 0), ("", 0)] {
            dgen(folder.path(), &format!("read a --{form}=mine {force}")).code(code);
        }
        dgen(folder.path(), "read a --json=mine").code(1).error_names(&["mine", "--force"]);
    }
    // What holds nothing cannot be lost.
    dgen(folder.path(), "read a --json=/dev/null --html=/dev/null").code(0);
}

/// What fio's programs look for, in one direction.
const FIO_FIELDS: [&str; 22] = [
    "io_bytes",
    "io_kbytes",
    "bw_bytes",
    "bw",
    "iops",
    "runtime",
    "total_ios",
    "short_ios",
    "drop_ios",
    "slat_ns",
    "clat_ns",
    "lat_ns",
    "bw_min",
    "bw_max",
    "bw_agg",
    "bw_mean",
    "bw_dev",
    "bw_samples",
    "iops_min",
    "iops_max",
    "iops_mean",
    "iops_stddev",
];

#[test]
fn reports_are_those_of_fio_where_that_is_asked_for() {
    let folder = folder();
    let run = dgen(folder.path(), "write f --size 8M --seed 1 --buffer-size 64K --format fio").code(0);
    let report = run.json();
    let job = &report["jobs"][0];
    for field in FIO_FIELDS {
        for direction in ["read", "write", "trim"] {
            assert!(!job[direction][field].is_null(), "{direction}.{field} in {report}");
        }
    }
    assert_eq!((u64_of(&job["write"], "io_bytes"), u64_of(&job["write"], "total_ios")), (8 << 20, 128));
    assert_eq!((u64_of(&job["read"], "total_ios"), u64_of(&job["write"]["lat_ns"], "N")), (0, 128));
    assert_eq!((&job["job options"]["bs"], &job["job options"]["rw"]), (&"65536".into(), &"write".into()));
    let at = |name: &str| u64_of(&job["write"]["clat_ns"]["percentile"], name);
    assert!(0 < at("1.000000") && at("1.000000") <= at("50.000000") && at("50.000000") <= at("99.990000"));
    let shares: f64 = ["latency_ns", "latency_us", "latency_ms"]
        .iter()
        .flat_map(|unit| job[*unit].as_object().unwrap().values())
        .map(|share| share.as_f64().unwrap())
        .sum();
    assert!((shares - 100.0).abs() < 1e-6, "{shares}");
    assert!(job["usr_cpu"].as_f64().unwrap() + job["sys_cpu"].as_f64().unwrap() > 0.0);
    // To a file, which a later report of the same form may be written over.
    for _ in 0..2 {
        let text =
            dgen(folder.path(), "read f --order random --buffer-size 4K --format fio --json=fio.json").code(0).text();
        assert!(text.starts_with("read "), "{text}");
    }
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("fio.json")).unwrap()).unwrap();
    assert_eq!(report["jobs"][0]["job options"]["rw"], "randread");
    assert_eq!(u64_of(&report["jobs"][0]["read"], "io_bytes"), 8 << 20);
    dgen(folder.path(), "read f --format tables").code(2).error_names(&["--format", "dgen, fio"]);
}
