//! What a data set is: everything that decides which files there are and what they hold.

use std::path::PathBuf;

use dgen::{Error, Recipe, Result};
use dgen_formats::{Content, Dtype, Format};

use crate::changes::Changes;
use crate::checkpoint::{Checkpoint, PARTS};
use crate::draw::Draw;
use crate::file::DataFile;
use crate::sizes::Sizes;

/// Most files of a data set.
pub const MAX_FILES: u64 = 10_000_000;
/// Entries of a folder, unless said.
pub const DEFAULT_FAN_OUT: u64 = 1000;
/// Bytes of a record in formats that have them, unless said.
const RECORD: u64 = 4096;
/// What sizes are drawn for.
const SIZES: u64 = 1;

/// How many files, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many files of such sizes.
    Files {
        /// Files, 1 to [`MAX_FILES`].
        count: u64,
        /// Bytes of payload in each.
        sizes: Sizes,
    },
    /// As many files of such sizes as hold so many bytes; the last one holds what is left.
    Total {
        /// Bytes in all.
        size: u64,
        /// Bytes of payload in each.
        sizes: Sizes,
    },
    /// So many files that hold so many bytes in equal parts, the first ones a byte more where that is needed.
    Parts {
        /// Files, 1 to [`MAX_FILES`].
        count: u64,
        /// Bytes in all.
        size: u64,
    },
    /// A model's checkpoint: a folder for each shard, with weights, gradients and the state of the optimizer.
    Checkpoint {
        /// The model.
        model: Checkpoint,
        /// Parts that it is divided into, one for each process that trains it.
        shards: u64,
    },
}

/// Everything that decides which files a data set has and what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layout {
    /// The stream.
    pub recipe: Recipe,
    /// Stream offset of the first file, a multiple of the block size.
    pub offset: u64,
    /// How many files, and how large.
    pub shape: Shape,
    /// Most entries of a folder, 2 to 1,000,000.
    pub fan_out: u64,
    /// The format of the files.
    pub format: Format,
    /// Bytes of a record: a sample, a row. Files of formats that have records hold whole ones: their sizes are rounded up.
    pub record: Option<u64>,
    /// The type of the elements, for formats that name one.
    pub dtype: Dtype,
    /// What happens from one generation to the next.
    pub changes: Changes,
}

impl Layout {
    /// Files of a shape, in the format `raw`, at the beginning of a stream.
    pub fn new(recipe: Recipe, shape: Shape) -> Self {
        Self {
            recipe,
            offset: 0,
            shape,
            fan_out: DEFAULT_FAN_OUT,
            format: Format::Raw,
            record: None,
            dtype: Dtype::default(),
            changes: Changes::default(),
        }
    }

    /// Where a file lies in the folder of the data set.
    pub fn path(&self, file: &DataFile) -> PathBuf {
        let extension = self.format.extension();
        if let Shape::Checkpoint { .. } = self.shape {
            let parts = PARTS.len() as u64;
            let part = &PARTS[usize::try_from(file.id % parts).expect("few parts")];
            return format!("rank-{:05}/{}.{extension}", file.id / parts, part.name).into();
        }
        let mut path = PathBuf::new();
        let levels = self.levels();
        for level in (0..levels).rev() {
            let folder = file.id / self.fan_out / self.fan_out.saturating_pow(level);
            // New files may need more folders than there were at first: the topmost level takes them.
            let number = if level + 1 == levels { folder } else { folder % self.fan_out };
            path.push(format!("d{number:03}"));
        }
        let renamed = if file.renamed == 0 { String::new() } else { format!("-r{}", file.renamed) };
        path.push(format!("f{:08}{renamed}.{extension}", file.id));
        path
    }

    /// Levels of folders above the files, so that none has more entries than it may have.
    fn levels(&self) -> u32 {
        let mut folders = self.count().div_ceil(self.fan_out);
        let mut levels = 0;
        while folders > 1 {
            folders = folders.div_ceil(self.fan_out);
            levels += 1;
        }
        levels
    }

