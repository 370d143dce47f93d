//! `dgen bench storage`.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{command, dgen, finished, folder, names, stream, u64_of, wait_for_handler};

const SMALL: &str = "--size 2M --buffer-size 64K,256K --depth 1,4 --writers 1,2 --direct off --seed 5";

fn sweeps(folder: &Path, place: &str) {
    let args = format!("bench storage {place} {SMALL} --json --csv=s.csv --html=s.html");
    let report = dgen(folder, &args).code(0).json();
    let points = report["points"].as_array().unwrap();
    assert_eq!(points.len(), 8);
    assert_eq!(u64_of(&report, "points_asked"), 8);
    let rate = |index: usize| points[index]["bytes_per_s"].as_f64().unwrap();
    let best = usize::try_from(u64_of(&report, "best")).unwrap();
    assert!((0..8).all(|index| rate(index) <= rate(best)), "{report}");
    assert_eq!(points.iter().filter(|point| point["best"] == true).count(), 1);
    for point in points {
        assert_eq!((u64_of(point, "bytes"), point["mode"].as_str()), (2 << 20, Some("write")));
        assert!(u64_of(&point["latency_ns"], "p99") > 0 && point["verdict"].is_string(), "{point}");
    }
    let best_command = report["best_command"].as_str().unwrap();
    assert!(best_command.starts_with("dgen write PATH --size SIZE --buffer-size"), "{best_command}");
    let beside = &report["pregenerated"];
    let [streamed, pregenerated, ratio] =
        ["streamed_bytes_per_s", "pregenerated_bytes_per_s", "ratio"].map(|name| beside[name].as_f64().unwrap());
    assert!((streamed / pregenerated - ratio).abs() < 1e-9, "{beside}");
    assert_eq!(beside["streamed_rates_bytes_per_s"].as_array().unwrap().len(), 3);
    assert!(report["host"]["cpus"].is_number() && report["storage"][0]["file_system"].is_string());
    let csv = fs::read_to_string(folder.join("s.csv")).unwrap();
    assert_eq!(csv.lines().count(), 9, "{csv}");
    assert_eq!(
        csv.lines().filter(|line| !line.contains(",write,") || !line.contains(",,,,")).count(),
        2,
        "names and the best: {csv}"
    );
    let page = fs::read_to_string(folder.join("s.html")).unwrap();
    assert_eq!(page.matches("class=\"told\"").count(), 2 * 8, "every point in two plots: {page}");
    assert!(page.contains("generated once and written again and again"), "{page}");
    assert!(page.contains("<desc id=\"depth-0-text\">") && page.contains("<desc id=\"latency-text\">"));
}

#[test]
fn every_combination_is_measured_and_the_file_is_removed() {
    let folder = folder();
    sweeps(folder.path(), "points.bin");
    assert_eq!(names(folder.path()), [folder.path().join("s.csv"), folder.path().join("s.html")]);
    fs::remove_file(folder.path().join("s.csv")).unwrap();
    sweeps(folder.path(), ".");
    assert_eq!(names(folder.path()).len(), 2);
}

#[test]
fn files_in_memory_are_swept_too() {
    let (folder, memory) = (folder(), Path::new("/dev/shm"));
    if !memory.is_dir() {
        crate::common::skip("optional: there is no /dev/shm");
        return;
    }
    let inside = tempfile::tempdir_in(memory).unwrap();
    sweeps(folder.path(), inside.path().to_str().unwrap());
    assert_eq!(names(inside.path()).len(), 0);
    // Direct I/O is refused there, so that both ways are the same.
    let place = inside.path().join("a");
    let args = format!("bench storage {} --size 1M --buffer-size 64K --depth 1 --writers 1 --json", place.display());
    let report = dgen(folder.path(), &args).code(0).json();
    assert_eq!((u64_of(&report, "points_asked"), report["points"].as_array().unwrap().len()), (2, 1), "{report}");
}

#[test]
fn text_marks_the_best() {
    let folder = folder();
    let text = dgen(folder.path(), &format!("bench storage a {SMALL}")).code(0).text();
    assert_eq!(text.lines().filter(|line| line.starts_with('*')).count(), 1, "{text}");
    assert!(text.contains("streaming ") && text.contains("which leave no stream"), "{text}");
    assert!(text.contains("throughput") && text.contains("best ") && text.contains("to use it "), "{text}");
}

