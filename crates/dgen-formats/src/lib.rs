//! Files of data sets, in the formats that data loaders read, whose payload is a range of a [`dgen::Stream`].
//!
//! [`Format::write`] gives one file to any sink, a piece at a time and from its beginning to its end, in constant memory.
//!
//! The same content gives the same bytes: nothing in a file comes from a clock, a random number or the machine. So a
//! file is verified by writing it again to a sink that compares. Another version of this crate may lay out what lies
//! around the payload in another way; whoever keeps files to be verified later notes the [`VERSION`] that wrote them.
//!
//! | format | what readers find | payload | begins at | beside the payload | most |
//! |---|---|---|---|---|---|
//! | `raw` | bytes | in one piece | 0 | nothing | 2^63 - 1 bytes |
//! | `npy` | an array | in one piece | 4096 | 4096 bytes | 2^63 - 1 bytes of file |
//! | `npz` | an array `x` | in one piece | 8192 | 8385 bytes | 2^63 - 1 bytes of file |
//! | `safetensors` | a tensor `data` | in one piece | 4096 | 4096 bytes | 2^61 - 1 bytes |
//! | `parquet` | rows of `data` and `offset` | a piece for each group of rows | 4096 | 8 bytes a row, some KiB a group, the footer | records of 2^31 - 1 bytes, 32767 groups |
//! | `tfrecord` | records | a piece for each record | 12 | 16 bytes a record | 2^63 - 1 bytes of file |
//!
//! # Records
//! `raw` and `tfrecord` take records of any length, of which the last may be shorter; `raw` shows none of them. The
//! others take whole records of whole elements. An array has an axis of records and, unless a record is one element, one
//! of the elements in it. In `parquet` a record is a number if it is one element of `i32`, `u32`, `i64`, `u64`, `f32`,
//! `f64` or `f16`, and otherwise a value of fixed length; its column `offset` holds the stream offset at which each
//! record begins, by which a row is known wherever it has come to. `tfrecord` holds the records as they are, with no
//! message around them. numpy lacks `bf16` and `f8`, and so do `npy` and `npz`. A file of no records is a file, too.
//!
//! # Alignment
//! Where a range of the stream begins with a page of 4 KiB, and the payload at a multiple of 4 KiB in the file, the pages of
//! the stream are pages of the file: each can be located there, and a deduplicator of 4 KiB blocks measures the ratio of
//! the recipe. One of larger blocks does where these, counted from the beginning of the *file*, hold whole blocks of the
//! stream: in `raw` files. Elsewhere each of its blocks that spans two of the stream is new, so it measures about the
//! ratio of the recipe only if the recipe's blocks are many times larger than its own.
//!
//! Headers of `npy` and `safetensors` are filled up with spaces, as both formats allow; of `npz`, with the extra field that
//! aligns members in archives for Android; before each group of `parquet`, up to 64 MiB or 2^20 rows, lie zeros to which
//! nothing refers, and in it the records are one page, so that the group has no heads of pages between them. Records of
//! `tfrecord` lie 16 bytes further for each one before them, so that pages are not aligned.
//!
//! # Libraries
//! The headers of `npy` and `safetensors` are a line of text each, and are written here; so are the few fixed fields of an
//! archive of one stored member, which libraries do not pad, and the head of a parquet page, which its library writes only
//! together with the page, in memory. The footer of `parquet`, with its schema, is written by the library of that name,
//! without its codecs and without Arrow. Checksums come from libraries that use the instructions of the processor.

mod array;
mod content;
mod dtype;
mod format;
mod gather;
mod npy;
mod npz;
mod parquet;
mod raw;
mod safetensors;
mod tfrecord;

pub use content::Content;
pub use dtype::Dtype;
pub use format::Format;

/// The version of the writer, for manifests.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
