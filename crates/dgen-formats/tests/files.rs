//! What holds for files of every format: sizes known in advance, equal bytes at each writing, the payload in its place.

mod common;

use std::io::{self, Write};

use common::{payload, stream, written};
use dgen_formats::{Content, Dtype, Format};
use proptest::prelude::*;
use proptest::sample::select;

/// A sink that compares, as verification does, and takes few bytes at a time.
struct Compare<'a>(&'a [u8]);

impl Write for Compare<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let len = piece.len().min(1 << 17);
        let (expected, rest) = self.0.split_at_checked(len).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        if expected == &piece[..len] { Ok(len) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sink that is full after some bytes, and counts how often it is asked afterwards.
struct Full {
    room: usize,
    refused: usize,
}

impl Write for Full {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.room == 0 && !piece.is_empty() {
            self.refused += 1;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let len = self.room.min(piece.len());
        self.room -= len;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Checks one file of a content that the format accepts.
fn check_file(format: Format, content: &Content<'_>) {
    let (file, payload) = (written(format, content), payload(content));
    let told = format!("{format} {} {} {} {}", content.offset, content.size, content.record, content.dtype);
    assert_eq!(format.file_size(content), Some(file.len() as u64), "{told}");
    assert!(file == written(format, content), "{told}: written twice");
    let mut compare = Compare(&file);
    format.write(content, &mut compare).unwrap();
    assert!(compare.0.is_empty(), "{told}");
    if let Some(at) = format.payload_at(content) {
        let at = usize::try_from(at).unwrap();
        assert!(at.is_multiple_of(4096), "{told}");
        assert!(file[at..at + payload.len()] == payload, "{told}");
    }
}

fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..64, 1u64..5000, Just(4096), Just(1 << 18), 60_000u64..600_000]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_file_is_as_long_as_said_and_the_same_each_time(
        format in select(Format::ALL),
        dtype in select(Dtype::ALL),
        (record, records, rest) in (sizes(), 0u64..40, sizes()),
        offset in prop_oneof![Just(0), Just(1u64 << 40), 0u64..1 << 50],
        whole in any::<bool>(),
    ) {
        let stream = stream();
        let unit = if whole { dtype.size() } else { 1 };
        let record = record / unit * unit;
        let size = record.saturating_mul(records).min(3 << 20) / record.max(1) * record + if whole { 0 } else { rest };
        let content = Content { stream: &stream, offset, size, record, dtype };
        match format.check(&content) {
            Ok(()) => check_file(format, &content),
            Err(error) => {
                prop_assert!(["record size", "file size", "dtype"].contains(&error.option().unwrap()), "{error}");
                prop_assert_eq!(format.file_size(&content), None);
                prop_assert_eq!(format.payload_at(&content), None);
            }
        }
    }
}

#[test]
fn usual_contents_are_accepted() {
    let stream = stream();
    for &format in Format::ALL {
        for &dtype in Dtype::ALL {
            let unit = dtype.size();
            for (record, records) in [(unit, 0), (unit, 1000), (16, 1), (4096, 100), (1 << 20, 3), (99 * unit, 77)] {
                let content = Content { offset: 8192, size: record * records, record, dtype, stream: &stream };
                match format.check(&content) {
                    Ok(()) => check_file(format, &content),
                    Err(error) => assert_eq!(error.option(), Some("dtype"), "{format}: {error}"),
                }
            }
        }
    }
}

#[test]
fn records_of_any_length_end_a_file_where_the_format_has_them() {
    let stream = stream();
    let content = Content { record: 1000, ..Content::new(&stream, 5, 2500) };
    for &format in Format::ALL {
        let shorter = matches!(format, Format::Raw | Format::Tfrecord);
        assert_eq!(format.check(&content).is_ok(), shorter, "{format}");
        if shorter {
            check_file(format, &content);
        }
    }
}

#[test]
fn contents_that_no_file_holds_are_refused_before_a_byte_is_written() {
    let stream = stream();
    let usual = Content { record: 4096, ..Content::new(&stream, 0, 8192) };
    let huge = 1 << 63;
    let refused = [
        ("record size", Content { record: 0, ..usual }),
        ("record size", Content { record: 0, size: 0, ..usual }),
        ("record size", Content { record: huge, size: 0, ..usual }),
        ("record size", Content { record: u64::MAX, size: 0, ..usual }),
        ("file size", Content { size: u64::MAX, ..usual }),
        ("file size", Content { offset: u64::MAX, ..usual }),
        ("file size", Content { offset: huge, ..usual }),
        ("file size", Content { offset: huge - 4096, ..usual }),
        ("file size", Content { size: huge, record: 1, ..usual }),
    ];
    for &format in Format::ALL {
        for (option, content) in &refused {
            let error = format.check(content).unwrap_err();
            assert_eq!(error.option(), Some(*option), "{format}: {error}");
            let mut full = Full { room: 0, refused: 0 };
            let error = format.write(content, &mut full).unwrap_err();
            assert_eq!((error.kind(), full.refused), (io::ErrorKind::InvalidInput, 0), "{format}: {error}");
        }
    }
}

#[test]
fn sizes_above_what_a_format_holds_are_refused() {
    let stream = stream();
    let of = |size, record| Content { record, ..Content::new(&stream, 0, size) };
    let option = |format: Format, content: Content<'_>| match format.check(&content) {
        Ok(()) => String::from("accepted"),
        Err(error) => error.option().unwrap().to_owned(),
    };
    let longest = (1u64 << 63) - 1;
    assert_eq!(option(Format::Raw, of(longest, 1)), "accepted");
    for format in [Format::Npy, Format::Safetensors, Format::Tfrecord] {
        assert_eq!(option(format, of(longest, longest)), "file size", "{format}");
    }
    assert_eq!(option(Format::Npy, of(longest - 4096, 1)), "accepted");
    assert_eq!(option(Format::Tfrecord, of(longest - 16, longest - 16)), "accepted");
    assert_eq!(option(Format::Tfrecord, of(1 << 60, 1)), "file size");
    assert_eq!(option(Format::Safetensors, of(1 << 61, 1 << 20)), "file size");
    assert_eq!(option(Format::Safetensors, of(1 << 60, 1 << 20)), "accepted");
    assert_eq!(option(Format::Npz, of(longest - 8000, 1)), "file size");
    assert_eq!(option(Format::Parquet, of(1 << 31, 1 << 31)), "record size");
    assert_eq!(option(Format::Parquet, of((1 << 31) - 1, (1 << 31) - 1)), "accepted");
    let groups = (1 << 15) - 1;
    assert_eq!(option(Format::Parquet, of(groups << 26, 1 << 20)), "accepted");
    assert_eq!(option(Format::Parquet, of((groups << 26) + (1 << 20), 1 << 20)), "file size");
    let odd = Content { dtype: Dtype::F64, ..of(1200, 12) };
    assert_eq!(option(Format::Npy, odd), "record size");
    assert_eq!(option(Format::Npy, Content { dtype: Dtype::Bf16, ..of(1200, 12) }), "dtype");
}

#[test]
fn nothing_more_is_written_after_an_error() {
    let stream = stream();
    let content = Content { record: 3000, ..Content::new(&stream, 0, 900_000) };
    for &format in Format::ALL {
        for room in [0, 1, 300_000, 800_000] {
            let mut full = Full { room, refused: 0 };
            let error = format.write(&content, &mut full).unwrap_err();
            assert_eq!((error.kind(), full.refused), (io::ErrorKind::StorageFull, 1), "{format} {room}");
        }
    }
}

#[test]
fn names_are_read_as_they_are_shown() {
    for &format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
    }
    for &dtype in Dtype::ALL {
        assert_eq!(dtype.to_string().parse::<Dtype>().unwrap(), dtype);
    }
    let error = "tar".parse::<Format>().unwrap_err().to_string();
    assert!(error.starts_with("format: `tar` is not accepted (accepted: raw, npy"), "{error}");
    assert_eq!("u128".parse::<Dtype>().unwrap_err().option(), Some("dtype"));
}
