//! Bytes depend on the recipe and the offset alone: every kernel, thread count, alignment and split equals the reference.

mod common;

use common::{reference, streams};
use dgen::{Kernel, Recipe, Stores, Stream};
use proptest::prelude::*;
use std::mem::MaybeUninit;

/// Pages of literals and copies.
const LZ: &str = ",compress=2.2,texture=lz,tune=lz4";
const TEXT: &str = ",compress=2.2,texture=text,tune=lz4";
const DTYPES: [&str; 5] = ["bf16", "fp16", "fp32", "fp8", "int8"];
const LIKES: [&str; 5] = ["weights", "grad", "adam", "kv", "uniform"];

/// Recipes over the whole grammar, as text.
fn recipes() -> impl Strategy<Value = String> {
    let block = prop_oneof![Just("4KiB"), Just("12KiB"), Just("64KiB"), Just("100KiB"), Just("1MiB"), Just("1GiB")];
    let dedup = prop_oneof![
        Just("1".to_owned()),
        prop::sample::select(vec!["1.01", "1.5", "2", "2.5", "3", "7.3", "10", "100", "1000000"])
            .prop_map(str::to_owned),
        (1_u32..2000, 1_u32..1000).prop_map(|(extra, den)| format!("{}/{den}", den + extra)),
    ];
    let compress = prop_oneof![
        Just("1".to_owned()),
        prop::sample::select(vec![
            "1.001", "1.25", "1.3", "2", "2.5", "3", "4", "5", "8", "10", "15", "20", "60", "200"
        ])
        .prop_map(str::to_owned),
        (1000_u32..20_000).prop_map(|thousandths| format!("{thousandths}/1000")),
    ];
    let spread = prop_oneof![
        3 => Just("0".to_owned()),
        1 => prop::sample::select(vec!["1/1000000", "0.25", "0.7", "1"]).prop_map(str::to_owned),
        1 => (1_u32..1000).prop_map(|thousandths| format!("{thousandths}/1000")),
    ];
    let texture =
        prop_oneof![3 => Just("repeat"), 1 => Just("zeros"), 1 => Just("lz"), 1 => Just("text"), 2 => Just("tensor")];
    let tune = prop_oneof![Just("any"), Just("lz4"), Just("zstd"), Just("zlib")];
    let window = prop_oneof![3 => Just(""), 1 => Just(",window=1MiB,skip=0"), 1 => Just(",window=128MiB,skip=4MiB"),
        1 => Just(",skip=4MiB,early=apart,reuse=zipf:1.1"), 1 => Just(",window=128MiB,skip=4MiB,runs=2-5")];
    (any::<u64>(), block, dedup, compress, spread, texture, tune, window).prop_map(
        |(seed, block, dedup, compress, spread, texture, tune, window)| {
            // Runs need some tens of blocks in the window.
            let window = if block == "1GiB" { window.replace("128MiB", "64GiB") } else { window.to_owned() };
            if texture == "tensor" {
                let [one, other, ..] = seed.to_le_bytes().map(|byte| usize::from(byte) % 5);
                let (dtype, like) = (DTYPES[one], LIKES[other]);
                return format!("dgen1,seed={seed},block={block},dedup={dedup}{window},texture=tensor,dtype={dtype},like={like}");
            }
            // Pages of pieces or words are there for some tunings, and for ratios that all of these have.
            let (compress, tune) = match (texture, tune) {
                ("lz" | "text", "any") => (compress, "lz4"),
                _ => (compress, tune),
            };
            let compress = match texture {
                "lz" => format!("{}/1000", 1600 + (seed ^ window.len() as u64) % 1900),
                "text" => format!("{}/1000", 2100 + (seed ^ window.len() as u64) % 550),
                _ => compress,
            };
            let compress = if tune == "any" || !matches!(compress.as_str(), "60" | "200") { compress } else { "6".into() };
            format!("dgen1,seed={seed},block={block},dedup={dedup}{window},compress={compress},spread={spread},texture={texture},tune={tune}")
        },
    )
}

