//! Which of the processes that a launcher started this one is, as the launcher's variables say.
//!
//! One launcher may run inside another, so several may have left their variables. They are asked in the order of
//! torch, Open MPI, PMI, MVAPICH, PMIx, Slurm. One that says rank 0 of 1 gives way to one that says more. Slurm speaks
//! where no other does: inside its allocations other launchers start processes, too, and these inherit what Slurm said
//! of the launcher's own. Where torch started ranks inside each of another launcher's processes
//! (`GROUP_WORLD_SIZE` is their number), torch's count. All others must agree.

mod family;

use crate::error::{Error, ErrorKind, Result};
use family::{FAMILIES, Kind, Said};

/// Rank, number of ranks, and both among the ranks on this host.
///
/// ```
/// use dgen::ranks::Ranks;
/// let variables = [("PMI_RANK", "3"), ("PMI_SIZE", "8")];
/// let value = |name: &str| variables.iter().find(|known| known.0 == name).map(|known| known.1.to_owned());
/// let ranks = Ranks::from_variables(&value)?;
/// assert_eq!((ranks.rank, ranks.world_size, ranks.local_size), (3, 8, None));
/// assert_eq!(Ranks::from_variables(&|_| None)?.world_size, 1);
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ranks {
    /// Which of them this process is, from 0.
    pub rank: u32,
    /// How many there are, at least 1.
    pub world_size: u32,
    /// Which of those on this host, where the launcher says so.
    pub local_rank: Option<u32>,
    /// How many are on this host, where the launcher says so.
    pub local_size: Option<u32>,
    /// The variables that say so; none for a process that no launcher started, which is rank 0 of 1.
    pub source: Vec<&'static str>,
}

impl Ranks {
    /// What the variables of this process say.
    ///
    /// # Errors
    /// As for [`from_variables`](Self::from_variables).
    pub fn from_environment() -> Result<Self> {
        Self::from_variables(&|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// What these variables say, given the value of each by name.
    ///
    /// # Errors
    /// When a value is no number of its range, when a rank comes without a number of ranks, and when launchers
    /// contradict each other.
    pub fn from_variables(value: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let value = |name: &str| value(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut said = Vec::new();
        for family in &FAMILIES {
            said.extend(family.said(&value)?);
        }
        agree_with_bare_ranks(&said, &value)?;
        let Some(chosen) = said.iter().find(|one| one.world_size > 1).or_else(|| said.first()) else {
            return Ok(Self::alone());
        };
        for other in &said {
            if !is_no_conflict(chosen, other, &value) {
                return Err(conflict(&chosen.quoted(), &other.quoted()));
            }
        }
        // The first of those that say the same may know nothing of this host.
        let mut knowing = said.iter().filter(|one| one.place() == chosen.place() && one.local_size.is_some());
        let local = knowing.next().unwrap_or(chosen);
        let (rank, world_size) = chosen.place();
        let source = chosen.names.iter().chain(&local.local_names).copied().collect();
        let only = |number| if world_size == 1 { Some(number) } else { None };
        let (local_rank, local_size) = (only(0).or(local.local_rank), only(1).or(local.local_size));
        Ok(Self { rank, world_size, local_rank, local_size, source })
    }

    /// The ranks on this host that share its processors: 1 where nothing is known of others, or what is said of them is
    /// contradictory.
    pub(crate) fn on_this_host() -> usize {
        let ranks = Self::from_environment().ok();
        ranks.and_then(|ranks| ranks.local_size).map_or(1, |size| size as usize)
    }

    fn alone() -> Self {
        Self { rank: 0, world_size: 1, local_rank: Some(0), local_size: Some(1), source: Vec::new() }
    }
}

/// Whether the chosen family is right whatever the other one says.
fn is_no_conflict(chosen: &Said, other: &Said, value: &dyn Fn(&str) -> Option<String>) -> bool {
    let started_groups = chosen.kind == Kind::Torch
        && value(family::TORCH_GROUPS).and_then(|text| text.parse().ok()) == Some(other.world_size);
    chosen.place() == other.place() || other.world_size == 1 || other.kind == Kind::Slurm || started_groups
}

/// Refuses ranks whose number of ranks no variable tells, unless another family says the same rank with it.
fn agree_with_bare_ranks(said: &[Said], value: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    for family in &FAMILIES {
        let Some((name, rank)) = family.bare_rank(value)? else { continue };
        if said.is_empty() {
            let accepted = format!("with {}, or with rank and world size given", family.size);
            return Err(Error::malformed(name, format_args!("{rank} without a number of ranks"), &accepted));
        }
        if said.iter().all(|one| one.rank != rank) {
            return Err(conflict(&said[0].quoted(), &format!("{name}={rank}")));
        }
    }
    Ok(())
}

fn conflict(one: &str, other: &str) -> Error {
    let accepted = "accepted: launchers that say the same, or rank and world size given";
    Error::new(ErrorKind::InvalidValue, format!("{one} contradicts {other} ({accepted})"))
}

#[cfg(test)]
mod tests;
