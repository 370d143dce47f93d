//! The files of a data set as they are after so many changes.

use std::collections::{HashMap, HashSet};

use dgen::units::MAX_OFFSET;
use dgen::{Error, Result, Share, Stream};
use dgen_formats::Format;
use dgen_io::Order;

use crate::draw::{Draw, part_of};
use crate::file::{DataFile, Edit};
use crate::layout::{Layout, MAX_FILES, Shape};

/// What the files that change are drawn for, and where edits lie.
const CHANGED: u64 = 2;
const PLACES: u64 = 3;
/// Most blocks that are looked at.
const COUNTED: u64 = 1 << 22;

/// The files of a data set after so many changes, and what the last one came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generation {
    /// Which one it is, from 0.
    pub number: u32,
    /// Its files.
    pub files: Vec<DataFile>,
    /// Files that the last change edited.
    pub edited: u64,
    /// Files that it added; all of them in generation 0.
    pub inserted: u64,
    /// Files that it removed.
    pub deleted: u64,
    /// Files that it gave another name.
    pub renamed: u64,
    /// Parts of files that it wrote: by their index in `files`.
    written: Vec<(usize, Edit)>,
    /// The number of the next new file, and where its payload begins in the stream.
    next: (u64, u64),
    stream: Stream,
}

impl Layout {
    /// The files after so many changes; those of generation 0 are in order of their numbers.
    ///
    /// # Errors
    /// When a value is out of its range, the format cannot hold such files, or they reach past the stream.
    pub fn generation(&self, number: u32) -> Result<Generation> {
        self.check()?;
        self.changes.checked()?;
        if number > 0 && matches!(self.shape, Shape::Checkpoint { .. }) {
            let accepted = "0 for a checkpoint, whose files do not change by shares";
            return Err(Error::invalid("generation", number, accepted));
        }
        let mut generation = Generation::first(self)?;
        while generation.number < number {
            generation.advance(self)?;
        }
        Ok(generation)
    }
}

impl Generation {
    /// Generation 0 of a layout.
    pub(crate) fn first(layout: &Layout) -> Result<Self> {
        let mut first = Self {
            number: 0,
            files: Vec::new(),
            edited: 0,
            inserted: 0,
            deleted: 0,
            renamed: 0,
            written: Vec::new(),
            next: (0, layout.offset),
            stream: Stream::new(&layout.recipe)?,
        };
        for size in layout.sizes()? {
            first.insert(layout, size)?;
        }
        Ok(first)
    }

    /// Makes the changes that lead to the next generation.
    pub(crate) fn advance(&mut self, layout: &Layout) -> Result<()> {
        let (changes, seed, count) = (layout.changes, layout.recipe.seed(), self.files.len() as u64);
        let of = |share: Share| part_of(count, share.num(), share.den());
        let (edit, delete, rename) = (of(changes.edit), of(changes.delete), of(changes.rename));
        self.number += 1;
        (self.edited, self.inserted, self.deleted, self.renamed) = (edit, 0, delete, rename);
        self.written.clear();
        let order = Order::Random(Draw::new(seed, CHANGED).at(u64::from(self.number)));
        let mut gone = HashSet::new();
        let mut edits = Vec::new();
        for place in 0..edit + delete + rename {
            let index = usize::try_from(order.at(place, count, 0)).expect("an index of the files");
            if place < edit {
                edits.push(self.edit(layout, index));
            } else if place < edit + delete {
                gone.insert(self.files[index].id);
            } else {
                self.files[index].renamed = self.number;
            }
        }
        self.files.retain(|file| !gone.contains(&file.id));
        self.locate_edits(edits);
        for _ in 0..of(changes.insert) {
            let size = layout.new_size(self.next.0);
            self.insert(layout, size)?;
        }
        Ok(())
    }

    /// Bytes of payload in all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Bytes that the last change wrote: edits and new files; all bytes in generation 0.
    pub fn new_bytes(&self) -> u64 {
        self.written.iter().map(|(_, part)| part.size).sum()
    }

    /// Of the bytes that the last change wrote, those in blocks that lay nowhere in an earlier generation, each content
    /// counted once: what a store that deduplicates by blocks has to keep, before compression. All of them where the recipe
    /// asks for no duplicates; else found by looking at the plan of each block, and `None` for more than 2^22 blocks.
    pub fn new_distinct_bytes(&self) -> Option<u64> {
        let recipe = self.stream.recipe();
        if recipe.dedup_ratio().num() == recipe.dedup_ratio().den() {
            return Some(self.new_bytes());
        }
        let block = recipe.block_size();
        let blocks: u64 = self.written.iter().map(|(_, part)| part.size.div_ceil(block)).sum();
        (blocks <= COUNTED).then(|| self.counted(block))
    }

    /// The same, block by block.
    fn counted(&self, block: u64) -> u64 {
        let stream = &self.stream;
        let mut contents: HashMap<(u64, u32), u64> = HashMap::new();
        let first_new =
            self.written.iter().filter(|(_, part)| part.version == 0).map(|(index, _)| self.files[*index].offset);
        // Contents are numbered as they first appear in the stream.
        let known = first_new.min().map_or(0, |offset| stream.distinct_blocks(offset / block));
        for (index, part) in &self.written {
            let file = &self.files[*index];
            let mut at = 0;
            while at < part.size {
                let offset = file.offset + part.at + at;
                let len = (block - offset % block).min(part.size - at);
                let content = stream.content_of_block(offset / block);
                if self.number == 0 || part.version > 0 || content >= known {
                    let held = contents.entry((content, part.version)).or_default();
                    *held = len.max(*held);
                }
                at += len;
            }
        }
        contents.values().sum()
    }

