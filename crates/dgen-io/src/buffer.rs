//! Buffers that start on a boundary that direct I/O accepts.

/// A zeroed buffer whose first byte lies at a multiple of `alignment`.
#[derive(Debug)]
pub(crate) struct AlignedBuffer {
    /// Longer than asked by up to one alignment, so that an aligned start lies inside.
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl AlignedBuffer {
    /// `len` bytes at a multiple of `alignment`, which is a power of two.
    pub(crate) fn new(len: usize, alignment: usize) -> Self {
        let bytes = vec![0; len + alignment];
        let start = bytes.as_ptr().addr().wrapping_neg() & (alignment - 1);
        Self { bytes, start, len }
    }

    /// The first `len` bytes.
    pub(crate) fn head(&mut self, len: usize) -> &mut [u8] {
        debug_assert!(len <= self.len);
        &mut self.bytes[self.start..][..len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_aligned() {
        for alignment in [512, 4096, 65536] {
            for len in [1, 4096, 100_000] {
                let mut buffer = AlignedBuffer::new(len, alignment);
                let head = buffer.head(len);
                assert_eq!((head.as_ptr().addr() % alignment, head.len()), (0, len));
            }
        }
    }
}
