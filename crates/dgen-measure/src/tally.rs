//! What became of the records of one kind: sums, a histogram, and what a sample of them says about all.

use crate::keep::keeps;
use crate::report::Records;

/// Parts of a record that sizes are counted in.
const PARTS: usize = 16;

/// Bytes that are compressed before a sample is drawn: small data is never estimated.
const HEAD: u64 = 512 << 10;

/// 97.5 % of a normal distribution lie below so many standard deviations: an interval of 95 % on both sides.
const DEVIATIONS: f64 = 1.959_964;

/// Fewer records than this may all be of one kind where there are others: they say nothing about how much records vary.
const TELLING: u64 = 8;

/// Which records are compressed: those of the first 512 KiB, and then one of every `of`, drawn from each group of so many
/// by its number, so that no period of the data can hide from it.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) of: u64,
    head: u64,
}

impl Sample {
    pub(crate) fn new(of: u64, record: u64) -> Self {
        Self { of, head: HEAD.div_ceil(record) }
    }

    /// Whether the record of this number is among the first, which all are taken.
    pub(crate) fn is_head(self, number: u64) -> bool {
        self.of == 1 || number < self.head
    }

    /// Whether the record of this number is taken.
    pub(crate) fn takes(self, number: u64) -> bool {
        if self.is_head(number) {
            return true;
        }
        let (group, place) = ((number - self.head) / self.of, (number - self.head) % self.of);
        // The first group may be the last, and not complete.
        place == if group == 0 { 0 } else { mixed(group) % self.of }
    }
}

/// A well-known mixing of 64 bits.
fn mixed(value: u64) -> u64 {
    let z = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sums over records, in integers, so that they can be added in any order.
#[derive(Clone, Default)]
struct Sums {
    count: u64,
    bytes: u128,
    stored: u128,
    bytes_squared: u128,
    product: u128,
    stored_squared: u128,
}

keeps!(Sums: count, bytes, stored, bytes_squared, product, stored_squared);

/// The records of one kind.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    /// Those that were all taken, and those that stand for others.
    head: Sums,
    rest: Sums,
    /// Bytes taken, and those stored for them.
    bytes: u64,
    stored: u64,
    raw: u64,
    zero: u64,
    zero_bytes: u64,
    zero_stored: u64,
    sizes: [u64; PARTS],
}

keeps!(Tally: head, rest, bytes, stored, raw, zero, zero_bytes, zero_stored, sizes);

/// A record as it was stored.
#[derive(Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) len: u64,
    pub(crate) size: u64,
    pub(crate) is_zero: bool,
}

impl Sums {
    fn add(&mut self, len: u64, size: u64, weight: u64) {
        let (len, size, weight) = (u128::from(len), u128::from(size), u128::from(weight));
        self.count += 1;
        self.bytes += len * weight;
        self.stored += size * weight;
        self.bytes_squared += len * len;
        self.product += len * size;
        self.stored_squared += size * size;
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.bytes += other.bytes;
        self.stored += other.stored;
        self.bytes_squared += other.bytes_squared;
        self.product += other.product;
        self.stored_squared += other.stored_squared;
    }

    /// Standard deviation of what a record takes beyond its share, if it can be told.
    fn deviation(&self) -> Option<f64> {
        let share = self.stored as f64 / self.bytes as f64;
        let squares =
            self.stored_squared as f64 - 2.0 * share * self.product as f64 + share * share * self.bytes_squared as f64;
        (self.count >= TELLING).then(|| (squares.max(0.0) / (self.count - 1) as f64).sqrt())
    }
}

/// How many standard deviations hold 95 % where the deviation is known from so many degrees of freedom: the first terms of
/// the quantile of Student's distribution in powers of one over them.
fn deviations(freedom: u64) -> f64 {
    let (z, n) = (DEVIATIONS, freedom.max(1) as f64);
    z + (z.powi(3) + z) / (4.0 * n) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n)
}

impl Tally {
    /// Adds a record that stands for `weight` contents; `head` as [`Sample::is_head`] says.
    pub(crate) fn add(&mut self, record: Stored, weight: u64, head: bool) {
        let Stored { len, size, is_zero } = record;
        self.bytes += len;
        self.stored += size;
        if head { &mut self.head } else { &mut self.rest }.add(len, size, weight);
        if is_zero {
            self.zero += 1;
            self.zero_bytes += len;
            self.zero_stored += size;
        }
        self.raw += u64::from(size >= len);
        let part = (size * PARTS as u64).div_ceil(len.max(1)).clamp(1, PARTS as u64);
        self.sizes[usize::try_from(part).unwrap_or(PARTS) - 1] += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.head.merge(&other.head);
        self.rest.merge(&other.rest);
        self.bytes += other.bytes;
        self.stored += other.stored;
        self.raw += other.raw;
        self.zero += other.zero;
        self.zero_bytes += other.zero_bytes;
        self.zero_stored += other.zero_stored;
        self.sizes.iter_mut().zip(other.sizes).for_each(|(sum, count)| *sum += count);
    }

