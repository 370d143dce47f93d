//! The report for people: facts, tables and notes.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use dgen::units::{Units, human_size};

use crate::codec::Codec;
use crate::columns::TextTable;
use crate::report::{MeasureReport, Modelled, Records, Repeats};

/// A part of the report for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextPart {
    /// A name and a value.
    Fact(&'static str, String),
    /// Numbers, whose first name says what of.
    Table(TextTable),
    /// What a reader of the table before it should know.
    Note(String),
}

impl MeasureReport {
    /// The report for people, in binary units; also its `Display`.
    ///
    /// ```
    /// use dgen_measure::{Input, MeasureOptions, Watch, measure};
    /// let report = measure(vec![Input::Bytes(&[0; 65536])], &MeasureOptions::default(), Watch::default())?;
    /// assert!(report.to_text().starts_with("measured        64.00 KiB in 1 input\n"));
    /// # Ok::<(), dgen::Error>(())
    /// ```
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// The parts of the report for people, without its warnings, for whoever lays them out.
    pub fn text_parts(&self, units: Units) -> Vec<TextPart> {
        let inputs = if self.inputs == 1 { "input" } else { "inputs" };
        let end = if self.interrupted { ", interrupted" } else { "" };
        let measured = format!("{} in {} {inputs}{end}", units.size(self.bytes), self.inputs);
        let (seconds, rate) = (self.elapsed_ns as f64 / 1e9, units.rate(self.bytes_per_s));
        let time = format!("{seconds:.3} s at {rate}, up to {} threads", self.threads);
        let mut parts = vec![TextPart::Fact("measured", measured), TextPart::Fact("time", time)];
        parts.extend(self.entropy.map(|bits| TextPart::Fact("entropy", format!("{bits:.4} bits per byte"))));
        self.add_dedup(&mut parts);
        self.add_chunks(&mut parts, units);
        self.add_repeats(&mut parts);
        self.add_compress(&mut parts, units);
        self.add_models(&mut parts, units);
        parts
    }

    /// Adds the warnings that follow from the numbers.
    pub(crate) fn warn(&mut self) {
        for (block, dedup) in self.dedup.iter().filter(|(_, dedup)| !dedup.exact) {
            let block = human_size(*block);
            let error = 100.0 * dedup.standard_error / dedup.distinct.max(1) as f64;
            self.warnings.push(format!(
                "dedup at {block} is an estimate (standard error {error:.2} %): raise the memory limit for a count"
            ));
        }
        for (name, chunks) in self.chunks.iter().filter(|(_, chunks)| !chunks.exact) {
            let error = 100.0 * chunks.standard_error / chunks.distinct_bytes.max(1) as f64;
            self.warnings.push(format!(
                "dedup of chunks as of {name} is an estimate (standard error {error:.2} %): raise the memory limit for a count"
            ));
        }
        let estimated = self.compress_dedup_block.is_some_and(|block| !self.dedup[&block].exact);
        if estimated {
            self.warnings.push(
                "compress ratios are estimates: distinct blocks were sampled, so fewer neighbours share a compressor block"
                    .into(),
            );
        }
        let share = self.records.values().flat_map(|blocks| blocks.values()).map(|records| records.share);
        if let Some(share) = share.reduce(f64::min).filter(|share| *share < 1.0) {
            self.warnings.push(format!(
                "compress ratios are estimates: one of {} blocks was compressed, or more ({:.1} % of the bytes at the least), and each \
                 ratio says how far it may be off (a sample of 1 compresses all)",
                self.compress_sample,
                100.0 * share
            ));
        }
    }
}

impl fmt::Display for MeasureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.text_parts(Units::Binary) {
            match part {
                TextPart::Fact(name, value) => writeln!(f, "{name:<16}{value}")?,
                TextPart::Table(table) => {
                    f.write_char('\n')?;
                    table.lines().iter().try_for_each(|line| writeln!(f, "{line}"))?;
                }
                TextPart::Note(note) => writeln!(f, "{note}")?,
            }
        }
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        if self.warnings.is_empty() { Ok(()) } else { f.write_char('\n') }
    }
}