fn offsets() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..(1 << 22), 0_u64..(1 << 45), (0_u64..(1 << 30)).prop_map(|back| (1 << 63) - (1 << 31) + back)]
}

fn versions() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0), 1 => any::<u32>()]
}

fn stores() -> impl Strategy<Value = Stores> {
    prop::sample::select(vec![Stores::Auto, Stores::Cached, Stores::Streaming])
}

proptest! {
    #![proptest_config(common::cases(20_000))]

    #[test]
    fn every_kernel_equals_the_reference(
        recipe in recipes(), version in versions(), offset in offsets(), len in 0_usize..20_000,
        align in prop::option::of(0_usize..64), stores in stores(),
    ) {
        let mut expected = vec![0; len];
        reference(&recipe).version(version).fill(offset, &mut expected);
        for stream in streams(&recipe) {
            // Poison around and under the range: every byte is written, and none outside is touched.
            let mut buffer = vec![0xA5; len + 256];
            // Without a choice, pages are aligned to lines, as stores past the caches need it.
            let align = align.unwrap_or(usize::try_from(offset % 64).unwrap());
            let start = buffer.as_ptr().align_offset(64) + align + 64;
            stream.version(version).with_stores(stores).fill_at(offset, &mut buffer[start..][..len]).unwrap();
            let name = stream.kernel().name();
            prop_assert!(buffer[start..][..len] == expected, "kernel {name} of {recipe}, {version}, {stores:?}");
            let outside = buffer[..start].iter().chain(&buffer[start + len..]);
            prop_assert!(outside.copied().all(|byte| byte == 0xA5));
        }
    }

    #[test]
    fn canonical_text_is_that_of_the_reference(recipe in recipes()) {
        let parsed: Recipe = recipe.parse().unwrap();
        prop_assert_eq!(parsed.to_string(), dgen_spec::Recipe::parse(&recipe).unwrap().canonical());
        prop_assert_eq!(parsed.to_string().parse::<Recipe>().unwrap(), parsed);
    }
}

proptest! {
    #![proptest_config(common::cases(200))]

    #[test]
    fn thread_counts_and_splits_do_not_matter(
        recipe in recipes(), offset in offsets(), len in 0_usize..(3 << 20), cuts in prop::collection::vec(0_usize..(3 << 20), 0..5),
    ) {
        let stream = Stream::new(&recipe.parse().unwrap()).unwrap();
        let mut whole = vec![1; len];
        stream.fill_at(offset, &mut whole).unwrap();
        for threads in 1..=8 {
            let mut out = vec![2; len];
            stream.par_fill_at(offset, &mut out, Some(threads)).unwrap();
            prop_assert!(out == whole, "{threads} threads");
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(len)).chain([0, len]).collect();
        cuts.sort_unstable();
        let mut pieces = vec![3; len];
        for pair in cuts.windows(2).rev() {
            stream.fill_at(offset + pair[0] as u64, &mut pieces[pair[0]..pair[1]]).unwrap();
        }
        prop_assert!(pieces == whole);
    }
}

#[test]
fn every_byte_is_written_whatever_was_there() {
    let recipes = [
        "",
        ",compress=1.3",
        ",compress=2",
        ",compress=4",
        ",compress=13",
        ",compress=3,texture=zeros",
        ",compress=2,spread=1",
        LZ,
        TEXT,
    ];
    for stream in recipes.iter().flat_map(|rest| streams(&format!("dgen1,seed=3{rest}"))) {
        for (offset, len) in [(0, 64 * 4096), (0, 100), (5, 4096), (4095, 9000), (1 << 40, 300)] {
            let [zeros, ones] = [0, 0xff].map(|before| {
                let mut out = vec![MaybeUninit::new(before); len];
                stream.fill_uninit_at(offset, &mut out).unwrap().to_vec()
            });
            assert_eq!(zeros, ones, "{} at {offset}", stream.recipe());
            let mut parallel = Vec::with_capacity(len);
            let out = &mut parallel.spare_capacity_mut()[..len];
            assert_eq!(stream.par_fill_uninit_at(offset, out, Some(2)).unwrap(), zeros);
        }
    }
}

