//! The report as a table for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::codec::Codec;
use crate::report::{MeasureReport, Modelled, Records};

impl MeasureReport {
    /// The report as a table for people, with IEC units; also its `Display`.
    ///
    /// ```
    /// use dgen_measure::{Input, MeasureOptions, Watch, measure};
    /// let report = measure(vec![Input::Bytes(&[0; 65536])], &MeasureOptions::default(), Watch::default())?;
    /// assert!(report.to_text().starts_with("measured        64.00 KiB (65.54 kB) in 1 input\n"));
    /// # Ok::<(), dgen::Error>(())
    /// ```
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// Adds the warnings that follow from the numbers.
    pub(crate) fn warn(&mut self) {
        for (block, dedup) in self.dedup.iter().filter(|(_, dedup)| !dedup.exact) {
            let block = iec(*block as f64);
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
        let inputs = if self.inputs == 1 { "input" } else { "inputs" };
        let end = if self.interrupted { ", interrupted" } else { "" };
        row(f, "measured", &format!("{} in {} {inputs}{end}", both(self.bytes as f64), self.inputs))?;
        let seconds = self.elapsed_ns as f64 / 1e9;
        let rate = both(self.bytes_per_s);
        row(f, "time", &format!("{seconds:.3} s at {rate} per second, up to {} threads", self.threads))?;
        if let Some(entropy) = self.entropy {
            row(f, "entropy", &format!("{entropy:.4} bits per byte"))?;
        }
        writeln!(f, "\n{:<8}{:>12}{:>16}{:>16}{:>16}", "dedup", "ratio", "distinct", "blocks", "zero blocks")?;
        for (block, dedup) in &self.dedup {
            let about = if dedup.exact { "" } else { "~" };
            let ratio = format!("{about}{:.4}", dedup.ratio);
            let distinct = format!("{about}{}", dedup.distinct);
            let zeros = self.zero_blocks.get(block).map_or(0, |zeros| zeros.blocks);
            writeln!(f, "{:<8}{ratio:>12}{distinct:>16}{:>16}{zeros:>16}", short(*block), dedup.total)?;
        }
        self.write_chunks(f)?;
        self.write_repeats(f)?;
        self.write_compress(f)?;
        self.write_models(f)?;
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        if self.warnings.is_empty() { Ok(()) } else { f.write_char('\n') }
    }
}

impl MeasureReport {
    fn write_chunks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(width) = self.chunks.keys().map(|name| name.len().max(8)).max() else { return Ok(()) };
        writeln!(f, "\n{:<width$}{:>12}{:>16}{:>16}{:>16}", "chunks", "ratio", "distinct", "chunks", "mean")?;
        for (name, chunks) in &self.chunks {
            let about = if chunks.exact { "" } else { "~" };
            let (ratio, distinct) = (format!("{about}{:.4}", chunks.ratio), format!("{about}{}", chunks.distinct));
            let (total, mean) = (chunks.total, iec(chunks.mean));
            let sizes = [chunks.min, chunks.avg, chunks.max].map(short).join(":");
            writeln!(f, "{name:<width$}{ratio:>12}{distinct:>16}{total:>16}{mean:>16}  {sizes}")?;
        }
        writeln!(f, "edges depend on content; those of the tool itself lie elsewhere, and so does its ratio, a little")
    }

    /// What is repeated, by powers of two, four of them together.
    fn write_repeats(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks = self.repeats.iter().map(|(block, repeats)| (short(*block), repeats));
        let chunks = self.chunks.iter().map(|(name, chunks)| (name.clone(), &chunks.repeats));
        let shown: Vec<_> = blocks.chain(chunks).filter(|(_, repeats)| !repeats.distances.is_empty()).collect();
        let Some(width) = shown.iter().map(|(name, _)| name.len().max(8)).max() else { return Ok(()) };
        let occurring = ["once", "twice", "3-4", "5-16", "more"];
        let apart = ["≤64KiB", "≤1MiB", "≤16MiB", "≤1GiB", "more"];
        write!(f, "\n{:<width$}", "repeats")?;
        occurring.iter().try_for_each(|head| write!(f, "{head:>9}"))?;
        write!(f, "   apart")?;
        apart.iter().try_for_each(|head| write!(f, "{head:>9}"))?;
        writeln!(f)?;
        for (name, repeats) in shown {
            write!(f, "{name:<width$}")?;
            shares(f, &repeats.contents, [1, 2, 4, 16])?;
            write!(f, "{:>8}", "")?;
            shares(f, &repeats.distances, [64 << 10, 1 << 20, 16 << 20, 1 << 30])?;
            writeln!(f)?;
        }
        writeln!(
            f,
            "shares of the contents by how often they occur, and of the copies by how far behind the one before they begin"
        )
    }