    /// Files of generation 0, as far as that is said without drawing sizes.
    fn count(&self) -> u64 {
        match self.shape {
            Shape::Files { count, .. } | Shape::Parts { count, .. } => count,
            Shape::Total { size, sizes } => match sizes {
                Sizes::Fixed(each) => size.div_ceil(each),
                Sizes::Uniform(least, _) | Sizes::Log(least, _) => size.div_ceil(least).min(MAX_FILES),
            },
            Shape::Checkpoint { shards, .. } => shards * PARTS.len() as u64,
        }
    }

    /// Bytes of payload of the files of generation 0, in order.
    pub(crate) fn sizes(&self) -> Result<Vec<u64>> {
        let mut sizes = match self.shape {
            Shape::Files { count, sizes } => (0..count).map(|id| self.drawn(sizes, id)).collect(),
            Shape::Parts { count, size } => (0..count).map(|id| size / count + u64::from(id < size % count)).collect(),
            Shape::Total { size, sizes } => self.until(size, sizes)?,
            Shape::Checkpoint { model, shards } => {
                let shard = |index| PARTS.iter().map(move |part| model.share(index, shards) * part.bytes);
                (0..shards).flat_map(shard).collect::<Vec<_>>()
            }
        };
        for size in &mut sizes {
            *size = self.whole(*size);
        }
        Ok(sizes)
    }

    /// Sizes that add up to a total.
    fn until(&self, total: u64, sizes: Sizes) -> Result<Vec<u64>> {
        let (mut left, mut all) = (total, Vec::new());
        while left > 0 {
            if all.len() as u64 == MAX_FILES {
                return Err(too_many(format_args!("more than {MAX_FILES}")));
            }
            let size = self.drawn(sizes, all.len() as u64).min(left);
            left -= size;
            all.push(size);
        }
        Ok(all)
    }

    pub(crate) fn drawn(&self, sizes: Sizes, id: u64) -> u64 {
        sizes.of(Draw::new(self.recipe.seed(), SIZES), id)
    }

    /// The size of a new file of a later generation.
    pub(crate) fn new_size(&self, id: u64) -> u64 {
        self.whole(match self.shape {
            Shape::Files { sizes, .. } | Shape::Total { sizes, .. } => self.drawn(sizes, id),
            Shape::Parts { count, size } => size / count,
            Shape::Checkpoint { .. } => 0,
        })
    }

    /// A size that whole records fill, where the format has records.
    fn whole(&self, size: u64) -> u64 {
        self.record().map_or(size, |record| size.div_ceil(record).saturating_mul(record))
    }

    /// Bytes of a record, in formats that have them.
    pub(crate) fn record(&self) -> Option<u64> {
        (self.format != Format::Raw).then(|| self.record.unwrap_or(RECORD))
    }

    /// A file's payload as its format divides it.
    pub(crate) fn content<'a>(&self, stream: &'a dgen::Stream, file: &DataFile) -> Content<'a> {
        let record = self.record().unwrap_or(file.size.max(1));
        Content { record, dtype: self.dtype, ..Content::new(stream, file.offset, file.size) }
    }

    /// Refuses what no data set can be.
    pub(crate) fn check(&self) -> Result<()> {
        let range = |option, value, least, most| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::invalid(option, value, &format!("{least} to {most}")))
        };
        range("fan-out", self.fan_out, 2, 1_000_000)?;
        self.record.map_or(Ok(()), |record| range("record-size", record, 1, 1 << 40))?;
        match self.shape {
            Shape::Files { count, .. } => range("count", count, 1, MAX_FILES)?,
            Shape::Parts { count, size } => {
                range("count", count, 1, MAX_FILES)?;
                range("size", size, count, u64::MAX)?;
            }
            Shape::Total { size, sizes } => {
                range("size", size, 1, u64::MAX)?;
                if size.div_ceil(sizes.largest()) > MAX_FILES {
                    return Err(too_many(format_args!("{}", size.div_ceil(sizes.largest()))));
                }
            }
            Shape::Checkpoint { model, shards } => range("shards", shards, 1, model.parameters().min(1_000_000))?,
        }
        let block = self.recipe.block_size();
        if !self.offset.is_multiple_of(block) {
            return Err(Error::invalid("offset", self.offset, &format!("multiples of the block size, {block}")));
        }
        Ok(())
    }
}

