//! Two reports of the same kind side by side: what differs in how they were made, and figure by figure.

mod comparison;
mod differences;
mod figures;
mod html;
mod load;
mod outcome;
mod quantity;
mod text;

pub(crate) use comparison::Comparison;
pub(crate) use html::page;
pub(crate) use text::text;
