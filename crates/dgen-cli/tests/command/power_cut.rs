//! `dgen write --resume` on a file system that went down without writing out what it held in memory.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::{Mount, command, dgen, folder, may_mount, skip, stream, u64_of, wait_for};

/// Lets an ext4 go down as a power cut does: neither data nor the journal is written out.
#[allow(unsafe_code, reason = "no safe binding of this request exists")]
fn shut_down(place: &Path) -> bool {
    const EXT4_IOC_SHUTDOWN: libc::Ioctl = 0x8004_587d_u32 as libc::Ioctl;
    const NO_LOG_FLUSH: u32 = 2;
    let (folder, flags) = (File::open(place).unwrap(), NO_LOG_FLUSH);
    // SAFETY: the request reads one u32, which lives until it returns.
    let result = unsafe { libc::ioctl(folder.as_raw_fd(), EXT4_IOC_SHUTDOWN, &raw const flags) };
    result == 0
}

/// An ext4 with a journal in a file, and a folder to mount it on.
fn journaled(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    if !may_mount() {
        return None;
    }
    let (image, place) = (folder.join("image"), folder.join("place"));
    File::create(&image).unwrap().set_len(128 << 20).unwrap();
    fs::create_dir(&place).unwrap();
    let made = Command::new("mkfs.ext4").arg("-q").arg(&image).output();
    if !made.as_ref().is_ok_and(|output| output.status.success()) {
        skip(&format!("optional: making a file system failed: {made:?}"));
        return None;
    }
    Some((image, place))
}

fn mounted(image: &Path, place: &Path) -> Option<Mount> {
    let output = Command::new("mount").args(["-o", "loop"]).arg(image).arg(place).output();
    if output.as_ref().is_ok_and(|output| output.status.success()) {
        return Some(Mount(place.to_owned()));
    }
    skip(&format!("optional: mounting a file system failed: {output:?}"));
    None
}

#[test]
fn after_a_power_cut_the_result_is_as_if_never_interrupted() {
    const SIZE: usize = 48 << 20;
    let mut continued = 0;
    for round in 0..8_u64 {
        let folder = folder();
        let Some((image, place)) = journaled(folder.path()) else { return };
        let Some(mount) = mounted(&image, &place) else { return };
        let direct = ["auto", "off"][usize::from(round % 2 == 1)];
        let sync = ["end", "4MiB"][usize::from(round % 4 >= 2)];
        let args = format!("write f --size {SIZE} --seed {round} --direct {direct} --sync {sync} --buffer-size 256K");
        // The first file is durable; the second one is under way when the power goes.
        dgen(&place, "write durable --size 1MiB --seed 99").code(0);
        let mut slow = command();
        slow.args(format!("{args} --rate 100M").split_whitespace()).current_dir(&place);
        let mut child = slow.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for(&place.join("f"));
        sleep(Duration::from_millis(50 * round));
        if !shut_down(&place) {
            skip("optional: ext4 cannot be shut down here");
            child.kill().unwrap();
            child.wait().unwrap();
            return;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // The kernel gives up a killed process's rings a moment later.
        let gone = || Command::new("umount").arg(&place).status().unwrap().success();
        assert!((0..50).any(|_| gone() || (sleep(Duration::from_millis(100)), false).1), "it cannot be unmounted");
        std::mem::forget(mount);
        // Who copied the mounts of this machine meanwhile, as for a container, keeps the file system that went down.
        let detached = || Command::new("losetup").arg("-j").arg(&image).output().unwrap().stdout.is_empty();
        assert!(
            (0..300).any(|_| detached() || (sleep(Duration::from_millis(100)), false).1),
            "it is mounted elsewhere"
        );
        let mount = mounted(&image, &place).expect("it could be mounted before");
        dgen(&place, "verify durable").code(0);
        let run = dgen(&place, &format!("{args} --resume --json"));
        if run.code == Some(1) && run.stderr.contains("nothing to resume") {
            println!("round {round}: nothing was there");
            drop(mount);
            continue;
        }
        let report = run.code(0).json();
        println!("round {round}: {} bytes were there", report["resumed"]["bytes_valid"]);
        continued += u64::from(u64_of(&report["resumed"], "bytes_valid") > 0);
        let recipe = format!("dgen1,seed={round}");
        assert!(fs::read(place.join("f")).unwrap() == stream(&recipe, 0, SIZE), "round {round}");
        drop(mount);
    }
    assert!(continued > 0, "nothing was ever there");
}
