//! How many threads a call uses: its argument, else `DGEN_THREADS`, else what the system lets this process use.

use crate::error::{Error, Result};
use crate::topology::Limits;
use std::sync::atomic::{AtomicU64, Ordering};

/// The largest number of threads that can be asked for.
pub const MAX_THREADS: usize = 4096;

const VARIABLE: &str = "DGEN_THREADS";
const ACCEPTED: &str = "1 to 4096";

/// The number of threads to use for an argument: the argument itself, or [`default_threads`] without one.
///
/// # Errors
/// The argument is 0 or above [`MAX_THREADS`], or there is none and `DGEN_THREADS` is malformed.
pub fn resolve_threads(argument: Option<usize>) -> Result<usize> {
    match argument {
        Some(count) => checked(count).ok_or_else(|| Error::invalid("threads", count, ACCEPTED)),
        None => default_threads(),
    }
}

/// The number of threads to use when nobody says: `DGEN_THREADS`, else the processors this process may keep busy. Of
/// several [ranks](crate::ranks) on a host, each keeps its share of them busy.
///
/// The variable is read at each call; the limits of the system, and the ranks, once per process.
///
/// # Errors
/// `DGEN_THREADS` is set to anything but a number from 1 to 4096.
pub fn default_threads() -> Result<usize> {
    match std::env::var_os(VARIABLE) {
        Some(value) => parse(&value.to_string_lossy()),
        None => Ok(system_threads()),
    }
}

fn parse(value: &str) -> Result<usize> {
    let count = value.trim().parse().ok().and_then(checked);
    count.ok_or_else(|| Error::malformed(VARIABLE, format!("{value:?}"), ACCEPTED))
}

fn checked(count: usize) -> Option<usize> {
    (1..=MAX_THREADS).contains(&count).then_some(count)
}

/// The processors this process may keep busy, at most [`MAX_THREADS`]; read once per process.
pub(super) fn system_threads() -> usize {
    /// Process id in the upper half, count in the lower; 0 before the first reading.
    static KNOWN: AtomicU64 = AtomicU64::new(0);
    let process = u64::from(std::process::id());
    let known = KNOWN.load(Ordering::Relaxed);
    let known_count = u32::try_from(known & u64::from(u32::MAX)).unwrap_or(0);
    if known >> 32 == process && known_count > 0 {
        return known_count as usize;
    }
    let count = Limits::read().effective_threads().min(MAX_THREADS);
    KNOWN.store(process << 32 | count as u64, Ordering::Relaxed);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_takes_1_to_4096() {
        for (text, count) in [("1", 1), (" 16\n", 16), ("4096", 4096)] {
            assert_eq!(parse(text).unwrap(), count);
        }
        for text in ["", "0", "4097", "-1", "two", "1.5", "99999999999999999999"] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains("DGEN_THREADS") && message.contains(text) && message.contains("1 to 4096"));
        }
    }

    #[test]
    fn the_argument_comes_first() {
        assert_eq!(resolve_threads(Some(7)).unwrap(), 7);
        for count in [0, 4097] {
            let message = resolve_threads(Some(count)).unwrap_err().to_string();
            assert_eq!(message, format!("threads: {count} is not accepted (accepted: 1 to 4096)"));
        }
    }

    #[test]
    fn the_system_allows_at_least_one() {
        assert!((1..=MAX_THREADS).contains(&system_threads()));
        assert_eq!(system_threads(), system_threads());
    }
}
