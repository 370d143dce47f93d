//! Fills and comparisons keep to their buffers: before and behind each lies memory that faults when it is touched.
#![allow(unsafe_code)] // The memory around the buffers is mapped without access.

use dgen::driver::Team;
use dgen::kernel::StoreLoop;
use dgen::numeric::{Uniform, Work};
use dgen::{Kernel, Recipe, Stores, Stream};

const PAGE: usize = 4096;

/// Memory of which the pages before and behind cannot be touched.
struct Guarded {
    begin: *mut libc::c_void,
    len: usize,
}

impl Guarded {
    fn new(pages: usize) -> Self {
        let len = pages * PAGE;
        let (map, guarded) = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, len + 2 * PAGE);
        // SAFETY: a new mapping wherever the system likes.
        let begin = unsafe { libc::mmap(std::ptr::null_mut(), guarded, libc::PROT_NONE, map, -1, 0) };
        assert!(begin != libc::MAP_FAILED, "{}", std::io::Error::last_os_error());
        // SAFETY: the part lies inside the mapping.
        let opened = unsafe { libc::mprotect(begin.byte_add(PAGE), len, libc::PROT_READ | libc::PROT_WRITE) };
        assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
        Self { begin, len }
    }

    /// All that can be touched.
    fn all(&mut self) -> &mut [u8] {
        // SAFETY: the part is mapped for reading and writing, holds zeros at first, and is borrowed with `self`.
        unsafe { std::slice::from_raw_parts_mut(self.begin.byte_add(PAGE).cast(), self.len) }
    }

    /// The last bytes, which end where memory does.
    fn last(&mut self, len: usize) -> &mut [u8] {
        let begin = self.len - len;
        &mut self.all()[begin..]
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no borrow of it is left.
        unsafe { libc::munmap(self.begin, self.len + 2 * PAGE) };
    }
}

const RECIPES: [&str; 10] = [
    "dgen1,seed=1,texture=tensor",
    "dgen1,seed=1,texture=tensor,dtype=fp32,like=kv",
    "dgen1,seed=1,texture=tensor,dtype=int8,block=4KiB,dedup=2",
    "dgen1,seed=1",
    "dgen1,seed=2,dedup=3/2,compress=2,block=4KiB",
    "dgen1,seed=3,compress=1.3",
    "dgen1,seed=4,compress=20,texture=zeros",
    "dgen1,seed=5,compress=200",
    "dgen1,seed=6,compress=2,texture=lz,tune=zstd",
    "dgen1,seed=6,compress=2,texture=text,tune=zstd",
];
const LENGTHS: [usize; 13] = [0, 1, 15, 16, 63, 64, 65, 511, 4095, 4096, 4097, 12_288, 36_865];
const OFFSETS: [u64; 6] = [0, 1, 64, 4000, 4096, 123_457];

fn streams() -> impl Iterator<Item = Stream> {
    Kernel::available().into_iter().flat_map(|kernel| {
        println!("kernel {}", kernel.name());
        RECIPES.iter().map(move |recipe| Stream::with_kernel(&recipe.parse::<Recipe>().unwrap(), kernel))
    })
}

#[test]
fn fills_keep_to_their_buffer() {
    let mut memory = Guarded::new(10);
    for stream in streams() {
        for stores in [Stores::Cached, Stores::Streaming] {
            let stream = stream.with_stores(stores);
            for (offset, len) in OFFSETS.iter().flat_map(|offset| LENGTHS.map(|len| (*offset, len))) {
                memory.all().fill(0xa5);
                stream.fill_at(offset, memory.last(len)).unwrap();
                let rest = memory.len - len;
                assert!(memory.all()[..rest].iter().all(|byte| *byte == 0xa5), "before the buffer");
                assert!(stream.verify_at(offset, memory.last(len)).unwrap().ok);
                memory.all().fill(0xa5);
                stream.fill_at(offset, &mut memory.all()[..len]).unwrap();
                assert!(memory.all()[len..].iter().all(|byte| *byte == 0xa5), "behind the buffer");
                assert!(stream.verify_at(offset, &memory.all()[..len]).unwrap().ok);
            }
        }
    }
}

#[test]
fn so_do_fills_of_several_threads() {
    let mut memory = Guarded::new(600);
    for stream in streams() {
        for (offset, len) in [(0, 600 * PAGE), (1, 600 * PAGE - 1), (4095, 2_000_001)] {
            for threads in [2, 3] {
                stream.fill_with(offset, memory.last(len), &Team::auto(Some(threads)).unwrap()).unwrap();
                assert!(stream.verify_at(offset, memory.last(len)).unwrap().ok);
            }
        }
    }
}

#[test]
fn so_do_comparisons_of_damaged_data() {
    let mut memory = Guarded::new(4);
    for stream in streams() {
        for (offset, len) in OFFSETS.iter().flat_map(|offset| LENGTHS.map(|len| (*offset, len.min(4 * PAGE)))) {
            for damage in [0, 1, 7] {
                let data = memory.last(len);
                stream.fill_at(offset, data).unwrap();
                data.iter_mut().step_by(100 * damage + 1).for_each(|byte| *byte ^= 0x81);
                assert_eq!(stream.verify_at(offset, data).unwrap().ok, len == 0);
            }
        }
    }
}

#[test]
fn so_do_loops_of_stores() {
    let mut memory = Guarded::new(10);
    for kernel in Kernel::available() {
        for (way, len) in StoreLoop::available(kernel).iter().flat_map(|way| LENGTHS.map(|len| (*way, len))) {
            memory.all().fill(0);
            kernel.store(way, 7, memory.last(len));
            assert_eq!(memory.all().iter().map(|byte| usize::from(*byte == 7)).sum::<usize>(), len, "{way:?}");
        }
    }
}

#[test]
fn so_do_numbers() {
    let mut memory = Guarded::new(10);
    let values = Uniform::new(3, -1.0, 1.0).unwrap();
    for rows in [1, 2, 63, 64, 65, 1000] {
        for dim in [1, 3, 8, 10] {
            let buffer = memory.last(rows * dim * 4);
            Work::draw(&values, 5, buffer, 2).unwrap().normalized(dim).unwrap().finish();
        }
    }
}
