//! What of a write is this process's, where several ranks share it.

use std::path::PathBuf;

use dgen::Result;

use super::options::WriteOptions;
use crate::extents::cursor::Section;
use crate::options::ranks::RankShare;
use crate::storage::{attributes::StreamRange, split::cut, split::split};

/// What is written to the paths of a job.
#[derive(Clone, Debug, Default)]
pub(crate) enum Deal {
    /// All of the range.
    #[default]
    All,
    /// Its parts for the files from number `first` on, of `count` that all ranks write.
    Own { first: usize, count: usize },
    /// Parts of files that other ranks write, too.
    Shared { first: usize, count: usize, sections: Vec<Section> },
}

impl Deal {
    /// Number of the first file, and how many there are, where the job has `own` of them.
    pub(super) fn places(&self, own: usize) -> (usize, usize) {
        match self {
            Self::All => (0, own),
            Self::Own { first, count } | Self::Shared { first, count, .. } => (*first, *count),
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Shared { .. })
    }

    /// What is to be written to each of `own` paths.
    pub(super) fn sections(&self, options: &WriteOptions, own: usize) -> Result<Vec<Section>> {
        let (range, block) = (StreamRange::new(options.offset, options.size)?, options.stream.recipe().block_size());
        let section = |part: StreamRange| Section {
            file_offset: options.file_offset,
            stream_offset: part.offset,
            size: part.size,
        };
        Ok(match self {
            Self::Shared { sections, .. } => sections.clone(),
            Self::All | Self::Own { .. } => {
                let (first, count) = self.places(own);
                let part = cut(range, count, block, options.file_size)?;
                (first..first + own).map(|index| section(part(index))).collect()
            }
        })
    }
}

/// The files that all ranks write, what each is to hold, and which of them this rank has a part of.
pub(super) struct SharedFiles {
    pub(super) paths: Vec<PathBuf>,
    pub(super) parts: Vec<StreamRange>,
    pub(super) first: usize,
    /// This rank's part of each from there on.
    pub(super) sections: Vec<Section>,
}

impl SharedFiles {
    /// Cuts the range among the files, and among the ranks.
    pub(super) fn new(paths: &[PathBuf], options: &WriteOptions, ranks: &RankShare) -> Result<Self> {
        let (range, block) = (StreamRange::new(options.offset, options.size)?, options.stream.recipe().block_size());
        let parts = split(range, paths.len(), block)?;
        let own = ranks.part(range, block)?;
        let end = own.offset + own.size;
        let (mut first, mut sections) = (0, Vec::new());
        for (index, part) in parts.iter().enumerate() {
            let (from, to) = (part.offset.max(own.offset), (part.offset + part.size).min(end));
            if from < to {
                first = if sections.is_empty() { index } else { first };
                let file_offset = options.file_offset + (from - part.offset);
                sections.push(Section { file_offset, stream_offset: from, size: to - from });
            }
        }
        Ok(Self { paths: paths.to_vec(), parts, first, sections })
    }

    /// The paths of which this rank has a part.
    pub(super) fn own(&self) -> &[PathBuf] {
        &self.paths[self.first..self.first + self.sections.len()]
    }

    pub(super) fn deal(&self) -> Deal {
        Deal::Shared { first: self.first, count: self.paths.len(), sections: self.sections.clone() }
    }
}
