//! How it is told how a command goes on.

use std::io::{self, IsTerminal};
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

use dgen::{Error, Result};

/// What tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Lines on a terminal that are drawn over, and nothing elsewhere.
    #[default]
    Auto,
    /// An object of JSON in a line of standard error, each second and at the end.
    Json,
    None,
}

/// The chosen one; set once, when options have been read.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Progress {
    /// What options call them, in their order.
    pub(crate) const NAMES: [&str; 3] = ["auto", "json", "none"];
    const ALL: [Self; 3] = [Self::Auto, Self::Json, Self::None];

    /// The chosen one.
    pub(crate) fn chosen() -> Self {
        Self::ALL[usize::from(CHOSEN.load(Ordering::Relaxed))]
    }

    /// Whether a terminal shows how things go on.
    pub(crate) fn is_shown() -> bool {
        Self::chosen() == Self::Auto && io::stderr().is_terminal()
    }
}

/// Makes it so for all that begins from now on.
pub(crate) fn choose(progress: Progress) {
    CHOSEN.store(progress as u8, Ordering::Relaxed);
}

impl FromStr for Progress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::NAMES.iter().position(|name| *name == text);
        known
            .map(|index| Self::ALL[index])
            .ok_or_else(|| Error::invalid("progress", format_args!("`{text}`"), &Self::NAMES.join(", ")))
    }
}
