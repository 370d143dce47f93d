//! Engines of `dgen write` and `dgen read`: their options, and what happens where the system refuses them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::filter::without;
use crate::common::{Mount, Run, bytes, command, dgen, finished, folder, len, skip, stream, u64_of};
use serde_json::Value;

/// The report of a write of `f`, which verifies.
fn written(folder: &Path, args: &str) -> Value {
    let report = dgen(folder, &format!("write f --force --json --seed 5 {args}")).code(0).json();
    dgen(folder, "verify f").code(0);
    report
}

/// Whether this system has the engine; says so where it does not.
fn has_io_uring() -> bool {
    let run = dgen(Path::new("/"), "write /dev/null --size 1 --engine io_uring");
    if run.code != Some(0) {
        skip(&format!("optional: {}", run.stderr.lines().last().unwrap_or_default()));
    }
    run.code == Some(0)
}

fn warns(report: &Value, of: &str) -> bool {
    report["warnings"].as_array().unwrap().iter().any(|warning| warning.as_str().unwrap().contains(of))
}

#[test]
fn every_engine_order_and_pace_writes_the_same() {
    let folder = folder();
    let mut names = vec!["sync"];
    if has_io_uring() {
        names.push("io_uring");
    }
    for engine in names {
        for direct in ["--direct auto", "--no-direct"] {
            for rest in [
                "--order random --buffer-size 12K",
                "--passes 3 --num-writers 3",
                "--rate 50M",
                "--no-huge-pages --no-registered --buffer-count 9 --sync 1M",
            ] {
                let report = written(folder.path(), &format!("--size 5000001 --engine {engine} {direct} {rest}"));
                assert_eq!(report["engine"], engine);
                assert_eq!(len(&folder.path().join("f")), 5_000_001);
                let passes = u64_of(&report, "passes");
                assert_eq!(u64_of(&report, "bytes_written"), 5_000_001 * passes);
                let read = format!("read f --json --engine {engine} {direct} --order random --passes 2");
                let report = dgen(folder.path(), &read).code(0).json();
                assert_eq!((report["engine"].as_str(), u64_of(&report, "bytes_read")), (Some(engine), 10_000_002));
            }
        }
    }
}

