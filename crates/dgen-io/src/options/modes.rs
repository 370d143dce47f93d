//! Choices that are named in options: the engine, direct I/O and syncing.

use std::str::FromStr;

use dgen::units::parse_size;
use dgen::{Error, Result};

/// Whether to bypass the page cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectMode {
    /// Direct where the file system supports it, buffered elsewhere; the report says which and why.
    #[default]
    Auto,
    /// Direct, or an error.
    On,
    /// Through the page cache.
    Off,
}

impl FromStr for DirectMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(Error::invalid("direct", format_args!("`{text}`"), "auto, on, off")),
        }
    }
}

/// When written data is made durable with `fdatasync`; always inside the timed span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// Once, at the end.
    #[default]
    End,
    /// Never.
    None,
    /// Each time this many bytes have been written, and at the end.
    Every(u64),
}

impl FromStr for SyncMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "end" => Ok(Self::End),
            "none" => Ok(Self::None),
            size => match parse_size("sync", size) {
                Ok(bytes) if bytes > 0 => Ok(Self::Every(bytes)),
                _ => Err(Error::invalid("sync", format_args!("`{text}`"), "end, none, or a size of at least 1 byte")),
            },
        }
    }
}

/// How I/Os are issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// `io_uring` where I/O is direct, or a depth above 1 is asked for, and the system allows it; `sync` elsewhere. The
    /// report says which and why.
    #[default]
    Auto,
    /// `io_uring`, or an error.
    IoUring,
    /// One `pwrite` or `pread` at a time per worker.
    Sync,
    /// Nothing is issued: data is generated and dropped. Writes to `/dev/null` alone.
    Null,
    /// Data is generated and copied into memory, 64 MiB for each worker, round and round. Writes to `/dev/null` alone.
    Memory,
}

impl FromStr for EngineChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "io_uring" => Ok(Self::IoUring),
            "sync" => Ok(Self::Sync),
            "null" => Ok(Self::Null),
            "memory" => Ok(Self::Memory),
            _ => Err(Error::invalid("engine", format_args!("`{text}`"), "auto, io_uring, sync, null, memory")),
        }
    }
}
