//! The C interface of dgen; `include/dgen.h` says what each function does.
//!
//! Every function catches panics, checks its pointers for null, and keeps none of them. Errors are told as a number, and in
//! words that a thread keeps for itself.
#![allow(unsafe_code, reason = "a C interface: pointers of the caller")]

mod call;
mod damage;

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::{ptr, slice};

use dgen::{Error, ErrorKind, Recipe, Result, Stream, Verifier};

use call::{DIFFERS, call, last_error, text};
use damage::Damage;

/// Bytes of a page.
const PAGE: usize = 4096;

/// Where a page belongs.
#[repr(C)]
pub struct Location {
    offset: u64,
    version: u32,
    intact: u32,
}

/// The version of the library.
#[unsafe(no_mangle)]
pub extern "C" fn dgen_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// What the last call of this thread that failed had to say.
#[unsafe(no_mangle)]
pub extern "C" fn dgen_last_error() -> *const c_char {
    last_error()
}

/// Opens a stream.
///
/// # Safety
/// `recipe` is null or ends with a zero; `stream` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_open(recipe: *const c_char, version: u32, stream: *mut *mut Stream) -> c_int {
    call(|| {
        if stream.is_null() {
            return Err(null("stream"));
        }
        // SAFETY: it may be written.
        unsafe { stream.write(ptr::null_mut()) };
        if recipe.is_null() {
            return Err(null("recipe"));
        }
        // SAFETY: it ends with a zero.
        let recipe = unsafe { CStr::from_ptr(recipe) };
        let recipe = recipe.to_str().map_err(|_| Error::invalid("recipe", recipe.to_string_lossy(), "UTF-8"))?;
        let opened = Stream::new(&recipe.parse::<Recipe>()?)?.version(version);
        // SAFETY: as above.
        unsafe { stream.write(Box::into_raw(Box::new(opened))) };
        Ok(0)
    })
}

/// Closes a stream.
///
/// # Safety
/// `stream` is null or of `dgen_open`, and nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_close(stream: *mut Stream) {
    call(|| {
        if !stream.is_null() {
            // SAFETY: `dgen_open` made it so, and it is the last use.
            drop(unsafe { Box::from_raw(stream) });
        }
        Ok(0)
    });
}

/// The recipe in its canonical form.
///
/// # Safety
/// `stream` is null or open; `text` is null or has room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_recipe(stream: *const Stream, into: *mut c_char, size: usize) -> usize {
    // SAFETY: null or open.
    let Some(stream) = (unsafe { stream.as_ref() }) else { return 0 };
    // SAFETY: there is room.
    unsafe { text(&stream.recipe().to_string(), into, size) }
}

/// Bytes of a block.
///
/// # Safety
/// `stream` is null or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_block_size(stream: *const Stream) -> u64 {
    // SAFETY: null or open.
    unsafe { stream.as_ref() }.map_or(0, |stream| stream.recipe().block_size())
}

/// Fills a buffer.
///
/// # Safety
/// `stream` is null or open; `buffer` is null or has `size` bytes that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_fill(stream: *const Stream, offset: u64, buffer: *mut c_void, size: usize) -> c_int {
    call(|| {
        // SAFETY: as the caller promises.
        let (stream, buffer) = unsafe { (opened(stream)?, bytes_mut(buffer, size)?) };
        stream.fill_uninit_at(offset, buffer).map(|_| 0)
    })
}

/// Fills a buffer on several threads.
///
/// # Safety
/// As of [`dgen_fill`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_fill_parallel(
    stream: *const Stream,
    offset: u64,
    buffer: *mut c_void,
    size: usize,
    threads: c_uint,
) -> c_int {
    call(|| {
        // SAFETY: as the caller promises.
        let (stream, buffer) = unsafe { (opened(stream)?, bytes_mut(buffer, size)?) };
        let threads = (threads > 0).then_some(threads as usize);
        stream.par_fill_uninit_at(offset, buffer, threads).map(|_| 0)
    })
}

