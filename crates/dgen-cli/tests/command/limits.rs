//! Limits on a process: what they forbid is done with less, or they are named.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::filter::without;
use crate::common::{Mount, Run, command, dgen, finished, folder, len, may_mount, names, skip, stream, u64_of};

/// A user without privileges and without other processes.
const NOBODY: u32 = 65_534;

/// Runs the command below `bash` after `setup`, such as `ulimit -s 64`.
fn limited(folder: &Path, setup: &str, args: &str) -> Run {
    let program = env!("CARGO_BIN_EXE_dgen");
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("{setup} && exec {program} {args}")]).current_dir(folder);
    shell.env_remove("DGEN_THREADS").env_remove("DGEN_KERNEL");
    finished(shell.output().unwrap())
}

fn warns(report: &Value, of: &str) -> bool {
    report["warnings"].as_array().unwrap().iter().any(|warning| warning.as_str().unwrap().contains(of))
}

#[test]
fn a_small_stack_is_enough() {
    let folder = folder();
    for args in [
        "write f --size 8MiB --seed 1",
        "verify f",
        "read f",
        "measure f",
        "stream --size 4MiB --seed 1",
        "bench storage . --size 1MiB --buffer-size 64KiB --depth 1 --writers 1 --direct off",
        "info",
    ] {
        limited(folder.path(), "ulimit -s 64", args).code(0);
    }
}

/// Runs the command as a user who may have so many threads; `None`, with the reason printed, where that cannot be.
fn with_threads(folder: &Path, threads: u32, args: &str) -> Option<Run> {
    if !rustix::process::geteuid().is_root() {
        skip("optional: to limit threads needs root, which can become a user without any");
        return None;
    }
    let program = env!("CARGO_BIN_EXE_dgen");
    let mut shell = Command::new("bash");
    // The limit counts all threads of the user; `exec` adds none.
    shell.args(["-c", &format!("ulimit -u {threads} && exec {program} {args}")]).current_dir(folder);
    shell.uid(NOBODY).gid(NOBODY);
    let run = finished(shell.output().ok()?);
    if matches!(run.code, Some(126 | 127)) {
        skip(&format!("optional: another user cannot run the command: {}", run.stderr.trim()));
        return None;
    }
    Some(run)
}

#[test]
fn refused_threads_are_done_without() {
    let folder = folder();
    std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).ok();
    for threads in [1, 3] {
        for args in [
            "write f --size 8MiB --seed 1 --force",
            "write f --size 8MiB --seed 1 --force --direct off --depth 4 --writers 2",
            "write f --size 8MiB --seed 1 --force --generators 2 --writers 2",
            "verify f",
            "read f",
            "measure f",
            "bench storage . --size 1MiB --buffer-size 64KiB --depth 4 --writers 2 --direct off",
            "info",
        ] {
            let Some(run) = with_threads(folder.path(), threads, args) else { return };
            run.code(0);
        }
        dgen(folder.path(), "verify f").code(0);
        let Some(run) = with_threads(folder.path(), threads, "stream --size 3000001 --seed 1") else { return };
        assert!(run.code(0).stdout == stream("dgen1,seed=0x1", 0, 3_000_001));
    }
    let args = "bench numa --size 1MiB --buffer-size 1MiB";
    let Some(run) = with_threads(folder.path(), 1, args) else { return };
    run.code(1).error_names(&["cannot start a process of the benchmark", "ulimit -u", "pids.max"]);
}

