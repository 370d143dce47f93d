//! Others at the same files: two writers, and names that change while a write goes on.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::{Run, command, dgen, finished, folder, len, skip, stream};
use rustix::process::{Pid, Signal, kill_process};

const PRECIOUS: &str = "precious";

fn start(folder: &Path, args: &str) -> Child {
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn end(child: Child) -> Run {
    finished(child.wait_with_output().unwrap())
}

/// Waits until a file has data or space, more than it may have had before, and so is locked.
fn wait_for_data(path: &Path) {
    for _ in 0..30_000 {
        if fs::metadata(path).is_ok_and(|found| found.len() > 1 << 18) {
            return;
        }
        sleep(Duration::from_millis(1));
    }
    panic!("{} stays as it is", path.display());
}

/// A write that goes on until it is told to end.
fn endless(folder: &Path, args: &str) -> Child {
    let child = start(folder, &format!("write f --buffer-size 64K --rate 2M --size 1GiB --seed 1 {args}"));
    wait_for_data(&folder.join("f"));
    child
}

fn interrupt(child: Child) -> Run {
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    end(child).code(130)
}

#[test]
fn the_second_writer_of_the_same_bytes_is_refused() {
    let folder = folder();
    let first = endless(folder.path(), "");
    let holder = format!("dgen (process {})", first.id());
    for args in [
        "write f --size 4K --force",
        "write f --size 4K --force --file-offset 512MiB",
        "write f --size 1GiB --seed 1 --resume",
        "write f --size 4K --auto --force",
        "write g f --size 64K --force",
    ] {
        dgen(folder.path(), args).code(1).error_names(&["f: bytes", "being written by", &holder]);
    }
    assert!(!folder.path().join("g").exists());
    // Other bytes are free, and stay when the first ends.
    dgen(folder.path(), "write f --size 1MiB --seed 2 --file-offset 1GiB --force").code(0);
    interrupt(first);
    assert_eq!(len(&folder.path().join("f")), (1 << 30) + (1 << 20));
    dgen(folder.path(), "verify f --seed 2 --size 1MiB --file-offset 1GiB").code(0);
    dgen(folder.path(), "write f --size 4K --force").code(0);
    // Those who overwrite all of a file have all of it until it is empty.
    let first = endless(folder.path(), "--force --no-preallocate");
    dgen(folder.path(), "write f --size 4K --force").code(1).error_names(&[&format!("(process {})", first.id())]);
    interrupt(first);
}

#[test]
fn a_killed_writer_leaves_no_lock() {
    let folder = folder();
    for direct in ["off", "auto"] {
        for _ in 0..5 {
            let mut first = endless(folder.path(), &format!("--force --direct {direct}"));
            first.kill().unwrap();
            first.wait().unwrap();
            dgen(folder.path(), "write f --size 64K --force --seed 3").code(0);
            dgen(folder.path(), "verify f").code(0);
        }
    }
}

#[test]
fn of_two_appends_none_is_lost() {
    let folder = folder();
    let path = folder.path().join("f");
    let (size, mut there, mut refused) = (100_000, 0, 0);
    for round in 0..30 {
        let args = format!("write f --append --size {size} --seed 1");
        let both = [start(folder.path(), &args), start(folder.path(), &args)].map(end);
        for run in both {
            if run.code == Some(0) {
                there += size;
            } else {
                let others = ["being written by", "by someone else"];
                assert!(others.iter().any(|part| run.stderr.contains(part)), "round {round}: {}", run.stderr);
                run.code(1);
                refused += 1;
            }
        }
        assert!(there > 0 && len(&path) == there, "round {round}");
    }
    println!("{refused} of 60 refused");
    assert!(fs::read(&path).unwrap() == stream("dgen1,seed=1", 0, usize::try_from(there).unwrap()));
    dgen(folder.path(), "verify f").code(0);
}

#[test]
fn of_two_writers_no_mixture_is_left() {
    let folder = folder();
    for round in 0..30 {
        let args = |seed: u64| format!("write f --size 3MB --buffer-size 16K --seed {seed} --force");
        let codes = [start(folder.path(), &args(round)), start(folder.path(), &args(round + 100))].map(|run| {
            let run = end(run);
            assert!(
                run.code == Some(0) || run.stderr.contains("being written by") || run.stderr.contains("someone else")
            );
            run.code
        });
        assert!(codes.contains(&Some(0)), "round {round}: {codes:?}");
        dgen(folder.path(), "verify f").code(0);
    }
}

/// What somebody else does to a file and its folder meanwhile.
type Change = fn(&Path, &Path);

#[test]
fn data_whose_path_leads_elsewhere_is_no_success() {
    let folder = folder();
    let cases: [(&str, Change, &[&str]); 4] = [
        ("a", |path, _| fs::remove_file(path).unwrap(), &["no longer exists", "deleted"]),
        ("b", |path, away| fs::rename(path, away).unwrap(), &["no longer exists", "b.away"]),
        (
            "c",
            |path, away| {
                fs::write(away, PRECIOUS).unwrap();
                fs::rename(away, path).unwrap();
            },
            &["leads to something else", "deleted"],
        ),
        (
            "d",
            |path, away| {
                fs::rename(path, away).unwrap();
                symlink("precious", path).unwrap();
            },
            &["leads to something else", "d.away"],
        ),
    ];
    fs::write(folder.path().join("precious"), PRECIOUS).unwrap();
    let args = |name: &str| format!("write {name} --size 24MiB --buffer-size 64K --rate 4MiB --seed 1 --json");
    let children: Vec<Child> = cases.iter().map(|(name, ..)| start(folder.path(), &args(name))).collect();
    let late: Vec<bool> = cases
        .iter()
        .zip(&children)
        .map(|((name, change, _), child)| {
            let path = folder.path().join(name);
            wait_for_data(&path);
            change(&path, &folder.path().join(format!("{name}.away")));
            // Where it had ended before, this says nothing.
            fs::read_to_string(format!("/proc/{}/stat", child.id())).is_ok_and(|stat| stat.contains(") Z "))
        })
        .collect();
    for (((name, _, parts), child), late) in cases.iter().zip(children).zip(late) {
        let run = end(child);
        if late {
            skip("optional: the machine was too busy to change a file before it was written");
            continue;
        }
        let run = run.code(1);
        run.error_names(&[&[*name][..], parts].concat());
        let report = run.json();
        assert!(parts.iter().all(|part| report["error"].as_str().unwrap().contains(part)), "{report}");
        assert_eq!(report["interrupted"], false);
    }
    assert_eq!(fs::read_to_string(folder.path().join("precious")).unwrap(), PRECIOUS);
}

#[test]
fn links_are_followed_once_and_to_what_is_there() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    symlink("real", at("link")).unwrap();
    dgen(folder.path(), "write link --size 1MiB").code(1).error_names(&["dangling link: real does not exist"]);
    assert!(!at("real").exists());
    fs::write(at("real"), "").unwrap();
    dgen(folder.path(), "write link --size 1MiB --seed 1").code(0);
    dgen(folder.path(), "verify real").code(0);
    assert!(at("link").is_symlink());
    fs::create_dir(at("d")).unwrap();
    symlink("d", at("e")).unwrap();
    dgen(folder.path(), "write e/f --size 1MiB --seed 1").code(0);
    dgen(folder.path(), "write ./d/../e/f --size 1MiB --seed 1").code(0);
    dgen(folder.path(), "write e --files 2 --size 1MiB --seed 1").code(0);
    dgen(folder.path(), "verify d").code(0);
    dgen(folder.path(), "write d/f/ --size 1MiB --force").code(1).error_names(&["d/f/"]);
    dgen(folder.path(), "write n/ --size 1MiB").code(1).error_names(&["n/"]);
    dgen(folder.path(), "write e/.. --size 1MiB").code(1).error_names(&["directory"]);
    dgen(folder.path(), "write n/ --files 2 --size 1MiB").code(0);
    dgen(folder.path(), "verify n").code(0);
}

/// Reports are whole or the ones from before, and what is there is not touched when the work is refused.
#[test]
fn reports_that_are_not_written_leave_what_was_there() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    dgen(folder.path(), "write a --size 1MiB --seed 1 --json=r --html=p").code(0);
    let (report, page) = (fs::read(at("r")).unwrap(), fs::read(at("p")).unwrap());
    fs::write(at("mine"), PRECIOUS).unwrap();
    dgen(folder.path(), "write mine --size 1MiB --json=r --html=p").code(1).error_names(&["mine"]);
    dgen(folder.path(), "write mine --size 1MiB --json=new").code(1).error_names(&["mine"]);
    assert!(fs::read(at("r")).unwrap() == report && fs::read(at("p")).unwrap() == page && !at("new").exists());
    dgen(folder.path(), "verify a --json=r").code(0);
    assert!(fs::read(at("r")).unwrap() != report);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}