#[test]
fn large_shares_join_without_a_seam() {
    // Enough for each of two threads to claim huge pages, in memory and at offsets that no page boundary divides.
    let stream = Stream::new(&"dgen1,seed=8,dedup=2,compress=1.3".parse::<Recipe>().unwrap()).unwrap();
    let mut memory = vec![0; (36 << 20) + 77];
    for (skip, offset) in [(0, 0), (13, 4095), (64, (1 << 50) + 1)] {
        let out = &mut memory[skip..];
        stream.par_fill_at(offset, out, Some(2)).unwrap();
        assert!(stream.verify_at(offset, out).unwrap().ok, "{skip} bytes into the memory, from offset {offset}");
    }
}

#[test]
fn no_byte_past_the_buffer_is_touched() {
    let pages = GuardedPages::new(64);
    for recipe in [
        "dgen1,seed=1",
        "dgen1,seed=1,compress=1.3",
        "dgen1,seed=1,compress=4",
        "dgen1,seed=1,compress=13",
        "dgen1,seed=1,compress=3,texture=zeros",
        "dgen1,seed=1,compress=2,spread=1",
        "dgen1,seed=1,compress=3,texture=lz,tune=zlib",
        "dgen1,seed=1,compress=3,texture=text,tune=zlib",
    ] {
        for stream in streams(recipe) {
            for len in (0..=300).chain([511, 512, 4095, 4096, 4097, 65_535, 64 * 4096]) {
                for offset in [0, 1, 63, 4000] {
                    // A store past the end would fault.
                    pages.with_tail(len, |out| stream.fill_at(offset, out).unwrap());
                }
            }
        }
    }
}

#[test]
fn kernels_tested_are_named() {
    let names: Vec<_> = Kernel::available().into_iter().map(Kernel::name).collect();
    let absent: Vec<_> =
        ["portable", "avx2", "avx512", "neon"].into_iter().filter(|name| !names.contains(name)).collect();
    println!("kernels tested: {}; not on this processor: {}", names.join(", "), absent.join(", "));
    assert!(names.contains(&"portable"));
}

#[test]
fn ranges_past_the_end_are_refused() {
    let stream = Stream::new(&Recipe::with_seed(1)).unwrap();
    let mut out = [0; 2];
    stream.fill_at((1 << 63) - 2, &mut out).unwrap();
    for offset in [(1 << 63) - 1, 1 << 63, u64::MAX] {
        let message = stream.fill_at(offset, &mut out).unwrap_err().to_string();
        assert!(
            message.contains("offset") && message.contains(&offset.to_string()) && message.contains("2^63"),
            "{message}"
        );
    }
}

/// Memory whose end lies against a page that may not be touched.
struct GuardedPages {
    start: *mut u8,
    len: usize,
}

impl GuardedPages {
    #[allow(unsafe_code, reason = "the test needs a mapping with a guard page")]
    fn new(pages: usize) -> Self {
        let len = pages * 4096;
        // SAFETY: a fresh anonymous mapping; its last page is then made inaccessible.
        let start = unsafe {
            let start = libc::mmap(
                std::ptr::null_mut(),
                len + 4096,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert_ne!(start, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(start.byte_add(len), 4096, libc::PROT_NONE), 0);
            start
        };
        Self { start: start.cast(), len }
    }

    #[allow(unsafe_code, reason = "the slice lies in the mapping")]
    fn with_tail(&self, len: usize, f: impl FnOnce(&mut [u8])) {
        assert!(len <= self.len);
        // SAFETY: the last `len` bytes before the guard page, borrowed only for this call.
        f(unsafe { std::slice::from_raw_parts_mut(self.start.add(self.len - len), len) });
    }
}

impl Drop for GuardedPages {
    #[allow(unsafe_code, reason = "unmaps what `new` mapped")]
    fn drop(&mut self) {
        // SAFETY: the mapping made by `new`, no longer borrowed.
        unsafe { libc::munmap(self.start.cast(), self.len + 4096) };
    }
}
