//! What readers of each format make of the files: the bytes of the stream, and nothing else.

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use common::{payload, skip, stream, written};
use dgen_formats::{Content, Dtype, Format};
use parquet::column::reader::ColumnReader;
use parquet::data_type::AsBytes;
use parquet::file::reader::{FileReader, SerializedFileReader};

#[test]
fn safetensors_reads_the_tensor() {
    let stream = stream();
    for (dtype, shape) in [(Dtype::Bf16, vec![150, 500]), (Dtype::U8, vec![150, 1000]), (Dtype::F64, vec![150, 125])] {
        let content = Content { record: 1000, dtype, ..Content::new(&stream, 77, 150_000) };
        let file = written(Format::Safetensors, &content);
        let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
        let tensor = tensors.tensor("data").unwrap();
        assert_eq!((tensor.shape(), tensors.len()), (&shape[..], 1));
        assert!(tensor.data() == payload(&content));
    }
}

/// The bytes of a column, as its values have them.
fn column(reader: ColumnReader, rows: usize) -> Vec<u8> {
    macro_rules! values {
        ($reader:expr) => {{
            let (mut reader, mut values) = ($reader, Vec::new());
            let (records, _, _) = reader.read_records(rows + 1, None, None, &mut values).unwrap();
            assert_eq!(records, rows);
            values.iter().flat_map(|value| value.as_bytes().to_vec()).collect()
        }};
    }
    match reader {
        ColumnReader::Int32ColumnReader(reader) => values!(reader),
        ColumnReader::Int64ColumnReader(reader) => values!(reader),
        ColumnReader::FloatColumnReader(reader) => values!(reader),
        ColumnReader::DoubleColumnReader(reader) => values!(reader),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => values!(reader),
        _ => panic!("no column of ours"),
    }
}

#[test]
fn parquet_reads_the_rows_and_where_each_is_in_the_stream() {
    let stream = stream();
    let whole = |dtype: Dtype, records| Content {
        record: dtype.size(),
        dtype,
        ..Content::new(&stream, 1 << 40, records * dtype.size())
    };
    let of = |size, record| Content { record, ..Content::new(&stream, 12_288, size) };
    let numbers = Dtype::ALL.iter().map(|&dtype| whole(dtype, 1000));
    // One group, several groups of rows, and several of bytes.
    let others = [of(0, 100), of(4096 * 100, 4096), whole(Dtype::F32, (1 << 20) + 5), of(2 * (40 << 20), 40 << 20)];
    for content in numbers.chain(others) {
        let file = Bytes::from(written(Format::Parquet, &content));
        let reader = SerializedFileReader::new(file.clone()).unwrap();
        let expected = payload(&content);
        let (mut at, mut record) = (0, 0);
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).unwrap();
            let rows = usize::try_from(group.metadata().num_rows()).unwrap();
            let data = column(group.get_column_reader(0).unwrap(), rows);
            assert!(expected[at..at + data.len()] == data, "{} {}", content.dtype, content.record);
            let offsets = column(group.get_column_reader(1).unwrap(), rows);
            for offset in offsets.chunks(8) {
                let offset = u64::from_le_bytes(offset.try_into().unwrap());
                assert_eq!(offset, content.offset + record * content.record);
                record += 1;
            }
            // Pages of the payload are pages of the file.
            let chunk = group.metadata().column(0).byte_range();
            let begin = usize::try_from(chunk.0 + chunk.1).unwrap() - data.len();
            assert!(file[begin..begin + data.len()] == data);
            assert_eq!(begin % 4096, at % 4096);
            at += data.len();
        }
        assert_eq!((at, record), (expected.len(), content.records()));
        assert_eq!(reader.metadata().file_metadata().num_rows(), i64::try_from(content.records()).unwrap());
    }
}

/// The Python whose packages read files: that of `DGEN_READERS`, or the one on the path.
fn python() -> String {
    std::env::var("DGEN_READERS").unwrap_or_else(|_| "python3".to_owned())
}

fn has(modules: &str) -> bool {
    Command::new(python()).args(["-c", &format!("import {modules}")]).output().is_ok_and(|done| done.status.success())
}

/// Shows files of a format to `readers.py`, beside their payloads; it says what it found wrong.
fn shown_to_python(format: Format, modules: &str) {
    if !has(modules) {
        skip(&format!("optional: {format} read in Python: no {modules} in {}", python()));
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let stream = stream();
    let (mut shown, mut command) = (0, Command::new(python()));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers.py")).arg(format.name());
    for &dtype in Dtype::ALL {
        let unit = dtype.size();
        for (record, size) in [(unit, 1000 * unit), (4096, 0), (4096, 1 << 20), (1000, 600_000), (300_000, 900_000)] {
            let content = Content { offset: 1 << 33, size, record, dtype, stream: &stream };
            if format.check(&content).is_err() {
                continue;
            }
            let [file, bytes] = ["file", "bytes"].map(|name| folder.path().join(format!("{shown}.{name}")));
            format.write(&content, &mut File::create(&file).unwrap()).unwrap();
            fs::write(&bytes, payload(&content)).unwrap();
            command.arg(&file).arg(&bytes).args([
                dtype.name().to_owned(),
                record.to_string(),
                content.offset.to_string(),
            ]);
            shown += 1;
        }
    }
    assert!(shown >= 50, "{shown}");
    let done = command.output().unwrap();
    assert!(done.status.success(), "{format}: {}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), format!("{shown} files"));
}

#[test]
fn numpy_maps_arrays() {
    shown_to_python(Format::Npy, "numpy");
}

#[test]
fn numpy_loads_archives() {
    shown_to_python(Format::Npz, "numpy");
}

#[test]
fn pyarrow_reads_tables() {
    shown_to_python(Format::Parquet, "pyarrow");
}

#[test]
fn safetensors_in_python_loads_tensors() {
    shown_to_python(Format::Safetensors, "numpy, safetensors");
}

#[test]
fn frames_and_checksums_of_records_are_right() {
    // A reader of its own: TensorFlow is too heavy for a test.
    shown_to_python(Format::Tfrecord, "zlib");
}

#[test]
fn unzip_finds_nothing_wrong_with_archives() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("a.npz");
    let stream = stream();
    let content = Content { record: 1000, ..Content::new(&stream, 0, 3_000_000) };
    Format::Npz.write(&content, &mut File::create(&file).unwrap()).unwrap();
    for (tool, arguments) in [("unzip", "-t"), ("7z", "t")] {
        match tested(tool, arguments, &file) {
            Some(done) => assert!(done.status.success(), "{tool}: {done:?}"),
            None => skip(&format!("optional: {tool} on an npz: it is not installed")),
        }
    }
}

fn tested(tool: &str, arguments: &str, file: &Path) -> Option<std::process::Output> {
    Command::new(tool).arg(arguments).arg(file).output().ok()
}