#[test]
fn existing_data_is_refused_and_stays() {
    let folder = folder();
    let path = folder.path().join("precious");
    fs::write(&path, "precious").unwrap();
    dgen(folder.path(), &format!("bench storage precious {SMALL}")).code(1).error_names(&["precious", "--force"]);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    dgen(folder.path(), &format!("bench storage precious {SMALL} --force")).code(0);
    assert_eq!(crate::common::len(&path), 2 << 20, "what was there before is not removed");
}

#[test]
fn a_file_that_is_kept_is_what_was_written() {
    let folder = folder();
    dgen(folder.path(), &format!("bench storage a {SMALL} --keep")).code(0);
    let path = folder.path().join("a");
    assert!(fs::read(&path).unwrap() == stream("dgen1,seed=0x5", 0, 2 << 20));
    dgen(folder.path(), "verify a").code(0);
}

#[test]
fn reads_have_their_own_best_and_their_own_plots() {
    let folder = folder();
    let args = format!("bench storage a {SMALL} --mode both --rounds 2 --json --html=s.html --csv=s.csv");
    let report = dgen(folder.path(), &args).code(0).json();
    let points = report["points"].as_array().unwrap();
    assert_eq!((points.len(), u64_of(&report, "rounds")), (16, 2));
    for (mode, best) in [("write", "best"), ("read", "best_read")] {
        let best = usize::try_from(u64_of(&report, best)).unwrap();
        let rate = |index: usize| points[index]["bytes_per_s"].as_f64().unwrap();
        let of_mode: Vec<usize> = (0..16).filter(|index| points[*index]["mode"] == mode).collect();
        assert!(of_mode.len() == 8 && of_mode.iter().all(|index| rate(*index) <= rate(best)), "{report}");
        assert!(points[best]["best"] == true && points[best]["mode"] == mode);
    }
    for point in points {
        let rates = point["rates_bytes_per_s"].as_array().unwrap();
        assert!(rates.len() >= 2 && rates.contains(&point["bytes_per_s"]), "{point}");
        assert_eq!(u64_of(point, "bytes"), 2 << 20);
        // Brief rounds are ranked when there are three.
        assert_eq!(point["ranked"], rates.len() >= 3);
        let ends = [f64::min, f64::max].map(|pick| rates.iter().filter_map(serde_json::Value::as_f64).reduce(pick));
        assert_eq!(ends, ["bytes_per_s_min", "bytes_per_s_max"].map(|name| point[name].as_f64()));
    }
    assert!(report["best_read_command"].as_str().unwrap().starts_with("dgen read PATH --buffer-size"), "{report}");
    let page = fs::read_to_string(folder.path().join("s.html")).unwrap();
    for (mode, workers) in [("write", "writer"), ("read", "reader")] {
        assert!(page.contains(&format!("<h3>{mode}, buffered, 1 {workers}</h3>")), "{page}");
    }
    let csv = fs::read_to_string(folder.path().join("s.csv")).unwrap();
    assert_eq!((csv.lines().count(), csv.matches(",read,").count()), (17, 8), "{csv}");
    assert!(!folder.path().join("a").exists());
}

#[test]
fn what_is_there_is_read_as_it_is() {
    let folder = folder();
    let path = folder.path().join("precious");
    fs::write(&path, vec![7; 300_000]).unwrap();
    let report = dgen(folder.path(), &format!("bench storage precious {SMALL} --mode read --json")).code(0).json();
    assert_eq!(u64_of(&report["points"][0], "bytes"), 300_000);
    assert!(report["pregenerated"].is_null() && report["best"].is_null() && report["best_read"].is_number());
    assert_eq!(fs::read(&path).unwrap(), vec![7; 300_000]);
    // What is not there is made, and goes again.
    let report = dgen(folder.path(), &format!("bench storage b {SMALL} --mode read --json")).code(0).json();
    assert_eq!(u64_of(&report["points"][0], "bytes"), 2 << 20);
    assert_eq!(names(folder.path()), [path]);
}

#[test]
fn bad_values_are_named() {
    let folder = folder();
    dgen(folder.path(), "bench storage a --mode none").code(2).error_names(&["--mode", "none", "both"]);
    dgen(folder.path(), "bench storage a --rounds 0").code(2).error_names(&["--rounds", "0", "1 to 1000"]);
    dgen(folder.path(), "bench storage a --depth 0").code(2).error_names(&["--depth", "0", "1 to 4096"]);
    dgen(folder.path(), "bench storage a --writers 1,none").code(2).error_names(&["--writers", "none"]);
    dgen(folder.path(), "bench storage gone/a --size 1M").code(1).error_names(&["gone/a"]);
    dgen(folder.path(), "bench storage a --size 1M --engine null").code(2).error_names(&["null"]);
    assert_eq!(names(folder.path()).len(), 0);
}