    /// Bytes that were taken.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What is known of `offered` bytes, of which a sample was taken.
    pub(crate) fn records(&self, offered: u64, sample: Sample) -> Records {
        let (head, rest) = (&self.head, &self.rest);
        // Integers where nothing was sampled: the ratio is then exact to the last bit.
        let (mut bytes, mut stored) = (head.bytes as f64, head.stored as f64);
        let mut error = Some(0.0);
        if rest.count > 0 {
            let others = f64::max(offered as f64 - bytes, rest.bytes as f64);
            stored += others * rest.stored as f64 / rest.bytes as f64;
            bytes += others;
            let all = rest.count as f64 * others / rest.bytes as f64;
            let unseen = 1.0 - 1.0 / sample.of as f64;
            let off = |deviation: f64| all * deviation * (unseen / rest.count as f64).sqrt();
            let wide = deviations(rest.count - 1);
            error = rest.deviation().filter(|_| stored > 0.0).map(|deviation| wide * off(deviation) / stored);
        }
        let taken = self.bytes as f64;
        Records {
            records: head.count + rest.count,
            bytes: self.bytes,
            stored_bytes: self.stored,
            ratio: if stored > 0.0 { bytes / stored } else { 1.0 },
            error,
            share: if bytes > 0.0 { (taken / bytes).min(1.0) } else { 1.0 },
            raw: self.raw,
            zero: self.zero,
            zero_bytes: self.zero_bytes,
            zero_stored_bytes: self.zero_stored,
            sizes: self.sizes.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_one_of_each_group() {
        let sample = Sample::new(10, 1 << 16);
        let taken: Vec<u64> = (0..100_008).filter(|number| sample.takes(*number)).collect();
        assert_eq!(taken[..9], [0, 1, 2, 3, 4, 5, 6, 7, 8], "8 of 64 KiB, and the first of the first group");
        for (group, number) in (0_u64..).zip(&taken[8..]) {
            assert_eq!((number - 8) / 10, group);
        }
        assert_eq!(taken.len(), 8 + 10_000);
        // Each place is taken about equally often.
        for place in 0..10 {
            let count = taken[8..].iter().filter(|number| (**number - 8) % 10 == place).count();
            assert!((850..1150).contains(&count), "{place}: {count}");
        }
        assert!((0..1000).all(|number| Sample::new(1, 512).takes(number)));
    }

    #[test]
    fn the_interval_holds_the_truth_about_as_often_as_it_says() {
        let mut held = 0;
        for salt in 0..200_u64 {
            let sizes: Vec<u64> = (0..4000).map(|i| 500 + mixed(salt << 32 | i) % 3500).collect();
            let truth = 4000.0 * 4096.0 / sizes.iter().sum::<u64>() as f64;
            let sample = Sample { of: 20, head: 100 };
            let mut tally = Tally::default();
            for (number, size) in (0_u64..).zip(&sizes).filter(|(number, _)| sample.takes(*number)) {
                tally.add(Stored { len: 4096, size: *size, is_zero: false }, 1, sample.is_head(number));
            }
            let records = tally.records(4000 * 4096, sample);
            held += usize::from((records.ratio / truth - 1.0).abs() <= records.error.unwrap());
            assert!((records.share - (100.0 + 195.0) / 4000.0).abs() < 1e-9, "{}", records.share);
        }
        assert!((180..200).contains(&held), "{held} of 200");
    }

    #[test]
    fn intervals_are_honest_for_few_records_and_for_neighbours_that_are_alike() {
        // Blocks in stretches of so many alike, some of them raw; as many groups of 20 as there are samples.
        for (groups, alike) in [(8, 1), (8, 5), (12, 30), (25, 10), (100, 5), (100, 50)] {
            let (count, runs) = (20 * groups, 400);
            let mut held = 0;
            for salt in 0..runs {
                let size = |i: u64| match mixed((salt << 32) | (i / alike)) {
                    stretch if stretch % 4 == 0 => 4096,
                    stretch => 800 + stretch % 1500 + mixed((salt << 40) | i) % 800,
                };
                let truth = (count * 4096) as f64 / (0..count).map(size).sum::<u64>() as f64;
                let mut tally = Tally::default();
                for group in 0..groups {
                    let number = group * 20 + mixed((salt << 20) | group) % 20;
                    tally.add(Stored { len: 4096, size: size(number), is_zero: false }, 1, false);
                }
                let records = tally.records(count * 4096, Sample { of: 20, head: 0 });
                held += u64::from((records.ratio / truth - 1.0).abs() <= records.error.unwrap());
            }
            assert!(held * 100 >= runs * 90, "{groups} groups, {alike} alike: {held} of {runs}");
        }
        for (freedom, exact) in [(TELLING - 1, 2.365), (11, 2.201), (30, 2.042), (1 << 40, 1.960)] {
            assert!((deviations(freedom) - exact).abs() < 0.01, "{freedom}");
        }
    }

    #[test]
    fn sizes_are_counted_in_sixteenths() {
        let mut tally = Tally::default();
        for size in [1, 256, 257, 4095, 4096] {
            tally.add(Stored { len: 4096, size, is_zero: size == 1 }, 1, true);
        }
        let records = tally.records(5 * 4096, Sample::new(1, 4096));
        assert_eq!((records.sizes[0], records.sizes[1], records.sizes[15]), (2, 1, 2));
        assert_eq!((records.raw, records.zero, records.zero_bytes, records.zero_stored_bytes), (1, 1, 4096, 1));
        assert_eq!((records.records, records.stored_bytes, records.error), (5, 8705, Some(0.0)));
    }
}
