//! Memory stays within the buffers and 32 MiB, whatever the size.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::common::{command, finished, folder, u64_of};

const MIB: u64 = 1 << 20;
const BESIDE_BUFFERS: u64 = 32 * MIB;

/// Peak resident memory of a run in bytes, as far as it is seen before the end, and of its buffers.
fn peak(folder: &Path, args: &str) -> (u64, u64) {
    let mut run = command();
    run.args(args.split_whitespace()).arg("--json").current_dir(folder);
    let mut child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        // Without these lines it is between its end and our notice of it.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(1));
    }
    let report = finished(child.wait_with_output().unwrap()).code(0).json();
    (peak, u64_of(&report, "buffer_size") * u64_of(&report, "buffer_count"))
}

fn fits(folder: &Path, args: &str) {
    // On a busy machine a run may end unseen.
    let (peak, buffers) = (0..100).map(|_| peak(folder, args)).find(|(peak, _)| *peak > MIB).expect("a run is seen");
    assert!(peak <= buffers + BESIDE_BUFFERS, "{args}: {} MiB with {} MiB of buffers", peak / MIB, buffers / MIB);
}

#[test]
fn writes_and_reads_take_no_more_with_more_data() {
    let folder = folder();
    for size in ["16MiB", "256MiB", "1GiB"] {
        for how in ["--direct off", "--direct auto", "--direct off --writers 1 --generators 3", "--order random"] {
            fits(folder.path(), &format!("write f --size {size} --sync none --force --seed 1 {how}"));
        }
        fits(folder.path(), &format!("read f --size {size}"));
    }
}

#[test]
fn what_keeps_nothing_takes_no_more_with_more_data() {
    let folder = folder();
    for size in ["1GiB", "32GiB"] {
        fits(folder.path(), &format!("write /dev/null --size {size} --engine null"));
        fits(folder.path(), &format!("write /dev/null --size {size} --engine null --writers 1 --generators 2"));
    }
    // Many I/Os: what is noted of each of them is little.
    fits(folder.path(), "write /dev/null --size 4GiB --engine null --buffer-size 4KiB");
    fits(
        folder.path(),
        "write f --size 512MiB --buffer-size 4KiB --order random --direct off --sync none --engine sync",
    );
}