impl MeasureReport {
    fn add_dedup(&self, parts: &mut Vec<TextPart>) {
        let row = |(block, dedup): (&u64, &crate::report::Dedup)| {
            let about = if dedup.exact { "" } else { "~" };
            let zeros = self.zero_blocks.get(block).map_or(0, |zeros| zeros.blocks);
            let (ratio, distinct) = (format!("{about}{:.4}", dedup.ratio), format!("{about}{}", dedup.distinct));
            vec![short(*block), ratio, distinct, dedup.total.to_string(), zeros.to_string()]
        };
        let rows = self.dedup.iter().map(row).collect();
        parts.push(table(["dedup", "ratio", "distinct", "blocks", "zero blocks"], rows, &[0]));
    }

    fn add_chunks(&self, parts: &mut Vec<TextPart>, units: Units) {
        if self.chunks.is_empty() {
            return;
        }
        let row = |(name, chunks): (&String, &crate::report::Chunks)| {
            let about = if chunks.exact { "" } else { "~" };
            let (ratio, distinct) = (format!("{about}{:.4}", chunks.ratio), format!("{about}{}", chunks.distinct));
            let sizes = [chunks.min, chunks.avg, chunks.max].map(short).join(":");
            vec![name.clone(), ratio, distinct, chunks.total.to_string(), about_bytes(units, chunks.mean), sizes]
        };
        let rows = self.chunks.iter().map(row).collect();
        parts.push(table(["chunks", "ratio", "distinct", "chunks", "mean", "min:avg:max"], rows, &[0, 5]));
        let note = "edges depend on content; those of the tool itself lie elsewhere, and so does its ratio, a little";
        parts.push(TextPart::Note(note.into()));
    }

    /// What is repeated, by powers of two, four of them together.
    fn add_repeats(&self, parts: &mut Vec<TextPart>) {
        let blocks = self.repeats.iter().map(|(block, repeats)| (short(*block), repeats));
        let chunks = self.chunks.iter().map(|(name, chunks)| (name.clone(), &chunks.repeats));
        let shown: Vec<_> = blocks.chain(chunks).filter(|(_, repeats)| !repeats.distances.is_empty()).collect();
        if shown.is_empty() {
            return;
        }
        let rows = |counts: fn(&Repeats) -> &BTreeMap<u64, u64>, bounds: [u64; 4]| {
            let row = |(name, repeats): &(String, &Repeats)| {
                std::iter::once(name.clone()).chain(shares(counts(repeats), bounds)).collect()
            };
            shown.iter().map(row).collect()
        };
        let occurring = rows(|repeats| &repeats.contents, [1, 2, 4, 16]);
        parts.push(table(["repeats", "once", "twice", "3-4", "5-16", "more"], occurring, &[0]));
        parts.push(TextPart::Note("shares of the contents by how often they occur".into()));
        let apart = rows(|repeats| &repeats.distances, [64 << 10, 1 << 20, 16 << 20, 1 << 30]);
        parts.push(table(["apart", "≤64KiB", "≤1MiB", "≤16MiB", "≤1GiB", "more"], apart, &[0]));
        parts.push(TextPart::Note("shares of the copies by how far behind the one before they begin".into()));
    }

    fn add_compress(&self, parts: &mut Vec<TextPart>, units: Units) {
        let Some(blocks) = self.compress.values().next() else { return };
        let names: Vec<String> =
            std::iter::once("compress".to_owned()).chain(blocks.keys().map(|block| short(*block))).collect();
        let row = |(codec, ratios): (&Codec, &BTreeMap<u64, f64>)| {
            let each = ratios.iter().map(|(block, ratio)| within(*ratio, self.records[codec][block].error));
            std::iter::once(codec.to_string()).chain(each).collect()
        };
        parts.push(TextPart::Table(TextTable { names, rows: self.compress.iter().map(row).collect(), left: vec![0] }));
        parts.push(TextPart::Note(match self.compress_dedup_block {
            Some(block) => {
                let unique = units.size(self.unique_bytes);
                format!("ratios are of the unique part at {} blocks: {unique}", short(block))
            }
            None => "ratios are of all data, duplicates and zero blocks included".into(),
        }));
        let engines: Vec<&str> = self.engines.values().map(String::as_str).collect();
        parts.push(TextPart::Note(format!("compressed by {}", engines.join("; "))));
        self.add_sizes(parts);
    }