#[test]
fn a_ring_that_the_kernel_refuses_to_enter_is_given_up() {
    let folder = folder();
    let enter = [libc::SYS_io_uring_enter];
    for (errno, args) in [
        (libc::EAGAIN, "--depth 4 --direct off --writers 1"),
        (libc::EBUSY, "--depth 4 --writers 2 --buffer-size 64KiB"),
        (libc::ENOMEM, "--depth 4"),
        (libc::EPERM, "--depth 4 --writers 2"),
    ] {
        let args = format!("write f --force --size 3000001 --seed 1 {args} --json");
        let report = without(&enter, errno, folder.path(), &args).code(0).json();
        if report["engine_reason"].as_str().unwrap().contains("not possible here") {
            skip("optional: there is no io_uring");
            return;
        }
        assert_eq!((report["engine"].as_str(), u64_of(&report, "depth")), (Some("sync"), 1), "{report}");
        assert!(report["engine_reason"].as_str().unwrap().contains("io_uring was refused"), "{report}");
        assert!(warns(&report, "goes on with the engine sync"), "{report}");
        assert_eq!(len(&folder.path().join("f")), 3_000_001);
        let found = without(&enter, errno, folder.path(), "verify f --depth 4 --json").code(0).json();
        assert_eq!((found["engine"].as_str(), found["ok"].as_bool()), (Some("sync"), Some(true)), "{found}");
        // Who asks for it by name gets it, or the error.
        let args = "write g --size 3000001 --engine io_uring --direct off";
        without(&enter, errno, folder.path(), args).code(1).error_names(&["g", "os error"]);
        assert!(!folder.path().join("g").exists());
    }
}

#[test]
fn a_ring_that_cannot_be_made_is_done_without() {
    let folder = folder();
    for (call, errno) in [
        (libc::SYS_io_uring_setup, libc::EAGAIN),
        (libc::SYS_io_uring_setup, libc::ENOMEM),
        (libc::SYS_io_uring_register, libc::EBUSY),
        (libc::SYS_io_uring_register, libc::ENOMEM),
    ] {
        let args = "write f --force --size 3000001 --seed 1 --depth 4 --json";
        let report = without(&[call], errno, folder.path(), args).code(0).json();
        assert_eq!(report["engine"], "sync", "{report}");
        assert!(report["engine_reason"].as_str().unwrap().contains("not possible here"), "{report}");
        dgen(folder.path(), "verify f").code(0);
    }
}

/// A control group with a limit, version 2 or 1.
struct Group(PathBuf);

impl Group {
    /// Makes one; `None`, with the reason printed, where that cannot be.
    fn with_memory(bytes: u64) -> Option<Self> {
        let files = [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];
        Self::with("memory", files, bytes)
    }

    /// The same for tasks.
    fn with_tasks(tasks: u64) -> Option<Self> {
        Self::with("tasks", [("/sys/fs/cgroup", "pids.max"), ("/sys/fs/cgroup/pids", "pids.max")], tasks)
    }

    fn with(what: &str, files: [(&str, &str); 2], limit: u64) -> Option<Self> {
        let name = format!("dgen-test-{}-{what}-{limit}", std::process::id());
        for (root, file) in files {
            let folder = Path::new(root).join(&name);
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            let group = Self(folder);
            // Somebody may have mounted something else there.
            if group.0.join("cgroup.procs").exists() && fs::write(group.0.join(file), limit.to_string()).is_ok() {
                return Some(group);
            }
        }
        skip(&format!("optional: no control group with a limit on {what} can be made"));
        None
    }

