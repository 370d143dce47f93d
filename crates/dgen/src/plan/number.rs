//! Products and quotients of counts of blocks and contents.

/// a·b / c, rounded down; the result fits.
#[inline]
pub(super) fn down(a: u64, b: u64, c: u64) -> u64 {
    match a.checked_mul(b) {
        Some(product) => product / c,
        #[expect(clippy::cast_possible_truncation, reason = "a count of blocks or contents")]
        None => (u128::from(a) * u128::from(b) / u128::from(c)) as u64,
    }
}

/// a·b / c, rounded up; the result fits.
#[inline]
pub(super) fn up(a: u64, b: u64, c: u64) -> u64 {
    match a.checked_mul(b) {
        Some(product) => product.div_ceil(c),
        #[expect(clippy::cast_possible_truncation, reason = "a count of blocks or contents")]
        None => (u128::from(a) * u128::from(b)).div_ceil(u128::from(c)) as u64,
    }
}

/// a·b / c, rounded down, where that fits.
#[inline]
pub(super) fn quotient(a: u64, b: u64, c: u64) -> Option<u64> {
    u64::try_from(u128::from(a) * u128::from(b) / u128::from(c)).ok()
}
