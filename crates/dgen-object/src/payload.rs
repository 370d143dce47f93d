//! Buffers that are filled with a stream, sent from where they are, and used again.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use dgen::{Result, Stream};
use object_store::PutPayload;

/// Buffers that wait for their next use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// What a stream has from `offset` on. The buffer comes back when the last request is done with it.
    pub(crate) fn filled(&self, stream: &Stream, offset: u64, len: usize) -> Result<PutPayload> {
        let mut buffer = self.lock().pop().unwrap_or_default();
        if buffer.len() < len {
            buffer.resize(len, 0);
        }
        let mut lent = Lent { buffer, len, home: self.clone() };
        stream.fill_at(offset, &mut lent.buffer[..len])?;
        Ok(Bytes::from_owner(lent).into())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer that is on its way.
struct Lent {
    buffer: Vec<u8>,
    len: usize,
    home: Buffers,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.home.lock().push(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use dgen::Recipe;

    use super::*;

    #[test]
    fn buffers_are_used_again_and_not_copied() {
        let stream = Stream::new(&Recipe::with_seed(3)).unwrap();
        let buffers = Buffers::default();
        let first = buffers.filled(&stream, 0, 9000).unwrap();
        let place = first.as_ref()[0].as_ptr();
        let copy = first.clone();
        drop(first);
        assert_ne!(buffers.filled(&stream, 0, 10).unwrap().as_ref()[0].as_ptr(), place, "it is on its way still");
        drop(copy);
        let again = buffers.filled(&stream, 5, 8000).unwrap();
        let mut wanted = vec![0; 8000];
        stream.fill_at(5, &mut wanted).unwrap();
        assert_eq!((again.as_ref()[0].as_ptr(), &again.as_ref()[0][..]), (place, &wanted[..]));
    }
}
