//! Whatever the engine, the queue, the order and the faults: the files hold the stream, or the error says up to where.

mod auto;
mod check;
mod every;
mod faults;
mod helpers;
mod pace;
mod pregenerated;
mod resume;
mod rwmix;
mod same;
mod shards;
mod vectored;

use std::fs::File;
use std::path::{Path, PathBuf};

use dgen::{Recipe, Stream};

use crate::options::modes::EngineChoice;
use crate::storage::{attributes::Mark, residency};
use crate::write::{options::WriteOptions, report::WriteReport};

/// A folder where the tests were built: unlike the system's, it seldom lies in memory, so that I/O can be direct.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap()
}

fn stream() -> Stream {
    Stream::new(&"dgen1,seed=0x51,dedup=3/2,compress=2,block=64KiB".parse::<Recipe>().unwrap()).unwrap()
}

fn options(size: u64) -> WriteOptions {
    WriteOptions::new(stream(), size)
}

/// Three writers with a queue each.
fn deep(size: u64) -> WriteOptions {
    let mut options = options(size);
    (options.buffer_size, options.writers) = (Some(8192), Some(3));
    options.io.engine = EngineChoice::IoUring;
    options.io.depth = Some(4);
    options
}

fn paths(folder: &Path, count: usize) -> Vec<PathBuf> {
    (0..count).map(|index| folder.join(format!("f{index}"))).collect()
}

/// What a file says of itself, if it says something.
fn mark(path: &Path) -> Option<Mark> {
    Mark::of(&File::open(path).unwrap(), path).unwrap().known()
}

/// Whether the page cache holds the first bytes of a file. A read that must not wait is no way to see it: such a read
/// starts to fetch them, and finds them where the device was quick.
pub(crate) fn is_cached(path: &Path) -> bool {
    residency::cached(&File::open(path).unwrap(), 0, 512).expect("the system says what is cached").pages > 0
}

/// Checks that every file holds its part of the stream, as far as the report calls it valid.
fn assert_holds(report: &WriteReport) {
    for file in &report.files {
        let content = if file.removed { Vec::new() } else { std::fs::read(&file.path).unwrap() };
        let begin = usize::try_from(file.file_offset).unwrap().min(content.len());
        let mut expected = vec![0; usize::try_from(file.valid_prefix).unwrap()];
        stream().fill_at(file.offset, &mut expected).unwrap();
        let actual = &content[begin..];
        assert!(actual.len() >= expected.len() && actual[..expected.len()] == expected, "{report:#?}");
    }
    let run = &report.run;
    assert_eq!(run.throughput.bytes.iter().sum::<u64>(), report.bytes_written, "{run:#?}");
    assert_eq!(run.workers.iter().map(|worker| worker.bytes).sum::<u64>(), report.bytes_written, "{run:#?}");
    assert_eq!(run.latency_counts.operations.iter().sum::<u64>(), run.operations, "{run:#?}");
    assert!(run.first_done_ns <= run.last_done_ns && run.last_done_ns <= run.elapsed_ns, "{run:#?}");
    assert!(run.first_done_bytes <= report.bytes_written, "{run:#?}");
}
