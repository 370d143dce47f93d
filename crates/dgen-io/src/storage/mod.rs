//! Files and devices: what they are, how they are opened, and what is done to them besides reading and writing.

pub(crate) mod advice;
pub(crate) mod attributes;
pub(crate) mod descriptors;
pub(crate) mod device;
pub(crate) mod direct;
pub(crate) mod folder;
pub(crate) mod guard;
pub(crate) mod host;
pub(crate) mod medium;
pub(crate) mod name;
pub(crate) mod open_file;
pub(crate) mod origin;
pub(crate) mod page_cache;
pub(crate) mod range_lock;
pub(crate) mod reserve;
pub(crate) mod residency;
pub(crate) mod scratch;
pub(crate) mod source;
pub(crate) mod split;
pub(crate) mod target;
pub(crate) mod walk;
pub(crate) mod writeback;
