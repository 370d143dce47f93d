//! Faults of a network: pieces lost, repeated and swapped, and bits flipped, at seeded random places.

use std::io::{self, Read, Write};

use dgen::{DamageKind, SequenceRange};

/// How far a seam between two pieces may be from where it was made: bytes that are alike by chance hide it.
pub(crate) const SEAM: u64 = 16;

/// Least bytes between two faults.
const APART: u64 = 12 << 10;

/// What is done to the bytes from an offset on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// So many bytes are lost.
    Lose(u64),
    /// So many bytes come twice.
    Repeat(u64),
    /// So many bytes change places with so many behind them.
    Swap(u64, u64),
    /// One bit changes.
    Flip(u8),
}

/// A fault of the bytes behind so many others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) at: u64,
    pub(crate) kind: Kind,
}

impl Fault {
    /// Bytes that it concerns.
    fn length(self) -> u64 {
        match self.kind {
            Kind::Lose(n) | Kind::Repeat(n) => n,
            Kind::Swap(one, other) => one + other,
            Kind::Flip(_) => 1,
        }
    }
}

/// Numbers that look random.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % n
    }
}

/// So many faults, one in three of them at pages and of whole pages, with flips among them where that is asked; and the bytes
/// that they need.
pub(crate) fn plan(seed: u64, count: usize, flips: bool) -> (Vec<Fault>, u64) {
    let mut dice = Dice(seed);
    let (mut faults, mut at) = (Vec::new(), 0);
    for _ in 0..count {
        at += APART + dice.below(40 << 10);
        let aligned = dice.below(3) == 0;
        let mut size = |least: u64| {
            if aligned {
                4096 * (1 + dice.below(8))
            } else {
                let most = [100, 5000, 30_000][usize::try_from(dice.below(3)).unwrap()];
                least + dice.below(most)
            }
        };
        let (one, other) = (size(64), size(64));
        let few = size(1);
        at = if aligned { at.next_multiple_of(4096) } else { at };
        let kind = match dice.below(if flips { 4 } else { 3 }) {
            0 => Kind::Lose(few),
            1 => Kind::Repeat(few),
            2 => Kind::Swap(one, other),
            _ => Kind::Flip(1 << dice.below(8)),
        };
        let fault = Fault { at, kind };
        faults.push(fault);
        at += fault.length();
    }
    (faults, at + APART)
}

/// Passes bytes on with faults, to their end.
pub(crate) fn pass(faults: &[Fault], mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut at = 0;
    let piece = |from: &mut dyn Read, len: u64| {
        let mut piece = vec![0; usize::try_from(len).unwrap()];
        from.read_exact(&mut piece).map(|()| piece)
    };
    for fault in faults {
        io::copy(&mut from.by_ref().take(fault.at - at), &mut to)?;
        at = fault.at;
        match fault.kind {
            Kind::Lose(n) => at += piece(&mut from, n)?.len() as u64,
            Kind::Repeat(n) => {
                let piece = piece(&mut from, n)?;
                to.write_all(&piece)?;
                to.write_all(&piece)?;
                at += n;
            }
            Kind::Swap(one, other) => {
                let (first, second) = (piece(&mut from, one)?, piece(&mut from, other)?);
                to.write_all(&second)?;
                to.write_all(&first)?;
                at += one + other;
            }
            Kind::Flip(bit) => {
                to.write_all(&[piece(&mut from, 1)?[0] ^ bit])?;
                at += 1;
            }
        }
    }
    io::copy(&mut from, &mut to).map(drop)
}

/// How far from a fault the ranges may be that tell of it otherwise: a page that repeats lines may read as having lost some of
/// them and having had others twice, where pieces of it changed places, and no byte tells which it was.
const READ_OTHERWISE: u64 = 4096;

/// What ranges tell of faults.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Faults that are named by kind, place and length.
    pub(crate) named: usize,
    /// Faults of which there are other ranges.
    pub(crate) otherwise: Vec<Fault>,
    /// Faults of which there are none.
    pub(crate) untold: Vec<Fault>,
    /// Ranges that are of no fault, and of no seam.
    pub(crate) others: Vec<SequenceRange>,
}

impl Told {
    /// Asks that every fault is told of, nothing else is, and no more than one in 500 is told otherwise.
    pub(crate) fn check(&self, what: &str) {
        assert!(self.untold.is_empty() && self.others.is_empty(), "{what}: {self:?}");
        assert!(self.otherwise.len() * 500 <= self.named, "{what}: {self:?}");
    }
}

/// What the ranges tell of faults, where `offset` is that of the first byte.
pub(crate) fn told(faults: &[Fault], offset: u64, ranges: &[SequenceRange]) -> Told {
    let (mut told, mut moved) = (Told::default(), 0_i64);
    let mut used = vec![false; ranges.len()];
    let near = |x: u64, y: u64| x.abs_diff(y) <= SEAM;
    for fault in faults {
        let came = fault.at.checked_add_signed(moved).unwrap();
        let place = fault.at + offset;
        let is = |range: &SequenceRange| match fault.kind {
            Kind::Lose(n) => {
                let there = near(range.received_offset, came) && range.offset.is_some_and(|at| near(at, place));
                range.kind == DamageKind::Missing && there && range.length == n
            }
            Kind::Repeat(n) => {
                let there = near(range.received_offset, came + n) && range.offset.is_none_or(|at| near(at, place));
                range.kind == DamageKind::Extra && there && range.length == n
            }
            Kind::Swap(one, other) => {
                let late = near(range.received_offset, came + other) && range.offset.is_some_and(|at| near(at, place));
                let early = near(range.received_offset, came) && range.offset.is_some_and(|at| near(at, place + one));
                let is = (late && near(range.length, one)) || (early && near(range.length, other));
                range.kind == DamageKind::Misplaced && is
            }
            Kind::Flip(_) => {
                let there = (range.received_offset, range.offset, range.length) == (came, Some(place), 1);
                range.kind == DamageKind::Flipped && there && range.bits == Some(1)
            }
        };
        let first = ranges.partition_point(|range| range.received_offset + READ_OTHERWISE < came);
        let last = came + fault.length() + READ_OTHERWISE;
        let near = (first..ranges.len()).take_while(|i| ranges[*i].received_offset <= last);
        if let Some(i) = near.clone().find(|i| !used[*i] && is(&ranges[*i])) {
            used[i] = true;
            told.named += 1;
        } else if near.clone().next().is_some() {
            near.for_each(|i| used[i] = true);
            told.otherwise.push(*fault);
        } else {
            told.untold.push(*fault);
        }
        moved += match fault.kind {
            Kind::Lose(n) => -n.cast_signed(),
            Kind::Repeat(n) => n.cast_signed(),
            _ => 0,
        };
    }
    let others = ranges.iter().zip(used).filter(|(range, used)| !used && range.length > SEAM);
    told.others = others.map(|(range, _)| range.clone()).collect();
    told
}
