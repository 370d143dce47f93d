//! Real compressors, at the levels that ratios are stated for.

/// What a block compresses to, in bytes.
pub type Compressor = fn(&[u8]) -> usize;
pub const LZ4: Compressor = |block| lz4::block::compress(block, None, false).expect("memory suffices").len();
pub const ZSTD_1: Compressor = |block| zstd::bulk::compress(block, 1).expect("memory suffices").len();
pub const ZSTD_3: Compressor = |block| zstd::bulk::compress(block, 3).expect("memory suffices").len();
pub const SNAPPY: Compressor = |block| snap::raw::Encoder::new().compress_vec(block).expect("the block is small").len();
pub const ZLIB: Compressor = |block| {
    let mut out = vec![0; zlib_rs::compress_bound(block.len())];
    let (packed, code) = zlib_rs::compress_slice(&mut out, block, zlib_rs::DeflateConfig::new(6));
    assert_eq!(code, zlib_rs::ReturnCode::Ok);
    packed.len()
};

/// The original zlib, which `tune=zlib` is calibrated for.
#[allow(unsafe_code, reason = "the original zlib is a C library")]
pub const C_ZLIB: Compressor = |block| {
    let len = libz_sys::uLong::try_from(block.len()).expect("blocks are small");
    // SAFETY: the bound is that of the library, and both buffers have the lengths given.
    unsafe {
        let mut out_len = libz_sys::compressBound(len);
        let mut out = vec![0_u8; usize::try_from(out_len).expect("blocks are small")];
        assert_eq!(libz_sys::compress2(out.as_mut_ptr(), &raw mut out_len, block.as_ptr(), len, 6), libz_sys::Z_OK);
        usize::try_from(out_len).expect("blocks are small")
    }
};

/// The ratio that a store which keeps incompressible blocks as they are would measure.
pub fn measured(data: &[u8], block: usize, compressor: Compressor) -> f64 {
    let stored: usize = data.chunks(block).map(|piece| compressor(piece).min(piece.len())).sum();
    data.len() as f64 / stored as f64
}

/// Sequences of an LZ4 block, and the bytes of its literals.
pub fn sequences(block: &[u8]) -> (usize, usize) {
    let packed = lz4::block::compress(block, None, false).unwrap();
    let (mut at, mut count, mut literals) = (0, 0, 0);
    let length = |at: &mut usize, nibble: u8| {
        if nibble < 15 {
            return usize::from(nibble);
        }
        let more = packed[*at..].iter().take_while(|&&byte| byte == 255).count();
        let last = usize::from(packed[*at + more]);
        *at += more + 1;
        15 + 255 * more + last
    };
    while at < packed.len() {
        let token = packed[at];
        at += 1;
        let run = length(&mut at, token >> 4);
        (at, literals) = (at + run, literals + run);
        if at < packed.len() {
            at += 2;
            length(&mut at, token & 15);
            count += 1;
        }
    }
    (count, literals)
}
