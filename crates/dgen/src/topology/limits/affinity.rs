//! The affinity mask of the calling thread, on machines of any size.
#![allow(unsafe_code)] // The only way to ask for more than 1024 processors is the raw call with a buffer of our own.

use super::IdSet;

/// The processors the calling thread may run on; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn of_calling_thread() -> Option<IdSet> {
    const WORD_BITS: u32 = libc::c_ulong::BITS;
    let mut words = 1024 / WORD_BITS;
    while words <= IdSet::ID_LIMIT / WORD_BITS {
        let mut mask: Vec<libc::c_ulong> = vec![0; words as usize];
        let bytes = std::mem::size_of_val(mask.as_slice());
        // SAFETY: the kernel writes at most `bytes` bytes, which is the length of `mask`, a live and exclusively
        // borrowed buffer; `cpu_set_t` is a plain array of these words, so alignment and content are right.
        let status = unsafe { libc::sched_getaffinity(0, bytes, mask.as_mut_ptr().cast()) };
        if status == 0 {
            return Some(ids_of(&mask)).filter(|set| !set.is_empty());
        }
        if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINVAL) {
            return None;
        }
        // The kernel's own mask is longer than ours.
        words *= 2;
    }
    None
}

/// The processors the calling thread may run on; `None` because this system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn of_calling_thread() -> Option<IdSet> {
    None
}

#[cfg(target_os = "linux")]
fn ids_of(mask: &[libc::c_ulong]) -> IdSet {
    let word_ids = |(bits, base): (&libc::c_ulong, u32)| {
        let bits = *bits;
        (0..libc::c_ulong::BITS).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| base + bit)
    };
    mask.iter().zip((0..).step_by(libc::c_ulong::BITS as usize)).flat_map(word_ids).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn reads_bits_in_every_word() {
        let top = 1 << (libc::c_ulong::BITS - 1);
        let ids: Vec<u32> = ids_of(&[0b101, 0, top]).iter().collect();
        assert_eq!(ids, [0, 2, 3 * libc::c_ulong::BITS - 1]);
    }

    #[test]
    fn this_thread_may_run_somewhere() {
        assert!(of_calling_thread().is_some_and(|set| !set.is_empty()));
    }
}
