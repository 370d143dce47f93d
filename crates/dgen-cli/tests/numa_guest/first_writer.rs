//! Which node's processor writes each page first: pages are made read-only, and a handler notes who wants to write.
#![allow(unsafe_code, reason = "a signal handler for writes to protected pages")]

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::pages::{Mapping, PAGE};

const MAX_PAGES: usize = 1 << 14;
static START: AtomicUsize = AtomicUsize::new(0);
static PAGES: AtomicUsize = AtomicUsize::new(0);
/// For each page, one more than the node of its first writer.
static WRITERS: [AtomicU32; MAX_PAGES] = [const { AtomicU32::new(0) }; MAX_PAGES];

/// Runs `write`, and says for each page of the mapping which node its first writer ran on; `None` for pages not written.
pub(crate) fn of_each_page(mapping: &mut Mapping, write: impl FnOnce(&mut [u8])) -> Vec<Option<u32>> {
    let pages = mapping.len() / PAGE;
    assert!(pages <= MAX_PAGES);
    for writer in &WRITERS {
        writer.store(0, Ordering::SeqCst);
    }
    START.store(mapping.as_ptr().addr(), Ordering::SeqCst);
    PAGES.store(pages, Ordering::SeqCst);
    // SAFETY: all zeros is a valid `sigaction`; the handler has the type that SA_SIGINFO asks for and makes only system
    // calls, and atomic stores.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = note as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        assert_eq!(libc::sigaction(libc::SIGSEGV, &raw const action, std::ptr::null_mut()), 0);
        assert_eq!(libc::mprotect(mapping.as_mut_ptr().cast(), pages * PAGE, libc::PROT_READ), 0);
    }
    write(mapping);
    WRITERS[..pages].iter().map(|writer| writer.load(Ordering::SeqCst).checked_sub(1)).collect()
}

/// Notes the node of the thread that wants to write, and lets it.
extern "C" fn note(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid description, which for this signal has an address.
    let address = unsafe { (*info).si_addr() }.addr();
    let page = address.wrapping_sub(START.load(Ordering::SeqCst)) / PAGE;
    if page >= PAGES.load(Ordering::SeqCst) {
        // SAFETY: ends the process, as the fault would have done without this handler.
        unsafe { libc::abort() };
    }
    let (mut cpu, mut node) = (0_u32, 0_u32);
    // SAFETY: both places outlive the call, and the third argument is not used; then whole pages of the mapping become
    // writable, as they were before.
    unsafe {
        libc::syscall(libc::SYS_getcpu, &raw mut cpu, &raw mut node, 0);
        libc::mprotect((address & !(PAGE - 1)) as *mut libc::c_void, PAGE, libc::PROT_READ | libc::PROT_WRITE);
    }
    WRITERS[page].store(node + 1, Ordering::SeqCst);
}
