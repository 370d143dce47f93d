//! The system calls of placement: where threads run, where pages lie, and where they are to be put.
#![allow(unsafe_code, reason = "these calls have no safe binding that serves machines of any size")]

use super::policy::Policy;
use crate::topology::IdSet;
use libc::{c_int, c_long, c_ulong};
use std::io;

/// Bits of a word of the kernel's masks.
const WORD_BITS: u32 = c_ulong::BITS;
/// Kernels know fewer nodes than this.
const NODE_BITS: u32 = 4096;
/// `MPOL_BIND`: pages come from the given nodes alone.
const BIND: c_int = 2;

/// Restricts the calling thread to processors.
pub(super) fn set_affinity(cpus: &IdSet) -> io::Result<()> {
    let mask = mask_of(cpus);
    let bytes = std::mem::size_of_val(mask.as_slice());
    // SAFETY: the kernel reads `bytes` bytes of `mask`, which is as long; 0 is the calling thread.
    result(unsafe { libc::syscall(libc::SYS_sched_setaffinity, 0 as c_long, bytes, mask.as_ptr()) })
}

/// The processor that the calling thread runs on at this moment.
pub(super) fn current_cpu() -> Option<u32> {
    let mut cpu: libc::c_uint = 0;
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: the kernel writes one integer, to `cpu`; null is allowed for what is not wanted.
    let status = unsafe { libc::syscall(libc::SYS_getcpu, &raw mut cpu, none, none) };
    (status == 0).then_some(cpu)
}

/// Has the pages of a range that are not there yet come from one node alone. `start` and `len` are whole pages.
pub(super) fn bind(start: usize, len: usize, node: u32) -> io::Result<()> {
    let mask = mask_of(&[node].into_iter().collect());
    let bits = mask.len() as c_ulong * c_ulong::from(WORD_BITS) + 1;
    // SAFETY: the call changes where later pages come from, never what memory holds, whatever the range; it reads `bits`
    // - 1 bits of `mask`, which has as many.
    result(unsafe { libc::syscall(libc::SYS_mbind, start, len, BIND, mask.as_ptr(), bits, 0 as c_ulong) })
}

/// Binds a page of its own to a node, and gives it back.
pub(super) fn try_bind(node: u32) -> io::Result<()> {
    let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let len = page();
    // SAFETY: without an address the kernel chooses unused space, so nothing that exists is touched.
    let map = unsafe { libc::mmap(std::ptr::null_mut(), len, access, kind, -1, 0) };
    if map == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let bound = bind(map.addr(), len, node);
    // SAFETY: it was mapped above with this length, and nobody else knows it.
    unsafe { libc::munmap(map, len) };
    bound
}

/// The calling thread's memory policy.
pub(super) fn policy() -> io::Result<Policy> {
    let mut mode: c_int = 0;
    let mut mask: Vec<c_ulong> = vec![0; (NODE_BITS / WORD_BITS) as usize];
    let none = std::ptr::null::<libc::c_void>();
    let bits = c_ulong::from(NODE_BITS);
    // SAFETY: the kernel writes one integer to `mode` and at most `bits` bits to `mask`, which has as many; without flags
    // it asks for no address.
    result(unsafe {
        libc::syscall(libc::SYS_get_mempolicy, &raw mut mode, mask.as_mut_ptr(), bits, none, 0 as c_ulong)
    })?;
    Ok(Policy::new(mode, ids_of(&mask)))
}

/// The node of each page, by an address in it; `None` for a page that is not there.
pub(super) fn locate(pages: &[usize]) -> io::Result<Vec<Option<u32>>> {
    let mut status: Vec<c_int> = vec![-1; pages.len()];
    let none = std::ptr::null::<c_int>();
    // SAFETY: the kernel reads `pages.len()` addresses, looks up each without reading or writing what is there, moves
    // nothing as no nodes are given, and writes as many integers to `status`. 0 is this process.
    result(unsafe {
        let (count, status) = (pages.len(), status.as_mut_ptr());
        libc::syscall(libc::SYS_move_pages, 0 as c_long, count, pages.as_ptr(), none, status, 0 as c_long)
    })?;
    Ok(status.into_iter().map(|node| u32::try_from(node).ok()).collect())
}

/// Bytes of a page.
pub(super) fn page() -> usize {
    // SAFETY: the call takes a number and returns one.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(crate::units::PAGE)
}

fn result(status: c_long) -> io::Result<()> {
    if status < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A mask with the bits of `ids`, of whole words.
fn mask_of(ids: &IdSet) -> Vec<c_ulong> {
    let words = ids.iter().last().map_or(1, |last| last / WORD_BITS + 1);
    let mut mask = vec![0; words as usize];
    for id in ids.iter() {
        mask[(id / WORD_BITS) as usize] |= 1 << (id % WORD_BITS);
    }
    mask
}

fn ids_of(mask: &[c_ulong]) -> IdSet {
    let words = mask.iter().zip((0..).step_by(WORD_BITS as usize));
    words
        .flat_map(|(&word, base)| (0..WORD_BITS).filter(move |bit| word >> bit & 1 == 1).map(move |b| base + b))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hold_any_id() {
        for text in ["0", "0-3,8", "63-64", "1023-1030,4095"] {
            let ids: IdSet = text.parse().unwrap();
            assert_eq!(ids_of(&mask_of(&ids)), ids);
        }
        assert_eq!(mask_of(&IdSet::default()), [0]);
    }

    #[test]
    fn this_thread_runs_where_it_may() {
        let allowed = crate::topology::affinity().unwrap();
        assert!(current_cpu().is_none_or(|cpu| allowed.contains(cpu)));
        set_affinity(&allowed).unwrap();
        assert!(set_affinity(&IdSet::default()).is_err());
        assert_eq!(crate::topology::affinity().unwrap(), allowed);
    }

    #[test]
    fn pages_are_found_where_the_system_tells() {
        let page = vec![7_u8; 4096];
        match locate(&[page.as_ptr().addr()]) {
            Ok(nodes) => assert_eq!(nodes.len(), 1),
            Err(error) => assert!(error.raw_os_error().is_some(), "{error}"),
        }
    }
}
