//! I/Os that gather several buffers.

use std::fs;

use super::{assert_holds, folder, options, paths};
use crate::engine::uring;
use crate::metrics::watch::Watch;
use crate::options::modes::{DirectMode, EngineChoice};
use crate::read::{options::ReadOptions, read};
use crate::write::write;

#[test]
fn each_gathers_as_many_buffers_as_asked() {
    for engine in [EngineChoice::Sync, EngineChoice::IoUring] {
        if engine == EngineChoice::IoUring && uring::probe().is_err() {
            println!("skipped: optional: no io_uring");
            continue;
        }
        for (buffer, vectored, direct) in
            [(4096, 1024, DirectMode::Auto), (512, 100, DirectMode::Off), (5000, 7, DirectMode::Auto)]
        {
            let folder = folder();
            let mut options = options((9 << 20) + 4321);
            (options.buffer_size, options.direct, options.io.engine, options.io.vectored) =
                (Some(buffer), direct, engine, vectored);
            let paths = paths(folder.path(), 1);
            let report = write(&paths, &options, Watch::default()).unwrap().report;
            assert_holds(&report);
            assert_eq!((fs::metadata(&paths[0]).unwrap().len(), report.error), (options.size, None));
            let run = report.run;
            assert_eq!((run.vectored, run.buffer_size), (vectored as u64, buffer.next_multiple_of(4096)));
            // Besides full I/Os there may be an aligned rest and an unaligned tail.
            let full = options.size / (run.buffer_size * run.vectored);
            assert!((full..=full + 2).contains(&run.operations) && !run.registered, "{run:?}");
            let mut options = ReadOptions { buffer_size: Some(buffer), direct, ..ReadOptions::default() };
            (options.io.engine, options.io.vectored) = (engine, vectored);
            let report = read(&paths, &options, Watch::default()).unwrap().report;
            assert!(report.bytes_read == (9 << 20) + 4321 && report.run.operations <= full + 2);
        }
    }
}

#[test]
fn too_many_or_too_large_ones_are_refused() {
    let folder = folder();
    let refused = |vectored, buffer, auto, word: &str| {
        let mut options = options(1 << 20);
        (options.io.vectored, options.buffer_size, options.auto) = (vectored, Some(buffer), auto);
        let error = write(&paths(folder.path(), 1), &options, Watch::default()).unwrap_err().to_string();
        assert!(error.contains("vectored") && error.contains(word), "{error}");
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    };
    refused(0, 4096, false, "1 to 1024");
    refused(1025, 4096, false, "1 to 1024");
    refused(1024, 1 << 20, false, "256 MiB");
    refused(2, 4096, true, "auto");
}
