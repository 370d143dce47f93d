//! Buffers that are generated once: the reference of benchmarks.

use std::collections::HashSet;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{folder, mark, options, paths, stream};
use crate::engine::{machine::Machine, machine::Real, mock::MockMachine, mock::Script};
use crate::metrics::watch::Watch;
use crate::options::modes::EngineChoice;
use crate::write::{options::WriteOptions, write_on};

const MIB: u64 = 1 << 20;

fn pregenerated(size: u64) -> WriteOptions {
    let mut options = options(size);
    (options.pregenerated, options.writers, options.buffer_size) = (true, Some(2), Some(MIB));
    options.io.engine = EngineChoice::IoUring;
    options
}

#[test]
fn nothing_is_generated_while_time_is_measured() {
    let folder = folder();
    let script = Script { device_rate: Some(100 * MIB), generator_rate: Some(MIB), ..Script::default() };
    let machine = MockMachine::new(script);
    let report =
        write_on(&machine, &paths(folder.path(), 1), &pregenerated(100 * MIB), Watch::default()).unwrap().report;
    assert_eq!((report.bytes_written, report.run.generators), (100 * MIB, 0));
    assert!(report.run.elapsed_ns < 1_100_000_000 && report.run.generation_bound.unwrap() < 0.01, "{report:?}");
    assert_eq!(machine.clock().now().as_secs(), 1 + report.run.buffer_count as u64);
}

#[test]
fn the_file_holds_the_buffers_and_no_recipe() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    // A recipe that an earlier run has left would be wrong.
    write_on(&Real::new(), &paths, &options(3 * MIB), Watch::default()).unwrap();
    let mut options = WriteOptions { force: true, ..pregenerated(80 * MIB) };
    options.io.depth = Some(2);
    let done = AtomicU64::new(0);
    let watch = Watch { done: Some(&done), ..Watch::default() };
    // On a device that takes its time there is more than one buffer in flight.
    let machine = MockMachine::new(Script { device_rate: Some(100 * MIB), ..Script::default() });
    let report = write_on(&machine, &paths, &options, watch).unwrap().report;
    assert_eq!(done.load(Ordering::Relaxed), 80 * MIB);
    assert!(mark(&paths[0]).is_none());
    assert!(report.run.warnings.iter().any(|text| text.contains("no stream")), "{report:?}");
    let content = fs::read(&paths[0]).unwrap();
    let distinct: HashSet<&[u8]> = content.chunks(1 << 20).collect();
    let mut buffers = vec![0; report.run.buffer_count << 20];
    stream().fill_at(0, &mut buffers).unwrap();
    assert!(distinct.len() <= report.run.buffer_count && distinct.len() > 1);
    assert!(distinct.iter().all(|extent| buffers.chunks(1 << 20).any(|buffer| buffer == *extent)));
}

#[test]
fn it_is_not_verified_or_resumed() {
    for (verify, resume) in [(true, false), (false, true)] {
        let options = WriteOptions { resume, verify, ..pregenerated(MIB) };
        let folder = folder();
        let error = write_on(&Real::new(), &paths(folder.path(), 1), &options, Watch::default()).unwrap_err();
        assert!(error.to_string().contains("pre-generated"), "{error}");
    }
}
