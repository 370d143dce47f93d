//! The 64 lines of a page (section 4 of FORMAT.md).

use crate::keys::C;
use crate::size::PAGE;

/// Eight words: a row of the state, or a line.
pub(crate) type Row = [u64; 8];

/// The four rows of the state.
pub(crate) type State = [Row; 4];

fn add(x: Row, y: Row) -> Row {
    std::array::from_fn(|i| x[i].wrapping_add(y[i]))
}

fn xor(x: Row, y: Row) -> Row {
    std::array::from_fn(|i| x[i] ^ y[i])
}

fn shift(x: Row, bits: u32) -> Row {
    x.map(|word| word >> bits)
}

/// Rotates words 0 to 3 and words 4 to 7, each as a 256-bit integer, to the right by 32·k bits, for odd k.
fn turn(s: Row, k: usize) -> Row {
    std::array::from_fn(|i| {
        let (group, g) = (i / 4 * 4, i % 4);
        s[group + (g + k / 2) % 4] >> 32 | s[group + (g + k / 2 + 1) % 4] << 32
    })
}

/// Two rounds of the BLAKE2b mixing, without message words, on one lane.
fn seed_lane([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    for _ in 0..2 {
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_right(32);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_right(24);
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_right(16);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_right(63);
    }
    [a, b, c, d]
}

pub(crate) fn seed([t0, t1]: [u64; 2], lane_keys: &Row) -> State {
    let mut state = [[0; 8]; 4];
    for (j, number) in (1..=8_u64).enumerate() {
        let lane = seed_lane([t0, t1, lane_keys[j], number.wrapping_mul(C[0])]);
        for (row, word) in state.iter_mut().zip(lane) {
            row[j] = word;
        }
    }
    state
}

/// Advances the state; returns four lines.
pub(crate) fn step(state: &mut State) -> [Row; 4] {
    let [s0, s1, s2, s3] = *state;
    let (u0, u1, u2, u3) = (shift(s0, 1), shift(s1, 3), shift(s2, 1), shift(s3, 3));
    let (t0, t1, t2, t3) = (turn(s0, 5), turn(s1, 3), turn(s2, 5), turn(s3, 3));
    let [n0, n1, n2, n3] = [add(t2, u0), add(t3, u1), add(t1, u2), add(t0, u3)];
    *state = [n0, n1, n2, n3];
    [xor(add(n0, s1), t0), xor(add(n1, s3), s2), xor(xor(n2, s0), s3), xor(xor(n3, s2), t1)]
}

/// The bytes of the 64 lines of the page with this tag, in a stream with these words L0 to L7.
pub(crate) fn lines(tag: [u64; 2], lane_keys: &Row) -> [u8; PAGE] {
    let mut state = seed(tag, lane_keys);
    let mut words = Vec::with_capacity(PAGE / 8);
    for _ in 0..16 {
        words.extend(step(&mut state).as_flattened());
    }
    words[..2].copy_from_slice(&tag);

    let mut bytes = [0; PAGE];
    for (out, word) in bytes.chunks_exact_mut(8).zip(words) {
        out.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_with_one_tag_differ_where_the_lane_keys_do() {
        let keys = [1, 2, 3, 4, 5, 6, 7, 8];
        let page = lines([11, 12], &keys);
        for lane in 0..8 {
            let mut other = keys;
            other[lane] ^= 1 << 63;
            let other = lines([11, 12], &other);
            assert_eq!(page[..16], other[..16]);
            // From the second step on, every line of the lane's group shows it.
            let half = lane / 4 * 32;
            let words = |page: &[u8; PAGE], line: usize| page[64 * line + half..][..32].to_vec();
            assert!((4..64).all(|line| words(&page, line) != words(&other, line)), "lane {lane}");
        }
    }

    #[test]
    fn turn_rotates_each_group_as_one_integer() {
        for k in [1, 3, 5, 7] {
            // Half words 0 to 7 in each group, in order of significance.
            let half = |group: u64, i: usize| 100 * group + (i % 8) as u64;
            let row = |by: usize| {
                std::array::from_fn(|i| {
                    let (group, g) = (i as u64 / 4, i % 4);
                    half(group, 2 * g + by) | half(group, 2 * g + 1 + by) << 32
                })
            };
            assert_eq!(turn(row(0), k), row(k));
        }
    }
}
