//! Clocks that jump while the command runs: other figures, the same bytes.

use std::path::Path;
use std::process::Command;

use crate::common::{command, dgen, finished, folder, skip};

#[test]
fn clocks_that_jump_change_no_data() {
    let folder = folder();
    let at = folder.path();
    let (shim, source) = (at.join("clock.so"), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/clock.c"));
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(source).output();
    if !made.as_ref().is_ok_and(|output| output.status.success()) {
        skip(&format!("optional: no C compiler: {made:?}"));
        return;
    }
    for engine in ["--engine sync", "--engine auto --depth 4 --writers 2", "--rate 1G --passes 2", "--auto"] {
        let run = |args: &str| jumping(&shim, at, args);
        run(&format!("write f --size 3000001 --seed 7 --force --json --buffer-size 64K {engine}"));
        run("verify f --json --buffer-size 64K");
        run("read f --json --buffer-size 64K");
        dgen(at, "verify f").code(0);
    }
}

fn jumping(shim: &Path, at: &Path, args: &str) {
    let mut command = command();
    command.args(args.split(' ')).current_dir(at).env("LD_PRELOAD", shim);
    let run = finished(command.output().unwrap()).code(0);
    let report = run.json();
    let elapsed = report["elapsed_ns"].as_u64().unwrap();
    assert!(elapsed > 0 && report["bytes_per_s"].as_f64().unwrap().is_finite(), "{args}: {report}");
}
