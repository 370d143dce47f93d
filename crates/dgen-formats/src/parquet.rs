//! `parquet`: groups of rows, each two columns, and a footer that says where they lie.
//!
//! The column `data` holds the records, `offset` the stream offset at which each begins. A column of a group is one page,
//! not compressed and in plain encoding; before the page of records lie as many zeros as bring its first byte to a page of
//! the file. The library writes the footer. The heads of data pages, which it writes only together with a page in memory,
//! are written here.

use std::io::{self, Write};
use std::sync::Arc;

use dgen::units::PAGE;
use dgen::{Error, Result};
use parquet::basic::{Encoding, LogicalType, Repetition, Type as Physical};
use parquet::errors::Result as FooterResult;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type};

use crate::content::{CHUNK, Content, total};
use crate::dtype::Dtype;
use crate::gather::Gather;

const MAGIC: &[u8] = b"PAR1";
/// What readers show as the writer; the number is that of the layout.
const WRITER: &str = "dgen version 1";
/// Bytes of records in a group, where one has not more.
const GROUP: u64 = 64 << 20;
/// Rows of a group at most.
const GROUP_ROWS: u64 = 1 << 20;
/// Groups are numbered in 16 bits.
const MAX_GROUPS: u64 = (1 << 15) - 1;
/// Bytes of a page are counted in 31 bits.
const MAX_RECORD: u64 = (1 << 31) - 1;
/// Bytes of an offset.
const OFFSET: u64 = 8;

/// Some rows, and where they lie.
struct Group {
    rows: u64,
    /// Zeros before the records' page.
    gap: usize,
    /// The heads of both pages.
    heads: [Vec<u8>; 2],
    /// Bytes of both pages without heads.
    sizes: [u64; 2],
    /// Where both pages with heads begin.
    at: [u64; 2],
}

pub(crate) fn check(content: &Content<'_>) -> Result<()> {
    content.check()?;
    content.check_elements()?;
    if content.record > MAX_RECORD {
        return Err(Error::invalid("record size", content.record, "1 byte to 2^31 - 1 bytes in parquet"));
    }
    content.check_whole()?;
    let most = MAX_GROUPS * rows_of_group(content) * content.record;
    if content.size > most {
        let accepted = format!("0 to {most} bytes in parquet, of records of {} bytes", content.record);
        return Err(Error::invalid("file size", content.size, &accepted));
    }
    Ok(())
}

fn rows_of_group(content: &Content<'_>) -> u64 {
    (GROUP / content.record).clamp(1, GROUP_ROWS)
}

/// Bytes of the file.
pub(crate) fn file_size(content: &Content<'_>) -> Result<u64> {
    let groups = groups(content);
    let footer = footer(content, &groups).map_err(|error| {
        Error::new(dgen::ErrorKind::Unsupported, format!("the footer of a parquet file cannot be made: {error}"))
    })?;
    total(end(&groups), footer.len() as u64)
}

/// Where the payload begins, where one group holds it.
pub(crate) fn payload_at(content: &Content<'_>) -> Option<u64> {
    let one = content.size > 0 && content.records() <= rows_of_group(content);
    one.then_some(PAGE as u64)
}

pub(crate) fn write(content: &Content<'_>, sink: &mut dyn Write) -> io::Result<()> {
    let groups = groups(content);
    let mut payload = content.payload();
    let mut sink = Gather::new(sink, CHUNK);
    let mut offset = content.offset;
    sink.push(MAGIC)?;
    for group in &groups {
        sink.push(&[0; PAGE][..group.gap])?;
        sink.push(&group.heads[0])?;
        payload.each(group.sizes[0], |piece| sink.push(piece))?;
        sink.push(&group.heads[1])?;
        for _ in 0..group.rows {
            sink.push(&offset.to_le_bytes())?;
            offset += content.record;
        }
    }
    sink.push(&footer(content, &groups).map_err(io::Error::other)?)?;
    sink.flush()
}

/// The groups of a file, one after another.
fn groups(content: &Content<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let (mut at, mut left) = (MAGIC.len() as u64, content.records());
    let mut payload = 0;
    while left > 0 {
        let rows = left.min(rows_of_group(content));
        let sizes = [rows * content.record, rows * OFFSET];
        let heads = sizes.map(|bytes| page_head(bytes, rows));
        // As far into a page of the file as into one of the payload.
        let gap = (payload + 2 * PAGE as u64 - (at + heads[0].len() as u64) % PAGE as u64) % PAGE as u64;
        let first = at + gap;
        let second = first + heads[0].len() as u64 + sizes[0];
        at = second + heads[1].len() as u64 + sizes[1];
        let gap = usize::try_from(gap).expect("a gap is shorter than a page");
        groups.push(Group { rows, gap, heads, sizes, at: [first, second] });
        left -= rows;
        payload = (payload + sizes[0]) % PAGE as u64;
    }
    groups
}

/// Where the last group ends.
fn end(groups: &[Group]) -> u64 {
    groups.last().map_or(MAGIC.len() as u64, |last| last.at[1] + last.heads[1].len() as u64 + last.sizes[1])
}

