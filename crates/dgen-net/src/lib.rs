//! Sends dgen streams over TCP, and verifies what arrives: without a copy, and with each loss, repetition and swap located.
//!
//! Each connection carries a part of the range: a short header, so that the receiver needs no options, and then the bytes
//! of the stream and nothing else. `docs/NETWORK.md` defines the protocol.
//!
//! ```no_run
//! use dgen::{Recipe, Stream};
//! use dgen_io::{StreamRange, Watch};
//! use dgen_net::{SendOptions, send};
//! let stream = Stream::new(&Recipe::with_seed(7))?;
//! let options = SendOptions::new("host:5300", stream, StreamRange::new(0, 1 << 30)?);
//! let outcome = send(&options, Watch::default())?;
//! assert!(outcome.report.receiver.is_some_and(|receiver| receiver.ok));
//! # Ok::<(), dgen::Error>(())
//! ```

mod connection;
mod gather;
mod options;
mod pace;
mod receive;
mod report;
mod send;
mod socket;
mod wire;

pub use options::{MAX_STREAMS, RawSource, ReceiveOptions, SendOptions, TIMEOUT};
pub use receive::{Listener, receive_raw};
pub use report::{ConnectionReport, PlacedFault, ReceiveReport, ReceiverSaid, SendReport};
pub use send::{Sender, send};
