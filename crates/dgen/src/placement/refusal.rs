//! What the system refused.

use serde::Serialize;
use std::io;

/// A system call that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// Its name.
    pub call: &'static str,
    /// The error number, where there is one.
    pub errno: Option<i32>,
    /// What that means.
    pub error: String,
}

impl Refusal {
    pub(super) fn new(call: &'static str, error: &io::Error) -> Self {
        Self { call, errno: error.raw_os_error(), error: error.to_string() }
    }
}
