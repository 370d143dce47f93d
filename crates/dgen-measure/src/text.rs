//! The report as a table for people.

use std::fmt::{self, Write};

use crate::report::MeasureReport;

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
        let estimated = self.compress_dedup_block.is_some_and(|block| !self.dedup[&block].exact);
        if estimated {
            self.warnings.push(
                "compress ratios are estimates: distinct blocks were sampled, so fewer neighbours share a compressor block"
                    .into(),
            );
        }
        if self.compress_sample > 1 && self.compressed_bytes < self.unique_bytes {
            self.warnings
                .push(format!("compress ratios are estimates: one of {} pieces was compressed", self.compress_sample));
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
        self.write_compress(f)?;
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        if self.warnings.is_empty() { Ok(()) } else { f.write_char('\n') }
    }
}

impl MeasureReport {
    fn write_compress(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(block), Some(blocks)) = (self.compress_dedup_block, self.compress.values().next()) else {
            return Ok(());
        };
        write!(f, "\n{:<8}", "compress")?;
        for block in blocks.keys() {
            write!(f, "{:>12}", short(*block))?;
        }
        writeln!(f)?;
        for (codec, ratios) in &self.compress {
            write!(f, "{codec:<8}")?;
            for ratio in ratios.values() {
                write!(f, "{ratio:>12.4}")?;
            }
            writeln!(f, "  {}", self.engines.get(codec).map_or("", String::as_str))?;
        }
        let unique = both(self.unique_bytes as f64);
        writeln!(f, "ratios are of the unique part at {} blocks: {unique}", short(block))
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