#[test]
fn an_interrupted_sweep_reports_what_it_has() {
    let folder = folder();
    // So many points that the sweep cannot end by itself in the meantime.
    let depths: Vec<String> = (1..=64).map(|depth| depth.to_string()).collect();
    let args = ["bench", "storage", "a", "--size", "64M", "--direct", "off", "--csv=s.csv", "--json"];
    let mut wait = Duration::from_secs(2);
    let report = loop {
        let mut sweep = command();
        sweep.args(args).args(["--depth", &depths.join(","), "--writers", "1,2,3,4"]).current_dir(folder.path());
        let child = sweep.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_handler(&child, Signal::INT);
        std::thread::sleep(wait);
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let run = finished(child.wait_with_output().unwrap()).code(130);
        run.error_names(&["interrupted after", "of 768 points"]);
        assert!(!folder.path().join("a").exists());
        // On a busy machine the first point may take longer; without any there is no report.
        if run.stdout.is_empty() {
            wait *= 2;
            continue;
        }
        let report = run.json();
        assert_eq!(report["interrupted"], true);
        break report;
    };
    // What was measured once is not called best.
    let points = report["points"].as_array().unwrap();
    assert!(!points.is_empty() && (points.len() < 768 || report["best"].is_number()), "{report}");
    assert!(points.len() == 768 || report["best"].is_null(), "{report}");
    assert!(points.iter().all(|point| point["ranked"] == true || point["unreliable"][0].is_string()));
}

#[test]
fn what_leads_was_measured_again_and_with_the_rounds_of_the_comparison() {
    let folder = folder();
    let report = dgen(folder.path(), &format!("bench storage a {SMALL} --json")).code(0).json();
    let points = report["points"].as_array().unwrap();
    let best = &points[usize::try_from(u64_of(&report, "best")).unwrap()];
    assert!(best["ranked"] == true && best["rates_bytes_per_s"].as_array().unwrap().len() > 3, "{best}");
    // The streamed rates of the comparison are rounds of the point: what is told of it twice cannot differ.
    for rate in report["pregenerated"]["streamed_rates_bytes_per_s"].as_array().unwrap() {
        assert!(best["rates_bytes_per_s"].as_array().unwrap().contains(rate), "{report}");
    }
    for point in points.iter().filter(|point| point["ranked"] == false) {
        assert!(point["unreliable"].to_string().contains("measured "), "{point}");
        assert!(point["bytes_per_s"].as_f64() <= best["bytes_per_s"].as_f64());
    }
    let text = dgen(folder.path(), &format!("bench storage a {SMALL}")).code(0).text();
    let signs = text.lines().find(|line| line.starts_with("signs")).unwrap();
    assert!(signs.contains("* the fastest"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with('?')) || signs.contains("not measured often enough"), "{text}");
    assert!(text.contains("lowest") && text.contains("highest"), "{text}");
}

#[test]
fn where_files_need_names_only_its_own_is_written_over_and_removed() {
    if !crate::common::may_mount() {
        return;
    }
    let folder = folder();
    // Without `/proc` a file without a name cannot be opened again.
    let bench = |more: &str| {
        let dgen = env!("CARGO_BIN_EXE_dgen");
        let hidden = format!("mount -t tmpfs none /proc && exec {dgen} bench storage a {SMALL} {more}");
        let mut command = std::process::Command::new("unshare");
        command.args(["--mount", "sh", "-c", &hidden]).current_dir(folder.path());
        command
    };
    let run = finished(bench("").output().unwrap()).code(0);
    assert!(run.text().contains("best"), "{}", run.text());
    assert_eq!(names(folder.path()).len(), 0);
    // Another file takes the name while it is measured.
    let (path, other) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&other, "precious").unwrap();
    let child = bench("--rounds 1000").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    crate::common::wait_for(&path);
    fs::rename(&other, &path).unwrap();
    let run = finished(child.wait_with_output().unwrap());
    assert!(run.code == Some(1) && fs::read(&path).unwrap() == b"precious", "{}", run.stderr);
    assert_eq!(names(folder.path()), [path]);
}