    fn write_compress(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(blocks) = self.compress.values().next() else { return Ok(()) };
        write!(f, "\n{:<8}", "compress")?;
        for block in blocks.keys() {
            write!(f, "{:>16}", short(*block))?;
        }
        writeln!(f)?;
        for (codec, ratios) in &self.compress {
            write!(f, "{codec:<8}")?;
            for (block, ratio) in ratios {
                write!(f, "{:>16}", within(*ratio, self.records[codec][block].error))?;
            }
            writeln!(f, "  {}", self.engines.get(codec).map_or("", String::as_str))?;
        }
        match self.compress_dedup_block {
            Some(block) => {
                let unique = both(self.unique_bytes as f64);
                writeln!(f, "ratios are of the unique part at {} blocks: {unique}", short(block))?;
            }
            None => writeln!(f, "ratios are of all data, duplicates and zero blocks included")?,
        }
        writeln!(
            f,
            "\n{:<8}{:>12}{:>10}{:>10}   records stored in up to so much of their size",
            "sizes", "", "raw", "zero"
        )?;
        for (codec, block, records) in self.shown_records() {
            let parts: Vec<u64> = records.sizes.chunks(4).map(|part| part.iter().sum()).collect();
            let percent = |count: u64| format!("{:.1} %", 100.0 * count as f64 / records.records.max(1) as f64);
            write!(f, "{codec:<8}{:>12}{:>10}{:>10}  ", short(block), percent(records.raw), percent(records.zero))?;
            for (count, part) in parts.into_iter().zip(["1/4", "1/2", "3/4", "all"]) {
                write!(f, " {part}: {}", percent(count))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    /// The records that the text shows: those of storage systems, where they were asked for.
    fn shown_records(&self) -> impl Iterator<Item = (&Codec, u64, &Records)> {
        let is_shown = |block: &u64| [4 << 10, 8 << 10, 128 << 10].contains(block);
        let each =
            self.records.iter().flat_map(|(codec, blocks)| blocks.iter().map(move |(block, r)| (codec, *block, r)));
        each.filter(move |(_, block, records)| is_shown(block) && records.records > 0)
    }

    fn write_models(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.models.is_empty() {
            return Ok(());
        }
        let width = self.models.keys().map(String::len).max().unwrap_or(0).max(8) + 2;
        writeln!(
            f,
            "\n{:<width$}{:>16}{:>14}{:>10}{:>10}  compressor",
            "models", "ratio", "allocated", "holes", "raw"
        )?;
        for (name, found) in &self.models {
            let ratio = found.ratio.map_or("-".into(), |ratio| within(ratio, found.error));
            let allocated = iec(found.allocated_bytes as f64);
            let dedup = if found.dedup { ", after dedup" } else { "" };
            let Modelled { holes, raw, engine, .. } = found;
            writeln!(f, "{name:<width$}{ratio:>16}{allocated:>14}{holes:>10}{raw:>10}  {engine}{dedup}")?;
        }
        writeln!(f, "ratios are of all data to the space of data alone, without metadata")
    }
}

/// The shares of the counts up to each bound, and above the last.
fn shares(f: &mut fmt::Formatter<'_>, counts: &BTreeMap<u64, u64>, bounds: [u64; 4]) -> fmt::Result {
    let all: u64 = counts.values().sum();
    let mut before = 0;
    for bound in bounds.into_iter().map(Some).chain([None]) {
        let up_to: u64 =
            counts.iter().filter(|(key, _)| bound.is_none_or(|bound| **key <= bound)).map(|(_, n)| n).sum();
        let share = 100.0 * (up_to - before) as f64 / all.max(1) as f64;
        write!(f, "{:>9}", format!("{share:.1} %"))?;
        before = up_to;
    }
    Ok(())
}

/// A ratio, with what it may be off by.
fn within(ratio: f64, error: Option<f64>) -> String {
    match error {
        Some(0.0) => format!("{ratio:.4}"),
        Some(error) => format!("~{ratio:.3} ±{:.1}%", 100.0 * error),
        None => format!("~{ratio:.3}"),
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{name:<16}{value}")
}

/// Both unit systems, such as `64.00 KiB (65.54 kB)`.
fn both(bytes: f64) -> String {
    if bytes < 1000.0 {
        return format!("{bytes:.0} B");
    }
    format!("{} ({})", iec(bytes), scaled(bytes, 1000.0, &["B", "kB", "MB", "GB", "TB", "PB", "EB"]))
}

fn iec(bytes: f64) -> String {
    scaled(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

fn scaled(mut value: f64, base: f64, units: &[&str]) -> String {
    let mut names = units.iter();
    let mut name = names.next().copied().unwrap_or_default();
    for next in names {
        if value < base {
            break;
        }
        value /= base;
        name = next;
    }
    if name == "B" { format!("{value:.0} B") } else { format!("{value:.2} {name}") }
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
        assert_eq!(both(0.0), "0 B");
        assert_eq!(both(1000.0), "1000 B (1.00 kB)");
        assert_eq!(both(1_073_741_824.0), "1.00 GiB (1.07 GB)");
        assert_eq!(short(512), "512B");
        assert_eq!(short(1536), "1536B");
        assert_eq!(short(65_536), "64KiB");
        assert_eq!(short(3 << 20), "3MiB");
    }
}
