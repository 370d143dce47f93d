//! The variables of each launcher, and how they are read.

use crate::error::{Error, Result};

type Value<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How many processes of another launcher torch started its ranks in.
pub(super) const TORCH_GROUPS: &str = "GROUP_WORLD_SIZE";
/// The host's place in the list of [`SLURM_TASKS`].
const SLURM_HOST: &str = "SLURM_NODEID";
const SLURM_TASKS: &str = "SLURM_STEP_TASKS_PER_NODE";

/// Families that are not read alike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its names are plain words, which mean ranks only together.
    Torch,
    Mpi,
    /// Its variables are also in the shell of a batch script, which is one process, and say there what was asked for.
    Slurm,
}

/// What one family of variables says.
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) rank: u32,
    pub(super) world_size: u32,
    /// The variables that these are from.
    pub(super) names: [&'static str; 2],
    pub(super) local_rank: Option<u32>,
    pub(super) local_size: Option<u32>,
    /// The variables that those are from that it gives.
    pub(super) local_names: Vec<&'static str>,
}

impl Said {
    pub(super) fn place(&self) -> (u32, u32) {
        (self.rank, self.world_size)
    }

    /// Its variables with their values: `RANK=1, WORLD_SIZE=2`.
    pub(super) fn quoted(&self) -> String {
        format!("{}={}, {}={}", self.names[0], self.rank, self.names[1], self.world_size)
    }
}

/// Variables that belong together.
pub(super) struct Family {
    kind: Kind,
    rank: &'static str,
    pub(super) size: &'static str,
    /// In the order in which they are asked.
    local_rank: &'static [&'static str],
    local_size: &'static [&'static str],
}

pub(super) const FAMILIES: [Family; 6] = [
    Family {
        kind: Kind::Torch,
        rank: "RANK",
        size: "WORLD_SIZE",
        local_rank: &["LOCAL_RANK"],
        local_size: &["LOCAL_WORLD_SIZE"],
    },
    Family {
        kind: Kind::Mpi,
        rank: "OMPI_COMM_WORLD_RANK",
        size: "OMPI_COMM_WORLD_SIZE",
        local_rank: &["OMPI_COMM_WORLD_LOCAL_RANK"],
        local_size: &["OMPI_COMM_WORLD_LOCAL_SIZE"],
    },
    // Those of MPICH, Intel MPI and Cray, which differ in the names of the local ones.
    Family {
        kind: Kind::Mpi,
        rank: "PMI_RANK",
        size: "PMI_SIZE",
        local_rank: &["MPI_LOCALRANKID", "PMI_LOCAL_RANK"],
        local_size: &["MPI_LOCALNRANKS", "PMI_LOCAL_SIZE"],
    },
    Family {
        kind: Kind::Mpi,
        rank: "MV2_COMM_WORLD_RANK",
        size: "MV2_COMM_WORLD_SIZE",
        local_rank: &["MV2_COMM_WORLD_LOCAL_RANK"],
        local_size: &["MV2_COMM_WORLD_LOCAL_SIZE"],
    },
    Family {
        kind: Kind::Mpi,
        rank: "PMIX_RANK",
        size: "PMIX_SIZE",
        local_rank: &["PMIX_LOCAL_RANK"],
        local_size: &["PMIX_LOCAL_SIZE"],
    },
    Family {
        kind: Kind::Slurm,
        rank: "SLURM_PROCID",
        size: "SLURM_STEP_NUM_TASKS",
        local_rank: &["SLURM_LOCALID"],
        local_size: &[],
    },
];

impl Family {
    /// What it says, if it gives both a rank and the number of ranks.
    pub(super) fn said(&self, value: Value<'_>) -> Result<Option<Said>> {
        let Some((size, rank)) = self.size_name(value).zip(value(self.rank)) else { return Ok(None) };
        let world_size = number(size, &value(size).unwrap_or_default(), 1, u32::MAX)?;
        let rank = number(self.rank, &rank, 0, world_size - 1)?;
        let local_size = self.local_size(value).map(|(name, text)| Ok((name, number(name, &text, 1, world_size)?)));
        let local_size = local_size.transpose()?;
        let below = local_size.map_or(world_size, |(_, size)| size);
        let local_rank =
            first(self.local_rank, value).map(|(name, text)| Ok((name, number(name, &text, 0, below - 1)?)));
        let local_rank = local_rank.transpose()?;
        Ok(Some(Said {
            kind: self.kind,
            rank,
            world_size,
            names: [self.rank, size],
            local_rank: local_rank.map(|(_, rank)| rank),
            local_size: local_size.map(|(_, size)| size),
            local_names: local_rank.iter().chain(&local_size).map(|(name, _)| *name).collect(),
        }))
    }

    /// A rank of MPI without the number of ranks, with its variable.
    pub(super) fn bare_rank(&self, value: Value<'_>) -> Result<Option<(&'static str, u32)>> {
        if self.kind != Kind::Mpi || value(self.size).is_some() {
            return Ok(None);
        }
        value(self.rank).map(|text| Ok((self.rank, number(self.rank, &text, 0, u32::MAX - 1)?))).transpose()
    }

    /// The variable that holds the number of ranks, if there is one.
    fn size_name(&self, value: Value<'_>) -> Option<&'static str> {
        /// What Slurm says of the whole job, which holds for its processes unless it says that this is the batch script.
        const JOB: &str = "SLURM_NTASKS";
        if value(self.size).is_some() {
            return Some(self.size);
        }
        let is_batch = || value("ENVIRONMENT").as_deref() == Some("BATCH");
        (self.kind == Kind::Slurm && value(JOB).is_some() && !is_batch()).then_some(JOB)
    }

    /// The variable and the number of ranks on this host, if it is told.
    fn local_size(&self, value: Value<'_>) -> Option<(&'static str, String)> {
        if self.kind == Kind::Slurm {
            let host = value(SLURM_HOST).map_or(Some(0), |text| text.parse().ok())?;
            return Some((SLURM_TASKS, tasks_of(&value(SLURM_TASKS)?, host)?.to_string()));
        }
        first(self.local_size, value)
    }
}

fn first(names: &'static [&'static str], value: Value<'_>) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, value(name)?)))
}

/// The tasks on a host, of a list such as `2(x3),1`: two on each of three hosts, one on the next.
fn tasks_of(list: &str, mut host: u32) -> Option<u32> {
    for part in list.split(',') {
        let (tasks, hosts) = match part.split_once("(x") {
            Some((tasks, hosts)) => (tasks, hosts.strip_suffix(')')?.parse().ok()?),
            None => (part, 1),
        };
        match host.checked_sub(hosts) {
            Some(rest) => host = rest,
            None => return tasks.parse().ok(),
        }
    }
    None
}

fn number(name: &str, text: &str, least: u32, most: u32) -> Result<u32> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Error::malformed(name, text, &format!("{least} to {most}")))
}