    fn run(&self, folder: &Path, args: &str) -> Run {
        limited(folder, &format!("echo $$ > {}", self.0.join("cgroup.procs").display()), args)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn buffers_fit_the_memory_of_a_control_group() {
    let folder = folder();
    let limit = 48 << 20;
    let Some(group) = Group::with_memory(limit) else { return };
    let report = group.run(folder.path(), "write f --size 128MiB --seed 1 --writers 4 --json").code(0).json();
    let memory = u64_of(&report, "buffer_size") * u64_of(&report, "buffer_count");
    assert!(memory <= limit / 2, "{report}");
    if report["direct"] == true && report["engine"] == "io_uring" {
        assert!(warns(&report, "buffers lowered") && warns(&report, "the limit of 48.00 MiB"), "{report}");
    }
    for args in ["verify f", "read f", "write f --size 128MiB --seed 1 --force --direct off", "stream --size 64MiB"] {
        group.run(folder.path(), args).code(0);
    }
    let run = group.run(folder.path(), "measure f --codec lz4 --compress-block 4096 --dedup-block 4096").code(0);
    assert!(run.stderr.contains("memory for counting lowered"), "{}", run.stderr);
    let run = group.run(folder.path(), "write g --size 1GiB --buffer-size 64MiB");
    run.code(2).error_names(&["--buffer-size", "64MiB", "the limit of 48.00 MiB"]);
    assert!(!folder.path().join("g").exists());
}

#[test]
fn a_control_group_of_few_tasks_is_done_with() {
    let folder = folder();
    for tasks in [1, 2, 4] {
        let Some(group) = Group::with_tasks(tasks) else { return };
        for args in [
            "write f --size 8MiB --seed 1 --force --threads 8",
            "write f --size 8MiB --seed 1 --force --direct off --depth 4 --writers 4",
            "write f --size 8MiB --seed 1 --force --generators 2 --writers 2",
            "write f --size 8MiB --seed 1 --force --engine io_uring --writers 3",
            "write d --files 3 --size 8MiB --seed 1 --force --verify",
            "verify f --threads 8",
            "verify d --readers 8",
            "read f --readers 4",
            "measure f --threads 8",
            "bench storage . --size 1MiB --buffer-size 64KiB --depth 4 --writers 2 --direct off",
        ] {
            println!("{tasks}: {args}");
            let run = group.run(folder.path(), args);
            // The kernel's own threads of a ring count as well: who asks for one gets it, or the error.
            if args.contains("--engine") && run.code == Some(1) {
                run.code(1).error_names(&["io_uring"]);
            } else {
                run.code(0);
            }
        }
        dgen(folder.path(), "verify f d").code(0);
        let run = group.run(folder.path(), "stream --size 3000001 --seed 1 --threads 8").code(0);
        assert!(run.stdout == stream("dgen1,seed=0x1", 0, 3_000_001));
    }
}

#[test]
fn a_control_group_of_little_memory_is_done_with_or_told() {
    let folder = folder();
    for mib in [16, 12] {
        let Some(group) = Group::with_memory(mib << 20) else { return };
        for args in [
            "write f --size 64MiB --seed 1 --force",
            "write f --size 64MiB --seed 1 --force --direct off --threads 2",
            "write d --files 3 --size 64MiB --seed 1 --force --writers 2 --depth 4",
            "verify f d",
            "read f",
            "stream --size 16MiB --seed 1",
            "measure f",
        ] {
            println!("{mib} MiB: {args}");
            let run = group.run(folder.path(), args);
            // Never killed: done, or an error that names the limit.
            if run.code == Some(0) {
                continue;
            }
            run.code(1).error_names(&["memory"]);
        }
    }
    dgen(folder.path(), "verify f d").code(0);
}

#[test]
fn buffers_fit_the_address_space() {
    let folder = folder();
    let args = "write f --size 512MiB --seed 1 --engine sync --writers 2 --buffer-count 64 --json";
    let report = limited(folder.path(), "ulimit -v 400000", args).code(0).json();
    assert!(u64_of(&report, "buffer_size") * u64_of(&report, "buffer_count") < 400_000_000, "{report}");
    let args = "write g --size 4GiB --engine sync --writers 4 --buffer-size 256MiB";
    limited(folder.path(), "ulimit -v 400000", args).code(2).error_names(&["--buffer-size", "ulimit -v"]);
}

#[test]
fn as_many_files_are_open_as_an_error_says_can_be() {
    let folder = folder();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let run = |args: &str| {
        let program = env!("CARGO_BIN_EXE_dgen");
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("ulimit -n 64 && exec {program} {args}")]).current_dir(folder.path());
        if is_root {
            // A process with the privilege raises even the hard limit.
            shell.uid(NOBODY).gid(NOBODY);
        }
        finished(shell.output().unwrap())
    };
    let refused = run("write d --files 60 --size 1MiB --seed 1 --writers 1");
    if matches!(refused.code, Some(126 | 127)) {
        return skip(&format!("optional: another user cannot run the command: {}", refused.stderr.trim()));
    }
    let refused = refused.code(1);
    refused.error_names(&["ulimit -Hn", "64", "take at most"]);
    let at_most = refused.stderr.split("take at most ").nth(1).unwrap().split(' ').next().unwrap();
    assert!((20..30).contains(&at_most.parse::<u32>().unwrap()), "{}", refused.stderr);
    run(&format!("write d --files {at_most} --size 1MiB --seed 1")).code(0);
    run("verify d").code(0);
}

