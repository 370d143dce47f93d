//! How long to ask a kernel again that is out of something.

use std::time::Duration;

/// The first pause; each one after it is twice as long.
const FIRST: Duration = Duration::from_millis(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_millis(64);
/// All pauses together.
const ENOUGH: Duration = if cfg!(test) { Duration::from_millis(100) } else { Duration::from_secs(2) };

/// Pauses since the kernel last did something.
#[derive(Debug, Default)]
pub(super) struct Patience {
    next: Duration,
    waited: Duration,
}

impl Patience {
    /// The next pause; `None` when there were enough.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        if self.waited >= ENOUGH {
            return None;
        }
        let pause = self.next.max(FIRST);
        self.next = LONGEST.min(2 * pause);
        self.waited += pause;
        Some(pause)
    }

    /// The kernel has done something.
    pub(super) fn renew(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_unless_renewed() {
        let mut patience = Patience::default();
        let all = |patience: &mut Patience| -> Vec<Duration> { std::iter::from_fn(|| patience.pause()).collect() };
        let pauses = all(&mut patience);
        assert!(pauses.is_sorted() && pauses.iter().sum::<Duration>() < 2 * ENOUGH, "{pauses:?}");
        assert_eq!(patience.pause(), None);
        patience.renew();
        assert_eq!(all(&mut patience), pauses);
    }
}
