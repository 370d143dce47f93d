//! What launchers set, alone and inside each other.

use super::Ranks;

fn read(variables: &str) -> crate::Result<Ranks> {
    let known: Vec<(&str, &str)> = variables.split(' ').filter_map(|one| one.split_once('=')).collect();
    Ranks::from_variables(&|name| known.iter().find(|one| one.0 == name).map(|one| one.1.to_owned()))
}

/// Rank, number of ranks, and both on this host, -1 where unknown.
fn places(variables: &str) -> [i64; 4] {
    let ranks = read(variables).unwrap_or_else(|error| panic!("{variables}: {error}"));
    let local = |number: Option<u32>| number.map_or(-1, i64::from);
    [ranks.rank.into(), ranks.world_size.into(), local(ranks.local_rank), local(ranks.local_size)]
}

const TORCH: &str = "RANK=3 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2";
const OPEN_MPI: &str = "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=8 OMPI_COMM_WORLD_LOCAL_RANK=1 \
                        OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_RANK=3";
const MPICH: &str = "PMI_RANK=3 PMI_SIZE=8 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2";
const STEP: &str = "SLURM_PROCID=3 SLURM_STEP_NUM_TASKS=8 SLURM_NTASKS=9 SLURM_LOCALID=1 SLURM_NODEID=1 \
                    SLURM_STEP_TASKS_PER_NODE=3,2(x2),1";

#[test]
fn each_launcher_is_understood() {
    for variables in [
        TORCH,
        OPEN_MPI,
        MPICH,
        "PMI_RANK=3 PMI_SIZE=8 PMI_LOCAL_RANK=1 PMI_LOCAL_SIZE=2",
        "MV2_COMM_WORLD_RANK=3 MV2_COMM_WORLD_SIZE=8 MV2_COMM_WORLD_LOCAL_RANK=1 MV2_COMM_WORLD_LOCAL_SIZE=2",
        "PMIX_RANK=3 PMIX_SIZE=8 PMIX_LOCAL_RANK=1 PMIX_LOCAL_SIZE=2",
        STEP,
    ] {
        assert_eq!(places(variables), [3, 8, 1, 2], "{variables}");
    }
    assert_eq!(places("PMI_RANK=3 PMI_SIZE=8"), [3, 8, -1, -1]);
    assert_eq!(places("RANK=3 WORLD_SIZE=8 LOCAL_RANK=1"), [3, 8, 1, -1]);
    assert_eq!(places(&format!("{STEP} PMIX_RANK=3")), [3, 8, 1, 2]);
    for none in ["", "RANK=3", "WORLD_SIZE=8", "LOCAL_RANK=1", "RANK=x", "PMI_RANK= PMI_SIZE=2", "MPI_LOCALRANKID=1"] {
        assert_eq!(places(none), [0, 1, 0, 1], "{none}");
        assert!(read(none).unwrap().source.is_empty());
    }
}

#[test]
fn the_source_names_the_variables() {
    assert_eq!(read(MPICH).unwrap().source, ["PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"]);
    let both = format!("RANK=3 WORLD_SIZE=8 {MPICH}");
    let all = ["RANK", "WORLD_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"];
    assert_eq!((places(&both), read(&both).unwrap().source), ([3, 8, 1, 2], all.to_vec()));
}

#[test]
fn a_batch_script_is_one_process() {
    let job = "SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_LOCALID=0";
    assert_eq!(places(&format!("{job} ENVIRONMENT=BATCH")), [0, 1, 0, 1]);
    assert_eq!(places(&format!("{STEP} ENVIRONMENT=BATCH")), [3, 8, 1, 2]);
    assert_eq!(places(job), [0, 8, 0, -1]);
    assert_eq!(places("SLURM_NTASKS=8 SLURM_JOB_ID=1"), [0, 1, 0, 1]);
}

#[test]
fn launchers_inside_each_other() {
    // One process of Slurm's step on each host starts the ranks of MPI there.
    assert_eq!(places(&format!("{MPICH} SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=4")), [3, 8, 1, 2]);
    assert_eq!(places(&format!("{TORCH} SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=4")), [3, 8, 1, 2]);
    let groups = "GROUP_RANK=1 GROUP_WORLD_SIZE=4";
    assert_eq!(places(&format!("{TORCH} {groups} PMI_RANK=1 PMI_SIZE=4")), [3, 8, 1, 2]);
    for one in ["RANK=0 WORLD_SIZE=1", "PMI_RANK=0 PMI_SIZE=1", "SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1"] {
        assert_eq!(places(&format!("{OPEN_MPI} {one}")), [3, 8, 1, 2], "{one}");
    }
    assert_eq!(places("RANK=0 WORLD_SIZE=1 PMI_RANK=0 PMI_SIZE=1"), [0, 1, 0, 1]);
    assert_eq!(places(&format!("{TORCH} {OPEN_MPI} {MPICH} {STEP}")), [3, 8, 1, 2]);
}

#[test]
fn contradictions_name_variables_and_values() {
    for (variables, parts) in [
        (format!("{TORCH} PMI_RANK=2 PMI_SIZE=8"), ["RANK=3, WORLD_SIZE=8", "PMI_RANK=2, PMI_SIZE=8"]),
        (format!("{TORCH} GROUP_WORLD_SIZE=2 PMI_RANK=0 PMI_SIZE=4"), ["RANK=3", "PMI_RANK=0, PMI_SIZE=4"]),
        (format!("{OPEN_MPI} PMI_RANK=3 PMI_SIZE=9"), ["OMPI_COMM_WORLD_SIZE=8", "PMI_SIZE=9"]),
        (format!("{STEP} PMIX_RANK=4"), ["SLURM_PROCID=3, SLURM_STEP_NUM_TASKS=8", "PMIX_RANK=4"]),
    ] {
        let message = read(&variables).unwrap_err().to_string();
        assert!(message.contains(" contradicts ") && message.contains("accepted: "), "{message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn bad_values_name_the_range() {
    for (variables, message) in [
        ("RANK=two WORLD_SIZE=8", "RANK: two is not accepted (accepted: 0 to 7)"),
        ("RANK=8 WORLD_SIZE=8", "RANK: 8 is not accepted (accepted: 0 to 7)"),
        ("RANK=0 WORLD_SIZE=0", "WORLD_SIZE: 0 is not accepted (accepted: 1 to 4294967295)"),
        ("PMI_RANK=-1 PMI_SIZE=2", "PMI_RANK: -1 is not accepted (accepted: 0 to 1)"),
        ("PMI_RANK=0 PMI_SIZE=2 MPI_LOCALNRANKS=3", "MPI_LOCALNRANKS: 3 is not accepted (accepted: 1 to 2)"),
        ("RANK=0 WORLD_SIZE=4 LOCAL_WORLD_SIZE=2 LOCAL_RANK=2", "LOCAL_RANK: 2 is not accepted (accepted: 0 to 1)"),
        (
            "PMIX_RANK=1",
            "PMIX_RANK: 1 without a number of ranks is not accepted \
             (accepted: with PMIX_SIZE, or with rank and world size given)",
        ),
    ] {
        assert_eq!(read(variables).unwrap_err().to_string(), message);
    }
}
