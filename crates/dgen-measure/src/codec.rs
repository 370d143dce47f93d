//! The compressors, each behind one call: how many bytes does this block take?

use std::fmt;
use std::str::FromStr;

use dgen::{Error, ErrorKind, Result};
use flate2::{Compress, Compression, FlushCompress, Status};
use liblzma::stream::{Action, Check, Filters, LzmaOptions, Status as LzmaStatus, Stream};
use serde::Serialize;

/// A compressor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Codec {
    /// LZ4 block format without a header, by the C library at its default acceleration.
    Lz4,
    /// A zstd frame, by the C library.
    Zstd,
    /// A zlib stream (deflate with a header of two bytes and a checksum of four), by the original C library.
    Zlib,
    /// Snappy's raw format.
    Snappy,
    /// An xz stream (LZMA2 with a header, an index and a checksum of four bytes), by the C library, with a dictionary as large
    /// as the block; it takes twelve times the block of memory.
    Lzma,
}

impl Codec {
    /// All codecs.
    pub const ALL: [Self; 5] = [Self::Lz4, Self::Zstd, Self::Zlib, Self::Snappy, Self::Lzma];

    /// Those that are measured unless others are named: all but `lzma`, which takes ten times as long as the rest together.
    pub const USUAL: [Self; 4] = [Self::Lz4, Self::Zstd, Self::Zlib, Self::Snappy];

    /// The name in options and reports, such as `lz4`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
            Self::Zlib => "zlib",
            Self::Snappy => "snappy",
            Self::Lzma => "lzma",
        }
    }

    /// Nanoseconds that it usually takes for a byte, to tell what takes long.
    pub(crate) fn cost(self) -> f64 {
        match self {
            Self::Lz4 => 3.0,
            Self::Snappy => 6.0,
            Self::Zstd => 10.0,
            Self::Zlib => 45.0,
            Self::Lzma => 400.0,
        }
    }

    /// The engine behind it: name, version and settings.
    pub(crate) fn engine(self, levels: Levels) -> String {
        match self {
            Self::Lz4 => format!("liblz4 {}, block format, acceleration 1", dotted(lz4::version())),
            Self::Zstd => format!("libzstd {}, level {}", zstd::zstd_safe::version_string(), levels.zstd),
            Self::Zlib => format!("zlib {ZLIB_VERSION}, level {}", levels.zlib),
            Self::Snappy => format!("snap {SNAP_VERSION}, raw format"),
            Self::Lzma => format!("liblzma {LZMA_VERSION}, preset {}", levels.lzma),
        }
    }
}

/// How hard those compressors try that let one choose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    /// 1 to 22.
    pub(crate) zstd: i32,
    /// 1 to 9.
    pub(crate) zlib: u32,
    /// 0 to 9.
    pub(crate) lzma: u32,
}

/// Versions of the engines that do not tell theirs; a test compares them with the lock file.
const SNAP_VERSION: &str = "1.1.2";

/// The C libraries that are in those versions of their bindings.
const ZLIB_VERSION: &str = "1.3.2";
#[cfg(test)]
const ZLIB_BINDINGS: &str = "1.1.31";
const LZMA_VERSION: &str = "5.8.4";
#[cfg(test)]
const LZMA_BINDINGS: &str = "0.4.9";

/// `1.10.0` from 11000.
fn dotted(version: impl Into<i64>) -> String {
    let version: i64 = version.into();
    format!("{}.{}.{}", version / 10_000, version / 100 % 100, version % 100)
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Codec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|codec| codec.name() == text);
        known.ok_or_else(|| Error::invalid("codec", text, &Self::ALL.map(Self::name).join(", ")))
    }
}

/// A codec with its working memory, for one thread.
pub(crate) struct Engine {
    state: State,
    out: Vec<u8>,
}

enum State {
    Lz4,
    Zstd(zstd::bulk::Compressor<'static>),
    Zlib(Compress),
    Snappy(Box<snap::raw::Encoder>),
    /// The preset.
    Lzma(u32),
}

/// Least bytes of a dictionary.
const DICTIONARY: usize = 4096;

impl Engine {
    pub(crate) fn new(codec: Codec, levels: Levels) -> Result<Self> {
        let state = match codec {
            Codec::Lz4 => State::Lz4,
            Codec::Zstd => State::Zstd(zstd::bulk::Compressor::new(levels.zstd).map_err(|e| failed(codec, e))?),
            Codec::Zlib => State::Zlib(Compress::new(Compression::new(levels.zlib), true)),
            Codec::Snappy => State::Snappy(Box::new(snap::raw::Encoder::new())),
            Codec::Lzma => State::Lzma(levels.lzma),
        };
        Ok(Self { state, out: Vec::new() })
    }

    /// Bytes that storage needs for `raw`: compressed, or as it is where that is not smaller.
    pub(crate) fn stored_bytes(&mut self, raw: &[u8]) -> Result<usize> {
        Ok(self.compressed_bytes(raw)?.min(raw.len()))
    }

