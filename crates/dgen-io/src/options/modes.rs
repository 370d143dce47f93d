//! Choices that are named in options: the engine, direct I/O and syncing.

use std::str::FromStr;

use dgen::error::Message;
use dgen::units::parse_size;
use dgen::{Error, ErrorKind, Result};

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

impl DirectMode {
    /// How files are reached where `cached` asks for the page cache.
    ///
    /// # Errors
    /// Direct I/O is asked for too.
    pub(crate) fn unless(self, cached: bool) -> Result<Self> {
        match self {
            Self::On if cached => {
                let message = Message::default().option("cached").text(" reads through the page cache, and ");
                Err(Error::new(ErrorKind::Usage, message.option("direct").text(" past it: not both")))
            }
            _ if cached => Ok(Self::Off),
            mode => Ok(mode),
        }
    }
}

impl FromStr for DirectMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        by_name("direct", text, &[("auto", Self::Auto), ("on", Self::On), ("off", Self::Off)])
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
        let names = [
            ("auto", Self::Auto),
            ("io_uring", Self::IoUring),
            ("sync", Self::Sync),
            ("null", Self::Null),
            ("memory", Self::Memory),
        ];
        by_name("engine", text, &names)
    }
}

/// What `text` names among all values of an option.
pub(crate) fn by_name<T: Copy>(option: &str, text: &str, all: &[(&str, T)]) -> Result<T> {
    all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        Error::invalid(option, format_args!("`{text}`"), &names.join(", "))
    })
}
