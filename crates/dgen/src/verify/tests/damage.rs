//! Random damage of every kind, to data of many recipes: each is called by its name.

use std::collections::BTreeMap;

use super::{DamageKind, DamageRange, PAGE, Stream, Verifier, data, stream};

/// Damages of each kind; `DGEN_TEST_DAMAGES` asks for more of them.
const ROUNDS: u64 = 60;
const PAGES: usize = 24;
const LEN: usize = PAGES * PAGE;
const SECTOR: usize = 512;
const STALE_SEED: u64 = 77;

const RECIPES: [&str; 13] = [
    "",
    ",compress=2",
    ",compress=4",
    ",compress=10",
    ",compress=50",
    ",compress=200",
    ",compress=4,texture=zeros",
    ",compress=50,texture=zeros",
    ",compress=200,texture=zeros",
    ",compress=2.5,texture=lz,tune=zstd",
    ",compress=2.5,texture=text,tune=zstd",
    ",block=8KiB,dedup=2,window=1MiB,skip=64KiB",
    ",block=4KiB,dedup=3,window=256KiB,skip=0,compress=2",
];

pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `range`.
    pub(super) fn of(&mut self, range: std::ops::Range<usize>) -> usize {
        range.start + usize::try_from(self.next() % range.len() as u64).unwrap()
    }

    pub(super) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Data that no stream has made.
fn foreign(random: &mut Random, len: usize) -> Vec<u8> {
    let words = ["storage", "and", "the", "verify", "of", "Data", "page,", "2026", "is.\n", "\"key\": 31,"];
    match random.of(0..6) {
        0 => random.bytes(len),
        1 => {
            let mut text = String::new();
            while text.len() < len {
                text = text + words[random.of(0..words.len())] + " ";
            }
            text.into_bytes()[..len].to_vec()
        }
        2 => vec![0xFF; len],
        3 => {
            let first = random.next() >> 20;
            (first..).flat_map(u64::to_le_bytes).take(len).collect()
        }
        4 => data(&stream(&format!("dgen1,seed={},compress=2", random.next())), 1 << 20, len),
        _ => random.bytes(16).into_iter().cycle().take(len).collect(),
    }
}

/// One damage: the data of a stream from an offset on, and what was done to it.
pub(super) struct Damage {
    pub(super) stream: Stream,
    pub(super) offset: u64,
    pub(super) right: Vec<u8>,
    pub(super) data: Vec<u8>,
    /// What it may be called; nothing where the damage shows as something else by its nature.
    pub(super) kinds: Vec<DamageKind>,
    pub(super) shift: Option<i64>,
    pub(super) what: String,
}

impl Damage {
    pub(super) fn new(random: &mut Random) -> Self {
        let recipe = RECIPES[random.of(0..RECIPES.len())];
        let stream = stream(&format!("dgen1,seed={}{recipe}", random.of(0..1000)));
        let offset = (random.of(0..1 << 20) * PAGE) as u64;
        let right = data(&stream, offset, LEN);
        let (data, what) = (right.clone(), recipe.to_owned());
        Self { stream, offset, right, data, kinds: Vec::new(), shift: None, what }
    }

    /// What is found in it.
    pub(super) fn found(&self, verifier: &Verifier) -> Vec<DamageRange> {
        verifier.check(self.offset, &self.data).unwrap()
    }

    fn pages(random: &mut Random) -> std::ops::Range<usize> {
        let first = random.of(0..PAGES);
        let end = random.of(first..PAGES.min(first + 6)) + 1;
        first * PAGE..end * PAGE
    }

    fn zeroed(&mut self, random: &mut Random) {
        let unit = if random.of(0..2) == 0 { PAGE } else { SECTOR };
        let first = random.of(0..LEN / unit);
        let end = (first + random.of(1..12)).min(LEN / unit);
        self.data[first * unit..end * unit].fill(0);
        self.kinds = vec![DamageKind::Zeroed];
    }

    fn flipped(&mut self, random: &mut Random) {
        let at = random.of(0..PAGES) * PAGE;
        for _ in 0..random.of(1..1501) {
            let bit = random.of(0..8 * PAGE);
            self.data[at + bit / 8] ^= 1 << (bit % 8);
        }
        self.kinds = vec![DamageKind::Flipped];
    }

