//! What was measured, as CSV and as a page.

mod html;
mod rows;

pub(crate) use html::page;
pub(crate) use rows::{header, rows};
