//! What is computed on the way to a byte, step by step (section 11 of FORMAT.md).

use crate::blake2b::blake2b_hex;
use crate::lines::{State, seed, step};
use crate::page::line_numbers;
use crate::size::PAGE;
use crate::spec::Spec;
use crate::tag::tag;
use std::fmt::Write as _;

/// Words, four on a text line.
fn words(text: &mut String, name: &str, words: &[u64]) {
    let mut name = name;
    for four in words.chunks(4) {
        let hex: Vec<String> = four.iter().map(|word| format!("{word:016x}")).collect();
        let _ = writeln!(text, "{name:<9}{}", hex.join(" "));
        name = "";
    }
}

fn state(text: &mut String, rows: &State) {
    for (i, row) in rows.iter().enumerate() {
        words(text, &format!("s{i}"), row);
    }
}

impl Spec {
    /// The intermediate values of the 16 bytes at `offset`, as text: keys, plan, tag, rows, first lines, layout.
    ///
    /// # Panics
    /// Panics when one of the bytes is outside the stream.
    pub fn workings(&self, offset: u64) -> String {
        let mut text = String::new();
        words(&mut text, "K", &self.keys.k);
        words(&mut text, "L", &self.keys.l);
        self.plan_workings(&mut text, offset);
        let n = self.page_of_offset(offset);
        let t = tag(&self.keys, n, self.version);
        words(&mut text, "T0 T1", &t);
        text.push_str("after seeding:\n");
        let mut rows = seed(t, &self.keys.l);
        state(&mut text, &rows);
        text.push_str("after the first step:\n");
        let lines = step(&mut rows);
        state(&mut text, &rows);
        for (i, line) in lines.iter().enumerate() {
            words(&mut text, &format!("line {i}"), line);
        }
        self.page_workings(&mut text, n);
        let mut bytes = [0; 16];
        self.fill(offset, &mut bytes);
        let _ = writeln!(text, "bytes    {:032x}", u128::from_be_bytes(bytes));
        text
    }

    fn plan_workings(&self, text: &mut String, offset: u64) {
        let (block, plan) = (offset / self.block, &self.plan);
        let (u, next) = (plan.distinct(block), plan.distinct(block + 1));
        let _ = writeln!(text, "block    {block}, U(i) = {u}, U(i+1) = {next}");
        if u == next && !plan.is_arranged() {
            let copied = plan.copy(block - u, u);
            let (skipped, bins, half_bin, slots) = (plan.skipped, plan.bins, plan.half_bin, plan.slots);
            let _ = writeln!(text, "         S = {skipped}, m = {bins}, B = {half_bin}, M = {slots}");
            let (j, e, v, t) = (block - u, copied.old_enough, copied.pass, copied.place);
            let _ = writeln!(text, "         j = {j}, e = {e}, v = {v}, t = {t}");
            let _ = writeln!(text, "         b = {}, s = {}, slot = {}", copied.bin, copied.pair, copied.slot);
        }
        let _ = writeln!(text, "content  {}", plan.content(block));
        let _ = writeln!(text, "page     n = {}, byte {} of it", self.page_of_offset(offset), offset % PAGE as u64);
    }

    fn page_workings(&self, text: &mut String, n: u64) {
        if let Some(pieces) = &self.pieces {
            let name = if pieces.is_high(n) { 'B' } else { 'A' };
            let _ = writeln!(text, "layout   f = {}, {name}", pieces.share);
            let _ = writeln!(text, "digest   {}", blake2b_hex(&self.page(n)));
            return;
        }
        let layout = self.layout(n);
        let runs: Vec<String> = layout.iter().map(|run| format!("{}:{}", run.half_sectors, run.units)).collect();
        let firsts: Vec<String> = line_numbers(layout).0.iter().map(ToString::to_string).collect();
        let runs = runs.join(" ");
        let _ = if let Some(spread) = &self.spread {
            writeln!(text, "layout   T = {}: {runs}", spread.target(&self.keys, n).0)
        } else {
            let name = if layout == self.layouts.high { 'B' } else { 'A' };
            writeln!(text, "layout   f = {}, {name}: {runs}", self.layouts.share)
        };
        let _ = writeln!(text, "         first lines {}", firsts.join(" "));
        let page = self.page(n);
        let _ = writeln!(text, "digest   {}", blake2b_hex(&page));
    }
}
