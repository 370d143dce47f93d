//! What a caller wants of placement.

use crate::error::{Error, Result};
use std::str::FromStr;

/// When threads and memory are placed on nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumaMode {
    /// When there is more than one node; what the system refuses is done without, and reported.
    #[default]
    Auto,
    /// Always; what the system refuses is an error.
    Force,
    /// Never.
    Disabled,
}

impl NumaMode {
    /// The canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Force => "force",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for NumaMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "force" => Ok(Self::Force),
            "uma" | "disabled" | "disable" => Ok(Self::Disabled),
            _ => Err(Error::invalid("numa mode", format_args!("`{text}`"), "auto, force, uma, disabled, disable")),
        }
    }
}

/// What a caller wants of placement. Start from the default, which is automatic, and change fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlacementOptions {
    /// When to place.
    pub mode: NumaMode,
    /// The one node to use; all of them if absent.
    pub node: Option<u32>,
    /// Whether to use one processor of each physical core only.
    pub physical_cores: bool,
}

impl PlacementOptions {
    /// A mode, and the one node to use.
    pub fn new(mode: NumaMode, node: Option<u32>) -> Self {
        Self { mode, node, physical_cores: false }
    }
}
