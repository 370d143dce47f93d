//! System calls that a signal has interrupted.

use std::io;

/// Makes a call until no signal interrupts it: a signal that is to stop the run sets a flag, which others look at.
pub(crate) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interruptions_are_not_results() {
        let interrupted = || io::Error::from(io::ErrorKind::Interrupted);
        let mut results = [Err(interrupted()), Err(interrupted()), Ok(7)].into_iter();
        assert_eq!(uninterrupted(|| results.next().unwrap()).unwrap(), 7);
        let mut results = [Err(interrupted()), Err::<(), _>(io::ErrorKind::NotFound.into())].into_iter();
        assert_eq!(uninterrupted(|| results.next().unwrap()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