fn too_many(files: std::fmt::Arguments<'_>) -> Error {
    Error::invalid("files", files, &format!("1 to {MAX_FILES}; take larger files or a smaller size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(shape: Shape) -> Layout {
        Layout::new("dgen1,seed=0x7,block=64KiB".parse().unwrap(), shape)
    }

    fn files(count: u64, sizes: &str) -> Shape {
        Shape::Files { count, sizes: sizes.parse().unwrap() }
    }

    #[test]
    fn files_begin_at_blocks_and_do_not_overlap() {
        let generation = layout(files(100, "1KiB:1MiB")).generation(0).unwrap();
        let mut next = 0;
        for file in &generation.files {
            assert_eq!(file.offset, next);
            next += file.size.next_multiple_of(64 << 10);
        }
        let total = Shape::Total { size: 10 << 20, sizes: "1KiB:1MiB".parse().unwrap() };
        let sizes = layout(total).sizes().unwrap();
        assert_eq!(sizes.iter().sum::<u64>(), 10 << 20);
        let parts = layout(Shape::Parts { count: 3, size: 10 }).sizes().unwrap();
        assert_eq!(parts, [4, 3, 3]);
    }

    #[test]
    fn no_folder_has_more_entries_than_it_may_have() {
        for (count, fan_out) in [(1, 2), (10, 10), (11, 10), (100, 10), (101, 10), (1001, 10), (30, 2)] {
            let mut layout = layout(files(count, "1"));
            layout.fan_out = fan_out;
            let paths: Vec<_> = layout.generation(0).unwrap().files.iter().map(|file| layout.path(file)).collect();
            let mut entries = std::collections::BTreeMap::<_, std::collections::BTreeSet<_>>::new();
            for path in &paths {
                let mut below = path.clone();
                while let Some(folder) = below.parent().map(ToOwned::to_owned) {
                    entries.entry(folder.clone()).or_default().insert(below);
                    below = folder;
                }
            }
            assert!(entries.values().all(|inside| inside.len() as u64 <= fan_out), "{count} {fan_out}");
            assert_eq!(paths.iter().collect::<std::collections::HashSet<_>>().len() as u64, count);
            assert!(count > fan_out || paths.iter().all(|path| path.components().count() == 1));
        }
    }

    #[test]
    fn checkpoints_have_the_bytes_of_their_parameters() {
        let layout = layout(Shape::Checkpoint { model: "1m".parse().unwrap(), shards: 3 });
        let generation = layout.generation(0).unwrap();
        assert_eq!(generation.files.iter().map(|file| file.size).sum::<u64>(), 16_000_000);
        let path = layout.path(&generation.files[5]);
        assert_eq!((path.to_str(), generation.files[5].size), (Some("rank-00001/optimizer.bin"), 12 * 333_333));
        assert!(layout.generation(1).unwrap_err().to_string().contains("generation"));
    }

    #[test]
    fn records_are_whole_where_the_format_has_them() {
        let mut layout = layout(files(5, "1000:9000"));
        layout.format = Format::Npy;
        layout.record = Some(300);
        assert!(layout.sizes().unwrap().iter().all(|size| size % 300 == 0));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let mut wrong = layout(files(5, "4KiB"));
        wrong.offset = 4096;
        assert!(wrong.generation(0).unwrap_err().to_string().contains("offset"));
        wrong = layout(files(5, "4KiB"));
        wrong.fan_out = 1;
        assert!(wrong.generation(0).unwrap_err().to_string().contains("fan-out"));
        for (shape, word) in [
            (files(0, "1"), "count"),
            (files(MAX_FILES + 1, "1"), "count"),
            (Shape::Parts { count: 5, size: 4 }, "size"),
            (Shape::Total { size: 1 << 50, sizes: Sizes::Fixed(1) }, "files"),
        ] {
            assert!(layout(shape).generation(0).unwrap_err().to_string().contains(word), "{shape:?}");
        }
    }
}
