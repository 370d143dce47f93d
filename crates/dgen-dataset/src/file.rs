//! One file of a data set.

/// A part of a file that a generation wrote anew: it holds that version of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The generation, which is the version of the stream.
    pub version: u32,
    /// First byte in the payload.
    pub at: u64,
    /// Bytes.
    pub size: u64,
}

/// A file and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Number of the file, in the order in which files came to be; it never changes.
    pub id: u64,
    /// The generation that gave it its name, 0 where it has its first.
    pub renamed: u32,
    /// Stream offset of the first byte of the payload, a multiple of the block size from that of the data set.
    pub offset: u64,
    /// Bytes of payload.
    pub size: u64,
    /// What was written anew since it came to be; a later one hides earlier ones.
    pub edits: Vec<Edit>,
}

/// A part of a file that holds one version of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) version: u32,
    pub(crate) at: u64,
    pub(crate) size: u64,
}

impl DataFile {
    /// What the file holds, from its first byte to its last.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        let mut cuts: Vec<u64> = vec![0, self.size];
        cuts.extend(self.edits.iter().flat_map(|edit| [edit.at, edit.at + edit.size]));
        cuts.sort_unstable();
        cuts.dedup();
        let mut segments: Vec<Segment> = Vec::new();
        for pair in cuts.windows(2) {
            let (at, size) = (pair[0], pair[1] - pair[0]);
            let version = self.version_at(at);
            match segments.last_mut() {
                Some(last) if last.version == version => last.size += size,
                _ => segments.push(Segment { version, at, size }),
            }
        }
        segments
    }

    /// The version of the stream at a byte of the payload.
    pub(crate) fn version_at(&self, at: u64) -> u32 {
        let edit = self.edits.iter().rev().find(|edit| (edit.at..edit.at + edit.size).contains(&at));
        edit.map_or(0, |edit| edit.version)
    }

    /// The version of the whole file, if it has one.
    pub(crate) fn only_version(&self) -> Option<u32> {
        match self.segments()[..] {
            [Segment { version, .. }] => Some(version),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_edits_hide_earlier_ones() {
        let edit = |version, at, size| Edit { version, at, size };
        let mut file = DataFile { id: 0, renamed: 0, offset: 0, size: 100, edits: Vec::new() };
        assert_eq!(file.only_version(), Some(0));
        file.edits = vec![edit(1, 10, 30), edit(2, 20, 10), edit(3, 90, 10)];
        let parts: Vec<_> = file.segments().iter().map(|part| (part.version, part.at, part.size)).collect();
        assert_eq!(parts, [(0, 0, 10), (1, 10, 10), (2, 20, 10), (1, 30, 10), (0, 40, 50), (3, 90, 10)]);
        file.edits.push(edit(4, 0, 100));
        assert_eq!(file.only_version(), Some(4));
    }
}
