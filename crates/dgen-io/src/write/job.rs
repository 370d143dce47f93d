//! One fallible step from options to a write: what is asked for is checked here, and what is there is opened and looked
//! at. Nothing is changed yet.

use std::collections::HashSet;
use std::path::PathBuf;

use dgen::{Error, ErrorKind, Result};

use super::{append, append::Append, deal::Deal, options::WriteOptions, remains};
use crate::engine::{machine::Machine, select};
use crate::extents::cursor::Section;
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::options::order::Order;
use crate::pipeline::assembly::Context;
use crate::storage::range_lock::{Bytes, Hold};
use crate::storage::{attributes::FilePlace, attributes::StreamRange, descriptors::make_room, guard::Intent};
use crate::storage::{name::Folders, target::Claim, target::Found, target::Kind};
use crate::tune::setting;

/// A write that may begin.
pub(super) struct WriteJob<'a> {
    pub(super) machine: &'a dyn Machine,
    pub(super) watch: Watch<'a>,
    pub(super) paths: &'a [PathBuf],
    pub(super) options: WriteOptions,
    pub(super) nodes: Nodes,
    /// What the paths are.
    pub(super) found: Vec<Found>,
    /// What is to be written to each.
    pub(super) sections: Vec<Section>,
    /// Bytes directly before that, which an earlier run has written; empty where there was none.
    pub(super) valid: Vec<u64>,
    /// Bytes before those that another write has left, and that this one continues.
    pub(super) before: u64,
    pub(super) append: Option<Append>,
    /// Which files of the write the paths are.
    pub(super) deal: Deal,
}

impl<'a> WriteJob<'a> {
    /// Checks the options, and looks at what there is.
    ///
    /// # Errors
    /// Bad values, and targets that cannot or must not be written to.
    pub(super) fn new(
        machine: &'a dyn Machine,
        paths: &'a [PathBuf],
        mut options: WriteOptions,
        watch: Watch<'a>,
        mut folders: Folders,
        claim: Claim,
        deal: Deal,
    ) -> Result<Self> {
        check(paths, &options)?;
        make_room(paths.len(), options.direct)?;
        let mut found: Vec<Found> =
            paths.iter().map(|path| Found::look_at(&mut folders, path, claim)).collect::<Result<_>>()?;
        let append = if options.append { Some(append::plan(&paths[0], &mut found[0], &mut options)?) } else { None };
        let before = append.as_ref().filter(|append| append.report.continued).map_or(0, |_| options.file_offset);
        StreamRange::new(options.file_offset, options.size)
            .map_err(|_| Error::invalid("file offset", options.file_offset, "ranges that end at or below 2^63"))?;
        let nodes = Nodes::new(options.io.placement, options.threads)?;
        let sections = deal.sections(&options, paths.len())?;
        // Where ranks share the write, what is asked for is this one's part from here on.
        options.offset = sections[0].stream_offset;
        options.size = sections.iter().map(|section| section.size).sum();
        examine(paths, &mut found, &sections, &options, claim, &deal)?;
        select::check_allowed(&options.io, machine)?;
        Ok(Self { machine, watch, paths, options, nodes, found, sections, valid: Vec::new(), before, append, deal })
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { machine: self.machine, io: &self.options.io, nodes: &self.nodes, watch: self.watch }
    }
}

/// Refuses values out of range, and options that contradict each other.
pub(super) fn check(paths: &[PathBuf], options: &WriteOptions) -> Result<()> {
    let WriteOptions { append, resume, verify, pregenerated, read_percent, .. } = *options;
    select::check(&options.io)?;
    setting::check(options.auto, &options.io)?;
    if read_percent > 100 {
        return Err(Error::invalid("read percent", read_percent, "0 to 100"));
    }
    let with = |what, why| format!("cannot be combined with {what}: {why}");
    let rules = [
        (append && resume, Some("append"), with("resume", "an interrupted append is resumed without append, as any other write")),
        (
            append && options.io.order != Order::Sequential,
            Some("append"),
            with("a random order", "an interrupted append could not end where its data does"),
        ),
        (append && options.io.passes > 1, Some("append"), with("several passes", "the end of the file is there once")),
        (append && options.file_offset > 0, Some("append"), with("a file offset", "the data goes to the end of the file")),
        (
            options.file_size.is_some() && options.files.is_none(),
            Some("file size"),
            with("paths", "it is that of files in a folder, of which the number is given"),
        ),
        (append && options.files.is_some(), Some("append"), with("files", "it writes to the end of one file")),
        (append && paths.len() != 1, Some("append"), with("several paths", "it writes to the end of one file")),
        (
            pregenerated && (verify || resume || append || read_percent > 0),
            None,
            "what is written from pre-generated buffers cannot be verified, resumed, continued or compared with what is read"
                .into(),
        ),
        (
            resume && read_percent > 0,
            Some("read percent"),
            "cannot be combined with resume, which writes what is missing and nothing else".into(),
        ),
        (
            resume && options.io.passes > 1,
            None,
            "a write of several passes cannot be resumed: files do not say which".into(),
        ),
    ];
    let Some((_, option, message)) = rules.into_iter().find(|(broken, ..)| *broken) else { return Ok(()) };
    Err(option.into_iter().fold(Error::new(ErrorKind::Usage, message), Error::of))
}

/// Refuses what must not be written, and takes the rest for this run.
fn examine(
    paths: &[PathBuf],
    all: &mut [Found],
    sections: &[Section],
    options: &WriteOptions,
    claim: Claim,
    deal: &Deal,
) -> Result<()> {
    let (first, count) = deal.places(paths.len());
    let (mut names, mut identities) = (HashSet::new(), HashSet::new());
    for (index, ((path, found), section)) in paths.iter().zip(all).zip(sections).enumerate() {
        let intent = Intent {
            stream: Some(&options.stream).filter(|_| !options.pregenerated),
            section: *section,
            place: FilePlace::of(first + index, count),
            is_part: section.file_offset > 0 || options.read_percent > 0 || deal.is_shared(),
        };
        if !select::keeps_data(&options.io) && !found.is_null() {
            let message = "the engines null and memory keep nothing, so they write to /dev/null alone";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
        }
        if (options.verify || options.read_percent > 0) && found.kind() == Kind::Memory {
            let message = "keeps nothing, so nothing can be read back";
            return Err(Error::new(ErrorKind::Usage, format!("{}: {message}", path.display())));
        }
        let known = found.identity().is_some_and(|identity| !identities.insert(identity));
        if known || (found.kind() == Kind::Regular && !names.insert(path)) {
            return Err(Error::new(ErrorKind::Usage, format!("{}: the same target is given twice", path.display())));
        }
        if claim != Claim::Held && !options.append {
            let empties = found.len() > 0 && section.file_offset == 0 && !options.resume && !deal.is_shared();
            let own = Bytes::new(section.file_offset, section.size);
            let hold = if options.read_percent == 100 { Hold::Shared } else { Hold::Alone };
            found.claim(path, if empties && hold == Hold::Alone { Bytes::from(0) } else { own }, hold)?;
        }
        if deal.is_shared() && found.kind() == Kind::Regular {
            // Whether it may be written over was seen when it was made ready: any of this may be there by now.
            remains::refuse_other_data(path, found, section, options)?;
            continue;
        }
        found.admit(path, &intent, options.force || options.resume || options.append)?;
    }
    Ok(())
}
