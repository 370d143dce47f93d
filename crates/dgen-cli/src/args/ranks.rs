//! Which part of a command is this process's.

use std::path::{Path, PathBuf};

use clap::Args;
use dgen::ranks::Ranks;
use dgen::{Error, ErrorKind, Result};
use dgen_io::{MAX_RANKS, RankShare};

use super::values;
use crate::output::STDOUT;

/// What counts the pods of an indexed Kubernetes job; how many there are is said nowhere.
const JOB_INDEX: &str = "JOB_COMPLETION_INDEX";

/// On commands that several processes can share.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Ranks")]
pub(crate) struct RankArgs {
    /// Which of --ranks processes this one is, from 0 [default: as the launcher says]
    #[arg(long, value_name = "N", value_parser = values::number("rank", 0, MAX_RANKS as usize - 1), allow_hyphen_values = true, requires = "ranks")]
    rank: Option<usize>,

    /// Processes, on one or many hosts, that share the work, 1 to 1000000: each takes its part of the range. They run with
    /// the same options. {rank} in a path stands for the rank: each then has its own; rank 0 makes files that are shared.
    /// 1 is this process alone, whatever launched it [default: as the variables of Open MPI, MPICH, PMIx, Slurm or torch say]
    #[arg(long, value_name = "N", value_parser = values::number("ranks", 1, MAX_RANKS as usize), allow_hyphen_values = true)]
    ranks: Option<usize>,
}

impl RankArgs {
    /// This process's share, if there are others.
    pub(crate) fn share(&self) -> Result<Option<RankShare>> {
        self.share_as(&|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn share_as(&self, value: &dyn Fn(&str) -> Option<String>) -> Result<Option<RankShare>> {
        let (rank, ranks, from) = match (self.rank, self.ranks) {
            (_, Some(1)) => return Ok(None),
            (Some(rank), Some(ranks)) => (number(rank), number(ranks), Vec::new()),
            (_, Some(ranks)) => launched(number(ranks), value)?,
            (_, None) => {
                let said = Ranks::from_variables(value)?;
                if said.world_size == 1 {
                    return Ok(None);
                }
                (said.rank, said.world_size, names(&said))
            }
        };
        let mut share = RankShare::new(rank, ranks)?;
        share.source = from;
        Ok(Some(share))
    }
}

/// The rank that a launcher gives, where the number of ranks is said.
fn launched(ranks: u32, value: &dyn Fn(&str) -> Option<String>) -> Result<(u32, u32, Vec<String>)> {
    if let Some(index) = value(JOB_INDEX).filter(|text| !text.trim().is_empty()) {
        let rank = index.trim().parse().ok().filter(|rank| *rank < ranks);
        let rank = rank.ok_or_else(|| Error::invalid(JOB_INDEX, index, &format!("0 to {}", ranks - 1)))?;
        return Ok((rank, ranks, vec![JOB_INDEX.to_owned()]));
    }
    let said = Ranks::from_variables(value)?;
    if said.source.is_empty() {
        let message = format!("{ranks}, and nothing says which of them this is; give it");
        return Err(Error::new(ErrorKind::Usage, message).of("ranks"));
    }
    if said.world_size != ranks {
        let accepted = format!("{}, which {} says", said.world_size, names(&said).join(", "));
        return Err(Error::invalid("ranks", ranks, &accepted));
    }
    Ok((said.rank, ranks, names(&said)))
}

fn names(said: &Ranks) -> Vec<String> {
    said.source.iter().map(|name| (*name).to_owned()).collect()
}

fn number(checked: usize) -> u32 {
    u32::try_from(checked).expect("at most a million")
}

/// The paths as this rank has them.
pub(crate) fn own_paths(share: Option<&RankShare>, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    Ok(share.map(|share| share.paths(paths)).transpose()?.flatten().unwrap_or_else(|| paths.to_vec()))
}

/// Where a rank's report goes: standard output, or a path in which the rank stands.
pub(crate) fn own_report(share: Option<&RankShare>, option: &str, path: Option<&Path>) -> Result<Option<PathBuf>> {
    let (Some(share), Some(path)) = (share, path) else { return Ok(path.map(Path::to_owned)) };
    if path.as_os_str() == STDOUT {
        return Ok(Some(path.to_owned()));
    }
    let own = share.paths(&[path.to_owned()])?.map(|mut paths| paths.remove(0));
    let refused =
        || Error::invalid(option, path.display(), "paths with {rank} in them: each rank writes a report of its own");
    own.map(Some).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(rank: Option<usize>, ranks: Option<usize>, variables: &[(&str, &str)]) -> Result<Option<RankShare>> {
        let value = |name: &str| variables.iter().find(|known| known.0 == name).map(|known| known.1.to_owned());
        RankArgs { rank, ranks }.share_as(&value)
    }

    fn place(rank: Option<usize>, ranks: Option<usize>, variables: &[(&str, &str)]) -> Option<(u32, u32, String)> {
        share(rank, ranks, variables).unwrap().map(|share| (share.rank, share.ranks, share.source.join(",")))
    }

    #[test]
    fn options_go_before_launchers() {
        let mpi = [("PMI_RANK", "1"), ("PMI_SIZE", "3")];
        let pmi = "PMI_RANK,PMI_SIZE".to_owned();
        assert_eq!(place(None, None, &[]), None);
        assert_eq!(place(None, None, &mpi), Some((1, 3, pmi.clone())));
        assert_eq!(place(None, Some(3), &mpi), Some((1, 3, pmi)));
        assert_eq!(place(None, Some(1), &mpi), None);
        assert_eq!(place(Some(4), Some(5), &mpi), Some((4, 5, String::new())));
        let job = [("JOB_COMPLETION_INDEX", "2")];
        assert_eq!(place(None, Some(4), &job), Some((2, 4, "JOB_COMPLETION_INDEX".into())));
        assert_eq!(place(None, None, &job), None);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (rank, ranks, variables, words) in [
            (None, Some(4), &[][..], ["nothing says which", "ranks"]),
            (None, Some(4), &[("PMI_RANK", "1"), ("PMI_SIZE", "3")], ["4", "PMI_SIZE"]),
            (None, Some(2), &[("JOB_COMPLETION_INDEX", "2")], ["JOB_COMPLETION_INDEX", "0 to 1"]),
            (Some(4), Some(4), &[], ["rank", "0 to 3"]),
        ] {
            let error = share(rank, ranks, variables).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }
}
