//! Places to take samples at.

/// So many places from 0 to `last`, both among them, at about equal distances.
pub(crate) fn spread(last: u64, count: u64) -> impl Iterator<Item = u64> {
    let at = move |index| u128::from(last) * u128::from(index) / u128::from(count - 1);
    (0..count).map(move |index| u64::try_from(at(index)).expect("at most the last"))
}