    fn add_sizes(&self, parts: &mut Vec<TextPart>) {
        let row = |(codec, block, records): (&Codec, u64, &Records)| {
            let percent = |count: u64| format!("{:.1} %", 100.0 * count as f64 / records.records.max(1) as f64);
            let sizes = records.sizes.chunks(4).map(|part| percent(part.iter().sum()));
            let first = [codec.to_string(), short(block), percent(records.raw), percent(records.zero)];
            first.into_iter().chain(sizes).collect()
        };
        let rows: Vec<Vec<String>> = self.shown_records().map(row).collect();
        if rows.is_empty() {
            return;
        }
        parts.push(table(["sizes", "block", "raw", "zero", "1/4", "1/2", "3/4", "all"], rows, &[0]));
        parts.push(TextPart::Note("shares of the records that are stored in up to so much of their size".into()));
    }

    /// The records that the text shows: those of storage systems, where they were asked for.
    fn shown_records(&self) -> impl Iterator<Item = (&Codec, u64, &Records)> {
        let is_shown = |block: &u64| [4 << 10, 8 << 10, 128 << 10].contains(block);
        let each =
            self.records.iter().flat_map(|(codec, blocks)| blocks.iter().map(move |(block, r)| (codec, *block, r)));
        each.filter(move |(_, block, records)| is_shown(block) && records.records > 0)
    }

    fn add_models(&self, parts: &mut Vec<TextPart>, units: Units) {
        if self.models.is_empty() {
            return;
        }
        let row = |(name, found): (&String, &Modelled)| {
            let ratio = found.ratio.map_or("-".into(), |ratio| within(ratio, found.error));
            let dedup = if found.dedup { ", after dedup" } else { "" };
            let Modelled { holes, raw, engine, .. } = found;
            let allocated = units.size(found.allocated_bytes);
            vec![name.clone(), ratio, allocated, holes.to_string(), raw.to_string(), format!("{engine}{dedup}")]
        };
        let rows = self.models.iter().map(row).collect();
        parts.push(table(["models", "ratio", "allocated", "holes", "raw", "compressor"], rows, &[0, 5]));
        parts.push(TextPart::Note("ratios are of all data to the space of data alone, without metadata".into()));
    }
}

fn table<const N: usize>(names: [&str; N], rows: Vec<Vec<String>>, left: &[usize]) -> TextPart {
    TextPart::Table(TextTable { names: names.map(str::to_owned).into(), rows, left: left.to_vec() })
}

/// A mean size.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size is positive, and rounded for people"
)]
fn about_bytes(units: Units, bytes: f64) -> String {
    units.size(bytes.round() as u64)
}

/// The shares of the counts up to each bound, and above the last.
fn shares(counts: &BTreeMap<u64, u64>, bounds: [u64; 4]) -> Vec<String> {
    let all: u64 = counts.values().sum();
    let mut before = 0;
    let share = |bound: Option<u64>| {
        let up_to: u64 =
            counts.iter().filter(|(key, _)| bound.is_none_or(|bound| **key <= bound)).map(|(_, n)| n).sum();
        let share = 100.0 * (up_to - before) as f64 / all.max(1) as f64;
        before = up_to;
        format!("{share:.1} %")
    };
    bounds.into_iter().map(Some).chain([None]).map(share).collect()
}

/// A ratio, with what it may be off by.
fn within(ratio: f64, error: Option<f64>) -> String {
    match error {
        Some(0.0) => format!("{ratio:.4}"),
        Some(error) => format!("~{ratio:.3} ±{:.1}%", 100.0 * error),
        None => format!("~{ratio:.3}"),
    }
}

/// A block size as it is usually written: `4KiB`, `1MiB`, or bytes where it is no multiple of a unit.
fn short(block: u64) -> String {
    match block {
        0 => "0B".into(),
        _ if block.is_multiple_of(1 << 30) => format!("{}GiB", block >> 30),
        _ if block.is_multiple_of(1 << 20) => format!("{}MiB", block >> 20),
        _ if block.is_multiple_of(1 << 10) => format!("{}KiB", block >> 10),
        _ => format!("{block}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(short(512), "512B");
        assert_eq!(short(1536), "1536B");
        assert_eq!(short(65_536), "64KiB");
        assert_eq!(short(3 << 20), "3MiB");
    }
}
