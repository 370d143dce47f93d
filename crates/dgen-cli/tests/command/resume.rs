//! `dgen write --resume` after `kill -9` at any moment, and what it refuses.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::common::{Mount, bytes, command, dgen, folder, len, patch, stream, truncate, u64_of, wait_for};
use rustix::fs::fremovexattr;
use rustix::process::{Pid, Signal, kill_process};

const SIZE: usize = 96 << 20;

/// Starts a write, and kills it so many milliseconds after its first file is there, or, where that grows with its data, has
/// some, if it has not ended by then.
fn killed(folder: &Path, args: &str, is_growing: bool, after: u64) {
    let mut command = command();
    command.args(args.split_whitespace()).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    wait_for(&folder.join("a"));
    while is_growing && len(&folder.join("a")) < 4 << 20 && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_millis(after));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Whether the files one after another hold the stream.
fn holds(folder: &Path, names: &[&str], recipe: &str, offset: u64, size: usize) -> bool {
    let mut at = 0;
    for name in names {
        let path = folder.join(name);
        let file = File::open(&path).unwrap();
        let mut left = usize::try_from(len(&path)).unwrap();
        let mut within = 0;
        while left > 0 {
            let mut data = vec![0; left.min(8 << 20)];
            file.read_exact_at(&mut data, within).unwrap();
            if data != stream(recipe, offset + at, data.len()) {
                return false;
            }
            (at, within, left) = (at + data.len() as u64, within + data.len() as u64, left - data.len());
        }
    }
    at == size as u64
}

#[test]
fn after_a_kill_the_result_is_as_if_never_interrupted() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut continued = 0;
    for round in 0..12 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let folder = folder();
        let direct = ["auto", "off"][round % 2];
        let space = ["", "--no-preallocate"][round / 2 % 2];
        let order = ["", "", "--order random"][round % 3];
        let names: &[&str] = if round % 4 == 3 { &["a", "b", "c"] } else { &["a"] };
        let paths = names.join(" ");
        let args = format!(
            "write {paths} --size {SIZE} --seed {round} --dedup-ratio 2 --offset 4097 --direct {direct} {space} {order} \
             --rate 300M --writers 2 --buffer-size 256K"
        );
        killed(folder.path(), &args, !space.is_empty() && order.is_empty(), state % 300);
        let made = names.iter().all(|name| folder.path().join(name).exists());
        // Sometimes it is killed again.
        if made && round % 3 == 0 {
            killed(folder.path(), &format!("{args} --resume"), false, 20 + state % 100);
        }
        let again = if made && round % 2 == 0 && space.is_empty() && len(&folder.path().join("a")) > 0 {
            // The attributes know all of it.
            format!("write {paths} --resume --json")
        } else {
            format!("{args} --resume --json")
        };
        let run = dgen(folder.path(), &again);
        if run.code == Some(1) && run.stderr.contains("nothing to resume") {
            // Killed before a first attribute or byte.
            assert!(names.iter().all(|name| !folder.path().join(name).exists() || len(&folder.path().join(name)) == 0));
            continue;
        }
        let report = run.code(0).json();
        let valid = u64_of(&report["resumed"], "bytes_valid");
        assert_eq!(valid + u64_of(&report, "bytes_written"), SIZE as u64);
        assert_eq!(u64_of(&report, "valid_prefix"), SIZE as u64);
        continued += u64::from(valid > 0 && valid < SIZE as u64);
        println!("round {round}: {valid} bytes were there");
        assert!(holds(folder.path(), names, &format!("dgen1,seed={round},dedup=2"), 4097, SIZE), "round {round}");
        dgen(folder.path(), &format!("verify {paths}")).code(0);
    }
    assert!(continued > 0, "no run was killed in the middle");
}

#[test]
fn an_interrupted_resume_cuts_nothing_off() {
    let folder = folder();
    let path = folder.path().join("f");
    for signal in [Signal::INT, Signal::KILL] {
        dgen(folder.path(), "write f --size 24MiB --seed 7 --force").code(0);
        let whole = fs::read(&path).unwrap();
        patch(&path, 1 << 20, &[0; 4096]);
        let args = "write f --resume --rate 2MiB --buffer-size 64K --writers 1 --direct off";
        let mut command = command();
        command.args(args.split_whitespace()).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while bytes(&path, 1 << 20, 16) == [0; 16] && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(1));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        assert_eq!(len(&path), 24 << 20);
        assert!(fs::read(&path).unwrap()[2 << 20..] == whole[2 << 20..], "{signal:?}");
        dgen(folder.path(), "write f --resume").code(0);
        assert!(fs::read(&path).unwrap() == whole);
    }
}

