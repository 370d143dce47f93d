//! What content-defined chunkers find of a recipe's duplicates.

use super::Recipe;

impl Recipe {
    /// The share of duplicate bytes that a content-defined chunker is expected to find.
    ///
    /// Behind the first `min` bytes of a chunk, an edge comes with odds of one in `avg` at each byte; at `max` there is one in
    /// any case. In each duplicate the chunker loses what lies before its edges are again those of the first time, and what
    /// lies behind the last of them. So the share depends on how many chunks a block takes, and on nothing else where `min`
    /// is small and `max` large: one chunk a block, 10 %; 4, 53 %; 8, 75 %; 16, 88 %; 64, 97 %. `docs/MEASURE.md` has the
    /// formula. It is right within 3 points for dedup ratios up to 2, where `min` is at most `avg` and `max` at least `2·avg`; of
    /// larger ratios chunkers find up to 9 points more, and of `runs` up to 6 less.
    ///
    /// ```
    /// let recipe: dgen::Recipe = "dgen1,seed=1,block=4MiB,dedup=2".parse()?;
    /// let share = recipe.chunked_share(512 << 10, 1 << 20, 8 << 20);
    /// assert!((0.4..0.5).contains(&share));
    /// assert!((recipe.chunked_ratio(512 << 10, 1 << 20, 8 << 20) - 1.0 / (1.0 - share / 2.0)).abs() < 1e-9);
    /// # Ok::<(), dgen::Error>(())
    /// ```
    pub fn chunked_share(&self, min: u64, avg: u64, max: u64) -> f64 {
        let run = (self.runs().least + self.runs().most) as f64 / 2.0;
        share(self.block_size() as f64 * run, min as f64, avg as f64, max as f64)
    }

    /// The dedup ratio that the same chunker is expected to have on data of this recipe.
    pub fn chunked_ratio(&self, min: u64, avg: u64, max: u64) -> f64 {
        let duplicates = 1.0 - 1.0 / self.dedup_ratio().as_f64();
        1.0 / (1.0 - duplicates * self.chunked_share(min, avg, max))
    }
}

/// The share of pieces of so many bytes.
fn share(bytes: f64, min: f64, avg: f64, max: f64) -> f64 {
    let (min, avg, span) = (min.max(0.0), avg.max(1.0), ((max - min) / avg).max(1e-3));
    let forced = (-span).exp();
    let mean = min + avg * (1.0 - forced);
    let square = min * min + 2.0 * min * avg * (1.0 - forced) + 2.0 * avg * avg * (1.0 - forced * (1.0 + span));
    let behind = square / (2.0 * mean);
    let before = before(min, avg) / (1.0 - forced).powf(1.5);
    let edges = 2.0 * bytes / (before + behind);
    let chunks = bytes / mean;
    let least = (min / (min + avg)).powi(2) * chunks * (-chunks).exp();
    let none = (-edges).exp();
    (1.0 - 2.0 * (1.0 - none) / edges + none - least).clamp(0.0, 1.0)
}

/// Bytes, on average, until two chunkers in unlike states have an edge in the same place.
fn before(min: f64, avg: f64) -> f64 {
    let busy = min / (min + avg);
    let common = avg + min / 2.0 + min * min / (4.0 * avg);
    let one_busy = common + (1.0 + min / avg) * min * min / (12.0 * avg);
    let both_busy = one_busy - (1.0 + min / (2.0 * avg)) * min / 6.0;
    let free = 1.0 - busy;
    busy * busy * min / 3.0 + free * free * avg + 2.0 * free * busy * one_busy + busy * busy * both_busy
}