#[test]
fn a_full_disk_is_the_limit_that_is_named() {
    let folder = folder();
    let Some(mount) = Mount::tmpfs(folder.path(), 8 << 20) else { return };
    for args in ["", "--depth 4 --writers 2"] {
        let args = format!("write f --size 64MiB --seed 1 --no-preallocate {args} --json");
        let report = dgen(&mount.0, &args).code(1).json();
        assert_eq!(report["verdict"]["bound"], "space-bound", "{report}");
        assert!(report["verdict"]["meaning"].as_str().unwrap().contains("no room"), "{report}");
        fs::remove_file(mount.0.join("f")).unwrap();
    }
    let report = dgen(&mount.0, "write f --size 1MiB --seed 1 --json").code(0).json();
    assert_ne!(report["verdict"]["bound"], "space-bound");
}

#[test]
fn a_killed_benchmark_leaves_no_file() {
    let folder = folder();
    for place in [".", "points.bin"] {
        let mut benchmark = command();
        let args =
            format!("bench storage {place} --size 64MiB --rounds 1000 --buffer-size 64KiB --depth 1 --writers 1");
        benchmark.args(args.split_whitespace()).current_dir(folder.path());
        let mut child = benchmark.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // It has its file as soon as it has written something.
        let status = format!("/proc/{}/io", child.id());
        let written =
            |text: String| text.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse::<u64>().ok());
        while fs::read_to_string(&status).ok().and_then(written).is_some_and(|bytes| bytes < 1 << 20) {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(names(folder.path()), Vec::<PathBuf>::new(), "{place}");
    }
}

/// A folder that serves as the root of a process, with the command and its libraries in it, and no `/proc` and `/sys`.
fn bare_root(at: &Path) -> Option<PathBuf> {
    if !may_mount() {
        return None;
    }
    let listed = Command::new("ldd").arg(env!("CARGO_BIN_EXE_dgen")).output().ok()?;
    let text = String::from_utf8(listed.stdout).ok()?;
    let libraries = text.split_whitespace().filter(|word| word.starts_with('/'));
    for file in libraries.chain([env!("CARGO_BIN_EXE_dgen")]) {
        let copy = at.join(if file.contains("dgen") { "dgen" } else { &file[1..] });
        fs::create_dir_all(copy.parent()?).unwrap();
        fs::copy(file, copy).unwrap();
    }
    fs::create_dir_all(at.join("dev")).unwrap();
    Some(at.to_owned())
}

#[test]
fn without_proc_and_sys_all_works() {
    let folder = folder();
    let Some(root) = bare_root(folder.path()) else { return };
    for args in [
        "write /f --size 5000001 --seed 1 --depth 4",
        "verify /f",
        "read /f",
        "measure /f",
        "stream --size 1MiB --seed 1",
        "write /f --size 5000001 --seed 1 --force --resume",
        "write /d --files 3 --size 3MiB --seed 1",
        "verify /d",
        "bench storage / --size 1MiB --buffer-size 64KiB --depth 1 --writers 1 --direct off",
        "info",
    ] {
        let mut inside = Command::new("chroot");
        inside.arg(&root).arg("/dgen").args(args.split_whitespace());
        println!("{args}");
        finished(inside.output().unwrap()).code(0);
    }
}

#[test]
fn valgrind_can_watch() {
    let Ok(found) = Command::new("valgrind").arg("--version").output() else {
        return skip("optional: there is no valgrind");
    };
    let folder = folder();
    println!("{}", String::from_utf8_lossy(&found.stdout));
    let runs = ["write f --size 300001 --seed 1", "verify f", "stream --size 300001 --seed 1", "read f", "info"];
    for args in runs {
        let mut watched = Command::new("valgrind");
        // The tool that looks at nothing runs the program on the same processor as all others do.
        watched.args(["-q", "--tool=none", env!("CARGO_BIN_EXE_dgen")]).args(args.split_whitespace());
        finished(watched.current_dir(folder.path()).output().unwrap()).code(0);
    }
    dgen(folder.path(), "verify f").code(0);
}
