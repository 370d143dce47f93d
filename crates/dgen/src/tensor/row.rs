//! A line of the table of tensors.

/// A row of the table.
pub(super) struct Row {
    /// Whether there are signs.
    pub(super) signed: bool,
    /// Values of the field, rising, and how often each occurs in 256.
    pub(super) fields: &'static [(i16, u16)],
}
