//! BLAKE2b without key, salt or personalisation (RFC 7693).

use std::fmt::Write as _;

/// The initialisation vector (RFC 7693, section 2.6).
const IV: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// The order in which each round takes the message words (RFC 7693, section 2.7).
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Words of a column or diagonal that each of the eight mixings of a round works on.
const QUADS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

const BLOCK: usize = 128;

fn compress(h: &mut [u64; 8], block: &[u8; BLOCK], counter: u128, last: bool) {
    let mut m = [0; 16];
    for (word, bytes) in m.iter_mut().zip(block.chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"));
    }
    let mut v = [0; 16];
    v[..8].copy_from_slice(h);
    v[8..].copy_from_slice(&IV);
    v[12] ^= crate::number::low(counter);
    v[13] ^= crate::number::high(counter);
    if last {
        v[14] = !v[14];
    }
    for round in 0..12 {
        let order = &SIGMA[round % 10];
        for (i, &[a, b, c, d]) in QUADS.iter().enumerate() {
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(m[order[2 * i]]);
            v[d] = (v[d] ^ v[a]).rotate_right(32);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(24);
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(m[order[2 * i + 1]]);
            v[d] = (v[d] ^ v[a]).rotate_right(16);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(63);
        }
    }
    for i in 0..8 {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

/// The digest of `data`, `N` bytes long (1 to 64).
pub fn blake2b<const N: usize>(data: &[u8]) -> [u8; N] {
    const { assert!(N >= 1 && N <= 64, "a digest has 1 to 64 bytes") };
    let mut h = IV;
    h[0] ^= 0x0101_0000 ^ N as u64;

    // The last block is the one that ends the data; it is full when the data fills it, and empty only for empty data.
    let blocks = data.len().div_ceil(BLOCK).max(1);
    for i in 0..blocks {
        let end = data.len().min((i + 1) * BLOCK);
        let part = &data[i * BLOCK..end];
        let mut block = [0; BLOCK];
        block[..part.len()].copy_from_slice(part);
        compress(&mut h, &block, end as u128, i + 1 == blocks);
    }

    let mut bytes = [0; 64];
    for (out, word) in bytes.chunks_exact_mut(8).zip(h) {
        out.copy_from_slice(&word.to_le_bytes());
    }
    let mut digest = [0; N];
    digest.copy_from_slice(&bytes[..N]);
    digest
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The 32-byte digest of `data` in lower-case hexadecimal, as the test vectors state it.
pub fn blake2b_hex(data: &[u8]) -> String {
    hex(&blake2b::<32>(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_the_example_of_the_rfc() {
        let expected = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                        7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
        assert_eq!(hex(&blake2b::<64>(b"abc")), expected);
    }

    #[test]
    fn digests_whole_and_partial_blocks() {
        // Digests by the Python standard library, of `bytes(range(n))`.
        for (n, expected) in [
            (0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
            (127, "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72"),
            (128, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1"),
            (129, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9"),
            (256, "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835"),
        ] {
            let data: Vec<u8> = (0..=255).take(n).collect();
            assert_eq!(blake2b_hex(&data), expected, "{n} bytes");
        }
    }
}