/// Compares a buffer.
///
/// # Safety
/// `stream` is null or open; `buffer` is null or has `size` bytes; `ranges` has room for `capacity` of them, and `found` is
/// null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_verify(
    stream: *const Stream,
    offset: u64,
    buffer: *const c_void,
    size: usize,
    ranges: *mut Damage,
    capacity: usize,
    found: *mut usize,
) -> c_int {
    call(|| {
        // SAFETY: as the caller promises.
        let (stream, buffer) = unsafe { (opened(stream)?, bytes(buffer, size)?) };
        if ranges.is_null() && capacity > 0 {
            return Err(null("ranges"));
        }
        let damage = Verifier::new(stream.clone()).check(offset, buffer)?;
        for (index, range) in damage.iter().take(capacity).enumerate() {
            // SAFETY: there is room for so many.
            unsafe { ranges.add(index).write(Damage::of(range)) };
        }
        if !found.is_null() {
            // SAFETY: it may be written.
            unsafe { found.write(damage.len()) };
        }
        Ok(if damage.is_empty() { 0 } else { DIFFERS })
    })
}

/// Finds where a page belongs.
///
/// # Safety
/// `stream` is null or open; `page` is null or has 4096 bytes; `location` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_locate(stream: *const Stream, page: *const c_void, location: *mut Location) -> c_int {
    call(|| {
        // SAFETY: as the caller promises.
        let (stream, page) = unsafe { (opened(stream)?, bytes(page, PAGE)?) };
        if location.is_null() {
            return Err(null("location"));
        }
        let Some(found) = stream.locate(page) else { return Ok(DIFFERS) };
        let found = Location { offset: found.offset, version: found.version, intact: u32::from(found.intact) };
        // SAFETY: it may be written.
        unsafe { location.write(found) };
        Ok(0)
    })
}

/// The name of a kind of damage.
#[unsafe(no_mangle)]
pub extern "C" fn dgen_kind_name(kind: u32) -> *const c_char {
    damage::name(kind).as_ptr()
}

/// Describes a damaged range.
///
/// # Safety
/// `damage` is null or one; `text` is null or has room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dgen_describe(damage: *const Damage, into: *mut c_char, size: usize) -> usize {
    // SAFETY: null or one.
    let Some(damage) = (unsafe { damage.as_ref() }) else { return 0 };
    // SAFETY: there is room.
    unsafe { text(&damage.words(), into, size) }
}

/// # Safety
/// It is null or open, and stays so.
unsafe fn opened<'a>(stream: *const Stream) -> Result<&'a Stream> {
    // SAFETY: null or open.
    unsafe { stream.as_ref() }.ok_or_else(|| null("stream"))
}

/// # Safety
/// It is null or has so many bytes.
unsafe fn bytes<'a>(buffer: *const c_void, size: usize) -> Result<&'a [u8]> {
    check(buffer.is_null(), size)?;
    if size == 0 {
        return Ok(&[]);
    }
    // SAFETY: it has so many bytes, and no more than a slice may have.
    Ok(unsafe { slice::from_raw_parts(buffer.cast(), size) })
}

/// # Safety
/// It is null or has so many bytes that nobody else uses.
unsafe fn bytes_mut<'a>(buffer: *mut c_void, size: usize) -> Result<&'a mut [std::mem::MaybeUninit<u8>]> {
    check(buffer.is_null(), size)?;
    if size == 0 {
        return Ok(&mut []);
    }
    // SAFETY: it has so many bytes, which need not be set, and no more than a slice may have.
    Ok(unsafe { slice::from_raw_parts_mut(buffer.cast(), size) })
}

fn check(is_null: bool, size: usize) -> Result<()> {
    if is_null && size > 0 {
        return Err(null("buffer"));
    }
    if isize::try_from(size).is_err() {
        return Err(Error::invalid("size", size, &format!("up to {}", isize::MAX)));
    }
    Ok(())
}

fn null(what: &str) -> Error {
    Error::new(ErrorKind::Usage, "null is not accepted (accepted: a pointer)").of(what)
}
