//! The files equal the stream.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use dgen::placement::PlacementOptions;
use proptest::prelude::*;

use super::{assert_holds, folder, is_cached, options, paths, stream};
use crate::engine::{machine::Machine, machine::Real, mock::MockMachine, mock::Script, operation::Action, uring};
use crate::extents::cursor::{Extent, Grid, Section};
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::options::modes::{DirectMode, EngineChoice, SyncMode};
use crate::options::{io::IoOptions, order::Order};
use crate::pipeline::{assembly::Assembly, assembly::Context, task::Task};
use crate::sizing::Wish;
use crate::storage::source::Source;
use crate::write::{options::WriteOptions, write_on};

/// Copies what is read.
struct CopyTask(File);

impl Task for CopyTask {
    fn action(&self) -> Action {
        Action::Read
    }

    fn completed(&self, _: Action, extent: &Extent, data: &[u8]) -> dgen::Result<()> {
        self.0.write_all_at(data, extent.file_offset).unwrap();
        Ok(())
    }
}

/// Which machine does it.
#[derive(Clone, Debug)]
enum Below {
    Real(EngineChoice),
    Mock(Script),
}

fn below() -> impl Strategy<Value = Below> {
    let script = (any::<u64>(), 0..40_u64, 0..20_u64, 0..20_u64, any::<bool>());
    let script = script.prop_map(|(seed, short, interrupted, again, shuffled)| {
        Below::Mock(Script { short, interrupted, again, shuffled, seed, ..Script::default() })
    });
    let mut real = vec![Below::Real(EngineChoice::Sync)];
    if uring::probe().is_ok() {
        real.push(Below::Real(EngineChoice::IoUring));
    }
    prop_oneof![2 => script, 2 => prop::sample::select(real)]
}

fn io() -> impl Strategy<Value = IoOptions> {
    let order = prop_oneof![Just(Order::Sequential), any::<u64>().prop_map(Order::Random)];
    let queue = (1..9_usize, any::<bool>(), any::<bool>());
    let vectored = prop_oneof![2 => Just(1), 1 => 2..9_usize];
    (order, queue, 1..4_u64, vectored).prop_map(|(order, (depth, registered, huge_pages), passes, vectored)| {
        IoOptions { vectored, order, depth: Some(depth), registered, huge_pages, passes, ..IoOptions::default() }
    })
}

fn job() -> impl Strategy<Value = (WriteOptions, usize)> {
    let place = (1..400_000_u64, 0..1_000_000_u64, prop_oneof![Just(0), 0..20_000_u64], 1..4_usize);
    let buffer = prop_oneof![1..20_000_u64, Just(4096), Just(300_000)];
    let direct = prop_oneof![Just(DirectMode::Auto), Just(DirectMode::Off)];
    let sync = prop_oneof![Just(SyncMode::None), Just(SyncMode::Every(50_000))];
    let rest = (buffer, 1..6_usize, direct, sync, any::<bool>());
    (place, rest, io()).prop_map(|((size, offset, file_offset, paths), rest, io)| {
        let (buffer, writers, direct, sync, preallocate) = rest;
        let mut options = options(size + paths as u64);
        (options.offset, options.file_offset) = (offset, file_offset);
        (options.buffer_size, options.writers) = (Some(buffer), Some(writers));
        (options.direct, options.sync, options.preallocate, options.io) = (direct, sync, preallocate, io);
        (options, paths)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn files_equal_the_stream((mut options, count) in job(), below in below()) {
        let folder = folder();
        let outcome = match below {
            Below::Mock(script) => {
                options.io.engine = EngineChoice::IoUring;
                write_on(&MockMachine::new(script), &paths(folder.path(), count), &options, Watch::default())
            }
            Below::Real(engine) => {
                options.io.engine = engine;
                options.io.depth = options.io.depth.filter(|_| engine == EngineChoice::IoUring);
                write_on(&Real::new(), &paths(folder.path(), count), &options, Watch::default())
            }
        }.unwrap();
        prop_assert!(outcome.error.is_none(), "{:?}", outcome.error);
        let report = outcome.report;
        prop_assert_eq!(report.bytes_written, options.size * options.io.passes);
        prop_assert_eq!(report.valid_prefix, options.size);
        for file in &report.files {
            prop_assert_eq!(fs::metadata(&file.path).unwrap().len(), file.file_offset + file.size);
            prop_assert_eq!(file.valid_prefix, file.size);
        }
        assert_holds(&report);
    }

    #[test]
    fn what_is_read_is_what_is_there(size in 1..300_000_u64, buffer in 1..30_000_u64, io in io(), below in below(),
                                     readers in 1..5_usize, direct in any::<bool>()) {
        let folder = folder();
        let path = folder.path().join("f");
        let mut content = vec![0; usize::try_from(size).unwrap()];
        stream().fill_at(0, &mut content).unwrap();
        fs::write(&path, &content).unwrap();
        let (mock, real) = match below {
            Below::Mock(script) => (Some(MockMachine::new(script)), EngineChoice::IoUring),
            Below::Real(engine) => (None, engine),
        };
        let real_machine = Real::new();
        let machine: &dyn Machine = mock.as_ref().map_or(&real_machine, |mock| mock);
        let mode = if direct { DirectMode::Auto } else { DirectMode::Off };
        let source = Source::open(&path, mode).unwrap();
        let files = [&source.open];
        let io = IoOptions { engine: real, depth: io.depth.filter(|_| real == EngineChoice::IoUring), ..io };
        let copy = File::create_new(folder.path().join("copy")).unwrap();
        let section = [Section { file_offset: 0, stream_offset: 0, size }];
        let nodes = Nodes::new(PlacementOptions::default(), None).unwrap();
        let context = Context { machine, io: &io, nodes: &nodes, watch: Watch::default() };
        let assembly = Assembly::new(&context, &files, &section, Grid::File, |_, _| Wish {
            buffer_size: Some(buffer),
            workers: Some(readers),
            ..Wish::of(&io, nodes.team.threads())
        }).unwrap();
        let moved = assembly.run(&context, &files, &CopyTask(copy));
        prop_assert!(moved.progress.take_error().is_none());
        prop_assert_eq!(moved.prefix, size);
        prop_assert!(fs::read(folder.path().join("copy")).unwrap() == content);
    }
}

#[test]
fn four_writers_leave_exactly_what_was_asked() {
    for engine in [EngineChoice::Auto, EngineChoice::Sync] {
        let folder = folder();
        let mut options = options(64 << 20);
        options.writers = Some(4);
        options.io.engine = engine;
        let outcome = write_on(&Real::new(), &paths(folder.path(), 1), &options, Watch::default()).unwrap();
        assert_eq!(fs::metadata(folder.path().join("f0")).unwrap().len(), 64 << 20);
        assert_eq!((outcome.report.run.writers, outcome.report.valid_prefix), (4, 64 << 20));
        assert_holds(&outcome.report);
    }
}

#[test]
fn what_is_called_direct_leaves_nothing_in_the_page_cache() {
    for engine in [EngineChoice::Auto, EngineChoice::Sync] {
        for direct in [DirectMode::Auto, DirectMode::Off] {
            let folder = folder();
            let paths = paths(folder.path(), 2);
            let mut options = options(8 << 20);
            (options.direct, options.io.engine) = (direct, engine);
            let report = write_on(&Real::new(), &paths, &options, Watch::default()).unwrap().report;
            for path in &paths {
                assert_eq!(is_cached(path), !report.run.direct, "{report:?}");
            }
        }
    }
}
