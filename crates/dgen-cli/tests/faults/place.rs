//! Places that are full, read-only or gone, and limits of every kind: an end with a message, and a prefix that is right.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Mount, Run, dgen, finished, folder, len, skip, stream};

const RECIPE: &str = "dgen1,seed=7";

/// Checks what a run left: what the report calls valid is right, and there is one message.
fn assert_held(at: &Path, run: &Run, what: &str) {
    let said = format!("{what}: exit {:?}, {}", run.code, run.stderr);
    assert!(!run.stderr.contains("panicked"), "{said}");
    assert!(matches!(run.code, Some(0 | 1)), "{said}");
    let errors = run.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, usize::from(run.code == Some(1)), "{said}");
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&run.stdout) else { return };
    for file in report["files"].as_array().into_iter().flatten() {
        let valid = usize::try_from(file["valid_prefix"].as_u64().unwrap()).unwrap();
        let begin = usize::try_from(file["file_offset"].as_u64().unwrap()).unwrap();
        let content = fs::read(at.join(file["path"].as_str().unwrap())).unwrap_or_default();
        let wanted = stream(RECIPE, file["offset"].as_u64().unwrap(), valid);
        assert!(content.get(begin..begin + valid).is_some_and(|there| there == wanted), "{said}: not valid: {file}");
    }
}

#[test]
fn a_full_file_system() {
    for (args, again) in [
        ("write f --size 5M", "write f --size 5M --resume"),
        ("write f --size 5M --no-preallocate --engine sync", "write f --size 5M --resume"),
        ("write f --size 5M --no-preallocate --engine io_uring --depth 4", "write f --size 5M --resume"),
        ("write f --size 5M --no-preallocate --buffer-size 12K --order random:3", "write f --size 5M --resume"),
        ("write f g --size 5M --no-preallocate", "write f g --size 5M --resume"),
        ("write d --files 3 --size 5M --no-preallocate", "write d --files 3 --size 5M --resume"),
    ] {
        let folder = folder();
        let at = folder.path();
        let Some(_mount) = Mount::tmpfs(at, 2 << 20) else { return };
        let run = dgen(at, &format!("{args} --seed 7 --json"));
        if run.stderr.contains("not available") || run.stderr.contains("no io_uring") {
            skip(&format!("optional: {}", run.stderr));
            continue;
        }
        assert_held(at, &run, args);
        run.code(1).error_names(&[&format!("{}", "o space left")]);
        let larger = Command::new("mount").args(["-o", "remount,size=16M"]).arg(at).status().unwrap();
        assert!(larger.success());
        let resumed = dgen(at, &format!("{again} --seed 7"));
        if resumed.code != Some(0) {
            assert!(resumed.stderr.contains("nothing to resume"), "{args}: {}", resumed.stderr);
            dgen(at, &format!("{args} --seed 7")).code(0);
        }
        let verify = if args.contains("--files") { "verify d" } else { "verify f" };
        dgen(at, verify).code(0);
    }
}

#[test]
fn a_read_only_file_system() {
    let folder = folder();
    let at = folder.path();
    let Some(_mount) = Mount::tmpfs(at, 16 << 20) else { return };
    dgen(at, "write f --size 1M --seed 7").code(0);
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(at).status().unwrap().success());
    for args in
        ["write g --size 1M --seed 7", "write f --size 2M --seed 8 --force", "write f --append --size 1M --seed 7"]
    {
        let run = dgen(at, args);
        assert_held(at, &run, args);
        run.code(1).error_names(&["ead-only"]);
    }
    dgen(at, "verify f").code(0);
    dgen(at, "read f").code(0);
    assert_eq!(fs::read_dir(at).unwrap().count(), 1);
}

/// Runs the command under a limit, as `prlimit` names it.
fn limited(at: &Path, limit: &str, args: &str) -> Option<Run> {
    let mut command = Command::new("prlimit");
    command.arg(limit).arg(env!("CARGO_BIN_EXE_dgen")).args(args.split(' ')).current_dir(at);
    match command.output() {
        Ok(output) => Some(finished(output)),
        Err(error) => {
            skip(&format!("optional: prlimit: {error}"));
            None
        }
    }
}

#[test]
fn limits_of_files_and_memory() {
    let folder = folder();
    let at = folder.path();
    let write = "write f --size 3M --seed 7 --json --force";
    for limit in [
        "--fsize=1000000",
        "--nofile=12",
        "--nofile=24",
        "--nofile=64",
        "--as=120000000",
        "--as=400000000",
        "--data=60000000",
        "--memlock=0",
        "--core=0",
        "--cpu=20",
    ] {
        for engine in ["--engine sync", "--engine auto --depth 4 --no-direct", "--threads 2"] {
            _ = fs::remove_file(at.join("f"));
            let args = format!("{write} {engine}");
            let Some(run) = limited(at, limit, &args) else { return };
            assert_held(at, &run, &format!("{limit} {args}"));
            if run.code == Some(0) {
                assert_eq!(len(&at.join("f")), 3 << 20, "{limit} {args}");
                dgen(at, "verify f").code(0);
            }
        }
    }
    _ = fs::remove_file(at.join("f"));
    dgen(at, write).code(0);
    for limit in ["--nofile=12", "--as=120000000", "--data=60000000"] {
        for args in ["verify f", "read f", "measure f", "info"] {
            let run = limited(at, limit, args).unwrap();
            assert_held(at, &run, &format!("{limit} {args}"));
        }
    }
}