    /// Adds a file behind all others in the stream.
    fn insert(&mut self, layout: &Layout, size: u64) -> Result<()> {
        let (id, offset) = self.next;
        let padded = size.checked_next_multiple_of(layout.recipe.block_size());
        let end = padded.and_then(|size| offset.checked_add(size)).filter(|end| *end <= MAX_OFFSET);
        let Some(end) = end else {
            let given = format_args!("{size} (of file {id}, at stream offset {offset})");
            return Err(Error::invalid("file-size", given, "files that end at or below 2^63 in the stream"));
        };
        if self.files.len() as u64 == MAX_FILES {
            return Err(Error::invalid("insert", layout.changes.insert, &format!("at most {MAX_FILES} files")));
        }
        let file = DataFile { id, renamed: 0, offset, size, edits: Vec::new() };
        if layout.format != Format::Raw {
            let checked = layout.format.check(&layout.content(&self.stream, &file));
            // Recipes of tensors have an option of that name, too.
            checked.map_err(|error| if error.option() == Some("dtype") { error.of("element") } else { error })?;
        }
        self.written.push((self.files.len(), Edit { version: 0, at: 0, size }));
        self.files.push(file);
        self.inserted += 1;
        self.next = (id + 1, end);
        Ok(())
    }

    /// Writes a run of blocks of a file anew; returns its number and the run.
    fn edit(&mut self, layout: &Layout, index: usize) -> (u64, Edit) {
        let (block, version) = (layout.recipe.block_size(), self.number);
        let file = &mut self.files[index];
        let run = layout.changes.edit_size.next_multiple_of(block);
        let whole = layout.format != Format::Raw || run >= file.size;
        let draw = Draw::new(layout.recipe.seed() ^ u64::from(version), PLACES);
        let places = (file.size.saturating_sub(run)).div_ceil(block) + 1;
        let at = if whole { 0 } else { draw.below(file.id, places) * block };
        let size = if whole { file.size } else { run.min(file.size - at) };
        let edit = Edit { version, at, size };
        if whole {
            file.edits.clear();
        }
        file.edits.push(edit);
        (file.id, edit)
    }

    /// Notes where the files that were edited lie now.
    fn locate_edits(&mut self, edits: Vec<(u64, Edit)>) {
        let by_id: HashMap<u64, Edit> = edits.into_iter().collect();
        let found = self.files.iter().enumerate();
        self.written.extend(found.filter_map(|(index, file)| by_id.get(&file.id).map(|edit| (index, *edit))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(recipe: &str) -> Layout {
        let shape = Shape::Files { count: 200, sizes: "8KiB:512KiB".parse().unwrap() };
        let mut layout = Layout::new(recipe.parse().unwrap(), shape);
        layout.changes = "edit=1/10,insert=1/20,delete=1/25,rename=1/50,edit-size=64KiB".parse().unwrap();
        layout
    }

    #[test]
    fn changes_are_counted_exactly() {
        let layout = layout("dgen1,seed=0x7,block=4KiB");
        let (before, after) = (layout.generation(0).unwrap(), layout.generation(1).unwrap());
        assert_eq!((after.edited, after.inserted, after.deleted, after.renamed), (20, 10, 8, 4));
        assert_eq!(after.files.len(), 202);
        let ids = |generation: &Generation| generation.files.iter().map(|file| file.id).collect::<HashSet<_>>();
        assert_eq!(ids(&before).difference(&ids(&after)).count(), 8);
        let edited = after.files.iter().filter(|file| !file.edits.is_empty()).count();
        assert_eq!(edited, 20);
        let new: u64 = after.files.iter().filter(|file| file.id >= 200).map(|file| file.size).sum();
        let runs: u64 = after.files.iter().flat_map(|file| &file.edits).map(|edit| edit.size).sum();
        assert_eq!(after.new_bytes(), new + runs);
        assert_eq!((after.new_distinct_bytes(), after.counted(4096)), (Some(after.new_bytes()), after.new_bytes()));
        assert_eq!(layout.generation(5).unwrap().files, layout.generation(5).unwrap().files);
    }

    /// Counted from the bytes themselves.
    #[test]
    fn new_distinct_bytes_are_those_of_contents_never_seen() {
        for recipe in ["dgen1,seed=0x7,block=4KiB,dedup=2,window=1MiB,skip=64KiB", "dgen1,seed=0x9,block=4KiB"] {
            let layout = layout(recipe);
            let mut seen = HashSet::new();
            for number in 0..4 {
                let generation = layout.generation(number).unwrap();
                let mut fresh = HashSet::new();
                for file in &generation.files {
                    for part in file.segments() {
                        let stream = Stream::new(&layout.recipe).unwrap().version(part.version);
                        let mut bytes = vec![0; usize::try_from(part.size).unwrap()];
                        stream.fill_at(file.offset + part.at, &mut bytes).unwrap();
                        fresh
                            .extend(bytes.chunks_exact(4096).map(<[u8]>::to_vec).filter(|block| !seen.contains(block)));
                    }
                }
                let whole = generation.new_distinct_bytes().unwrap() / 4096;
                let tails = generation.files.len() as u64;
                let counted = fresh.len() as u64;
                assert!(counted <= whole && whole <= counted + tails, "{recipe} {number}: {counted} of {whole}");
                seen.extend(fresh);
            }
        }
    }
}
