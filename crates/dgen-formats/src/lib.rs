//! Files of data sets, in the formats that data loaders read, whose payload is a range of a [`dgen::Stream`].
//!
//! [`Format::write`] gives one file to any sink, a piece at a time, in constant memory.
//!
//! The same content gives the same bytes: nothing in a file comes from a clock, a random number or the machine. So a
//! file is verified by writing it again to a sink that compares. Another version of this crate may lay out what lies
//! around the payload in another way; whoever keeps files to be verified later notes the [`VERSION`] that wrote them.
//!
//! | format | payload | begins at | last record | file size, beside the payload |
//! |---|---|---|---|---|
//! | `raw` | in one piece | 0 | may be shorter | nothing |
//! | `npy` | in one piece | 4096 | whole | 4096 |
//! | `safetensors` | in one piece | 4096 | whole | 4096; the payload is less than 2^61 bytes |
//! | `tfrecord` | a frame around each record, no alignment | | may be shorter | 16 for each record |

mod array;
mod content;
mod dtype;
mod format;
mod gather;
mod npy;
mod raw;
mod safetensors;
mod tfrecord;

pub use content::Content;
pub use dtype::Dtype;
pub use format::Format;

/// The version of the writer, for manifests.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