#[test]
fn a_resume_without_room_leaves_what_was_there() {
    let folder = folder();
    let Some(mount) = Mount::tmpfs(folder.path(), 8 << 20) else { return };
    let path = mount.0.join("f");
    dgen(&mount.0, "write f --size 7MiB --seed 7").code(0);
    for left in [2_900_000, 900_000] {
        truncate(&path, left);
        let before = fs::read(&path).unwrap();
        File::create(mount.0.join("other")).unwrap().write_all_at(&vec![1; 4 << 20], 0).unwrap();
        for space in ["", "--no-preallocate"] {
            let args = format!("write f --resume --size 7MiB --seed 7 {space}");
            dgen(&mount.0, &args).code(1).error_names(&["f", "No space left"]);
            assert!(fs::read(&path).unwrap().starts_with(&before), "{left} {space}: {}", len(&path));
        }
        fs::remove_file(mount.0.join("other")).unwrap();
        dgen(&mount.0, "write f --resume").code(0);
        dgen(&mount.0, "verify f").code(0);
    }
}

#[test]
fn what_a_file_knows_needs_no_options() {
    let folder = folder();
    let path = folder.path().join("f");
    dgen(folder.path(), "write f --size 5000001 --seed 7 --compress-ratio 3 --offset 4096").code(0);
    let whole = fs::read(&path).unwrap();
    truncate(&path, 3_000_001);
    let text = dgen(folder.path(), "write f --resume").code(0).text();
    assert!(text.contains("resumed") && text.contains("2097152 bytes"), "{text}");
    assert!(fs::read(&path).unwrap() == whole);
    let text = dgen(folder.path(), "write f --resume --verify").code(0).text();
    assert!(text.contains("nothing to do") && text.contains("ok: every byte"), "{text}");
    patch(&path, 4_500_000, &[0; 1000]);
    let report = dgen(folder.path(), "write f --resume --json --auto --verify").code(0).json();
    assert_eq!(u64_of(&report["resumed"], "bytes_valid"), 4 << 20);
    assert_eq!(report["resumed"]["files"][0]["damage"]["kind"], "zeroed");
    assert_eq!(report["verify"]["ok"], true);
    assert_eq!(u64_of(&report["verify"], "bytes_checked"), 5_000_001);
    assert!(fs::read(&path).unwrap() == whole);
}

#[test]
fn contradictions_are_refused() {
    let folder = folder();
    let path = folder.path().join("f");
    let refused = |args: &str, code: i32, parts: &[&str]| {
        let before = fs::read(&path).ok();
        dgen(folder.path(), &format!("write f --resume {args}")).code(code).error_names(parts);
        assert!(fs::read(&path).ok() == before, "{args}");
    };
    refused("", 1, &["f", "does not exist", "--size"]);
    refused("--size 1MiB --seed 3", 1, &["nothing to resume"]);
    fs::write(&path, "mine").unwrap();
    refused("", 2, &["carries no valid dgen recipe", "--size"]);
    refused("--size 1MiB", 2, &["carries no valid dgen recipe"]);
    refused("--size 1MiB --seed 3", 1, &["nothing to resume", "--force"]);
    fs::remove_file(&path).unwrap();
    dgen(folder.path(), "write f --size 3MiB --seed 3").code(0);
    truncate(&path, 1 << 20);
    refused("--seed 4", 1, &["its recipe is dgen1,seed=0x3", "seed=0x4"]);
    refused("--size 4MiB", 1, &["its range is offset=0,size=3145728"]);
    refused("--offset 4K", 1, &["its range is", "offset=4096"]);
    refused("--passes 2", 2, &["passes"]);
    refused("--dedup-ratio 2", 2, &["--seed is missing"]);
    dgen(folder.path(), "write f --size 1MiB").code(1);
    dgen(folder.path(), "write f").code(2).error_names(&["--size"]);
    dgen(folder.path(), "write - --resume --size 1").code(2);
    // Without attributes the options say what they would.
    for name in [dgen_io::RECIPE_ATTRIBUTE, dgen_io::RANGE_ATTRIBUTE] {
        fremovexattr(File::open(&path).unwrap(), name).unwrap();
    }
    refused("", 2, &["carries no valid dgen recipe"]);
    refused("--size 3MiB --seed 4", 1, &["nothing to resume"]);
    dgen(folder.path(), "write f --resume --size 3MiB --seed 3").code(0);
    dgen(folder.path(), "verify f").code(0);
}
