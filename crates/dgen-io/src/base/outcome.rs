//! What an operation that got as far as moving bytes comes back with.

use dgen::Error;

/// A report, and the error that ended the operation early, if one did.
#[derive(Debug)]
pub struct Outcome<R> {
    /// What was done; also when it was not all that was asked.
    pub report: R,
    /// Why it is not all: the first failure in the order of the data, or an interruption.
    pub error: Option<Error>,
}