    fn compressed_bytes(&mut self, raw: &[u8]) -> Result<usize> {
        let Self { state, out } = self;
        match state {
            State::Lz4 => {
                let bound = lz4::block::compress_bound(raw.len()).map_err(|e| failed(Codec::Lz4, e))?;
                let out = room(out, bound);
                lz4::block::compress_to_buffer(raw, None, false, out).map_err(|e| failed(Codec::Lz4, e))
            }
            State::Zstd(compressor) => {
                let out = room(out, zstd::zstd_safe::compress_bound(raw.len()));
                compressor.compress_to_buffer(raw, out).map_err(|e| failed(Codec::Zstd, e))
            }
            State::Zlib(compress) => {
                // What does not fit in the raw length is stored raw, so there is no need for more room.
                let out = room(out, raw.len());
                compress.reset();
                let status = compress.compress(raw, out, FlushCompress::Finish).map_err(|e| failed(Codec::Zlib, e))?;
                let fits = status == Status::StreamEnd;
                Ok(if fits { usize::try_from(compress.total_out()).unwrap_or(usize::MAX) } else { raw.len() })
            }
            State::Snappy(encoder) => {
                let out = room(out, snap::raw::max_compress_len(raw.len()));
                encoder.compress(raw, out).map_err(|e| failed(Codec::Snappy, e))
            }
            State::Lzma(preset) => {
                // As with zlib.
                let out = room(out, raw.len());
                let mut encoder = xz_encoder(*preset, raw.len()).map_err(|e| failed(Codec::Lzma, e))?;
                let status = encoder.process(raw, out, Action::Finish).map_err(|e| failed(Codec::Lzma, e))?;
                let fits = status == LzmaStatus::StreamEnd;
                Ok(if fits { usize::try_from(encoder.total_out()).unwrap_or(usize::MAX) } else { raw.len() })
            }
        }
    }
}

/// An encoder for `len` bytes. A larger dictionary would find no more in them.
fn xz_encoder(preset: u32, len: usize) -> std::result::Result<Stream, liblzma::stream::Error> {
    let mut options = LzmaOptions::new_preset(preset)?;
    options.dict_size(u32::try_from(len.max(DICTIONARY).next_power_of_two()).unwrap_or(1 << 30));
    Stream::new_stream_encoder(Filters::new().lzma2(&options), Check::Crc32)
}

/// The first `len` bytes of a buffer that grows as needed.
fn room(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    buffer.resize(buffer.len().max(len), 0);
    &mut buffer[..len]
}

fn failed(codec: Codec, cause: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{codec} failed: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse() {
        for codec in Codec::ALL {
            assert_eq!(codec.to_string().parse::<Codec>().unwrap(), codec);
        }
        let message = "gzip".parse::<Codec>().unwrap_err().to_string();
        assert_eq!(message, "codec: gzip is not accepted (accepted: lz4, zstd, zlib, snappy, lzma)");
    }

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock").replace('\r', "");
        for (name, version) in [("libz-sys", ZLIB_BINDINGS), ("snap", SNAP_VERSION), ("liblzma-sys", LZMA_BINDINGS)] {
            assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")), "{name} {version}");
        }
    }

    #[test]
    fn engines_survive_any_block_in_any_order() {
        let levels = Levels { zstd: 3, zlib: 6, lzma: 6 };
        let noise: Vec<u8> =
            (0..70_000_u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40).to_le_bytes()[0]).collect();
        for codec in Codec::ALL {
            let mut engine = Engine::new(codec, levels).unwrap();
            for len in [1, 2, 17, 512, 65_536, 3, 70_000] {
                let fresh = Engine::new(codec, levels).unwrap().stored_bytes(&noise[..len]).unwrap();
                assert_eq!(engine.stored_bytes(&noise[..len]).unwrap(), fresh, "{codec} {len}");
                assert!(fresh <= len);
                assert!(engine.stored_bytes(&vec![0; len]).unwrap() <= len.div_ceil(8).max(len.min(72)));
            }
        }
    }

    #[test]
    fn what_lzma_makes_is_an_xz_stream_of_the_data() {
        let text: Vec<u8> =
            (0..200_000_u64).flat_map(|i| (i * i % 1009).to_string().into_bytes()).take(131_072).collect();
        for preset in [0, 6, 9] {
            let mut engine = Engine::new(Codec::Lzma, Levels { zstd: 3, zlib: 6, lzma: preset }).unwrap();
            for raw in [&text[..], &text[..4096], &text[..100_001]] {
                let size = engine.stored_bytes(raw).unwrap();
                assert!(size < raw.len() / 2, "{preset}: {size}");
                let mut decoder = Stream::new_stream_decoder(u64::MAX, 0).unwrap();
                let mut back = vec![0; raw.len()];
                let status = decoder.process(&engine.out[..size], &mut back, Action::Finish).unwrap();
                assert_eq!((status, decoder.total_in()), (LzmaStatus::StreamEnd, size as u64));
                assert!(back == raw);
            }
        }
    }
}