    fn stuck(&mut self, random: &mut Random) {
        let (pages, word, bit) = (Self::pages(random), [1, 2, 4, 8][random.of(0..4)], random.of(0..8));
        let (byte, one) = (random.of(0..word), random.of(0..2) == 1);
        for at in pages.skip(byte).step_by(word) {
            self.data[at] = if one { self.data[at] | (1 << bit) } else { self.data[at] & !(1 << bit) };
        }
        self.what = format!("{} word {word} one {one}", self.what);
        self.kinds = vec![DamageKind::Flipped];
    }

    fn misplaced(&mut self, random: &mut Random) {
        let pages = Self::pages(random);
        let source = if random.of(0..2) == 0 {
            self.offset + (random.of(0..PAGES) * PAGE) as u64
        } else {
            (random.of(0..1 << 30) * PAGE) as u64
        };
        let moved = data(&self.stream, source, pages.len());
        self.data[pages].copy_from_slice(&moved);
        self.kinds = vec![DamageKind::Misplaced];
    }

    fn stale(&mut self, random: &mut Random) {
        let pages = Self::pages(random);
        let old = if random.of(0..2) == 0 {
            self.stream.version(u32::try_from(random.of(1..9)).unwrap())
        } else {
            Stream::new(&self.stream.recipe().reseeded(STALE_SEED)).unwrap()
        };
        let old = data(&old, self.offset + pages.start as u64, pages.len());
        self.data[pages].copy_from_slice(&old);
        self.kinds = vec![DamageKind::Stale];
    }

    fn torn(&mut self, random: &mut Random) {
        let (page, cut) = (random.of(0..PAGES) * PAGE, random.of(1..8) * SECTOR);
        let at = self.offset + page as u64;
        let other = match random.of(0..4) {
            0 => data(&self.stream.version(3), at, PAGE),
            1 => data(&stream(&format!("dgen1,seed={}", random.next())), at, PAGE),
            2 => random.bytes(PAGE),
            _ => data(&self.stream, (random.of(0..1 << 30) * PAGE) as u64, PAGE),
        };
        let (torn, kept) = if random.of(0..2) == 0 { (cut..PAGE, 0..cut) } else { (0..cut, cut..PAGE) };
        self.data[page..][torn.clone()].copy_from_slice(&other[torn]);
        // Where all that is kept is zero, nothing shows that the page is not another one as a whole.
        if self.data[page..][kept].iter().any(|byte| *byte != 0) {
            self.kinds = vec![DamageKind::Torn];
        }
    }

    fn foreign(&mut self, random: &mut Random) {
        let pages = Self::pages(random);
        let other = foreign(random, pages.len());
        self.data[pages].copy_from_slice(&other);
        self.kinds = vec![DamageKind::Foreign];
    }

    /// Everything from a place on lies up to a page before or behind its own.
    fn shifted(&mut self, random: &mut Random) {
        let bytes = random.of(1..PAGE);
        let at = if random.of(0..3) == 0 { 0 } else { random.of(0..LEN / 2) };
        let (from, to) = (self.offset + at as u64, at..LEN);
        if random.of(0..2) == 0 {
            let rest = data(&self.stream, from + bytes as u64, to.len());
            self.data[to].copy_from_slice(&rest);
            self.shift = Some(-bytes.cast_signed() as i64);
        } else {
            let put_in = if random.of(0..2) == 0 { random.bytes(bytes) } else { vec![0; bytes] };
            let rest = [put_in, data(&self.stream, from, to.len())].concat();
            self.data[to.clone()].copy_from_slice(&rest[..to.len()]);
            self.shift = Some(bytes.cast_signed() as i64);
        }
        self.what = format!("{} shift {:?} from {at}", self.what, self.shift);
        self.kinds = vec![DamageKind::Shifted];
    }

    /// Pages of data from farther away; not where the tag lies on the boundary of two pages.
    fn shifted_far(&mut self, random: &mut Random) {
        let pages = Self::pages(random);
        let bytes = random.of(1..1 << 20) * PAGE + random.of(64..PAGE - 64);
        let at = self.offset + pages.start as u64;
        let before = at.checked_sub(bytes as u64).filter(|_| random.of(0..2) == 0);
        let source = before.unwrap_or(at + bytes as u64);
        self.shift = Some(at.cast_signed() - source.cast_signed())
            .filter(|_| self.stream.recipe().dedup_ratio().to_string() == "1");
        let moved = data(&self.stream, source, pages.len());
        self.data[pages].copy_from_slice(&moved);
        self.kinds = vec![DamageKind::Shifted];
    }

