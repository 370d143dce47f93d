//! How calls end: a number, and words that the thread keeps.

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use dgen::{ErrorKind, Result};

const FAILED: c_int = 1;
const USAGE: c_int = 2;
/// Data differs.
pub(crate) const DIFFERS: c_int = 3;
const BROKEN: c_int = 4;

thread_local! {
    static WORDS: RefCell<CString> = RefCell::default();
}

/// Runs a call; no panic leaves it.
pub(crate) fn call(work: impl FnOnce() -> Result<c_int>) -> c_int {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => {
            keep(&error.named(|option| option.replace(' ', "_")));
            match error.kind() {
                ErrorKind::InvalidValue | ErrorKind::Usage | ErrorKind::Unsupported => USAGE,
                _ => FAILED,
            }
        }
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            keep(&format!("dgen is broken: {}", words.unwrap_or("no words")));
            BROKEN
        }
    }
}

fn keep(words: &str) {
    let words = CString::new(words.replace('\0', "\u{fffd}")).unwrap_or_default();
    // A thread that ends has nobody left to tell.
    _ = WORDS.try_with(|kept| kept.replace(words));
}

/// What the last failed call of this thread had to say.
pub(crate) fn last_error() -> *const c_char {
    WORDS.try_with(|kept| kept.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

/// Writes a text as `snprintf` does, and returns its length.
///
/// # Safety
/// `into` is null or has room for `size` bytes.
pub(crate) unsafe fn text(text: &str, into: *mut c_char, size: usize) -> usize {
    if !into.is_null() && size > 0 {
        let len = text.len().min(size - 1);
        // SAFETY: there is room for so many bytes and the zero; the text is no part of it.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr().cast(), into, len);
            into.add(len).write(0);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use dgen::Error;

    use super::*;

    fn said() -> String {
        // SAFETY: it lives until the next failure.
        unsafe { CStr::from_ptr(last_error()) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn panics_and_errors_become_numbers_and_words() {
        assert_eq!((call(|| Ok(3)), said()), (3, String::new()));
        assert_eq!(call(|| Err(Error::invalid("block size", 7, "more"))), USAGE);
        assert_eq!(said(), "block_size: 7 is not accepted (accepted: more)");
        assert_eq!(call(|| Err(Error::system("see", std::io::ErrorKind::NotFound.into()))), FAILED);
        let number = std::hint::black_box(0);
        assert_eq!(call(|| Ok(1 / number)), BROKEN);
        assert!(said().contains("divide by zero"), "{}", said());
        std::thread::spawn(|| assert_eq!(said(), "")).join().unwrap();
    }

    #[test]
    fn texts_are_cut_at_their_room() {
        let mut room = [c_char::MAX; 8];
        // SAFETY: there is room for so many.
        let len = unsafe { text("recipe", room.as_mut_ptr(), 4) };
        assert_eq!((len, &room[..5]), (6, &[b'r', b'e', b'c', 0, 127].map(|byte| c_char::try_from(byte).unwrap())[..]));
        // SAFETY: nothing is written.
        assert_eq!(unsafe { text("recipe", ptr::null_mut(), 0) }, 6);
    }
}