/// The head of a data page of so many bytes, plain and not compressed, as Thrift's compact protocol has it.
fn page_head(bytes: u64, values: u64) -> Vec<u8> {
    // Fields one further than the last: an integer, and a struct after one that is left out.
    const NEXT: u8 = 0x15;
    const STRUCT: u8 = 0x2c;
    const STOP: u8 = 0;
    // Of pages the kind, of encodings the numbers for plain values and for levels, which required columns have none of.
    const DATA_PAGE: u64 = 0;
    const PLAIN: u64 = 0;
    const LEVELS: u64 = 3;
    let mut head = Vec::new();
    let integers = |head: &mut Vec<u8>, values: &[u64]| {
        for &value in values {
            head.push(NEXT);
            varint(head, value << 1);
        }
    };
    integers(&mut head, &[DATA_PAGE, bytes, bytes]);
    head.push(STRUCT);
    integers(&mut head, &[values, PLAIN, LEVELS, LEVELS]);
    head.extend([STOP, STOP]);
    head
}

/// Seven bits a byte, the lowest first.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// The footer, from the metadata to the magic that ends the file.
fn footer(content: &Content<'_>, groups: &[Group]) -> FooterResult<Vec<u8>> {
    let schema = schema(content)?;
    let listed = groups.iter().map(|group| listed(&schema, group)).collect::<FooterResult<Vec<_>>>()?;
    let rows = signed(content.records());
    let file = FileMetaData::new(1, rows, Some(WRITER.to_owned()), None, schema, None);
    let mut footer = Vec::new();
    ParquetMetaDataWriter::new(&mut footer, &ParquetMetaData::new(file, listed)).finish()?;
    Ok(footer)
}

fn listed(schema: &SchemaDescPtr, group: &Group) -> FooterResult<RowGroupMetaData> {
    let mut bytes = 0;
    let mut columns = Vec::new();
    for column in 0..2 {
        let size = signed(group.heads[column].len() as u64 + group.sizes[column]);
        let chunk = ColumnChunkMetaData::builder(schema.column(column))
            .set_encodings(vec![Encoding::PLAIN])
            .set_num_values(signed(group.rows))
            .set_total_compressed_size(size)
            .set_total_uncompressed_size(size)
            .set_data_page_offset(signed(group.at[column]));
        columns.push(chunk.build()?);
        bytes += size;
    }
    let listed = RowGroupMetaData::builder(schema.clone()).set_num_rows(signed(group.rows)).set_total_byte_size(bytes);
    listed.set_column_metadata(columns).set_file_offset(signed(group.at[0])).build()
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).expect("what was checked ends below 2^63")
}

/// The two columns: numbers where a record is one that the format has, else records of fixed length.
fn schema(content: &Content<'_>) -> FooterResult<SchemaDescPtr> {
    let number = |physical, logical| (physical, logical, -1);
    let unsigned = |bit_width| Some(LogicalType::integer(bit_width, false));
    let bytes = i32::try_from(content.record).expect("a record has less than 2^31 bytes");
    let (physical, logical, length) = match content.dtype {
        dtype if dtype.size() != content.record => (Physical::FIXED_LEN_BYTE_ARRAY, None, bytes),
        Dtype::I32 => number(Physical::INT32, None),
        Dtype::U32 => number(Physical::INT32, unsigned(32)),
        Dtype::I64 => number(Physical::INT64, None),
        Dtype::U64 => number(Physical::INT64, unsigned(64)),
        Dtype::F32 => number(Physical::FLOAT, None),
        Dtype::F64 => number(Physical::DOUBLE, None),
        Dtype::F16 => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Float16), bytes),
        _ => (Physical::FIXED_LEN_BYTE_ARRAY, None, bytes),
    };
    let data = Type::primitive_type_builder("data", physical).with_repetition(Repetition::REQUIRED);
    let data = data.with_logical_type(logical).with_length(length).build()?;
    let offset =
        Type::primitive_type_builder("offset", Physical::INT64).with_repetition(Repetition::REQUIRED).build()?;
    let root = Type::group_type_builder("schema").with_fields(vec![Arc::new(data), Arc::new(offset)]).build()?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::basic::PageType;
    use parquet::column::page::{CompressedPage, Page, PageWriter};
    use parquet::file::writer::{SerializedPageWriter, TrackedWrite};

    #[test]
    fn heads_of_pages_are_those_of_the_library() {
        for (bytes, values) in [(1, 1), (63, 9), (64, 64), (8191, 1), (8192, 2), (1_000_000, 125_000), (9 << 20, 9)] {
            let page = Page::DataPage {
                buf: vec![7; bytes].into(),
                num_values: values,
                encoding: Encoding::PLAIN,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            assert_eq!(page.page_type(), PageType::DATA_PAGE);
            let mut sink = TrackedWrite::new(Vec::new());
            SerializedPageWriter::new(&mut sink).write_page(CompressedPage::new(page, bytes)).unwrap();
            let written = sink.into_inner().unwrap();
            assert_eq!(page_head(bytes as u64, u64::from(values)), written[..written.len() - bytes]);
        }
    }
}
