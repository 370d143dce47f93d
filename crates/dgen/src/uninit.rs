//! Between memory that may be uninitialised and bytes.
#![allow(unsafe_code, reason = "the compiler cannot see that every byte has been written")]

use std::mem::MaybeUninit;

/// A byte of memory to be written, which may be uninitialised: what fills such memory writes all of it.
pub(crate) type Byte = MaybeUninit<u8>;

/// Bytes as memory to be written.
///
/// # Safety
/// Whoever gets the result writes nothing but initialised bytes to it.
pub(crate) unsafe fn from_bytes(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    let bytes: *mut [u8] = bytes;
    // SAFETY: both types have one layout, the borrow goes on in the result, and the bytes stay initialised, as the
    // caller promises.
    unsafe { &mut *(bytes as *mut [MaybeUninit<u8>]) }
}

/// Memory that has been written, as bytes.
///
/// # Safety
/// Every byte has been initialised.
pub(crate) unsafe fn filled(memory: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: as the caller promises.
    unsafe { memory.assume_init_mut() }
}
