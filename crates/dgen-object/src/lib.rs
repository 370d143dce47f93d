//! Carries dgen streams to object stores and back: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage, and
//! folders in their place.
//!
//! Objects are written from several requests at a time, those above a part's size in parts; what is sent is generated into
//! buffers that are reused and sent from where they are. Each object carries its recipe and range as metadata, so that it is
//! verified without options, and says of which set of objects it is one, so that lost ones are missed.
//!
//! The store's client is the crate [`object_store`]; nothing here speaks HTTP by itself.
//!
//! ```no_run
//! use dgen::Recipe;
//! use dgen_dataset::Shape;
//! use dgen_io::Watch;
//! use dgen_object::{ObjectSet, WriteOptions, write};
//! let shape = Shape::Files { count: 100, sizes: "64KiB:4MiB".parse()? };
//! let set = ObjectSet::new("s3://bucket/run-1".parse()?, Recipe::with_seed(7), 0, 0, shape)?;
//! let outcome = write(set, &WriteOptions::default(), Watch::default())?;
//! println!("{} objects per second", outcome.report.objects_per_s);
//! # Ok::<(), dgen::Error>(())
//! ```

mod access;
mod compare;
mod crew;
mod get;
mod listing;
mod location;
mod metadata;
mod payload;
mod profile;
mod put;
mod read;
mod report;
mod requests;
mod set;
mod stop;
mod verify;
mod write;

pub use access::{Access, Checksum, DEFAULT_RETRIES, DEFAULT_TIMEOUT, MAX_RETRIES};
pub use location::{Location, Scheme};
pub use metadata::{RANGE_METADATA, RECIPE_METADATA, SET_METADATA};
pub use read::{ReadOptions, read};
pub use report::{DamagedObject, FailedObject, MisplacedObject, ReadReport, Traffic, VerifyReport, WriteReport};
pub use set::{MAX_OBJECTS, ObjectSet};
pub use verify::{VerifyOptions, verify};
pub use write::{
    DEFAULT_CONCURRENCY, DEFAULT_PART, LARGEST_PART, MAX_CONCURRENCY, MAX_PARTS, SMALLEST_PART, WriteOptions, recall,
    write,
};
