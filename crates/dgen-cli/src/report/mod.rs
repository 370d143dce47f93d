//! Reports of runs: as text, as JSON, as a row of CSV, as one page of HTML.

pub(crate) mod compare;
pub(crate) mod csv;
pub(crate) mod facts;
pub(crate) mod fio;
pub(crate) mod grid;
mod histogram;
pub(crate) mod html;
pub(crate) mod measure;
pub(crate) mod origin;
pub(crate) mod page;
pub(crate) mod panels;
mod plot;
pub(crate) mod scale;
mod sinks;
mod svg;
pub(crate) mod text;
pub(crate) mod verify_page;
pub(crate) mod words;

pub(crate) use sinks::{Forms, JsonOf, Sinks};
