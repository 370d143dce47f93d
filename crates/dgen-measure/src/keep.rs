//! Values written to a state file and read back: each type lists its fields once, for both ways.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasher, Hash};
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Result, Write};

use xxhash_rust::xxh3::Xxh3Default;

/// Most items that memory is set aside for before they are read.
const AHEAD: usize = 1 << 16;

/// A way to or from a file.
pub(crate) trait Pass {
    /// Writes the bytes, or replaces them.
    fn bytes(&mut self, bytes: &mut [u8]) -> Result<()>;

    /// Whether values are replaced.
    fn reads(&self) -> bool;
}

/// What goes both ways.
pub(crate) trait Keep {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()>;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Keep for $number {
            fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
                let mut bytes = self.to_le_bytes();
                way.bytes(&mut bytes)?;
                *self = Self::from_le_bytes(bytes);
                Ok(())
            }
        }
    )*};
}

numbers!(u8, u32, i32, u64, u128);

impl Keep for usize {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut number = *self as u64;
        number.pass(way)?;
        *self = Self::try_from(number).map_err(|_| damaged())?;
        Ok(())
    }
}

impl Keep for bool {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut number = u8::from(*self);
        number.pass(way)?;
        *self = number != 0;
        Ok(())
    }
}

impl<T: Keep, const N: usize> Keep for [T; N] {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        self.iter_mut().try_for_each(|item| item.pass(way))
    }
}

impl<A: Keep, B: Keep> Keep for (A, B) {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        self.0.pass(way)?;
        self.1.pass(way)
    }
}

impl<T: Keep + Default> Keep for Option<T> {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut is_some = self.is_some();
        is_some.pass(way)?;
        if way.reads() {
            *self = is_some.then(T::default);
        }
        self.as_mut().map_or(Ok(()), |value| value.pass(way))
    }
}

impl<T: Keep + Default> Keep for Vec<T> {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut len = self.len();
        len.pass(way)?;
        if !way.reads() {
            return self.iter_mut().try_for_each(|item| item.pass(way));
        }
        self.clear();
        self.reserve(len.min(AHEAD));
        for _ in 0..len {
            let mut item = T::default();
            item.pass(way)?;
            self.push(item);
        }
        Ok(())
    }
}

/// Bytes, many at a time.
pub(crate) fn pass_bytes(bytes: &mut Vec<u8>, way: &mut dyn Pass) -> Result<()> {
    let mut len = bytes.len();
    len.pass(way)?;
    if !way.reads() {
        return way.bytes(bytes);
    }
    bytes.clear();
    while bytes.len() < len {
        let (done, more) = (bytes.len(), (len - bytes.len()).min(AHEAD));
        bytes.resize(done + more, 0);
        way.bytes(&mut bytes[done..])?;
    }
    Ok(())
}

impl Keep for String {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut bytes = std::mem::take(self).into_bytes();
        pass_bytes(&mut bytes, way)?;
        *self = Self::from_utf8(bytes).map_err(|_| damaged())?;
        Ok(())
    }
}

impl<K: Keep + Default + Copy + Eq + Hash, V: Keep + Default, S: BuildHasher + Default> Keep for HashMap<K, V, S> {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut len = self.len();
        len.pass(way)?;
        if way.reads() {
            self.clear();
            for _ in 0..len {
                let (mut key, mut value) = (K::default(), V::default());
                key.pass(way)?;
                value.pass(way)?;
                self.insert(key, value);
            }
            return Ok(());
        }
        for (key, value) in self {
            let mut key = *key;
            key.pass(way)?;
            value.pass(way)?;
        }
        Ok(())
    }
}

impl<K: Keep + Default + Copy + Eq + Hash, S: BuildHasher + Default> Keep for HashSet<K, S> {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut all: Vec<K> = self.iter().copied().collect();
        all.pass(way)?;
        if way.reads() {
            *self = all.into_iter().collect();
        }
        Ok(())
    }
}

/// The fields of a type that go both ways, in their order.
macro_rules! keeps {
    ($type:ty: $($field:ident),*) => {
        impl $crate::keep::Keep for $type {
            fn pass(&mut self, way: &mut dyn $crate::keep::Pass) -> std::io::Result<()> {
                $($crate::keep::Keep::pass(&mut self.$field, way)?;)*
                Ok(())
            }
        }
    };
}
pub(crate) use keeps;

/// The error for bytes that mean nothing.
pub(crate) fn damaged() -> Error {
    Error::new(ErrorKind::InvalidData, "it is damaged")
}

/// Writes to a file.
pub(crate) struct Saver {
    file: BufWriter<File>,
    sum: Xxh3Default,
}

impl Saver {
    pub(crate) fn new(file: File) -> Self {
        Self { file: BufWriter::with_capacity(1 << 18, file), sum: Xxh3Default::new() }
    }

    /// Writes the checksum of all that was written, and waits for the device.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.file.write_all(&self.sum.digest128().to_le_bytes())?;
        self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Pass for Saver {
    fn bytes(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.sum.update(bytes);
        self.file.write_all(bytes)
    }

    fn reads(&self) -> bool {
        false
    }
}

/// Reads from a file.
pub(crate) struct Loader {
    file: BufReader<File>,
    sum: Xxh3Default,
}

impl Loader {
    pub(crate) fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(1 << 18, file), sum: Xxh3Default::new() }
    }

    /// Whether what was read is what was written, to its end.
    pub(crate) fn finish(mut self) -> Result<()> {
        let mut written = [0; 16];
        self.file.read_exact(&mut written)?;
        let is_end = self.file.read(&mut [0])? == 0;
        if is_end && written == self.sum.digest128().to_le_bytes() { Ok(()) } else { Err(damaged()) }
    }
}

impl Pass for Loader {
    fn bytes(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.file.read_exact(bytes)?;
        self.sum.update(bytes);
        Ok(())
    }

    fn reads(&self) -> bool {
        true
    }
}
