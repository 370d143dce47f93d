//! Verification of data that was tampered with: it is right exactly where it is equal, and what is named covers all
//! that differs.

use dgen::{Recipe, Stream};

use crate::Target;

const RECIPES: [&str; 10] = [
    "dgen1,seed=1",
    "dgen1,seed=2,dedup=3/2,compress=2,block=4KiB",
    "dgen1,seed=3,compress=100,texture=zeros",
    "dgen1,seed=3,compress=2,spread=1",
    "dgen1,seed=3,texture=tensor,dtype=bf16",
    "dgen1,seed=3,texture=tensor,dtype=int8,like=adam",
    "dgen1,seed=4,compress=1.5,tune=zstd,block=8KiB,dedup=4",
    "dgen1,seed=5,compress=20",
    "dgen1,seed=6,compress=3,texture=lz,tune=lz4",
    "dgen1,seed=6,compress=2,texture=text,tune=lz4",
];
/// Bytes that are looked at.
const SIZE: usize = 6 * 4096;

pub(crate) const VERIFY: Target = Target {
    name: "verify",
    run: verify,
    samples: &[
        "0aaaa",
        "1 copy some pages 1234567890",
        "2zzzzzzzzzzzzzzzzzzz",
        "3!#%&/()=?",
        "4\x01\x02\x03\x04\x05\x06",
    ],
    words: &[
        "\0\0\0\0\0",
        "\x01\0\0\x10\0",
        "\x02\x10\0\0\x10",
        "\x03\0\x08\x02\0",
        "\x04\x01\x01\x01\x01",
        "\x05\0\0\0\x20",
    ],
    tries: 1500,
};

/// The first two bytes choose recipe and place; each five that follow one change: what, where (2), how much (2).
fn verify(data: &[u8]) {
    let [chosen, place, rest @ ..] = data else { return };
    let recipe: Recipe = RECIPES[usize::from(*chosen) % RECIPES.len()].parse().expect("a valid recipe");
    let stream = Stream::new(&recipe).expect("a kernel");
    // In a page's middle, or far away.
    let offset = u64::from(*place % 16) * 1000 + if *place & 16 == 0 { 0 } else { 1 << 40 };
    let mut right = vec![0; SIZE];
    stream.fill_at(offset, &mut right).expect("a range in the stream");
    let mut actual = right.clone();
    for change in rest.as_chunks::<5>().0.iter().take(40) {
        tamper(&mut actual, *change, &stream, &recipe);
    }
    let report = stream.verify_at(offset, &actual).expect("a range in the stream");
    assert_eq!(report.ok, actual == right);
    assert_eq!(report.bytes_checked, SIZE as u64);
    let prefix = actual.iter().zip(&right).take_while(|(byte, wanted)| byte == wanted).count();
    assert!(report.valid_prefix <= prefix as u64, "{} of {prefix}", report.valid_prefix);
    let mut end = offset;
    let mut bad = 0;
    for range in &report.ranges {
        assert!(range.length > 0 && range.offset >= end, "{:?}", report.ranges);
        let begin = usize::try_from(range.offset - offset).expect("a position in the data");
        let before = usize::try_from(end - offset).expect("a position in the data");
        assert!(actual[before..begin] == right[before..begin], "damage before {begin} is not named");
        end = range.offset + range.length;
        bad += range.length;
    }
    let last = usize::try_from(end - offset).expect("a position in the data");
    assert!(last <= SIZE && actual[last..] == right[last..], "damage behind {last} is not named");
    assert_eq!(report.bytes_bad, bad);
    for page in actual.as_chunks::<4096>().0 {
        _ = stream.locate(page);
    }
}

fn tamper(data: &mut [u8], [what, high, low, some, more]: [u8; 5], stream: &Stream, recipe: &Recipe) {
    let at = (usize::from(high) << 8 | usize::from(low)) % data.len();
    let len = (usize::from(more) << 8 | usize::from(some)).min(data.len() - at);
    let part = &mut data[at..at + len];
    match what % 8 {
        0 => part.fill(0),
        1 => part.iter_mut().for_each(|byte| *byte ^= 1 << (more % 8)),
        2 => part.fill(some),
        3 => part.rotate_left(len / 3),
        4 => data.copy_within(at..at + len, data.len() - len),
        5 => stream.fill_at(u64::from(high) * 4096, part).expect("a range in the stream"),
        6 => Stream::new(&recipe.reseeded(9)).and_then(|other| other.fill_at(0, part)).expect("a valid recipe"),
        _ => stream.clone().version(u32::from(some) + 1).fill_at(at as u64, part).expect("a range in the stream"),
    }
}