#[test]
fn reports_say_what_ran() {
    if !has_io_uring() {
        return;
    }
    let folder = folder();
    let args = "--size 4M --engine io_uring --buffer-size 64K --writers 2 --depth 5 --order random:3 --rate 100M";
    let report = written(folder.path(), args);
    for (key, value) in [("writers", 2), ("depth", 5), ("buffer_count", 64), ("buffer_size", 65536), ("operations", 64)]
    {
        assert_eq!(u64_of(&report, key), value, "{key}");
    }
    assert_eq!(u64_of(&report, "rate_bytes_per_s"), 100 << 20);
    assert_eq!((report["order"].as_str(), report["time_limited"].as_bool()), (Some("random"), Some(false)));
    for share in ["generation_bound", "storage_bound"] {
        assert!((0.0..=1.0).contains(&report[share].as_f64().unwrap()), "{share}");
    }
    let text = dgen(folder.path(), &format!("write f --seed 5 {args}")).code(0).text();
    for part in ["io_uring: it was asked for", "2 workers with a depth of 5, 64 buffers of 64KiB", "100.00 MiB/s"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // A depth is a reason for io_uring, also where I/O is buffered.
    assert_eq!(written(folder.path(), "--size 4M --no-direct --iodepth 4")["engine"], "io_uring");
    assert_eq!(written(folder.path(), "--size 4M --no-direct")["engine"], "sync");
}

#[test]
fn polling_writes_the_same_or_says_why_not() {
    if !has_io_uring() {
        return;
    }
    let folder = folder();
    // The tail cannot be polled for, since it goes through the page cache.
    assert_eq!(written(folder.path(), "--size 5000001 --sqpoll")["engine"], "io_uring");
    let run = dgen(folder.path(), "write f --force --size 5000001 --seed 5 --iopoll --json");
    if run.code == Some(0) {
        assert_eq!(run.json()["direct"], true);
        dgen(folder.path(), "verify f").code(0);
    } else {
        assert!(run.stderr.contains("error: "), "{}", run.stderr);
        skip(&format!("optional: no polled I/O here: {}", run.stderr.lines().last().unwrap_or_default()));
    }
    let run = dgen(folder.path(), "write g --size 5000001 --iopoll --no-direct").code(2);
    run.error_names(&["g", "polled I/O needs direct I/O"]);
    assert!(!folder.path().join("g").exists());
}

#[test]
fn the_null_engine_is_for_dev_null() {
    let folder = folder();
    let report =
        dgen(folder.path(), "write /dev/null --size 64M --engine null --buffer-size 256K --json").code(0).json();
    assert_eq!((report["engine"].as_str(), u64_of(&report, "bytes_written")), (Some("null"), 64 << 20));
    dgen(folder.path(), "write f --size 64M --engine null").code(2).error_names(&["f", "/dev/null alone"]);
    dgen(folder.path(), "write /dev/full --size 64M --engine null").code(2).error_names(&["/dev/full"]);
    assert!(!folder.path().join("f").exists());
    fs::write(folder.path().join("f"), "x").unwrap();
    dgen(folder.path(), "read f --engine null").code(2).error_names(&["null"]);
}

#[test]
fn a_time_limit_ends_a_run_well() {
    let folder = folder();
    let args = "write f --size 1TiB --seed 5 --no-preallocate --runtime 200ms --rate 200M --json";
    let report = dgen(folder.path(), args).code(0).json();
    let written = u64_of(&report, "bytes_written");
    assert_eq!((report["time_limited"].as_bool(), len(&folder.path().join("f"))), (Some(true), written));
    assert!(warns(&report, "time limit") && written > 0);
    dgen(folder.path(), "verify f").code(0);
}

#[test]
fn contradictions_are_refused() {
    let folder = folder();
    for (args, parts) in [
        ("--engine sync --depth 2", vec!["depth", "sync"]),
        ("--engine sync --sqpoll", vec!["sqpoll"]),
        ("--engine uring", vec!["`uring`", "io_uring"]),
        ("--depth 0", vec!["--depth", "1 to 4096"]),
        ("--buffer-count 3 --writers 4", vec!["--buffer-count", "3", "4 to"]),
        ("--order backwards", vec!["`backwards`", "random"]),
        ("--runtime 0", vec!["--runtime", "0"]),
        ("--runtime 5y", vec!["--runtime", "5y", "1h"]),
        ("--rate 0", vec!["--rate"]),
        ("--passes 0", vec!["--passes"]),
    ] {
        dgen(folder.path(), &format!("write f --size 8M {args}")).code(2).error_names(&parts);
        assert!(!folder.path().join("f").exists(), "{args}");
    }
    dgen(folder.path(), "write - --size 8 --depth 2").code(2).error_names(&["standard output"]);
}

#[test]
fn the_names_of_the_original_are_accepted() {
    let folder = folder();
    let args =
        "write --output f --size 3M --seed 5 --num-writers 2 --max-threads 2 --no-direct --buffer-count 32 --json";
    let report = dgen(folder.path(), args).code(0).json();
    assert_eq!((report["direct"].as_bool(), u64_of(&report, "writers")), (Some(false), 2));
    assert_eq!(u64_of(&report, "buffer_count"), 32);
    dgen(folder.path(), "verify f").code(0);
}

/// Runs the command in a process that may not make a ring.
fn without_io_uring(folder: &Path, args: &str, errno: i32) -> Run {
    without(&[libc::SYS_io_uring_setup], errno, folder, args)
}

#[test]
fn a_forbidden_io_uring_is_replaced_or_refused() {
    let folder = folder();
    for (errno, words) in [(libc::EPERM, "forbids"), (libc::ENOSYS, "has none")] {
        let run = without_io_uring(folder.path(), "write f --force --size 5000001 --depth 4 --json", errno).code(0);
        let report = run.json();
        assert_eq!((report["engine"].as_str(), u64_of(&report, "depth")), (Some("sync"), 1));
        assert!(report["engine_reason"].as_str().unwrap().contains(words) && warns(&report, words), "{report}");
        dgen(folder.path(), "verify f").code(0);
        for path in ["--depth 4", "--direct auto --depth 4"] {
            let run = without_io_uring(folder.path(), &format!("verify f --json {path}"), errno).code(0);
            let report = run.json();
            assert_eq!((report["engine"].as_str(), u64_of(&report, "depth")), (Some("sync"), 1));
            assert!(report["engine_reason"].as_str().unwrap().contains(words) && warns(&report, words), "{report}");
        }
        without_io_uring(folder.path(), "verify f --engine io_uring", errno).code(2).error_names(&["io_uring", words]);
        let run = without_io_uring(folder.path(), "write g --size 5000001 --engine io_uring", errno).code(2);
        run.error_names(&["io_uring", words]);
        assert!(!folder.path().join("g").exists());
    }
}

#[test]
fn a_limit_on_locked_memory_costs_registration_only() {
    if !has_io_uring() {
        return;
    }
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let program = command().get_program().to_string_lossy().into_owned();
    let write = format!("{program} write f --size 40000001 --engine io_uring --json");
    let line = format!("ulimit -l 64; {write} && exec {program} verify f --engine io_uring --json=verified");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(folder.path());
    if rustix::process::geteuid().is_root() {
        // The limit does not bind a privileged process.
        shell.uid(65534).gid(65534);
    }
    let Ok(output) = shell.output() else { return skip("optional: another user cannot reach the build folder") };
    let run = finished(output);
    if run.code == Some(126) || run.code == Some(127) {
        return skip(&format!("optional: another user cannot run the command: {}", run.stderr.trim()));
    }
    let run = run.code(0);
    let wrote = serde_json::Deserializer::from_slice(&run.stdout).into_iter::<Value>().next().unwrap().unwrap();
    let verified = fs::read(folder.path().join("verified")).unwrap();
    for report in [wrote, serde_json::from_slice::<Value>(&verified).unwrap()] {
        assert_eq!((report["engine"].as_str(), report["registered"].as_bool()), (Some("io_uring"), Some(false)));
        assert!(warns(&report, "ulimit -l"), "{report}");
    }
    dgen(folder.path(), "verify f").code(0);
}

#[test]
fn a_full_file_system_leaves_the_prefix_that_fits_with_a_queue_too() {
    if !has_io_uring() {
        return;
    }
    let folder = folder();
    let Some(mount) = Mount::ext4(folder.path(), 64 << 20) else { return };
    for direct in ["on", "off"] {
        // Which of the I/Os in flight gets the last of the space is a matter of luck.
        let args = format!("write f --size 100M --no-preallocate --writers 1 --depth 4 --direct {direct} --json");
        let run = dgen(&mount.0, &args).code(1);
        run.error_names(&["f", "offset", "No space left"]);
        let report = run.json();
        let prefix = u64_of(&report, "valid_prefix");
        assert!(((1 << 20)..(64 << 20)).contains(&prefix), "{prefix}");
        assert_eq!(len(&mount.0.join("f")), prefix);
        let found = dgen(&mount.0, "verify f --json").code(3).json();
        assert_eq!((u64_of(&found, "valid_prefix"), u64_of(&found, "bytes_bad")), (prefix, (100 << 20) - prefix));
        fs::remove_file(mount.0.join("f")).unwrap();
    }
}

#[test]
fn a_killed_write_leaves_a_prefix_and_little_behind_it() {
    let folder = folder();
    for args in ["--no-preallocate", "", "--no-direct"] {
        let mut command = command();
        command.args("write f --size 512MiB --seed 5 --writers 2 --rate 100M".split_whitespace());
        command.args(args.split_whitespace()).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let path = folder.path().join("f");
        while !path.exists() || len(&path) < 32 << 20 || bytes(&path, 31 << 20, 64) == [0; 64] {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let found = dgen(folder.path(), "verify f --json").code(3).json();
        let prefix = u64_of(&found, "valid_prefix");
        let right = (512 << 20) - u64_of(&found, "bytes_bad");
        assert!(prefix >= 16 << 20, "{found}");
        // Behind the prefix lies at most what was in flight: two queues.
        assert!(right - prefix <= 16 << 20, "{found}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn generators_are_told_and_checked() {
    let folder = folder();
    let report = dgen(folder.path(), "write a --size 40MB --seed 5 --writers 1 --generators 2 --direct off --json")
        .code(0)
        .json();
    assert!((1..=2).contains(&u64_of(&report, "generators")) && u64_of(&report, "buffer_count") > 2, "{report}");
    assert!(fs::read(folder.path().join("a")).unwrap() == stream("dgen1,seed=0x5", 0, 40_000_000));
    let report = dgen(folder.path(), "write b --size 1MiB --generators 0 --json").code(0).json();
    assert_eq!(u64_of(&report, "generators"), 0);
    dgen(folder.path(), "write - --size 1MiB --generators 1").code(2).error_names(&["--generators"]);
    dgen(folder.path(), "write c --size 1MiB --generators auto --threads 1").code(0);
    for bad in ["-1", "1025", "many"] {
        dgen(folder.path(), &format!("write d --size 1MiB --generators {bad}")).code(2).error_names(&[
            "--generators",
            bad,
            "auto, 0 to 1024",
        ]);
    }
}

#[test]
fn vectors_and_memory_are_engines_options() {
    let folder = folder();
    let report = dgen(folder.path(), "write f --size 3000001 --buffer-size 4K --vectored 16 --json").code(0).json();
    assert_eq!((u64_of(&report, "vectored"), u64_of(&report, "buffer_size")), (16, 4096));
    dgen(folder.path(), "verify f").code(0);
    let read = dgen(folder.path(), "read f --buffer-size 4K --vectored 3 --engine sync").code(0).text();
    assert!(read.contains("gathers 3 buffers"), "{read}");
    for value in ["0", "1025", "x"] {
        dgen(folder.path(), &format!("write g --size 4096 --vectored {value}"))
            .code(2)
            .error_names(&["--vectored", "1 to 1024"]);
    }
    for options in ["", "--vectored 4 --buffer-size 64K", "--depth 4 --writers 3 --order random"] {
        let args = format!("write /dev/null --engine memory --size 200MiB {options} --json");
        let report = dgen(folder.path(), &args).code(0).json();
        assert_eq!((report["engine"].as_str(), u64_of(&report, "bytes_written")), (Some("memory"), 200 << 20));
        assert_eq!(report["storage"].as_array().unwrap().len(), 0);
    }
    dgen(folder.path(), "write g --engine memory --size 4096").code(2).error_names(&["memory", "/dev/null"]);
    dgen(folder.path(), "write /dev/null --engine memory --iopoll --size 4096").code(2).error_names(&["iopoll"]);
    dgen(folder.path(), "read f --engine memory").code(2).error_names(&["memory"]);
}

#[test]
fn a_lack_of_memory_is_an_error() {
    let limited = "ulimit -v 1000000; exec \"$0\" write /dev/null --engine memory --size 1G --writers 40";
    let run = Command::new("bash").args(["-c", limited, env!("CARGO_BIN_EXE_dgen")]).output().unwrap();
    let run = finished(run).code(1);
    assert!(run.stderr.contains("needs 64MiB for each worker"), "{}", run.stderr);
}
