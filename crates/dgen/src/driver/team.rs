//! Who does the work of a call: how many threads, and where they run.

use super::pool;
use super::threads::resolve_threads;
use crate::error::Result;
use crate::placement::{Group, LIVE, Placement, System};
use crate::topology::is_uniform;

/// Up to so many threads, and their placement. Cheap to clone.
///
/// ```
/// use dgen::driver::Team;
/// use dgen::placement::{NumaMode, Placement, PlacementOptions};
/// use dgen::{Recipe, Stream};
/// let placement = Placement::new(PlacementOptions::new(NumaMode::Auto, Some(0)))?;
/// let team = Team::new(Some(2), placement)?;
/// let mut buffer = vec![0; 1 << 20];
/// Stream::new(&Recipe::with_seed(7))?.fill_with(0, &mut buffer, &team)?;
/// assert_eq!(team.report().threads, 2);
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Team {
    threads: usize,
    /// Absent where nothing is placed.
    placement: Option<Placement>,
}

impl Team {
    /// Up to `threads` threads (`None`: `DGEN_THREADS`, or what suits the placement, or else the machine), placed.
    ///
    /// # Errors
    /// When the number is outside 1 to 4096, or `DGEN_THREADS` is malformed.
    pub fn new(threads: Option<usize>, placement: Placement) -> Result<Self> {
        let suits = if std::env::var_os("DGEN_THREADS").is_some() { None } else { placement.threads() };
        let threads = resolve_threads(threads.or(suits))?;
        Ok(Self { threads, placement: Some(placement) })
    }

    /// Up to `threads` threads (`None`: as for [`new`](Self::new)), placed automatically.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn auto(threads: Option<usize>) -> Result<Self> {
        match automatic() {
            Some(placement) => Self::new(threads, placement),
            None => Ok(Self { threads: resolve_threads(threads)?, placement: None }),
        }
    }

    /// Up to `threads` threads (0 is taken for 1) that run anywhere.
    pub fn free(threads: usize) -> Self {
        Self { threads: threads.max(1), placement: None }
    }

    /// Threads at most.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The placement, where there is one.
    pub fn placement(&self) -> Option<&Placement> {
        self.placement.as_ref()
    }

    /// What the placement does with these threads.
    pub fn report(&self) -> crate::placement::PlacementReport {
        self.placement.clone().unwrap_or_else(Placement::auto).report(self.threads)
    }

    /// The same placement with other threads.
    #[must_use]
    pub fn with_threads(&self, threads: usize) -> Self {
        Self { threads: threads.max(1), placement: self.placement.clone() }
    }

    /// The placement and its groups; `None` where nothing is placed.
    pub(crate) fn placed(&self) -> Option<(&Placement, &[Group])> {
        let placement = self.placement.as_ref().filter(|placement| placement.is_active())?;
        Some((placement, placement.groups()))
    }

    /// What tells where threads and pages are.
    pub(super) fn system(&self) -> &'static dyn System {
        self.placement.as_ref().map_or(&LIVE, Placement::system)
    }

    /// Whether threads run on several nodes.
    pub(crate) fn spreads(&self) -> bool {
        self.placed().is_some_and(|(_, groups)| groups.len() > 1)
    }
}

/// The automatic placement for the calling thread's processors; `None` where nothing is placed.
fn automatic() -> Option<Placement> {
    if is_uniform() {
        return None;
    }
    Some(pool::current().automatic()).filter(Placement::is_active)
}