    /// Whether what is found has the right name: most of its bytes have, and a shift the right distance.
    fn is_named(&self, found: &[DamageRange]) -> bool {
        let mut bytes: BTreeMap<DamageKind, u64> = BTreeMap::new();
        for range in found {
            *bytes.entry(range.kind).or_default() += range.length;
        }
        let most = bytes.iter().max_by_key(|(_, bytes)| **bytes).map(|(kind, _)| *kind);
        let shift = found.iter().filter(|range| range.shift.is_some()).max_by_key(|range| range.length);
        most.is_some_and(|kind| self.kinds.contains(&kind))
            && self.shift.is_none_or(|wanted| shift.is_some_and(|range| range.shift == Some(wanted)))
    }

    /// Asserts what is true of every report: it does not depend on how data is cut, every wrong byte is in a range, and
    /// what is said of data from elsewhere is so.
    fn assert_sound(&self, found: &[DamageRange], verifier: &Verifier, random: &mut Random) {
        let mut covered = vec![false; LEN];
        for range in found {
            let at = usize::try_from(range.offset - self.offset).unwrap();
            let bytes = at..at + usize::try_from(range.length).unwrap();
            covered[bytes.clone()].fill(true);
            if range.kind == DamageKind::Misplaced {
                assert_eq!(self.data[bytes.clone()], data(&self.stream, range.source_offset.unwrap(), bytes.len()));
            }
            assert_eq!(range.bits.is_some(), range.kind == DamageKind::Flipped);
            if let Some(source) = range.shift.and(range.source_offset) {
                assert_eq!(Some(range.offset), source.checked_add_signed(range.shift.unwrap()));
            }
        }
        let wrong = |at: &usize| self.data[*at] != self.right[*at];
        assert_eq!((0..LEN).filter(wrong).find(|at| !covered[*at]), None, "{}: {found:?}", self.what);
        let cut = random.of(1..PAGES) * PAGE;
        let mut pieces = crate::verify::VerifyReport::new(&self.stream, usize::MAX);
        let verifier = Verifier::new(self.stream.clone()).with_stale(verifier.stale.clone());
        for (at, piece) in [(cut, &self.data[cut..]), (0, &self.data[..cut])] {
            let ranges = verifier.check(self.offset + at as u64, piece).unwrap();
            if at > 0 {
                // The later piece first, so that nothing is known from the other.
                assert_eq!(ranges, verifier.check(self.offset + at as u64, piece).unwrap());
                continue;
            }
            pieces.add(self.offset, cut as u64, ranges);
            pieces.add(
                self.offset + cut as u64,
                (LEN - cut) as u64,
                verifier.check(self.offset + cut as u64, &self.data[cut..]).unwrap(),
            );
        }
        assert_eq!(pieces.ranges, found, "{}: cut at {cut}", self.what);
    }
}

type Kind = (&'static str, fn(&mut Damage, &mut Random));

#[test]
fn random_damage_is_called_by_its_name() {
    let rounds = std::env::var("DGEN_TEST_DAMAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let kinds: [Kind; 9] = [
        ("zeroed", Damage::zeroed),
        ("flipped", Damage::flipped),
        ("stuck", Damage::stuck),
        ("misplaced", Damage::misplaced),
        ("stale", Damage::stale),
        ("torn", Damage::torn),
        ("foreign", Damage::foreign),
        ("shifted", Damage::shifted),
        ("shifted far", Damage::shifted_far),
    ];
    let mut failed = Vec::new();
    for (number, (name, damage)) in kinds.into_iter().enumerate() {
        let (mut tried, mut named) = (0_u64, 0);
        for round in 0..rounds {
            let mut random = Random((number as u64) << 32 | round);
            let mut case = Damage::new(&mut random);
            damage(&mut case, &mut random);
            let stale = Stream::new(&case.stream.recipe().reseeded(STALE_SEED)).unwrap();
            let verifier = Verifier::new(case.stream.clone()).with_stale(vec![stale]);
            let found = case.found(&verifier);
            assert_eq!(found.is_empty(), case.data == case.right, "{}: {found:?}", case.what);
            case.assert_sound(&found, &verifier, &mut random);
            if found.is_empty() || case.kinds.is_empty() {
                continue;
            }
            tried += 1;
            let right = case.is_named(&found);
            named += u64::from(right);
            if !right {
                let shown: Vec<String> = found.iter().take(3).map(ToString::to_string).collect();
                println!("{name} {round}{}: {shown:?}", case.what);
            }
        }
        println!("{name}: {named} of {tried} named");
        if tried < rounds / 2 || named * 1000 < tried * 995 {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
