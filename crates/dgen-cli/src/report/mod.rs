//! Reports of runs: as text, as JSON, as a row of CSV, as one page of HTML.

pub(crate) mod csv;
pub(crate) mod facts;
pub(crate) mod fio;
pub(crate) mod heat;
mod histogram;
pub(crate) mod html;
pub(crate) mod measure;
pub(crate) mod page;
mod plot;
mod sinks;
mod svg;
pub(crate) mod text;
pub(crate) mod verify_page;
pub(crate) mod words;

pub(crate) use sinks::{Forms, JsonOf, Sinks};
