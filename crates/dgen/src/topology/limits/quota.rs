//! Quotas of processor time.

use serde::Serialize;

/// A share of processor time: `quota_us` microseconds of it in every `period_us` microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CpuQuota {
    /// Processor time granted in each period, in microseconds; at least 1.
    pub quota_us: u64,
    /// Length of the period in microseconds; at least 1.
    pub period_us: u64,
}

impl CpuQuota {
    /// The number of processors the quota is worth, rounded up; at least 1.
    pub fn cpus_ceil(self) -> u64 {
        self.quota_us.div_ceil(self.period_us)
    }

    /// Whether `self` grants less than `other`.
    pub(super) fn is_tighter_than(self, other: Self) -> bool {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        product(self.quota_us, other.period_us) < product(other.quota_us, self.period_us)
    }
}
