//! Memory on chosen nodes, and on which node each page lies: the kernel asked directly, apart from the library's own calls.
#![allow(unsafe_code, reason = "mappings, and system calls that take addresses")]

use std::ops::{Deref, DerefMut};

pub(crate) const PAGE: usize = 4096;
/// `MPOL_BIND`.
const BIND: libc::c_int = 2;

/// A mapping of its own, of whole pages.
pub(crate) struct Mapping {
    start: *mut u8,
    len: usize,
}

impl Mapping {
    /// Pages that nobody has touched; huge pages are not used, so that each page is seen alone.
    pub(crate) fn untouched(pages: usize) -> Self {
        let len = pages * PAGE;
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping at an address that the kernel chooses touches no memory of the program.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, -1, 0) };
        assert_ne!(start, libc::MAP_FAILED);
        // SAFETY: advice about the mapping made above, whose contents it does not change.
        assert_eq!(unsafe { libc::madvise(start, len, libc::MADV_NOHUGEPAGE) }, 0);
        Self { start: start.cast(), len }
    }

    /// So many pages on each of these nodes, one after the other, all touched.
    pub(crate) fn on_nodes(nodes: &[u32], pages: usize) -> Self {
        let mut mapping = Self::untouched(nodes.len() * pages);
        for (index, node) in nodes.iter().enumerate() {
            let mask: libc::c_ulong = 1 << node;
            let part = &mut mapping[index * pages * PAGE..][..pages * PAGE];
            // SAFETY: the policy of whole pages of a mapping of our own; the mask outlives the call and has 64 bits.
            let done =
                unsafe { libc::syscall(libc::SYS_mbind, part.as_mut_ptr(), part.len(), BIND, &raw const mask, 64, 0) };
            assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
            part.fill(1);
        }
        let expected: Vec<u32> = nodes.iter().flat_map(|node| std::iter::repeat_n(*node, pages)).collect();
        assert_eq!(mapping.nodes(), expected, "the kernel puts pages where they are bound to");
        mapping
    }

    /// The node of each page.
    pub(crate) fn nodes(&self) -> Vec<u32> {
        let pages: Vec<*const u8> = self.chunks(PAGE).map(<[u8]>::as_ptr).collect();
        let mut nodes: Vec<libc::c_int> = vec![-1; pages.len()];
        let none = std::ptr::null::<libc::c_int>();
        // SAFETY: without target nodes the call only reports; both lists have as many entries as it is told.
        let done =
            unsafe { libc::syscall(libc::SYS_move_pages, 0, pages.len(), pages.as_ptr(), none, nodes.as_mut_ptr(), 0) };
        assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
        nodes.into_iter().map(|node| u32::try_from(node).expect("the page is there")).collect()
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the mapping is readable, has this length, and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

impl DerefMut for Mapping {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; it is writable, or made so by a handler at the first write, and `self` is its only owner.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: made by `untouched` with this length, and no reference to it is left.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}
