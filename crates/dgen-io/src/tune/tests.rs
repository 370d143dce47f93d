//! The ramp on devices that are formulas.

use std::time::Duration;

use dgen::{Error, ErrorKind};

use super::ramp::{Measured, Ramp, Wanted, moved_in};
use super::setting::TunedSetting;
use crate::base::clock::Clock;
use crate::engine::mock::VirtualClock;

/// Bytes per second for a setting.
type Device = fn(&TunedSetting) -> f64;

/// Whether a choice suits a device.
type Suits = fn(&Wanted) -> bool;

fn climb(given: Wanted, bytes: u64, device: Device) -> (Wanted, super::setting::TuningReport, u64) {
    let clock = VirtualClock::default();
    let mut moved = 0;
    let ramp = Ramp { given, cpus: 8, memory: 4 << 30, bytes, clock: &clock };
    let (wanted, report) = ramp
        .run(&mut |wanted, bytes, limit| {
            let writers = wanted.writers.unwrap_or(4);
            let depth = wanted.depth.unwrap_or(8);
            let setting = TunedSetting {
                writers,
                buffer_size: wanted.buffer_size.unwrap_or(1 << 20),
                buffer_count: wanted.buffer_count.unwrap_or(2 * depth * writers),
                depth,
            };
            let rate = device(&setting);
            let bytes = bytes.min(moved_in(limit, rate));
            let elapsed = Duration::from_secs_f64(bytes as f64 / rate);
            clock.sleep(elapsed);
            moved += bytes;
            Ok(Measured { setting, has_queue: true, bytes, elapsed })
        })
        .unwrap();
    (wanted, report, moved)
}

#[test]
fn the_ramp_finds_what_a_device_likes() {
    // Each device likes one thing more of: I/Os in flight in all, large I/Os, a single writer.
    let likes: [(Device, Suits); 3] = [
        (|s| 1e8 * (s.writers * s.depth).min(200) as f64, |w| w.writers.unwrap() * w.depth.unwrap_or(8) >= 64),
        (|s| 1e9 * (s.buffer_size as f64 / 1e6).sqrt(), |w| w.buffer_size.unwrap() >= 16 << 20),
        (|s| 4e9 / s.writers as f64, |w| w.writers == Some(1)),
    ];
    for (index, (device, good)) in likes.into_iter().enumerate() {
        let (wanted, report, moved) = climb(Wanted::default(), 4 << 30, device);
        assert!(good(&wanted), "{index}: {wanted:?} {report:#?}");
        assert!(moved <= 4 << 30 && report.elapsed_ns < 2_400_000_000, "{report:#?}");
        let settings = report.steps[1..].iter().map(|step| format!("{:?}", step.setting));
        assert_eq!(settings.collect::<std::collections::BTreeSet<_>>().len(), report.steps.len() - 1, "{report:#?}");
        assert!(report.steps.len() > 3 && report.reason.contains("/s"), "{report:#?}");
    }
}

#[test]
fn where_nothing_matters_the_least_memory_is_taken() {
    let (_, report, _) = climb(Wanted::default(), 4 << 30, |_| 1e9);
    let least = report.steps[1..].iter().map(|step| step.setting.memory()).min().unwrap();
    let chosen = report.steps.iter().find(|step| report.reason.contains(step.what)).unwrap();
    assert_eq!(chosen.setting.memory(), least, "{report:#?}");
}

#[test]
fn what_is_given_is_kept() {
    let all = Wanted { writers: Some(3), buffer_size: Some(65536), buffer_count: Some(48), depth: Some(4) };
    let parts = [
        Wanted { writers: all.writers, ..Wanted::default() },
        Wanted { buffer_size: all.buffer_size, ..Wanted::default() },
        Wanted { depth: all.depth, ..Wanted::default() },
        Wanted { buffer_count: Some(4096), ..Wanted::default() },
        all,
    ];
    for given in parts {
        let (wanted, report, _) = climb(given, 4 << 30, |s| 1e8 * (s.writers * s.depth) as f64);
        let keeps = |given: Option<u64>, got: Option<u64>| given.is_none() || given == got;
        assert!(keeps(given.buffer_size, wanted.buffer_size), "{report:#?}");
        for (given, got) in
            [(given.writers, wanted.writers), (given.buffer_count, wanted.buffer_count), (given.depth, wanted.depth)]
        {
            assert!(given.is_none() || given == got, "{report:#?}");
        }
        assert_eq!(report.steps.is_empty(), given == all);
        assert_eq!(report.kept.len(), if given == all { 4 } else { 1 });
    }
}

#[test]
fn little_data_is_not_measured_and_failures_leave_the_defaults() {
    let (wanted, report, moved) = climb(Wanted::default(), (16 << 20) - 1, |_| 1e9);
    assert_eq!((wanted, moved, report.steps.len()), (Wanted::default(), 0, 0));
    assert!(report.reason.contains("too little"), "{}", report.reason);
    let clock = VirtualClock::default();
    let ramp = Ramp { given: Wanted::default(), cpus: 8, memory: 4 << 30, bytes: 1 << 30, clock: &clock };
    let (wanted, report) = ramp.run(&mut |_, _, _| Err(Error::new(ErrorKind::Io, "no room"))).unwrap();
    assert!(wanted == Wanted::default() && report.reason.contains("no room"), "{}", report.reason);
    let stopped = ramp.run(&mut |_, _, _| Err(Error::new(ErrorKind::Interrupted, "stopped")));
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
}
